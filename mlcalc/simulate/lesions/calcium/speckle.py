"""Metastatic calcification: uncountable fine speckles across the planes."""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import gaussian_filter

from mlcalc.simulate.grid import Grid, Map
from mlcalc.simulate.lesions.course import Course, anchor, berth, shortened
from mlcalc.simulate.lesions.finish import between, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import body, step

SIZES = (0.18, 0.28, 0.45)
"""Standard deviations (mm) of fine, middle and coarse speckles."""
PORTIONS = (0.7, 0.27, 0.03)


@drawer
def finely_speckled(scene: Scene) -> Mineral:
    """Hundreds to thousands of fine grains over a wide field, denser here, thinner there.

    Settings: crowd (grains in a square of a tenth of the extent; 10).
    """
    scene = shortened(scene)
    random, grid = scene.random, scene.grid
    course, middle = Course.of(scene.site.path), anchor(scene)
    half = scene.length / 2
    off, across = berth(scene, course, middle, half * float(random.uniform(0.5, 1.0)))
    spot, radii = course.at(middle, off)[0], (half, across)
    patch, inside = body(random, grid, (spot[0], spot[1]), radii, course.angle(middle), 0.15, 1.0)
    uneven = 1 + 0.55 * fractal(random, patch, half * 0.35, 2)
    where = step(inside / np.float32(0.6)) * np.clip(uneven, 0.05, None)
    total = float(where.sum())
    grains = int(scene.recipe.number("crowd", 10) * between(scene, 0.6, 3) * 130 * radii[1] / half)
    depth = grid.zeros()
    scale = float(np.clip(scene.length / 60, 0.5, 2.2))
    if total > 0:
        for size, portion in zip(SIZES, PORTIONS, strict=True):
            depth[patch.index] += _grains(random, grid, where / total, int(grains * portion), size * scale)
    return mineral(scene, depth, grains=grains)


def _grains(random: np.random.Generator, grid: Grid, where: Map, count: int, size: float) -> Map:
    """Depth of so many round grains, drawn where ``where`` (sums to 1) says; size: standard deviation, mm."""
    spots = np.searchsorted(np.cumsum(where.ravel()), random.random(count))
    found = np.zeros(where.size, np.float32)
    np.add.at(found, spots[spots < where.size], random.gamma(2, 0.5, int((spots < where.size).sum())))
    blur = math.hypot(size / grid.mm, 0.35)
    peak = np.float32(4.5 * size * 2 * math.pi * (size / grid.mm) ** 2)
    spread: Map = gaussian_filter(found.reshape(where.shape), blur, truncate=3)
    return spread * peak
