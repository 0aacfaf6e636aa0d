"""``mlcalc`` itself and ``mlcalc knowledge``."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import mlcalc as package
import mlcalc.knowledge
from mlcalc.cli.main import app
from mlcalc.knowledge import Knowledge, knowledge
from mlcalc.knowledge.load import FOLDER
from mlcalc.knowledge.quotes import seeds_folder, shared_required

from .conftest import Mlcalc


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A copy of the shipped tables that a test may break."""
    for table in FOLDER.glob("*.csv"):
        shutil.copy(table, tmp_path)
    return tmp_path


@pytest.fixture
def seeds() -> Path:
    """The folder with the documents' texts; a test without it is skipped, in CI it fails."""
    folder = seeds_folder()
    if folder is not None:
        return folder
    message = "the documents' texts are not here: give their folder as MLCALC_SEEDS"
    if shared_required():
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture
def no_seeds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A machine without the documents' texts, which are not required there."""
    monkeypatch.setenv("MLCALC_SEEDS", str(tmp_path / "nowhere"))
    monkeypatch.delenv("MLCALC_REQUIRE_SHARED", raising=False)


def ship(monkeypatch: pytest.MonkeyPatch, facts: Knowledge) -> None:
    """Let the commands read other knowledge."""
    monkeypatch.setattr(mlcalc.knowledge, "knowledge", lambda: facts)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# The command


def test_help_names_the_verbs_and_says_that_it_is_no_medical_device() -> None:
    result = CliRunner().invoke(app, ["--help"])
    assert result.exit_code == 0
    assert "diagnose" in result.output
    assert "knowledge" in result.output
    assert "not a medical device" in " ".join(re.sub(r"[│\s]+", " ", result.output).split())


def test_version_is_the_version_of_the_package() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.output.strip() == f"mlcalc {package.__version__}"


@pytest.mark.parametrize("verb", [[], ["knowledge"]])
def test_without_a_verb_the_help_is_shown(verb: list[str]) -> None:
    assert "Usage" in CliRunner().invoke(app, verb).output


@pytest.mark.parametrize(
    "verb", [["diagnose"], *(["knowledge", v] for v in ("list", "show", "check", "coverage"))]
)
def test_every_verb_has_a_help(verb: list[str]) -> None:
    result = CliRunner().invoke(app, [*verb, "--help"])
    assert result.exit_code == 0
    assert "Usage" in result.output


def test_an_unknown_verb_is_refused(mlcalc: Mlcalc) -> None:
    assert mlcalc("diagnos").code == 2


# list and show


def test_list_names_every_entity(mlcalc: Mlcalc, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    outcome = mlcalc("knowledge", "list")
    assert outcome.code == 0
    listed = {line.split()[0] for line in outcome.out.splitlines() if line.split()}
    assert set(knowledge().entities) <= listed


@pytest.mark.parametrize("kind", ["diagnosis", "group", "mimic"])
def test_list_can_be_kept_to_one_kind(mlcalc: Mlcalc, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv("COLUMNS", "240")
    listed = {line.split()[0] for line in mlcalc("knowledge", "list", "--kind", kind).out.splitlines()[1:]}
    assert listed == {entity.id for entity in knowledge().entities.values() if entity.kind == kind}


def test_list_refuses_an_unknown_kind(mlcalc: Mlcalc) -> None:
    outcome = mlcalc("knowledge", "list", "--kind", "diagnoses")
    assert outcome.code == 2
    assert "'diagnosis'" in outcome.err


def test_show_gives_the_claims_of_an_entity_with_their_quotes(mlcalc: Mlcalc) -> None:
    outcome = mlcalc("knowledge", "show", "hadd_calcific_tendinopathy")
    flat = " ".join(outcome.out.split())
    entity = knowledge().entities["hadd_calcific_tendinopathy"]
    assert outcome.code == 0
    assert entity.name in flat
    assert all(synonym in flat for synonym in entity.synonyms)
    assert "structure=supraspinatus: 80% of" in flat
    assert "the supraspinatus tendon (Fig. 16) is involved in 80% of cases" in flat
    assert "Korean J Radiol: Calcific Tendinitis" in flat
    assert "resorptive" in flat


def test_show_gives_every_entity(mlcalc: Mlcalc) -> None:
    for name in (
        "hadd",
        "phlebolith",
        *[e.id for e in knowledge().entities.values() if e.kind == "mimic"][:3],
    ):
        outcome = mlcalc("knowledge", "show", name)
        assert outcome.code == 0
        assert knowledge().entities[name].id in outcome.out


def test_show_of_an_unknown_entity_names_the_nearest_ones(mlcalc: Mlcalc) -> None:
    outcome = mlcalc("knowledge", "show", "phlebolit")
    assert outcome.code == 2
    assert outcome.out == ""
    assert "unknown entity 'phlebolit'; did you mean 'phlebolith'" in outcome.err


# check


def test_check_of_the_shipped_tables_finds_nothing_and_says_how_many_quotes_it_checked(
    mlcalc: Mlcalc, seeds: Path
) -> None:
    outcome = mlcalc("knowledge", "check", "--seeds", seeds)
    assert outcome.err == ""
    assert outcome.code == 0
    checked = re.search(r"(\d+) quotes checked, 0 segments not found", outcome.out)
    assert checked is not None
    assert int(checked[1]) > 450


@pytest.mark.parametrize(
    ("file", "old", "new", "row", "reason"),
    [
        ("findings.csv", ",80%,within_region", ",180%,within_region", "KJR-F621", "'180%' is not a share"),
        ("findings.csv", "region=shoulder", "region=sholder", None, "'sholder'"),
        ("entities.csv", ",Phlebolith,diagnosis,", ",Phlebolith,sign,", "phlebolith", "'sign'"),
        ("background.csv", "density,calcification,", "density,calcificaton,", "density", "'calcificaton'"),
    ],
)
def test_check_prints_file_line_row_and_reason_of_a_broken_row(
    mlcalc: Mlcalc, tables: Path, file: str, old: str, new: str, row: str | None, reason: str
) -> None:
    lines = (tables / file).read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, start=1) if old in text)
    change(tables / file, old, new)
    outcome = mlcalc("knowledge", "check", "--tables", tables)
    assert outcome.code == 1
    assert f"{file}, line {line}" in outcome.err
    assert reason in outcome.err
    assert row is None or f"(row {row})" in outcome.err


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("background.csv", "density,calcification,0.", "density,calcification,0.0", "(row density)"),
        ("priors.csv", "\nphlebolith,", "\nphlebolit,", "(row phlebolit"),
        ("groups.csv", "pain,symptoms=pain,present;absent", "pain,symptoms=pain,present", "(row pain)"),
    ],
)
def test_check_finds_what_only_the_whole_model_shows(
    mlcalc: Mlcalc, tables: Path, file: str, old: str, new: str, words: str
) -> None:
    change(tables / file, old, new)
    outcome = mlcalc("knowledge", "check", "--tables", tables)
    assert outcome.code == 1
    assert f"{file} {words}" in outcome.err


