"""What to find out next, what must not be missed, and what does not fit together."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from mlcalc.answer import Answer, NextStep
from mlcalc.errors import KnowledgeError
from mlcalc.reasoning import Reasoner

from .strategies import Parts, cases
from .worlds import examples, read_case

World = Callable[..., Reasoner]

SMALL = """
    one density=calcification typical
    one conditions=gout typical
    one labs.urate=high typical
    two conditions=gout rare
    two labs.urate=normal typical
    two symptoms=fever common
"""
URATE = {
    "urate": (0.8, {"conditions=gout": "present;absent", "labs.urate": "high;normal;low"}),
}


def ask(action: str, resolves: str, **more: str) -> dict[str, str]:
    row = {"entity": "*", "action": action, "resolves": resolves, "kind": "investigate", "text": action}
    return {**row, **more}


def steps(reasoner: Reasoner, **parts: Any) -> dict[str, NextStep]:
    return {step.action: step for step in reasoner.diagnose(read_case(**parts)).next_steps}


def entropy(probabilities: dict[str, float]) -> float:
    return -math.fsum(p * math.log2(p) for p in probabilities.values() if p > 0)


def expected_bits(now: dict[str, float], outcome: dict[str, dict[str, float]]) -> float:
    """Entropy now minus the mean entropy afterwards; outcome: result -> entity -> P(result | entity)."""
    mean_after = 0.0
    for given_entity in outcome.values():
        joint = {name: p * given_entity[name] for name, p in now.items()}
        chance = math.fsum(joint.values())
        mean_after += chance * entropy({name: p / chance for name, p in joint.items()})
    return entropy(now) - mean_after


class TestExpectedInformation:
    """Worlds without stages: an entity is one hypothesis, and Bayes' rule can be done by hand."""

    def now(self, reasoner: Reasoner, **parts: Any) -> dict[str, float]:
        found = reasoner.diagnose(read_case(**parts))
        return {**{c.entity: c.probability for c in found.differential}, "other": found.other_probability}

    def likelihood(self, reasoner: Reasoner, variable: str) -> dict[str, dict[str, float]]:
        states = reasoner.model.variables[variable].states
        table = reasoner.model.rates[variable]
        return {
            state: dict(zip(reasoner.model.entities, map(float, table[:, i]), strict=True))
            for i, state in enumerate(states)
        }

    @pytest.mark.parametrize("known", [{}, {"density": "calcification"}], ids=["nothing", "density"])
    def test_of_one_result_equals_the_sum_over_its_outcomes_by_hand(
        self, world: World, known: dict[str, Any]
    ) -> None:
        built = world(SMALL, workup=[ask("urate", "labs.urate"), ask("fever", "symptoms=fever")])
        found = steps(built, **known)
        now = self.now(built, **known)
        for action, variable in (("urate", "labs.urate"), ("fever", "symptoms=fever")):
            expected = expected_bits(now, self.likelihood(built, variable))
            assert found[action].expected_information_bits == pytest.approx(expected, abs=1e-9)

    def test_of_a_second_sign_of_the_same_thing_counts_only_what_is_new(self, world: World) -> None:
        """Once gout is known, urate comes from the group's joint table given gout."""
        built = world(SMALL, groups=URATE, workup=[ask("urate", "labs.urate")])
        group = built.model.groups[0]
        joint = group.table[:, 0, :]
        given_gout = joint / joint.sum(axis=1, keepdims=True)
        outcome = {
            state: dict(zip(built.model.entities, map(float, given_gout[:, i]), strict=True))
            for i, state in enumerate(group.orders[1])
        }
        known = {"context": {"conditions": ["gout"]}}
        expected = expected_bits(self.now(built, **known), outcome)
        found = steps(built, **known)
        shown = found["urate"].expected_information_bits if "urate" in found else 0.0
        assert shown == pytest.approx(expected, abs=1e-9 if shown else 0.005)

    def test_of_two_results_at_once_runs_over_all_pairs_of_outcomes(self, world: World) -> None:
        built = world(SMALL, workup=[ask("both", "labs.urate;symptoms=fever")])
        one, two = self.likelihood(built, "labs.urate"), self.likelihood(built, "symptoms=fever")
        pairs = {f"{a}/{b}": {name: one[a][name] * two[b][name] for name in one[a]} for a in one for b in two}
        found = steps(built)["both"].expected_information_bits
        assert found == pytest.approx(expected_bits(self.now(built), pairs), abs=1e-9)

    def test_best_comes_first(self, world: World) -> None:
        workup = [ask("fever", "symptoms=fever"), ask("urate", "labs.urate"), ask("gout", "conditions=gout")]
        bits = [step.expected_information_bits for step in steps(world(SMALL, workup=workup)).values()]
        assert len(bits) == 3
        assert bits == sorted(bits, reverse=True)

    def test_a_test_that_tells_nothing_is_not_proposed(self, world: World) -> None:
        assert not steps(world(SMALL, workup=[ask("sex", "sex")]))

    @pytest.mark.parametrize("context", [{"labs": {"urate": "normal"}}, {"labs": {"urate": "high"}}], ids=str)
    def test_a_known_result_is_not_proposed(self, world: World, context: dict[str, Any]) -> None:
        built = world(SMALL, workup=[ask("urate", "labs.urate")])
        assert "urate" in steps(built)
        assert "urate" not in steps(built, context=context)

    def test_a_fact_known_to_be_absent_is_not_proposed(self, world: World) -> None:
        built = world(SMALL, workup=[ask("gout", "conditions=gout")])
        assert "gout" not in steps(built, context={"absent": ["gout"]})

    def test_an_examination_for_unlikely_entities_is_not_proposed(self, world: World) -> None:
        row = ask("urate", "labs.urate", entity="two")
        built = world(SMALL, workup=[row], priors={"one": 0.98, "two": 0.01, "other": 0.01})
        assert not steps(built)

    def test_an_examination_waits_for_its_condition(self, world: World) -> None:
        built = world(SMALL, workup=[ask("urate", "labs.urate", when="symptoms=fever")])
        assert not steps(built)
        assert "urate" in steps(built, context={"symptoms": ["fever"]})

    def test_a_row_that_asks_for_no_single_result_is_refused(self, world: World) -> None:
        with pytest.raises(KnowledgeError, match="history"):
            world(SMALL, workup=[ask("history", "history;conditions")])

    @examples(40)
    @given(parts=cases)
    def test_is_never_negative_and_never_more_than_there_is_to_know(
        self, shipped: Reasoner, parts: Parts
    ) -> None:
        found = shipped.diagnose(read_case(**parts))
        now = {**{c.entity: c.probability for c in found.differential}, "other": found.other_probability}
        for step in found.next_steps:
            assert 0 <= step.expected_information_bits <= entropy(now) + 1e-9
            assert step.citation
            assert step.quote


