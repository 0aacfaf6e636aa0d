"""Joint distributions for correlated evidence, with the documents' numbers as margins.

Findings such as kidney disease, dialysis and raised phosphate say the same thing several
times. Multiplying their likelihoods would count it several times. Each group of such members
gets one joint table per hypothesis: with weight ``coupling`` the members move together (the
comonotone coupling, Fréchet's upper bound: one uniform number decides all of them), otherwise
they are independent. Margins stay exactly what the rows state, and once one member is known a
second one that says the same changes little, under any hypothesis.

Members that an entity's rows do not speak of follow the others as they do at large:
P(all | entity) = P(spoken of | entity) · P(the rest | spoken of, background). So silence about
a second member neither adds to the first nor takes back what it brought. A member may name
what it follows: kidney disease raises parathormone, a raised phosphate alone does not, and
where rows speak only of the phosphate the parathormone stays as it is at large.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mlcalc.reasoning.variables import Array

NO_EXAMPLE = -1
SAME = 1e-12
"""Margins this close to the background's are the background's."""


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


def group_table(
    margins: Sequence[Array],
    coupling: float,
    examples: Sequence[NDArray[np.intp]] | None = None,
    stated: Sequence[NDArray[np.bool_]] | None = None,
    follows: Sequence[Sequence[int]] | None = None,
) -> Array:
    """Joint distributions of a group for all hypotheses.

    margins: one (hypotheses, states) array per member; the last hypothesis is the background.
    stated: one (hypotheses,) array per member: whether rows speak of it. A member is spoken of
        too where its margin differs from the background's; without ``stated`` only there.
    examples: one (hypotheses,) array per member: the state that rows give as an example only ("can
        occur"), or NO_EXAMPLE. Such a member follows the others where these already make the state
        as likely as the example does.
    follows: for each member the positions of those that bring it about; empty for any.
    Returns (hypotheses, states of member 1, …); sums to 1 per hypothesis.
    """
    background = joint_table([margin[-1:] for margin in margins], coupling)
    spoken = np.stack([np.any(np.abs(m - m[-1:]) > SAME, axis=1) for m in margins], axis=1)
    if stated is not None:
        spoken |= np.stack(stated, axis=1)
    if follows is not None:
        brought = [spoken[:, causes].any(axis=1) | (not causes) for causes in map(list, follows)]
        spoken |= ~np.stack(brought, axis=1) & spoken.any(axis=1, keepdims=True)
    if examples is None:
        return _tables(margins, spoken, coupling, background)
    firm = spoken & (np.stack(examples, axis=1) == NO_EXAMPLE)
    followed = _tables(margins, firm, coupling, background)
    for axis, margin in enumerate(margins):
        others = tuple(a for a in range(1, followed.ndim) if a != axis + 1)
        rows = np.arange(len(margin))
        said = examples[axis]
        lowered = followed.sum(axis=others)[rows, said] < margin[rows, said] - SAME
        firm[:, axis] |= spoken[:, axis] & lowered
    return _tables(margins, firm, coupling, background)


def _tables(margins: Sequence[Array], spoken: NDArray[np.bool_], coupling: float, background: Array) -> Array:
    """One joint table per hypothesis; members not spoken of follow the others."""
    table = np.repeat(background, len(spoken), axis=0)
    for pattern in np.unique(spoken, axis=0):
        rows = np.flatnonzero((spoken == pattern).all(axis=1))
        if pattern.any():
            table[rows] = _spoken_of(margins, rows, pattern, coupling, background)
    return table


def _spoken_of(
    margins: Sequence[Array],
    rows: NDArray[np.intp],
    pattern: NDArray[np.bool_],
    coupling: float,
    background: Array,
) -> Array:
    """Joint of the members spoken of, times the background's conditional of the others."""
    own = joint_table([m[rows] for m, said in zip(margins, pattern, strict=True) if said], coupling)
    silent = tuple(axis for axis, said in enumerate(pattern, start=1) if not said)
    given = background.sum(axis=silent, keepdims=True)
    follow = np.divide(background, given, out=np.zeros_like(background), where=given > 0)
    # Where the background never has this combination, the silent members spread evenly.
    follow = np.where(given > 0, follow, 1 / np.prod([background.shape[axis] for axis in silent] or [1]))
    table: Array = np.expand_dims(own, silent) * follow
    return table


def pattern_probability(table: Array, states: Sequence[int | None]) -> Array:
    """(hypotheses,) probability of the members' states; None is unknown and summed over."""
    for axis in range(len(states), 0, -1):
        state = states[axis - 1]
        table = np.asarray(table.sum(axis=axis) if state is None else table.take(state, axis=axis))
    return table
