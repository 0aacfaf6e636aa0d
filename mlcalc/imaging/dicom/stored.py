"""Stored pixel values: which bits of a word they are, and which of them stand for "no pixel"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from mlcalc.imaging.dicom.tags import integer
from mlcalc.imaging.radiograph import Caution

TABLE_BITS = 16
"""Words up to this size are looked up in a table; wider ones are computed one by one."""


@dataclass(frozen=True)
class Stored:
    """How a decoded array holds its values (PS3.3 C.7.6.3.1, PS3.5 8.1.1).

    dtype: of the decoded array, in native byte order. bits, high_bit: as in the header, made possible.
    packed: whether bits above ``high_bit`` may hold something else (native and RLE data do, decoders of
    JPEG streams give clean values). padding: lowest and highest stored value that is no pixel.
    """

    dtype: np.dtype[Any]
    bits: int
    high_bit: int
    signed: bool
    packed: bool
    padding: tuple[int, int] | None

    @property
    def tabled(self) -> bool:
        """Whether one table over all words does for the whole grey-scale order."""
        return self.dtype.kind in "iu" and 8 * self.dtype.itemsize <= TABLE_BITS

    @property
    def range(self) -> tuple[int, int]:
        """Lowest and highest value that these bits can hold."""
        half = 2 ** (self.bits - 1)
        return (-half, half - 1) if self.signed else (0, 2 * half - 1)

    def all_words(self) -> NDArray[np.generic]:
        """Every word there is, in the array's own dtype: word w stands at index w (unsigned)."""
        size = 8 * self.dtype.itemsize
        return np.arange(2**size, dtype=f"u{self.dtype.itemsize}").view(self.dtype)

    def values(self, words: NDArray[Any]) -> NDArray[np.float64]:
        """The stored values in ``words``, other bits masked and the sign extended."""
        if not self.packed or words.dtype.kind == "f":
            return np.asarray(words, np.float64)
        low = self.high_bit + 1 - self.bits
        found = (words.astype(np.int64) >> low) & (2**self.bits - 1)
        if self.signed:
            found = np.where(found >= 2 ** (self.bits - 1), found - 2**self.bits, found)
        return np.asarray(found, np.float64)

    def is_padding(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which stored values stand for no pixel (C.7.5.1.1.2); both ends belong to the range."""
        if self.padding is None:
            return np.zeros(values.shape, np.bool_)
        return (values >= self.padding[0]) & (values <= self.padding[1])


def read_stored(ds: Dataset, dtype: np.dtype[Any], packed: bool) -> Stored:
    """How the values of a decoded array of ``dtype`` are to be read."""
    size = 8 * dtype.itemsize
    bits = min(max(integer(ds, "BitsStored") or size, 1), size)
    high_bit = integer(ds, "HighBit")
    if high_bit is None or not bits - 1 <= high_bit < size:
        high_bit = bits - 1
    signed = dtype.kind != "f" and integer(ds, "PixelRepresentation") == 1
    return Stored(dtype, bits, high_bit, signed, packed, _padding(ds, signed))


def _padding(ds: Dataset, signed: bool) -> tuple[int, int] | None:
    value = integer(ds, "PixelPaddingValue")
    if value is None:
        return None
    limit = integer(ds, "PixelPaddingRangeLimit")
    ends = [_as_stored(end, signed) for end in (value, value if limit is None else limit)]
    return min(ends), max(ends)


def _as_stored(value: int, signed: bool) -> int:
    """The value with the sign that the pixels have: writers mix up US and SS."""
    if signed:
        return value - 65536 if 32768 <= value < 65536 else value
    return value + 65536 if -32768 <= value < 0 else value


def foreign_bits(ds: Dataset, stored: Stored, array: NDArray[Any]) -> list[Caution]:
    """A caution where unsigned words hold bits above the value that no overlay plane explains."""
    if not stored.packed or stored.signed or not stored.tabled or stored.high_bit + 1 >= 8 * array.itemsize:
        return []
    if int(array.max(initial=0)) < 2 ** (stored.high_bit + 1) or _overlay_in_pixels(ds):
        return []
    text = f"words hold bits above High Bit {stored.high_bit}; they were masked, as the header says"
    return [Caution("high_bits_set", text)]


def _overlay_in_pixels(ds: Dataset) -> bool:
    """Whether some overlay plane lies in unused bits (Overlay Bit Position > 0, C.9.2, retired)."""
    groups = range(0x6000, 0x6020, 2)
    return any((group, 0x0102) in ds and (group, 0x3000) not in ds for group in groups)
