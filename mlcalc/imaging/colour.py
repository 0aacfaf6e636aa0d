"""Colour pictures to grey."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcalc.imaging.radiograph import Caution, Pixels

WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)
"""Luminance of R, G and B (ITU-R BT.601, the Y of DICOM's YBR_FULL, PS3.3 C.7.6.3.1.2)."""
ROWS = 256
"""Rows at a time: their channels as float32 would else take three times the room of the result."""
COLOURFUL = 0.08
"""A mean difference of the channels above this is no tinted film any more."""


def luminance(array: NDArray[Any], full_scale: float) -> tuple[Pixels, list[Caution]]:
    """Grey values of (rows, columns, 3) integers from 0 to ``full_scale``, as float32 in [0, 1].

    A picture that is not nearly grey gets the caution ``colourful``: it may be a photograph or carry
    coloured marks.
    """
    grey = np.empty(array.shape[:2], np.float32)
    alike = [
        _fill(grey[start : start + ROWS], array[start : start + ROWS]) for start in range(0, len(array), ROWS)
    ]
    grey /= np.float32(full_scale)
    np.clip(grey, 0, 1, out=grey)
    return grey, [] if all(alike) else _colourful(array, full_scale)


def _fill(grey: Pixels, array: NDArray[Any]) -> bool:
    """Write luminance into ``grey``; whether the channels are alike, and the result so exact."""
    red = array[..., 0]
    alike = np.array_equal(red, array[..., 1]) and np.array_equal(red, array[..., 2])
    grey[:] = red if alike else array[..., :3].astype(np.float32) @ WEIGHTS
    return alike


def _colourful(array: NDArray[Any], full_scale: float) -> list[Caution]:
    spread = float(np.mean(np.ptp(array[::4, ::4, :3].astype(np.float32), axis=-1))) / full_scale
    if spread <= COLOURFUL:
        return []
    text = f"the channels differ by {spread:.0%} of the range on average; read as luminance"
    return [Caution("colourful", text)]
