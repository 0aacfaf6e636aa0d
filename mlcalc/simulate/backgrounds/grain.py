"""How sharp a film is and how noisy, so that what is put in looks no sharper and no smoother."""

from __future__ import annotations

import math

import numpy as np
from scipy import ndimage as ndi

from mlcalc.simulate.grid import Map, Mask

FIRST, SECOND = 0.7, 1.4
"""Sigmas in pixels of two blurs: the sharper an edge was the more it loses from one to the other."""
SIGMAS = np.linspace(0.55, 2.5, 79)
"""Blurs that are told apart. A pixel's own width and the cubic that enlarges it let none be less."""
SATURATED = 0.97
STEEP = 0.4
"""Share of the steepest slope (99th percentile of its local maxima) above which one is an edge."""
QUANTILE = 0.85
"""Thin cortices lose more than steps do, so most edges of anatomy look sharper than the film is."""
MAD = 1.4826
LAPLACIAN = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)
"""Blind to planes and to edges along the axes; white noise leaves 6 times itself (Immerkaer 1996)."""


def sharpness(pixels: Map, inside: Mask) -> float:
    """Standard deviation of the blur of a step, in pixels, within [0.55, 2.5].

    By how much the steps between neighbours of the steeper edges shrink under a further blur, as in Zhuo and
    Sim (2011). Vendors' edge enhancement makes edges steeper than a blur can, which ends at the lower bound.
    """
    slope, again = (_slope(ndi.gaussian_filter(pixels, sigma)) for sigma in (FIRST, SECOND))
    peaks = inside & (slope >= ndi.maximum_filter(slope, 3)) & (pixels < SATURATED) & (slope > 0)
    if not peaks.any():
        return 1.0
    edges = peaks & (slope >= STEEP * np.percentile(slope[peaks], 99))
    lost = np.quantile(slope[edges] / again[edges], 1 - QUANTILE)
    return float(np.interp(-lost, -LOST, SIGMAS))


def _slope(pixels: Map) -> Map:
    dy, dx = np.gradient(pixels)
    return np.asarray(np.hypot(dx, dy), np.float32)


def _step(sigma: float, blur: float) -> float:
    """Share of a blurred edge that lies between the two neighbours of its middle."""
    return math.erf(1 / math.hypot(sigma, blur) / math.sqrt(2))


LOST = np.array([_step(sigma, FIRST) / _step(sigma, SECOND) for sigma in SIGMAS])
"""By how much an edge with each of these blurs shrinks."""


def noise(pixels: Map, inside: Mask) -> float:
    """Standard deviation of the noise from pixel to pixel inside the patient, in grey values."""
    values = ndi.convolve(pixels, LAPLACIAN)[ndi.binary_erosion(inside, iterations=3)]
    values = values[np.abs(values) > 0]  # compressed pictures are constant in places
    return MAD * float(np.median(np.abs(values))) / 6 if values.size else 0.0
