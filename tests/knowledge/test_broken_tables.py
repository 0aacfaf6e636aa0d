"""A broken knowledge file is refused with file, line, row and reason."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mlcalc.errors import KnowledgeError
from mlcalc.knowledge import load_knowledge
from mlcalc.reasoning.model import compile_model
from mlcalc.vocabulary import vocabulary

from .table_folder import Place, TableFolder

CITED_TABLES = (
    "findings.csv",
    "associations.csv",
    "imaging.csv",
    "workup.csv",
    "red_flags.csv",
    "terminology.csv",
    "remarks.csv",
    "tables.csv",
)


def refusal(tables: TableFolder) -> KnowledgeError:
    with pytest.raises(KnowledgeError) as caught:
        load_knowledge(tables.path)
    return caught.value


def assert_names(error: KnowledgeError, place: Place, *words: str) -> None:
    """The error carries file, line and row, and its text shows them with the reason."""
    assert (error.file, error.line, error.row) == (place.file, place.line, place.row)
    text = str(error)
    assert text.startswith(f"{place.file}, line {place.line} (row {place.row}): ")
    assert [word for word in words if word not in text] == []


def test_the_copy_loads_as_long_as_nothing_is_broken(tables: TableFolder) -> None:
    compile_model(load_knowledge(tables.path))


# One cell of the findings


@pytest.mark.parametrize(
    ("column", "value", "where", "words"),
    [
        ("entity", "gouty_tophus", {}, ("unknown entity 'gouty_tophus'",)),
        ("entity", "", {}, ("unknown entity ''",)),
        ("entity", "*", {}, ("unknown entity '*'",)),
        ("feature", "morphologie", {"feature": "morphology"}, ("'morphologie'", "'morphology'")),
        ("value", "rice_grian", {"feature": "morphology"}, ("'rice_grian'", "'rice_grain'")),
        ("value", "calcificaton", {"feature": "density"}, ("'calcificaton'", "'calcification'")),
        ("value", "tendo", {"feature": "compartment"}, ("'tendo'", "'tendon'")),
        ("value", "elevated", {"feature": "labs.phosphate"}, ("'elevated'", "high")),
        ("value", "", {"feature": "symptoms"}, ("symptoms",)),
        ("value", "third_phase", {"feature": "stage"}, ("no stage 'third_phase'",)),
        ("stage", "third_phase", {"feature": "density"}, ("no stage 'third_phase'",)),
        ("value", "33-44", {"feature": "age"}, ("'33-44'", "must start and end at one of 0, 5, 10")),
        ("value", "60-30", {"feature": "age"}, ("'60-30'", "must start and end")),
        ("value", "old", {"feature": "age"}, ("'old'", "must be an interval")),
        ("value", "85-130", {"feature": "age"}, ("'85-130'",)),
        ("strength", "180%", {}, ("'180%'", "between 0 and 100 %")),
        ("strength", "34/33", {}, ("'34/33'", "between 0 and 100 %")),
        ("strength", "often", {}, ("'often'", "neither a band")),
        ("strength", "", {}, ("neither a band",)),
        ("conditional_on", "patients", {}, ("'patients'", "'patients_with_disease'")),
        ("given", "", {"conditional_on": "within_region"}, ("within_region needs given=region=",)),
        ("given", "shoulder", {"conditional_on": "within_region"}, ("within_region needs given=region=",)),
        ("given", "region=sholder", {"conditional_on": "within_region"}, ("'sholder'", "'shoulder'")),
        ("given", "", {"conditional_on": "population_of_age"}, ("needs given=population=",)),
        ("given", "population=many", {"conditional_on": "population_of_age"}, ("'many'",)),
        ("given", "region=knee", {"conditional_on": "calcified_films"}, ("has no meaning",)),
        ("weight", "2", {}, ("2 must lie between 0 and 1",)),
        ("weight", "-1", {}, ("-1 must lie between 0 and 1",)),
        ("weight", "nan", {}, ("nan must lie between 0 and 1",)),
        ("weight", "", {}, ()),
        ("contradiction", "999", {}, ("no contradiction '999'",)),
    ],
    ids=lambda value: (",".join(value) if isinstance(value, tuple) else str(value))[:40],
)
def test_a_broken_cell_of_a_finding_is_refused(
    tables: TableFolder, column: str, value: str, where: dict[str, str], words: tuple[str, ...]
) -> None:
    place = tables.set("findings.csv", column, value, **where)
    assert_names(refusal(tables), place, *words)


def test_a_stage_of_another_entity_is_refused(tables: TableFolder) -> None:
    place = tables.set("findings.csv", "stage", "resorptive", entity="phlebolith")
    assert_names(refusal(tables), place, "'phlebolith' has no stage 'resorptive'")


# The source columns, in every table that has them


@pytest.mark.parametrize("file", CITED_TABLES)
def test_a_row_without_a_quote_is_refused(tables: TableFolder, file: str) -> None:
    place = tables.set(file, "quote", "")
    assert_names(refusal(tables), place, "without a quote")


@pytest.mark.parametrize("file", CITED_TABLES)
def test_a_row_of_an_unknown_document_is_refused(tables: TableFolder, file: str) -> None:
    place = tables.set(file, "document", "insight")
    assert_names(refusal(tables), place, "unknown document 'insight'", "'insights'")


@pytest.mark.parametrize("file", CITED_TABLES)
def test_a_row_of_an_unknown_section_is_refused(tables: TableFolder, file: str) -> None:
    place = tables.set(file, "locator", "Abstrct / Fig. 1", document="insights")
    assert_names(refusal(tables), place, "unknown section 'Abstrct'", "'Abstract'")


@pytest.mark.parametrize("file", CITED_TABLES)
def test_a_section_of_another_document_is_refused(tables: TableFolder, file: str) -> None:
    other = next(r for r in tables.read("sections.csv") if r["document"] == "nhs")["section"]
    place = tables.set(file, "locator", f"{other} (not there)", document="insights")
    assert_names(refusal(tables), place, "unknown section")


@pytest.mark.parametrize("file", CITED_TABLES)
def test_a_row_without_an_id_is_refused(tables: TableFolder, file: str) -> None:
    tables.set(file, "id", "")
    error = refusal(tables)
    assert (error.file, error.line) == (file, 2)
    assert "empty" in error.reason


@pytest.mark.parametrize("file", CITED_TABLES)
def test_a_row_id_that_stands_twice_is_refused_in_any_table(tables: TableFolder, file: str) -> None:
    first = tables.read("findings.csv")[0]["id"]
    place = tables.repeat(file, {}, id=first)
    assert_names(refusal(tables), place, first, "twice")


@pytest.mark.parametrize("file", [f for f in CITED_TABLES if f not in ("workup.csv", "red_flags.csv")])
def test_an_unknown_entity_is_refused_in_any_table(tables: TableFolder, file: str) -> None:
    place = tables.set(file, "entity", "phlebolit")
    assert_names(refusal(tables), place, "unknown entity 'phlebolit'", "'phlebolith'")


@pytest.mark.parametrize("file", ["workup.csv", "red_flags.csv"])
def test_an_unknown_entity_in_a_list_is_refused(tables: TableFolder, file: str) -> None:
    place = tables.set(file, "entity", "phlebolith;phlebolit")
    assert_names(refusal(tables), place, "unknown entity 'phlebolit'", "'phlebolith'")


# One cell of the other tables


@pytest.mark.parametrize(
    ("file", "column", "value", "words"),
    [
        ("entities.csv", "kind", "disease", ("unknown kind 'disease'",)),
        ("entities.csv", "mechanism", "dystrophc", ("'dystrophc'", "'dystrophic'")),
        ("entities.csv", "mechanism", "", ("without a mechanism",)),
        ("stages.csv", "entity", "hadd_calcific_tendinopaty", ("'hadd_calcific_tendinopathy'",)),
        ("stages.csv", "order", "first", ("first",)),
        ("stages.csv", "share", "1.5", ("between 0 and 1",)),
        ("strengths.csv", "probability", "1.5", ("between 0 and 1",)),
        ("strengths.csv", "probability", "much", ("much",)),
        ("scales.csv", "edges", "0;10;5", ("edges must rise",)),
        ("scales.csv", "edges", "0", ("edges must rise",)),
        ("scales.csv", "edges", "0;five", ("five",)),
        ("background.csv", "value", "calcificaton", ("'calcification'",)),
        ("background.csv", "feature", "densty", ("'density'",)),
        ("background.csv", "probability", "1.01", ("between 0 and 1",)),
        ("background.csv", "probability", "nan", ("between 0 and 1",)),
        ("priors.csv", "share", "-1", ("-1",)),
        ("priors.csv", "share", "nan", ("nan",)),
        ("priors.csv", "basis", "guess", ("unknown basis 'guess'",)),
        ("groups.csv", "coupling", "1.1", ("between 0 and 1",)),
        ("location_cuts.csv", "compartment", "tendons", ("'tendon'",)),
        ("workup.csv", "when", "density=calcificaton", ("'calcification'",)),
        ("workup.csv", "resolves", "labs.phosphat", ("'labs.phosphate'",)),
        ("workup.csv", "kind", "look", ("unknown kind 'look'",)),
        ("red_flags.csv", "when", "symptom=fever", ("'symptoms'",)),
        ("tables.csv", "most_frequent", "maybe", ("most_frequent must be true, false or empty",)),
        ("conflicts.csv", "one", "density=calcificaton", ("'calcification'",)),
        ("associations.csv", "target", "phlebolit", ("phlebolit",)),
        ("associations.csv", "target", "density=calcificaton", ("'calcification'",)),
        ("associations.csv", "relation", "resembels", ("'resembles'",)),
        ("imaging.csv", "modality", "mrt", ("'mrt'",)),
        ("imaging.csv", "aspect", "show", ("'shows'",)),
        ("terminology.csv", "ruling", "synonim", ("'synonym'",)),
        ("remarks.csv", "topic", "patology", ("'pathology'",)),
        ("location_cuts.csv", "document", "insight", ("'insights'",)),
        ("sections.csv", "document", "insight", ("'insights'",)),
    ],
    ids=lambda value: (",".join(value) if isinstance(value, tuple) else str(value))[:40],
)
def test_a_broken_cell_of_another_table_is_refused(
    tables: TableFolder, file: str, column: str, value: str, words: tuple[str, ...]
) -> None:
    place = tables.set(file, column, value)
    assert_names(refusal(tables), place, *words)


def test_a_prior_of_a_document_needs_its_quote(tables: TableFolder) -> None:
    place = tables.set("priors.csv", "quote", "", basis="document")
    assert_names(refusal(tables), place, "needs its quote")


def test_a_prior_of_an_unknown_document_is_refused(tables: TableFolder) -> None:
    place = tables.set("priors.csv", "document", "uww", basis="document")
    assert_names(refusal(tables), place, "'uw'")


@pytest.mark.parametrize(
    "file", ["documents.csv", "strengths.csv", "entities.csv", "contradictions.csv", "scales.csv"]
)
def test_a_key_that_stands_twice_is_refused(tables: TableFolder, file: str) -> None:
    place = tables.repeat(file, {})
    assert_names(refusal(tables), place, f"{place.row!r} stands twice")


# Parents


@pytest.mark.parametrize("parent", ["no_such_group", "phlebolith"])
def test_a_parent_that_is_no_group_is_refused(tables: TableFolder, parent: str) -> None:
    tables.set("entities.csv", "parent", parent, id="atherosclerosis")
    error = refusal(tables)
    assert (error.file, error.row) == ("entities.csv", "atherosclerosis")
    assert f"parent {parent!r} is no group" in str(error)


def test_parents_in_a_circle_are_refused(tables: TableFolder) -> None:
    one, other = [row["id"] for row in tables.read("entities.csv") if row["kind"] == "group"][:2]
    tables.set("entities.csv", "parent", other, id=one)
    tables.set("entities.csv", "parent", one, id=other)
    error = refusal(tables)
    assert error.file == "entities.csv"
    assert error.row is not None
    assert "circle" in error.reason


# Whole files


@pytest.mark.parametrize("file", ["findings.csv", "entities.csv", "groups.csv", "documents.csv"])
def test_a_missing_file_is_named(tables: TableFolder, file: str) -> None:
    (tables.path / file).unlink()
    error = refusal(tables)
    assert error.file == file
    assert "cannot be read" in str(error)


@pytest.mark.parametrize("file", ["findings.csv", "entities.csv", "priors.csv"])
def test_a_wrong_column_is_refused_with_the_right_ones(tables: TableFolder, file: str) -> None:
    path = tables.path / file
    text = path.read_text(encoding="utf-8")
    column = text.split(",", maxsplit=1)[0]
    path.write_text(text.replace(column, "key", 1), encoding="utf-8")
    error = refusal(tables)
    assert (error.file, error.line) == (file, 1)
    assert f"the columns must be {column}," in str(error)
    assert "found key," in str(error)


def test_an_empty_file_is_refused_for_its_columns(tables: TableFolder) -> None:
    (tables.path / "findings.csv").write_bytes(b"")
    assert "the columns must be id," in str(refusal(tables))


def test_a_row_with_a_cell_too_many_is_refused_with_its_line(tables: TableFolder) -> None:
    path = tables.path / "conflicts.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    lines[2] += ",one more"
    path.write_text("\n".join([*lines, ""]), encoding="utf-8")
    error = refusal(tables)
    assert (error.file, error.line) == ("conflicts.csv", 3)
    assert "4 cells where 3 columns are" in str(error)


def test_what_a_spreadsheet_adds_is_no_fault(tables: TableFolder) -> None:
    path = tables.path / "conflicts.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:2], "", *lines[2:], ""]), encoding="utf-8")
    words = (tables.path / "tables.csv").read_text(encoding="utf-8").replace(",true,", ",TRUE,")
    (tables.path / "tables.csv").write_text(words, encoding="utf-8-sig")
    found = load_knowledge(tables.path)
    assert len(found.conflicts) == len(lines) - 1
    assert any(row.most_frequent for row in found.tables)


@pytest.mark.parametrize("garbage", [b"\xff\xfe\x00", "Mönckeberg".encode("latin-1"), b"\x80"])
def test_a_file_in_another_encoding_is_refused(tables: TableFolder, garbage: bytes) -> None:
    with (tables.path / "findings.csv").open("ab") as stream:
        stream.write(garbage)
    error = refusal(tables)
    assert error.file == "findings.csv"
    assert "cannot be read" in str(error)


def test_an_open_quote_is_refused(tables: TableFolder) -> None:
    with (tables.path / "conflicts.csv").open("a", encoding="utf-8") as stream:
        stream.write('density=calcification,morphology=spur,"never closed\n')
    assert refusal(tables).file == "conflicts.csv"


def test_a_folder_without_tables_is_refused(tables: TableFolder) -> None:
    with pytest.raises(KnowledgeError, match="cannot be read"):
        load_knowledge(tables.path / "nowhere")


# What only the whole model can see

Breakage = Callable[[TableFolder], object]


@pytest.mark.parametrize(
    ("breakage", "file", "row", "words"),
    [
        pytest.param(
            lambda t: t.drop("priors.csv", name="phlebolith"),
            "priors.csv",
            "phlebolith",
            "a diagnosis without a prior",
            id="a prior is missing",
        ),
        pytest.param(
            lambda t: t.repeat("priors.csv", {"name": "phlebolith"}, name="phlebolit"),
            "priors.csv",
            "phlebolit",
            "no diagnosis and no branch",
            id="a prior belongs to nothing",
        ),
        pytest.param(
            lambda t: t.repeat("priors.csv", {"name": "phlebolith"}, name="calcification"),
            "priors.csv",
            None,
            "circle",
            id="the branches of the priors run in a circle",
        ),
        pytest.param(
            lambda t: t.set("background.csv", "probability", "0.2", feature="density"),
            "background.csv",
            "density",
            "not to 1",
            id="the background of density does not sum to 1",
        ),
        pytest.param(
            lambda t: t.drop("background.csv", feature="symptoms", value="fever"),
            "background.csv",
            None,
            "no row for symptoms=fever",
            id="a background is missing",
        ),
        pytest.param(
            lambda t: t.drop("background.csv", feature="region", value="knee"),
            "background.csv",
            None,
            "no row for region=knee",
            id="the background of a place is missing",
        ),
        pytest.param(
            lambda t: t.set("priors.csv", "parent", "dystrofic", name="lipoma", parent="dystrophic"),
            "priors.csv",
            "lipoma",
            "'dystrofic' is no branch",
            id="a prior hangs on a branch that does not exist",
        ),
        pytest.param(
            lambda t: t.repeat("groups.csv", {"member": "symptoms=pain"}),
            "groups.csv",
            "pain",
            "'symptoms=pain' is no variable, or is in two groups",
            id="a member stands twice in its group",
        ),
        pytest.param(
            lambda t: t.repeat(
                "groups.csv", {"group": "renal"}, member="symptoms=pain", order="present;absent"
            ),
            "groups.csv",
            None,
            "'symptoms=pain' is no variable, or is in two groups",
            id="a member stands in two groups",
        ),
        pytest.param(
            lambda t: t.set("groups.csv", "member", "symptoms=pains", member="symptoms=pain"),
            "groups.csv",
            "pain",
            "'symptoms=pains' is no variable",
            id="a member is unknown",
        ),
        pytest.param(
            lambda t: t.set("groups.csv", "order", "present;present", member="symptoms=pain"),
            "groups.csv",
            "pain",
            "must hold present, absent",
            id="an order repeats a state",
        ),
        pytest.param(
            lambda t: t.set("groups.csv", "order", "high;low", member="labs.phosphate"),
            "groups.csv",
            "renal",
            "must hold low, normal, high",
            id="an order misses a state",
        ),
        pytest.param(
            lambda t: t.set("groups.csv", "coupling", "0.1", member="symptoms=pain"),
            "groups.csv",
            "pain",
            "different couplings",
            id="the members of a group are coupled differently",
        ),
        pytest.param(
            lambda t: t.drop("groups.csv", member="density"),
            "groups.csv",
            "density",
            "exactly one group",
            id="density is in no group",
        ),
    ],
)
def test_tables_that_do_not_make_a_model_are_refused(
    tables: TableFolder, breakage: Breakage, file: str, row: str | None, words: str
) -> None:
    breakage(tables)
    facts = load_knowledge(tables.path)
    with pytest.raises(KnowledgeError) as caught:
        compile_model(facts)
    assert caught.value.file == file
    assert row is None or caught.value.row == row
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("file", "column", "value", "place", "words"),
    [
        ("background.csv", "probability", "0", {"feature": "symptoms", "value": "fever"}, "strictly between"),
        ("strengths.csv", "probability", "1", {"band": "typical"}, "strictly between"),
        ("background.csv", "probability", "many", {"feature": "symptoms", "value": "fever"}, "not a number"),
        ("background.csv", "value", "pain", {"feature": "symptoms", "value": "fever"}, "second background"),
        ("priors.csv", "name", "phlebolith", {"name": "atherosclerosis"}, "second prior"),
        ("conflicts.csv", "one", "density", {"other": "morphology=bridging_bone"}, "needs a value"),
        ("entities.csv", "id", "other", {"id": "lipoma"}, "is taken"),
        ("findings.csv", "value", "no_focal_density", {"id": "II-F059"}, "for mimics"),
        ("findings.csv", "given", "population=0%", {"conditional_on": "population_of_age"}, "above 0"),
    ],
)
def test_a_cell_that_would_break_an_answer_is_refused_at_load(
    tables: TableFolder, file: str, column: str, value: str, place: dict[str, str], words: str
) -> None:
    tables.set(file, column, value, **place)
    error = refusal(tables)
    assert error.file == file
    assert error.line is not None
    assert words in str(error)


def test_a_group_too_large_to_tabulate_is_refused(tables: TableFolder) -> None:
    general = vocabulary().terms["history"]
    rows = [name for name, term in general.items() if not term.implies]
    for value in rows[:13]:
        tables.repeat(
            "groups.csv", {"member": "symptoms=varicose_veins"}, group="large", member=f"history={value}"
        )
    with pytest.raises(KnowledgeError, match=r"groups.csv.*large.*8192 combinations"):
        compile_model(load_knowledge(tables.path))


def test_a_branch_of_priors_whose_shares_are_all_zero_is_refused(tables: TableFolder) -> None:
    tables.set_all("priors.csv", "share", "0", parent="foreign_body")
    with pytest.raises(KnowledgeError, match=r"priors.csv.*foreign_body"):
        compile_model(load_knowledge(tables.path))


def test_an_entity_whose_stages_all_have_no_share_is_refused(tables: TableFolder) -> None:
    name = tables.read("stages.csv")[0]["entity"]
    tables.set_all("stages.csv", "share", "0", entity=name)
    with pytest.raises(KnowledgeError, match=rf"stages.csv.*{name}"):
        compile_model(load_knowledge(tables.path))
