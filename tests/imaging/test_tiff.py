"""TIFF: every kind of number comes out right or not at all, white-is-zero is turned, each page is read."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from mlcalc.errors import FailedError, RejectedError
from mlcalc.imaging.read import count_frames, read_radiograph

from .picture_files import (
    UPRIGHT,
    ByteOrder,
    Numbers,
    Tiff,
    codes,
    coloured,
    luminance,
    of_255,
    picture,
    ramp,
    read,
)

KINDS = ("u1", "i1", "u2", "i2", "u4", "i4", "f4")
MISREAD_BY_PILLOW = ("i2", "i4", "f4")
"""Where the file is big-endian and compressed: its bytes come out in the wrong order."""


def numbers(kind: str) -> Numbers:
    """A thousand different numbers over most of the range, in no order."""
    order = np.random.default_rng(8).permutation(1000).reshape(25, 40)
    if kind == "f4":
        return (order / 7 - 50).astype(np.float32)
    limits = np.iinfo(kind)
    spread = order * ((int(limits.max) - int(limits.min)) / 1000) + float(limits.min)
    return spread.astype(kind)


def stretched(values: Numbers) -> NDArray[np.float64]:
    """Between the percentiles that the reader's window takes: 0.5 % are black, 0.1 % beyond white."""
    wide = values.astype(np.float64)
    low, high = np.quantile(wide, [0.005, 0.999], method="inverted_cdf")
    clipped: NDArray[np.float64] = np.clip((wide - low) / (high - low), 0, 1)
    return clipped


def reason(error: type[RejectedError | FailedError], data: bytes) -> str:
    with pytest.raises(error) as caught:
        read(data)
    return caught.value.reason


# Kinds of numbers


@pytest.mark.parametrize("deflated", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", KINDS)
def test_numbers_come_out_right_or_not_at_all(kind: str, order: ByteOrder, deflated: bool) -> None:
    values = numbers(kind)
    data = Tiff(order, deflated=deflated).file(values)
    if order == ">" and (kind == "u4" or (deflated and kind in MISREAD_BY_PILLOW)):
        assert "unsupported" in reason(RejectedError, data)
        return
    radiograph = read(data)
    expected = of_255(values) if kind == "u1" else stretched(values)
    assert np.allclose(radiograph.pixels, expected, atol=1e-6)
    assert radiograph.greyscale.bits == 8 * values.itemsize
    assert radiograph.greyscale.signed == (kind[0] == "i")
    assert (radiograph.greyscale.window is None) == (kind == "u1")


@pytest.mark.parametrize("kind", ["f2", "f8", "u8"])
def test_numbers_that_pillow_does_not_know_are_rejected(kind: str) -> None:
    data = Tiff().file(np.arange(60).reshape(6, 10).astype(kind))
    assert reason(RejectedError, data) == "unsupported kind of TIFF"


def test_an_unknown_compression_is_rejected() -> None:
    assert reason(RejectedError, Tiff(tags=((259, 34712),)).file(ramp())) == "unsupported kind of TIFF"


def test_twelve_bits_packed() -> None:
    values = np.arange(1000, 2000, dtype=np.uint16).reshape(25, 40)
    bits = np.unpackbits(values.astype(">u2").view(np.uint8).reshape(25, 40, 2), axis=-1)[..., 4:]
    data = Tiff().of_bytes(np.packbits(bits.reshape(25, -1), axis=-1).tobytes(), (25, 40), 12)
    radiograph = read(data)
    assert np.allclose(radiograph.pixels, stretched(values), atol=1e-6)
    assert radiograph.greyscale.bits == 12


@pytest.mark.parametrize("invert", [False, True])
def test_what_is_no_number_is_black_and_has_no_say_in_the_window(invert: bool) -> None:
    values = numbers("f4").copy()
    values[0, :4] = [np.nan, np.inf, -np.inf, np.nan]
    pixels = read(Tiff().file(values), invert=invert).pixels
    seen = np.isfinite(values)
    low, high = np.quantile(values[seen].astype(np.float64), [0.005, 0.999], method="inverted_cdf")
    expected = np.clip((values[seen] - low) / (high - low), 0, 1)
    assert np.allclose(pixels[seen], 1 - expected if invert else expected, atol=1e-6)
    assert np.isfinite(pixels).all()
    if not invert:
        assert not pixels[~seen].any()


def test_nothing_but_no_numbers_is_blank() -> None:
    assert "blank" in codes(read(Tiff().file(np.full((6, 9), np.nan, np.float32))))


def test_a_large_picture_of_wide_numbers_is_read_in_pieces() -> None:
    values = np.random.default_rng(4).normal(size=(700, 50)).astype(np.float32)
    assert np.allclose(read(Tiff().file(values)).pixels, stretched(values), atol=1e-6)


# White is zero (TIFF 6.0, PhotometricInterpretation 0)


@pytest.mark.parametrize("kind", ["u1", "u2", "f4"])
def test_where_white_is_zero_low_numbers_are_bright(kind: str) -> None:
    values = numbers(kind)
    radiograph = read(Tiff(photometric=0).file(values))
    low, high = np.quantile(values.astype(np.float64), [0.001, 0.995], method="inverted_cdf")
    expected = (
        255 - values if kind == "u1" else np.clip((high - values.astype(np.float64)) / (high - low), 0, 1)
    )
    expected = of_255(expected) if kind == "u1" else expected
    assert np.allclose(radiograph.pixels, expected, atol=1e-6)
    assert radiograph.greyscale.inverted
    assert radiograph.greyscale.presentation == "inverted"
    assert "white is zero" in radiograph.greyscale.photometric


def test_one_bit_where_white_is_zero() -> None:
    data = picture(Image.fromarray(ramp() > 90), "TIFF", tiffinfo={262: 0})
    expected = np.asarray(Image.open(BytesIO(data)).convert("L"))
    assert np.array_equal(read(data).pixels, of_255(expected))


def test_white_is_zero_and_the_users_invert_cancel_out() -> None:
    values = numbers("u2")
    radiograph = read(Tiff(photometric=0).file(values), invert=True)
    assert np.corrcoef(radiograph.pixels.ravel(), values.astype(np.float64).ravel())[0, 1] > 0.99
    assert not radiograph.greyscale.inverted
    assert radiograph.greyscale.presentation == "inverted, inverted by --invert"


def test_a_file_that_does_not_say_which_end_is_white_is_not_guessed_at() -> None:
    told = reason(FailedError, Tiff(photometric=None).file(ramp()))
    assert "whether 0 is black" in told


# Compression


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "packbits", "tiff_adobe_deflate", "tiff_deflate"])
@pytest.mark.parametrize("wide", [False, True])
def test_lossless_compressions(compression: str, wide: bool) -> None:
    values = numbers("u2") if wide else ramp()
    pixels = read(picture(values, "TIFF", compression=compression)).pixels
    assert np.allclose(pixels, stretched(values) if wide else of_255(values), atol=1e-6)


