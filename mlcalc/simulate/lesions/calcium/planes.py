"""Sheets of mineral along planes of fascia, subcutis and muscle."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.grid import Map
from mlcalc.simulate.lesions.course import Course, anchor, berth, shortened, window
from mlcalc.simulate.lesions.finish import between, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal, woven
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, step

BEYOND = 1.5
"""How far, in its half lengths and widths, a frayed leaf may reach."""


@drawer
def sheet_like(scene: Scene) -> Mineral:
    """Two to six bands or leaves along the structure: streaked, frayed, broad face on or narrow on edge.

    Settings: sheets (most; 6), edge_on (share seen on edge: narrow and dense; 0.5).
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    course, middle = Course.of(scene.site.path), anchor(scene)
    part = course.part(middle - scene.length / 2, middle + scene.length / 2)
    spread = min(max(scene.site.width, 0.12 * scene.length), 0.6 * scene.length)
    off, half = berth(scene, course, middle, spread / 2)
    part, spread = Course.of(part.at(part.arc, off)), 2 * half
    patch = window(scene.grid, part, spread)
    sheets = int(random.integers(2, int(scene.recipe.number("sheets", 6)) + 1))
    if patch.empty:
        return mineral(scene, canvas.depth, sheets=0)
    s, t = part.coordinates(patch)
    t = t + 0.06 * spread * fractal(random, patch, scene.length * 0.2, 2)
    for k in range(sheets):
        canvas.add(patch, _sheet(scene, s, t, spread, whole=k == 0))
    return mineral(scene, canvas.depth, sheets=sheets)


def _sheet(scene: Scene, s: Map, t: Map, spread: float, whole: bool) -> Map:
    """Depth of one leaf: pointed ends, a frayed border, streaks along it and holes in it."""
    random, length = scene.random, scene.length
    on_edge = random.random() < scene.recipe.number("edge_on", 0.5) * (0.4 if whole else 1)
    reach = length / 2 * (1.0 if whole else float(random.uniform(0.3, 0.9)))
    centre = length / 2 + (length / 2 - reach) * float(random.uniform(-1, 1))
    wide = length * between(scene, 0.015, 0.045) if on_edge else spread * float(random.uniform(0.2, 0.45))
    wide = max(wide, scene.grid.mm)
    off = (spread / 2 - wide) * float(random.uniform(-1, 1)) if spread > 2 * wide else 0.0
    bow = float(random.normal(0, 0.08)) * length
    u = (s - np.float32(centre)) / np.float32(reach)
    v = (t - np.float32(off) - np.float32(bow) * (u * u - 0.4)) / np.float32(wide)
    near = (np.abs(u) < BEYOND) & (np.abs(v) < BEYOND)
    result = np.zeros_like(s)
    if not near.any():
        return result
    s, t, u, v = s[near], t[near], u[near], v[near]
    fray = woven(random, s, t, (length * 0.07, max(wide * 0.35, scene.grid.mm)))
    blunt = np.float32(random.uniform(2, 5))
    inside = 1 - np.abs(u) ** blunt - v * v + (0.25 if on_edge else 0.5) * fray
    streaks = woven(
        random, s, t, (length * 0.15, max(wide * float(random.uniform(0.08, 0.2)), scene.grid.mm))
    )
    holes = woven(random, s, t, (length * 0.1, wide * 0.7))
    leaf = step(inside / np.float32(0.35)) * np.clip(0.75 + 0.35 * streaks, 0.1, 1.3)
    leaf = leaf * step(holes * 0.7 + np.float32(random.uniform(0.7, 1.6)))
    deep = between(scene, 3, 10) if on_edge else between(scene, 1.5, 5)
    result[near] = leaf * np.float32(deep * min(length / 40, 1.0))
    return result
