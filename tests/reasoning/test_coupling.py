"""Correlated evidence: one joint distribution, whose margins are what the rows state."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlcalc.reasoning import Reasoner
from mlcalc.reasoning.coupling import group_table, joint_table, pattern_probability

from .worlds import examples, log_odds, read_case

Array = NDArray[np.float64]
Margins = list[Array]
Parts = dict[str, Any]
shares = st.floats(0, 0.99)


@st.composite
def margins(draw: st.DrawFn, hypotheses: int = 2) -> Margins:
    """Two to four members with two or three states each."""
    sizes = draw(st.lists(st.integers(2, 3), min_size=2, max_size=4))
    found = []
    for size in sizes:
        rows = draw(
            st.lists(
                st.lists(st.floats(0.001, 1), min_size=size, max_size=size),
                min_size=hypotheses,
                max_size=hypotheses,
            )
        )
        table = np.array(rows)
        found.append(table / table.sum(axis=1, keepdims=True))
    return found


@examples(100)
@given(members=margins(), coupling=shares)
def test_the_joint_table_sums_to_one_and_is_never_negative(members: Margins, coupling: float) -> None:
    joint = joint_table(members, coupling)
    assert (joint >= 0).all()
    np.testing.assert_allclose(joint.reshape(len(joint), -1).sum(axis=1), 1, atol=1e-12)


@examples(100)
@given(members=margins(), coupling=shares)
def test_every_margin_stays_what_the_rows_state(members: Margins, coupling: float) -> None:
    joint = joint_table(members, coupling)
    for axis, margin in enumerate(members, start=1):
        others = tuple(a for a in range(1, joint.ndim) if a != axis)
        np.testing.assert_allclose(joint.sum(axis=others), margin, atol=1e-12)


@examples(100)
@given(members=margins())
def test_the_comonotone_part_reaches_frechets_upper_bound(members: Margins) -> None:
    """P(X1 <= i, X2 <= j, …) is the smallest of the members' own cumulative shares."""
    joint = joint_table(members, 1.0)
    cumulative: Any = joint
    for axis in range(1, joint.ndim):
        cumulative = cumulative.cumsum(axis=axis)
    ends = [margin.cumsum(axis=1) for margin in members]
    for states in itertools.product(*(range(margin.shape[1]) for margin in members)):
        bound = np.min([end[:, s] for end, s in zip(ends, states, strict=True)], axis=0)
        np.testing.assert_allclose(cumulative[(slice(None), *states)], bound, atol=1e-12)


@examples(50)
@given(members=margins())
def test_without_coupling_the_members_are_independent(members: Margins) -> None:
    joint: Any = joint_table(members, 0.0)
    for states in itertools.product(*(range(margin.shape[1]) for margin in members)):
        product = np.prod([m[:, s] for m, s in zip(members, states, strict=True)], axis=0)
        np.testing.assert_allclose(joint[(slice(None), *states)], product, atol=1e-15)


@examples(100)
@given(members=margins(), coupling=shares, data=st.data())
def test_a_pattern_is_the_joint_table_summed_over_the_unknown_members(
    members: Margins, coupling: float, data: st.DataObject
) -> None:
    table = group_table(members, coupling)
    states = [data.draw(st.one_of(st.none(), st.integers(0, m.shape[1] - 1))) for m in members]
    expected = np.zeros(len(table))
    for pattern in itertools.product(*(range(m.shape[1]) for m in members)):
        if all(state in (None, own) for state, own in zip(states, pattern, strict=True)):
            expected += [row[pattern] for row in table]
    np.testing.assert_allclose(pattern_probability(table, states), expected, atol=1e-12)


@examples(50)
@given(p=st.floats(0.05, 0.95), q=st.floats(0.05, 0.95), coupling=st.floats(0.1, 1))
def test_members_that_go_together_are_never_less_likely_together_than_apart(
    p: float, q: float, coupling: float
) -> None:
    joint = joint_table([np.array([[p, 1 - p]]), np.array([[q, 1 - q]])], coupling)
    assert joint[0, 0, 0] >= p * q - 1e-12


