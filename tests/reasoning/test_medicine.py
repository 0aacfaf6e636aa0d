"""What the documents say and a radiologist expects: relations, never exact probabilities."""

from __future__ import annotations

import math
from typing import Any

import pytest

from mlcalc.answer import Answer, Candidate
from mlcalc.reasoning import Reasoner

from .worlds import log_odds, read_case

Parts = dict[str, Any]

SUPRASPINATUS = {"compartment": "tendon", "structure": "supraspinatus", "region": "shoulder"}
DENS = {"compartment": "ligament", "structure": "transverse_ligament_of_atlas", "region": "cervical_spine"}
CYSTIC_HIP: Parts = {
    "density": "calcification",
    "morphology": ["multilobulated_cystic"],
    "location": {"compartment": "periarticular", "region": "hip"},
}


def diagnose(reasoner: Reasoner, parts: Parts, **context: Any) -> Answer:
    merged = {**parts.get("context", {}), **context}
    return reasoner.diagnose(read_case(**{**parts, "context": merged}))


def ranked(found: Answer) -> list[str]:
    return [candidate.entity for candidate in found.differential]


def of(found: Answer, entity: str) -> Candidate:
    return next(candidate for candidate in found.differential if candidate.entity == entity)


def probability(reasoner: Reasoner, entity: str, parts: Parts, **context: Any) -> float:
    return of(diagnose(reasoner, parts, **context), entity).probability


CROWNED: Parts = {"density": "calcification", "location": DENS}


class TestCrownedDens:
    def test_keeps_both_crystals_with_pyrophosphate_first(self, shipped: Reasoner) -> None:
        found = ranked(diagnose(shipped, CROWNED))
        assert found[0] == "crowned_dens_cppd"
        assert "crowned_dens_hadd" in found[:3]

    @pytest.mark.parametrize(
        "context",
        [{"age": 78}, {"symptoms": ["neck_pain", "fever"]}, {"symptoms": ["asymptomatic"]}],
        ids=str,
    )
    def test_whatever_the_patient_says(self, shipped: Reasoner, context: Parts) -> None:
        found = ranked(diagnose(shipped, CROWNED, **context))
        assert found[0] == "crowned_dens_cppd"
        assert "crowned_dens_hadd" in found[:3]


LINE: Parts = {
    "density": "calcification",
    "morphology": ["linear_stratified"],
    "location": SUPRASPINATUS,
}


class TestCalcificTendinopathy:
    @pytest.mark.parametrize("course", [["shrinking"], ["resolved"], ["shrinking", "resolved"]], ids=str)
    def test_a_line_after_a_known_deposit_stays_post_calcific_tendinopathy(
        self, shipped: Reasoner, course: list[str]
    ) -> None:
        found = diagnose(shipped, LINE, evolution=course)
        tendinopathy = of(found, "hadd_calcific_tendinopathy")
        post_calcific = tendinopathy.probability * tendinopathy.stage_probabilities["post_calcific"]
        assert ranked(found)[0] == "hadd_calcific_tendinopathy"
        assert post_calcific > 5 * of(found, "cppd_deposition_disease").probability
        assert tendinopathy.stage != "formative_resting"

    def test_a_line_that_is_what_remains_is_the_post_calcific_stage(self, shipped: Reasoner) -> None:
        found = diagnose(shipped, LINE, evolution=["resolved"])
        assert found.differential[0].stage == "post_calcific"

    def test_a_line_in_the_tendon_of_a_middle_aged_patient_keeps_it_among_the_first_three(
        self, shipped: Reasoner
    ) -> None:
        assert "hadd_calcific_tendinopathy" in ranked(diagnose(shipped, LINE, age=48))[:3]

    @pytest.mark.parametrize(
        ("morphology", "context", "stage"),
        [
            ("amorphous_cloudlike", {"symptoms": ["asymptomatic"]}, "formative_resting"),
            ("fluffy_ill_defined", {"symptoms": ["acute_pain"]}, "resorptive"),
        ],
    )
    def test_the_stage_follows_shape_and_pain(
        self, shipped: Reasoner, morphology: str, context: Parts, stage: str
    ) -> None:
        parts = {**LINE, "morphology": [morphology]}
        found = diagnose(shipped, parts, **context)
        assert ranked(found)[0] == "hadd_calcific_tendinopathy"
        assert found.differential[0].stage == stage

    def test_the_supraspinatus_is_likelier_than_the_subscapularis(self, shipped: Reasoner) -> None:
        parts = {**LINE, "morphology": ["amorphous_cloudlike"]}
        odds = {}
        for structure in ("supraspinatus", "infraspinatus", "subscapularis"):
            found = diagnose(shipped, {**parts, "location": {**SUPRASPINATUS, "structure": structure}})
            leading = of(found, "hadd_calcific_tendinopathy")
            odds[structure] = math.log(leading.probability / found.other_probability)
        assert odds["supraspinatus"] > odds["infraspinatus"] > odds["subscapularis"]


