"""Patterns and lists mean the files that a person would expect, and say so where there are none."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcalc.errors import UsageError
from mlcalc.intake.listing import is_there, matches, nothing_at, read_list

from .indexes import write_files

# Patterns


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.dcm", ["1.dcm", "2.dcm"]),
        ("?.dcm", ["1.dcm", "2.dcm"]),
        ("[2-9].dcm", ["2.dcm"]),
        ("a*", ["a", "ab"]),
        ("*/*.dcm", ["a/3.dcm", "ab/4.dcm"]),
        ("a/**", ["a/3.dcm", "a/x", "a/x/5.dcm"]),
        ("**/*.dcm", ["1.dcm", "2.dcm", "a/3.dcm", "a/x/5.dcm", "ab/4.dcm"]),
        ("**/x/*", ["a/x/5.dcm"]),
        ("**/**/5*", ["a/x/5.dcm"]),
        ("./a/../[1]*", ["a/../1.dcm"]),
        (".*", [".git", ".hidden.dcm"]),
        ("*.png", []),
        ("1.dcm/*", []),
        ("nowhere/*", []),
    ],
)
def test_a_pattern_means_what_a_shell_would_make_of_it(folder: Path, pattern: str, found: list[str]) -> None:
    write_files(folder, "2.dcm", "1.dcm", "a/3.dcm", "ab/4.dcm", "a/x/5.dcm", ".hidden.dcm", ".git/6.dcm")
    assert [str(path) for path in matches(pattern)] == found


def test_an_absolute_pattern_gives_absolute_paths(tmp_path: Path) -> None:
    write_files(tmp_path, "a/1.dcm")
    assert matches(f"{tmp_path}/*/1*") == [tmp_path / "a" / "1.dcm"]


def test_brackets_in_a_name_that_is_there_are_part_of_it(folder: Path) -> None:
    write_files(folder, "scan[1]/a.dcm", "scan1/b.dcm")
    assert matches("scan[1]/*") == [Path("scan[1]/a.dcm")]
    assert matches("scan[1]*/b.dcm") == [Path("scan1/b.dcm")]


def test_links_in_circles_end(folder: Path) -> None:
    write_files(folder, "a/1.dcm")
    for name in ("one", "two"):
        (folder / "a" / name).symlink_to("..")
    found = matches("**/1.dcm")
    assert {path.resolve() for path in found} == {folder / "a" / "1.dcm"}


# Lists


def test_paths_on_a_list_are_found_from_its_folder_and_come_with_their_lines(tmp_path: Path) -> None:
    file = tmp_path / "lists" / "files.txt"
    file.parent.mkdir()
    file.write_bytes(b"\xef\xbb\xbfone.dcm\r\n\r\n# a comment\r\n  ../two three.dcm  \r\n/abs/4.dcm")
    folder = tmp_path / "lists"
    assert read_list(file) == [(1, f"{folder}/one.dcm"), (4, f"{folder}/../two three.dcm"), (5, "/abs/4.dcm")]


def test_a_list_in_utf_16_as_some_shells_write_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "files.txt"
    file.write_text("Füße.dcm\n", encoding="utf-16")
    assert read_list(file) == [(1, str(tmp_path / "Füße.dcm"))]


def test_names_that_are_no_utf_8_keep_their_bytes(tmp_path: Path) -> None:
    (tmp_path / "files.txt").write_bytes(b"knee\xff.dcm\n")
    [(_, path)] = read_list(tmp_path / "files.txt")
    write_files(tmp_path, "knee\udcff.dcm")
    assert Path(path).is_file()


def test_backslashes_on_a_list_are_slashes_where_that_is_a_file(tmp_path: Path) -> None:
    write_files(tmp_path, "films/knee.dcm")
    (tmp_path / "files.txt").write_text("films\\knee.dcm\n")
    assert read_list(tmp_path / "files.txt") == [(1, str(tmp_path / "films" / "knee.dcm"))]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "no paths on the list"),
        (b"# only\n\n", "no paths on the list"),
        (b"DICM\0\0", "not a text file"),
    ],
)
def test_a_list_that_names_nothing_is_an_error(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "files.txt").write_bytes(content)
    with pytest.raises(UsageError, match=reason):
        read_list(tmp_path / "files.txt")


def test_a_folder_is_no_list(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a directory"):
        read_list(tmp_path)


# Nothing there


def test_what_is_there_is_there_even_where_it_means_nothing(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    assert is_there(tmp_path / "link")
    assert is_there(tmp_path)
    for nothing in (tmp_path / "gone", tmp_path / "link" / "x", "", "a\0b"):
        assert not is_there(nothing)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("exprots", "no such file or folder: 'exprots'; did you mean 'exports'?"),
        ("exprots/knee.dcm", "no such file or folder: 'exprots/knee.dcm'; did you mean 'exports'?"),
        ("exports/Knee-1.DCM", "did you mean 'exports/knee 1.dcm'?"),
        ("exprots/*.dcm", "no file matches 'exprots/*.dcm'; did you mean 'exports'?"),
        ("exports/*.png", "no file matches 'exports/*.png'"),
        ("exports/knee 1.dcm/x", "did you mean 'exports/knee 1.dcm'?"),
        ("", "no such file or folder: ''"),
        ("quite/other", "no such file or folder: 'quite/other'"),
    ],
)
def test_the_nearest_name_in_the_last_folder_that_is_there_is_offered(
    folder: Path, path: str, text: str
) -> None:
    write_files(folder, "exports/knee 1.dcm")
    assert str(nothing_at(path)).endswith(text)
