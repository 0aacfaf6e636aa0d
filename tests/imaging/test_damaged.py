"""A damaged file is never half a picture: it is the whole picture or an error with a reason."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image
from pydicom import uid

from mlcalc.errors import FailedError, FileError, RejectedError
from mlcalc.imaging.limits import ReadOptions
from mlcalc.imaging.raster import RasterFile
from mlcalc.imaging.read import read_radiograph
from mlcalc.imaging.sniff import sniff

from .compressed import CODECS, whole
from .dicom_files import dataset, encapsulated, probe, words, write
from .picture_files import PNG_START, Tiff, chunk, coloured, of_255, picture, png, read, speckled, unfiltered
from .reference import Chain, Layout

GREY, COLOUR, WIDE = speckled(), coloured(40, 60), speckled().astype(np.uint16) * 250
FORMATS = {"PNG", "TIFF", "JPEG", "BMP", "WebP", "DICOM"}


def file(source: NDArray[Any], format: str, **options: Any) -> Callable[[], bytes]:
    return lambda: picture(source, format, **options)


PICTURES: dict[str, Callable[[], bytes]] = {
    "png": file(GREY, "PNG"),
    "png-stored": file(GREY, "PNG", compress_level=0),
    "png-16": file(WIDE, "PNG"),
    "png-colour": file(COLOUR, "PNG"),
    "jpeg": file(GREY, "JPEG"),
    "jpeg-colour": file(COLOUR, "JPEG"),
    "jpeg-progressive": file(GREY, "JPEG", progressive=True),
    "bmp": file(COLOUR, "BMP"),
    "webp": file(COLOUR, "WEBP"),
    "webp-lossless": file(COLOUR, "WEBP", lossless=True),
    "tiff": file(GREY, "TIFF"),
    "tiff-16": file(WIDE, "TIFF"),
    "tiff-lzw": file(GREY, "TIFF", compression="tiff_lzw"),
    "tiff-deflate": file(WIDE, "TIFF", compression="tiff_adobe_deflate"),
    "tiff-packbits": file(GREY, "TIFF", compression="packbits"),
    "tiff-jpeg": file(COLOUR, "TIFF", compression="jpeg"),
    "tiff-by-hand": lambda: Tiff(">").file(WIDE),
}

TWELVE = Layout(16, 12)
SYNTAXES = {
    "implicit": uid.ImplicitVRLittleEndian,
    "explicit": uid.ExplicitVRLittleEndian,
    "big-endian": uid.ExplicitVRBigEndian,
    "deflated": uid.DeflatedExplicitVRLittleEndian,
}
STREAMS = ("rle", "jpeg-baseline", "jpeg-lossless-sv1", "jpeg-ls", "jpeg-2000-lossless", "htj2k-lossless")


def native(syntax: str) -> bytes:
    return write(dataset(words(probe(TWELVE, 20, 30), TWELVE), Chain(TWELVE, voi=whole(TWELVE))), syntax)


def compressed(name: str) -> bytes:
    codec = CODECS[name]
    layout = codec.layouts[-1]
    values = codec.picture(layout)
    ds = dataset(words(values, layout), Chain(layout, voi=whole(layout)))
    return write(encapsulated(ds, [codec.encode(values, layout)]), codec.syntax)


@cache
def sound(name: str) -> bytes:
    if name in PICTURES:
        return PICTURES[name]()
    return native(SYNTAXES[name]) if name in SYNTAXES else compressed(name)


ALL = (*PICTURES, *SYNTAXES, *STREAMS)


def outcome(data: bytes) -> NDArray[np.float32] | FileError:
    """A sound picture or a reason; nothing else may come of any bytes."""
    try:
        pixels = read_radiograph(data).pixels
    except FileError as error:
        return error
    assert pixels.dtype == np.float32
    assert pixels.size
    assert np.all((pixels >= 0) & (pixels <= 1))
    return pixels


@pytest.mark.parametrize("name", ALL)
def test_the_sound_files_are_read(name: str) -> None:
    assert isinstance(outcome(sound(name)), np.ndarray)


# Cut off


@pytest.mark.parametrize("name", ALL)
def test_a_file_that_is_cut_off_is_never_half_a_picture(name: str) -> None:
    data = sound(name)
    complete = read_radiograph(data).pixels
    lengths = {*range(1, len(data), max(1, len(data) // 60)), *range(max(1, len(data) - 40), len(data))}
    for length in lengths:
        found = outcome(data[:length])
        if isinstance(found, np.ndarray):  # what is missing is no pixel: an end mark, padding
            assert len(data) - length < 10, length
            assert np.array_equal(found, complete), length


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 0.9])
@pytest.mark.parametrize("name", ALL)
def test_a_file_without_its_last_part_failed(name: str, share: float) -> None:
    """Its beginning said what it was to be."""
    data = sound(name)
    found = outcome(data[: int(share * len(data))])
    if isinstance(found, RejectedError):  # where a DICOM header ends early, no pixels were promised yet
        assert name in (*SYNTAXES, *STREAMS)
        assert "no pixel data" in found.reason
        return
    assert isinstance(found, FailedError)


@pytest.mark.parametrize("name", PICTURES)
def test_a_second_try_does_not_bring_half_a_picture_either(name: str) -> None:
    """Pillow answers with what it has if it is asked again."""
    data = sound(name)
    cut = data[: len(data) - len(data) // 4]
    try:
        pictures = RasterFile(BytesIO(cut), sniff(cut), ReadOptions())
    except FailedError:
        return
    for _ in range(2):
        with pytest.raises(FailedError):
            pictures.radiograph(0)


# PNG: every byte of the pixels is under a check sum


@pytest.mark.parametrize("name", ["png", "png-stored", "png-16", "png-colour"])
def test_a_flipped_bit_among_the_pixels_of_a_png_is_found(name: str) -> None:
    data = sound(name)
    start, end = data.index(b"IDAT") + 4, data.index(b"IEND") - 8
    for at in range(start, end, max(1, (end - start) // 40)):
        broken = data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]
        with pytest.raises(FailedError, match="corrupt: a check sum in the PNG is wrong"):
            read(broken)


def test_a_png_without_its_end_is_truncated_though_no_pixel_is_missing() -> None:
    with pytest.raises(FailedError, match="truncated: the PNG has no end"):
        read(sound("png")[:-12])


def test_a_broken_comment_takes_nothing_from_the_pixels() -> None:
    comment = bytearray(chunk(b"tEXt", b"Comment\0made up"))
    comment[-1] ^= 1
    rows = unfiltered(GREY)
    data = png(GREY.shape[1], GREY.shape[0], 8, rows, after=bytes(comment))
    assert np.array_equal(read(data).pixels, of_255(GREY))


def test_a_broken_table_of_clear_values_does() -> None:
    table = bytearray(chunk(b"tRNS", b"\0\0"))
    table[-1] ^= 1
    with pytest.raises(FailedError):
        read(png(GREY.shape[1], GREY.shape[0], 8, unfiltered(GREY), before=bytes(table)))


def test_a_chunk_that_is_longer_than_the_file_is_no_end() -> None:
    with pytest.raises(FailedError, match="truncated"):
        read(sound("png")[:-12] + b"\x7f\xff\xff\xffIDAT" + bytes(40))


@pytest.mark.parametrize("bits", [1, 8, 16])
@pytest.mark.parametrize("missing", [1, 10, 19])
def test_pixels_that_fill_only_some_rows_of_a_png_are_truncated(bits: int, missing: int) -> None:
    """Sound data and check sums, but a header that lies: the other rows would come out black."""
    row = b"\0" + bytes([0xAA]) * (32 * bits // 8)
    assert read(png(32, 20, bits, row * 20)).pixels.shape == (20, 32)
    with pytest.raises(FailedError, match="truncated: the PNG does not hold all of its rows"):
        read(png(32, 20, bits, row * (20 - missing)))


@pytest.mark.parametrize("colour", [False, True])
def test_a_png_that_truly_ends_in_black_is_whole(colour: bool) -> None:
    black_end = (COLOUR if colour else GREY).copy()
    black_end[len(black_end) // 2 :] = 0
    pixels = read(picture(black_end, "PNG")).pixels
    assert not pixels[-1].any()
    assert pixels.any()


def test_a_png_without_its_palette_failed() -> None:
    with pytest.raises(FailedError, match="corrupt: the colour palette is missing"):
        read(png(32, 20, 8, (b"\0" + bytes(range(32))) * 20, colour=3))


PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column and row, and steps (W3C PNG, 8.2)."""