class TestTumoralCalcinosis:
    ENTITY = "idiopathic_tumoral_calcinosis"

    def test_normal_phosphate_does_not_exclude_it(self, shipped: Reasoner) -> None:
        unknown = probability(shipped, self.ENTITY, CYSTIC_HIP, age=16)
        normal = probability(shipped, self.ENTITY, CYSTIC_HIP, age=16, labs={"phosphate": "normal"})
        assert normal > unknown / 3
        assert self.ENTITY in ranked(diagnose(shipped, CYSTIC_HIP, age=16, labs={"phosphate": "normal"}))[:3]

    def test_phosphate_tells_the_familial_from_the_sporadic_form(self, shipped: Reasoner) -> None:
        def form(level: str) -> str | None:
            return of(diagnose(shipped, CYSTIC_HIP, labs={"phosphate": level}), self.ENTITY).stage

        assert form("high") == "familial"
        assert form("normal") == "sporadic"

    def test_age_60_does_not_exclude_it(self, shipped: Reasoner) -> None:
        context = {"labs": {"phosphate": "normal", "renal_function": "normal"}}
        found = diagnose(shipped, CYSTIC_HIP, age=60, **context)
        assert self.ENTITY in ranked(found)[:5]

    def test_youth_raises_it(self, shipped: Reasoner) -> None:
        young, old = (probability(shipped, self.ENTITY, CYSTIC_HIP, age=age) for age in (15, 60))
        assert young > old

    def test_african_ancestry_raises_it(self, shipped: Reasoner) -> None:
        told = probability(shipped, self.ENTITY, CYSTIC_HIP, ancestry="african")
        assert told > probability(shipped, self.ENTITY, CYSTIC_HIP)

    def test_renal_failure_points_to_the_metastatic_form(self, shipped: Reasoner) -> None:
        found = diagnose(shipped, CYSTIC_HIP, conditions=["haemodialysis"])
        assert ranked(found)[0] == "renal_failure_calcinosis"


class TestLaboratoryValuesAndAge:
    @pytest.mark.parametrize("parts", [CYSTIC_HIP, {"density": "calcification"}], ids=["mass", "any"])
    def test_a_product_of_75_raises_metastatic_calcification(self, shipped: Reasoner, parts: Parts) -> None:
        before = diagnose(shipped, parts).mechanism
        after = diagnose(shipped, parts, labs={"calcium_phosphate_product": 75}).mechanism
        assert after["metastatic"] > before["metastatic"]

    def test_a_product_of_40_lowers_it(self, shipped: Reasoner) -> None:
        before = diagnose(shipped, CYSTIC_HIP).mechanism
        after = diagnose(shipped, CYSTIC_HIP, labs={"calcium_phosphate_product": 40}).mechanism
        assert after["metastatic"] < before["metastatic"]

    @pytest.mark.parametrize(
        "parts",
        [
            {"density": "calcification", "location": {"compartment": "fibrocartilage", "region": "knee"}},
            {"density": "calcification", "location": {"compartment": "articular", "region": "wrist"}},
            {"density": "calcification", "location": SUPRASPINATUS},
        ],
        ids=["knee", "wrist", "shoulder"],
    )
    def test_a_high_age_raises_pyrophosphate_disease(self, shipped: Reasoner, parts: Parts) -> None:
        odds = []
        for age in (30, 50, 88):
            found = diagnose(shipped, parts, age=age)
            odds.append(math.log(of(found, "cppd_deposition_disease").probability / found.other_probability))
        assert odds[2] > odds[1] >= odds[0] - 1e-9

    def test_the_forties_raise_calcific_tendinopathy(self, shipped: Reasoner) -> None:
        parts: Parts = {"density": "calcification", "location": SUPRASPINATUS}
        odds = {}
        for age in (15, 45, 90):
            found = diagnose(shipped, parts, age=age)
            leading = of(found, "hadd_calcific_tendinopathy")
            odds[age] = math.log(leading.probability / found.other_probability)
        assert odds[45] > odds[15]
        assert odds[45] > odds[90]

    def test_gout_and_raised_urate_raise_a_mineralised_tophus(self, shipped: Reasoner) -> None:
        parts: Parts = {
            "density": "calcification",
            "location": {"compartment": "periarticular", "region": "toe"},
        }
        before = probability(shipped, "gout_mineralised_tophus", parts)
        gout = probability(shipped, "gout_mineralised_tophus", parts, conditions=["gout"])
        assert gout > before
        assert ranked(diagnose(shipped, parts, conditions=["gout"], labs={"urate": "high"}))[0] == (
            "gout_mineralised_tophus"
        )


