"""The posterior, batched, as array code over the array API: runs on numpy and on torch alike.

log P(h | evidence) = log prior(h) + sum over factors of log P(evidence of the factor | h) - log Z.
Density and morphology are virtual evidence (Pearl 1988, 4.2.2): each factor is linear in the
weights, so soft evidence is exact and gradients pass through it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from array_api_compat import array_namespace

from mlcalc.reasoning.encode import TINY, EncodedCases
from mlcalc.reasoning.model import DENSITY, Model

CHUNK = 512
"""Cases per block: the (cases, hypotheses) intermediates stay in the processor's cache."""

Xp = Any  # an array of whichever library; the array API has no type for it yet


@dataclass(frozen=True)
class Tables:
    """The model's numbers as arrays of one library. H hypotheses, E entities and ``other``.

    log_prior: (H,). membership: (H, E). picture: (configurations, H); picture_axes: for each
        member its column of the morphology array (None: density) and the order of its states.
    lone: (M', 2, H) of the morphologies ``lone_columns``. facts: (F, H) logs.
    """

    log_prior: Xp
    membership: Xp
    picture: Xp
    picture_axes: tuple[tuple[int | None, tuple[int, ...]], ...]
    lone: Xp
    lone_columns: tuple[int, ...]
    facts: Xp


@dataclass(frozen=True)
class Posterior:
    """hypotheses: (N, H), entities: (N, E) with ``other`` last, both sum to 1 along the last axis.

    log_evidence: (N,) log P(evidence), up to a constant factor where evidence is soft.
    """

    hypotheses: Xp
    entities: Xp
    log_evidence: Xp


def tables(model: Model) -> Tables:
    """The model's tables as numpy float64 arrays."""
    morphologies = [v.value for v in model.variables.values() if v.feature == "morphology"]
    picture, axes = model.picture, []
    for member, order in zip(picture.members, picture.orders, strict=True):
        variable = model.variables[member]
        column = None if member == DENSITY else morphologies.index(variable.value)
        axes.append((column, tuple(variable.states.index(state) for state in order)))
    lone = [model.rates[name].T for name in model.lone_morphologies]
    return Tables(
        log_prior=np.log(model.prior),
        membership=model.membership.T.copy(),
        picture=picture.table.reshape(len(model.hypotheses), -1).T.copy(),
        picture_axes=tuple(axes),
        lone=np.stack(lone) if lone else np.ones((0, 2, len(model.hypotheses))),
        lone_columns=tuple(
            morphologies.index(model.variables[name].value) for name in model.lone_morphologies
        ),
        facts=np.log(model.fact_rates),
    )


def convert(value: Any, to: Any) -> Any:
    """The same tables or cases with every array passed through ``to`` (such as torch.asarray)."""
    parts = vars(value).items()
    return type(value)(**{n: to(part) if hasattr(part, "shape") else part for n, part in parts})


def factor_likelihoods(model: Tables, cases: EncodedCases) -> Iterator[tuple[str, Xp]]:
    """Name and (N, H) likelihood of every soft factor: the picture, lone morphologies, location."""
    xp = array_namespace(cases.density)
    weights = None
    for column, order in model.picture_axes:
        source = cases.density if column is None else cases.morphology[:, column, :]
        member = xp.stack([source[:, state] for state in order], axis=1)
        if weights is None:
            weights = member
        else:
            product = weights[:, :, None] * member[:, None, :]
            weights = xp.reshape(product, (product.shape[0], -1))
    yield "picture", weights @ model.picture
    for index, column in enumerate(model.lone_columns):
        yield f"morphology.{column}", cases.morphology[:, column, :] @ model.lone[index, :, :]
    places = xp.reshape(cases.location_index, (-1,))
    rows = xp.take(cases.location_table, places, axis=0)
    rows = xp.reshape(rows, (*cases.location_index.shape, -1))
    yield "location", xp.sum(rows * cases.location_weight[:, :, None], axis=1)


def posterior(model: Tables, cases: EncodedCases) -> Posterior:
    """Exact posterior of a batch; arrays of the library and precision of the inputs."""
    xp = array_namespace(cases.density)
    blocks = [
        _block(xp, model, _rows(cases, slice(start, start + CHUNK)))
        for start in range(0, max(1, len(cases)), CHUNK)
    ]
    hypotheses = xp.concat([block[0] for block in blocks], axis=0)
    return Posterior(
        hypotheses,
        hypotheses @ model.membership,
        xp.concat([block[1] for block in blocks], axis=0),
    )


def _rows(cases: EncodedCases, rows: slice) -> EncodedCases:
    return EncodedCases(
        cases.density[rows],
        cases.morphology[rows],
        cases.location_table,
        cases.location_index[rows],
        cases.location_weight[rows],
        cases.pattern_table,
        cases.pattern_index[rows],
        cases.facts[rows],
    )


def _block(xp: Any, model: Tables, cases: EncodedCases) -> tuple[Xp, Xp]:
    scores = model.log_prior[None, :] + cases.facts @ model.facts
    for group in range(cases.pattern_index.shape[1]):
        scores = scores + xp.take(cases.pattern_table, cases.pattern_index[:, group], axis=0)
    # Twenty likelihoods multiply to 1e-60 at worst: one logarithm at the end is enough.
    product = math.prod(likelihood for _, likelihood in factor_likelihoods(model, cases))
    scores = scores + xp.log(product + TINY)
    top = xp.max(scores, axis=1, keepdims=True)
    weights = xp.exp(scores - top)
    total = xp.sum(weights, axis=1, keepdims=True)
    return weights / total, (top + xp.log(total))[:, 0]
