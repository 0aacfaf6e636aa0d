"""Joint distributions for correlated evidence, with the documents' numbers as margins.

Findings such as kidney disease, dialysis and raised phosphate say the same thing several
times. Multiplying their likelihoods would count it several times. Each group of such members
gets one joint table per hypothesis: with weight ``coupling`` the members move together (the
comonotone coupling, Fréchet's upper bound: one uniform number decides all of them), otherwise
they are independent. Every margin stays exactly what the rows state, and once one member is
known a second one that says the same changes little, under any hypothesis.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlcalc.reasoning.variables import Array


def joint_table(margins: Sequence[Array], coupling: float) -> Array:
    """Joint distribution of the members of a group.

    margins: one (hypotheses, states) array per member, states in the coupling's order: the
        states that go together stand at the same end.
    coupling: share in [0, 1] of the comonotone part.
    Returns (hypotheses, states of member 1, states of member 2, …); sums to 1 per hypothesis.
    """
    together = _comonotone(margins)
    apart = np.ones_like(together)
    for axis, margin in enumerate(margins):
        apart = apart * _along(margin, axis, len(margins))
    return coupling * together + (1 - coupling) * apart


def _comonotone(margins: Sequence[Array]) -> Array:
    """P(all members in these states) when one uniform number sets all: interval overlaps."""
    lowest_end: Array | None = None
    highest_start: Array | None = None
    for axis, margin in enumerate(margins):
        ends = np.minimum(np.cumsum(margin, axis=1), 1.0)
        ends[:, -1] = 1.0
        starts = np.concatenate([np.zeros_like(ends[:, :1]), ends[:, :-1]], axis=1)
        end, start = _along(ends, axis, len(margins)), _along(starts, axis, len(margins))
        lowest_end = end if lowest_end is None else np.minimum(lowest_end, end)
        highest_start = start if highest_start is None else np.maximum(highest_start, start)
    assert lowest_end is not None
    assert highest_start is not None
    return np.maximum(lowest_end - highest_start, 0.0)


def _along(margin: Array, axis: int, axes: int) -> Array:
    """Reshape (hypotheses, states) so that the states lie on the given member axis."""
    shape = [1] * axes
    shape[axis] = margin.shape[1]
    return margin.reshape(margin.shape[0], *shape)


def pattern_probability(margins: Sequence[Array], states: Sequence[int], coupling: float) -> Array:
    """(hypotheses,) probability that the given members are in the given states.

    Members left out are unknown; leaving one out is the same as summing the joint table over it.
    """
    ends = [np.minimum(np.cumsum(m, axis=1), 1.0) for m in margins]
    for end in ends:
        end[:, -1] = 1.0
    high = np.min([end[:, s] for end, s in zip(ends, states, strict=True)], axis=0)
    low = np.max(
        [end[:, s - 1] if s else np.zeros(len(end)) for end, s in zip(ends, states, strict=True)],
        axis=0,
    )
    apart = np.prod([m[:, s] for m, s in zip(margins, states, strict=True)], axis=0)
    probability: Array = coupling * np.maximum(high - low, 0.0) + (1 - coupling) * apart
    return probability
