"""Picture files to grey values: 8 bits stay as they are, more get a window, clear pixels are black."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from .picture_files import (
    LOSSLESS,
    chunk,
    codes,
    coloured,
    every_byte,
    luminance,
    of_255,
    picture,
    png,
    ramp,
    read,
    unfiltered,
)

# Eight bits are as they were meant to be seen


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP"])
def test_every_8_bit_grey_value_stays_exactly_what_it_is(format: str) -> None:
    radiograph = read(picture(every_byte(), format))
    assert radiograph.pixels.dtype == np.float32
    assert np.array_equal(radiograph.pixels, of_255(every_byte()))
    assert radiograph.greyscale.voi == "identity"
    assert radiograph.greyscale.bits == 8
    assert not radiograph.greyscale.inverted


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.randoms(use_true_random=False))
def test_any_8_bit_picture_comes_back(rows: int, columns: int, random: Any) -> None:
    values = np.array([random.randrange(256) for _ in range(rows * columns)], np.uint8).reshape(rows, columns)
    radiograph = read(picture(values, "PNG"))
    assert np.array_equal(radiograph.pixels, of_255(values))
    assert (radiograph.encoding.rows, radiograph.encoding.columns) == (rows, columns)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP"])
def test_one_bit_is_black_or_white(format: str) -> None:
    bits = ramp() > 100
    radiograph = read(picture(Image.fromarray(bits), format))
    assert np.array_equal(radiograph.pixels, bits.astype(np.float32))


@pytest.mark.parametrize(("bits", "step"), [(2, 85), (4, 17)])
def test_two_and_four_bits_cover_the_whole_range(bits: int, step: int) -> None:
    values = np.arange(2**bits).reshape(1, -1)
    packed = np.packbits(np.unpackbits(values.astype(np.uint8)[..., None], axis=-1)[..., -bits:].ravel())
    radiograph = read(png(values.size, 1, bits, b"\0" + packed.tobytes()))
    assert np.array_equal(radiograph.pixels, of_255(values * step))


def test_the_pixels_cannot_be_written_to() -> None:
    pixels = read(picture(ramp(), "PNG")).pixels
    with pytest.raises(ValueError, match="read-only"):
        pixels[0, 0] = 1


@pytest.mark.parametrize("format", ["JPEG", "WEBP"])
def test_lossy_pictures_are_nearly_what_was_written(format: str) -> None:
    radiograph = read(picture(ramp(40, 60), format, quality=95))
    assert np.abs(radiograph.pixels - of_255(ramp(40, 60))).max() < 0.05


@pytest.mark.parametrize("progressive", [False, True])
def test_a_jpeg_is_what_pillow_decodes(progressive: bool) -> None:
    data = picture(ramp(40, 60), "JPEG", progressive=progressive)
    assert np.array_equal(read(data).pixels, of_255(np.asarray(Image.open(BytesIO(data)))))


# Colours are read as luminance


@pytest.mark.parametrize("format", LOSSLESS)
def test_colours_are_weighed_as_bt_601_says(format: str) -> None:
    radiograph = read(picture(coloured(), format, **LOSSLESS[format]))
    assert np.allclose(radiograph.pixels, luminance(coloured()), atol=1e-6)
    assert "colourful" in codes(radiograph)
    assert "luminance" in radiograph.greyscale.photometric


@pytest.mark.parametrize("format", LOSSLESS)
def test_grey_stored_as_colour_is_exact_and_no_reason_for_a_caution(format: str) -> None:
    grey = every_byte()
    radiograph = read(picture(np.stack([grey] * 3, axis=-1), format, **LOSSLESS[format]))
    assert np.array_equal(radiograph.pixels, of_255(grey))
    assert codes(radiograph) == set()


def test_white_stays_white_beside_colours() -> None:
    colours = coloured()
    colours[0, 0] = 255
    pixels = read(picture(colours, "PNG")).pixels
    assert pixels[0, 0] == 1
    assert pixels.max() <= 1


@pytest.mark.parametrize("mode", ["P", "CMYK", "YCbCr"])
def test_other_ways_to_hold_colours(mode: str) -> None:
    image = Image.fromarray(coloured()).convert(mode)
    data = picture(image, "PNG" if mode == "P" else "TIFF")
    expected = luminance(np.asarray(image.convert("RGB")))
    assert np.allclose(read(data).pixels, expected, atol=1.5 / 255)


def test_a_cmyk_jpeg_is_not_upside_down() -> None:
    grey = np.stack([ramp(40, 60)] * 3, axis=-1)
    pixels = read(picture(Image.fromarray(grey).convert("CMYK"), "JPEG", quality=95)).pixels
    assert np.abs(pixels - of_255(ramp(40, 60))).max() < 0.05


def test_a_palette_of_greys_in_any_order_is_grey() -> None:
    order = np.random.default_rng(3).permutation(256).astype(np.uint8)
    indices = np.argsort(order).astype(np.uint8)[ramp()]
    image = Image.frombytes("P", (29, 13), indices.tobytes())
    image.putpalette(np.repeat(order, 3).tobytes())
    assert np.array_equal(read(picture(image, "PNG")).pixels, of_255(ramp()))


# Wholly transparent pixels are none


def clear_to_opaque(values: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Opacity of 0, 1 and 255 in turn."""
    return np.resize(np.array([0, 1, 255], np.uint8), values.shape[:2])


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("format", ["PNG", "TIFF", "WEBP"])
def test_clear_pixels_of_a_coloured_picture_are_black_whatever_lies_under_them(
    format: str, invert: bool
) -> None:
    opacity = clear_to_opaque(coloured())
    radiograph = read(picture(np.dstack([coloured(), opacity]), format, **LOSSLESS[format]), invert=invert)
    seen = 1 - luminance(coloured()) if invert else luminance(coloured())
    assert np.allclose(radiograph.pixels, np.where(opacity == 0, 0, seen), atol=1e-6)


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("format", ["PNG", "TIFF"])
def test_clear_pixels_of_a_grey_picture_are_black(format: str, invert: bool) -> None:
    opacity = clear_to_opaque(ramp())
    image = Image.merge("LA", [Image.fromarray(ramp()), Image.fromarray(opacity)])
    radiograph = read(picture(image, format), invert=invert)
    seen = of_255(255 - ramp() if invert else ramp())
    assert np.allclose(radiograph.pixels, np.where(opacity == 0, 0, seen), atol=1e-6)
    assert radiograph.greyscale.photometric == "grey"


