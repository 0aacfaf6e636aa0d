"""From JSON to a case: what every field means, and what is refused with which words."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from mlcalc.case import Case, Fact, Location
from mlcalc.case_json import LIST_KINDS, case_from_json, case_from_text
from mlcalc.errors import CaseError, MlcalcError
from mlcalc.vocabulary import DENSITIES, vocabulary

BAD_CASES = Path(__file__).parents[1] / "cases" / "errors.jsonl"


def refused(value: object) -> str:
    """The text of the error that the case is refused with."""
    with pytest.raises(CaseError) as caught:
        case_from_json(value)
    return str(caught.value)


def in_context(**keys: object) -> Case:
    return case_from_json({"context": keys})


# Bad input as data


def bad_cases() -> list[Any]:
    lines = BAD_CASES.read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines if line.strip()]


@pytest.mark.parametrize("bad", bad_cases(), ids=lambda bad: bad["id"])
def test_every_bad_case_is_refused_with_the_words_that_help(bad: dict[str, Any]) -> None:
    message = refused(bad["case"])
    assert [words for words in bad["error_contains"] if words not in message] == []


@pytest.mark.parametrize("bad", bad_cases(), ids=lambda bad: bad["id"])
def test_every_bad_case_is_refused_as_text_too(bad: dict[str, Any]) -> None:
    with pytest.raises(CaseError):
        case_from_text(json.dumps(bad["case"]))


# The whole contract


def test_the_example_of_the_contract_is_read_whole() -> None:
    case = case_from_json(
        {
            "id": "c1",
            "density": {"calcification": 0.9, "ossification": 0.1},
            "morphology": ["amorphous_cloudlike"],
            "location": {"compartment": "tendon", "structure": "supraspinatus", "region": "shoulder"},
            "context": {"age": 48, "sex": "F", "symptoms": ["acute_pain"], "absent": ["fever"]},
        }
    )
    assert case.id == "c1"
    assert case.density == {
        "calcification": 0.9,
        "ossification": 0.1,
        "foreign_body": pytest.approx(0),
        "no_focal_density": pytest.approx(0),
    }
    assert case.morphology == {"amorphous_cloudlike": (1.0, 0.0)}
    assert case.locations == (Location("tendon", "supraspinatus", "shoulder"),)
    assert (case.context.age, case.context.sex) == (48, "F")
    assert case.context.facts == (Fact("symptoms", "acute_pain"), Fact("symptoms", "fever", False))


def test_every_key_of_the_context_is_read() -> None:
    context = in_context(
        age=30,
        sex="M",
        ancestry="african",
        distribution=["bilateral"],
        weeks_since_onset=3.5,
        evolution=["shrinking"],
        labs={"calcium": "high", "renal_function": "impaired", "calcium_phosphate_product": 72},
        conditions=["gout"],
        history=["trauma"],
        symptoms=["pain"],
        findings=["tophus"],
        tests=["dect_urate"],
    ).context
    assert (context.age, context.sex, context.weeks_since_onset) == (30, "M", 3.5)
    assert context.labs == {"calcium": "high", "renal_function": "impaired"}
    assert context.calcium_phosphate_product == 72
    assert set(context.facts) == {
        Fact("ancestry", "african"),
        Fact("distribution", "bilateral"),
        Fact("evolution", "shrinking"),
        Fact("conditions", "gout"),
        Fact("history", "trauma"),
        Fact("symptoms", "pain"),
        Fact("findings", "tophus"),
        Fact("tests", "dect_urate"),
    }


@pytest.mark.parametrize("kind", LIST_KINDS)
def test_every_registered_id_of_a_list_is_accepted_under_its_key(kind: str) -> None:
    ids = vocabulary().ids(kind)
    assert set(in_context(**{kind: list(ids)}).context.facts) == {Fact(kind, i) for i in ids}


@pytest.mark.parametrize("lab", [i for i in vocabulary().ids("labs") if i != "calcium_phosphate_product"])
def test_every_laboratory_value_takes_its_own_levels_only(lab: str) -> None:
    levels = {"normal", "impaired"} if lab == "renal_function" else {"low", "normal", "high"}
    for level in sorted({"low", "normal", "high", "impaired"}):
        if level in levels:
            assert in_context(labs={lab: level}).context.labs == {lab: level}
        else:
            message = refused({"context": {"labs": {lab: level}}})
            assert f"context.labs.{lab}" in message
            assert all(known in message for known in levels)


# Unknown is unknown


def test_an_empty_case_knows_nothing() -> None:
    assert case_from_json({}) == Case()


def test_null_means_unknown_everywhere() -> None:
    keys = ("id", "density", "morphology", "location", "additional_locations")
    context = dict.fromkeys(("age", "sex", "ancestry", "labs", "absent", *LIST_KINDS))
    assert case_from_json({**dict.fromkeys(keys), "context": context}) == Case()
    assert case_from_json({"context": None, "location": {"region": None}}) == Case()


def test_what_is_not_listed_is_neither_present_nor_absent() -> None:
    case = case_from_json({"morphology": ["rice_grain"], "context": {"symptoms": ["pain"]}})
    assert set(case.morphology) == {"rice_grain"}
    assert case.context.facts == (Fact("symptoms", "pain"),)


# Density


def test_a_density_given_by_id_is_certain() -> None:
    density = case_from_json({"density": "ossification"}).density
    assert density == {d: float(d == "ossification") for d in DENSITIES}


def test_missing_density_mass_is_spread_evenly_over_the_classes_not_named() -> None:
    density = case_from_json({"density": {"calcification": 0.7}}).density
    assert density == pytest.approx(
        {"calcification": 0.7, "ossification": 0.1, "foreign_body": 0.1, "no_focal_density": 0.1}
    )


def test_missing_density_mass_goes_to_all_classes_when_all_are_named() -> None:
    given = {"calcification": 0.2, "ossification": 0.2, "foreign_body": 0.0, "no_focal_density": 0.0}
    density = case_from_json({"density": given}).density
    assert density is not None
    assert sum(density.values()) == pytest.approx(1)
    assert density["calcification"] == density["ossification"] > density["foreign_body"]


def test_an_empty_density_object_says_nothing_about_any_class() -> None:
    density = case_from_json({"density": {}}).density
    assert density is None or set(density.values()) == {0.25}


@pytest.mark.parametrize("excess", [0, 1e-9, 9e-7])
def test_density_may_sum_to_one_within_the_tolerance(excess: float) -> None:
    density = case_from_json({"density": {"calcification": 0.5, "ossification": 0.5 + excess}}).density
    assert density is not None
    assert sum(density.values()) == pytest.approx(1, abs=2e-6)


def test_density_summing_above_the_tolerance_is_refused_with_the_sum() -> None:
    message = refused({"density": {"calcification": 0.9, "ossification": 0.35}})
    assert "density" in message
    assert "1.25" in message
    assert "density" in refused({"density": {"calcification": 0.5, "ossification": 0.5 + 2e-6}})


# Morphology


def test_a_list_of_morphologies_is_seen_and_leaves_the_rest_unknown() -> None:
    case = case_from_json({"morphology": ["tram_track", "chunky_irregular"]})
    assert case.morphology == {"tram_track": (1.0, 0.0), "chunky_irregular": (1.0, 0.0)}


def test_morphology_probabilities_count_both_ways_and_need_not_sum_to_one() -> None:
    case = case_from_json({"morphology": {"tram_track": 0.9, "chunky_irregular": 0.8, "spur": 0}})
    assert case.morphology["tram_track"] == pytest.approx((0.9, 0.1))
    assert case.morphology["chunky_irregular"] == pytest.approx((0.8, 0.2))
    assert case.morphology["spur"] == (0, 1)


def test_a_morphology_known_to_be_absent_is_not_seen() -> None:
    case = case_from_json({"morphology": ["spur"], "context": {"absent": ["bridging_bone"]}})
    assert case.morphology == {"spur": (1.0, 0.0), "bridging_bone": (0.0, 1.0)}
    assert case.context.facts == ()


def test_a_morphology_cannot_be_seen_and_absent() -> None:
    message = refused({"morphology": ["spur"], "context": {"absent": ["spur"]}})
    assert "context.absent" in message
    assert "spur" in message


def test_a_fact_both_present_and_absent_is_kept_for_the_answer_to_report() -> None:
    facts = in_context(symptoms=["fever"], absent=["fever"]).context.facts
    assert set(facts) == {Fact("symptoms", "fever"), Fact("symptoms", "fever", present=False)}


def test_every_id_that_absent_may_hold_is_accepted() -> None:
    for kind in (*LIST_KINDS, "morphology"):
        for term in vocabulary().ids(kind):
            case = in_context(absent=[term])
            if kind == "morphology":
                assert case.morphology[term] == (0.0, 1.0)
            else:
                assert Fact(kind, term, present=False) in case.context.facts


# Location


@pytest.mark.parametrize(
    "place",
    [
        {"compartment": "tendon"},
        {"structure": "achilles"},
        {"region": "knee"},
        {"compartment": "muscle", "region": "thigh"},
        {"structure": "infraspinatus", "region": "shoulder"},
    ],
)
def test_any_part_of_a_location_may_be_missing(place: dict[str, str]) -> None:
    (location,) = case_from_json({"location": place}).locations
    parts = ("compartment", "structure", "region")
    assert {p: getattr(location, p) for p in parts if getattr(location, p) is not None} == place


def test_additional_locations_follow_the_first_and_repeats_count_once() -> None:
    case = case_from_json(
        {
            "location": {"region": "knee"},
            "additional_locations": [{"region": "wrist"}, {"region": "knee"}, {}],
        }
    )
    assert case.locations == (Location(region="knee"), Location(region="wrist"))


def test_additional_locations_may_stand_alone() -> None:
    case = case_from_json({"additional_locations": [{"compartment": "vein", "region": "pelvis"}]})
    assert case.locations == (Location("vein", None, "pelvis"),)


def test_a_bad_additional_location_is_named_by_its_position() -> None:
    message = refused({"additional_locations": [{"region": "knee"}, {"region": "kne"}]})
    assert "additional_locations[1].region" in message
    assert "'knee'" in message


@pytest.mark.parametrize(
    "place",
    [
        {"structure": "infraspinatus", "compartment": "muscle"},
        {"structure": "infraspinatus", "compartment": "soft_tissue"},
        {"structure": "popliteal_artery", "compartment": "vessel"},
        {"structure": "meniscus", "compartment": "articular"},
        {"structure": "meniscus", "region": "lower_extremity"},
        {"structure": "annulus_fibrosus", "region": "spine"},
        {"structure": "psoas", "region": "lumbar_spine"},
    ],
)
def test_a_structure_may_stand_with_any_word_that_holds_it(place: dict[str, str]) -> None:
    assert len(case_from_json({"location": place}).locations) == 1


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ({"structure": "meniscus", "compartment": "artery"}, ("'meniscus'", "fibrocartilage", "'artery'")),
        ({"structure": "supraspinatus", "region": "knee"}, ("'supraspinatus'", "shoulder", "'knee'")),
        ({"structure": "popliteal_artery", "region": "upper_extremity"}, ("'popliteal_artery'", "knee")),
    ],
)
def test_a_structure_elsewhere_is_refused_with_the_place_where_it_lies(
    place: dict[str, str], words: tuple[str, ...]
) -> None:
    message = refused({"location": place})
    assert message.startswith("location.structure: ")
    assert all(word in message for word in words)


# Numbers


@pytest.mark.parametrize("age", [0, 0.5, 48, 119.9, 120, 120.0])
def test_an_age_from_birth_to_120_is_accepted(age: float) -> None:
    assert in_context(age=age).context.age == age


@pytest.mark.parametrize(
    "age",
    [-1, -0.001, 120.5, 121, 400, math.inf, -math.inf, math.nan, True, False, "48", "", [48], {"years": 48}],
)
def test_any_other_age_is_refused(age: object) -> None:
    assert "context.age" in refused({"context": {"age": age}})


def test_a_whole_number_too_big_for_a_float_is_refused_like_any_other() -> None:
    assert "context.age" in refused({"context": {"age": 10**400}})
    assert "density" in refused({"density": {"calcification": 10**400}})


@pytest.mark.parametrize("share", [-1e-9, 1.0000001, math.nan, math.inf, True, "0.5", None, [0.5]])
def test_a_share_that_is_no_number_from_zero_to_one_is_refused_or_unknown(share: object) -> None:
    for field, name in (("density", "calcification"), ("morphology", "spur")):
        if share is None:
            assert case_from_json({field: {name: share}}) is not None
        else:
            assert f"{field}.{name}" in refused({field: {name: share}})


@pytest.mark.parametrize("product", [-1, math.nan, math.inf, True, "72", 1001])
def test_an_impossible_calcium_phosphate_product_is_refused(product: object) -> None:
    message = refused({"context": {"labs": {"calcium_phosphate_product": product}}})
    assert "context.labs.calcium_phosphate_product" in message


@pytest.mark.parametrize("weeks", [0, 0.5, 3, 520])
def test_weeks_since_onset_are_a_number_from_zero(weeks: float) -> None:
    assert in_context(weeks_since_onset=weeks).context.weeks_since_onset == weeks


# Types, keys and the nearest ids


def test_a_whole_number_may_be_the_id_of_a_case() -> None:
    assert case_from_json({"id": 7}).id == "7"


@pytest.mark.parametrize("name", [1.5, [], {}, ["c1"], True])
def test_any_other_id_of_a_case_is_refused(name: object) -> None:
    assert "id" in refused({"id": name})


@pytest.mark.parametrize("value", [None, [], "calcification", 3, True, [{"density": "calcification"}]])
def test_a_case_must_be_an_object(value: object) -> None:
    assert "JSON object" in refused(value)


@pytest.mark.parametrize("kind", LIST_KINDS)
@pytest.mark.parametrize("value", ["pain", {"pain": True}, 3, True])
def test_lists_of_facts_must_be_lists(kind: str, value: object) -> None:
    message = refused({"context": {kind: value}})
    assert f"context.{kind}" in message
    assert "list" in message


@pytest.mark.parametrize("item", [3, True, ["gout"], {"gout": True}])
def test_an_item_of_a_list_that_is_no_id_is_refused(item: object) -> None:
    for kind in (*LIST_KINDS, "absent"):
        assert f"context.{kind}" in refused({"context": {kind: [item]}})
    assert "morphology" in refused({"morphology": [item]})


@pytest.mark.parametrize(
    ("value", "field", "meant"),
    [
        ({"densty": "calcification"}, "case", "density"),
        ({"density": "Calcification"}, "density", "calcification"),
        ({"density": {"ossificaton": 1}}, "density", "ossification"),
        ({"morphology": ["rice-grain"]}, "morphology", "rice_grain"),
        ({"morphology": ["Tram Track"]}, "morphology", "tram_track"),
        ({"location": {"compartment": "tendons"}}, "location.compartment", "tendon"),
        ({"location": {"structure": "supraspinatous"}}, "location.structure", "supraspinatus"),
        ({"location": {"region": "sholder"}}, "location.region", "shoulder"),
        ({"location": {"compartement": "tendon"}}, "location", "compartment"),
        ({"context": {"condition": ["gout"]}}, "context", "conditions"),
        ({"context": {"conditions": ["hemodialysis"]}}, "context.conditions", "haemodialysis"),
        ({"context": {"symptoms": ["swellling"]}}, "context.symptoms", "swelling"),
        ({"context": {"sex": "female"}}, "context.sex", "F"),
        ({"context": {"labs": {"calcium": "hi"}}}, "context.labs.calcium", "high"),
        ({"context": {"labs": {"phosphat": "high"}}}, "context.labs", "phosphate"),
        ({"context": {"absent": ["fevr"]}}, "context.absent", "fever"),
        ({"context": {"ancestry": "african_american"}}, "context.ancestry", "african"),
    ],
)
def test_an_unknown_word_is_refused_with_its_field_and_the_nearest_id(
    value: object, field: str, meant: str
) -> None:
    with pytest.raises(CaseError) as caught:
        case_from_json(value)
    (problem,) = caught.value.problems
    assert problem.field == field
    assert f"'{meant}'" in problem.message or meant in problem.message.split("known are ")[-1]


def test_an_id_that_resembles_nothing_is_answered_with_the_known_ids() -> None:
    assert all(density in refused({"density": "zzzzzz"}) for density in DENSITIES)


def test_all_problems_of_a_case_are_told_at_once() -> None:
    with pytest.raises(CaseError) as caught:
        case_from_json(
            {
                "densty": "calcification",
                "density": {"calcification": -1},
                "morphology": ["rice_grains"],
                "location": {"compartment": "artery", "structure": "meniscus"},
                "additional_locations": [{"region": "kneee"}],
                "context": {"age": 400, "sex": "X", "labs": {"pth": "raised"}, "absent": ["nothing_at_all"]},
            }
        )
    assert {problem.field for problem in caught.value.problems} == {
        "case",
        "density.calcification",
        "morphology",
        "location.structure",
        "additional_locations[0].region",
        "context.age",
        "context.sex",
        "context.labs.pth",
        "context.absent",
    }
    assert all(str(problem) in str(caught.value) for problem in caught.value.problems)


def test_a_case_error_is_an_error_of_mlcalc() -> None:
    assert issubclass(CaseError, MlcalcError)


# Text


def test_a_case_is_read_from_text() -> None:
    assert case_from_text('{"id": "c1", "density": "calcification"}').id == "c1"


@pytest.mark.parametrize(
    "text", ["", " ", "{", '{"id": }', "{'id': 1}", "calcification", '{"id": 1} x', "\x00"]
)
def test_text_that_is_no_json_is_refused_with_line_and_column(text: str) -> None:
    with pytest.raises(CaseError, match=r"not valid JSON: .*line 1, column \d"):
        case_from_text(text)


def test_the_line_of_the_mistake_is_named() -> None:
    with pytest.raises(CaseError, match=r"line 3, column 1"):
        case_from_text('{"id": 1,\n "density": "calcification",\n}')


def test_json_nested_without_end_is_refused() -> None:
    with pytest.raises(CaseError, match="nested too deeply"):
        case_from_text("[" * 200_000)


def test_a_number_with_more_digits_than_python_reads_is_refused() -> None:
    with pytest.raises(CaseError):
        case_from_text('{"context": {"age": ' + "9" * 5000 + "}}")
