"""Blur by the focus and by the detector."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import fft

from mlcalc.simulate.detector.lowpass import lowpass
from mlcalc.simulate.detector.settings import DetectorSettings
from mlcalc.simulate.grid import Grid, Map

BOX_SIGMA = 12**-0.5
"""Standard deviation of an even line of length 1: the focus is taken as even."""


def with_focus(fluence: Map, grid: Grid, settings: DetectorSettings) -> Map:
    """Penumbra of the focus: its size times (magnification - 1), seen in the plane of the object."""
    shadow = settings.focal_mm * (settings.magnification - 1) / settings.magnification
    return lowpass(fluence, BOX_SIGMA * shadow / grid.mm)


def with_mtf(signal: Map, grid: Grid, settings: DetectorSettings) -> Map:
    """The signal as the detector's presampled MTF passes it.

    MTF(f) = 1 / (1 + (f / mtf_half)^2), a Lorentzian as screens have it; f in line pairs per mm of the
    detector, where everything is magnified against the object. The left edge continues at the
    right: callers keep a margin wider than the blur.
    """
    passed = _mtf(grid.size, grid.mm * settings.magnification, settings.detector.mtf_half)
    spectrum = fft.rfft2(signal) * passed
    return np.asarray(fft.irfft2(spectrum, s=signal.shape), np.float32)


@lru_cache(maxsize=8)
def _mtf(size: int, pixel_mm: float, half: float) -> NDArray[np.float32]:
    across, down = fft.rfftfreq(size, pixel_mm), fft.fftfreq(size, pixel_mm)
    squared = (down[:, None] ** 2 + across[None, :] ** 2) / half**2
    return np.asarray(1 / (1 + squared), np.float32)
