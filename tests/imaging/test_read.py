"""Any file becomes a picture, or is rejected or failed with a reason that a user understands."""

from __future__ import annotations

import errno
import gzip
import os
import struct
import threading
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
from PIL import Image, ImageFile
from pydicom import uid
from pydicom.dataset import Dataset

from mlcalc.errors import FailedError, FileError, RejectedError
from mlcalc.imaging.dicom.tags import quiet
from mlcalc.imaging.limits import MEGABYTE, ReadOptions
from mlcalc.imaging.pillow import unbounded
from mlcalc.imaging.read import FileLike, count_frames, read_radiograph

from .dicom_files import dataset, probe, words, write
from .picture_files import PNG_START, chunk, coloured, of_255, picture, png, ramp, read, speckled
from .reference import Chain, Layout

NAME = "Zyxwvut^Planted"
EIGHT = Layout(8, 8)
PICTURES = {
    "PNG": picture(ramp(), "PNG"),
    "TIFF": picture(ramp(), "TIFF"),
    "JPEG": picture(ramp(40, 60), "JPEG"),
    "BMP": picture(ramp(), "BMP"),
    "WebP": picture(ramp(), "WEBP"),
}


def header(**facts: str) -> Dataset:
    ds = dataset(words(probe(EIGHT, 40, 60), EIGHT), Chain(EIGHT))
    for keyword, value in {"PatientName": NAME, "PatientID": NAME, **facts}.items():
        setattr(ds, keyword, value)
    return ds


def dicom(**facts: str) -> bytes:
    return write(header(**facts))


def problem(source: bytes | Path, error: type[FileError], **options: Any) -> FileError:
    """The error of a file, whose words hold nothing of a header."""
    with pytest.raises(error) as caught:
        read_radiograph(source, options=ReadOptions(**options))
    told = str(caught.value)
    assert caught.value.reason[0].islower() or caught.value.reason.startswith("DICOM")
    assert NAME[:5].lower() not in told.lower()
    assert "\n" not in told
    return caught.value


# A file is what it holds and not what it is called


@pytest.mark.parametrize("suffix", [".dcm", ".png", ".jpg", ".txt", ""])
@pytest.mark.parametrize("format", [*PICTURES, "DICOM"])
def test_names_do_not_matter(tmp_path: Path, format: str, suffix: str) -> None:
    path = tmp_path / f"file{suffix}"
    path.write_bytes(PICTURES.get(format) or dicom())
    assert read_radiograph(path).encoding.format == format


