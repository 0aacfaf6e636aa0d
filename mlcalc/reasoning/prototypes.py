"""The textbook case of each entity, made of its own rows: can the reasoner reach it at all?"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from mlcalc.case import Case, Context, Fact, Location
from mlcalc.knowledge.features import FACT_KINDS
from mlcalc.reasoning.rates import Hypothesis, combine
from mlcalc.reasoning.reasoner import Reasoner
from mlcalc.vocabulary import DENSITIES

TELLING = 0.55
"""A fact belongs to the textbook case if its rows make it at least this frequent."""
REACHED = 10
"""Entities that a document names once, without a trait of their own, stay behind common ones."""


def prototype(reasoner: Reasoner, hypothesis: Hypothesis) -> Case:
    """The likeliest density, morphology and place, and every fact that is the rule."""
    best = {f: _best(reasoner, hypothesis, f) for f in ("density", "compartment", "region", "structure")}
    morphology = _best(reasoner, hypothesis, "morphology")
    facts = [
        Fact(kind, value)
        for kind in FACT_KINDS
        for value, rows in reasoner.model.index.listed(hypothesis, kind).items()
        if combine(rows, 0.0) >= TELLING
    ]
    density = best["density"]
    return Case(
        id=hypothesis.entity,
        density={d: float(d == density) for d in DENSITIES} if density else None,
        morphology={morphology: (1.0, 0.0)} if morphology else {},
        locations=(Location(best["compartment"], None, best["region"]),),
        context=Context(facts=tuple(facts)),
    )


def _best(reasoner: Reasoner, hypothesis: Hypothesis, feature: str) -> str | None:
    listed = reasoner.model.index.listed(hypothesis, feature)
    return max(listed, key=lambda value: combine(listed[value], 1.0)) if listed else None


def unreachable(reasoner: Reasoner) -> Iterator[str]:
    """Entities that do not come among the first ten even on their own textbook case."""
    hypotheses = [h for h in reasoner.model.hypotheses if h.entity != "other"]
    cases = [prototype(reasoner, h) for h in hypotheses]
    ranks: dict[str, int] = {}
    entities = reasoner.infer(cases).entities
    for hypothesis, probabilities in zip(hypotheses, entities, strict=True):
        own = probabilities[reasoner.model.entities.index(hypothesis.entity)]
        rank = 1 + int(np.sum(probabilities[:-1] > own))
        ranks[hypothesis.entity] = min(rank, ranks.get(hypothesis.entity, rank))
    for entity, rank in ranks.items():
        if rank > REACHED:
            yield f"{entity}: only rank {rank} on the textbook case made of its own rows"