@pytest.mark.parametrize("source", [ramp(40, 60), coloured(40, 60)], ids=["grey", "colour"])
def test_jpeg_inside(source: NDArray[np.uint8]) -> None:
    pixels = read(picture(source, "TIFF", compression="jpeg", quality=95)).pixels
    expected = of_255(source) if source.ndim == 2 else luminance(source)
    assert np.abs(pixels - expected).mean() < 0.02


@pytest.mark.parametrize("compression", ["group3", "group4", "tiff_ccitt"])
def test_facsimile(compression: str) -> None:
    bits = ramp() > 90
    assert np.array_equal(read(picture(Image.fromarray(bits), "TIFF", compression=compression)).pixels, bits)


def test_a_file_on_disk_reads_as_its_bytes_do(tmp_path: Path) -> None:
    data = picture(ramp(), "TIFF", compression="tiff_lzw")  # libtiff takes the file descriptor
    (tmp_path / "a").write_bytes(data)
    assert np.array_equal(read_radiograph(tmp_path / "a").pixels, read(data).pixels)


# Pages and orientation


def test_each_page_is_read_in_its_own_kind_and_size() -> None:
    pages = [Image.fromarray(each) for each in (ramp(), coloured(7, 9), numbers("u2"))]
    data = picture(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert count_frames(data) == 3
    first, second, third = (read(data, frame) for frame in range(3))
    assert np.array_equal(first.pixels, of_255(ramp()))
    assert np.allclose(second.pixels, luminance(coloured(7, 9)), atol=1e-6)
    assert np.allclose(third.pixels, stretched(numbers("u2")), atol=1e-6)
    assert [page.encoding.frame for page in (first, second, third)] == [0, 1, 2]
    assert {page.encoding.frames for page in (first, second, third)} == {3}


def test_a_page_too_large_takes_nothing_from_the_others() -> None:
    pages = [Image.fromarray(ramp(5, 5)), Image.fromarray(ramp(90, 90))]
    data = picture(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    assert read(data, 0, max_pixels=100).pixels.shape == (5, 5)
    with pytest.raises(RejectedError, match="too large: 90 x 90 pixels, 100 are allowed"):
        read(data, 1, max_pixels=100)


@pytest.mark.parametrize("deflated", [False, True])
@pytest.mark.parametrize("orientation", UPRIGHT)
def test_the_page_stands_upright(orientation: int, deflated: bool) -> None:
    tags = ((274, orientation),)
    for values, expected in ((ramp(), of_255(ramp())), (numbers("u2"), stretched(numbers("u2")))):
        radiograph = read(Tiff(tags=tags, deflated=deflated).file(values))
        assert np.allclose(radiograph.pixels, UPRIGHT[orientation](expected), atol=1e-6)
        assert (radiograph.encoding.rows, radiograph.encoding.columns) == radiograph.pixels.shape
        assert (radiograph.encoding.orientation == "identity") == (orientation == 1)


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_a_turn_by_90_degrees_turns_the_spacing_too(orientation: int) -> None:
    data = Tiff(tags=((274, orientation),), dpi=(254, 127)).file(ramp())
    spacing = read(data, file_density=True).spacing
    expected = (0.1, 0.2) if orientation >= 5 else (0.2, 0.1)
    assert (spacing.row_mm, spacing.column_mm) == pytest.approx(expected)


def test_a_file_without_density_has_none() -> None:
    radiograph = read(Tiff().file(ramp()), file_density=True)
    assert not radiograph.spacing.known
