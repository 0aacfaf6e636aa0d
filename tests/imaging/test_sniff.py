"""What a file is, told by its first bytes."""

from __future__ import annotations

import gzip
import struct
import zipfile
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import uid

from mlcalc.imaging.sniff import BARE_DICOM, HEAD, READABLE, sniff

from .dicom_files import dataset, words, write
from .picture_files import Tiff, picture, ramp
from .reference import Chain, Layout

EIGHT = Layout(8, 8)


def dicom(syntax: str = uid.ExplicitVRLittleEndian) -> bytes:
    return write(dataset(words(ramp().astype(np.int64), EIGHT), Chain(EIGHT)), syntax)


def behind_the_meta_header(data: bytes) -> bytes:
    """The data set alone, as some archives store it."""
    return data[144 + struct.unpack("<L", data[140:144])[0] :]


def zipped() -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("a.txt", "a")
    return file.getvalue()


FILES = {
    "PNG": picture(ramp(), "PNG"),
    "JPEG": picture(ramp(), "JPEG"),
    "BMP": picture(ramp(), "BMP"),
    "WebP": picture(ramp(), "WEBP"),
    "GIF": picture(ramp(), "GIF"),
    "JPEG 2000 outside DICOM": picture(ramp(), "JPEG2000"),
    "DICOM": dicom(),
    "PDF": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "zip archive": zipped(),
    "gzip archive": gzip.compress(b"a"),
    "archive": b"7z\xbc\xaf\x27\x1c\0\4",
    "NIfTI": struct.pack("<l", 348) + bytes(348),
    "HDF5": b"\x89HDF\r\n\x1a\n" + bytes(64),
    "HEIF or AVIF": struct.pack(">L", 24) + b"ftypheic" + bytes(12),
    "XML or HTML": b"<!DOCTYPE html>\n<html>",
    "text": "Knochen, Sehne, Bänder\n".encode(),
    "unknown data": bytes(range(128, 256)) * 4,
    "empty": b"",
}


@pytest.mark.parametrize("name", FILES)
def test_each_kind_of_file_is_told_by_its_beginning(name: str) -> None:
    assert sniff(FILES[name][:HEAD]) == name


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_tiff_of_either_byte_order(order: str) -> None:
    assert sniff(Tiff("<" if order == "<" else ">").file(ramp())) == "TIFF"


@pytest.mark.parametrize("start", [b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0"])
def test_a_tiff_for_more_than_4_gigabytes(start: bytes) -> None:
    assert sniff(start + bytes(64)) == "TIFF"


@pytest.mark.parametrize("size", [12, 40, 52, 56, 64, 108, 124])
def test_a_bmp_of_any_version(size: int) -> None:
    assert sniff(b"BM" + bytes(12) + struct.pack("<L", size) + bytes(64)) == "BMP"


def test_two_letters_make_no_bmp() -> None:
    assert sniff(b"BM is what this text starts with, and no picture.") == "text"


def test_a_bare_codestream_of_jpeg_2000() -> None:
    assert sniff(b"\xff\x4f\xff\x51" + bytes(60)) == "JPEG 2000 outside DICOM"


def test_big_endian_nifti() -> None:
    assert sniff(struct.pack(">l", 348) + bytes(344)) == "NIfTI"


@pytest.mark.parametrize("text", ["<?xml version='1.0'?>", "\n  <HTML>", "<!doctype html>", "\ufeff<svg>"])
def test_mark_up_in_any_dress(text: str) -> None:
    assert sniff(text.encode()) == "XML or HTML"


# DICOM: by its prefix, whatever the 128 bytes before it hold


@pytest.mark.parametrize("preamble", ["PNG", "JPEG", "PDF", "text", "zip archive"])
def test_the_prefix_counts_and_not_the_preamble(preamble: str) -> None:
    assert sniff(FILES[preamble][:128].ljust(128, b"\0") + dicom()[128:]) == "DICOM"


def test_a_dicom_file_may_be_a_tiff_too() -> None:
    """PS3.10 7.1: the preamble may hold the start of another format (dual personality)."""
    assert sniff(Tiff().file(ramp())[:128].ljust(128, b"\0") + dicom()[128:]) == "DICOM"


@pytest.mark.parametrize("syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian])
def test_a_data_set_without_meta_header_is_known_for_what_it_is(syntax: str) -> None:
    assert sniff(behind_the_meta_header(dicom(syntax))[:HEAD]) == BARE_DICOM


def test_a_meta_header_without_preamble_is_known_for_what_it_is() -> None:
    assert sniff(dicom()[128 : 128 + HEAD]) == BARE_DICOM
    assert sniff(dicom()[132 : 132 + HEAD]) == BARE_DICOM


@pytest.mark.parametrize("length", [1, 2, 8, 131])
def test_the_beginning_of_a_dicom_file_is_not_yet_one(length: int) -> None:
    assert sniff(dicom()[:length]) not in READABLE


# Text


def test_a_letter_cut_in_half_at_the_end_is_still_text() -> None:
    text = ("a" * (HEAD - 1) + "ä").encode()
    assert sniff(text[:HEAD]) == "text"


@settings(deadline=None)
@given(st.text(min_size=1, max_size=80))
def test_text_is_never_taken_for_a_picture(text: str) -> None:
    assert sniff(text.encode()) not in READABLE


@settings(deadline=None)
@given(st.binary(max_size=HEAD))
def test_any_bytes_get_a_name(head: bytes) -> None:
    assert sniff(head)
