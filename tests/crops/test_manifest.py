"""A row of a manifest: what every cell means, and what is said of a wrong one."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from mlcalc.case import Context, Fact, Location
from mlcalc.case_json import CONTEXT_KEYS, LIST_KINDS
from mlcalc.crops.columns import columns
from mlcalc.crops.manifest import ManifestRow, read_manifest
from mlcalc.crops.row import CropRequest, Labels
from mlcalc.imaging.box import Box
from mlcalc.vocabulary import vocabulary

Write = Callable[..., Path]
BOX = {"x0": "10", "y0": "20", "x1": "30", "y1": "60"}


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a manifest of the lines given."""

    def write(*lines: str, name: str = "manifest.csv") -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


@pytest.fixture
def row(write: Write) -> Callable[..., ManifestRow]:
    """The one row of a manifest with these cells (a file ``a.png`` unless another is given)."""

    def row(cells: dict[str, str] | None = None) -> ManifestRow:
        named = {"path": "a.png", **(cells or {})}
        quoted = ['"' + cell.replace('"', '""') + '"' for cell in named.values()]
        (found,) = read_manifest(write(",".join(named), ",".join(quoted))).rows
        return found

    return row


Row = Callable[..., ManifestRow]


def only_problem(found: ManifestRow) -> tuple[str, str]:
    """(column, sentence) of the only problem of the row in line 2."""
    (problem,) = found.problems
    return problem.field.removeprefix("manifest.csv, line 2, column "), problem.message


# What a row may say


def test_a_path_alone_is_the_whole_picture_with_nothing_known(row: Row, tmp_path: Path) -> None:
    found = row()
    assert found.usable
    assert (found.path, found.name, found.line) == (tmp_path / "a.png", "a.png", 2)
    assert found.crop == CropRequest()
    assert found.labels == Labels()
    assert {found.frame, found.id, found.patient, found.study, found.split, found.entity, found.mask} == {
        None
    }
    assert found.extra == {}


def test_every_column_of_the_dictionary_is_read_from_its_own_example(row: Row, tmp_path: Path) -> None:
    found = row({name: column.example for name, column in columns().items()})
    assert found.problems == ()
    assert found.path == tmp_path / "films/knee.dcm"
    assert found.mask == tmp_path / "masks/knee.png"
    assert (found.id, found.patient, found.study, found.split) == ("c1", "P017", "S003", "train")
    assert (found.entity, found.frame) == ("gout", 0)
    assert found.labels == Labels(
        "calcification", frozenset({"rice_grain", "punctate_flecks"}), frozenset({"tram_track"}), True
    )
    crop = found.crop
    assert (crop.box, crop.unit) == (Box(1020, 640, 1276, 896), "px")
    assert (crop.rotation, crop.mirror, crop.mm_per_pixel) == (90, False, 0.143)
    assert crop.location == Location("tendon", "supraspinatus", "shoulder")
    context = crop.context
    assert (context.age, context.sex, context.weeks_since_onset) == (48, "F", 6)
    assert context.calcium_phosphate_product == 72
    assert context.labs == {
        name.removeprefix("labs."): column.example
        for name, column in columns().items()
        if name.startswith("labs.") and column.type == "choice"
    }
    assert set(context.facts) == {
        Fact("ancestry", "african"),
        Fact("distribution", "bilateral"),
        Fact("distribution", "symmetric"),
        Fact("evolution", "enlarging"),
        Fact("conditions", "diabetes"),
        Fact("conditions", "gout"),
        Fact("history", "trauma"),
        Fact("symptoms", "acute_pain"),
        Fact("findings", "joint_effusion"),
        Fact("tests", "joint_fluid_crystals"),
        Fact("symptoms", "fever", present=False),
    }


def test_the_dictionary_has_every_key_of_a_context_and_every_laboratory_value() -> None:
    context = {name for name, column in columns().items() if column.part == "context"}
    labs = {f"labs.{lab}" for lab in vocabulary().ids("labs")}
    assert context == set(CONTEXT_KEYS) - {"labs"} | labs


@pytest.mark.parametrize("kind", [*LIST_KINDS, "morphology"])
def test_every_registered_id_of_a_list_is_accepted_in_its_column(row: Row, kind: str) -> None:
    found = row({kind: ";".join(vocabulary().ids(kind))})
    assert found.usable
    seen = found.labels.morphology if kind == "morphology" else {fact.id for fact in found.crop.context.facts}
    assert seen == set(vocabulary().ids(kind))


@pytest.mark.parametrize("part", ["compartment", "structure", "region", "density", "sex"])
def test_every_registered_id_is_accepted_in_its_column(row: Row, part: str) -> None:
    assert all(row({part: name}).usable for name in vocabulary().ids(part))


def test_empty_cells_are_unknown_and_never_no(row: Row) -> None:
    assert row(dict.fromkeys([name for name in columns() if name != "path"], "")).crop == CropRequest()
    assert row({"absent": " ; ", "morphology": ";"}).labels == Labels()
    assert row({"conditions": "", "age": " "}).crop.context == Context()