@pytest.mark.parametrize("shape", [(1, 1), (2, 5), (5, 2), (8, 8), (19, 23), (20, 24)])
def test_a_png_in_passes_is_whole_with_all_of_them_and_truncated_without_one(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(6).integers(1, 255, shape, np.uint8)
    passes = [unfiltered(values[y::down, x::across]) for x, y, across, down in PASSES if values[y:, x:].size]
    rows, columns = shape
    data = png(columns, rows, 8, b"".join(passes), interlaced=True)
    assert np.array_equal(read(data).pixels, of_255(values))
    with pytest.raises(FailedError, match="truncated"):
        read(png(columns, rows, 8, b"".join(passes)[:-1], interlaced=True))


# TIFF: a directory that lists too little, or lies


def with_entry(data: bytes, tag: int, value: int) -> bytes:
    """A little-endian TIFF with another number in an entry of 16 or 32 bits."""
    start = struct.unpack("<L", data[4:8])[0]
    for at in range(start + 2, start + 2 + 12 * struct.unpack("<H", data[start : start + 2])[0], 12):
        if struct.unpack("<H", data[at : at + 2])[0] == tag:
            return data[: at + 8] + struct.pack("<L", value) + data[at + 12 :]
    raise KeyError(tag)


@pytest.mark.parametrize("name", ["tiff", "tiff-16", "tiff-lzw", "tiff-deflate", "tiff-packbits"])
@pytest.mark.parametrize(("tag", "value"), [(257, 122), (257, 62), (256, 166), (278, 20)])
def test_a_tiff_whose_strips_do_not_cover_it_failed(name: str, tag: int, value: int) -> None:
    with pytest.raises(FailedError):
        read(with_entry(sound(name), tag, value))


@pytest.mark.parametrize("missing", [12, 24, 60])
def test_a_tiff_whose_directory_is_cut_off_is_truncated(missing: int) -> None:
    """What stands last says that the values are signed: without it they would be read wrongly."""
    data = Tiff().file(WIDE.astype(np.int16))
    with pytest.raises(FailedError, match="truncated: the TIFF does not hold all that its directory lists"):
        read(data[: -4 - missing])


# JPEG: what is missing in the middle would come back as middle grey


def without(data: bytes, share: float) -> bytes:
    """Entropy-coded data up to a share of it, then the end mark."""
    start = data.rindex(b"\xff\xda")
    return data[: start + int(share * (len(data) - start))] + b"\xff\xd9"


@pytest.mark.parametrize("share", [0.1, 0.3, 0.5, 0.7, 0.9])
@pytest.mark.parametrize("name", ["jpeg", "jpeg-colour", "jpeg-progressive"])
def test_a_jpeg_whose_data_ends_early_is_truncated_though_it_has_an_end(name: str, share: float) -> None:
    with pytest.raises(FailedError, match="truncated: the JPEG ends before its last pixels"):
        read(without(sound(name), share))


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("source", [GREY, COLOUR], ids=["grey", "colour"])
def test_a_jpeg_that_truly_ends_in_middle_grey_is_whole(source: NDArray[np.uint8], progressive: bool) -> None:
    grey_end = source.copy()
    grey_end[len(source) // 2 :] = 128
    data = picture(grey_end, "JPEG", progressive=progressive)
    pixels = read(data).pixels
    assert pixels[-1, -1] == np.float32(128 / 255)
    assert pixels.shape == source.shape[:2]


def test_a_wholly_grey_jpeg_is_whole() -> None:
    assert read(picture(Image.new("L", (40, 30), 128), "JPEG")).pixels.shape == (30, 40)


# Anything else


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(ALL), st.integers(0, 2**32), st.integers(1, 12))
def test_whatever_bytes_are_changed_the_answer_is_a_picture_or_a_reason(
    name: str, seed: int, count: int
) -> None:
    """Most changes hit the first bytes, where they do most harm."""
    chance, data = random.Random(seed), bytearray(sound(name))
    for _ in range(count):
        reach = chance.choice([64, 600, len(data)])
        data[chance.randrange(min(reach, len(data)))] = chance.choice(
            [0, 1, 127, 128, 255, chance.randrange(256)]
        )
    found = outcome(bytes(data))
    if isinstance(found, np.ndarray):
        assert found.dtype == np.float32
        assert np.isfinite(found).all()
        assert 0 <= found.min() <= found.max() <= 1


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(ALL), st.sampled_from(ALL), st.integers(0, 2**32))
def test_two_files_grown_together_give_a_picture_or_a_reason(one: str, other: str, seed: int) -> None:
    chance = random.Random(seed)
    first, second = sound(one), sound(other)
    outcome(first[: chance.randrange(len(first))] + second[chance.randrange(len(second)) :])


@settings(deadline=None)
@given(
    st.sampled_from([PNG_START, b"II*\0", b"MM\0*", b"\xff\xd8\xff", b"BM", bytes(128) + b"DICM"]),
    st.binary(),
)
def test_a_beginning_and_noise_give_a_picture_or_a_reason(start: bytes, noise: bytes) -> None:
    outcome(start + noise)


def test_every_format_is_among_the_files() -> None:
    assert {sniff(sound(name)[:512]) for name in ALL} == FORMATS
