"""What a pixel must show, one pixel at a time, straight from the DICOM standard.

Independent of the code under test: whole numbers and Python floats, no tables folded, no tricks. A
`Chain` says what the header holds; `shown` takes one stored word through it. Sections are of PS3.3
unless they say otherwise; the order of the steps is PS3.4 N.2.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Layout:
    """How a stored value lies in its word (C.7.6.3.1; PS3.5 8.1.1)."""

    allocated: int
    stored: int
    signed: bool = False
    high_bit: int | None = None

    @property
    def high(self) -> int:
        return self.stored - 1 if self.high_bit is None else self.high_bit

    @property
    def lowest(self) -> int:
        return -(1 << (self.stored - 1)) if self.signed else 0

    @property
    def highest(self) -> int:
        return self.lowest + (1 << self.stored) - 1


@dataclass(frozen=True)
class Rescale:
    """Rescale Slope and Intercept (C.11.1)."""

    slope: float
    intercept: float


@dataclass(frozen=True)
class Lut:
    """A table: the first value mapped, the entries, and the bits of an entry (C.11.1.1, C.11.2.1.1)."""

    first: int
    entries: tuple[int, ...] = field(repr=False)
    bits: int


@dataclass(frozen=True)
class Window:
    """Window Center, Window Width and VOI LUT Function (C.11.2.1.2, C.11.2.1.3)."""

    center: float
    width: float
    function: str | None = None


@dataclass(frozen=True)
class Chain:
    """Everything that stands between a stored word and what is seen.

    shape: Presentation LUT Shape. padding: the two ends of the padding range in stored values, in any
    order. flip: what the user asks for with ReadOptions(invert=True).
    """

    layout: Layout = Layout(16, 12)
    modality: Rescale | Lut | None = None
    voi: Window | Lut | None = None
    presentation: Lut | None = None
    photometric: str = "MONOCHROME2"
    shape: str | None = None
    padding: tuple[int, int] | None = None
    flip: bool = False

    @property
    def inverted(self) -> bool:
        """MONOCHROME1: the lowest value is white (C.7.6.3.1.2); INVERSE says the same (C.8.11.3.1.2)."""
        return (self.photometric == "MONOCHROME1" or self.shape == "INVERSE") != self.flip


def stored_value(word: int, layout: Layout) -> int:
    """Only the Bits Stored below and with High Bit count; two's complement if signed (PS3.5 8.1.1)."""
    value = (word >> (layout.high + 1 - layout.stored)) % (1 << layout.stored)
    sign = 1 << (layout.stored - 1)
    return value - 2 * sign if layout.signed and value >= sign else value


def look_up(value: float, lut: Lut) -> int:
    """Values before the table take its first entry, values behind it the last (C.11.1.1, C.11.2.1.1)."""
    assert value == int(value), "the tests keep the input of tables whole: rounding is not standardised"
    place = int(value) - lut.first
    return lut.entries[min(max(place, 0), len(lut.entries) - 1)]


def full_scale(lut: Lut) -> int:
    """The output of a table runs from 0 to 2^bits - 1 (C.11.1.1, C.11.2.1.1)."""
    return (1 << lut.bits) - 1


def modality_value(value: int, modality: Rescale | Lut | None) -> float:
    """C.11.1: a table, or slope and intercept."""
    if isinstance(modality, Lut):
        return look_up(value, modality)
    return value if modality is None else modality.slope * value + modality.intercept


def windowed(x: float, window: Window) -> float:
    """The pseudo-code of C.11.2.1.2 and the formulas of C.11.2.1.3, with an output of 0 to 1."""
    c, w = window.center, window.width
    if window.function == "SIGMOID":  # C.11.2.1.3.1
        power = -4 * (x - c) / w
        return 0.0 if power > 700 else 1 / (1 + math.exp(power))  # e^700 is all that a float holds
    if window.function == "LINEAR_EXACT":  # C.11.2.1.3.2
        if x <= c - w / 2:
            return 0.0
        return 1.0 if x > c + w / 2 else (x - c) / w + 0.5
    if x <= c - 0.5 - (w - 1) / 2:  # LINEAR, the default: C.11.2.1.2.1
        return 0.0
    if x > c - 0.5 + (w - 1) / 2:
        return 1.0
    return (x - (c - 0.5)) / (w - 1) + 0.5


def voi_value(x: float, voi: Window | Lut) -> float:
    """C.11.2: the part of the values that is of interest, as 0 to 1."""
    return look_up(x, voi) / full_scale(voi) if isinstance(voi, Lut) else windowed(x, voi)


def presented(y: float, chain: Chain) -> float:
    """C.11.4 and C.11.6: the table's input is scaled to all of its entries (C.11.2.1); then polarity."""
    if chain.presentation is not None:
        last = len(chain.presentation.entries) - 1
        assert abs(y * last - round(y * last)) < 1e-9, "the tests meet the entries exactly"
        y = look_up(round(y * last), chain.presentation) / full_scale(chain.presentation)
    return 1 - y if chain.inverted else y


def shown(word: int, chain: Chain) -> float:
    """One word of Pixel Data to [0, 1], dense = bright. Padding is 0 whatever the polarity (C.7.5.1.1.2)."""
    value = stored_value(word, chain.layout)
    if chain.padding is not None and min(chain.padding) <= value <= max(chain.padding):
        return 0.0
    assert chain.voi is not None, "without a window the percentiles decide: no reference"
    return presented(voi_value(modality_value(value, chain.modality), chain.voi), chain)


def picture(words: NDArray[np.integer], chain: Chain) -> NDArray[np.float64]:
    """``shown`` for every word: (rows, columns) to (rows, columns)."""
    return np.array([[shown(int(word), chain) for word in row] for row in words])


def luminance(red: float, green: float, blue: float) -> float:
    """Rec. 601 luma of 8-bit channels, 0 to 1."""
    return (0.299 * red + 0.587 * green + 0.114 * blue) / 255
