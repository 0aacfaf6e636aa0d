"""Why: the factors take the prior to the posterior, and each stands on cited rows."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcalc.answer import Answer, Candidate
from mlcalc.case import Case
from mlcalc.reasoning import Reasoner
from mlcalc.vocabulary import vocabulary

from .strategies import Parts, cases
from .worlds import examples, probabilities, read_case

EVERYTHING: Parts = {
    "density": {"calcification": 0.8, "ossification": 0.1},
    "morphology": {"amorphous_cloudlike": 0.7, "linear_stratified": 0.3, "trabecular_cortical": 0.1},
    "location": {"structure": "supraspinatus", "region": "shoulder"},
    "additional_locations": [{"compartment": "bursa"}],
    "context": {
        "age": 48,
        "sex": "F",
        "symptoms": ["acute_pain", "swelling"],
        "history": ["trauma"],
        "labs": {"phosphate": "normal", "crp": "high"},
        "absent": ["fever"],
    },
}


def answer(reasoner: Reasoner, parts: Parts) -> Answer:
    return reasoner.diagnose(read_case(**parts))


def gap(found: Answer, candidate: Candidate) -> float:
    """How far prior plus factors lies from the posterior, in log odds against ``other``."""
    after = math.log(candidate.probability / found.other_probability)
    before = math.log(candidate.prior / found.other_prior)
    return after - before - math.fsum(f.log_likelihood_ratio for f in candidate.factors)


class TestFactors:
    @examples(60)
    @given(parts=cases)
    def test_prior_and_factors_sum_to_the_posterior(self, shipped: Reasoner, parts: Parts) -> None:
        found = answer(shipped, parts)
        for candidate in found.differential:
            assert gap(found, candidate) == pytest.approx(0, abs=1e-9), candidate.entity

    @examples(60)
    @given(parts=cases)
    def test_every_factor_that_moves_an_entity_cites_a_row(self, shipped: Reasoner, parts: Parts) -> None:
        for candidate in answer(shipped, parts).differential:
            for factor in candidate.factors:
                if abs(factor.log_likelihood_ratio) > 1e-9:
                    assert factor.rows, (candidate.entity, candidate.stage, factor)

    @pytest.mark.parametrize(
        "parts",
        [
            {"location": {"structure": "meniscus"}},
            {"location": {"structure": "abdominal_wall"}},
            {"morphology": ["peripheral_rim"], "context": {"symptoms": ["pseudoparalysis"]}},
            {"context": {"absent": ["pain"]}},
            {"context": {"absent": ["acute_pain"]}},
            {"density": "calcification", "context": {"ancestry": "african", "absent": ["acute_pain"]}},
            {"context": {"symptoms": ["proximal_weakness"]}},
            {"morphology": {"curvilinear_crescentic": 0.9}},
        ],
        ids=str,
    )
    def test_a_factor_cites_the_rows_of_the_place_the_stages_and_the_group_that_make_it(
        self, shipped: Reasoner, parts: Parts
    ) -> None:
        """A structure speaks through its place, an entity through its stages, a sign through its group."""
        for candidate in answer(shipped, parts).differential:
            for factor in candidate.factors:
                if abs(factor.log_likelihood_ratio) > 1e-9:
                    assert factor.rows, (candidate.entity, candidate.stage, factor)

    @examples(40)
    @given(parts=cases)
    def test_every_cited_row_is_a_row_of_the_entity_or_of_its_groups(
        self, shipped: Reasoner, parts: Parts
    ) -> None:
        owner = {row.id: row.entity for row in shipped.knowledge.findings}
        for candidate in answer(shipped, parts).differential:
            family = shipped.knowledge.lineage(candidate.entity)
            for factor in candidate.factors:
                assert {owner[row.row] for row in factor.rows} <= set(family)
                assert all(row.quote and row.citation for row in factor.rows)

    def test_factors_come_loudest_first(self, shipped: Reasoner) -> None:
        for candidate in answer(shipped, EVERYTHING).differential[:10]:
            ratios = [abs(f.log_likelihood_ratio) for f in candidate.factors if "stage=" not in f.evidence]
            assert ratios == sorted(ratios, reverse=True)

    def test_several_documents_stating_one_fact_are_one_factor_with_several_citations(
        self, shipped: Reasoner
    ) -> None:
        found = answer(shipped, {"density": "calcification", "location": {"compartment": "tendon"}})
        leading = next(c for c in found.differential if c.entity == "hadd_calcific_tendinopathy")
        place = [f for f in leading.factors if f.evidence.startswith("location=")]
        assert len(place) == 1
        assert len({row.citation.partition(":")[0] for row in place[0].rows}) > 1

    def test_correlated_signs_stand_in_one_factor(self, shipped: Reasoner) -> None:
        context = {"conditions": ["gout"], "findings": ["tophus"], "labs": {"urate": "high"}}
        found = answer(shipped, {"context": context})
        gout = next(c for c in found.differential if c.entity == "gout_mineralised_tophus")
        assert len([f for f in gout.factors if "gout" in f.evidence or "tophus" in f.evidence]) == 1


class TestProbabilities:
    @examples(60)
    @given(parts=cases)
    def test_they_sum_to_one_with_other(self, shipped: Reasoner, parts: Parts) -> None:
        found = answer(shipped, parts)
        total = math.fsum(c.probability for c in found.differential) + found.other_probability
        assert total == pytest.approx(1, abs=1e-12)
        assert all(0 < c.probability <= 1 for c in found.differential)

    @examples(30)
    @given(parts=cases)
    def test_the_likeliest_comes_first(self, shipped: Reasoner, parts: Parts) -> None:
        ranked = [c.probability for c in answer(shipped, parts).differential]
        assert ranked == sorted(ranked, reverse=True)

    @examples(30)
    @given(parts=cases)
    def test_stages_of_an_entity_sum_to_one(self, shipped: Reasoner, parts: Parts) -> None:
        for candidate in answer(shipped, parts).differential:
            if candidate.stage is not None:
                shares = candidate.stage_probabilities
                assert math.fsum(shares.values()) == pytest.approx(1, abs=1e-9)
                assert shares[candidate.stage] == max(shares.values())

    @examples(30)
    @given(parts=cases)
    def test_the_mechanisms_sum_to_one(self, shipped: Reasoner, parts: Parts) -> None:
        assert math.fsum(answer(shipped, parts).mechanism.values()) == pytest.approx(1, abs=1e-9)

    def test_a_shorter_list_is_the_head_of_the_whole(self, shipped: Reasoner) -> None:
        case = read_case(**EVERYTHING)
        assert shipped.diagnose(case, top=5).differential == shipped.diagnose(case).differential[:5]


def shuffled(value: Any, rng: random.Random) -> Any:
    """The same JSON with every list and every object in another order."""
    if isinstance(value, dict):
        keys = rng.sample(sorted(value), len(value))
        return {key: shuffled(value[key], rng) for key in keys}
    return rng.sample(value, len(value)) if isinstance(value, list) else value


class TestOrder:
    @examples(100)
    @given(parts=cases, seed=st.integers(0, 1000))
    def test_of_facts_lists_and_keys_changes_nothing(
        self, shipped: Reasoner, parts: Parts, seed: int
    ) -> None:
        one = probabilities(shipped, read_case(**parts))
        other = probabilities(shipped, read_case(**shuffled(parts, random.Random(seed))))
        assert other == pytest.approx(one, rel=1e-9, abs=1e-15)

    def test_of_the_places_changes_nothing(self, shipped: Reasoner) -> None:
        knee, wrist = {"region": "knee"}, {"compartment": "fibrocartilage", "region": "wrist"}
        one = probabilities(shipped, read_case(location=knee, additional_locations=[wrist]))
        other = probabilities(shipped, read_case(location=wrist, additional_locations=[knee]))
        assert other == pytest.approx(one, abs=1e-12)


def evenly(share: float) -> dict[str, float]:
    rest = (1 - share) / 3
    return {
        "calcification": rest,
        "ossification": rest,
        "foreign_body": rest,
        "no_focal_density": share,
    }


class TestNeutralEvidence:
    def unchanged(self, shipped: Reasoner, parts: Parts, more: Parts) -> None:
        before = probabilities(shipped, read_case(**parts))
        after = probabilities(shipped, read_case(**{**parts, **more}))
        assert after == pytest.approx(before, abs=1e-12)

    @examples(40)
    @given(parts=cases, name=st.sampled_from(vocabulary().ids("morphology")))
    def test_a_morphology_of_which_nothing_is_known(self, shipped: Reasoner, parts: Parts, name: str) -> None:
        told = parts.get("morphology", {})
        seen = dict.fromkeys(told, 1.0) if isinstance(told, list) else told
        soft = {other: share for other, share in seen.items() if other != name}
        self.unchanged(shipped, {**parts, "morphology": soft}, {"morphology": {**soft, name: 0.5}})

    @examples(40)
    @given(parts=cases, nothing=st.floats(0, 0.49))
    def test_a_density_that_is_equally_likely_in_all_classes(
        self, shipped: Reasoner, parts: Parts, nothing: float
    ) -> None:
        parts = {key: value for key, value in parts.items() if key != "density"}
        self.unchanged(shipped, parts, {"density": evenly(nothing)})

    @pytest.mark.parametrize("known", [{}, {"density": "calcification"}, {"context": {"age": 50}}], ids=str)
    def test_a_fact_that_neither_rows_nor_groups_mention(
        self, world: Callable[..., Reasoner], known: Parts
    ) -> None:
        built = world("one density=calcification typical\none conditions=gout typical\none age=40-60 common")
        context = known.get("context", {})
        for more in ({"history": ["burn"]}, {"absent": ["burn"]}, {"symptoms": ["fever", "pain"]}):
            self.unchanged(built, known, {"context": {**context, **more}})

    @examples(40)
    @given(parts=cases)
    def test_a_fact_on_which_an_entity_is_silent_keeps_its_odds_against_other(
        self, shipped: Reasoner, parts: Parts
    ) -> None:
        """Being silent is neither rewarded nor punished: ratio 1 against the background."""
        before = probabilities(shipped, read_case(**parts))
        facts: list[str] = parts.get("context", {}).get("findings", [])
        context = {**parts.get("context", {}), "findings": [*facts, "bone_sand"]}
        after = probabilities(shipped, read_case(**{**parts, "context": context}))
        spoken = {row.entity for row in shipped.knowledge.findings if row.value == "bone_sand"}
        silent = [e for e in shipped.knowledge.diagnoses if not spoken & {*shipped.knowledge.lineage(e)}]
        assert 0 < len(silent) < len(shipped.knowledge.diagnoses)
        for name in silent:
            odds = math.log(after[name] / after["other"]) - math.log(before[name] / before["other"])
            assert odds == pytest.approx(0, abs=1e-9), name

    def test_an_empty_case_answers_with_the_priors_and_no_factors(self, shipped: Reasoner) -> None:
        found = shipped.diagnose(Case())
        assert all(not c.factors for c in found.differential)
        for candidate in found.differential:
            assert candidate.probability == pytest.approx(candidate.prior, abs=1e-12)


class TestTheCompleteCase:
    def test_names_what_each_factor_is_about(self, shipped: Reasoner) -> None:
        leading = answer(shipped, EVERYTHING).differential[0]
        told = " ".join(factor.evidence for factor in leading.factors)
        for part in ("density=", "morphology=amorphous_cloudlike", "location=", "age=", "acute_pain"):
            assert part in told

    def test_goes_into_json_and_back(self, shipped: Reasoner) -> None:
        told = answer(shipped, {**EVERYTHING, "id": "c1"}).to_json()
        assert told["id"] == "c1"
        assert {"differential", "other_probability", "tables", "mechanism", "next_steps"} <= set(told)
