"""The schemas accept exactly what the readers find no problem with, as far as a schema can say it."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from mlcalc.crops.columns import Column, columns, columns_of, load_columns
from mlcalc.crops.manifest import ManifestRow, read_manifest
from mlcalc.crops.row import EDGES
from mlcalc.crops.schema import manifest_schema, render, sidecar_schema
from mlcalc.crops.sidecar import read_sidecar
from mlcalc.errors import CaseError, KnowledgeError
from mlcalc.vocabulary import vocabulary

ROOT = Path(__file__).parents[2]
CROPS = ROOT / "mlcalc" / "crops"
ROW = Draft202012Validator(json.loads((CROPS / "manifest.schema.json").read_text(encoding="utf-8")))
SIDECAR = Draft202012Validator(json.loads((CROPS / "sidecar.schema.json").read_text(encoding="utf-8")))
MORPHOLOGY = vocabulary().ids("morphology")
SEEN, ABSENT = MORPHOLOGY[::2], MORPHOLOGY[1::2]
FACTS = tuple(set(columns()["absent"].choices) - set(MORPHOLOGY))

specified = settings(deadline=None, derandomize=True, max_examples=200)


def read_row(cells: dict[str, str]) -> ManifestRow | None:
    """The row of a manifest with only these cells; None for a blank one."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "manifest.csv"
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerows([list(cells), list(cells.values())])
        return next(iter(read_manifest(path).rows), None)


def sidecar_is_read(value: object) -> bool:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "knee.json"
        path.write_text(json.dumps(value), encoding="utf-8")
        try:
            return len(read_sidecar(path)) > 0
        except CaseError:
            return False


# The files


@pytest.mark.parametrize("schema", [manifest_schema(), sidecar_schema()], ids=["manifest", "sidecar"])
def test_the_schemas_are_schemas_of_2020_12(schema: dict[str, Any]) -> None:
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_the_files_are_what_the_columns_and_the_vocabulary_give() -> None:
    assert (CROPS / "manifest.schema.json").read_text(encoding="utf-8") == render(manifest_schema())
    assert (CROPS / "sidecar.schema.json").read_text(encoding="utf-8") == render(sidecar_schema())


