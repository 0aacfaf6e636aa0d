"""A source is read within its limit, whether it lies on disk or in a zip, and travels between processes."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcalc.errors import FailedError, RejectedError
from mlcalc.intake.archive import entries
from mlcalc.intake.disk import head, in_words, printable
from mlcalc.intake.sources import Source

from .zips import write_zip

DATA = bytes(range(256)) * 20


def on_disk(folder: Path, data: bytes = DATA) -> Source:
    file = folder / "1.dcm"
    file.write_bytes(data)
    return Source("1.dcm", file)


def in_zip(folder: Path, data: bytes = DATA) -> Source:
    file = write_zip(folder / "a.zip", {"knee/1.dcm": data})
    return Source("a.zip!/knee/1.dcm", file, entries(file)[0])


Make = Callable[..., Source]
BOTH = pytest.mark.parametrize("make", [on_disk, in_zip])


@BOTH
def test_a_source_is_read_whole_in_chunks_or_as_a_file(tmp_path: Path, make: Make) -> None:
    source = make(tmp_path)
    assert source.read_bytes() == DATA
    assert b"".join(source.chunks(1000)) == DATA
    with source.open() as file:
        assert file.read(10) == DATA[:10]
        assert file.seek(5000) == 5000
        assert file.read() == DATA[5000:]


@BOTH
def test_a_source_within_the_limit_is_read_and_one_above_it_is_rejected(tmp_path: Path, make: Make) -> None:
    source = make(tmp_path)
    assert source.read_bytes(len(DATA)) == DATA
    for read in (source.read_bytes, source.open):
        with pytest.raises(RejectedError, match="too large: 5,120 bytes, at most 5,119 bytes"):
            read(len(DATA) - 1)


@BOTH
def test_an_empty_file_is_read_as_such(tmp_path: Path, make: Make) -> None:
    assert make(tmp_path, b"").read_bytes() == b""


@BOTH
def test_a_file_that_is_gone_has_failed(tmp_path: Path, make: Make) -> None:
    source = make(tmp_path)
    source.file.unlink()
    for read in (source.read_bytes, source.open, lambda: list(source.chunks())):
        with pytest.raises(FailedError, match="no such file"):
            read()


@BOTH
def test_a_source_with_a_problem_is_never_read(tmp_path: Path, make: Make) -> None:
    whole = make(tmp_path)
    source = Source(whole.path, whole.file, whole.entry, problem=RejectedError("no image", "look closer"))
    for read in (source.read_bytes, source.open, lambda: list(source.chunks())):
        with pytest.raises(RejectedError, match="no image"):
            read()


@BOTH
def test_a_source_may_be_sent_to_another_process(tmp_path: Path, make: Make) -> None:
    source = make(tmp_path)
    assert pickle.loads(pickle.dumps(source)) == source
    bad = pickle.loads(pickle.dumps(Source("x", tmp_path, problem=RejectedError("no image", "look"))))
    assert (bad.problem.status, bad.problem.reason, bad.problem.hint) == ("rejected", "no image", "look")


def test_only_a_file_in_a_zip_has_a_name_there(tmp_path: Path) -> None:
    assert in_zip(tmp_path).member == "knee/1.dcm"
    assert on_disk(tmp_path).member is None


def test_a_folder_or_an_impossible_name_is_a_failed_file(tmp_path: Path) -> None:
    for file in (tmp_path, Path("a\0b"), tmp_path / ("n" * 300)):
        with pytest.raises(FailedError, match="cannot be read"):
            Source("x", file).read_bytes()


def test_a_file_without_the_right_to_read_it_is_a_failed_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    source = on_disk(tmp_path)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(FailedError, match="cannot be read: permission denied"):
        source.read_bytes()


def test_the_head_is_the_first_kibibyte(tmp_path: Path) -> None:
    assert head(on_disk(tmp_path).file) == DATA[:1024]
    assert head(on_disk(tmp_path, b"II").file) == b"II"


# Names


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("knee 1.dcm", "knee 1.dcm"),
        ("Füße/膝\N{NO-BREAK SPACE}1.dcm", "Füße/膝\N{NO-BREAK SPACE}1.dcm"),
        ("a\udcff.dcm", r"a\udcff.dcm"),
        ("a\nb\x1b[31m.dcm", r"a\nb\x1b[31m.dcm"),
        ("a\N{RIGHT-TO-LEFT OVERRIDE}mcd.exe", r"a\u202emcd.exe"),
        ("a\N{LINE SEPARATOR}b", r"a\u2028b"),
    ],
)
def test_only_what_a_terminal_or_json_cannot_hold_is_escaped(name: str, shown: str) -> None:
    assert printable(name) == shown


@given(st.binary(max_size=20))
def test_any_name_of_a_file_can_be_shown(name: bytes) -> None:
    shown = printable(os.fsdecode(name))
    assert "\n" not in shown.encode("utf-8").decode()


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (1536 * 1024, "1.5 MiB"), (2**31, "2.0 GiB")],
)
def test_sizes_are_said_in_the_largest_unit(size: int, words: str) -> None:
    assert in_words(size) == words
