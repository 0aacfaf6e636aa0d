"""Gaussian blur of any width at about the same cost."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlcalc.simulate.grid import Map

NARROWEST = 0.2
"""Pixels; a narrower Gaussian changes less than one part in a thousand of a neighbour and is left out."""
COARSE_SIGMA = 3.0
"""Pixels of the thinned map that a blur keeps at least: it then errs by less than 1.5 % of a step."""


def lowpass(values: Map, sigma: float) -> Map:
    """``values`` blurred by a Gaussian of ``sigma`` pixels, mirrored at the edges.

    values: (rows, columns) float32. Wide blurs run on block means of the map, which is what makes them
    cheap. Returns the same shape; the same array where the blur is too narrow to matter.
    """
    if sigma < NARROWEST:
        return values
    sigma = min(sigma, float(max(values.shape)))
    factor = thinning(values.shape, sigma)
    coarse = block_mean(values, factor)
    # averaging over a block and enlarging linearly blur by themselves: their variance is taken off
    own = (factor**2 - 1) / 12 + (factor**2 - 1) / 6 if factor > 1 else 0.0
    narrowed = max(sigma**2 - own, 0.0) ** 0.5 / factor
    return enlarge(ndimage.gaussian_filter(coarse, narrowed, mode="reflect", truncate=3.5), factor)


def thinning(shape: tuple[int, ...], sigma: float) -> int:
    """The largest power of two that divides both sides and leaves the blur wide enough to be sampled."""
    factor = 1
    while sigma / (2 * factor) >= COARSE_SIGMA and all(side % (2 * factor) == 0 for side in shape):
        factor *= 2
    return factor


def block_mean(values: Map, factor: int) -> Map:
    """Mean of each block of factor x factor pixels; the sides must be multiples of ``factor``."""
    if factor == 1:
        return values
    rows, columns = values.shape
    blocks = values.reshape(rows // factor, factor, columns // factor, factor)
    # summed slice by slice along the rows first: numpy is slow at two short axes at once
    return np.asarray(blocks.sum(axis=1).sum(axis=2) / np.float32(factor**2), np.float32)


def enlarge(coarse: Map, factor: int) -> Map:
    """The map of block means enlarged linearly between the centres of the blocks."""
    if factor == 1:
        return coarse
    rows = _between(coarse, factor)
    return np.ascontiguousarray(_between(np.ascontiguousarray(rows.T), factor).T)


def _between(coarse: Map, factor: int) -> Map:
    first, second, share = _neighbours(len(coarse), factor)
    before: Map = coarse[first]
    after: Map = coarse[second]
    mixed: Map = before + share[:, None] * (after - before)
    return mixed


def _neighbours(count: int, factor: int) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """For each fine row: the coarse rows on both sides, and the share of the second."""
    place = np.clip((np.arange(count * factor) + 0.5) / factor - 0.5, 0, count - 1)
    first = np.floor(place).astype(np.intp)
    share = (place - first).astype(np.float32)
    return first, np.minimum(first + 1, count - 1), share
