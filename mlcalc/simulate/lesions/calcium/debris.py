"""Fragments in a joint that is being destroyed."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.grid import Map
from mlcalc.simulate.lesions.course import Course, anchor, berth, shortened
from mlcalc.simulate.lesions.finish import depth_over_width, erosion, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import smooth
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, body, slab


@drawer
def intraarticular_debris(scene: Scene) -> Mineral:
    """Irregular angular crumbs of every size, down to bone sand, in and about the joint space.

    Settings: sand (chance of many fine grains; 0.6), erosion (chance of bone lost beside them; 0).
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    course, middle = Course.of(scene.site.path), anchor(scene)
    wide = float(np.clip(2.5 * scene.site.width, 0.2 * scene.length, 0.7 * scene.length))
    count, sand = int(random.integers(5, 22)), 0
    if random.random() < scene.recipe.number("sand", 0.6):
        sand = int(random.integers(15, 60))
    sizes = scene.length * (0.018 + 0.1 * random.beta(0.8, 2.2, count))
    sizes[0] = scene.length * random.uniform(0.05, 0.1)
    sizes = np.concatenate([sizes, scene.length * random.uniform(0.004, 0.011, sand)])
    heap = random.normal(0, 0.5, 3)  # crumbs lie in heaps, in recesses, not evenly
    place = heap[random.integers(0, 3, len(sizes))] + random.normal(0, 0.3, len(sizes))
    s = middle + (scene.length / 2 - sizes) * np.clip(place, -1, 1)
    off, half = berth(scene, course, middle, wide / 2)
    t = off + half * np.clip(random.normal(0, 0.55, len(sizes)), -1, 1)
    deep = depth_over_width(scene)
    for (x, y), size in zip(course.at(s, t), sizes, strict=True):
        strength = float(random.uniform(0.35, 1.0)) * deep
        _crumb(scene, canvas, (float(x), float(y)), float(size), strength)
    return mineral(scene, canvas.depth, bone=_worn(scene, canvas.depth), fragments=count, sand_grains=sand)


def _crumb(scene: Scene, canvas: Canvas, centre: tuple[float, float], size: float, strength: float) -> None:
    """A body with two to four broken faces."""
    random = scene.random
    size = max(size, 0.5 * scene.grid.mm)
    radii = (size * float(random.uniform(1.0, 2.0)), size)
    angle = float(random.uniform(0, math.pi))
    rough = 0.35 if size > 3 * scene.grid.mm else 0.0
    patch, inside = body(random, scene.grid, centre, radii, angle, rough, 0.9)
    if patch.empty:
        return
    uneven = smooth(random, patch, 0.45 * size) if rough else np.float32(0)
    for _ in range(int(random.integers(2, 5))):
        way = float(random.uniform(0, 2 * math.pi))
        along = (patch.x - centre[0]) * math.cos(way) + (patch.y - centre[1]) * math.sin(way)
        face = float(random.uniform(0.35, 0.8)) - along / size + np.float32(0.12) * uneven
        inside = np.minimum(inside, face.astype(np.float32))
    worn = slab(inside, 2 * size * strength, float(random.uniform(0.3, 0.8)))
    canvas.add(patch, worn * np.clip(1 + np.float32(0.2) * uneven, 0.3, None))


def _worn(scene: Scene, depth: Map) -> Map | None:
    """Bone worn away along the joint, in bites around the fragments."""
    return erosion(scene, depth * np.float32(2))