@examples(100)
@given(members=margins(hypotheses=3), coupling=shares)
def test_where_rows_speak_of_every_member_the_group_is_the_joint_table(
    members: Margins, coupling: float
) -> None:
    for margin in members:
        assume(np.abs(margin - margin[-1:]).max(axis=1)[:-1].min() > 1e-6)
    np.testing.assert_allclose(group_table(members, coupling), joint_table(members, coupling), atol=1e-12)


@examples(100)
@given(members=margins(hypotheses=2), coupling=shares, data=st.data())
def test_members_that_rows_do_not_speak_of_follow_the_others_as_at_large(
    members: Margins, coupling: float, data: st.DataObject
) -> None:
    """P(all | entity) = P(spoken of | entity) P(the rest | spoken of, at large)."""
    silent = data.draw(st.integers(0, len(members) - 1))
    members[silent][0] = members[silent][1]
    entity, usual = group_table(members, coupling)
    assert np.isfinite(entity).all()
    assert entity.sum() == pytest.approx(1, abs=1e-12)
    spoken, usual_spoken = entity.sum(axis=silent), usual.sum(axis=silent)
    for state in range(members[silent].shape[1]):
        one, other = entity.take(state, axis=silent), usual.take(state, axis=silent)
        np.testing.assert_allclose(one * usual_spoken, other * spoken, atol=1e-12)


def test_members_that_always_move_together_still_have_a_distribution() -> None:
    """A coupling of 1 is allowed in groups.csv: some patterns then never occur at large."""
    members = [np.array([[0.6, 0.4], [0.2, 0.8]]), np.array([[0.5, 0.5], [0.1, 0.9]])]
    table = group_table(members, 1.0)
    assert np.isfinite(table).all()
    np.testing.assert_allclose(table.reshape(2, -1).sum(axis=1), 1, atol=1e-12)


def test_an_entity_that_is_silent_about_all_members_has_the_background() -> None:
    usual = [np.array([[0.2, 0.8]] * 2), np.array([[0.1, 0.3, 0.6]] * 2)]
    entity, background = group_table(usual, 0.8)
    np.testing.assert_allclose(entity, background, atol=1e-15)


def known_as_example(shipped: Reasoner, member: str) -> np.ndarray:
    """(hypotheses,) whether every row on a fact of the context is an example."""
    variable = shipped.model.variables[member]
    if variable.feature == "morphology":
        return np.zeros(len(shipped.model.hypotheses), dtype=bool)
    listed = [shipped.model.index.listed(h, variable.feature) for h in shipped.model.hypotheses]
    rows = [values.get(variable.value, []) for values in listed]
    return np.array([bool(stated) and all(r.strength.band == "possible" for r in stated) for stated in rows])


def test_the_groups_of_the_shipped_knowledge_keep_what_the_rows_state(shipped: Reasoner) -> None:
    for group in (shipped.model.picture, *shipped.model.groups):
        for axis, (member, order) in enumerate(zip(group.members, group.orders, strict=True), start=1):
            states = shipped.model.variables[member].states
            rates = shipped.model.rates[member][:, [states.index(state) for state in order]]
            spoken = np.abs(rates - rates[-1:]).max(axis=1) > 1e-9
            others = tuple(a for a in range(1, group.table.ndim) if a != axis)
            margin = group.table.sum(axis=others)
            # An example ("can occur") is the least: the other members may make it likelier.
            raised = np.sign(rates - rates[-1:])
            assert ((margin - rates) * raised)[spoken].min(initial=0.0) >= -1e-9, member
            firm = spoken & ~known_as_example(shipped, member)
            np.testing.assert_allclose(margin[firm], rates[firm], atol=1e-9, err_msg=member)
            np.testing.assert_allclose(margin[-1], rates[-1], atol=1e-9, err_msg=member)


def conditions(*names: str) -> Parts:
    return {"context": {"conditions": list(names)}}


def symptoms(*names: str) -> Parts:
    return {"context": {"symptoms": list(names)}}


def findings(*names: str) -> Parts:
    return {"context": {"findings": list(names)}}


def labs(**levels: Any) -> Parts:
    return {"context": {"labs": levels}}


