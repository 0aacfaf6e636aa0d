"""Arteries: thin parallel lines in the media, coarse plaques of the intima."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.grid import Map
from mlcalc.simulate.lesions.course import Course, anchor, shortened, window
from mlcalc.simulate.lesions.finish import between, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import wander, woven
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.settings import span
from mlcalc.simulate.lesions.shapes import Canvas, body, chord, slab, step

POINTS = 24


@drawer
def tram_track(scene: Scene) -> Mineral:
    """The wall of an artery as a tube: two thin bright lines, a fine veil and cross-stripes between them.

    Settings: whole (how continuous, 0 to 1; 0.75), branch (chance of a side branch; 0.25), calibre (mm, low
    and high, of an artery that runs through a site that is no vessel; else the site's width).
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    course, middle = Course.of(scene.site.path), anchor(scene)
    radius = _calibre(scene) / 2 * float(random.uniform(0.85, 1.1))
    s = middle + scene.length * np.linspace(-0.5, 0.5, POINTS)
    winding = (
        float(random.choice([0.0, 0.3, 0.8])) * radius * wander(random, POINTS, scene.length / (12 * radius))
    )
    trunk = Course.of(course.at(s, winding))
    _tube(scene, canvas, trunk, radius)
    branched = random.random() < scene.recipe.number("branch", 0.25)
    if branched:
        _branch(scene, canvas, trunk, radius)
    return mineral(scene, canvas.depth, vessel_mm=round(2 * radius, 1), branch=bool(branched))


def _tube(scene: Scene, canvas: Canvas, trunk: Course, radius: float) -> None:
    random, mm = scene.random, scene.grid.mm
    patch = window(scene.grid, trunk, radius * 1.3 + mm)
    if patch.empty:
        return
    s, t = trunk.coordinates(patch)
    wall = max(radius * float(random.uniform(0.18, 0.38)), 0.4)
    drawn = max(wall, 0.9 * mm)  # thinner than a pixel: as wide as one, and fainter
    inner = max(radius - drawn, 0.0)
    depth = np.sqrt(np.maximum(radius**2 - t * t, 0)) - np.sqrt(np.maximum(inner**2 - t * t, 0))
    veil = np.float32(
        random.uniform(0.1, 0.55)
    )  # front and back wall are patchier than they look from the side
    depth = 2 * depth * np.float32(wall / drawn) * (veil + (1 - veil) * step((np.abs(t) / radius - 0.5) * 3))
    # Rings of the media: cross-stripes, nearly the same on both walls; patches that are bare on one of them.
    rings = woven(random, s, t, (max(radius * 0.35, 1.2 * mm), radius * 3))
    bare = woven(random, s, t, (max(scene.length * 0.07, 1.5 * radius), radius * 0.9))
    whole = np.float32(2.2 * scene.recipe.number("whole", 0.75))
    depth = depth * step(0.6 * (bare + whole)) * np.clip(0.85 + 0.25 * rings, 0.2, 1.4)
    ends = step(s / np.float32(radius)) * step((trunk.length - s) / np.float32(radius))
    canvas.add(patch, (depth * ends).astype(np.float32))


def _branch(scene: Scene, canvas: Canvas, trunk: Course, radius: float) -> None:
    random = scene.random
    start, side = trunk.length * float(random.uniform(0.2, 0.7)), float(random.choice([-1, 1]))
    x = np.linspace(0, 1, 10)
    reach = min(scene.length * 0.35, 12 * radius)
    points = trunk.at(start + reach * x * 0.8, side * (radius * 0.5 + reach * 0.45 * x**0.8))
    _tube(scene, canvas, Course.of(points), radius * float(random.uniform(0.45, 0.7)))


@drawer
def chunky_irregular(scene: Scene) -> Mineral:
    """Coarse plaques of uneven size and density along the walls of an artery, with bare stretches.

    Settings: most (plaques; 16), calibre (as of `tram_track`).
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    course, middle = Course.of(scene.site.path), anchor(scene)
    radius = _calibre(scene) / 2
    count = int(random.integers(3, int(scene.recipe.number("most", 16)) + 1))
    heap = random.uniform(-1, 1, 3)  # plaques crowd at some places
    place = np.where(
        random.random(count) < 0.5, heap[random.integers(0, 3, count)], random.uniform(-1, 1, count)
    )
    for where in np.clip(place + random.normal(0, 0.12, count), -1, 1):
        half = max(min(scene.length * between(scene, 0.025, 0.12), 8 * radius), radius * 0.4)
        s = middle + (scene.length / 2 - half) * float(where)
        _plaque(scene, canvas, course, s, half, radius)
    return mineral(scene, canvas.depth, plaques=count, vessel_mm=round(2 * radius, 1))


def _calibre(scene: Scene) -> float:
    """mm across the vessel: the site's own width, or what the recipe says of one that passes there."""
    low, high = span(scene.recipe, "calibre", (0.0, 0.0))
    return min(between(scene, low, high), scene.site.width) if low else scene.site.width


def _plaque(scene: Scene, canvas: Canvas, course: Course, s: float, half: float, radius: float) -> None:
    """A clump that lies against one wall, seldom over the lumen."""
    random = scene.random
    thick = max(min(radius * between(scene, 0.25, 0.7), 0.6 * half), 0.8 * scene.grid.mm)
    side = float(random.choice([-1, 1])) * float(random.uniform(0.3, 0.95)) * max(radius - thick / 2, 0.0)
    spot, angle = course.at(s, side)[0], course.angle(s) + float(random.normal(0, 0.15))
    patch, inside = body(random, scene.grid, (spot[0], spot[1]), (half, thick), angle, 0.3, 0.9)
    if patch.empty:
        return
    deep = max(radius * between(scene, 0.7, 1.8), thick)  # a plaque lines part of the wall all around
    depth: Map = slab(inside, 0.6 * deep, 0.4) + chord(inside, 0.5 * deep)
    canvas.merge(patch, depth * np.float32(random.uniform(0.45, 1.0)))