@pytest.mark.parametrize("invert", [False, True])
@pytest.mark.parametrize("mode", ["L", "P", "RGB"])
def test_a_png_may_name_one_value_that_is_clear(mode: str, invert: bool) -> None:
    image = Image.fromarray(ramp()).convert(mode)
    clear = image.getpixel((20, 5))
    radiograph = read(picture(image, "PNG", transparency=clear), invert=invert)
    level = of_255(255 - ramp() if invert else ramp())
    assert radiograph.pixels[5, 20] == 0
    assert np.allclose(radiograph.pixels, np.where(ramp() == ramp()[5, 20], 0, level), atol=1e-7)


def test_a_clear_16_bit_value_has_no_say_in_the_window() -> None:
    values = np.arange(1000, 2000, dtype=np.uint16).reshape(25, 40)
    values[0] = 65535
    data = png(40, 25, 16, unfiltered(values), before=chunk(b"tRNS", b"\xff\xff"))
    radiograph = read(data)
    assert radiograph.greyscale.window is not None
    center, width = radiograph.greyscale.window
    assert center + width / 2 < 2000
    assert not radiograph.pixels[0].any()
    assert radiograph.pixels[-1, -1] == 1


# Sixteen bits get a window from the pixels


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize(("low", "step"), [(0, 1), (0, 64), (1000, 3), (64000, 1)])
def test_16_bits_are_stretched_between_percentiles(format: str, low: int, step: int) -> None:
    """Of a thousand values, five (0.5 %) may be black and one (0.1 %) more than white."""
    values = (low + step * np.arange(1000)).astype(np.uint16).reshape(25, 40)
    radiograph = read(picture(values, format))
    expected = np.clip((np.arange(1000) - 4) / (998 - 4), 0, 1).reshape(25, 40)
    assert np.allclose(radiograph.pixels, expected, atol=1e-6)
    assert radiograph.greyscale.bits == 16
    assert radiograph.greyscale.window == pytest.approx((low + step * 501, step * 994))


