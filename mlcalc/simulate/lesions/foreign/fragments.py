"""Broken pieces: glass, stones, bits of metal or stoneware."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.grid import Points
from mlcalc.simulate.lesions.finish import between
from mlcalc.simulate.lesions.foreign.place import Point, in_site, solid
from mlcalc.simulate.lesions.forms import chip, convex, slab, turned
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.settings import most, span
from mlcalc.simulate.lesions.shapes import Canvas, around

FACE_ON, EDGE_ON, ANYHOW = (0.0, 0.35), (1.3, math.pi / 2), (0.0, math.pi / 2)
"""Angles (radians) between a pane's normal and the beam."""


@drawer
def glass_shards(scene: Scene) -> Mineral:
    """Flat pieces of a broken pane or bottle with straight edges: corners, rectangles, slivers on edge.

    Settings: ``count`` (most pieces), ``thick=low,high`` mm of the pane.
    """
    random, canvas = scene.random, Canvas(scene.grid)
    pane = min(between(scene, *span(scene.recipe, "thick", (1.2, 5.0))), max(scene.length * 0.45, 0.6))
    sizes, points = _strewn(scene, most(scene.recipe, "count", 5), 0.12)
    for size, centre in zip(sizes, points, strict=True):
        planes = slab(_outline(random, size), min(pane, 0.8 * size))
        tilt = (FACE_ON, FACE_ON, EDGE_ON, EDGE_ON, ANYHOW)[int(random.integers(5))]
        patch = around(scene.grid, centre, 0.8 * size + pane)
        canvas.add(patch, convex(patch, centre, turned(planes, random, tilt), scene.grid.mm))
    return solid(scene, canvas.depth, pieces=len(sizes), pane_mm=round(pane, 1))


@drawer
def stones(scene: Scene) -> Mineral:
    """Chips of stone of all sizes in a cluster: angular, corners worn; or flat flakes.

    Settings: ``count`` (most chips), ``faces`` (few: sharp, many: worn), ``flat`` (thickness over width).
    """
    random, canvas = scene.random, Canvas(scene.grid)
    faces = int(scene.recipe.number("faces", 16))
    flat = scene.recipe.number("flat", 0.75)
    sizes, points = _strewn(scene, most(scene.recipe, "count", 24), 0.06, 12.0)
    for size, centre in zip(sizes, points, strict=True):
        half = size / 2
        form = (half, half * random.uniform(0.55, 0.95), half * flat * random.uniform(0.7, 1.1))
        planes = turned(chip(random, form, faces + int(random.integers(-3, 4))), random, ANYHOW)
        patch = around(scene.grid, centre, 1.1 * half)
        canvas.add(patch, convex(patch, centre, planes, scene.grid.mm))
    return solid(scene, canvas.depth, pieces=len(sizes))


@drawer
def metal_splinters(scene: Scene) -> Mineral:
    """Jagged bits of metal, thin in some direction; or, ``dust=1``, filings that are barely resolved.

    Settings: ``count`` (most bits), ``dust``.
    """
    random, canvas = scene.random, Canvas(scene.grid)
    dust = bool(scene.recipe.number("dust", 0))
    largest = min(1.6, 0.12 * scene.length) if dust else 14.0
    sizes, points = _strewn(scene, most(scene.recipe, "count", 8), 0.2 if dust else 0.05, largest)
    for size, centre in zip(sizes, points, strict=True):
        half = max(size / 2, 0.35 * scene.grid.mm)
        form = (half, half * random.uniform(0.3, 0.9), half * random.uniform(0.1, 0.5))
        planes = turned(chip(random, form, int(random.integers(6, 12)), uneven=0.25), random, ANYHOW)
        patch = around(scene.grid, centre, 1.2 * half + scene.grid.mm)
        canvas.add(patch, convex(patch, centre, planes, scene.grid.mm))
    return solid(scene, canvas.depth, pieces=len(sizes), dust=dust)


def _strewn(
    scene: Scene, most_pieces: int, smallest: float, largest: float = 1e3
) -> tuple[list[float], list[Point]]:
    """Sizes (mm) and places of pieces; smallest: least size against the first one. largest: mm."""
    random, pose = scene.random, in_site(scene)
    count = int(random.integers(1, most_pieces + 1))
    first = scene.length if count == 1 else scene.length * random.uniform(0.2, 0.6)
    first = min(first, largest)
    sizes = [first, *(float(v) for v in first * np.exp(random.uniform(math.log(smallest), 0, count - 1)))]
    room = max(scene.length - first, 0) / 2
    narrow = random.uniform(0.3, 1.0)
    spots = random.uniform(-1, 1, (count, 2)) * (room, room * narrow)
    return sizes, [pose.at(float(a), float(b)) for a, b in spots]


def _outline(random: np.random.Generator, size: float) -> Points:
    """A convex polygon about ``size`` mm long: shard, rectangle with a corner off, sliver."""
    kind = int(random.integers(3))
    half, thin = size / 2, size / 2 * random.uniform(0.3, 0.95)
    if kind == 0:
        angle = np.sort(random.uniform(0, 2 * np.pi, 9))[:: int(random.integers(2, 4))]
        if np.diff([*angle, angle[0] + 2 * np.pi]).max() < 0.95 * np.pi:
            return np.stack([half * np.cos(angle), thin * np.sin(angle)], axis=1)
    if kind == 2:
        thin = size / 2 * random.uniform(0.06, 0.25)
    lean, cut = random.uniform(-0.3, 0.3) * thin, random.uniform(0, 0.8, 2)
    corner = [(half - cut[0] * half, thin), (half, thin - cut[1] * thin)]
    return np.array([(-half, -thin), (half + lean, -thin), *corner, (-half - lean, thin)])