def test_check_prints_planted_problems(mlcalc: Mlcalc, tables: Path) -> None:
    with (tables / "sections.csv").open("a", encoding="utf-8") as stream:
        stream.write("kjr,An appendix,Appendix,\n")
    outcome = mlcalc("knowledge", "check", "--tables", tables)
    assert outcome.code == 1
    assert "kjr: section 'An appendix' has no rows and no reason" in outcome.err


def test_check_of_a_changed_quote_names_the_row_and_the_words(
    mlcalc: Mlcalc, tables: Path, seeds: Path
) -> None:
    change(tables / "findings.csv", "is involved in 80% of cases", "is involved in 81% of cases")
    outcome = mlcalc("knowledge", "check", "--tables", tables, "--seeds", seeds)
    assert outcome.code == 1
    assert "is involved in 81% of cases" in outcome.err
    assert ": not in its document" in outcome.err


def test_check_of_a_folder_without_tables_is_refused(mlcalc: Mlcalc, tmp_path: Path) -> None:
    outcome = mlcalc("knowledge", "check", "--tables", tmp_path / "nowhere")
    assert outcome.code == 1
    assert "documents.csv" in outcome.err


# Quotes that cannot be checked


@pytest.mark.usefixtures("no_seeds")
def test_without_the_documents_the_quotes_are_skipped_with_a_message(mlcalc: Mlcalc) -> None:
    outcome = mlcalc("knowledge", "coverage")
    assert "quotes not checked" in outcome.out
    assert "MLCALC_SEEDS" in outcome.out
    assert outcome.code == 0


@pytest.mark.usefixtures("no_seeds")
@pytest.mark.parametrize("verb", ["coverage", "check"])
def test_without_the_documents_the_check_fails_where_they_are_required(
    mlcalc: Mlcalc, monkeypatch: pytest.MonkeyPatch, verb: str
) -> None:
    monkeypatch.setenv("MLCALC_REQUIRE_SHARED", "1")
    outcome = mlcalc("knowledge", verb)
    assert "quotes not checked" in outcome.out + outcome.err
    assert outcome.code == 1


def test_a_folder_without_the_documents_is_a_failure(mlcalc: Mlcalc, tmp_path: Path) -> None:
    outcome = mlcalc("knowledge", "coverage", "--seeds", tmp_path)
    assert outcome.code == 1
    assert "quotes not checked" in outcome.err


def test_zero_quotes_checked_is_a_failure(
    mlcalc: Mlcalc, monkeypatch: pytest.MonkeyPatch, seeds: Path
) -> None:
    kinds = "findings associations imaging workup red_flags terminology remarks tables priors sections"
    empty = replace(knowledge(), **dict.fromkeys(kinds.split(), ()))  # type: ignore[arg-type]
    ship(monkeypatch, empty)
    outcome = mlcalc("knowledge", "coverage", "--seeds", seeds)
    assert "0 quotes checked" in outcome.out
    assert outcome.code == 1
    ship(monkeypatch, replace(empty, findings=knowledge().findings[:1]))
    assert mlcalc("knowledge", "coverage", "--seeds", seeds).code == 0


# coverage


def test_coverage_shows_every_document_kind_and_section(mlcalc: Mlcalc, seeds: Path) -> None:
    outcome = mlcalc("knowledge", "coverage", "--seeds", seeds)
    flat = " ".join(outcome.out.split())
    facts = knowledge()
    assert outcome.code == 0
    assert all(document.short in flat for document in facts.documents.values())
    assert f"{len(facts.diagnoses)} diagnosis" in flat
    assert "NONE" not in outcome.out
    assert re.search(r"\d{3,} quotes checked, 0 segments not found", flat)


def test_coverage_fails_where_a_section_has_neither_rows_nor_a_reason(
    mlcalc: Mlcalc, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = knowledge()
    bare = replace(facts.sections[0], section="An appendix", reason_if_no_rows="")
    ship(monkeypatch, replace(facts, sections=(*facts.sections, bare)))
    outcome = mlcalc("knowledge", "coverage")
    assert outcome.code == 1
    assert "NONE" in outcome.out
