"""What to find out next: the expected information of each examination the documents name.

The information of an examination is the expected drop of the differential's entropy (Lindley
1956), in bits: H(now) - sum over outcomes of P(outcome) H(after). Outcomes are put to the same
engine as evidence. Of an examination with more than three open results the three most telling
are weighed, which is a lower bound.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlcalc.answer import NextStep
from mlcalc.case import Case, Context, Fact
from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.features import FACT_KINDS, PLACES, SCALED, Features
from mlcalc.knowledge.rows import Token, Workup
from mlcalc.reasoning.evidence import Statements
from mlcalc.reasoning.posterior import Posterior
from mlcalc.reasoning.variables import Array

RELEVANT_FROM = 0.02
"""An examination is weighed if the entities it is named for have this probability together."""
NOTHING_FURTHER_FROM = 0.5
UNWEIGHED_FROM = 0.1
"""An examination without a result in the model is shown from this probability on."""
TOKENS_AT_MOST = 3
"""Outcomes multiply: an examination is weighed by its three most telling results."""
WORTH_SHOWING = 0.02

Infer = Callable[[Sequence[Case]], Posterior]


@dataclass(frozen=True)
class Examination:
    """An action with what it would tell that is not known yet, and the row that names it."""

    action: str
    row: Workup
    tokens: tuple[Token, ...]


class Planner:
    """Weighs the examinations for a case."""

    def __init__(self, knowledge: Knowledge, features: Features, entities: Sequence[str], infer: Infer):
        self.knowledge = knowledge
        self.features = features
        self.entities = tuple(entities)
        self.infer = infer

    def next_steps(self, case: Case, now: Array) -> tuple[NextStep, ...]:
        """Examinations, best first; "nothing further" before them where the documents say so.

        now: (entities + 1,) posterior of the case.
        """
        said = Statements(case, self.features)
        steps = list(self._nothing_further(said, now))
        weighed = [self._weigh(case, exam, now) for exam in self._examinations(said, now)]
        weighed = [step for step in weighed if step.expected_information_bits >= WORTH_SHOWING]
        weighed.sort(key=lambda step: -step.expected_information_bits)
        return (*steps, *weighed, *self._unweighed(said, now))

    def mass(self, entities: Iterable[str], now: Array) -> float:
        """Probability of the named entities and groups together; 1 for ``*``."""
        names = set(entities)
        if "*" in names:
            return 1.0
        members = {m for name in names for m in self.knowledge.members.get(name, ())}
        return float(sum(p for e, p in zip(self.entities, now, strict=True) if e in members))

    def _nothing_further(self, said: Statements, now: Array) -> Iterable[NextStep]:
        for row in self.knowledge.workup:
            named = row.kind == "nothing_further" and "*" not in row.entity
            if named and said.hold(row.when) and self.mass(row.entity, now) >= NOTHING_FURTHER_FROM:
                citation = self.knowledge.citation(row)
                text = f"No further work-up needed: {row.text}"
                yield NextStep("no_further_workup", text, 0.0, (), citation, row.quote)

    def _unweighed(self, said: Statements, now: Array) -> Iterable[NextStep]:
        """What the documents ask for without a result that the model holds, such as an MRI."""
        for row in self.knowledge.workup:
            asked = row.kind in ("investigate", "exclude_first") and not row.resolves
            named = asked and "*" not in row.entity and said.hold(row.when)
            if named and self.mass(row.entity, now) >= UNWEIGHED_FROM:
                yield NextStep(row.action, row.text, 0.0, (), self.knowledge.citation(row), row.quote)

    def _examinations(self, said: Statements, now: Array) -> list[Examination]:
        found: dict[str, Examination] = {}
        for row in self.knowledge.workup:
            if row.kind not in ("investigate", "exclude_first") or not said.hold(row.when):
                continue
            if self.mass(row.entity, now) < RELEVANT_FROM:
                continue
            old = found.get(row.action)
            tokens = [*(old.tokens if old else ()), *filter(self._hidden(said), row.resolves)]
            if tokens:
                first = old.row if old else row
                found[row.action] = Examination(row.action, first, tuple(dict.fromkeys(tokens)))
        return list(found.values())

    @staticmethod
    def _hidden(said: Statements) -> Callable[[Token], bool]:
        """Only what a look at the same film does not show already."""

        def hidden(token: Token) -> bool:
            return token.feature not in ("density", *PLACES) and not said.known_already(token)

        return hidden

    def _weigh(self, case: Case, exam: Examination, now: Array) -> NextStep:
        tokens = exam.tokens
        if len(tokens) > TOKENS_AT_MOST:
            gains = {t: self._information(case, (t,), now)[0] for t in tokens}
            tokens = tuple(sorted(tokens, key=lambda t: -gains[t])[:TOKENS_AT_MOST])
        bits, after, chances = self._information(case, tokens, now)
        return NextStep(
            exam.action,
            exam.row.text,
            bits,
            self._separates(now, after, chances),
            self.knowledge.citation(exam.row),
            exam.row.quote,
        )

    def _information(self, case: Case, tokens: Sequence[Token], now: Array) -> tuple[float, Array, Array]:
        """Bits, (outcomes, entities + 1) posteriors and (outcomes,) chances."""
        outcomes = [
            _with(case, zip(tokens, values, strict=True))
            for values in itertools.product(*map(self._outcomes, tokens))
            if self._possible(dict(zip(tokens, values, strict=True)))
        ]
        posterior = self.infer(outcomes)
        weights = np.exp(posterior.log_evidence - np.max(posterior.log_evidence))
        chances = weights / weights.sum()
        bits = float(_entropy(now) - chances @ _entropy(posterior.entities))
        return max(0.0, bits), posterior.entities, chances

    def _possible(self, results: Mapping[Token, str]) -> bool:
        """Whether no present fact implies one that the same outcome finds absent."""
        present = [t for t, value in results.items() if value == "present" and t.feature in FACT_KINDS]
        absent = {(t.feature, t.value) for t, value in results.items() if value == "absent"}
        implied = {(t.feature, p) for t in present for p in self.features.known.implied(t.feature, t.value)}
        return not implied & absent

    def _outcomes(self, token: Token) -> Sequence[str]:
        if token.feature in SCALED:
            return self.features.scales[token.feature].bins()
        if token.value and (token.feature in FACT_KINDS or token.feature == "morphology"):
            return ("present", "absent")
        return self.features.values[token.feature]

    def _separates(self, now: Array, after: Array, chances: Array) -> tuple[str, ...]:
        """The two likely entities whose odds the outcomes move most."""
        leading = [i for i in np.argsort(-now)[:6] if i < len(self.entities) - 1]
        shift = np.log(np.maximum(after, 1e-12)) - np.log(np.maximum(now, 1e-12))
        best = 0.0
        pair: tuple[str, ...] = ()
        for a, b in itertools.combinations(leading, 2):
            moved = float(chances @ np.abs(shift[:, a] - shift[:, b])) * min(now[a], now[b])
            if moved > best:
                best, pair = moved, (self.entities[a], self.entities[b])
        return pair


def _entropy(probabilities: Array) -> Array:
    safe = np.maximum(probabilities, 1e-300)
    entropy: Array = -np.sum(probabilities * np.log2(safe), axis=-1)
    return entropy


def _with(case: Case, results: Iterable[tuple[Token, str]]) -> Case:
    """The case with further results."""
    context, morphology = case.context, dict(case.morphology)
    for token, outcome in results:
        feature, present = token.feature, outcome == "present"
        if feature == "morphology":
            morphology[token.value] = (1.0, 0.0) if present else (0.0, 1.0)
        elif feature in FACT_KINDS:
            context = replace(context, facts=(*context.facts, Fact(feature, token.value, present)))
        else:
            context = _with_value(context, feature, outcome)
    return replace(case, context=context, morphology=morphology)


def _with_value(context: Context, feature: str, outcome: str) -> Context:
    if feature == "sex":
        return replace(context, sex=outcome)
    if feature in SCALED:
        low = float(outcome.partition("-")[0])
        if feature == "age":
            return replace(context, age=low)
        if feature == "weeks_since_onset":
            return replace(context, weeks_since_onset=low)
        return replace(context, calcium_phosphate_product=low)
    lab = feature.removeprefix("labs.")
    return replace(context, labs={**context.labs, lab: outcome})
