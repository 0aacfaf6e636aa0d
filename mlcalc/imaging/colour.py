"""Colour pictures to grey."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcalc.imaging.radiograph import Caution, Pixels

WEIGHTS = np.array([0.299, 0.587, 0.114], np.float32)
"""Luminance of R, G and B (ITU-R BT.601, the Y of DICOM's YBR_FULL, PS3.3 C.7.6.3.1.2)."""
COLOURFUL = 0.08
"""A mean difference of the channels above this is no tinted film any more."""


def luminance(array: NDArray[Any], full_scale: float) -> tuple[Pixels, list[Caution]]:
    """Grey values of (rows, columns, 3) integers from 0 to ``full_scale``, as float32 in [0, 1].

    A picture that is not nearly grey gets the caution ``colourful``: it may be a photograph or carry
    coloured marks.
    """
    red, green, blue = (array[..., channel] for channel in range(3))
    if np.array_equal(red, green) and np.array_equal(green, blue):
        grey, cautions = red.astype(np.float32), []
    else:
        grey = array[..., :3].astype(np.float32) @ WEIGHTS
        spread = float(np.mean(np.ptp(array[::4, ::4, :3].astype(np.float32), axis=-1))) / full_scale
        text = f"the channels differ by {spread:.0%} of the range on average; read as luminance"
        cautions = [Caution("colourful", text)] if spread > COLOURFUL else []
    return np.clip(grey / np.float32(full_scale), 0, 1), cautions