def test_blanks_around_cells_and_ids_do_not_count(row: Row) -> None:
    found = row({"region": " knee ", "morphology": " rice_grain ; spur", "patient": "P1  "})
    assert found.crop.location.region == "knee"
    assert found.labels.morphology == {"rice_grain", "spur"}
    assert found.patient == "P1"


def test_keys_of_patient_and_study_are_kept_as_they_are(row: Row) -> None:
    found = row({"patient": "007", "study": "1.2.840/ü, x"})
    assert (found.patient, found.study) == ("007", "1.2.840/ü, x")


def test_a_box_may_have_fractions_and_lie_partly_outside(row: Row) -> None:
    found = row({"x0": "-1.5", "y0": "0", "x1": "1e3", "y1": ".5", "box_unit": "mm"})
    assert (found.crop.box, found.crop.unit) == (Box(-1.5, 0, 1000, 0.5), "mm")


@pytest.mark.parametrize("written", ["90", "90.0", "90."])
def test_a_whole_number_may_carry_the_point_that_programs_add(row: Row, written: str) -> None:
    assert row({"rotation": written}).crop.rotation == 90


def test_flags_are_numbers(row: Row) -> None:
    found = row({"mirror": "1", "morphology_complete": "1.0"})
    assert (found.crop.mirror, found.labels.complete) == (True, True)


def test_a_morphology_that_the_context_calls_absent_is_a_label(row: Row) -> None:
    found = row({"absent": "spur;fever", "absent_morphology": "rice_grain"})
    assert found.labels.absent_morphology == {"spur", "rice_grain"}
    assert found.crop.context.facts == (Fact("symptoms", "fever", present=False),)


def test_a_row_goes_to_another_process(row: Row) -> None:
    found = row({**BOX, "age": "50", "morphology": "spur", "mine": "x"})
    assert pickle.loads(pickle.dumps(found)) == found


# Paths


def test_a_path_starts_at_the_folder_of_the_manifest_or_is_absolute(row: Row, tmp_path: Path) -> None:
    assert row({"path": "deep/../b.png"}).path == tmp_path / "deep/../b.png"
    assert row({"path": "/data/b.png", "mask": "/data/m.png"}).path == Path("/data/b.png")
    assert row({"path": "~/b.png"}).path == tmp_path / "~/b.png"


