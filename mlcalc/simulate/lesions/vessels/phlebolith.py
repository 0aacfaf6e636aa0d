"""Stones in veins: small, round, denser at the rim, lucent in the middle, sometimes lamellated."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.grid import Map
from mlcalc.simulate.lesions.course import Course, anchor, berth, shortened, stretched
from mlcalc.simulate.lesions.finish import between, depth_over_width, mass, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, body, chord, scatter, step

SMALLEST, LARGEST = 2.0, 10.0
"""Diameter of a stone, mm."""


@drawer
def round_lucent_centre(scene: Scene) -> Mineral:
    """One stone, or several along veins; at least the largest shows its lucent centre.

    Settings: most (stones; 1 is one alone), mass (chance of a malformation's soft-tissue mass),
    lamellated (chance of rings; 0.3), filled (share of the others without a lucent centre; 0.2).
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    course, middle = Course.of(scene.site.path), anchor(scene)
    most = int(scene.recipe.number("most", 1))
    count = 1 if most == 1 else round(between(scene, 2, most))
    half, spot = scene.length / 2, course.at(middle)[0]
    if count == 1:
        radii, s, t = np.array([half]), np.array([middle]), np.array([berth(scene, course, middle, half)[0]])
    else:
        size = scene.length * random.uniform(0.07, 0.2) * np.exp(random.normal(0, 0.3, count * 2))
        radii = np.clip(size, SMALLEST, LARGEST) / 2
        wide = min(max(2 * scene.site.width, 0.25 * scene.length), scene.length)
        s = middle + (half - radii) * random.uniform(-1, 1, count * 2)
        off, room = berth(scene, course, middle, wide / 2)
        t = off + room * random.uniform(-1, 1, count * 2)
    kept = scatter(random, course.at(s, t), radii, 1.15)[:count]
    points = course.at(stretched(s, kept, middle, scene.length - 2 * float(radii[kept].mean())), t)
    kept.sort(key=lambda i: -radii[i])
    swelling, told = mass(scene, (float(spot[0]), float(spot[1])), (half, half * 0.7), course.angle(middle))
    for order, i in enumerate(kept):
        filled = order > 0 and random.random() < scene.recipe.number("filled", 0.2)
        _stone(scene, canvas, (points[i, 0], points[i, 1]), float(radii[i]), filled)
    return mineral(scene, canvas.depth, swelling, told=told, stones=len(kept))


def _stone(scene: Scene, canvas: Canvas, centre: tuple[float, float], radius: float, filled: bool) -> None:
    random = scene.random
    radii = (radius, radius * float(random.uniform(0.82, 1.0)))
    turn = float(random.uniform(0, math.pi))
    patch, inside = body(random, scene.grid, centre, radii, turn, float(random.uniform(0.02, 0.07)), 1.3)
    if patch.empty:
        return
    deep = 2 * radius * depth_over_width(scene) * 0.7
    off = radius * float(random.choice([0.0, 0.12, 0.25]))
    within = np.hypot(patch.x - centre[0] - off * math.cos(turn), patch.y - centre[1] - off * math.sin(turn))
    hollow = np.minimum(1 - within / np.float32(radius), inside)
    canvas.merge(patch, chord(inside, deep) if filled else np.float32(deep) * _hollow(scene, inside, hollow))


def _hollow(scene: Scene, inside: Map, within: Map) -> Map:
    """Dense rim, a lucent spot; rings in between if lamellated. within: as inside, about that spot."""
    random = scene.random
    rim = float(random.uniform(0.3, 0.68))
    lucent = float(random.uniform(0.4, 0.85))
    full = step(inside / np.float32(0.22))
    middle = step((within - rim) / np.float32(random.uniform(0.12, 0.3)))
    stone = full * (1 - np.float32(lucent) * middle)
    if random.random() < scene.recipe.number("lamellated", 0.3):
        waves = np.cos(inside * np.float32(2 * math.pi / float(random.uniform(0.28, 0.4))))
        stone = stone * (0.8 + 0.25 * waves)
    if random.random() < 0.2:
        stone = stone + 0.5 * step((inside - 0.8) / np.float32(0.15))  # a dense nidus in the lucency
    result: Map = stone.astype(np.float32)
    return result
