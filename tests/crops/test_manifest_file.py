"""A manifest as a file: lines, quotes, columns, encodings, and what makes a file no use at all."""

from __future__ import annotations

import codecs
import csv
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcalc.crops.columns import columns
from mlcalc.crops.manifest import Manifest, looks_like_manifest, read_manifest
from mlcalc.errors import UsageError

README = Path(__file__).parents[2] / "mlcalc" / "crops" / "README.md"


@contextmanager
def file_of(content: bytes | str, name: str = "manifest.csv") -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        yield path


def manifest(content: bytes | str) -> Manifest:
    with file_of(content) as path:
        return read_manifest(path)


def refused(content: bytes | str) -> str:
    """What the whole file is refused with."""
    with pytest.raises(UsageError) as caught:
        manifest(content)
    return str(caught.value)


def lines(content: bytes | str) -> list[tuple[int, str, bool]]:
    """Line, name and usability of every row."""
    return [(row.line, row.name, row.usable) for row in manifest(content).rows]


# Lines


def test_rows_keep_their_order_and_the_line_numbers_of_the_file() -> None:
    assert lines("path,region\n\n  \nb.png,knee\n,\na.png,hand\n") == [(4, "b.png", True), (6, "a.png", True)]


def test_blank_lines_before_the_header_count_as_lines() -> None:
    assert lines("\n\npath\na.png\n") == [(4, "a.png", True)]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_as_on_any_system(end: str) -> None:
    assert lines(end.join(["path,region", "a.png,knee", "", "b.png,kne"])) == [
        (2, "a.png", True),
        (4, "b.png", False),
    ]


def test_a_line_break_inside_quotes_counts_as_a_line_of_the_file() -> None:
    found = manifest('path,note\na.png,"one\ntwo\r\nthree"\nb.png,x\n').rows
    assert [(row.line, row.name) for row in found] == [(2, "a.png"), (5, "b.png")]
    assert found[0].extra == {"note": "one\ntwo\r\nthree"}


def test_commas_and_doubled_quotes_inside_quotes_belong_to_the_value() -> None:
    (row,) = manifest('path,note\n"films, old/a ""1"".png","x"\n').rows
    assert row.name == 'films, old/a "1".png'


def test_a_row_with_too_few_or_too_many_cells_stops_no_other() -> None:
    rows = manifest("path,region\na.png\nb.png,knee,hand\nc.png,knee\n").rows
    assert [(row.name, row.usable) for row in rows] == [("a.png", False), ("b.png", False), ("c.png", True)]
    few, many = (str(problem) for row in rows for problem in row.problems)
    assert "manifest.csv, line 2: has 1 cell where the header has 2" in few
    assert "manifest.csv, line 3: has 3 cells where the header has 2" in many
    assert "double quotes" in many


def test_a_row_that_lacks_even_the_cell_of_its_path_is_told() -> None:
    (row,) = manifest("region,path\nknee\n").rows
    assert (row.name, row.usable) == ("", False)


def test_text_after_a_closing_quote_spoils_its_row_only() -> None:
    rows = manifest('path,note\na.png,"he said "no""\nb.png,x\n').rows
    assert [(row.line, row.usable) for row in rows] == [(2, False), (3, True)]
    assert "text follows a closing double quote" in str(rows[0].problems[0])


# Columns


def test_columns_stand_in_any_order() -> None:
    (row,) = manifest("sex,path,age\nF,a.png,50\n").rows
    assert (row.crop.context.age, row.crop.context.sex) == (50, "F")


def test_unknown_columns_are_kept_and_say_nothing() -> None:
    found = manifest("path,film quality,empty\na.png, good ,\n")
    assert found.rows[0].extra == {"film quality": "good", "empty": ""}
    assert found.rows[0].usable
    assert found.cautions == ()


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("morfology", "morphology"),
        ("Region", "region"),
        ("patient_id", "patient"),
        ("box unit", "box_unit"),
        ("finding", "findings"),
        ("labs.phosphat", "labs.phosphate"),
        ("labs.sodium", "labs.calcium"),
    ],
)
def test_a_column_that_was_probably_meant_to_be_another_is_pointed_out(name: str, meant: str) -> None:
    found = manifest(f"path,{name}\na.png,x\n")
    (caution,) = found.cautions
    assert caution.startswith("manifest.csv, line 1: unknown column")
    assert repr(name) in caution
    assert f"did you mean '{meant}'" in caution
    assert found.rows[0].extra == {name: "x"}


def test_a_column_is_not_pointed_out_where_the_one_it_resembles_is_there() -> None:
    assert manifest("path,patient,patient_id\na.png,1,2\n").cautions == ()


def test_columns_without_a_name_are_fine_as_long_as_they_are_empty() -> None:
    good, bad = manifest("path,,region,\na.png,,knee,\nb.png,,knee,secret\n").rows
    assert good.usable
    assert [str(p) for p in bad.problems] == [
        "manifest.csv, line 3: cell 4 holds a value, but the header gives it no column name"
    ]


def test_a_manifest_without_rows_is_pointed_out() -> None:
    found = manifest("path,region\n")
    assert found.rows == ()
    assert "no rows" in found.cautions[0]


