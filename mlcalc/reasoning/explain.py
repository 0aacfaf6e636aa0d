"""Why: for each entity the factors that take its prior to its posterior, with their rows.

Stages are summed over, yet the factors add up exactly. With q the posterior over an entity's
stages and π its prior, the log likelihood of an entity is the mean over q of its stages' log
likelihoods minus KL(q ‖ π) (the evidence lower bound, tight at the posterior), so each factor
is a mean over q and one more factor, ``stage``, holds what finding the stage costs.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from mlcalc.answer import Factor, RowCitation
from mlcalc.case import Case
from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.features import FACT_KINDS, PLACES
from mlcalc.knowledge.rows import Finding
from mlcalc.reasoning.encode import TINY, EncodedCases, Encoder
from mlcalc.reasoning.evidence import describe_density, describe_morphology
from mlcalc.reasoning.model import DENSITY, Model
from mlcalc.reasoning.posterior import Tables, factor_likelihoods
from mlcalc.reasoning.rates import Hypothesis
from mlcalc.reasoning.variables import ABSENT, GIVEN, PRESENT, Array

ROWS_PER_FACTOR = 6
NEGLIGIBLE = 1e-12


@dataclass(frozen=True)
class Term:
    """A factor of the model in this case: its evidence and its (H,) log likelihood."""

    evidence: str
    asked: tuple[tuple[str, str], ...]
    log_likelihood: Array


class Explainer:
    """Splits posteriors into cited factors."""

    def __init__(self, model: Model, tables: Tables, encoder: Encoder, knowledge: Knowledge):
        self.model = model
        self.tables = tables
        self.encoder = encoder
        self.knowledge = knowledge
        self.prior_reasons: dict[str, str] = {}
        for row in knowledge.priors:
            source = f' ("{row.quote}")' if row.quote else " (assumption)"
            self.prior_reasons.setdefault(row.name, row.reason + source)

    def terms(self, case: Case, encoded: EncodedCases) -> list[Term]:
        """The factors that the case has evidence for."""
        soft = {name: np.log(values[0] + TINY) for name, values in factor_likelihoods(self.tables, encoded)}
        terms = list(self._picture(case, soft["picture"]))
        for index, name in enumerate(self.model.lone_morphologies):
            value = self.model.variables[name].value
            if value in case.morphology:
                column = self.tables.lone_columns[index]
                evidence = describe_morphology(case, value)
                terms.append(Term(evidence, (("morphology", value),), soft[f"morphology.{column}"]))
        if case.locations:
            asked = tuple(
                (part, place)
                for location in case.locations
                for part in PLACES
                if (place := getattr(location, part)) is not None
            )
            evidence = "location=" + " + ".join(map(str, case.locations))
            terms.append(Term(evidence, asked, soft["location"]))
        return terms + list(self._context(case))

    def _picture(self, case: Case, log_likelihood: Array) -> Iterator[Term]:
        parts, asked = [], []
        density = describe_density(case)
        if density is not None and case.density is not None:
            parts.append(density)
            likely = max(self.model.variables[DENSITY].states, key=lambda s: case.density[s])  # type: ignore[index]
            asked.append((DENSITY, likely))
        for member in self.model.picture.members:
            value = self.model.variables[member].value
            if value in case.morphology:
                parts.append(describe_morphology(case, value))
                asked.append(("morphology", value))
        if parts:
            yield Term(" with ".join(parts), tuple(asked), log_likelihood)

    def _context(self, case: Case) -> Iterator[Term]:
        patterns, alone = self.encoder.split(self.encoder.hard_states(case))
        for pattern in patterns:
            _, states, denied = pattern
            members = [*states, *((specific, ABSENT) for specific, _ in denied)]
            evidence = " with ".join(_describe(m, s) for m, s in members)
            asked = tuple(self._asked(m, s) for m, s in members)
            yield Term(evidence, asked, self.encoder.pattern(pattern))
        for name, state in alone:
            column = self.model.facts.index((name, state))
            yield Term(_describe(name, state), (self._asked(name, state),), self.tables.facts[column])

    def _asked(self, name: str, state: str) -> tuple[str, str]:
        variable = self.model.variables[name]
        return variable.feature, variable.value or state.removesuffix(GIVEN)

    def factors(self, entity: str, stages: Array, terms: Sequence[Term]) -> tuple[Factor, ...]:
        """The cited factors of one entity.

        stages: (H,) posterior of the hypotheses. The factors sum to
        ln(P(entity) / P(other)) - ln(prior(entity) / prior(other)), exactly.
        """
        own = np.array([h.entity == entity for h in self.model.hypotheses])
        share = stages[own] / stages[own].sum()
        prior = self.model.prior[own] / self.model.prior[own].sum()
        likely = [h for h, mine in zip(self.model.hypotheses, own, strict=True) if mine]
        best = likely[int(np.argmax(share))]
        found = []
        for term in terms:
            against = term.log_likelihood[own] - term.log_likelihood[-1]
            ratio = float(share @ against)
            if abs(ratio) > NEGLIGIBLE:
                supports, rows = self.rows(_likeliest_first(likely, share), term)
                found.append(Factor(term.evidence, ratio, supports, rows))
        found.sort(key=lambda factor: -abs(factor.log_likelihood_ratio))
        if len(likely) > 1:
            known = share > 0
            cost = -float(share[known] @ np.log(share[known] / prior[known]))
            if abs(cost) > NEGLIGIBLE:
                rows = self._stage_rows(best)
                found.append(Factor(f"stage={best.stage}", cost, True, rows))
        return tuple(found)

    def rows(self, stages: Sequence[Hypothesis], term: Term) -> tuple[bool, tuple[RowCitation, ...]]:
        """The rows that make the factor what it is, and whether they name what was seen.

        stages: the entity in its stages, likeliest first. Best are rows on what was asked; then
        rows on other values of the same feature; then those on what goes with it: the places
        that a structure lies in, the other members of a group.
        """
        direct: list[Finding] = []
        indirect: list[Finding] = []
        for stage in stages:
            for feature, value in term.asked:
                for stated, rows in self.model.index.listed(stage, feature).items():
                    if self._same(feature, value, stated):
                        direct += rows
                    elif feature not in FACT_KINDS:
                        indirect += rows
            if direct:
                break
        chosen = direct or indirect or self._companions(stages, term)
        chosen = sorted(chosen, key=lambda row: -row.strength.probability)
        unique = list({(row.document, row.quote): row for row in reversed(chosen)}.values())[::-1]
        return bool(direct), tuple(self.cite(row) for row in unique[:ROWS_PER_FACTOR])

    def _companions(self, stages: Sequence[Hypothesis], term: Term) -> list[Finding]:
        asked = set(term.asked)
        # A specific fact is part of its general one, which may be the member of the group.
        asked |= {
            (f, general)
            for f, w in term.asked
            if f in FACT_KINDS
            for general in self.encoder.known.implied(f, w)
        }
        features = {"compartment", "region"} if any(f in PLACES for f, _ in asked) else set()
        found = [
            row
            for stage in stages
            for feature in features
            for rows in self.model.index.listed(stage, feature).values()
            for row in rows
        ]
        for group in (*self.model.groups, self.model.picture):
            members = [self.model.variables[name] for name in group.members]
            if any(v.feature == f and v.value in ("", w) for v in members for f, w in asked):
                found += [
                    row
                    for stage in stages
                    for variable in members
                    for value, rows in self.model.index.listed(stage, variable.feature).items()
                    if variable.value == "" or self._same(variable.feature, variable.value, value)
                    for row in rows
                ]
        return found

    def _same(self, feature: str, asked: str, stated: str) -> bool:
        """Whether a row about ``stated`` speaks of what was asked: same, wider or narrower."""
        known = self.encoder.known
        if asked == stated:
            return True
        if feature == "region":
            return asked in known.regions[stated].covers or stated in known.regions[asked].covers
        if feature == "compartment":
            wider, narrower = known.compartments[stated].covers, known.compartments[asked].covers
            return asked in wider or stated in narrower
        if feature in FACT_KINDS:
            return stated in known.implied(feature, asked) or asked in known.implied(feature, stated)
        if feature in self.model.features.scales:
            low, high = self.model.features.interval(feature, stated)
            start, end = self.model.features.interval(feature, asked)
            return low <= start and end <= high
        return False

    def _stage_rows(self, hypothesis: Hypothesis) -> tuple[RowCitation, ...]:
        rows = self.knowledge.findings_of.get(hypothesis.entity, ())
        staged = [r for r in rows if hypothesis.stage in (r.stage, r.value)]
        return tuple(self.cite(row) for row in staged[:ROWS_PER_FACTOR])

    def cite(self, row: Finding) -> RowCitation:
        """A row as it is printed in answers."""
        stage = f" [{row.stage}]" if row.stage else ""
        says = f"{row.feature}={row.value}{stage}: {row.strength.text}"
        return RowCitation(row.id, self.knowledge.citation(row), row.quote, says)


def _likeliest_first(stages: Sequence[Hypothesis], share: Array) -> list[Hypothesis]:
    return [stages[i] for i in np.argsort(-share)]


def _describe(name: str, state: str) -> str:
    state = state.removesuffix(GIVEN)
    if state == PRESENT:
        return name
    return f"no {name}" if state == ABSENT else f"{name}={state}"
