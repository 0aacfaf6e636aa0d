"""What `mlcalc knowledge check` finds beyond what loading refuses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.check import problems
from mlcalc.knowledge.rows import Contradiction, Entity, Finding, Section
from mlcalc.knowledge.strength import Strength, parse_strength
from mlcalc.reasoning.prototypes import unreachable
from mlcalc.reasoning.reasoner import Reasoner


def planted(shipped: Knowledge, **parts: Any) -> list[str]:
    """The problems that the planted parts add to those of the shipped knowledge."""
    before = set(problems(shipped))
    return [problem for problem in problems(replace(shipped, **parts)) if problem not in before]


def strength(shipped: Knowledge, text: str) -> Strength:
    return parse_strength(text, {name: band.probability for name, band in shipped.bands.items()})


def row_like(shipped: Knowledge, **cells: object) -> Finding:
    """The first counted finding with these cells."""
    return next(
        row
        for row in shipped.findings
        if row.weight > 0 and all(getattr(row, name) == value for name, value in cells.items())
    )


def agreed_row(shipped: Knowledge) -> Finding:
    """A row that affirms a fact which no row denies and no known contradiction touches."""
    return next(
        row
        for row in shipped.findings
        if row.strength.band == "typical"
        and row.weight == 1
        and row.conditional_on == "calcified_films"
        and not any(
            (other.entity, other.feature, other.value) == (row.entity, row.feature, row.value)
            and other is not row
            for other in shipped.findings
        )
    )


def entity(kind: str, name: str = "made_up") -> Entity:
    return Entity(name, "Made up", kind, "", ("dystrophic",), (), "Made up for a test")


# The shipped tables


def test_the_shipped_knowledge_has_no_problems(shipped: Knowledge) -> None:
    assert problems(shipped) == []


def test_every_shipped_diagnosis_is_reached_by_its_own_textbook_case(shipped: Knowledge) -> None:
    assert list(unreachable(Reasoner(shipped))) == []


# Duplicates


def test_a_row_that_repeats_another_is_found(shipped: Knowledge) -> None:
    row = row_like(shipped, feature="morphology")
    copy = replace(row, id="COPY")
    (problem,) = planted(shipped, findings=(*shipped.findings, copy))
    assert problem.startswith(f"COPY repeats {row.id}: {row.entity} morphology={row.value}")


def test_the_same_fact_of_another_document_is_no_duplicate(shipped: Knowledge) -> None:
    row = agreed_row(shipped)
    other = next(name for name in shipped.documents if name != row.document)
    again = replace(row, id="AGAIN", document=other)
    assert planted(shipped, findings=(*shipped.findings, again)) == []


# Conflicts


@pytest.mark.parametrize("denial", ["excluded", "very_rare", "rare"])
def test_a_denial_of_what_another_row_affirms_is_a_silent_conflict(shipped: Knowledge, denial: str) -> None:
    row = agreed_row(shipped)
    against = replace(row, id="AGAINST", strength=strength(shipped, denial), quote=row.quote[:-1])
    (problem,) = planted(shipped, findings=(*shipped.findings, against))
    assert row.id in problem
    assert "AGAINST" in problem
    assert f"{row.entity} {row.feature}={row.value}" in problem


def test_a_denial_of_what_another_row_counts_is_a_silent_conflict(shipped: Knowledge) -> None:
    row = row_like(shipped, entity="cppd_deposition_disease", feature="region", value="knee", document="kjr")
    assert row.strength.numeric
    others = tuple(
        other
        for other in shipped.findings
        if (other.entity, other.feature, other.value) != (row.entity, row.feature, row.value)
    )
    against = replace(row, id="AGAINST", strength=strength(shipped, "excluded"), quote=row.quote[:-1])
    found = planted(shipped, findings=(*others, row, against))
    assert [problem for problem in found if "AGAINST" in problem] != []


def test_a_conflict_that_names_the_known_disagreement_is_not_silent(shipped: Knowledge) -> None:
    row = agreed_row(shipped)
    against = replace(
        row, id="AGAINST", strength=strength(shipped, "excluded"), contradiction="1", quote=row.quote[:-1]
    )
    assert planted(shipped, findings=(*shipped.findings, against)) == []


def test_a_row_that_does_not_count_is_in_no_conflict(shipped: Knowledge) -> None:
    row = agreed_row(shipped)
    against = replace(
        row, id="AGAINST", strength=strength(shipped, "excluded"), weight=0.0, quote=row.quote[:-1]
    )
    assert planted(shipped, findings=(*shipped.findings, against)) == []


# Reachability


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("diagnosis", "a diagnosis without a finding row"),
        ("group", "a group without a diagnosis"),
        ("mimic", "a mimic that no row names"),
    ],
)
def test_an_entity_that_nothing_speaks_of_is_found(shipped: Knowledge, kind: str, words: str) -> None:
    entities = {**shipped.entities, "made_up": entity(kind)}
    (problem,) = planted(shipped, entities=entities)
    assert problem.startswith(f"made_up: {words}")


def test_a_diagnosis_with_only_uncounted_rows_is_unreachable(shipped: Knowledge) -> None:
    row = replace(shipped.findings[0], id="ONLY", entity="made_up", weight=0.0)
    entities = {**shipped.entities, "made_up": entity("diagnosis")}
    (problem,) = planted(shipped, entities=entities, findings=(*shipped.findings, row))
    assert problem.startswith("made_up: ")


def test_a_mimic_that_an_association_names_is_reachable(shipped: Knowledge) -> None:
    link = replace(shipped.associations[0], id="LINK", target="made_up")
    entities = {**shipped.entities, "made_up": entity("mimic")}
    assert planted(shipped, entities=entities, associations=(*shipped.associations, link)) == []


# Sections and contradictions


def test_a_section_with_neither_rows_nor_a_reason_is_found(shipped: Knowledge) -> None:
    section = Section("kjr", "An appendix", "Appendix", "")
    (problem,) = planted(shipped, sections=(*shipped.sections, section))
    assert "kjr" in problem
    assert "'An appendix'" in problem


def test_a_section_with_a_reason_may_have_no_rows(shipped: Knowledge) -> None:
    section = Section("kjr", "An appendix", "Appendix", "A list of addresses")
    assert planted(shipped, sections=(*shipped.sections, section)) == []


def test_a_contradiction_without_a_ruling_is_found(shipped: Knowledge) -> None:
    contradictions = {**shipped.contradictions, "99": Contradiction("99", "Topic", "one; other", "")}
    assert planted(shipped, contradictions=contradictions) == ["contradiction 99: no ruling"]
