"""A loaded Pillow picture to grey values in [0, 1]."""

from __future__ import annotations

from dataclasses import replace
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlcalc.errors import FailedError, RejectedError
from mlcalc.imaging.colour import luminance
from mlcalc.imaging.radiograph import Caution, Greyscale, Pixels
from mlcalc.imaging.table import look_up
from mlcalc.imaging.tiff import Values
from mlcalc.imaging.voi import Window, percentile_window

Grey = tuple[Pixels, Greyscale, list[Caution]]
Mask = NDArray[np.bool_]

SINGLE = ("1", "L", "I", "I;16", "I;16L", "I;16B", "I;16N", "F")
"""Pillow's modes of one channel of numbers."""
SEVERAL = ("LA", "P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr")
UNMULTIPLIED = {"La": "LA", "RGBa": "RGBA"}
"""Modes whose colours have been multiplied by their opacity, and what they were before."""

SAMPLE = 2**18
"""Pixels looked at to find a percentile window; more would not move it."""
ROWS = 256
"""Rows at a time of what needs 8 bytes a pixel on its way."""


def to_grey(image: Image.Image, values: Values, invert: bool) -> Grey:
    """Grey values of a loaded picture; what is wholly transparent is no pixel and becomes 0.

    values: how a TIFF's numbers are to be read. invert: the user's word that the polarity is wrong.
    """
    if image.mode == "P" and image.palette is None:
        raise FailedError("corrupt: the colour palette is missing")
    if image.mode in UNMULTIPLIED:
        image = _converted(image, UNMULTIPLIED[image.mode])
    clear = _transparent(image)
    if image.mode in SEVERAL:
        pixels, record, cautions = _from_channels(image)
    elif image.mode in SINGLE:
        pixels, record, cautions = _from_numbers(image, values, clear)
    else:
        raise RejectedError(f"unsupported kind of colour: {image.mode}", "save it as PNG in grey")
    seen = pixels if clear is None else pixels[~clear]
    if not seen.size or np.ptp(seen) == 0:
        cautions.append(Caution("blank", "all pixels have one value; there is nothing to see"))
    if invert:
        pixels, record = 1 - pixels, _told_inverted(record)
    if clear is not None:
        pixels[clear] = 0
    return pixels, record, cautions


def _transparent(image: Image.Image) -> Mask | None:
    """Which pixels are wholly transparent; None where there are none."""
    if not image.has_transparency_data:
        return None
    if image.mode in SINGLE:  # one value stands for it
        clear = np.asarray(image) == image.info["transparency"]
    else:
        clear = np.asarray(_converted(image, "RGBA").getchannel("A")) == 0
    return clear if clear.any() else None


def _converted(image: Image.Image, mode: str) -> Image.Image:
    try:
        return image.convert(mode)
    except MemoryError:
        raise
    except Exception as error:  # a broken palette, mostly
        raise FailedError("corrupt: the colours cannot be read") from error


def _from_channels(image: Image.Image) -> Grey:
    colours = image if image.mode == "RGB" else _converted(image, "RGB")
    pixels, cautions = luminance(np.asarray(colours), 255)
    return pixels, Greyscale("grey" if image.mode == "LA" else "colour, taken as luminance", 8), cautions


def _from_numbers(image: Image.Image, values: Values, clear: Mask | None) -> Grey:
    """8 bits are as they were meant to be seen; what has more gets a window from the pixels."""
    name = "grey, white is zero" if values.white_is_zero else "grey"
    if image.mode == "1" or (image.mode == "L" and not values.signed):
        pixels: Pixels = np.asarray(image.convert("L"), np.float32) / np.float32(255)
        bits = values.bits or (1 if image.mode == "1" else 8)
        record = Greyscale(name, bits)  # Pillow has inverted such values where white is zero
        return pixels, _inverted_by_file(record) if values.white_is_zero else record, []
    numbers = values.grey(image)
    record = Greyscale(name, values.bits or 8 * numbers.itemsize, values.signed)
    window = _window(numbers, clear, values.white_is_zero)
    if window is None:
        return np.zeros(numbers.shape, np.float32), replace(record, voi="none: all pixels are alike"), []
    pixels = _windowed(numbers, window)
    told = f"window {window.center:g} / {window.width:g} from the pixels; such a file has none"
    record = replace(record, voi=told, window=(window.center, window.width))
    if values.white_is_zero:
        pixels, record = 1 - pixels, _inverted_by_file(record)
    if numbers.dtype.kind == "f":
        pixels[~np.isfinite(numbers)] = 0
    return pixels, record, []


def _window(numbers: NDArray[Any], clear: Mask | None, white_is_zero: bool) -> Window | None:
    """A window from a sample of the pixels, or from all where the sample shows one value only."""
    stride = max(1, isqrt(numbers.size // SAMPLE))
    for step in dict.fromkeys((stride, 1)):
        sample = numbers[::step, ::step]
        seen = np.isfinite(sample) if clear is None else np.isfinite(sample) & ~clear[::step, ::step]
        present, counts = np.unique(sample[seen], return_counts=True)
        window = percentile_window(present.astype(np.float64), counts, dense_is_high=not white_is_zero)
        if window is not None:
            return window
    return None


def _windowed(numbers: NDArray[Any], window: Window) -> Pixels:
    if numbers.dtype.kind in "iu" and numbers.itemsize <= 2:
        words = np.arange(2 ** (8 * numbers.itemsize), dtype=f"u{numbers.itemsize}").view(numbers.dtype)
        return look_up(window(words.astype(np.float64)).astype(np.float32), numbers)
    pixels = np.empty(numbers.shape, np.float32)
    for start in range(0, len(numbers), ROWS):
        part = slice(start, start + ROWS)
        pixels[part] = window(numbers[part].astype(np.float64))
    return pixels


def _inverted_by_file(record: Greyscale) -> Greyscale:
    return replace(record, inverted=True, presentation="inverted")


def _told_inverted(record: Greyscale) -> Greyscale:
    steps = [] if record.presentation == "identity" else [record.presentation]
    told = ", ".join([*steps, "inverted by --invert"])
    return replace(record, inverted=not record.inverted, presentation=told)
