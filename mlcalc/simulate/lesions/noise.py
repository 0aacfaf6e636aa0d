"""Smooth random textures from small arrays: a cubic B-spline through few knots is cheap at any size."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.ndimage import map_coordinates

from mlcalc.simulate.grid import Map, Patch

MOST_KNOTS = 160
"""Per axis; beyond it a texture is finer than any pixel that matters."""
KNOT_TO_MAP = 0.48
"""Standard deviation of a cubic B-spline surface whose knots have 1."""


@lru_cache(maxsize=256)
def _spline(pixels: int, knots: int) -> Map:
    """(pixels, knots + 3) weights of a cubic B-spline sampled evenly over ``knots`` intervals."""
    place = (np.arange(pixels) + 0.5) / pixels * knots
    first = np.minimum(place.astype(int), knots - 1)
    f = place - first
    weights = np.stack(
        [(1 - f) ** 3, 3 * f**3 - 6 * f**2 + 4, -3 * f**3 + 3 * f**2 + 3 * f + 1, f**3], axis=1
    )
    matrix = np.zeros((pixels, knots + 3), np.float32)
    matrix[np.arange(pixels)[:, None], first[:, None] + np.arange(4)] = weights / 6
    return matrix


def smooth(random: np.random.Generator, patch: Patch, cell: float) -> Map:
    """Noise of mean 0 and standard deviation about 1 over a patch; ``cell``: mm from crest to trough."""
    (rows, columns), mm = (patch.y.size, patch.x.size), _pitch(patch)
    cell = max(cell, mm / 4)
    down, right = (min(max(round(n * mm / cell), 1), MOST_KNOTS) for n in (rows, columns))
    knots = random.standard_normal((down + 3, right + 3), dtype=np.float32)
    texture: Map = _spline(rows, down) @ (knots * np.float32(1 / KNOT_TO_MAP)) @ _spline(columns, right).T
    return texture


def fractal(
    random: np.random.Generator, patch: Patch, cell: float, octaves: int = 3, gain: float = 0.5
) -> Map:
    """Sum of `smooth` noises, each half as coarse and ``gain`` times as strong; deviates by about 1."""
    total: Map = np.zeros((patch.y.size, patch.x.size), np.float32)
    scale, power = 1.0, 0.0
    for octave in range(octaves):
        total += np.float32(scale) * smooth(random, patch, cell / 2**octave)
        power += scale**2
        scale *= gain
    return total * np.float32(power**-0.5)


def woven(random: np.random.Generator, s: Map, t: Map, cell: tuple[float, float]) -> Map:
    """Noise over other coordinates than the grid's, coarse along s and fine along t, say.

    s, t: (rows, columns) mm; cell: mm along each. Mean 0, standard deviation about 1.
    """
    low = (float(s.min()), float(t.min()))
    spans = ((float(s.max()) - low[0]) / cell[0], (float(t.max()) - low[1]) / cell[1])
    shape = tuple(min(int(span) + 3, 4000) for span in spans)
    knots = random.standard_normal(shape, dtype=np.float32)
    places = np.stack([(s - low[0]) / cell[0], (t - low[1]) / cell[1]])
    texture: Map = map_coordinates(knots, places, order=1, mode="nearest")
    return texture * np.float32(1.5)


def wander(random: np.random.Generator, count: int, cells: float) -> Map:
    """A smooth random line of ``count`` values with about ``cells`` crests; standard deviation about 1."""
    knots = max(round(cells * 2), 1)
    line: Map = _spline(count, knots) @ random.standard_normal(knots + 3, dtype=np.float32)
    return line * np.float32(KNOT_TO_MAP**-0.5)


def _pitch(patch: Patch) -> float:
    """mm per pixel of a patch."""
    if patch.x.size > 1:
        return float(patch.x[0, 1] - patch.x[0, 0])
    return float(patch.y[1, 0] - patch.y[0, 0]) if patch.y.size > 1 else 1.0
