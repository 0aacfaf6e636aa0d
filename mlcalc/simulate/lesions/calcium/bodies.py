"""Bodies in a joint: numerous, rounded, wholly calcified or ringed once or several times."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.grid import Map, Points
from mlcalc.simulate.lesions.course import Course, anchor, berth, shortened, stretched
from mlcalc.simulate.lesions.finish import between, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, body, chord, scatter, slab, step

LARGEST = 10.0
"""Radius of the largest body, mm."""


@drawer
def multiple_round_bodies(scene: Scene) -> Mineral:
    """Three to thirty rounded, partly faceted bodies along a joint and its recesses.

    Settings: alike (1: one size and one ring, as in the primary disease; 0: sizes differ, several rings;
    absent: either), most (bodies; 30).
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    alike = bool(scene.recipe.number("alike", float(random.integers(2))))
    spread = float(random.uniform(0.08, 0.2)) if alike else float(random.uniform(0.4, 0.65))
    points, radii = _places(scene, spread, int(scene.recipe.number("most", 30)))
    solid = float(random.choice([0.1, 0.5, 0.9]))
    deep = float(random.uniform(0.8, 1.3))
    for i in range(len(points)):
        kind = "solid" if random.random() < solid else "ring" if alike or random.random() < 0.4 else "rings"
        flat, radius = float(random.uniform(0.7, 1.0)), float(radii[i])
        patch, inside = body(
            random, scene.grid, (points[i, 0], points[i, 1]), (radius, radius * flat),
            float(random.uniform(0, math.pi)), float(random.uniform(0.04, 0.16)), 1.3,
        )  # fmt: skip
        canvas.merge(patch, _filled(random, inside, 2 * radius * deep, kind))
    return mineral(scene, canvas.depth, bodies=len(points), one_size=alike)


def _places(scene: Scene, spread: float, most: int) -> tuple[Points, Map]:
    """Middles and radii, mm: crowded along the joint, fewer away from it, hardly overlapping."""
    random = scene.random
    course, middle = Course.of(scene.site.path), anchor(scene)
    count = int(between(scene, 14, 80))
    typical = scene.length * between(scene, 0.045, 0.1)
    radii = np.clip(typical * np.exp(random.normal(0, spread, count)), 0.5, min(LARGEST, scene.length * 0.2))
    s = middle + (scene.length * 0.5 - radii) * np.clip(random.normal(0, 0.6, count), -1, 1)
    wide = float(np.clip(3 * scene.site.width, 0.2 * scene.length, 0.8 * scene.length))
    off, half = berth(scene, course, middle, wide / 2)
    t = off + half * random.uniform(-1, 1, count) * float(random.uniform(0.6, 1.0))
    kept = scatter(random, course.at(s, t), radii, float(random.uniform(0.8, 1.0)))[:most]
    s = stretched(s, kept, middle, scene.length - 2 * float(radii[kept].mean()))
    return course.at(s, t)[kept], radii[kept].astype(np.float32)


def _filled(random: np.random.Generator, inside: Map, deep: float, kind: str) -> Map:
    """Wholly calcified, or one halo, or ring within ring."""
    if inside.size == 0:
        return inside
    if kind == "solid":
        return (slab(inside, deep * 0.7, 0.35) + chord(inside, deep * 0.3)).astype(np.float32)
    rim = float(random.uniform(0.16, 0.34))
    halo = step(inside / np.float32(0.12)) * (1 - 0.75 * step((inside - rim) / np.float32(0.25)))
    if kind == "rings":
        halo = halo + 0.55 * np.exp(-(((inside - float(random.uniform(0.55, 0.75))) / 0.1) ** 2))
    return (np.float32(deep * 0.7) * halo).astype(np.float32)
