"""The posterior equals enumeration in plain Python, on a world of six diagnoses."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcalc.reasoning import Reasoner

from .reference import Reference
from .worlds import examples, probabilities, read_case, reasoner_of, write_world

ENTITIES = {
    "crystal": "",
    "tendon_deposit": "crystal",
    "bursa_deposit": "crystal",
    "tophus": "crystal",
    "bone_in_muscle": "",
    "glass": "",
    "unspoken": "",
}
STAGES = {
    "tendon_deposit": {"resting": 0.6, "resorbing": 0.4},
    "bone_in_muscle": {"early": 0.25, "mature": 0.75},
}
FINDINGS = """
    crystal density=calcification defining
    crystal morphology=amorphous_cloudlike typical
    crystal sex=F common
    tendon_deposit compartment=tendon defining
    tendon_deposit compartment=tendon typical document=second
    tendon_deposit[resorbing] compartment=bursa possible
    tendon_deposit region=shoulder 70%
    tendon_deposit region=shoulder possible document=second
    tendon_deposit region=hand occasional
    tendon_deposit structure=supraspinatus 80% on=within_region given=region=shoulder
    tendon_deposit structure=infraspinatus 15% on=within_region given=region=shoulder
    tendon_deposit[resting] morphology=amorphous_cloudlike typical
    tendon_deposit[resorbing] morphology=amorphous_cloudlike possible
    tendon_deposit age=40-60 common
    tendon_deposit age=20-60 typical document=second
    tendon_deposit labs.urate=normal typical
    bursa_deposit compartment=bursa defining
    bursa_deposit region=hip common weight=0.5
    bursa_deposit region=hip rare
    bursa_deposit density=ossification excluded
    bursa_deposit sex=M 55-75%
    tophus conditions=gout defining on=patients_with_disease
    tophus conditions=gout typical document=second
    tophus conditions=gout possible document=second
    tophus labs.urate=high typical
    tophus findings=tophus typical
    tophus findings=tophus rare weight=0
    tophus density=calcification rare on=diseased_who_calcify
    tophus compartment=hyaline_cartilage excluded
    tophus compartment=articular common
    tophus compartment=soft_tissue common document=second
    tophus region=foot common
    tophus region=lower_extremity typical
    tophus structure=first_mtp_joint common
    tophus age=60-120 typical
    tophus age=85-120 45% on=population_of_age given=population=10%
    bone_in_muscle[early] density=calcification common
    bone_in_muscle density=ossification common
    bone_in_muscle[mature] morphology=trabecular_cortical defining
    bone_in_muscle compartment=muscle typical
    bone_in_muscle region=thigh common
    bone_in_muscle sex=M typical weight=0.5
    bone_in_muscle region=knee possible
    bone_in_muscle density=calcification possible document=second
    bone_in_muscle region=finger rare
    glass density=foreign_body defining
    glass density=calcification 20% on=cases_with_finding
    glass region=finger possible
    glass structure=heel_pad possible