KIDNEY = conditions("chronic_kidney_disease")
SCLEROSIS = conditions("systemic_sclerosis")
GROUPED: list[tuple[str, str, Parts, Parts]] = [
    ("renal", "renal_failure_calcinosis", KIDNEY, labs(phosphate="high")),
    ("renal", "renal_failure_calcinosis", KIDNEY, labs(renal_function="impaired")),
    ("renal", "renal_failure_calcinosis", KIDNEY, labs(calcium_phosphate_product=80)),
    ("renal", "renal_failure_calcinosis", labs(phosphate="high"), KIDNEY),
    ("sclerosis", "systemic_sclerosis_calcinosis", SCLEROSIS, symptoms("raynaud")),
    ("sclerosis", "systemic_sclerosis_calcinosis", SCLEROSIS, symptoms("sclerodactyly")),
    ("sclerosis", "systemic_sclerosis_calcinosis", SCLEROSIS, symptoms("telangiectasia")),
    ("sclerosis", "systemic_sclerosis_calcinosis", SCLEROSIS, symptoms("dysphagia")),
    ("sclerosis", "systemic_sclerosis_calcinosis", symptoms("raynaud"), symptoms("telangiectasia")),
    ("pain", "hadd_calcific_bursitis", symptoms("acute_pain"), symptoms("pain")),
    ("mass", "synovial_sarcoma", findings("soft_tissue_mass"), symptoms("palpable_mass")),
    ("mass", "synovial_sarcoma", symptoms("palpable_mass"), findings("soft_tissue_mass")),
    ("gout", "gout_mineralised_tophus", conditions("gout"), labs(urate="high")),
    ("gout", "gout_mineralised_tophus", conditions("gout"), findings("tophus")),
    ("gout", "gout_mineralised_tophus", findings("tophus"), labs(urate="high")),
    (
        "picture",
        "heterotopic_ossification",
        {"density": "ossification"},
        {"morphology": ["trabecular_cortical"]},
    ),
    (
        "picture",
        "foreign_body_glass",
        {"density": "foreign_body"},
        {"morphology": ["geometric_sharp"]},
    ),
    (
        "place",
        "hadd_calcific_tendinopathy",
        {"location": {"compartment": "tendon", "region": "shoulder"}},
        {"location": {"structure": "supraspinatus"}},
    ),
    (
        "place",
        "crowned_dens_cppd",
        {"location": {"compartment": "ligament", "region": "cervical_spine"}},
        {"location": {"structure": "transverse_ligament_of_atlas"}},
    ),
    (
        "place",
        "cppd_deposition_disease",
        {"location": {"compartment": "fibrocartilage", "region": "knee"}},
        {"location": {"structure": "meniscus"}},
    ),
]


def merged(first: Parts, second: Parts) -> Parts:
    found = dict(first)
    for key, value in second.items():
        old = found.get(key)
        if isinstance(old, dict):
            found[key] = merged(old, value)
        else:
            found[key] = [*old, *value] if isinstance(old, list) else value
    return found


def for_entity(reasoner: Reasoner, entity: str, parts: Parts) -> float:
    return log_odds(reasoner, read_case(**parts))[entity]


@pytest.mark.parametrize(("group", "entity", "first", "second"), GROUPED)
def test_a_second_member_adds_less_than_half_of_what_it_brings_alone(
    shipped: Reasoner, group: str, entity: str, first: Parts, second: Parts
) -> None:
    alone = for_entity(shipped, entity, second)
    once_known = for_entity(shipped, entity, merged(first, second)) - for_entity(shipped, entity, first)
    assert abs(alone) > 0.3, f"{group}: the control does not speak of {entity}"
    assert abs(once_known) < 0.5 * abs(alone)


@pytest.mark.parametrize(("group", "entity", "first", "second"), GROUPED)
def test_two_members_never_speak_as_loudly_as_two_independent_facts(
    shipped: Reasoner, group: str, entity: str, first: Parts, second: Parts
) -> None:
    apart = for_entity(shipped, entity, first) + for_entity(shipped, entity, second)
    together = for_entity(shipped, entity, merged(first, second))
    assert abs(together) < abs(apart), group


@pytest.mark.parametrize(
    ("entity", "first", "second"),
    [
        ("gout_mineralised_tophus", conditions("gout"), findings("overhanging_edge_erosion")),
        ("synovial_sarcoma", findings("soft_tissue_mass"), {"context": {"age": 30}}),
        ("systemic_sclerosis_calcinosis", SCLEROSIS, {"location": {"region": "finger"}}),
        ("cppd_deposition_disease", conditions("gout"), findings("chondrocalcinosis_elsewhere")),
    ],
)
def test_a_fact_outside_the_group_adds_all_that_it_brings_alone(
    shipped: Reasoner, entity: str, first: Parts, second: Parts
) -> None:
    alone = for_entity(shipped, entity, second)
    once_known = for_entity(shipped, entity, merged(first, second)) - for_entity(shipped, entity, first)
    assert alone > 0.5
    assert math.isclose(once_known, alone, rel_tol=1e-9)