def test_the_example_of_the_readme_is_read_without_a_problem() -> None:
    (example,) = re.findall(r"```csv\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    found = manifest(example)
    assert len(found.rows) == 2
    assert all(row.usable for row in found.rows)
    assert found.cautions == ()


# Encodings


def test_a_byte_order_mark_is_no_part_of_the_first_column() -> None:
    assert lines(codecs.BOM_UTF8 + "path\nKnöchel.png\n".encode()) == [(2, "Knöchel.png", True)]


@pytest.mark.parametrize("mark", [b"", codecs.BOM_UTF8])
def test_text_that_is_not_utf_8_is_refused_with_the_byte_and_its_line(mark: bytes) -> None:
    content = mark + "path\na.png\nKnöchel.png\n".encode("latin-1")
    message = refused(content)
    assert f"byte 0xf6 at offset {content.index(0xF6)} (line 3)" in message
    assert "UTF-8" in message


def test_utf_16_is_refused_by_its_name() -> None:
    assert "is UTF-16 text" in refused("path\na.png\n".encode("utf-16"))


def test_a_zero_byte_is_refused_with_its_place() -> None:
    assert "a zero byte at offset 8 (line 2)" in refused(b"path\na.p\0ng\n")


# No use as a whole


@pytest.mark.parametrize("content", ["", "\n\n", " , \n", "\ufeff"])
def test_an_empty_file_is_refused(content: str) -> None:
    assert "is empty" in refused(content)


def test_a_missing_file_and_a_folder_are_refused_with_their_path(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "none.csv", "no such file"), (tmp_path, "cannot be read")):
        with pytest.raises(UsageError, match=reason) as caught:
            read_manifest(path)
        assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    ("header", "hint"),
    [
        ("Path,region", "rename 'Path'"),
        ("paths,region", "rename 'paths'"),
        ("file,region", "the first line must name the columns"),
        ("films/Doe^Jane.png,knee", "the first line must name the columns"),
    ],
)
def test_a_file_without_a_path_column_is_refused_with_what_to_do(header: str, hint: str) -> None:
    message = refused(f"{header}\na.png,knee\n")
    assert "manifest.csv, line 1: there is no column 'path'" in message
    assert hint in message
    assert "Doe" not in message  # without a header the first line may be a patient's


@pytest.mark.parametrize(("delimiter", "word"), [(";", "semicolons"), ("\t", "tabs")])
def test_other_separators_are_refused_with_what_to_do(delimiter: str, word: str) -> None:
    message = refused(f"patient{delimiter}path{delimiter}age\nP1{delimiter}a.png{delimiter}1,5\n")
    assert f"separated by {word}" in message
    assert "comma delimited" in message


def test_a_column_twice_is_refused_by_name() -> None:
    assert "more than one column is called 'region'" in refused("path,region, region\na.png,knee,hand\n")


def test_a_quote_that_is_never_closed_is_refused_with_the_line_that_opens_it() -> None:
    rows = "".join(f"film{i}.png,x\n" for i in range(9))
    assert "manifest.csv, line 3: a double quote is opened" in refused(
        f'path,note\na.png,x\nb.png,"x\n{rows}'
    )
    assert "manifest.csv, line 2: a double quote is opened" in refused(f'path,note\na.png,"{"x" * 200_000}\n')
    assert "manifest.csv, line 1: a double quote is opened" in refused('"path,note\na.png,x\n')


def test_a_header_with_text_after_a_closing_quote_is_refused() -> None:
    assert "the double quotes of the header do not match" in refused('"path"x,note\na.png,x\n')


# Telling a manifest from other tables


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("path\n", True),
        ("\ufeffpatient, path ,x\n", True),
        ('"path","x"\n', True),
        ("\n\npath,x\n", True),
        ("path;x\n", True),
        ("x\tpath\n", True),
        ("Path,x\n", False),
        ("file,x\npath,y\n", False),
        ("", False),
        (b"\x89PNG\0\0path", False),
        ("path,x\n".encode("utf-16"), True),
    ],
)
def test_a_manifest_is_a_csv_whose_header_has_a_path(content: bytes | str, expected: bool) -> None:
    with file_of(content) as path:
        assert looks_like_manifest(path) is expected
    with file_of(content, "TABLE.CSV") as path:
        assert looks_like_manifest(path) is expected
    with file_of(content, "manifest.txt") as path:
        assert not looks_like_manifest(path)


def test_what_is_no_file_is_no_manifest(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    assert not looks_like_manifest(tmp_path / "folder.csv")
    assert not looks_like_manifest(tmp_path / "none.csv")


# Anything at all

cells = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@settings(deadline=None, derandomize=True)
@given(
    st.binary(max_size=200) | st.lists(st.sampled_from([b"path", b",", b"\n", b'"', b"x0", b";", b"\xff"]))
)
def test_any_bytes_are_rows_or_a_usage_error(content: bytes | list[bytes]) -> None:
    with file_of(b"".join(content) if isinstance(content, list) else content) as path:
        looks_like_manifest(path)
        with suppress(UsageError):
            assert all(row.line >= 2 for row in read_manifest(path).rows)


@settings(deadline=None, derandomize=True)
@given(st.lists(st.dictionaries(st.sampled_from([*columns(), "mine"]), cells.filter(str.strip), min_size=1)))
def test_no_row_disappears_and_every_problem_says_its_row(rows: list[dict[str, str]]) -> None:
    with file_of("") as path:
        header = ["mine", *columns()]
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, header)
            writer.writeheader()
            writer.writerows(rows)
        if b"\0" in path.read_bytes():
            return
        found = read_manifest(path).rows
    assert [row.name for row in found] == [row.get("path", "").strip() for row in rows]
    for row in found:
        place = rf"manifest\.csv, line {row.line}, column ({'|'.join(map(re.escape, header))})"
        assert all(re.fullmatch(place, problem.field) and problem.message for problem in row.problems)


def test_the_picture_of_a_row_need_not_exist_to_be_listed() -> None:
    (row,) = manifest("path\nnowhere/at/all.png\n").rows
    assert row.usable
    assert not os.path.exists(row.path)
