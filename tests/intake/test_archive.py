"""Zips are looked into and never trusted: no entry leaves its folder, none grows without bound."""

from __future__ import annotations

import dataclasses
import io
import os
import stat
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcalc.errors import FailedError, FileError, RejectedError
from mlcalc.intake.archive import ArchiveLimits, Entry, entries, looks_like_zip
from mlcalc.intake.unpack import unpack

from .zips import Lie, lying_zip, write_zip

FILES = {"b/2.dcm": b"two", "b/10.dcm": b"ten" * 1000, "a.dcm": b"", "b.dcm": os.urandom(5000)}


def read(file: Path, entry: Entry) -> bytes:
    return b"".join(unpack(file, entry))


def problem(file: Path, limits: ArchiveLimits | None = None) -> FileError:
    """The problem of the only entry."""
    [entry] = entries(file, limits or ArchiveLimits())
    assert entry.problem is not None
    with pytest.raises(type(entry.problem)):
        read(file, entry)
    return entry.problem


# Sound zips


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2])
def test_every_entry_is_read_as_it_was_written(tmp_path: Path, method: int) -> None:
    file = write_zip(tmp_path / "a.zip", FILES, method)
    assert {entry.name: read(file, entry) for entry in entries(file)} == FILES


def test_entries_are_sorted_by_the_parts_of_their_names_not_as_the_zip_has_them(tmp_path: Path) -> None:
    file = write_zip(tmp_path / "a.zip", FILES)
    assert [entry.name for entry in entries(file)] == ["a.dcm", "b/10.dcm", "b/2.dcm", "b.dcm"]


def test_folders_are_no_entries(tmp_path: Path) -> None:
    file = write_zip(tmp_path / "a.zip", {"knee/": b"", "knee/1.dcm": b"1"})
    assert [entry.name for entry in entries(file)] == ["knee/1.dcm"]


def test_an_entry_comes_in_chunks_of_at_most_a_mebibyte(tmp_path: Path) -> None:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2):
        file = write_zip(tmp_path / f"{method}.zip", {"flat.dcm": bytes(5_000_000)}, method)
        chunks = list(unpack(file, entries(file)[0]))
        assert sum(map(len, chunks)) == 5_000_000
        assert max(map(len, chunks)) <= 1 << 20


