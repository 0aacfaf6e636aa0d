"""A net of mineral in the subcutis: septa between lobules of fat."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.grid import Map, Patch
from mlcalc.simulate.lesions.course import Course, anchor, berth, shortened, window
from mlcalc.simulate.lesions.finish import between, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, step

FAR = np.float32(9)
"""Meshes; farther from any wall than a place can be."""


@drawer
def reticular_honeycomb(scene: Scene) -> Mineral:
    """Meshes of several mm, wider along the limb, some of them torn, some grown together to clumps.

    Settings: torn (share of the walls that is missing, 0 to 1; 0.3), clumps (chance of solid spots; 0.5).
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    course, middle = Course.of(scene.site.path), anchor(scene)
    part = course.part(middle - scene.length / 2, middle + scene.length / 2)
    wide = scene.length * float(random.uniform(0.45, 0.9))
    off, half = berth(scene, course, middle, wide / 2)
    part, wide = Course.of(part.at(part.arc, off)), 2 * half
    patch = window(scene.grid, part, 0.75 * wide)
    if patch.empty:
        return mineral(scene, canvas.depth, meshes_mm=0.0)
    mesh = max(scene.length * between(scene, 0.05, 0.11), 6 * scene.grid.mm)
    canvas.add(patch, _net(scene, patch, part, mesh, wide))
    return mineral(scene, canvas.depth, meshes_mm=round(mesh, 1))


def _net(scene: Scene, patch: Patch, part: Course, mesh: float, wide: float) -> Map:
    """Depth of the net in a field as long as ``part`` and ``wide`` mm wide."""
    random = scene.random
    s, t = part.coordinates(patch)
    s = s + np.float32(0.3 * mesh) * fractal(random, patch, mesh, 2)
    t = t + np.float32(0.3 * mesh) * fractal(random, patch, mesh, 2)
    field = 1 - np.hypot((s - part.length / 2) / (part.length / 2), t / (wide / 2))
    extent = step((field + 0.3 * fractal(random, patch, mesh * 2, 2)) / np.float32(0.3))
    near, gap = extent > 0, np.full_like(s, FAR)
    if near.any():
        stretch = np.float32(mesh * random.uniform(1.0, 1.8))
        gap[near] = _walls(random, s[near] / stretch, t[near] / np.float32(mesh))
    thick = between(scene, 0.07, 0.2)
    calibre = np.float32(thick) * np.clip(1 + 0.4 * fractal(random, patch, mesh, 2), 0.35, 2)
    least = np.float32(1.3 * scene.grid.mm / mesh)  # a wall thinner than a pixel would fall through the grid
    walls = step(1.25 - gap / np.maximum(calibre, least))
    torn = np.float32(scene.recipe.number("torn", 0.3))
    walls = walls * step(2 - np.float32(2.5) * torn + fractal(random, patch, mesh * 1.2, 2))
    if random.random() < scene.recipe.number("clumps", 0.5):
        solid = step(fractal(random, patch, mesh, 2) - 0.9)
        walls = np.maximum(walls, step(1.1 - gap / np.float32(4 * thick)) * solid)
    return np.asarray(walls * extent * np.float32(mesh * thick * between(scene, 1.5, 4)), np.float32)


def _walls(random: np.random.Generator, u: Map, v: Map) -> Map:
    """How far (in meshes) each place is from a wall of irregular cells: second minus first nearest middle."""
    column, row = np.floor(u).astype(np.int32), np.floor(v).astype(np.int32)
    column0, row0 = int(column.min()) - 1, int(row.min()) - 1
    size = (int(row.max()) - row0 + 2, int(column.max()) - column0 + 2)
    x, y = (random.uniform(0.1, 0.9, size).astype(np.float32) for _ in range(2))
    first, second = np.full(u.shape, FAR), np.full(u.shape, FAR)
    fu, fv = u - column, v - row
    for i in (-1, 0, 1):
        for j in (-1, 0, 1):
            at = (row - row0 + j, column - column0 + i)
            far = np.hypot(fu - i - x[at], fv - j - y[at])
            second = np.minimum(second, np.maximum(first, far))
            first = np.minimum(first, far)
    return second - first
