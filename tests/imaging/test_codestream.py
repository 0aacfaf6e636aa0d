"""Compressed frames and fragments are looked at before a decoder is; deflated files unpack within bounds."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread, uid

from mlcalc.errors import FailedError, FileError, RejectedError
from mlcalc.imaging.dicom.codestream import StreamSize, check_stream, stream_size
from mlcalc.imaging.dicom.fragments import DELIMITER, ITEM, check_fragments
from mlcalc.imaging.dicom.inflate import plain
from mlcalc.imaging.read import read_radiograph

from .compressed import CODECS
from .dicom_files import dataset, probe, words, write
from .picture_files import coloured, picture, ramp
from .reference import Chain, Layout
from .streams import segment

EIGHT, SIXTEEN = Layout(8, 8), Layout(16, 16)
BOX_OF_1500 = struct.pack(">L4s", 1500, b"xml ") + bytes(1492)


def jp2() -> bytes:
    """A JP2 file whose codestream starts behind 1500 bytes of something else."""
    data = picture(ramp(40, 60), "JPEG2000")
    boxes = data.index(b"jp2c") - 4
    return data[:boxes] + BOX_OF_1500 + data[boxes:]


def jpeg_ls() -> bytes:
    codec = CODECS["jpeg-ls"]
    return codec.encode(probe(SIXTEEN, 40, 60), SIXTEEN)


GREY = {
    "jpeg": picture(ramp(40, 60), "JPEG"),
    "progressive": picture(ramp(40, 60), "JPEG", progressive=True),
    "lossless": CODECS["jpeg-lossless-sv1"].encode(probe(SIXTEEN, 40, 60), SIXTEEN),
    "jpeg-ls": jpeg_ls(),
    "j2k": picture(ramp(40, 60), "JPEG2000", no_jp2=True),
    "jp2": jp2(),
}
COLOUR = {
    "jpeg": picture(coloured(40, 60), "JPEG"),
    "j2k": picture(coloured(40, 60), "JPEG2000", no_jp2=True),
}


# What a stream says of its size


@pytest.mark.parametrize("name", GREY)
def test_the_size_stands_in_the_stream(name: str) -> None:
    assert stream_size(GREY[name]) == StreamSize(rows=40, columns=60, samples=1)


@pytest.mark.parametrize("name", COLOUR)
def test_so_do_the_samples_of_a_pixel(name: str) -> None:
    assert stream_size(COLOUR[name]) == StreamSize(rows=40, columns=60, samples=3)


def test_segments_and_fill_bytes_before_the_frame_header_are_passed_over() -> None:
    data = GREY["jpeg"]
    comment = segment(0xFE, b"\xff\xc0 is no frame header here" * 9)
    assert stream_size(data[:2] + b"\xff\xff" + comment + data[2:]) == StreamSize(40, 60, 1)


def test_a_huffman_table_is_no_frame_header() -> None:
    """0xC4, 0xC8 and 0xCC lie among the start-of-frame markers and are none (T.81 table B.1)."""
    data = GREY["jpeg"]
    for marker in (0xC4, 0xC8, 0xCC):
        assert stream_size(data[:2] + segment(marker, bytes(40)) + data[2:]) == StreamSize(40, 60, 1)


def test_the_size_of_jpeg_2000_is_the_far_corner_less_the_offset() -> None:
    siz = struct.pack(">HHLLLL", 47, 0, 100, 90, 30, 20) + bytes(16) + struct.pack(">H", 3)
    assert stream_size(b"\xff\x4f\xff\x51" + siz) == StreamSize(rows=70, columns=70, samples=3)


@pytest.mark.parametrize(
    "stream", [b"", b"\xff", b"\xff\xd8", b"\xff\xd8\xff\xd9", b"\xff\x4f\xff\x51", bytes(99)]
)
def test_what_is_no_such_stream_has_no_size(stream: bytes) -> None:
    assert stream_size(stream) is None


@settings(deadline=None)
@given(st.sampled_from(sorted(GREY)), st.data())
def test_no_damage_and_no_cut_raises(name: str, data: st.DataObject) -> None:
    stream = bytearray(GREY[name][: data.draw(st.integers(0, 700))])
    if stream:
        stream[data.draw(st.integers(0, len(stream) - 1))] = data.draw(st.integers(0, 255))
    stream_size(bytes(stream))


# What is wrong with a stream


@pytest.mark.parametrize("name", GREY)
def test_a_whole_stream_of_the_headers_size_passes(name: str) -> None:
    check_stream(GREY[name], 40, 60, 1)


@pytest.mark.parametrize("name", GREY)
def test_zeros_behind_the_end_pass(name: str) -> None:
    check_stream(GREY[name] + bytes(1), 40, 60, 1)
    check_stream(GREY[name] + bytes(5000), 40, 60, 1)


@pytest.mark.parametrize("name", GREY)
@pytest.mark.parametrize("missing", [1, 2, 100, 200])
def test_a_stream_without_end_is_truncated(name: str, missing: int) -> None:
    with pytest.raises(FailedError, match="truncated: the compressed picture has no end"):
        check_stream(GREY[name][:-missing], 40, 60, 1)


@pytest.mark.parametrize("name", GREY)
def test_another_size_than_the_headers_is_told_both_ways(name: str) -> None:
    with pytest.raises(FailedError, match="the compressed picture is 60 x 40, but the header says 40 x 60"):
        check_stream(GREY[name], 60, 40, 1)


@pytest.mark.parametrize("name", COLOUR)
def test_another_number_of_samples_is_told(name: str) -> None:
    with pytest.raises(FailedError, match="has 3 samples a pixel, the header says 1"):
        check_stream(COLOUR[name], 40, 60, 1)


def test_what_is_no_stream_is_told() -> None:
    with pytest.raises(FailedError, match="does not start as its transfer syntax says"):
        check_stream(b"not a stream at all", 40, 60, 1)


# Fragments (PS3.5 A.4)


def item(content: bytes) -> bytes:
    return ITEM + struct.pack("<L", len(content)) + content


WHOLE = item(b"") + item(b"abcd") + item(b"efghij") + DELIMITER + bytes(4)


@pytest.mark.parametrize("before", [0, 300])
def test_items_up_to_the_delimiter_pass(before: int) -> None:
    check_fragments(BytesIO(bytes(before) + WHOLE), before)
    check_fragments(BytesIO(bytes(before) + WHOLE + b"whatever follows"), before)


def test_a_missing_delimiter_costs_nothing() -> None:
    check_fragments(BytesIO(WHOLE[:-8]), 0)


@pytest.mark.parametrize("missing", range(9, 15))
def test_a_fragment_that_reaches_beyond_the_file_is_truncated(missing: int) -> None:
    with pytest.raises(FailedError, match=f"truncated: {missing - 8} bytes of compressed pixels are missing"):
        check_fragments(BytesIO(WHOLE[:-missing]), 0)


@pytest.mark.parametrize("data", [b"", ITEM, bytes(4)])
def test_nothing_at_all_is_truncated(data: bytes) -> None:
    with pytest.raises(FailedError, match="truncated: the pixel data is empty"):
        check_fragments(BytesIO(data), 0)


def test_what_is_not_cut_into_items_is_corrupt() -> None:
    with pytest.raises(FailedError, match="corrupt: the compressed pixel data is not cut into items"):
        check_fragments(BytesIO(item(b"abcd") + b"\xff\xd8\xff\xe0" + bytes(40)), 0)


def test_an_item_of_undefined_length_is_not_followed_to_nowhere() -> None:
    with pytest.raises(FailedError, match="truncated"):
        check_fragments(BytesIO(ITEM + b"\xff\xff\xff\xff" + bytes(40)), 0)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_pass_or_fail(data: bytes) -> None:
    with suppress(FailedError):
        check_fragments(BytesIO(data), 0)


# Deflated files (PS3.5 A.5)

MOST = 10**6
META_LENGTH = slice(140, 144)


def file_of(syntax: str) -> bytes:
    return write(dataset(words(probe(EIGHT, 40, 60), EIGHT), Chain(EIGHT)), syntax)


@cache
def deflated() -> bytes:
    return file_of(uid.DeflatedExplicitVRLittleEndian)


def data_set_at(data: bytes) -> int:
    return 144 + int.from_bytes(data[META_LENGTH], "little")


def content(file: object) -> bytes:
    assert isinstance(file, BytesIO)
    return file.getvalue()


@pytest.mark.parametrize("syntax", [uid.ImplicitVRLittleEndian, uid.ExplicitVRBigEndian])
def test_a_file_that_is_not_deflated_is_left_alone(syntax: str) -> None:
    file = BytesIO(file_of(syntax))
    assert plain(file, MOST) is file


def test_a_deflated_file_becomes_explicit_little_endian() -> None:
    unpacked = content(plain(BytesIO(deflated()), MOST))
    assert dcmread(BytesIO(unpacked)).file_meta.TransferSyntaxUID == uid.ExplicitVRLittleEndian
    start = data_set_at(deflated())
    assert unpacked[start:] == zlib.decompress(deflated()[start:], -zlib.MAX_WBITS)


def without_group_length(data: bytes) -> bytes:
    return data[:132] + data[144:]


def wrong_group_length(data: bytes) -> bytes:
    return data[:140] + struct.pack("<L", 4) + data[144:]


def implicit_meta(data: bytes) -> bytes:
    """The file meta information as some writers have it, against PS3.10 7.1: without VR."""
    name = str(uid.DeflatedExplicitVRLittleEndian).encode()
    return data[:132] + struct.pack("<HHL", 2, 0x10, len(name)) + name + data[data_set_at(data) :]


@pytest.mark.parametrize("bend", [without_group_length, wrong_group_length, implicit_meta])
def test_a_bent_meta_header_does_not_hide_that_the_file_is_deflated(bend: Callable[[bytes], bytes]) -> None:
    """pydicom reads such files, and would unpack them without a bound."""
    data = bend(deflated())
    assert b"\x28\x00\x10\x00" in content(plain(BytesIO(data), MOST))
    with pytest.raises(RejectedError, match="unpacks to more than 2,000 bytes"):
        plain(BytesIO(data), 2000)


def test_a_small_file_that_unpacks_beyond_the_bound_is_rejected_before_it_is_whole() -> None:
    start = data_set_at(deflated())
    engine = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    bomb = deflated()[:start] + engine.compress(bytes(50 * 10**6)) + engine.flush()
    assert len(bomb) < 10**5
    with pytest.raises(RejectedError, match="too large: unpacks to more than 1,000,000 bytes") as caught:
        plain(BytesIO(bomb), MOST)
    assert "max-megabytes" in caught.value.hint


def test_the_bound_itself_is_allowed() -> None:
    size = len(content(plain(BytesIO(deflated()), MOST)))
    assert len(content(plain(BytesIO(deflated()), size))) == size
    with pytest.raises(RejectedError):
        plain(BytesIO(deflated()), size - 1)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_deflated_data_without_end_is_truncated(share: float) -> None:
    data, start = deflated(), data_set_at(deflated())
    with pytest.raises(FailedError, match="truncated: the deflated data has no end"):
        plain(BytesIO(data[: start + round(share * (len(data) - start))]), MOST)


def test_what_is_not_deflated_though_it_should_be_is_corrupt() -> None:
    data = deflated()
    with pytest.raises(FailedError, match="corrupt: the deflated data cannot be unpacked"):
        plain(BytesIO(data[: data_set_at(data)] + b"\xff" * 400), MOST)


@settings(deadline=None)
@given(st.integers(0, 400), st.binary(min_size=1, max_size=6))
def test_a_damaged_meta_header_raises_nothing_else(at: int, damage: bytes) -> None:
    data = deflated()
    with suppress(FileError):
        plain(BytesIO(data[:at] + damage + data[at + len(damage) :]), MOST)


def test_a_deflated_file_reads_as_the_plain_one_does() -> None:
    found = read_radiograph(deflated())
    assert np.array_equal(found.pixels, read_radiograph(file_of(uid.ExplicitVRLittleEndian)).pixels)
    assert found.encoding.transfer_syntax == "Deflated Explicit VR Little Endian"