def test_a_zip_may_stand_behind_other_bytes_and_before_a_comment(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as opened:
        opened.writestr("1.dcm", b"one")
        opened.comment = b"a comment" * 100
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04 something else" + buffer.getvalue())
    [entry] = entries(tmp_path / "a.zip")
    assert read(tmp_path / "a.zip", entry) == b"one"


def test_a_zip_written_as_a_stream_has_its_sizes_behind_the_data_and_is_read_all_the_same(
    tmp_path: Path,
) -> None:
    class Stream(io.RawIOBase):  # cannot seek
        def __init__(self) -> None:
            self.data = b""

        def writable(self) -> bool:
            return True

        def write(self, data: bytes) -> int:  # type: ignore[override]
            self.data += bytes(data)
            return len(data)

    stream = Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("1.dcm", b"one" * 100)
        opened.writestr("2.dcm", b"two" * 100)
    (tmp_path / "a.zip").write_bytes(stream.data)
    file = tmp_path / "a.zip"
    assert [read(file, entry) for entry in entries(file)] == [b"one" * 100, b"two" * 100]


def test_a_zip64_is_read(tmp_path: Path) -> None:
    with (
        zipfile.ZipFile(tmp_path / "a.zip", "w") as opened,
        opened.open("1.dcm", "w", force_zip64=True) as to,
    ):
        to.write(b"one")
    assert read(tmp_path / "a.zip", entries(tmp_path / "a.zip")[0]) == b"one"


def test_names_in_utf_8_are_understood_whether_or_not_the_zip_says_so(tmp_path: Path) -> None:
    name = "Füße/Röntgen.dcm"
    said = lying_zip(tmp_path / "said.zip", [Lie(name.encode(), flags=0x800)])
    unsaid = lying_zip(tmp_path / "unsaid.zip", [Lie(name.encode())])
    other = lying_zip(tmp_path / "other.zip", [Lie("Füße.dcm".encode("cp437"))])
    assert [entries(file)[0].name for file in (said, unsaid, other)] == [name, name, "Füße.dcm"]
    assert read(other, entries(other)[0]) == b"data"


def test_a_dicom_file_whose_preamble_begins_like_a_zip_is_none() -> None:
    assert looks_like_zip(b"PK\x03\x04" + bytes(200))
    assert looks_like_zip(b"PK\x05\x06" + bytes(18))
    assert not looks_like_zip(b"PK\x03\x04" + bytes(124) + b"DICM")
    assert not looks_like_zip(b"")


# Names that lead out


UNSAFE = [
    b"../evil.dcm",
    b"knee/../../evil.dcm",
    b"/etc/passwd",
    b"//server/share/x.dcm",
    b"\\\\server\\share\\x.dcm",
    b"..\\evil.dcm",
    b"knee\\..\\..\\evil.dcm",
    b"C:\\evil.dcm",
    b"c:evil.dcm",
    b"./C:/evil.dcm",
    b"good.dcm\0.txt",
    b"..",
    b".",
    b"",
]


@pytest.mark.parametrize("name", UNSAFE)
@pytest.mark.parametrize("flags", [0, 0x800])
def test_a_name_that_leads_out_of_the_zip_is_refused(tmp_path: Path, name: bytes, flags: int) -> None:
    found = problem(lying_zip(tmp_path / "a.zip", [Lie(name, flags=flags)]))
    assert isinstance(found, RejectedError)
    assert found.reason.startswith("unsafe zip entry: ")


def escapes(name: str) -> bool:
    """Whether a name could mean a file outside its folder on some system; by `pathlib` alone."""
    posix, windows = PurePosixPath(name), PureWindowsPath(name)
    absolute = posix.is_absolute() or windows.is_absolute() or bool(windows.drive or windows.root)
    return absolute or ".." in posix.parts or ".." in windows.parts or "\0" in name


PARTS = st.sampled_from(["..", ".", "", "/", "\\", "C:", "c:", "a", "\0", "…", "..a", "a..", "‥", " ", "~"])
NAMES = st.lists(PARTS, min_size=1, max_size=6).map("".join) | st.text(max_size=12)


@settings(deadline=None)
@given(st.lists(NAMES.filter(lambda name: not name.endswith(("/", "\\"))), max_size=6))
def test_no_entry_whose_name_could_escape_can_be_read(names: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stored = [name.encode("utf-8", "replace") for name in names]
        file = lying_zip(Path(folder, "a.zip"), [Lie(name, flags=0x800) for name in stored])
        listed = entries(file) if names else ()
        assert len(listed) == len(names)
        for entry in listed:
            if escapes(entry.stored_name.decode()):
                with pytest.raises(RejectedError, match="unsafe zip entry"):
                    read(file, entry)
            if entry.problem is None:
                assert not escapes(entry.name)
                assert read(file, entry) == b"data"


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR, stat.S_IFDIR])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    found = problem(lying_zip(tmp_path / "a.zip", [Lie(b"1.dcm", mode=kind | 0o644)]))
    assert found.reason.startswith("unsafe zip entry: ")


def test_a_plain_file_may_say_that_it_is_one(tmp_path: Path) -> None:
    [entry] = entries(lying_zip(tmp_path / "a.zip", [Lie(b"1.dcm", mode=stat.S_IFREG | 0o644)]))
    assert entry.problem is None


# What cannot be unpacked


@pytest.mark.parametrize(("flag"), [0x1, 0x41, 0x2001])
def test_an_encrypted_entry_is_rejected(tmp_path: Path, flag: int) -> None:
    found = problem(lying_zip(tmp_path / "a.zip", [Lie(b"1.dcm", flags=flag)]))
    assert (found.status, found.reason) == ("rejected", "encrypted zip entry")


@pytest.mark.parametrize("method", [9, 14, 93, 97])
def test_an_unsupported_compression_is_named(tmp_path: Path, method: int) -> None:
    found = problem(lying_zip(tmp_path / "a.zip", [Lie(b"1.dcm", method=method)]))
    assert (found.status, found.reason) == ("rejected", f"unsupported zip compression: method {method}")