@pytest.mark.skipif(os.sep == "\\", reason="backslashes are separators there")
def test_backslashes_are_read_as_slashes_only_where_such_a_file_is(row: Row, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    (tmp_path / "films" / "a.png").touch()
    found = row({"path": "films\\a.png", "mask": "films\\none.png"})
    assert found.path == tmp_path / "films" / "a.png"
    assert found.name == "films\\a.png"
    assert found.mask == tmp_path / "films\\none.png"
    (tmp_path / "films\\a.png").touch()
    assert row({"path": "films\\a.png"}).path == tmp_path / "films\\a.png"


# Wrong cells


@pytest.mark.parametrize(
    ("cells", "column", "sentence"),
    [
        ({"path": "", "patient": "P1"}, "path", "must not be empty"),
        ({"region": "sholder"}, "region", "unknown region 'sholder'; did you mean 'shoulder'?"),
        ({"compartment": "tendons"}, "compartment", "unknown compartment 'tendons'; did you mean 'tendon'?"),
        ({"structure": "supraspinatous"}, "structure", "did you mean 'supraspinatus'"),
        ({"region": "knee", "structure": "supraspinatus"}, "structure", "'supraspinatus' lies in shoulder"),
        ({"density": "calcificaton"}, "density", "unknown density 'calcificaton'; did you mean 'calc"),
        ({"density": "calcification;ossification"}, "density", "unknown density"),
        ({"morphology": "rice-grain"}, "morphology", "unknown morphology 'rice-grain'; did you mean 'rice_"),
        ({"morphology": "rice_grain,spur"}, "morphology", "unknown morphology 'rice_grain,spur'"),
        ({"absent_morphology": "spurs"}, "absent_morphology", "unknown morphology 'spurs'; did you mean"),
        ({"split": "valid"}, "split", "unknown split 'valid'; did you mean 'val'"),
        ({"split": "Train"}, "split", "did you mean 'train'"),
        ({"box_unit": "cm"}, "box_unit", "unknown box_unit 'cm'; known are mm, px"),
        ({"rotation": "45"}, "rotation", "must be 0, 90, 180 or 270, not '45'"),
        ({"rotation": "-90"}, "rotation", "must be 0, 90, 180 or 270, not '-90'"),
        ({"mirror": "true"}, "mirror", "must be 0 or 1, not 'true'"),
        ({"morphology_complete": "yes"}, "morphology_complete", "must be 0 or 1, not 'yes'"),
        ({"frame": "-1"}, "frame", "must be a whole number from 0 to 999999, not '-1'"),
        ({"frame": "1.5"}, "frame", "must be a whole number"),
        ({"frame": "nan"}, "frame", "leave the cell empty where it is not known"),
        ({"entity": "Gout (acute)"}, "entity", "must consist of [a-z0-9_], not 'Gout (acute)'"),
        ({"mm_per_pixel": "0"}, "mm_per_pixel", "must be a number greater than 0 and at most 20, not 0"),
        ({"mm_per_pixel": "-0.1"}, "mm_per_pixel", "greater than 0"),
        ({"mm_per_pixel": "143"}, "mm_per_pixel", "at most 20, not 143"),
        ({"mm_per_pixel": "0,143"}, "mm_per_pixel", "not '0,143'; use a decimal point"),
        ({"age": "400"}, "age", "must lie between 0 and 120, not 400"),
        ({"age": "61Y"}, "age", "must be a number from 0 to 120, not '61Y'"),
        ({"sex": "female"}, "sex", "unknown sex 'female'; known are F, M"),
        ({"conditions": "gout;hemodialysis"}, "conditions", "did you mean 'haemodialysis'"),
        ({"absent": "fevr"}, "absent", "unknown id 'fevr'; did you mean 'fever'"),
        ({"labs.calcium": "hi"}, "labs.calcium", "unknown level 'hi'"),
        ({"labs.renal_function": "low"}, "labs.renal_function", "known are impaired, normal"),
        ({"labs.calcium_phosphate_product": "high"}, "labs.calcium_phosphate_product", "must be a number"),
        ({"weeks_since_onset": "inf"}, "weeks_since_onset", "must be a number"),
        ({**BOX, "x1": "10"}, "x1", "must be greater than x0 (10), not 10"),
        ({**BOX, "y1": "-3"}, "y1", "must be greater than y0 (20), not -3"),
        ({**BOX, "y0": ""}, "y0", "is missing; a box needs x0, y0, x1 and y1, or none of them"),
        ({"x0": "1", "y0": "1", "x1": "2"}, "y1", "is missing; a box needs"),
        ({**BOX, "x0": "left"}, "x0", "must be a number from -1000000 to 1000000, not 'left'"),
        ({**BOX, "x1": "1e99"}, "x1", "must be a number from -1000000 to 1000000, not 1e+99"),
        ({"morphology": "spur", "absent_morphology": "spur"}, "absent_morphology", "also given under morph"),
        ({"morphology": "spur", "absent": "spur"}, "absent", "'spur' is also given under morphology"),
    ],
)
def test_a_wrong_cell_is_a_problem_with_its_line_its_column_and_what_to_do(
    row: Row, cells: dict[str, str], column: str, sentence: str
) -> None:
    found = row(cells)
    assert not found.usable
    place, message = only_problem(found)
    assert place == column
    assert sentence in message


@pytest.mark.parametrize(
    "text",
    ["nan", "inf", "-inf", "1_000", "٣", "0x10", "1e999", "1e", "--1", "1 0", "1.2.3", "+", ".", "1,5"],
)
@pytest.mark.parametrize("column", [name for name, known in columns().items() if known.type == "number"])
def test_what_python_or_a_spreadsheet_would_take_for_a_number_need_not_be_one(
    row: Row, column: str, text: str
) -> None:
    box = BOX if column in BOX else {}
    place, message = only_problem(row({**box, column: text}))
    assert place == column
    assert "must be a number" in message


def test_the_sentence_reads_as_one_line(row: Row) -> None:
    (problem,) = row({"region": "sholder"}).problems
    expected = "manifest.csv, line 2, column region: unknown region 'sholder'; did you mean 'shoulder'?"
    assert str(problem) == expected


def test_all_problems_of_a_row_are_told_at_once_in_the_order_of_its_columns(row: Row) -> None:
    found = row(
        {
            "region": "kne",
            **BOX,
            "x0": "a",
            "split": "dev",
            "morphology": "spurs;flecks",
            "age": "-1",
            "sex": "x",
        }
    )
    told = [problem.field.rpartition(" ")[2] for problem in found.problems]
    assert told == ["region", "x0", "split", "morphology", "morphology", "age", "sex"]


def test_a_wrong_cell_leaves_what_the_others_say(row: Row) -> None:
    found = row({"patient": "P1", "region": "kne", "density": "ossification", "rotation": "12"})
    assert (found.patient, found.labels.density) == ("P1", "ossification")
    assert (found.crop.location, found.crop.rotation) == (Location(), 0)


def test_a_very_long_cell_is_cut_in_the_sentence(row: Row) -> None:
    for column in ("region", "conditions", "split", "age", "frame", "entity", "labs.calcium"):
        _, message = only_problem(row({column: "Ä" * 100_000}))
        assert len(message) < 400


def test_keys_of_the_patient_are_never_repeated_in_a_sentence(row: Row) -> None:
    secret = "Doe^Jane"
    found = row({"patient": secret, "study": secret, "id": secret, "mine": secret, "region": "kne", **BOX})
    assert found.problems
    assert all(secret not in str(problem) for problem in found.problems)