@pytest.mark.parametrize(
    ("general", "specific"),
    [
        (symptoms("pain"), symptoms("acute_pain")),
        (KIDNEY, conditions("haemodialysis")),
        (symptoms("palpable_mass"), symptoms("compressible_mass")),
    ],
)
def test_a_fact_that_another_one_implies_adds_nothing(
    shipped: Reasoner, general: Parts, specific: Parts
) -> None:
    both = log_odds(shipped, read_case(**merged(general, specific)))
    assert both == pytest.approx(log_odds(shipped, read_case(**specific)), abs=1e-12)


SILENT_ON_THE_SECOND = [
    ("dermatomyositis_calcinosis", conditions("dermatomyositis"), symptoms("proximal_weakness")),
    ("synovial_sarcoma", findings("soft_tissue_mass"), symptoms("swelling")),
    ("charcot_joint_debris", findings("joint_destruction"), findings("bone_destruction")),
]


@pytest.mark.parametrize(("entity", "first", "second"), SILENT_ON_THE_SECOND)
def test_silence_about_a_second_member_does_not_cancel_the_first(
    shipped: Reasoner, entity: str, first: Parts, second: Parts
) -> None:
    """No row speaks of the second sign of the same disease: it must not turn against the entity."""
    known = for_entity(shipped, entity, first)
    both = for_entity(shipped, entity, merged(first, second))
    assert known > 1
    assert both > known / 2


class TestExamples:
    """A member known only as something that can occur, beside a member that rows speak of."""

    background = (0.1, 0.9)

    def present(self, first: float, second: float) -> float:
        margins = [
            np.array([[first, 1 - first], [*self.background]]),
            np.array([[second, 1 - second], [0.05, 0.95]]),
        ]
        second_is_example = [np.array([-1, -1]), np.array([0, -1])]
        return float(group_table(margins, 0.8, second_is_example)[0, :, 0].sum())

    def test_it_follows_the_other_member_where_that_makes_it_likelier(self) -> None:
        followed = 0.85 * (0.8 * 0.5 + 0.2 * 0.05) + 0.15 * (0.2 * 0.05)
        assert self.present(0.85, 0.2) == pytest.approx(followed)
        assert followed > 0.2

    def test_it_is_never_less_than_at_large_even_if_the_example_says_no_more(self) -> None:
        """CPPD with "can hurt": pain is as frequent as at large, and no less because of the group."""
        margins = [np.array([[0.05, 0.95], [0.25, 0.75]]), np.array([[0.5, 0.5], [0.5, 0.5]])]
        example = [np.array([-1, -1]), np.array([0, -1])]
        stated = [np.array([True, False]), np.array([True, False])]
        table = group_table(margins, 0.9, example, stated)
        assert table[0, :, 0].sum() == pytest.approx(0.5)

    def test_it_is_never_less_than_the_example_says(self) -> None:
        assert self.present(0.15, 0.2) == pytest.approx(0.2)


class TestWhatAMemberFollows:
    """Kidney disease brings parathormone; a raised phosphate by itself does not."""

    kidney = np.array([[0.08, 0.92], [0.97, 0.03], [0.08, 0.92]])
    phosphate = np.array([[0.85, 0.15], [0.1, 0.9], [0.1, 0.9]])
    hormone = np.array([[0.15, 0.85], [0.15, 0.85], [0.15, 0.85]])

    def raised(self, hypothesis: int) -> float:
        follows = [[], [0], [0]]
        table = group_table([self.kidney, self.phosphate, self.hormone], 0.8, follows=follows)
        return float(table[hypothesis, :, :, 0].sum())

    def test_a_silent_member_follows_what_brings_it_about(self) -> None:
        assert self.raised(1) > 0.5

    def test_it_stays_as_at_large_where_only_another_member_is_spoken_of(self) -> None:
        assert self.raised(0) == pytest.approx(0.15)