"""
GROUPS = {
    "picture": (
        0.7,
        {
            "density": "ossification;calcification;foreign_body",
            "morphology=trabecular_cortical": "present;absent",
        },
    ),
    "urate": (
        0.8,
        {
            "conditions=gout": "present;absent",
            "labs.urate": "high;normal;low",
            "findings=tophus": "present;absent after conditions=gout",
        },
    ),
}
VARIABLES = {
    "density": ("calcification", "ossification", "foreign_body"),
    "morphology=trabecular_cortical": ("present", "absent"),
    "morphology=amorphous_cloudlike": ("present", "absent"),
    "conditions=gout": ("present", "absent"),
    "labs.urate": ("low", "normal", "high"),
    "findings=tophus": ("present", "absent"),
    "sex": ("F", "M"),
    "age": ("0-20", "20-40", "40-60", "60-85", "85-120"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_world(
        tmp_path_factory.mktemp("tables"), FINDINGS, entities=ENTITIES, stages=STAGES, groups=GROUPS
    )


@pytest.fixture(scope="module")
def small(folder: Path) -> Reasoner:
    return reasoner_of(folder)


@pytest.fixture(scope="module")
def reference(folder: Path) -> Reference:
    return Reference(folder, VARIABLES)


def agree(small: Reasoner, reference: Reference, **parts: object) -> None:
    case = read_case(**parts)
    assert probabilities(small, case) == pytest.approx(reference.posterior(case), rel=1e-9, abs=1e-12)


def test_every_enumerated_distribution_sums_to_one(reference: Reference) -> None:
    for assignments in reference.joint.values():
        assert sum(p for _, p in assignments) == pytest.approx(1, abs=1e-12)


def test_without_evidence_the_posterior_is_the_prior(small: Reasoner, reference: Reference) -> None:
    agree(small, reference)


@pytest.mark.parametrize("density", VARIABLES["density"])
def test_hard_density(small: Reasoner, reference: Reference, density: str) -> None:
    agree(small, reference, density=density)


@pytest.mark.parametrize("seen", [0.0, 0.2, 0.5, 0.9, 1.0])
def test_soft_morphology_counts_both_ways(small: Reasoner, reference: Reference, seen: float) -> None:
    agree(small, reference, morphology={"amorphous_cloudlike": seen})
    agree(small, reference, morphology={"trabecular_cortical": seen})


def test_soft_density_with_soft_visible_bone(small: Reasoner, reference: Reference) -> None:
    density = {"calcification": 0.5, "ossification": 0.3, "foreign_body": 0.1}
    agree(small, reference, density=density, morphology={"trabecular_cortical": 0.7})


def test_a_correlated_group_in_full_and_in_part(small: Reasoner, reference: Reference) -> None:
    agree(small, reference, context={"conditions": ["gout"]})
    agree(small, reference, context={"conditions": ["gout"], "labs": {"urate": "high"}})
    agree(small, reference, context={"labs": {"urate": "low"}, "absent": ["tophus"]})
    everything = {"conditions": ["gout"], "labs": {"urate": "normal"}, "findings": ["tophus"]}
    agree(small, reference, context=everything)


@pytest.mark.parametrize("age", [0, 19.9, 20, 40, 59, 60, 84, 85, 119])
def test_age_by_its_interval(small: Reasoner, reference: Reference, age: float) -> None:
    agree(small, reference, context={"age": age})


@pytest.mark.parametrize(
    "place",
    [
        {"compartment": "tendon"},
        {"compartment": "bursa", "region": "hip"},
        {"compartment": "articular"},
        {"compartment": "soft_tissue", "region": "foot"},
        {"region": "finger"},
        {"region": "hand"},
        {"region": "upper_extremity"},
        {"structure": "supraspinatus"},
        {"structure": "supraspinatus", "compartment": "tendon", "region": "shoulder"},
        {"structure": "first_mtp_joint", "compartment": "periarticular"},
        {"structure": "meniscus"},
    ],
)
def test_places_equal_the_sum_over_all_compartments_and_regions(
    small: Reasoner, reference: Reference, place: dict[str, str]
) -> None:
    agree(small, reference, location=place)
    agree(small, reference, location=place, additional_locations=[{"region": "thigh"}])


def test_the_stage_that_the_evidence_fits_comes_out(small: Reasoner) -> None:
    def stage(**parts: object) -> str | None:
        found = small.diagnose(read_case(**parts)).differential
        return next(c.stage for c in found if c.entity == "tendon_deposit")

    assert stage(morphology=["amorphous_cloudlike"]) == "resting"
    assert (
        stage(location={"compartment": "bursa"}, context={"absent": ["amorphous_cloudlike"]}) == "resorbing"
    )


probability = st.floats(0, 1)
place = st.fixed_dictionaries(
    {},
    optional={
        "compartment": st.sampled_from(
            ["tendon", "bursa", "articular", "soft_tissue", "muscle", "hyaline_cartilage"]
        ),
        "region": st.sampled_from(["shoulder", "hand", "finger", "foot", "toe", "hip", "lower_extremity"]),
    },
)
cases = st.fixed_dictionaries(
    {},
    optional={
        "density": st.one_of(
            st.sampled_from(VARIABLES["density"]),
            st.lists(st.floats(0.01, 1), min_size=4, max_size=4).map(
                lambda w: dict(
                    zip([*VARIABLES["density"], "no_focal_density"], [x / sum(w) for x in w], strict=True)
                )
            ),
        ),
        "morphology": st.fixed_dictionaries(
            {}, optional={"trabecular_cortical": probability, "amorphous_cloudlike": probability}
        ),
        "location": place,
        "additional_locations": st.lists(place, max_size=2),
        "context": st.fixed_dictionaries(
            {},
            optional={
                "age": st.integers(0, 119),
                "sex": st.sampled_from(["F", "M"]),
                "labs": st.fixed_dictionaries(
                    {}, optional={"urate": st.sampled_from(["low", "normal", "high"])}
                ),
                "conditions": st.just(["gout"]),
                "findings": st.just(["tophus"]),
            },
        ),
    },
)


@examples(40)
@given(parts=cases)
def test_any_mix_of_hard_soft_and_missing_evidence(
    small: Reasoner, reference: Reference, parts: dict[str, object]
) -> None:
    agree(small, reference, **parts)