def test_a_path_a_text_an_open_file_and_bytes_are_read_alike(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(PICTURES["PNG"])
    with path.open("rb") as file:
        file.seek(7)
        sources: list[FileLike] = [path, str(path), PICTURES["PNG"], BytesIO(PICTURES["PNG"]), file]
        for source in sources:
            assert np.array_equal(read_radiograph(source).pixels, of_255(ramp()))
            assert count_frames(source) == 1
        assert not file.closed


@pytest.mark.parametrize("format", [*PICTURES, "DICOM"])
def test_no_file_stays_open(tmp_path: Path, format: str) -> None:
    """Warnings are errors here, and an open file left behind would warn."""
    path = tmp_path / "a"
    path.write_bytes(PICTURES.get(format) or dicom())
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else None
    for _ in range(3):
        read_radiograph(path)
    if before is not None:
        assert len(os.listdir("/proc/self/fd")) == before


# Nothing for mlcalc


def zipped() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.dcm", dicom())
    return file.getvalue()


NO_PICTURES = {
    "GIF": picture(ramp(), "GIF"),
    "PDF": b"%PDF-1.7\n1 0 obj\n" + NAME.encode(),
    "zip archive": zipped(),
    "gzip archive": gzip.compress(dicom()),
    "JPEG 2000 outside DICOM": picture(ramp(40, 60), "JPEG2000"),
    "XML or HTML": f"<!DOCTYPE html><title>{NAME}</title>".encode(),
    "text": f"{NAME}, born in March".encode(),
    "NIfTI": struct.pack("<l", 348) + bytes(400),
    "unknown data": np.random.default_rng(0).bytes(4000),
}


@pytest.mark.parametrize("suffix", [".dcm", ".png"])
@pytest.mark.parametrize("name", NO_PICTURES)
def test_what_is_no_picture_is_rejected_by_what_it_is(tmp_path: Path, name: str, suffix: str) -> None:
    path = tmp_path / f"file{suffix}"
    path.write_bytes(NO_PICTURES[name])
    error = problem(path, RejectedError)
    assert error.reason == f"not an image that mlcalc reads: {name}"
    assert error.hint.startswith("it reads DICOM, PNG")


@pytest.mark.parametrize(("modality", "word"), [("CT", "computed tomography"), ("MR", "magnetic resonance")])
def test_what_is_no_radiograph_is_rejected_by_its_modality(modality: str, word: str) -> None:
    reason = problem(dicom(Modality=modality), RejectedError).reason
    assert reason.startswith("not a radiograph")
    assert modality in reason
    assert word in reason.lower()


@pytest.mark.parametrize("syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian])
def test_a_data_set_without_meta_header_is_rejected_with_a_way_out(syntax: str) -> None:
    data = write(header(), syntax)
    bare = data[144 + struct.unpack("<L", data[140:144])[0] :]
    error = problem(bare, RejectedError)
    assert error.reason == "no DICOM file meta header"
    assert "dcmconv" in error.hint


def test_a_kind_of_tiff_that_cannot_be_read_is_rejected_with_a_way_out() -> None:
    data = picture(ramp(), "TIFF", tiffinfo={259: 1, 284: 1, 339: 3})  # 8-bit floating point
    error = problem(data, RejectedError)
    assert error.reason == "unsupported kind of TIFF"
    assert "8 or 16 bits" in error.hint


def test_a_jpeg_of_12_bits_is_rejected_and_not_called_corrupt() -> None:
    data = bytearray(PICTURES["JPEG"])
    data[data.index(b"\xff\xc0") + 4] = 12
    assert problem(bytes(data), RejectedError).reason == "unsupported kind of JPEG"


def test_colours_that_cannot_be_turned_into_grey_are_rejected() -> None:
    data = picture(Image.fromarray(coloured()).convert("LAB"), "TIFF")
    assert problem(data, RejectedError).reason == "unsupported kind of colour: LAB"


# What cannot be opened


def test_an_empty_file_failed() -> None:
    assert problem(b"", FailedError).reason == "empty file"


def test_a_missing_file_failed(tmp_path: Path) -> None:
    assert problem(tmp_path / "nowhere", FailedError).reason == "cannot be opened: No such file or directory"


def test_a_folder_failed(tmp_path: Path) -> None:
    assert problem(tmp_path, FailedError).reason == "not a file: a folder, a device, a pipe or a socket"


def test_a_file_without_leave_to_read_it_failed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> NoReturn:
        raise PermissionError(errno.EACCES, "Permission denied", NAME)

    monkeypatch.setattr(Path, "open", refuse)
    assert problem(tmp_path / "a", FailedError).reason == "cannot be opened: Permission denied"


# Too large: said before anything is decoded


def claims(format: str, columns: int, rows: int) -> bytes:
    """A small file whose header promises so many pixels."""
    data = bytearray(PICTURES[format])
    at = {"PNG": 16, "BMP": 18, "JPEG": data.find(b"\xff\xc0") + 5}.get(format, 0)
    if format == "PNG":
        return png(columns, rows, 8, b"\0")
    if format == "BMP":
        data[at : at + 8] = struct.pack("<ll", columns, rows)
    if format == "JPEG":
        data[at : at + 4] = struct.pack(">HH", rows, columns)
    return bytes(data)


@pytest.mark.parametrize(
    ("format", "columns", "rows"),
    [
        ("PNG", 100_000, 100_000),
        ("PNG", 2**31 - 1, 2**31 - 1),
        ("JPEG", 65_535, 65_535),
        ("BMP", 60_000, 50_000),
    ],
)
def test_a_header_that_promises_too_much_is_rejected_at_once(format: str, columns: int, rows: int) -> None:
    error = problem(claims(format, columns, rows), RejectedError)
    assert error.reason == f"too large: {columns} x {rows} pixels, 100,000,000 are allowed"
    assert error.hint == "see --max-pixels"


@pytest.mark.parametrize("kind", [b"VP8X", b"VP8L", b"VP8 "])
def test_a_webp_that_promises_too_much_is_rejected_before_pillow_takes_memory_for_it(kind: bytes) -> None:
    sides = {
        b"VP8X": bytes(4) + b"\xff\xff\xff\xff\xff\xff",
        b"VP8L": b"\x2f" + struct.pack("<L", 0x3FFF | 0x3FFF << 14) + bytes(5),
        b"VP8 ": bytes(3) + b"\x9d\x01\x2a" + struct.pack("<HH", 0x3FFF, 0x3FFF),
    }[kind]
    body = b"WEBP" + kind + struct.pack("<L", len(sides)) + sides
    error = problem(b"RIFF" + struct.pack("<L", len(body)) + body, RejectedError)
    assert error.reason.startswith("too large: 16")


@pytest.mark.parametrize(("rows", "columns"), [(65535, 65535), (20000, 20000)])
def test_a_dicom_header_that_promises_too_much_is_rejected(rows: int, columns: int) -> None:
    ds = header()
    ds.Rows, ds.Columns = rows, columns
    assert f"too large: {columns} x {rows} pixels" in problem(write(ds), RejectedError).reason


@pytest.mark.parametrize("format", PICTURES)
def test_the_users_limit_is_exact(format: str) -> None:
    count = read(PICTURES[format]).pixels.size
    assert read(PICTURES[format], max_pixels=count).pixels.size == count
    assert "too large" in problem(PICTURES[format], RejectedError, max_pixels=count - 1).reason


@pytest.mark.parametrize("format", PICTURES)
def test_a_users_limit_above_pillows_own_is_the_users(format: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow by itself warns above `MAX_IMAGE_PIXELS` (89 million) and refuses twice as much."""
    expected = read(PICTURES[format]).pixels
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert np.array_equal(read(PICTURES[format]).pixels, expected)
    assert Image.MAX_IMAGE_PIXELS == 10


def test_a_file_larger_than_allowed_is_rejected_unread() -> None:
    data = PICTURES["PNG"]
    assert read(data, max_bytes=len(data))
    error = problem(data, RejectedError, max_bytes=len(data) - 1)
    assert error.reason == f"too large: {len(data)} bytes, {len(data) - 1} are allowed"
    assert error.hint == "see --max-megabytes"


def test_the_default_limits_are_those_of_the_command_line() -> None:
    assert ReadOptions().max_pixels == 100_000_000
    assert ReadOptions().max_bytes == 2000 * MEGABYTE


def test_a_deflated_dicom_file_may_not_unpack_beyond_the_limit() -> None:
    ds = header()
    ds.add_new(0x00090010, "LO", "MADE UP")
    ds.add_new(0x00091001, "OB", bytes(3 * 10**6))
    data = write(ds, uid.DeflatedExplicitVRLittleEndian)
    assert len(data) < 20_000
    assert "unpacks to more than 1,000,000 bytes" in problem(data, RejectedError, max_bytes=10**6).reason
    assert read(data, max_bytes=10**7)


@pytest.mark.parametrize("name", [b"zTXt", b"iCCP"])
def test_compressed_text_in_a_png_does_not_unpack_without_bound(name: bytes) -> None:
    bomb = chunk(name, b"a\0\0" + zlib.compress(bytes(200 * 10**6), 9))
    start, rest = PICTURES["PNG"][:33], PICTURES["PNG"][33:]
    data = start + bomb + rest
    assert len(data) < 10**6
    assert problem(data, FailedError).reason.startswith("corrupt")


# Quietly, and one thread beside another


def test_pillows_half_pictures_are_left_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    problem(PICTURES["JPEG"][:-100], FailedError)
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    problem(PICTURES["PNG"][:-40], FailedError)


@pytest.mark.parametrize("damage", [b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + NAME.encode() * 9])
def test_what_pillow_says_of_a_file_is_not_printed(
    damage: bytes, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    files = [picture(ramp(40, 60), "JPEG", exif=damage), picture(ramp(), "TIFF", tiffinfo={270: NAME})]
    caplog.clear()
    with caplog.at_level("DEBUG"):
        for data in files:
            read(data)
    assert caplog.text == ""
    assert capfd.readouterr() == ("", "")


def test_threads_do_not_disturb_one_another() -> None:
    """Pillow's limit and Python's warning filters are one for all threads."""
    before = Image.MAX_IMAGE_PIXELS
    sources = [*PICTURES.values(), dicom()]
    expected = [read_radiograph(source).pixels for source in sources]
    wrong: list[str] = []

    def work() -> None:
        for source, pixels in zip(sources * 3, expected * 3, strict=True):
            if not np.array_equal(read_radiograph(source).pixels, pixels):
                wrong.append("another picture")

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert before == Image.MAX_IMAGE_PIXELS


def test_pillow_and_pydicom_are_silenced_by_one_thread_at_a_time() -> None:
    """Else the one that leaves last would put back what the other had set: warnings off for ever."""
    entered = threading.Event()

    def enter() -> None:
        with quiet():
            entered.set()

    thread = threading.Thread(target=enter)
    with unbounded():
        thread.start()
        assert not entered.wait(0.05)
    assert entered.wait(60)
    thread.join()


def test_an_error_leaves_pillows_limit_as_it_was() -> None:
    before = Image.MAX_IMAGE_PIXELS
    problem(PICTURES["PNG"][:60], FailedError)
    assert before == Image.MAX_IMAGE_PIXELS


@pytest.mark.parametrize("count", [count_frames, read_radiograph])
def test_counting_fails_as_reading_does(count: Callable[[bytes], object]) -> None:
    with pytest.raises(RejectedError, match="not an image"):
        count(b"just text")
    with pytest.raises(FailedError, match="empty file"):
        count(b"")


def test_a_picture_of_noise_and_colours_has_no_hidden_dependence_on_its_format() -> None:
    for source in (speckled(), coloured()):
        found = [read(picture(source, format)).pixels for format in ("PNG", "TIFF", "BMP")]
        assert np.array_equal(found[0], found[1])
        assert np.array_equal(found[0], found[2])


def test_a_png_start_alone_is_a_broken_png() -> None:
    assert "PNG" in problem(PNG_START + bytes(20), FailedError).reason
