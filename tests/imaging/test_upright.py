"""Picture files stand upright, and what a file says of its density is turned with them."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from mlcalc.errors import FailedError
from mlcalc.imaging.limits import ReadOptions
from mlcalc.imaging.radiograph import SpacingSource
from mlcalc.imaging.raster import RasterFile
from mlcalc.imaging.read import count_frames

from .picture_files import (
    LOSSLESS,
    UPRIGHT,
    chunk,
    coloured,
    luminance,
    of_255,
    picture,
    png,
    ramp,
    read,
    unfiltered,
)


def turned(values: NDArray[Any], orientation: int, format: str, **options: Any) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return picture(values, format, exif=exif.tobytes(), **options)


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_the_picture_stands_upright(format: str, orientation: int) -> None:
    data = turned(np.stack([ramp()] * 3, axis=-1), orientation, format, **LOSSLESS[format])
    radiograph = read(data)
    assert np.array_equal(radiograph.pixels, of_255(UPRIGHT[orientation](ramp())))
    assert (radiograph.encoding.rows, radiograph.encoding.columns) == radiograph.pixels.shape
    assert (radiograph.encoding.orientation == "identity") == (orientation == 1)


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_a_jpeg_stands_as_other_programs_show_it(orientation: int) -> None:
    data = turned(ramp(40, 60), orientation, "JPEG")
    expected = ImageOps.exif_transpose(Image.open(BytesIO(data)))
    assert np.array_equal(read(data).pixels, of_255(np.asarray(expected)))


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_16_bits_stand_upright(orientation: int) -> None:
    values = np.arange(13 * 29, dtype=np.uint16).reshape(13, 29)
    pixels = read(turned(values, orientation, "PNG")).pixels
    assert np.array_equal(pixels, UPRIGHT[orientation](read(picture(values, "PNG")).pixels))


def test_a_png_may_tell_its_orientation_behind_the_pixels() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    behind = chunk(b"eXIf", exif.tobytes().removeprefix(b"Exif\0\0"))
    data = png(29, 13, 8, unfiltered(ramp()), after=behind)
    assert np.array_equal(read(data).pixels, of_255(np.rot90(ramp(), -1)))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_is_none(orientation: int) -> None:
    assert np.array_equal(read(turned(ramp(), orientation, "PNG")).pixels, of_255(ramp()))


def test_a_broken_exif_block_takes_nothing_from_the_pixels() -> None:
    data = picture(ramp(), "PNG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff\xff\xff")
    assert np.array_equal(read(data).pixels, of_255(ramp()))


# Spacing


@pytest.mark.parametrize("format", ["PNG", "JPEG", "TIFF", "BMP"])
def test_dots_per_inch_are_no_millimetres_unless_asked_for(format: str) -> None:
    data = picture(ramp(), format, dpi=(254, 127))
    assert not read(data).spacing.known
    spacing = read(data, file_density=True).spacing
    assert spacing.source is SpacingSource.file_density
    assert (spacing.row_mm, spacing.column_mm) == pytest.approx((0.2, 0.1), rel=1e-3)


@pytest.mark.parametrize("orientation", UPRIGHT)
@pytest.mark.parametrize("format", ["PNG", "JPEG"])
def test_a_turn_by_90_degrees_turns_the_spacing_too(format: str, orientation: int) -> None:
    data = turned(ramp(40, 60), orientation, format, dpi=(254, 127))
    spacing = read(data, file_density=True).spacing
    expected = (0.1, 0.2) if orientation >= 5 else (0.2, 0.1)
    assert (spacing.row_mm, spacing.column_mm) == pytest.approx(expected, rel=1e-3)


# What kind of file it was


@pytest.mark.parametrize("format", ["PNG", "TIFF", "JPEG", "BMP", "WEBP"])
def test_the_format_is_recorded_and_there_is_one_picture(format: str) -> None:
    data = picture(np.stack([ramp()] * 3, axis=-1), format)
    encoding = read(data).encoding
    assert encoding.format.upper() == format
    assert (encoding.frame, encoding.frames, count_frames(data)) == (0, 1, 1)


def test_the_second_picture_in_a_jpeg_is_a_preview_and_no_page() -> None:
    first, second = Image.fromarray(ramp(40, 60)), Image.fromarray(ramp(20, 30))
    data = picture(first, "MPO", save_all=True, append_images=[second])
    assert count_frames(data) == 1
    assert read(data).pixels.shape == (40, 60)


@pytest.mark.parametrize("format", ["PNG", "WEBP"])
def test_each_picture_of_an_animation_is_a_frame(format: str) -> None:
    pictures = [coloured(), coloured()[::-1].copy(), coloured()[:, ::-1].copy()]
    first, *others = (Image.fromarray(each) for each in pictures)
    data = picture(first, format, save_all=True, append_images=others, **LOSSLESS[format])
    assert count_frames(data) == 3
    for frame, each in enumerate(pictures):
        assert np.allclose(read(data, frame).pixels, luminance(each), atol=1e-6)


def test_a_page_may_be_read_again_and_in_any_order() -> None:
    pages = [ramp(), ramp()[::-1].copy()]
    first, second = (Image.fromarray(page) for page in pages)
    file = RasterFile(
        BytesIO(picture(first, "TIFF", save_all=True, append_images=[second])), "TIFF", ReadOptions()
    )
    for frame in (1, 0, 0, 1, 1):
        assert np.array_equal(file.radiograph(frame).pixels, of_255(pages[frame]))


@pytest.mark.parametrize("frame", [-1, 1])
def test_a_page_that_is_not_there_is_named(frame: int) -> None:
    with pytest.raises(FailedError, match=f"there is no page {frame}; the file has 1"):
        read(picture(ramp(), "PNG"), frame)
