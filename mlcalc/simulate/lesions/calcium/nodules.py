"""Discrete round homogeneous nodules in skin, subcutis and muscle."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.lesions.course import Course, anchor, berth, shortened, stretched
from mlcalc.simulate.lesions.finish import between, depth_over_width, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, body, chord, scatter, slab


@drawer
def dense_nodular(scene: Scene) -> Mineral:
    """One nodule or some apart from each other, densely and evenly calcified, well-defined.

    Settings: least, most (nodules; 1, 9), knobbly (chance that a nodule is a clump of smaller ones; 0.3),
    largest (mm across the largest nodule; 28: where the lesion is longer there are several).
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    course, middle = Course.of(scene.site.path), anchor(scene)
    most = int(scene.recipe.number("most", 9))
    least = int(scene.recipe.number("least", 1))
    largest = scene.recipe.number("largest", 28)
    if scene.length > largest:
        least, most = max(least, 2), max(most, 4)
    count = round(between(scene, least, most)) if most > least else most
    wide = min(max(scene.site.width, scene.length * 0.2), scene.length * 0.7)
    off, half = berth(scene, course, middle, scene.length / 2 if count == 1 else wide / 2)
    if count == 1:
        radii, s, t = np.array([half]), np.array([middle]), np.array([off])
    else:
        typical = scene.length * between(scene, 0.05, 0.13) * (1.5 if count < 5 else 1)
        radii = np.clip(
            typical * np.exp(random.normal(0, 0.4, count * 2)), 0.3, min(scene.length * 0.2, largest / 2)
        )
        s = middle + (scene.length / 2 - radii) * random.uniform(-1, 1, count * 2)
        t = off + half * np.clip(random.normal(0, 0.5, count * 2), -1, 1)
    deep = depth_over_width(scene)
    kept = scatter(random, course.at(s, t), radii, float(random.uniform(0.9, 1.3)))[:count]
    points = course.at(stretched(s, kept, middle, scene.length - 2 * float(radii[kept].mean())), t)
    for i in kept:
        _nodule(scene, canvas, (points[i, 0], points[i, 1]), float(radii[i]), course.angle(float(s[i])), deep)
    return mineral(scene, canvas.depth, nodules=len(kept))


def _nodule(
    scene: Scene, canvas: Canvas, centre: tuple[float, float], radius: float, angle: float, deep: float
) -> None:
    """A round or oval nodule, sometimes grown together from smaller ones."""
    random = scene.random
    angle += float(random.normal(0, 0.5))
    parts = int(random.integers(2, 6)) if random.random() < scene.recipe.number("knobbly", 0.3) else 1
    for part in range(parts):
        size = radius if parts == 1 else radius * float(random.uniform(0.45, 0.75))
        way = 2 * math.pi * part / parts + float(random.normal(0, 0.5))
        x, y = centre[0] + (radius - size) * math.cos(way), centre[1] + (radius - size) * math.sin(way)
        radii = (size, size * float(random.uniform(0.7, 1.0)))
        patch, inside = body(random, scene.grid, (x, y), radii, angle, float(random.uniform(0.03, 0.13)), 1.0)
        if patch.empty:
            continue
        depth = slab(inside, size * deep, 0.3) + chord(inside, size * deep)
        even = 1 + np.float32(random.uniform(0.0, 0.07)) * fractal(random, patch, size * 0.4, 2)
        canvas.merge(patch, depth * even)