def test_the_script_finds_nothing_to_write() -> None:
    """The column dictionary of the README is checked by it too."""
    command = [sys.executable, str(ROOT / "scripts" / "schemas"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_readme_documents_every_column() -> None:
    text = (CROPS / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `([\w.]+)`", text, re.MULTILINE) == list(columns())


# The columns


@pytest.mark.parametrize("column", columns().values(), ids=lambda column: column.name)
def test_every_column_has_a_meaning_a_source_and_an_example_that_fits(column: Column) -> None:
    assert column.meaning
    assert column.source
    edges = dict(zip(EDGES, ("0", "0", "10000", "10000"), strict=True)) if column.name in EDGES else {}
    cells = {"path": "a.png", **edges, column.name: column.example}
    found = read_row(cells)
    assert found is not None
    assert found.problems == ()
    assert ROW.is_valid(cells)


@pytest.mark.parametrize("name", [c.name for c in columns().values() if c.limits and c.type == "number"])
def test_the_limits_in_the_dictionary_are_those_of_the_reader(name: str) -> None:
    low, high, above = columns()[name].limits or (0, 0, False)

    def problems(number: float) -> set[str]:
        found = read_row({"path": "a.png", name: f"{number:.7f}"})
        assert found is not None
        fields = {problem.field.rpartition(" ")[2] for problem in found.problems}
        return fields & {name}

    assert problems(high) == set()
    assert problems(low) == ({name} if above else set())
    assert problems(high + 0.001) == problems(low - 0.001) == {name}


@pytest.mark.parametrize(
    "line",
    [
        "path,row,path,,x,a,s\npath,row,path,,x,a,s",
        "path,cell,path,,x,a,s",
        "path,row,file,,x,a,s",
        "path,row,path,,x,a",
    ],
)
def test_a_broken_dictionary_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "columns.csv"
    file.write_text(f"name,part,type,values,meaning,example,source\n{line}\n", encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"columns\.csv, line [23]"):
        load_columns(file)


# A row: schema and reader agree


def number_texts(column: Column) -> st.SearchStrategy[str]:
    low, high, above = column.limits or (0, 1, False)
    numbers = st.floats(low, high, exclude_min=above, allow_subnormal=False).map(lambda x: round(x, 6))
    numbers = numbers.filter(lambda x: x > low or not above)
    return numbers.map(repr) | numbers.map("{:.7f}".format) | st.integers(int(low) + 1, int(high)).map(str)


def lists(words: tuple[str, ...]) -> st.SearchStrategy[str]:
    joints = st.sampled_from([";", " ; ", ";;", "; "])
    return st.tuples(st.lists(st.sampled_from(words), max_size=4), joints).map(lambda x: x[1].join(x[0]))


def texts(column: Column) -> st.SearchStrategy[str]:
    """Cells that are right; two lists draw from other morphologies, so they never contradict each other."""
    own = {"morphology": SEEN, "absent_morphology": ABSENT, "absent": (*ABSENT, *FACTS)}
    if column.type == "ids":
        return lists(own.get(column.name, column.choices))
    if column.type == "number":
        return number_texts(column)
    if column.type == "integer" and not column.choices:
        return st.integers(0, 999_999).map(str)
    if column.choices:
        return st.sampled_from(column.choices)
    return st.from_regex(r"[a-z0-9_]{1,20}", fullmatch=True)


SINGLE = {c.name: texts(c) for c in columns().values() if c.name not in EDGES}
OPTIONAL = {name: cells for name, cells in SINGLE.items() if name != "path"}
PLACES = ("compartment", "structure", "region")
boxes = st.tuples(*[st.integers(-5000, 5000)] * 2, *[st.floats(0.5, 900_000)] * 2).map(
    lambda b: dict(zip(EDGES, map(str, (b[0], b[1], b[0] + b[2], b[1] + b[3])), strict=True))
)


@st.composite
def good_rows(draw: st.DrawFn) -> dict[str, str]:
    row = draw(st.fixed_dictionaries({"path": SINGLE["path"]}, optional=OPTIONAL))
    kept = draw(st.sampled_from([("structure",), ("compartment", "region")]))  # a structure fits alone
    row = {name: cell for name, cell in row.items() if name not in PLACES or name in kept}
    return row | draw(st.just({}) | st.just(dict.fromkeys(EDGES, "")) | boxes)


slips: st.SearchStrategy[Callable[[str], str]] = st.sampled_from(
    [str.upper, str.title, lambda c: c + "x", lambda c: c[1:], lambda c: f"{c};{c}", lambda c: f"{c},"]
)
wild = st.text(st.characters(exclude_categories=["Cs", "Nd"], exclude_characters="\0"), max_size=8)


@st.composite
def spoilt_rows(draw: st.DrawFn) -> dict[str, str]:
    """Rows with some cells emptied, mistyped or replaced; no digit is added that another limit would meet."""
    row = draw(good_rows())
    for name in draw(st.lists(st.sampled_from(sorted(row)), min_size=1, max_size=3)):
        cell = draw(wild | slips.map(lambda slip, text=row[name]: slip(text)) | st.just(""))  # type: ignore[misc]
        shorter = columns()[name].type in ("number", "integer") and re.fullmatch(r"[-+.\d]*(e-?\d*)?", cell)
        row[name] = "" if shorter else cell.strip()
    return row


def agree(row: dict[str, str]) -> bool:
    """Whether the row is right; fails where schema and reader see it differently."""
    found = read_row(row)
    assert found is not None
    assert ROW.is_valid(row) == found.usable, (row, found.problems, list(ROW.iter_errors(row)))
    return found.usable


@specified
@given(good_rows())
def test_a_row_of_right_cells_is_accepted_by_both(row: dict[str, str]) -> None:
    assert agree(row)


@specified
@given(spoilt_rows())
def test_a_spoilt_row_is_refused_by_both_or_by_none(row: dict[str, str]) -> None:
    assume(any(row.values()))  # a blank row is skipped
    agree(row)


@pytest.mark.parametrize("column", columns().values(), ids=lambda column: column.name)
def test_each_cell_by_itself_is_seen_alike_by_both(column: Column) -> None:
    box = dict(zip(EDGES, ("-9", "-9", "9000", "9000"), strict=True)) if column.name in EDGES else {}
    free = column.type in ("path", "text")
    assert agree({"path": "a.png", **box, column.name: "§ 1"}) is free
    word = column.example
    for cell in (word, word + "x", word.upper(), f"{word};{word}", f"{word},", "+1.0", "1e1", "01", "1..0"):
        agree({"path": "a.png", **box, column.name: cell})


@specified
@given(st.dictionaries(st.sampled_from([*columns(), "mine"]), st.text(st.characters(codec="ascii"))))
def test_what_the_reader_accepts_the_schema_accepts(cells: dict[str, str]) -> None:
    row = {"path": "a.png"} | {name: cell.replace("\0", "").strip() for name, cell in cells.items()}
    found = read_row(row)
    assert found is None or not found.usable or ROW.is_valid(row)


# A sidecar: schema and reader agree

anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def json_values(column: Column) -> st.SearchStrategy[Any]:
    if column.type == "flag":
        return st.booleans()
    if column.type == "ids":
        return st.lists(st.sampled_from(FACTS if column.name == "absent" else column.choices), max_size=4)
    if column.type in ("id", "choice"):
        return st.sampled_from(column.choices)
    if column.limits is None:
        return st.sampled_from(column.choices).map(int)
    low, high, above = column.limits
    whole: st.SearchStrategy[float] = st.integers(int(low) + above, int(high))
    whole = whole | whole.map(float)
    return whole if column.type == "integer" else whole | st.floats(low, high, exclude_min=above)


def strange_values(column: Column) -> st.SearchStrategy[Any]:
    low, high, _ = column.limits or (0, 1, False)
    return anything | st.sampled_from([low, low - 1, high + 1, high + 0.5, *column.choices])


def keys(part: str, spoil: bool) -> dict[str, st.SearchStrategy[Any]]:
    own = [column for column in columns_of(part) if column.name not in EDGES]
    return {c.name: json_values(c) | (strange_values(c) if spoil else st.none()) for c in own}


def crops(spoil: bool) -> st.SearchStrategy[dict[str, Any]]:
    strange = st.none() | anything if spoil else st.none()
    edges = st.tuples(*[st.integers(-9, 9)] * 2, *[st.floats(0.5, 9e5)] * 2)
    box = edges.map(lambda b: [b[0], b[1], b[0] + b[2], b[1] + b[3]])
    place = keys("location", spoil)
    structure, others = {"structure": place.pop("structure")}, place
    context = keys("context", spoil)
    labs = {
        name.removeprefix("labs."): context.pop(name) for name in list(context) if name.startswith("labs.")
    }
    context["labs"] = st.fixed_dictionaries({}, optional=labs) | strange
    location = st.fixed_dictionaries({}, optional=structure) | st.fixed_dictionaries({}, optional=others)
    known = {
        "box": box | strange,
        **keys("crop", spoil),
        "location": location | strange,
        "context": st.fixed_dictionaries({}, optional=context) | strange,
        **({"zoom": anything} if spoil else {}),
    }
    return st.fixed_dictionaries({}, optional=known)


def sidecars(spoil: bool) -> st.SearchStrategy[Any]:
    one = crops(spoil)
    several = st.lists(one | anything if spoil else one, max_size=3)
    return one | several | several.map(lambda found: {"crops": found})


@specified
@given(sidecars(spoil=False) | sidecars(spoil=True) | anything)
def test_a_sidecar_is_accepted_by_both_or_by_none(value: Any) -> None:
    assert SIDECAR.is_valid(value) == sidecar_is_read(value)


@specified
@given(crops(spoil=False).filter(bool))
def test_a_crop_of_right_values_is_accepted_by_both(crop: dict[str, Any]) -> None:
    assert sidecar_is_read(crop)
    assert SIDECAR.is_valid(crop)


def test_what_a_schema_cannot_say_the_reader_still_finds() -> None:
    crossed = {"path": "a.png", "x0": "5", "y0": "5", "x1": "4", "y1": "9"}
    outside = {"path": "a.png", "structure": "supraspinatus", "region": "knee"}
    torn = {"path": "a.png", "morphology": "spur", "absent_morphology": "spur"}
    for row in (crossed, outside, torn, {"path": "a.png", "age": "400"}):
        found = read_row(row)
        assert found is not None
        assert not found.usable
        assert ROW.is_valid(row)