CHONDROCALCINOSIS: Parts = {
    "density": "calcification",
    "morphology": ["linear_stratified"],
    "location": {"structure": "meniscus", "compartment": "fibrocartilage", "region": "knee"},
    "context": {"age": 84},
}


def diagnose(reasoner: Reasoner, parts: Parts, **context: Any) -> Answer:
    return reasoner.diagnose(read_case(**{**parts, "context": {**parts.get("context", {}), **context}}))


class TestNothingFurther:
    def test_for_chondrocalcinosis_without_symptoms_in_the_elderly(self, shipped: Reasoner) -> None:
        first = diagnose(shipped, CHONDROCALCINOSIS, symptoms=["asymptomatic"]).next_steps[0]
        assert first.action == "no_further_workup"
        assert first.text.startswith("No further work-up needed")
        assert first.expected_information_bits == 0
        assert first.citation
        assert first.quote

    def test_but_not_where_the_joint_hurts(self, shipped: Reasoner) -> None:
        found = diagnose(shipped, CHONDROCALCINOSIS, symptoms=["pain"])
        assert not any("without symptoms" in s.text for s in found.next_steps)

    def test_for_railroad_tracks_in_an_artery(self, shipped: Reasoner) -> None:
        parts: Parts = {
            "density": "calcification",
            "morphology": ["tram_track"],
            "location": {"compartment": "artery", "region": "lower_leg"},
            "context": {"conditions": ["diabetes"], "symptoms": ["asymptomatic"], "age": 66},
        }
        found = diagnose(shipped, parts)
        assert found.differential[0].entity == "monckeberg_sclerosis"
        assert any(s.action == "no_further_workup" for s in found.next_steps)


class TestWhatIsProposed:
    def test_ultrasound_where_gout_and_pyrophosphate_compete(self, shipped: Reasoner) -> None:
        parts: Parts = {
            "density": "calcification",
            "location": {"compartment": "articular", "region": "foot"},
            "context": {"conditions": ["gout"]},
        }
        assert "ultrasound_cartilage" in steps(shipped, **parts)

    def test_calcium_and_phosphate_for_a_cystic_periarticular_mass(self, shipped: Reasoner) -> None:
        parts: Parts = {
            "density": "calcification",
            "morphology": ["multilobulated_cystic"],
            "location": {"compartment": "periarticular", "region": "hip"},
        }
        found = steps(shipped, **parts)
        assert {"serum_calcium_and_phosphate", "renal_function"} & set(found)
        assert all(step.separates for step in found.values() if step.expected_information_bits > 0.05)


