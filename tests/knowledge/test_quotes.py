"""Every quote stands in its document, word for word; a check that could not run is no success."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.quotes import (
    check_quotes,
    fold,
    missing_sections,
    read_document,
    readings,
    seeds_folder,
    shared_required,
    stands_in,
)

TEXT = """Calcific tendinopathy is very frequent and seen in 3–15% of
the general population. It is thought to be the result of hydroxyap-
atite deposition disease. Other signs are acro-
osteolysis and “salt-and-pepper” skull, as in Mönckeberg's sclerosis.
"""


def found(segment: str, text: str = TEXT) -> bool:
    return stands_in(segment, readings(text))


# What does not matter


def test_case_does_not_matter() -> None:
    assert found("CALCIFIC tendinopathy IS very frequent")


def test_spaces_and_line_ends_do_not_matter() -> None:
    assert found("3–15% of the general   population")
    assert found("\n very\tfrequent  ")


def test_a_word_divided_at_the_line_end_is_found_whole() -> None:
    assert found("result of hydroxyapatite deposition disease")


def test_a_hyphen_that_belongs_to_the_word_is_found_at_the_line_end_too() -> None:
    assert found("Other signs are acro-osteolysis")


def test_one_segment_may_hold_a_divided_word_and_a_hyphened_word() -> None:
    assert found("hydroxyapatite deposition disease. Other signs are acro-osteolysis")


@pytest.mark.parametrize("marks", ['"salt-and-pepper"', "‘salt-and-pepper’", "'salt-and-pepper'"])
def test_the_form_of_quote_marks_does_not_matter(marks: str) -> None:
    assert found(f"{marks} skull")


def test_the_form_of_the_apostrophe_does_not_matter() -> None:
    assert found("Mönckeberg’s sclerosis")


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(st.text(alphabet="abcdef ghi-'\n", min_size=8), st.integers(0, 5), st.integers(0, 5))
def test_a_piece_of_a_text_is_found_in_it(text: str, start: int, cut: int) -> None:
    piece = text[start : len(text) - cut]
    assert found(piece, text) or len(fold(piece)) < 4


# What does matter


@pytest.mark.parametrize(
    "changed",
    [
        "Calcific tendinopathy is rather frequent",
        "Calcific tendinopathy is frequent",
        "Calcific tendinopathies",
        "seen in 3–16% of the general population",
        "seen in 3-15% of the general population",
        "the general population: It is thought",
        "population the general",
        "Monckeberg's sclerosis",
    ],
)
def test_a_changed_left_out_or_moved_word_is_found_out(changed: str) -> None:
    assert not found(changed)


@pytest.mark.parametrize("scrap", ["", "of", "the", " a b ", "3–1"])
def test_a_scrap_proves_nothing(scrap: str) -> None:
    assert not found(scrap)


# The shipped quotes


def test_a_quote_is_cut_into_segments_where_something_stands_between(shipped: Knowledge) -> None:
    row = replace(shipped.findings[0], quote="one part [...] and another [...]")
    assert row.segments == ("one part", "and another")


def test_every_shipped_quote_stands_in_its_document(shipped: Knowledge, seeds: Path) -> None:
    report = check_quotes(shipped, seeds)
    assert report.missing == ()
    assert report.checked > 450


def test_every_cited_row_and_every_documented_prior_is_checked(shipped: Knowledge, seeds: Path) -> None:
    documented = [prior for prior in shipped.priors if prior.basis == "document"]
    assert check_quotes(shipped, seeds).checked == len(list(shipped.cited())) + len(documented)


def test_every_section_begins_in_its_document(shipped: Knowledge, seeds: Path) -> None:
    assert missing_sections(shipped, seeds) == ()


def test_a_changed_word_in_a_shipped_quote_is_reported_with_its_row(shipped: Knowledge, seeds: Path) -> None:
    row = replace(shipped.findings[0], quote="these words stand in no document [...] nor do these")
    report = check_quotes(replace(shipped, findings=(row, *shipped.findings[1:])), seeds)
    assert report.missing == ((row.id, "these words stand in no document"), (row.id, "nor do these"))


def test_a_quote_is_looked_up_in_the_document_it_names_and_in_no_other(
    shipped: Knowledge, seeds: Path
) -> None:
    row = next(row for row in shipped.findings if row.document == "kjr" and len(row.quote) > 40)
    report = check_quotes(replace(shipped, findings=(replace(row, document="nhs"),)), seeds)
    assert row.id in {missing for missing, _ in report.missing}


def test_a_quote_without_words_is_reported(shipped: Knowledge, seeds: Path) -> None:
    row = replace(shipped.findings[0], quote="[...]")
    report = check_quotes(replace(shipped, findings=(row,)), seeds)
    assert (row.id, "(empty)") in report.missing


def test_a_section_that_begins_nowhere_is_reported(shipped: Knowledge, seeds: Path) -> None:
    section = replace(shipped.sections[0], section="Made up", starts_with="no document begins like this")
    missing = missing_sections(replace(shipped, sections=(section,)), seeds)
    assert missing == (f"{section.document}: Made up",)


# Where the documents are looked for


def test_the_folder_is_the_given_one_before_the_one_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    monkeypatch.setenv("MLCALC_SEEDS", str(tmp_path / "two"))
    assert seeds_folder(tmp_path / "one") == tmp_path / "one"
    assert seeds_folder() == tmp_path / "two"


def test_a_folder_that_is_not_there_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLCALC_SEEDS", str(tmp_path / "nowhere"))
    assert seeds_folder() is None
    assert seeds_folder(tmp_path / "nowhere either") is None


@pytest.mark.parametrize(("value", "required"), [("1", True), ("0", False), ("", False), (None, False)])
def test_only_the_switch_set_to_one_turns_skips_into_failures(
    monkeypatch: pytest.MonkeyPatch, value: str | None, required: bool
) -> None:
    if value is None:
        monkeypatch.delenv("MLCALC_REQUIRE_SHARED", raising=False)
    else:
        monkeypatch.setenv("MLCALC_REQUIRE_SHARED", value)
    assert shared_required() is required


def test_a_document_without_a_file_is_named_by_its_prefix(shipped: Knowledge, tmp_path: Path) -> None:
    document = shipped.documents["kjr"]
    with pytest.raises(FileNotFoundError, match=document.file_prefix):
        read_document(tmp_path, document)


def test_every_document_has_exactly_one_file(shipped: Knowledge, seeds: Path) -> None:
    for document in shipped.documents.values():
        assert len(list(seeds.glob(f"{document.file_prefix}*"))) == 1
