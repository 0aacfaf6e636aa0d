"""Thin lines and layers in cartilage, annulus, tendon, ligament, synovium and capsule, as CPP forms them."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.lesions.course import Course, anchor, shortened
from mlcalc.simulate.lesions.finish import between, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import wander
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, stroke

POINTS = 26
"""Points along one line."""
DEEP = (2.0, 9.0)
"""mm along the beam of a layer that is seen on edge: cartilage is deep where the beam grazes it."""


@drawer
def linear_stratified(scene: Scene) -> Mineral:
    """One to four delicate lines along the structure, or vertical ones at the margins of a disc.

    Settings: layers (most; 3), across (1: over the height of a disc, at its ends; 0), stipple (chance that
    grains lie between the lines; 0.4), whole (how little the lines are broken, 0 to 1; 0.5).
    """
    scene = shortened(scene)
    canvas = Canvas(scene.grid)
    draw = _annular if scene.recipe.number("across", 0) else _along
    layers = draw(scene, canvas)
    return mineral(scene, canvas.depth, layers=layers)


def _along(scene: Scene, canvas: Canvas) -> int:
    random = scene.random
    course, middle = Course.of(scene.site.path), anchor(scene)
    room = min(scene.site.width, scene.length * 0.35)
    layers = int(random.integers(1, int(scene.recipe.number("layers", 3)) + 1))
    apart = room * float(random.uniform(0.18, 0.3))
    first = float(random.uniform(-0.3, 0.3)) * (room - apart * (layers - 1))
    for k in range(layers):
        t = first + (k - (layers - 1) / 2) * apart * float(random.uniform(0.8, 1.2))
        reach = scene.length * (1.0 if k == 0 else float(random.uniform(0.3, 0.9)))
        slide = (scene.length - reach) * float(random.uniform(-0.5, 0.5))
        _line(scene, canvas, course, (middle + slide - reach / 2, middle + slide + reach / 2), (t, t), apart)
    if random.random() < scene.recipe.number("stipple", 0.4):
        _stipple(scene, canvas, course, middle, room)
    return layers


def _annular(scene: Scene, canvas: Canvas) -> int:
    """Thin vertical lines where the annulus bulges between the corners of two vertebrae."""
    random = scene.random
    course = Course.of(scene.site.path)
    disc = course.length > 1.3 * scene.site.width
    high = min(scene.site.width, scene.length)
    layers = int(random.integers(1, int(scene.recipe.number("layers", 2)) + 1))
    ends = [0.0, course.length] if random.random() < 0.7 else [float(random.choice([0.0, course.length]))]
    for k, end in ((k, end) for k in range(layers) for end in ends):
        bulge = high * float(random.uniform(-0.1, 0.2)) - k * high * float(random.uniform(0.1, 0.25))
        span = high / 2 * float(random.uniform(0.6, 1.05))
        if disc:
            s = end + (bulge if end else -bulge)
            path = Course.of(course.at(np.array([s, s]), np.array([-span, span])))
            _line(scene, canvas, path, (0.0, path.length), (0.0, 0.0), high * 0.2)
        else:
            mid = course.length / 2
            _line(scene, canvas, course, (mid - span, mid + span), (bulge, bulge), high * 0.2)
    return layers


def _line(
    scene: Scene,
    canvas: Canvas,
    course: Course,
    along: tuple[float, float],
    across: tuple[float, float],
    room: float,
) -> None:
    """A delicate, slightly uneven, here and there interrupted line; a layer seen on edge is deep."""
    random = scene.random
    length = along[1] - along[0]
    s = np.linspace(*along, POINTS)
    t = np.linspace(*across, POINTS) + 0.08 * room * wander(random, POINTS, 3)
    thick = float(np.clip(scene.length * between(scene, 0.009, 0.024), 0.2, 0.65))
    unbroken = 2.5 * scene.recipe.number("whole", 0.5)
    present = np.clip(wander(random, POINTS, max(length / 6, 3)) * 1.2 + unbroken, 0, 1)
    taper = np.clip(np.sin(np.pi * np.linspace(0.01, 0.99, POINTS)) * 4, 0, 1)
    radius = thick * present * taper * (1 + 0.3 * wander(random, POINTS, 8))
    deep = between(scene, *DEEP) / (2 * thick)
    stroke(canvas, course.at(s, t), np.clip(radius, 0, None).astype(np.float32), deep)


def _stipple(scene: Scene, canvas: Canvas, course: Course, middle: float, room: float) -> None:
    """Fine grains between the lines."""
    random = scene.random
    count = int(random.integers(6, 22))
    s = middle + scene.length * random.uniform(-0.45, 0.45, count)
    t = room * random.uniform(-0.35, 0.35, count)
    size = float(np.clip(scene.length * 0.01, 0.12, 0.5))
    reach = size * random.uniform(0.5, 2.5, count)
    starts, ends = course.at(s - reach, t), course.at(s + reach, t)
    radius = np.full(2, size * float(random.uniform(0.6, 1.0)), np.float32)
    for start, end in zip(starts, ends, strict=True):
        stroke(canvas, np.stack([start, end]), radius, 2.5)