@pytest.mark.parametrize("name", ["[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"])
def test_office_documents_and_programs_are_one_file_that_is_no_image(tmp_path: Path, name: str) -> None:
    with pytest.raises(RejectedError, match="not an image"):
        entries(write_zip(tmp_path / "a.docx", {name: b"", "word/media/knee.png": b"png"}))


def test_a_zip_without_files_is_rejected(tmp_path: Path) -> None:
    for files in ({}, {"knee/": b""}):
        with pytest.raises(RejectedError, match="a zip without files"):
            entries(write_zip(tmp_path / "a.zip", files))


# Damage


def test_a_zip_cut_short_has_no_table_of_contents(tmp_path: Path) -> None:
    file = write_zip(tmp_path / "a.zip", FILES)
    file.write_bytes(file.read_bytes()[:-30])
    with pytest.raises(FailedError, match="damaged zip"):
        entries(file)


def test_a_missing_zip_is_a_failed_file(tmp_path: Path) -> None:
    with pytest.raises(FailedError, match="no such file"):
        entries(tmp_path / "a.zip")


def test_changed_content_is_found_out_by_its_checksum(tmp_path: Path) -> None:
    file = write_zip(tmp_path / "a.zip", {"1.dcm": b"content"}, zipfile.ZIP_STORED)
    file.write_bytes(file.read_bytes().replace(b"content", b"cOntent"))
    with pytest.raises(FailedError, match="checksum"):
        read(file, entries(file)[0])


def test_a_local_header_of_another_name_is_found_out(tmp_path: Path) -> None:
    file = lying_zip(tmp_path / "a.zip", [Lie(b"1.dcm", local_name=b"2.dcm")])
    with pytest.raises(FailedError, match="not where"):
        read(file, entries(file)[0])


def test_an_entry_beyond_the_end_is_found_out_before_it_is_read(tmp_path: Path) -> None:
    for lie in (Lie(b"1.dcm", packed_size=10_000, size=10_000), Lie(b"1.dcm", offset=10_000)):
        assert problem(lying_zip(tmp_path / "a.zip", [lie])).status == "failed"