class TestRedFlags:
    def flags(self, found: Answer) -> str:
        for flag in found.red_flags:
            assert flag.citation
            assert flag.quote
        return " | ".join(flag.text for flag in found.red_flags).lower()

    def test_resorptive_calcific_tendinopathy_can_pass_for_a_septic_joint(self, shipped: Reasoner) -> None:
        parts: Parts = {
            "density": "calcification",
            "morphology": ["fluffy_ill_defined"],
            "location": {"structure": "supraspinatus", "compartment": "tendon", "region": "shoulder"},
        }
        told = self.flags(diagnose(shipped, parts, symptoms=["acute_pain"], age=48))
        assert "septic" in told
        assert "aspiration" in told
        assert "can pass for a septic joint" not in self.flags(diagnose(shipped, parts, age=48))

    def test_a_mass_of_the_lower_extremity_in_a_young_adult_may_be_synovial_sarcoma(
        self, shipped: Reasoner
    ) -> None:
        parts: Parts = {
            "density": "calcification",
            "morphology": ["punctate_flecks"],
            "location": {"compartment": "periarticular", "region": "knee"},
        }
        told = self.flags(diagnose(shipped, parts, age=26, findings=["soft_tissue_mass"]))
        assert "synovial sarcoma" in told

    def test_crowned_dens_with_fever_can_pass_for_meningitis(self, shipped: Reasoner) -> None:
        parts: Parts = {
            "density": "calcification",
            "location": {"structure": "transverse_ligament_of_atlas", "region": "cervical_spine"},
        }
        told = self.flags(diagnose(shipped, parts, age=75, symptoms=["neck_pain", "fever"]))
        assert "meningitis" in told

    def test_a_destroyed_joint_may_be_infected_in_spite_of_crystals(self, shipped: Reasoner) -> None:
        parts: Parts = {
            "density": "calcification",
            "morphology": ["intraarticular_debris"],
            "location": {"compartment": "joint_space", "region": "shoulder"},
        }
        told = self.flags(diagnose(shipped, parts, age=80, findings=["joint_destruction"]))
        assert "crystals do not exclude infection" in told

    def test_longus_colli_tendinitis_mimics_a_retropharyngeal_abscess(self, shipped: Reasoner) -> None:
        parts: Parts = {
            "density": "calcification",
            "location": {"structure": "longus_colli", "region": "neck"},
        }
        assert "retropharyngeal abscess" in self.flags(diagnose(shipped, parts, symptoms=["odynophagia"]))


class TestConflicts:
    @pytest.mark.parametrize(
        ("parts", "named"),
        [
            ({"context": {"symptoms": ["asymptomatic", "pain"]}}, ["asymptomatic", "pain"]),
            ({"context": {"symptoms": ["asymptomatic", "acute_pain"]}}, ["asymptomatic", "pain"]),
            ({"context": {"symptoms": ["fever"], "absent": ["fever"]}}, ["fever", "present", "absent"]),
            (
                {"context": {"conditions": ["haemodialysis"], "absent": ["chronic_kidney_disease"]}},
                ["chronic_kidney_disease", "implied"],
            ),
            (
                {"density": "calcification", "morphology": ["trabecular_cortical"]},
                ["calcification", "trabecular_cortical"],
            ),
            (
                {"context": {"labs": {"renal_function": "normal"}, "conditions": ["haemodialysis"]}},
                ["renal_function", "haemodialysis"],
            ),
            (
                {"context": {"distribution": ["unilateral", "bilateral"]}},
                ["unilateral", "bilateral"],
            ),
        ],
        ids=str,
    )
    def test_contradictory_evidence_is_named_and_answered(
        self, shipped: Reasoner, parts: Parts, named: list[str]
    ) -> None:
        found = shipped.diagnose(read_case(**parts))
        assert any(all(word in conflict for word in named) for conflict in found.conflicts)
        total = math.fsum(c.probability for c in found.differential) + found.other_probability
        assert total == pytest.approx(1)
        assert np.isfinite([c.probability for c in found.differential]).all()

    def test_a_case_that_fits_together_has_none(self, shipped: Reasoner) -> None:
        assert not diagnose(shipped, CHONDROCALCINOSIS, symptoms=["asymptomatic"]).conflicts

    def test_unlikely_evidence_is_reported_against_the_leading_entity(self, shipped: Reasoner) -> None:
        parts: Parts = {
            "density": "ossification",
            "morphology": ["tram_track"],
            "location": {"compartment": "artery"},
        }
        found = diagnose(shipped, parts)
        assert any("density=ossification speaks against" in conflict for conflict in found.conflicts)

    def test_finding_a_rare_stage_is_no_conflict(self, world: World) -> None:
        """What is seen fits the rare stage: its rarity belongs to the sum, not to the conflicts."""
        built = world(
            """one density=calcification typical
               one[early] morphology=tram_track typical
               one[late] morphology=spur typical
               one[late] conditions=gout typical""",
            stages={"one": {"early": 0.95, "late": 0.05}},
            priors={"one": 0.9, "two": 0.05, "other": 0.05},
        )
        found = diagnose(built, {"density": "calcification", "morphology": ["spur"]}, conditions=["gout"])
        assert found.differential[0].stage == "late"
        assert not found.conflicts
