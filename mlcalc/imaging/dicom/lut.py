"""Look-up tables of a header: Modality LUT, VOI LUT, Presentation LUT (PS3.3 C.11.1, C.11.2, C.11.6).

All three have the same shape: a descriptor (number of entries, first value mapped, bits of an entry)
and data. Most of this module is about the ways in which real files write them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

MOST_ENTRIES = 65536
"""What a descriptor's 0 stands for (PS3.3 C.11.1.1): 2^16 does not fit its 16 bits."""

Values = NDArray[np.float64]


class BrokenLutError(Exception):
    """The table cannot be used; its text says why, without text from the header."""


@dataclass(frozen=True)
class Lut:
    """Maps ``first`` to ``data[0]``, ``first + 1`` to ``data[1]`` and so on; clamped at both ends.

    data: (entries,) float64 in [0, 2^bits - 1].
    """

    first: int
    bits: int
    data: Values

    @property
    def full_scale(self) -> float:
        """The output that stands for the far end of the range (PS3.3 C.11.2.1.1)."""
        return float(2**self.bits - 1)

    def __call__(self, values: Values) -> Values:
        """The entry of every value; values outside the table take the nearest end (C.11.1.1)."""
        index = np.rint(np.asarray(values, np.float64)) - self.first
        found: Values = self.data[np.clip(index, 0, len(self.data) - 1).astype(np.intp)]
        return found


def read_lut(item: Dataset, signed_input: bool, little_endian: bool = True, name: str = "LUT") -> Lut:
    """The table in an item of a LUT sequence, or one of a header's palettes.

    signed_input: whether the values that go in may be negative; the descriptor's first value is read as
    signed then and as unsigned else, whatever VR a writer gave it or pydicom guessed. little_endian: of
    the file. name: what the keywords of descriptor and data begin with. Raises `BrokenLutError`.
    """
    entries, first, bits = _descriptor(item, f"{name}Descriptor", signed_input)
    data = _data(item, f"{name}Data", entries, little_endian)
    if len(data) < entries:
        raise BrokenLutError(f"{len(data)} entries where {entries} are announced")
    return Lut(first, bits, np.minimum(data[:entries], 2**bits - 1).astype(np.float64))


def _descriptor(item: Dataset, keyword: str, signed_input: bool) -> tuple[int, int, int]:
    try:
        entries, first, bits = (int(value) for value in item[keyword].value)
    except Exception as error:
        raise BrokenLutError("no descriptor of three numbers") from error
    if not 8 <= bits <= 16:
        raise BrokenLutError(f"entries of {bits} bits; 8 to 16 are possible")
    entries = entries % MOST_ENTRIES or MOST_ENTRIES
    first %= MOST_ENTRIES
    if signed_input and first >= MOST_ENTRIES // 2:
        first -= MOST_ENTRIES
    return entries, first, bits


def _data(item: Dataset, keyword: str, entries: int, little_endian: bool) -> NDArray[np.int64]:
    """The entries as they were meant: words, or bytes (padded to an even number)."""
    try:
        element = item[keyword]
    except Exception as error:
        raise BrokenLutError("no data") from error
    if not isinstance(element.value, bytes | bytearray):
        words = _words(element.value)
    elif element.VR == "OB" and len(element.value) < 2 * entries:
        return np.frombuffer(element.value, np.uint8).astype(np.int64)
    else:
        whole = element.value[: len(element.value) // 2 * 2]
        words = np.frombuffer(whole, "<u2" if little_endian else ">u2")
    if len(words) < entries <= 2 * len(words):  # two 8-bit entries to a word, the first in the low byte
        return words.astype("<u2").view(np.uint8).astype(np.int64)
    return words.astype(np.int64)


def _words(raw: Any) -> NDArray[np.uint16]:
    many: Sequence[Any] = raw if isinstance(raw, Sequence) and not isinstance(raw, str) else [raw]
    try:
        return (np.array([int(value) for value in many], np.int64) & 0xFFFF).astype(np.uint16)
    except (TypeError, ValueError, OverflowError) as error:
        raise BrokenLutError("data that are no numbers") from error