@settings(deadline=None)
@given(st.lists(st.integers(0, 65535), min_size=2, max_size=60))
def test_a_larger_16_bit_value_is_never_darker(values: list[int]) -> None:
    row = np.array([values], np.uint16)
    pixels = read(png(len(values), 1, 16, unfiltered(row))).pixels[0]
    assert (np.diff(pixels[np.argsort(row[0], kind="stable")]) >= 0).all()
    if min(values) < max(values):
        assert (pixels.min(), pixels.max()) == (0, 1)


def test_a_spot_that_no_sample_meets_still_makes_a_window() -> None:
    values = np.full((1101, 1203), 5000, np.uint16)
    values[601, 602] = 6000
    radiograph = read(picture(values, "PNG"))
    assert radiograph.pixels[601, 602] == 1
    assert radiograph.pixels.sum() == 1
    assert "blank" not in codes(radiograph)


def test_16_bit_colour_is_read_with_8_bits_and_says_so() -> None:
    values = (coloured().astype(np.uint16) << 8) + 77
    radiograph = read(png(29, 13, 16, unfiltered(values), colour=2))
    assert np.allclose(radiograph.pixels, luminance(coloured()), atol=1e-6)
    assert "bits_reduced" in codes(radiograph)


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "LA", "P"])
def test_8_bit_pictures_have_no_bits_to_lose(mode: str) -> None:
    image = Image.fromarray(coloured()).convert(mode)
    assert "bits_reduced" not in codes(read(picture(image, "PNG")))


def test_5_6_5_bits_of_a_bmp_are_no_16_bits_a_channel() -> None:
    data = picture(Image.fromarray(coloured()), "BMP")
    words = np.random.default_rng(2).integers(0, 2**15, 30 * 13, np.uint16).astype("<u2").tobytes()
    packed = bytearray(data[:54] + words)
    packed[28:30] = (16).to_bytes(2, "little")
    assert "bits_reduced" not in codes(read(bytes(packed)))


# A picture without anything in it


@pytest.mark.parametrize("format", ["PNG", "TIFF"])
@pytest.mark.parametrize("value", [np.uint8(0), np.uint8(90), np.uint8(255), np.uint16(0), np.uint16(3000)])
def test_one_value_everywhere_is_told(format: str, value: np.generic) -> None:
    radiograph = read(picture(np.full((20, 30), value), format))
    assert "blank" in codes(radiograph)
    assert np.ptp(radiograph.pixels) == 0


def test_nothing_but_clear_pixels_is_blank_too() -> None:
    pixels = np.dstack([coloured(), np.zeros(coloured().shape[:2], np.uint8)])
    assert "blank" in codes(read(picture(pixels, "PNG")))


def test_a_clear_margin_is_not_what_makes_a_picture() -> None:
    pixels = np.full((20, 30, 4), 200, np.uint8)
    pixels[:, :9, 3] = 0
    assert "blank" in codes(read(picture(pixels, "PNG")))


# --invert


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP", "JPEG"])
def test_invert_turns_the_values_over_and_is_recorded(format: str) -> None:
    data = picture(every_byte(), format)
    before, after = read(data), read(data, invert=True)
    assert np.allclose(after.pixels, 1 - before.pixels, atol=1e-7)
    assert after.greyscale.inverted
    assert after.greyscale.presentation == "inverted by --invert"


def test_invert_of_16_bits_turns_the_same_window_over() -> None:
    data = picture(every_byte().astype(np.uint16) * 200, "PNG")
    before, after = read(data), read(data, invert=True)
    assert np.allclose(after.pixels, 1 - before.pixels, atol=1e-7)
    assert after.greyscale.window == before.greyscale.window
