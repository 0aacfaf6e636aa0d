"""Any JSON value whatsoever gives a case or a `CaseError`, never anything else."""

from __future__ import annotations

import json
import math
from collections.abc import Callable

from hypothesis import example, given
from hypothesis import strategies as st

from mlcalc.case import Case
from mlcalc.case_json import CASE_KEYS, CONTEXT_KEYS, LIST_KINDS, case_from_json, case_from_text
from mlcalc.errors import CaseError, nearest, unknown_id
from mlcalc.vocabulary import DENSITIES, vocabulary

KNOWN = vocabulary()

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


def mostly(good: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    """What belongs there, or anything at all."""
    return good | json_values


def ids(kind: str) -> st.SearchStrategy[str]:
    return st.sampled_from(KNOWN.ids(kind))


def shares(kind: str) -> st.SearchStrategy[object]:
    return st.dictionaries(ids(kind), mostly(st.floats(0, 1)), max_size=4)


places = st.fixed_dictionaries(
    {}, optional={part: mostly(ids(part)) for part in ("compartment", "structure", "region")}
)
contexts = st.fixed_dictionaries(
    {},
    optional={
        "age": mostly(st.floats(0, 120)),
        "sex": mostly(ids("sex")),
        "ancestry": mostly(ids("ancestry")),
        "weeks_since_onset": mostly(st.floats(0, 500)),
        "labs": mostly(st.dictionaries(ids("labs"), mostly(st.sampled_from(["low", "normal", "high"])))),
        "absent": mostly(st.lists(mostly(ids("symptoms")), max_size=3)),
        **{kind: mostly(st.lists(mostly(ids(kind)), max_size=3)) for kind in LIST_KINDS},
    },
)
near_cases = st.fixed_dictionaries(
    {},
    optional={
        "id": scalars,
        "density": mostly(ids("density") | shares("density")),
        "morphology": mostly(st.lists(mostly(ids("morphology")), max_size=3) | shares("morphology")),
        "location": mostly(places),
        "additional_locations": mostly(st.lists(mostly(places), max_size=2)),
        "context": mostly(contexts),
    },
)


def assert_sound(case: Case) -> None:
    """What the reasoner may rely on."""
    if case.density is not None:
        assert set(case.density) == set(DENSITIES)
        assert math.isclose(sum(case.density.values()), 1, abs_tol=1e-5)
        assert min(case.density.values()) >= 0
    for seen, not_seen in case.morphology.values():
        assert 0 <= seen <= 1
        assert math.isclose(seen + not_seen, 1)
    assert all(place.known for place in case.locations)
    assert case.context.age is None or 0 <= case.context.age <= 120
    assert all(fact.id in KNOWN.ids(fact.kind) for fact in case.context.facts)


def read(way: Callable[[], Case]) -> Case | CaseError:
    """The case, or the error that it is refused with; any other error is one of mlcalc."""
    try:
        return way()
    except CaseError as error:
        return error


def assert_case_or_problems(found: Case | CaseError) -> None:
    if isinstance(found, Case):
        assert_sound(found)
    else:
        assert found.problems
        assert str(found)


def gives_a_case_or_a_case_error(value: object) -> None:
    assert_case_or_problems(read(lambda: case_from_json(value)))


@given(json_values)
@example({"context": {"age": 10**400}})
@example({"density": {"calcification": 10**400}})
@example({"id": "\ud800"})
def test_any_json_value_gives_a_case_or_a_case_error(value: object) -> None:
    gives_a_case_or_a_case_error(value)


@given(st.dictionaries(st.sampled_from([*CASE_KEYS, "extra"]), json_values))
def test_any_values_under_the_known_keys_give_a_case_or_a_case_error(value: object) -> None:
    gives_a_case_or_a_case_error(value)


@given(st.dictionaries(st.sampled_from([*CONTEXT_KEYS, "extra"]), json_values))
def test_any_context_gives_a_case_or_a_case_error(context: object) -> None:
    gives_a_case_or_a_case_error({"context": context})


@given(near_cases)
def test_a_case_that_is_nearly_right_gives_a_case_or_a_case_error(value: object) -> None:
    gives_a_case_or_a_case_error(value)


@given(near_cases)
def test_reading_text_and_reading_values_agree(value: object) -> None:
    assert repr(read(lambda: case_from_text(json.dumps(value)))) == repr(read(lambda: case_from_json(value)))


@given(st.text(max_size=40))
def test_any_text_gives_a_case_or_a_case_error(text: str) -> None:
    assert_case_or_problems(read(lambda: case_from_text(text)))


@given(st.dictionaries(st.sampled_from(DENSITIES), st.floats(0, 0.25), min_size=1))
def test_named_density_shares_are_kept_unless_all_four_are_named(shares: dict[str, float]) -> None:
    density = case_from_json({"density": shares}).density
    assert density is not None
    assert math.isclose(sum(density.values()), 1, abs_tol=1e-9)
    if len(shares) < len(DENSITIES):
        assert {name: density[name] for name in shares} == shares


@given(ids("structure"), ids("compartment"), ids("region"))
def test_a_structure_is_refused_only_where_its_sets_are_disjoint_from_the_place(
    structure: str, compartment: str, region: str
) -> None:
    sets = KNOWN.structures[structure]
    covers = KNOWN.compartments[compartment].covers
    meant = {name for name, weight in covers.items() if compartment not in covers or weight >= 0.15}
    fits = {
        "compartment": bool(sets.compartments & meant),
        "region": bool(sets.regions & set(KNOWN.regions[region].covers)),
    }
    place = {"structure": structure, "compartment": compartment, "region": region}
    found = read(lambda: case_from_json({"location": place}))
    refused = len(found.problems) if isinstance(found, CaseError) else 0
    assert refused == list(fits.values()).count(False)


@given(st.text(), st.lists(st.text(min_size=1), min_size=1))
def test_the_sentence_for_an_unknown_id_names_it_and_known_ones(word: str, known: list[str]) -> None:
    sentence = unknown_id(word, known, "thing")
    assert repr(word) in sentence
    assert any(name in sentence or repr(name) in sentence for name in known)


@given(ids("symptoms"), st.data())
def test_one_slip_of_the_pen_still_finds_the_id_that_was_meant(term: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(1, len(term) - 1))
    slip = term[:at] + term[at + 1 :] if len(term) > 5 else term + "s"
    known = KNOWN.ids("symptoms")
    assert slip in known or term in nearest(slip, known)
