"""What of a film is no patient: white slabs of collimation, and air."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from mlcalc.simulate.grid import Map, Mask

SMOOTH = 1.2
"""Blur in pixels with which levels are compared."""
SLAB_KINDS = ((0.6, 0.06, 0.062), (0.33, 0.05, 0.095))
"""(least grey, largest range over 5 pixels, least slope of its edge): a grey slab has a sharper edge than a
white one needs, as a body may be as grey and as even."""
SLAB_PIXELS = 100
FLAT = 0.006
"""Steepest slope of air, grey values per pixel."""
AIR_SPREAD = 0.015
"""Largest deviation of air from a smooth surface; what deviates more is a body that fills the film."""
AIR_LEAST = 0.01
"""Share of the film below which air is not believed."""
SKIN = 0.022
"""Least grey value above the air that is a body."""
THIN = 7
"""Every so many-th pixel of the air is enough for its surface."""
Terms = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Air:
    """level: grey value that the open beam has (or would have), (rows, columns). spread: its deviation."""

    level: Map
    spread: float


def slabs(pixels: Map) -> Mask:
    """Saturated areas with sharp edges that reach the border: collimation, lead, the cassette's frame."""
    even = ndi.maximum_filter(pixels, 5) - ndi.minimum_filter(pixels, 5)
    found = np.zeros(pixels.shape, np.bool_)
    for level, most, edge in SLAB_KINDS:
        found |= _sharp_parts(pixels, (even < most) & (pixels > level), edge)
    return np.asarray(ndi.binary_dilation(found, iterations=3), np.bool_)


def _sharp_parts(pixels: Map, flat: Mask, edge: float) -> Mask:
    """Parts that reach the border and whose edge is steep: a body grows brighter gradually."""
    labels, count = ndi.label(ndi.binary_dilation(flat, iterations=2))
    found = np.zeros(pixels.shape, np.bool_)
    if not count:
        return found
    steep = ndi.maximum_filter(ndi.gaussian_gradient_magnitude(pixels, 1.0), 5)
    frame = _frame(pixels.shape, 4)
    inner = ~_frame(pixels.shape, 5)
    for number in range(1, count + 1):
        part = labels == number
        if part.sum() < SLAB_PIXELS or not (frame & part).any():
            continue
        ring = ndi.binary_dilation(part, iterations=3) & ~ndi.binary_erosion(part) & inner
        if not ring.any() or np.median(steep[ring]) > edge:
            found |= part
    return found


def find_air(pixels: Map, field: Mask) -> Air | None:
    """The level of air over a film, a smooth surface (heel effect, scatter); None where no air is seen.

    The darkest, flattest pixels are taken for air if one surface of second order passes through them.
    """
    smooth = ndi.gaussian_filter(pixels, SMOOTH)
    flat = field & (ndi.gaussian_gradient_magnitude(pixels, 2.0) < FLAT)
    terms = _terms(pixels.shape)
    pool = field
    for _ in range(4):
        if pool.sum() < SLAB_PIXELS:
            return None
        cut = between_two(np.sqrt(smooth[pool])) ** 2
        seed = flat & (smooth < cut)
        if seed.mean() < AIR_LEAST:
            return None
        air = _surface(smooth, seed, terms)
        if 1.4826 * np.median(np.abs(smooth - air.level)[seed]) < AIR_SPREAD:
            return air
        pool = field & (smooth < cut)  # a body lies below the cut, too: cut again among the darker ones
    return None


def between_two(values: NDArray[np.float32]) -> float:
    """The value that best parts two classes (Otsu 1979)."""
    counts, edges = np.histogram(values, 256)
    centres = (edges[1:] + edges[:-1]) / 2
    weight, mass = np.cumsum(counts), np.cumsum(counts * centres)
    rest = np.maximum(weight[-1] - weight, 1e-9)
    apart = (mass[-1] * weight / weight[-1] - mass) ** 2 / (np.maximum(weight, 1e-9) * rest)
    return float(centres[int(np.argmax(apart[:-1]))])


def _surface(smooth: Map, seed: Mask, terms: Terms) -> Air:
    """A surface through the seed pixels, those that stand above it left out again and again."""
    chosen, level, spread = seed, smooth, 0.0
    for _ in range(8):
        weights, *_ = np.linalg.lstsq(terms[chosen][::THIN], smooth[chosen][::THIN], rcond=None)
        level = np.asarray(terms @ weights, np.float32)
        over = smooth - level
        spread = 1.4826 * float(np.median(np.abs(over[chosen])))
        closer = seed & (over < max(2.5 * spread, 0.01)) & (over > -max(4 * spread, 0.03))
        if closer.mean() < AIR_LEAST / 2:
            break
        chosen = closer
    return Air(level, spread)


def _terms(shape: tuple[int, ...]) -> Terms:
    y, x = np.meshgrid(np.linspace(-1, 1, shape[0]), np.linspace(-1, 1, shape[1]), indexing="ij")
    return np.stack([np.ones(shape), x, y, x * x, x * y, y * y], axis=-1)


def _frame(shape: tuple[int, ...], pixels: int) -> Mask:
    frame = np.ones(shape, np.bool_)
    frame[pixels:-pixels, pixels:-pixels] = False
    return frame
