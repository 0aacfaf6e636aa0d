"""The reasoner: a case in, a ranked and cited differential out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from mlcalc import __version__
from mlcalc.answer import Answer, Candidate
from mlcalc.case import Case
from mlcalc.knowledge import Knowledge, knowledge
from mlcalc.reasoning.caution import conflicts, red_flags
from mlcalc.reasoning.encode import EncodedCases, Encoder
from mlcalc.reasoning.explain import Explainer
from mlcalc.reasoning.listings import listings
from mlcalc.reasoning.model import compile_model
from mlcalc.reasoning.next_steps import Planner
from mlcalc.reasoning.posterior import Posterior, posterior, tables
from mlcalc.reasoning.variables import Array
from mlcalc.vocabulary import Vocabulary, vocabulary

NO_DENSITY_FROM = 0.5
"""Above this probability of no focal density there is nothing to explain."""


class Reasoner:
    """Compiled knowledge with everything that answers need. Build it once, use it often."""

    def __init__(self, facts: Knowledge | None = None, known: Vocabulary | None = None):
        self.knowledge = facts or knowledge()
        self.vocabulary = known or vocabulary()
        self.model = compile_model(self.knowledge, self.vocabulary)
        self.tables = tables(self.model)
        self.encoder = Encoder(self.model, self.vocabulary)
        self.explainer = Explainer(self.model, self.tables, self.encoder, self.knowledge)
        self.planner = Planner(self.knowledge, self.model.features, self.model.entities, self.infer)

    def encode(self, cases: Sequence[Case]) -> EncodedCases:
        """Arrays of a batch."""
        return self.encoder.encode(cases)

    def infer(self, cases: Sequence[Case]) -> Posterior:
        """Posteriors of a batch: (N, H), (N, entities + 1) with ``other`` last."""
        return posterior(self.tables, self.encode(cases))

    def diagnose(self, case: Case, top: int | None = None) -> Answer:
        """Answer one case with its ``top`` entities (all if None), reasons and next steps.

        The differential is about a focal density that is there: the mass of
        ``no_focal_density`` is taken out and returned, and above 0.5 nothing is listed.
        """
        nothing = None if case.density is None else case.density["no_focal_density"]
        if nothing is not None and nothing > NO_DENSITY_FROM:
            return self._empty(case, nothing)
        encoded = self.encode([case])
        result = posterior(self.tables, encoded)
        entities, hypotheses = result.entities[0], result.hypotheses[0]
        candidates = self._candidates(case, encoded, entities, hypotheses, top)
        other = float(entities[-1])
        return Answer(
            id=case.id,
            differential=candidates,
            other_probability=other,
            other_prior=float(self.model.entity_prior[-1]),
            no_focal_density_probability=nothing,
            reason=None,
            tables=listings(self.knowledge, self.vocabulary, case),
            mechanism=self.mechanism(entities),
            next_steps=self.planner.next_steps(case, entities),
            red_flags=red_flags(
                self.knowledge,
                self.model.features,
                case,
                lambda names: self.planner.mass(names, entities),
            ),
            conflicts=conflicts(
                self.knowledge,
                self.model.features,
                case,
                candidates[0] if candidates else None,
                other,
            ),
            knowledge=self.version,
        )

    @property
    def version(self) -> dict[str, str]:
        """Which knowledge answers."""
        return {"version": __version__, "sha256": self.knowledge.sha256}

    def _empty(self, case: Case, nothing: float) -> Answer:
        reason = f"no focal density is the likeliest (probability {nothing:.2f}): nothing to explain"
        other_prior = float(self.model.entity_prior[-1])
        return Answer(case.id, (), 0.0, other_prior, nothing, reason, (), {}, (), (), (), self.version)

    def _candidates(
        self,
        case: Case,
        encoded: EncodedCases,
        entities: Array,
        hypotheses: Array,
        top: int | None,
    ) -> tuple[Candidate, ...]:
        terms = self.explainer.terms(case, encoded)
        prior = self.model.entity_prior
        found = []
        for index in np.argsort(-entities[:-1], kind="stable")[:top]:
            entity = self.knowledge.entities[self.model.entities[index]]
            stages = {
                h.stage: float(p / entities[index])
                for h, p in zip(self.model.hypotheses, hypotheses, strict=True)
                if h.entity == entity.id and h.stage
            }
            found.append(
                Candidate(
                    entity=entity.id,
                    name=entity.name,
                    synonyms=entity.synonyms,
                    stage=max(stages, key=lambda s: stages[s]) if stages else None,
                    stage_probabilities=stages,
                    mechanism=entity.mechanism[0],
                    mechanisms=entity.mechanism,
                    probability=float(entities[index]),
                    prior=float(prior[index]),
                    prior_reason=self.explainer.prior_reasons[entity.id],
                    factors=self.explainer.factors(entity.id, hypotheses, terms),
                )
            )
        return tuple(found)

    def mechanism(self, entities: Array) -> dict[str, float]:
        """Probability of each mechanism; of an entity's several each weighs half of the one before.

        ``other`` has no known mechanism and is left out; the rest is scaled to 1.
        """
        names = ("dystrophic", "iatrogenic", "metastatic", "idiopathic", "not_applicable")
        shares = dict.fromkeys(names, 0.0)
        for name, probability in zip(self.model.entities[:-1], entities[:-1], strict=True):
            ways = self.knowledge.entities[name].mechanism
            weights = [0.5**rank for rank in range(len(ways))]
            for way, weight in zip(ways, weights, strict=True):
                shares[way] += float(probability) * weight / sum(weights)
        total = sum(shares.values())
        return {name: share / total for name, share in shares.items()}


@cache
def reasoner() -> Reasoner:
    """The reasoner over the knowledge that ships with mlcalc."""
    return Reasoner()
