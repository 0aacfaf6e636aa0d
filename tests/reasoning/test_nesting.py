"""Facts inside facts: acute pain is pain, so the two have three states between them and not four."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlcalc.case import Case, Context, Fact
from mlcalc.case_json import case_from_json
from mlcalc.knowledge.features import FACT_KINDS
from mlcalc.reasoning import Reasoner
from mlcalc.reasoning.evidence import Statements
from mlcalc.vocabulary import vocabulary

KNOWN = vocabulary()
PAIRS = [
    (kind, name, general)
    for kind in FACT_KINDS
    for name in KNOWN.ids(kind)
    for general in KNOWN.terms[kind][name].implies
]
CASES = [
    json.loads(line)["case"]
    for line in (Path(__file__).parents[1] / "cases" / "kjr.jsonl").read_text("utf-8").splitlines()
]


def likelihoods(engine: Reasoner, facts: list[tuple[Fact, ...]]) -> np.ndarray:
    """(cases, hypotheses) P(facts | hypothesis)."""
    result = engine.infer([Case(context=Context(facts=each)) for each in facts])
    joint = result.hypotheses * np.exp(result.log_evidence)[:, None]
    likelihood: np.ndarray = joint / engine.model.prior
    return likelihood


@pytest.mark.parametrize(("kind", "specific", "general"), PAIRS, ids=str)
class TestEveryPair:
    def test_has_three_states_that_sum_to_one(
        self, shipped: Reasoner, kind: str, specific: str, general: str
    ) -> None:
        states = [
            (Fact(kind, specific),),
            (Fact(kind, general), Fact(kind, specific, present=False)),
            (Fact(kind, general, present=False),),
        ]
        np.testing.assert_allclose(likelihoods(shipped, states).sum(axis=0), 1, atol=1e-9)

    def test_the_general_fact_adds_nothing_to_the_specific_one(
        self, shipped: Reasoner, kind: str, specific: str, general: str
    ) -> None:
        alone, both = likelihoods(
            shipped, [(Fact(kind, specific),), (Fact(kind, specific), Fact(kind, general))]
        )
        np.testing.assert_allclose(alone, both, atol=1e-12)

    def test_where_the_general_one_is_absent_the_specific_one_is_known_too(
        self, shipped: Reasoner, kind: str, specific: str, general: str
    ) -> None:
        case = Case(context=Context(facts=(Fact(kind, general, present=False),)))
        said = Statements(case, shipped.model.features)
        assert said.known_already(shipped.model.features.token(f"{kind}={specific}"))


def test_the_outcomes_of_an_examination_are_a_partition_of_what_is_known(shipped: Reasoner) -> None:
    planner = shipped.planner
    weighed = 0
    for data in CASES:
        case = case_from_json(data)
        now = shipped.infer([case])
        said = Statements(case, shipped.model.features)
        for exam in planner._examinations(said, now.entities[0]):
            tokens = exam.tokens[:3]
            outcomes = [
                dict(zip(tokens, values, strict=True))
                for values in itertools.product(*map(planner._outcomes, tokens))
            ]
            possible = [results for results in outcomes if planner._possible(results)]
            if any(token.feature == "morphology" for token in tokens):
                continue  # soft evidence has no chance, only a weight
            after = shipped.infer([with_results(case, results) for results in possible])
            chances = np.exp(after.log_evidence - now.log_evidence[0])
            assert chances.sum() == pytest.approx(1, abs=1e-9), (case, tokens)
            np.testing.assert_allclose(chances @ after.entities, now.entities[0], atol=1e-9)
            weighed += 1
    assert weighed > 50


def with_results(case: Case, results: dict) -> Case:  # type: ignore[type-arg]
    """The case with results, written out here apart from the planner's own way."""
    context = case.context
    for token, value in results.items():
        if token.feature in FACT_KINDS:
            fact = Fact(token.feature, token.value, value == "present")
            context = replace(context, facts=(*context.facts, fact))
        elif token.feature == "labs.calcium_phosphate_product":
            context = replace(context, calcium_phosphate_product=float(value.partition("-")[0]))
        elif token.feature == "age":
            context = replace(context, age=float(value.partition("-")[0]))
        elif token.feature == "weeks_since_onset":
            context = replace(context, weeks_since_onset=float(value.partition("-")[0]))
        elif token.feature == "sex":
            context = replace(context, sex=value)
        else:
            lab = token.feature.removeprefix("labs.")
            context = replace(context, labs={**context.labs, lab: value})
    return replace(case, context=context)
