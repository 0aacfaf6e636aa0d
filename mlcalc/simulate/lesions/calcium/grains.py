"""Dead larvae in muscle and subcutis: rice grains along the fibres."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.grid import Map, Points
from mlcalc.simulate.lesions.course import Course, anchor, berth, shortened, stretched
from mlcalc.simulate.lesions.finish import between, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, around, scatter, slab

SHORTEST, LONGEST = 4.0, 15.0
"""Length of a grain, mm."""


@drawer
def rice_grain(scene: Scene) -> Mineral:
    """Several elongated grains, well apart, most of them along the fibres.

    Settings: most (grains; 40), astray (share that lies across; 0.08).
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    course, middle = Course.of(scene.site.path), anchor(scene)
    size = float(np.clip(scene.length * between(scene, 0.06, 0.16), SHORTEST, LONGEST))
    count = max(int(between(scene, 6, 60)), 6)
    s = middle + (scene.length - size) * random.uniform(-0.5, 0.5, count)
    wide = max(min(scene.site.width, scene.length * 0.6), 2 * size)
    off, half = berth(scene, course, middle, wide / 2)
    t = off + half * random.uniform(-1, 1, count)
    lengths = np.clip(size * np.exp(random.normal(0, 0.22, count)), SHORTEST * 0.7, LONGEST)
    kept = scatter(random, course.at(s, t), lengths / 2, 0.8)[: int(scene.recipe.number("most", 40))]
    points = course.at(stretched(s, kept, middle, scene.length - size), t)
    lean, slim = float(random.normal(0, 0.12)), float(random.uniform(0.24, 0.38))
    for i in kept:
        angle = course.angle(float(s[i])) + lean + float(random.normal(0, 0.16))
        if random.random() < scene.recipe.number("astray", 0.08):
            angle += float(random.uniform(0.5, 2.6))
        _grain(scene, canvas, points[i], float(lengths[i]), slim, angle)
    return mineral(scene, canvas.depth, grains=len(kept), grain_mm=round(size, 1))


def _grain(scene: Scene, canvas: Canvas, centre: Points, length: float, slim: float, angle: float) -> None:
    """A cigar or spindle, slightly bent; one in five has a lucent middle or is only partly calcified."""
    random = scene.random
    half, thick = length / 2, length / 2 * slim * float(random.uniform(0.8, 1.25))
    patch = around(scene.grid, (float(centre[0]), float(centre[1])), half * 1.2)
    c, s = math.cos(angle), math.sin(angle)
    dx, dy = patch.x - np.float32(centre[0]), patch.y - np.float32(centre[1])
    u, v = (
        (dx * c + dy * s) / np.float32(half),
        (dy * c - dx * s) / np.float32(max(thick, 0.6 * scene.grid.mm)),
    )
    v = (
        v
        + np.float32(random.normal(0, 0.25)) * (u * u - 0.3)
        + np.float32(random.normal(0, 0.1)) * np.sin(5 * u)
    )
    blunt = float(random.uniform(1.5, 3.2))
    inside: Map = (1 - np.abs(u) ** blunt - v * v * float(random.uniform(0.9, 1.2))).astype(np.float32)
    depth = slab(inside, 2 * thick * float(random.uniform(1.0, 1.7)), float(random.uniform(0.35, 0.7)))
    look = random.random()
    if look < 0.12:
        depth = depth * (1 - 0.55 * np.exp(-((u / 0.5) ** 2) - (v / 0.5) ** 2)).astype(np.float32)
    elif look < 0.25:
        depth = depth * np.clip(0.6 + u * np.float32(random.choice([-1, 1])), 0.15, 1)
    canvas.merge(patch, depth * np.float32(random.uniform(0.65, 1.0)))
