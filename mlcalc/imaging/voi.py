"""Values of interest: windows and what stands in for one (PS3.3 C.11.2)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

AIR_PERCENTILE = 0.5
"""Of the pixels, as many are let go at the side of air …"""
DENSE_PERCENTILE = 0.1
"""… and as many at the dense side: mineral is small and dense, so little may be cut off there."""


@dataclass(frozen=True)
class Window:
    """Center and width in the units that the Modality LUT gives, and how they are to be applied."""

    center: float
    width: float
    function: str = "LINEAR"

    @property
    def problem(self) -> str | None:
        """Why it cannot be applied (C.11.2.1.2.1: width >= 1 for LINEAR, > 0 otherwise), or None."""
        if self.function not in _FUNCTIONS:
            return "the VOI LUT Function is none of LINEAR, LINEAR_EXACT, SIGMOID"
        least = 1.0 if self.function == "LINEAR" else np.finfo(np.float64).tiny
        return None if self.width >= least else f"width {self.width:g}"

    def __call__(self, values: Values) -> Values:
        """The values mapped to [0, 1]."""
        return _FUNCTIONS[self.function](np.asarray(values, np.float64), self.center, self.width)


def linear(x: Values, center: float, width: float) -> Values:
    """C.11.2.1.2.1, LINEAR: the half and the one are meant, a window of 256 covers 0 to 255."""
    if width == 1:
        return np.where(x <= center - 0.5, 0.0, 1.0)
    return np.clip((x - (center - 0.5)) / (width - 1) + 0.5, 0.0, 1.0)


def linear_exact(x: Values, center: float, width: float) -> Values:
    """C.11.2.1.3.2, LINEAR_EXACT: without them."""
    return np.clip((x - center) / width + 0.5, 0.0, 1.0)


def sigmoid(x: Values, center: float, width: float) -> Values:
    """C.11.2.1.3.1, SIGMOID."""
    exponent = np.clip(-4 * (x - center) / width, -700.0, 700.0)  # exp overflows beyond
    return 1 / (1 + np.exp(exponent))


_FUNCTIONS = {"LINEAR": linear, "LINEAR_EXACT": linear_exact, "SIGMOID": sigmoid}


def percentile_window(values: Values, counts: NDArray[np.int64], dense_is_high: bool) -> Window | None:
    """A window from the pixels themselves, for a header that has none.

    values: (n,) what occurs in the picture, in any order. counts: (n,) how often. Cuts off
    `AIR_PERCENTILE` at one end and `DENSE_PERCENTILE` at the other. None if all pixels are alike.
    """
    if not len(values):
        return None
    order = np.argsort(values)
    share = np.cumsum(counts[order]) / counts.sum() * 100
    low_cut, high_cut = AIR_PERCENTILE, DENSE_PERCENTILE
    if not dense_is_high:
        low_cut, high_cut = high_cut, low_cut
    ordered = values[order]
    low = float(ordered[np.searchsorted(share, low_cut)])
    last = min(int(np.searchsorted(share, 100 - high_cut)), len(ordered) - 1)
    high = float(ordered[last])
    if high <= low:
        low, high = float(ordered[0]), float(ordered[-1])
    return Window((low + high) / 2, high - low, "LINEAR_EXACT") if high > low else None