class TestTheDocumentsOwnTables:
    def test_all_three_cuts_list_a_periarticular_calcification(self, shipped: Reasoner) -> None:
        found = diagnose(shipped, {"density": "calcification", "location": {"compartment": "periarticular"}})
        shorts = {shipped.knowledge.documents[name].short for name in ("insights", "radiolbras", "kjr")}
        assert shorts <= {listing.document for listing in found.tables}
        rows = {listing.row.lower() for listing in found.tables}
        for category in ("articular", "other soft tissues", "periarticular", "joint-related"):
            assert any(category in row for row in rows), category

    def test_a_column_of_the_wrong_density_is_not_shown(self, shipped: Reasoner) -> None:
        found = diagnose(shipped, {"density": "ossification", "location": {"compartment": "tendon"}})
        columns = {listing.column.lower() for listing in found.tables}
        assert "ossification" in columns
        assert not columns & {"calcification", "foreign body"}

    def test_hydroxyapatite_is_the_most_frequent_of_the_tendon(self, shipped: Reasoner) -> None:
        found = diagnose(shipped, {"density": "calcification", "location": {"compartment": "tendon"}})
        frequent = {e.entity for listing in found.tables for e in listing.entries if e.most_frequent}
        assert "hadd_calcific_tendinopathy" in frequent

    def test_most_frequent_is_true_only_where_a_row_says_so(self, shipped: Reasoner) -> None:
        stated = {(row.entity, row.entry) for row in shipped.knowledge.tables if row.most_frequent}
        for compartment in shipped.vocabulary.ids("compartment"):
            found = diagnose(shipped, {"location": {"compartment": compartment}})
            for listing in found.tables:
                for entry in listing.entries:
                    assert entry.most_frequent is not True or (entry.entity, entry.entry) in stated

    def test_an_unknown_place_lists_nothing(self, shipped: Reasoner) -> None:
        assert not diagnose(shipped, {"density": "calcification"}).tables


class TestMechanism:
    @pytest.mark.parametrize(
        "parts",
        [{}, CYSTIC_HIP, {"density": "foreign_body"}, {"location": SUPRASPINATUS}],
        ids=["nothing", "mass", "foreign body", "tendon"],
    )
    def test_sums_to_one(self, shipped: Reasoner, parts: Parts) -> None:
        mechanism = diagnose(shipped, parts).mechanism
        assert set(mechanism) == {"dystrophic", "iatrogenic", "metastatic", "idiopathic", "not_applicable"}
        assert math.fsum(mechanism.values()) == pytest.approx(1, abs=1e-9)

    def test_of_calcification_is_mostly_dystrophic(self, shipped: Reasoner) -> None:
        mechanism = diagnose(shipped, {"density": "calcification"}).mechanism
        assert max(mechanism, key=lambda name: mechanism[name]) == "dystrophic"

    def test_of_a_foreign_body_does_not_apply(self, shipped: Reasoner) -> None:
        mechanism = diagnose(shipped, {"density": "foreign_body"}).mechanism
        assert max(mechanism, key=lambda name: mechanism[name]) == "not_applicable"

    def test_of_injections_in_the_buttock_becomes_iatrogenic(self, shipped: Reasoner) -> None:
        parts: Parts = {
            "density": "calcification",
            "morphology": ["dense_nodular"],
            "location": {"region": "gluteal", "compartment": "subcutaneous"},
        }
        before = diagnose(shipped, parts).mechanism
        after = diagnose(shipped, parts, history=["injections"]).mechanism
        assert after["iatrogenic"] > before["iatrogenic"]
        assert after["iatrogenic"] > max(after["metastatic"], after["idiopathic"], after["not_applicable"])


