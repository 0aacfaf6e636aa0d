"""The five documents are covered: every section, every table, every number that they give."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.coverage import KINDS, coverage
from mlcalc.knowledge.load import FOLDER
from mlcalc.knowledge.quotes import fold, read_document
from mlcalc.knowledge.rows import Section
from mlcalc.vocabulary import vocabulary

EXPECTED: dict[str, Any] = json.loads(Path(__file__).with_name("expected.json").read_text(encoding="utf-8"))
DOCUMENTS = ("insights", "radiolbras", "kjr", "uw", "nhs")

# Counting


def test_the_counts_by_document_and_kind_add_up(shipped: Knowledge) -> None:
    counted = coverage(shipped)
    assert counted.rows == sum(counted.counts.values()) == len(list(shipped.cited()))
    for kind in KINDS:
        of_kind = sum(counted.counts[document, kind] for document in shipped.documents)
        assert of_kind == len(getattr(shipped, kind))
    assert counted.rows == sum(section.rows for section in counted.sections)
    assert sum(counted.entities.values()) == len(shipped.entities)


def test_every_section_has_rows_or_a_reason_and_never_both(shipped: Knowledge) -> None:
    counted = coverage(shipped)
    assert counted.uncovered == ()
    assert [s.section for s in counted.sections if s.rows and s.reason] == []


def test_a_section_without_rows_and_reason_is_uncovered(shipped: Knowledge) -> None:
    sections = (*shipped.sections, Section("uw", "An appendix", "Appendix", ""))
    (uncovered,) = coverage(replace(shipped, sections=sections)).uncovered
    assert (uncovered.document, uncovered.section, uncovered.rows) == ("uw", "An appendix", 0)


def test_a_careful_reading_finds_over_450_facts_and_over_80_diagnoses(shipped: Knowledge) -> None:
    assert coverage(shipped).rows > 450
    assert len({(row.entity, row.stage, row.feature, row.value) for row in shipped.findings}) > 450
    assert len(shipped.diagnoses) > 80


@pytest.mark.parametrize("document", DOCUMENTS)
def test_each_of_the_five_documents_has_rows(shipped: Knowledge, document: str) -> None:
    counted = coverage(shipped)
    assert set(shipped.documents) == set(DOCUMENTS)
    assert counted.counts[document, "findings"] > 10
    assert sum(counted.counts[document, kind] for kind in KINDS) > 30


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_row_is_used(shipped: Knowledge, kind: str) -> None:
    assert len(getattr(shipped, kind)) > 10


# Table 1 of the first document, the prevalence table and the lists


@pytest.mark.parametrize(("row", "column", "entity"), EXPECTED["insights_table_1"])
def test_table_1_of_the_first_document_lists_the_entity(
    shipped: Knowledge, row: str, column: str, entity: str
) -> None:
    held = (*shipped.members.get(entity, ()), entity)
    cell = [
        entry
        for entry in shipped.tables
        if (entry.document, entry.table, entry.row, entry.column) == ("insights", "Table 1", row, column)
    ]
    assert {entry.entity for entry in cell} & {*held, *shipped.lineage(entity)}


def test_table_1_has_at_least_31_entries(shipped: Knowledge) -> None:
    rows = [row for row in shipped.tables if (row.document, row.table) == ("insights", "Table 1")]
    assert len({(row.row, row.column, row.entry) for row in rows}) >= 31
    assert {row.row for row in rows} == {"Tendon", "Articular", "Other soft tissues"}
    assert {row.column for row in rows} == {"Calcification", "Ossification"}


def test_most_frequent_is_said_where_a_sentence_says_so_and_denied_nowhere(shipped: Knowledge) -> None:
    rows = [row for row in shipped.tables if (row.document, row.table) == ("insights", "Table 1")]
    frequent = {(row.row, row.entity) for row in rows if row.most_frequent}
    assert ("Tendon", "hadd_calcific_tendinopathy") in frequent
    assert ("Articular", "cppd_deposition_disease") in frequent
    assert ("Other soft tissues", "renal_failure_calcinosis") in frequent
    assert ("Tendon", "cppd_deposition_disease") not in frequent
    assert ("Other soft tissues", "idiopathic_tumoral_calcinosis") not in frequent


def test_the_prevalence_table_has_its_six_lines(shipped: Knowledge) -> None:
    rows = [row for row in shipped.tables if (row.document, row.table) == ("uw", "Prevalence table")]
    assert len({row.row for row in rows} | {row.entry for row in rows}) >= 6
    for share in ("95 – 98 %", "1 – 2 %", "<< 1 %", "<<< 1 %", "<<<< 1 %"):
        assert [row for row in rows if share in row.quote]


@pytest.mark.parametrize(
    ("name", "quote", "low", "high"),
    [
        ("dystrophic", "95 – 98 %", 95, 98),
        ("cppd_branch", "1 – 2 %", 1, 2),
        ("metastatic", "1 – 2 %", 1, 2),
        ("idiopathic_tumoral_calcinosis", "<< 1 %", 0, 1),
        ("metastatic_osteosarcoma", "<<< 1 %", 0, 0.1),
        ("extraosseous_osteosarcoma", "<<<< 1 %", 0, 0.01),
    ],
)
def test_the_priors_of_calcification_are_the_shares_of_the_prevalence_table(
    shipped: Knowledge, name: str, quote: str, low: float, high: float
) -> None:
    (prior,) = (p for p in shipped.priors if p.name == name and p.parent == "calcification")
    assert (prior.basis, prior.document, prior.quote) == ("document", "uw", quote)
    assert low <= prior.share <= high


def test_every_prior_that_is_an_assumption_says_why(shipped: Knowledge) -> None:
    assert [p.name for p in shipped.priors if not p.reason] == []


def test_the_vindicate_list_is_there(shipped: Knowledge) -> None:
    rows = [row for row in shipped.tables if (row.document, row.table) == ("uw", "VINDICATE")]
    initials = Counter(row.row[0].upper() for row in rows)
    assert set("VINDAT") <= set(initials)


@pytest.mark.parametrize("mechanism", ["dystrophic", "iatrogenic", "metastatic", "idiopathic"])
def test_the_flow_chart_of_the_korean_paper_has_the_mechanism(shipped: Knowledge, mechanism: str) -> None:
    rows = [row for row in shipped.tables if (row.document, row.table) == ("kjr", "Flow chart")]
    assert [row for row in rows if mechanism in f"{row.row} {row.column} {row.entry}".lower()]


@pytest.mark.parametrize("form", ["universalis", "circumscripta"])
def test_the_flow_chart_splits_universalis_from_circumscripta(shipped: Knowledge, form: str) -> None:
    rows = [row for row in shipped.tables if (row.document, row.table) == ("kjr", "Flow chart")]
    assert [row for row in rows if form in f"{row.row} {row.column} {row.entry}".lower()]


# The three ways to cut location


@pytest.mark.parametrize(
    ("document", "compartment", "categories"),
    [
        ("insights", "tendon", {"Tendon"}),
        ("insights", "ligament", {"Tendon", "Articular"}),
        ("insights", "periarticular", {"Articular", "Other soft tissues"}),
        ("insights", "bursa", {"Other soft tissues", "Tendon"}),
        ("insights", "muscle", {"Other soft tissues"}),
    ],
)
def test_the_first_document_cuts_location_in_three(
    shipped: Knowledge, document: str, compartment: str, categories: set[str]
) -> None:
    found = {c.category for c in shipped.cuts if (c.document, c.compartment) == (document, compartment)}
    assert found == categories


@pytest.mark.parametrize(
    ("document", "compartment", "word"),
    [
        ("radiolbras", "artery", "vascular"),
        ("radiolbras", "subcutaneous", "subcutaneous"),
        ("radiolbras", "fascia", "fascial"),
        ("radiolbras", "muscle", "muscle"),
        ("radiolbras", "tendon", "periarticular"),
        ("radiolbras", "bursa", "periarticular"),
        ("radiolbras", "ligament", "periarticular"),
        ("radiolbras", "hyaline_cartilage", "periarticular"),
        ("radiolbras", "intervertebral_disc", "periarticular"),
        ("kjr", "vein", "vascular"),
        ("kjr", "hyaline_cartilage", "joint"),
        ("kjr", "bursa", "joint"),
        ("kjr", "muscle", "soft"),
        ("kjr", "tendon", "tendon"),
        ("kjr", "ligament", "ligament"),
    ],
)
def test_the_other_documents_cut_location_their_own_way(
    shipped: Knowledge, document: str, compartment: str, word: str
) -> None:
    found = [c.category for c in shipped.cuts if (c.document, c.compartment) == (document, compartment)]
    assert [category for category in found if word in category.lower()]


def test_every_compartment_but_bone_stands_in_every_cut(shipped: Knowledge) -> None:
    compartments = set(vocabulary().compartments) - {"bone"}
    for document in ("insights", "radiolbras", "kjr"):
        held = {c.compartment for c in shipped.cuts if c.document == document}
        assert compartments - held <= {"extra_articular_cartilage", "lymph_node", "nerve", "fascia", "dermal"}


# The numbers that the documents give


@pytest.mark.parametrize("number", EXPECTED["numbers"], ids=lambda n: f"{n['entity']} {n['value']}")
def test_a_number_of_the_documents_stands_as_a_row_with_what_it_is_a_share_of(
    shipped: Knowledge, number: dict[str, str]
) -> None:
    rows = [
        row
        for row in shipped.findings
        if (row.entity, row.feature, row.value) == (number["entity"], number["feature"], number["value"])
        and row.document == number["document"]
        and row.conditional_on == number["conditional_on"]
        and row.strength.text == number["strength"]
    ]
    assert len(rows) == 1
    assert rows[0].given == number.get("given")
    assert rows[0].weight > 0 or number.get("only") == "recorded"


def test_every_row_that_is_recorded_but_not_counted_says_why(shipped: Knowledge) -> None:
    assert [row.id for row in shipped.findings if row.weight == 0 and not row.note] == []


def test_chondrocalcinosis_reaches_45_percent_from_85_on(shipped: Knowledge) -> None:
    (row,) = (r for r in shipped.findings if r.entity == "cppd_deposition_disease" and r.value == "85-120")
    assert (row.feature, row.strength.text, row.conditional_on) == ("age", "<=45%", "population_of_age")
    assert row.strength.probability == 0.45
    assert isinstance(row.given, float)


def test_the_product_of_60_to_70_stands_as_rows_of_metastatic_disease(shipped: Knowledge) -> None:
    values = {r.value for r in shipped.findings if r.feature == "labs.calcium_phosphate_product"}
    assert "70-1000" in values or "60-70" in values


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_percentage_in_a_document_stands_in_a_quote(
    shipped: Knowledge, seeds: Path, document: str
) -> None:
    text = fold(read_document(seeds, shipped.documents[document]))
    printed = set(re.findall(r"[\d.]+%", text))
    quoted = {
        number
        for _, row in shipped.cited()
        if row.document == document
        for number in re.findall(r"[\d.]+%", fold(row.quote))
    }
    assert sorted(printed - quoted) == []


# Stages, and entities that a document names once in passing


@pytest.mark.parametrize(("entity", "words"), EXPECTED["stages"])
def test_the_stages_of_the_documents_are_there_in_order(
    shipped: Knowledge, entity: str, words: list[str]
) -> None:
    stages = shipped.stages_of(entity)
    names = [f"{stage.stage} {stage.name}".lower() for stage in stages]
    assert [stage.order for stage in stages] == sorted(stage.order for stage in stages)
    assert len(names) >= len(words)
    assert [word for word in words if not any(word in name for name in names)] == []


@pytest.mark.parametrize("word", EXPECTED["named_in_passing"])
def test_an_entity_that_is_named_once_in_passing_is_there(shipped: Knowledge, word: str) -> None:
    names = [
        " ".join((entity.id, entity.name, *entity.synonyms, entity.definition)).lower()
        for entity in shipped.entities.values()
    ]
    assert [name for name in names if word in name]


@pytest.mark.parametrize("kind", ["investigate", "nothing_further", "avoid", "exclude_first"])
def test_every_kind_of_work_up_is_there(shipped: Knowledge, kind: str) -> None:
    assert [row for row in shipped.workup if row.kind == kind]


@pytest.mark.parametrize("entity", ["cppd_deposition_disease", "crowned_dens_cppd", "monckeberg_sclerosis"])
def test_the_documents_say_where_nothing_further_is_needed(shipped: Knowledge, entity: str) -> None:
    rows = [row for row in shipped.workup if row.kind == "nothing_further"]
    family = {*shipped.lineage(entity), *shipped.members.get(entity, ())}
    assert [row for row in rows if family & set(row.entity)]


@pytest.mark.parametrize(
    ("modality", "aspect"),
    [("mri", "shows"), ("mri", "misses"), ("ct", "shows"), ("ultrasound", "shows"), ("radiograph", "shows")],
)
def test_what_each_method_shows_or_misses_is_there(shipped: Knowledge, modality: str, aspect: str) -> None:
    assert [row for row in shipped.imaging if (row.modality, row.aspect) == (modality, aspect)]


def test_where_documents_disagree_both_sides_are_rows(shipped: Knowledge) -> None:
    sides = Counter(row.contradiction for row in shipped.findings if row.contradiction)
    assert set(sides) <= set(shipped.contradictions)
    assert len(sides) >= 10
    assert [c.id for c in shipped.contradictions.values() if not (c.positions and c.ruling)] == []


# The tables as a person finds them


def test_the_column_dictionary_names_the_columns_of_every_file() -> None:
    words = (FOLDER / "README.md").read_text(encoding="utf-8")
    undescribed = {
        f"{path.name}: {column}"
        for path in FOLDER.glob("*.csv")
        for column in path.read_text(encoding="utf-8").splitlines()[0].split(",")
        if not re.search(rf"\b{column}\b", words)
    }
    assert undescribed == set()


def test_every_file_is_named_in_the_column_dictionary() -> None:
    words = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert [path.name for path in FOLDER.glob("*.csv") if path.name not in words] == []
