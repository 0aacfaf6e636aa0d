"""Files of the same bytes are found, and few bytes are read to find them."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcalc.errors import RejectedError
from mlcalc.intake.archive import entries
from mlcalc.intake.disk import open_file
from mlcalc.intake.duplicates import mark_duplicates
from mlcalc.intake.sources import Source

from .zips import write_zip


def write(folder: Path, files: Mapping[str, bytes]) -> list[Source]:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return [Source(name, folder / name) for name in files]


def marked(folder: Path, files: Mapping[str, bytes]) -> dict[str, str | None]:
    return {source.path: source.duplicate_of for source in mark_duplicates(write(folder, files))}


def test_each_copy_names_the_first_file_of_its_bytes(tmp_path: Path) -> None:
    files = {"c": b"one", "a": b"two", "b": b"one", "d": b"one", "e": b"two"}
    assert marked(tmp_path, files) == {"c": None, "a": None, "b": "c", "d": "c", "e": "a"}


def test_files_that_differ_in_their_last_byte_are_no_copies(tmp_path: Path) -> None:
    long = bytes(3_000_000)
    assert marked(tmp_path, {"a": long + b"1", "b": long + b"2", "c": long + b"1"}) == {
        "a": None,
        "b": None,
        "c": "a",
    }


def test_empty_files_are_nobodys_copy(tmp_path: Path) -> None:
    assert marked(tmp_path, {"a": b"", "b": b""}) == {"a": None, "b": None}


def test_a_file_in_a_zip_may_be_a_copy_of_one_on_disk(tmp_path: Path) -> None:
    [plain] = write(tmp_path, {"a": b"one"})
    file = write_zip(tmp_path / "a.zip", {"1": b"one", "2": b"two"})
    zipped = [Source(f"a.zip!/{entry.name}", file, entry) for entry in entries(file)]
    assert [source.duplicate_of for source in mark_duplicates([plain, *zipped])] == [None, "a", None]


def test_files_that_cannot_be_read_are_nobodys_copy(tmp_path: Path) -> None:
    one, two = write(tmp_path, {"a": b"one", "b": b"one"})
    refused = Source("b", two.file, problem=RejectedError("unsafe"))
    gone = Source("c", tmp_path / "c")
    assert [source.duplicate_of for source in mark_duplicates([one, refused, gone])] == [None, None, None]


def test_files_too_large_to_be_read_are_not_compared(tmp_path: Path) -> None:
    found = mark_duplicates(write(tmp_path, {"a": bytes(11), "b": bytes(11)}), max_bytes=10)
    assert [source.duplicate_of for source in found] == [None, None]


def test_only_what_may_be_equal_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def spy(file: Path, limit: int | None = None) -> object:
        opened.append(file.name)
        return open_file(file, limit)

    monkeypatch.setattr("mlcalc.intake.sources.open_file", spy)
    tail = bytes(1_000_000)
    marked(tmp_path, {"alone": b"12345", "x": b"1" + tail, "y": b"2" + tail, "p": b"123", "q": b"123"})
    assert sorted(opened) == ["p", "p", "q", "q", "x", "y"]  # x and y: their beginnings only


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=2), max_size=8))
def test_a_file_is_a_copy_just_if_an_earlier_one_has_its_bytes(contents: list[bytes]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = marked(Path(folder), {str(i): data for i, data in enumerate(contents)})
    firsts = {data: str(i) for i, data in reversed(list(enumerate(contents)))}
    assert found == {
        str(i): None if firsts[data] == str(i) else firsts[data] for i, data in enumerate(contents)
    }
