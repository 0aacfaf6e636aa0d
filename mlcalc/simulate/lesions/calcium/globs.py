"""Tumoural calcinosis: a lobulated mass of cysts packed with chalk that settles to levels."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.grid import Map, Patch, Points
from mlcalc.simulate.lesions.course import Course, anchor, berth, shortened
from mlcalc.simulate.lesions.finish import between, depth_over_width, erosion, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, body, chord, scatter, slab, step

FAINT = 0.22
"""Density of the milky fluid over a level against the chalk below it."""


@drawer
def multilobulated_cystic(scene: Scene) -> Mineral:
    """Big rounded globs pressed against each other with thin lucent septa between them.

    Settings: erosion (chance), levels (chance that a cyst shows a level, above 0 the largest
    always does; 1 with view horizontal_beam).
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    level = scene.recipe.number("levels", float(scene.recipe.view == "horizontal_beam"))
    points, radii = _lobules(scene, 1.3 if level else 1.0)
    down = math.pi / 2 + float(random.normal(0, 0.06))
    if random.random() < 0.2:  # lying on the side with a horizontal beam
        down += float(random.choice([-1, 1])) * math.pi / 2
    deep, solid = depth_over_width(scene), float(random.uniform(0.5, 1.0))
    septum, deepest = np.float32(random.uniform(0.25, 0.6)), scene.grid.zeros()
    for order, i in enumerate(np.argsort(-radii)):
        centre, radius = (float(points[i, 0]), float(points[i, 1])), float(radii[i])
        wide, turn = (radius, radius * float(random.uniform(0.75, 1.0))), float(random.uniform(0, math.pi))
        patch, inside = body(random, scene.grid, centre, wide, turn, float(random.uniform(0.08, 0.3)))
        if patch.empty:
            continue
        lobule = slab(inside, radius * deep, 0.35) + chord(inside, radius * deep * 0.8)
        if level and (order == 0 or random.random() < level):
            lobule = lobule * _level(scene, patch, centre, radius, down)
        elif random.random() > solid:
            lobule = lobule * (1 - np.float32(0.5) * step((inside - 0.3) / np.float32(0.3)))
        _press(canvas.depth, deepest, patch, lobule, inside, septum)
    grain = 1 + 0.09 * fractal(random, scene.grid.whole(), max(float(radii.mean()) * 0.4, scene.grid.mm), 3)
    depth = canvas.depth * grain
    return mineral(scene, depth, bone=erosion(scene, depth), lobules=len(radii), levels=level > 0)


def _lobules(scene: Scene, grow: float) -> tuple[Points, Map]:
    """Middles and radii (mm) of the globs, a crowded heap along the structure; grow: factor of their size."""
    random = scene.random
    course, middle = Course.of(scene.site.path), anchor(scene)
    count = 160
    half = scene.length / 2
    off, wide = berth(scene, course, middle, half * float(random.uniform(0.5, 0.95)))
    flat = wide / half
    radii = (grow * half * between(scene, 0.2, 0.42) * np.exp(random.normal(0, 0.4, count))).clip(
        half * 0.1, half * 0.55
    )
    turn, far = random.uniform(0, 2 * math.pi, count), random.uniform(0, 1, count) ** 0.5
    far = far * (1 - 0.35 * float(random.random()) * (1 + np.sin(2 * turn + random.uniform(0, 6))) / 2)
    s = middle + (half - radii) * far * np.cos(turn)
    t = (half * flat - radii * flat) * far * np.sin(turn)
    points = course.at(s, off + t)
    kept = scatter(random, points, radii.astype(np.float32), 0.62)[:30]
    return points[kept], radii[kept].astype(np.float32)


def _level(scene: Scene, patch: Patch, centre: tuple[float, float], radius: float, down: float) -> Map:
    """1 below the level of the sediment, `FAINT` above it; down: direction of gravity, radians."""
    height = radius * float(scene.random.uniform(-0.45, 0.35))
    below = (patch.x - centre[0]) * math.cos(down) + (patch.y - centre[1]) * math.sin(down) - height
    sharp = np.clip(below / (0.6 * scene.grid.mm) + 0.5, 0, 1)
    return (FAINT + (1 - FAINT) * sharp).astype(np.float32)


def _press(depth: Map, deepest: Map, patch: Patch, lobule: Map, inside: Map, septum: np.float32) -> None:
    """Lay a lobule beside those that are there: the nearer middle counts, between two is a septum."""
    here, drawn = deepest[patch.index], depth[patch.index]
    wins = inside > here
    near = (inside > 0) & (here > 0)
    gap = np.where(near, 1 - septum * np.exp(-((np.abs(inside - here) / 0.12) ** 2)), 1)
    drawn[...] = np.where(wins, np.maximum(lobule, 0), drawn) * gap
    np.maximum(here, inside, out=here)