@settings(deadline=None)
@given(st.data())
def test_no_change_of_bytes_does_more_than_reject_or_fail(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = write_zip(Path(folder, "a.zip"), {"a/1.dcm": b"one" * 50, "2.dcm": b"two"})
        raw = bytearray(file.read_bytes())
        for _ in range(data.draw(st.integers(1, 4))):
            raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
        file.write_bytes(raw[: data.draw(st.integers(0, len(raw)))] if data.draw(st.booleans()) else raw)
        try:
            for entry in entries(file):
                assert read(file, entry) in (b"one" * 50, b"two")
        except FileError:
            pass


# Bounds


def small(**changes: int) -> ArchiveLimits:
    return dataclasses.replace(ArchiveLimits(), **changes)


def test_the_limits_are_those_of_the_documentation() -> None:
    assert dataclasses.asdict(ArchiveLimits()) == {
        "max_entries": 100_000,
        "max_total_bytes": 64 * 2**30,
        "max_entry_bytes": 2 * 2**30,
        "max_ratio": 1000,
        "ratio_from_bytes": 10_000_000,
    }


def test_a_zip_of_too_many_files_is_rejected_whole(tmp_path: Path) -> None:
    file = write_zip(tmp_path / "a.zip", {f"{i}.dcm": b"" for i in range(11)})
    assert len(entries(file, small(max_entries=11))) == 11
    with pytest.raises(RejectedError, match="more than 10 files"):
        entries(file, small(max_entries=10))


def test_a_table_of_contents_far_above_the_limit_is_not_even_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = write_zip(tmp_path / "a.zip", {f"{i}.dcm": b"" for i in range(5000)})
    monkeypatch.setattr(zipfile, "ZipInfo", None)  # would be built for each entry
    with pytest.raises(RejectedError, match="more than 10 files"):
        entries(file, small(max_entries=10))


def test_a_zip_that_unpacks_to_too_much_is_rejected_whole_with_the_numbers(tmp_path: Path) -> None:
    file = write_zip(tmp_path / "a.zip", {"1.dcm": bytes(2048), "2.dcm": bytes(2048)})
    with pytest.raises(RejectedError, match=r"too large: 4.0 KiB unpacked, at most 3.0 KiB"):
        entries(file, small(max_total_bytes=3072))


def test_an_entry_that_unpacks_to_too_much_is_rejected_and_the_others_are_not(tmp_path: Path) -> None:
    file = write_zip(tmp_path / "a.zip", {"1.dcm": bytes(2048), "2.dcm": bytes(10)})
    large, fine = entries(file, small(max_entry_bytes=1024))
    assert "too large: 2.0 KiB unpacked, at most 1.0 KiB" in str(large.problem)
    assert fine.problem is None


def test_an_entry_that_grows_a_thousand_times_is_rejected_unless_it_is_small(tmp_path: Path) -> None:
    file = write_zip(tmp_path / "a.zip", {"1.dcm": bytes(100_000)})
    assert entries(file, small(max_ratio=100))[0].problem is None
    found = problem(file, small(max_ratio=100, ratio_from_bytes=99_999))
    assert "too large: the zip entry grows" in found.reason
    assert "at most 100" in found.reason


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("claimed", [0, 10, 99_999])
def test_an_entry_never_gives_more_bytes_than_it_claims(tmp_path: Path, method: int, claimed: int) -> None:
    lie = Lie(b"1.dcm", bytes(100_000), size=claimed, method=method)
    file = lying_zip(tmp_path / "a.zip", [lie])
    given_out: list[int] = []
    with pytest.raises(FailedError, match="more bytes than the zip says"):
        given_out.extend(len(chunk) for chunk in unpack(file, entries(file)[0]))
    assert sum(given_out) <= claimed


def test_an_entry_with_fewer_bytes_than_it_claims_is_cut_short(tmp_path: Path) -> None:
    file = lying_zip(tmp_path / "a.zip", [Lie(b"1.dcm", b"four", size=5, method=zipfile.ZIP_DEFLATED)])
    with pytest.raises(FailedError, match="cut short"):
        read(file, entries(file)[0])


# Bytes that unpack twice


@pytest.mark.parametrize("offset", [0, 1, 40])
def test_entries_that_share_bytes_are_refused_and_others_are_not(tmp_path: Path, offset: int) -> None:
    kernel = Lie(b"1.dcm", bytes(100))
    file = lying_zip(tmp_path / "a.zip", [kernel, Lie(b"2.dcm", offset=offset), Lie(b"3.dcm")])
    problems = {entry.name: entry.problem for entry in entries(file)}
    assert "shares its bytes" in str(problems["1.dcm"])
    assert "shares its bytes" in str(problems["2.dcm"])
    assert problems["3.dcm"] is None


def overlapping(spans: Mapping[str, tuple[int, int]]) -> set[str]:
    return {
        one
        for one, (start, end) in spans.items()
        for other, (begin, stop) in spans.items()
        if one != other and start < stop and begin < end
    }


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 150)), min_size=1, max_size=8))
def test_an_entry_is_refused_just_if_it_shares_bytes_with_another(spans: list[tuple[int, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        lies = [Lie(b"%d" % i, b"", packed_size=p, size=p, offset=o) for i, (o, p) in enumerate(spans)]
        file = lying_zip(Path(folder, "a.zip"), [*lies, Lie(b"last", bytes(1000))])
        listed = [entry for entry in entries(file) if entry.name != "last"]
    expected = overlapping({entry.name: (entry.offset, entry.offset + 31 + entry.packed) for entry in listed})
    start = len(spans) * 31  # where "last" lies
    expected |= {entry.name for entry in listed if entry.offset + 31 + entry.packed > start}
    assert {entry.name for entry in listed if entry.problem} == expected


def test_an_extra_field_that_reaches_into_the_next_entry_is_found_out_when_reading(tmp_path: Path) -> None:
    file = lying_zip(tmp_path / "a.zip", [Lie(b"1.dcm"), Lie(b"2.dcm")])
    raw = bytearray(file.read_bytes())
    raw[28] = 20  # length of the extra field in the first local header
    file.write_bytes(raw)
    first, second = entries(file)
    with pytest.raises(RejectedError, match="shares its bytes"):
        read(file, first)
    assert read(file, second) == b"data"
