"""Mineral of cartilage: points, arcs and rings, the shells of small lobules."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.lesions.course import Course, anchor, berth, shortened
from mlcalc.simulate.lesions.finish import between, mass, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, around, body, scatter, slab

KINDS = ("point", "arc", "ring")


@drawer
def arcs_and_rings(scene: Scene) -> Mineral:
    """A lobular cluster of points, arcs and rings; at least two arcs or rings.

    Settings: mass (chance of a soft-tissue mass), rings (share of arcs and rings among the elements; 0.6).
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    course, middle = Course.of(scene.site.path), anchor(scene)
    half = scene.length / 2
    shift, across = berth(scene, course, middle, half * float(random.uniform(0.45, 1.0)))
    spot, angle = course.at(middle, shift)[0], course.angle(middle) + float(random.normal(0, 0.2))
    flat = across / half
    centre = (float(spot[0]), float(spot[1]))
    swelling, told = mass(scene, centre, (half, half * flat), angle)
    count = int(random.integers(50, 160))
    turn, far = random.uniform(0, 2 * math.pi, count), random.uniform(0, 1, count) ** 0.6
    lobed = 1 + 0.25 * np.sin(turn * int(random.integers(2, 5)) + float(random.uniform(0, 6)))
    along, off = half * far * lobed * np.cos(turn) * 0.85, half * flat * far * lobed * np.sin(turn) * 0.85
    c, s = math.cos(angle), math.sin(angle)
    points = np.stack([spot[0] + along * c - off * s, spot[1] + along * s + off * c], 1)
    size = half * between(scene, 0.075, 0.15)
    radii = (size * np.exp(random.normal(0, 0.35, count))).astype(np.float32)
    kept = scatter(random, points, radii, 0.85)[:60]
    rings = scene.recipe.number("rings", 0.55)
    for order, i in enumerate(kept):
        drawn = "point" if order >= 3 and random.random() > rings else KINDS[1 + int(random.random() < 0.4)]
        _element(scene, canvas, (points[i, 0], points[i, 1]), float(radii[i]), drawn)
    return mineral(scene, canvas.depth, swelling, told=told, elements=len(kept))


def _element(scene: Scene, canvas: Canvas, centre: tuple[float, float], radius: float, drawn: str) -> None:
    random = scene.random
    if drawn == "point":
        size = radius * float(random.uniform(0.2, 0.6))
        patch, inside = body(random, scene.grid, centre, (size * 1.3, size), float(random.uniform(0, 3)), 0.0)
        canvas.merge(patch, slab(inside, size * 2, 0.6))
        return
    patch = around(scene.grid, centre, 1.5 * radius)
    dx, dy = patch.x - np.float32(centre[0]), patch.y - np.float32(centre[1])
    turn, far = np.arctan2(dy, dx), np.hypot(dx, dy)
    phase = random.uniform(0, 2 * math.pi, 3)
    contour = radius * (1 + 0.14 * np.cos(2 * turn + phase[0]) + 0.1 * np.cos(3 * turn + phase[1]))
    wall = max(radius * float(random.uniform(0.14, 0.32)), 0.6 * scene.grid.mm)
    beads = 0.75 + 0.25 * np.cos(float(random.integers(3, 9)) * turn + phase[2])
    line = np.exp(-(((far - contour) / np.float32(wall)) ** 2)) * beads
    if drawn == "arc":
        sweep = float(random.uniform(0.25, 0.7))
        away = np.abs((turn - phase[2] + math.pi) % (2 * math.pi) - math.pi) / math.pi
        line = line * np.clip((sweep - away) / 0.12 + 0.5, 0, 1)
    veil = np.float32(random.uniform(0.0, 0.25)) * np.clip(1 - far / contour, 0, 1)
    deep = np.float32(radius * float(random.uniform(0.9, 1.7)))
    canvas.merge(patch, (deep * (line + veil)).astype(np.float32))