class TestNoFocalDensity:
    @pytest.mark.parametrize(
        "density", ["no_focal_density", {"no_focal_density": 0.51, "calcification": 0.49}]
    )
    def test_above_a_half_gives_an_empty_differential_with_a_reason(
        self, shipped: Reasoner, density: str | dict[str, float]
    ) -> None:
        found = diagnose(shipped, {"density": density, "location": SUPRASPINATUS})
        assert found.differential == ()
        assert found.reason is not None
        assert "no focal density" in found.reason
        assert found.no_focal_density_probability is not None
        assert found.no_focal_density_probability > 0.5

    def test_below_a_half_is_returned_and_taken_out(self, shipped: Reasoner) -> None:
        half = diagnose(shipped, {"density": {"no_focal_density": 0.4, "calcification": 0.6}})
        sure = diagnose(shipped, {"density": "calcification"})
        assert half.no_focal_density_probability == pytest.approx(0.4)
        assert half.reason is None
        for one, other in zip(half.differential, sure.differential, strict=True):
            assert one.probability == pytest.approx(other.probability, abs=1e-9)


class TestTextbookPictures:
    @pytest.mark.parametrize(
        ("parts", "entity"),
        [
            (
                {"morphology": ["round_lucent_centre"], "location": {"structure": "pelvic_veins"}},
                "phlebolith",
            ),
            (
                {"morphology": ["rice_grain"], "location": {"compartment": "muscle", "region": "thigh"}},
                "cysticercosis",
            ),
            (
                {"morphology": ["linear_stratified"], "location": {"structure": "meniscus"}},
                "cppd_deposition_disease",
            ),
            (
                {"morphology": ["amorphous_cloudlike"], "location": SUPRASPINATUS},
                "hadd_calcific_tendinopathy",
            ),
            (
                {"morphology": ["tram_track"], "location": {"compartment": "artery", "region": "lower_leg"}},
                "monckeberg_sclerosis",
            ),
        ],
        ids=lambda value: value if isinstance(value, str) else "",
    )
    def test_come_first_on_picture_and_place_alone(
        self, shipped: Reasoner, parts: Parts, entity: str
    ) -> None:
        assert ranked(diagnose(shipped, {"density": "calcification", **parts}))[0] == entity


@pytest.mark.parametrize(
    "entity",
    ["sarcoidosis_calcification", "milk_alkali_calcification", "hypervitaminosis_d_calcification"],
)
class TestRaisedIonsWithoutKidneyDisease:
    """Their rows speak of phosphate and product, and not of kidney or parathormone."""

    def odds(self, shipped: Reasoner, entity: str, **context: object) -> float:
        return log_odds(shipped, read_case(context=context))[entity]

    def test_a_low_parathormone_does_not_count_against_them(self, shipped: Reasoner, entity: str) -> None:
        known = {"phosphate": "high"}
        before = self.odds(shipped, entity, labs=known)
        assert self.odds(shipped, entity, labs={**known, "pth": "low"}) >= before - 1e-9
        assert self.odds(shipped, entity, labs={"pth": "low"}) >= self.odds(shipped, entity) - 1e-9

    def test_dialysis_does_not_count_for_them(self, shipped: Reasoner, entity: str) -> None:
        dialysed = self.odds(shipped, entity, conditions=["haemodialysis"])
        assert dialysed <= self.odds(shipped, entity) + 1e-9
