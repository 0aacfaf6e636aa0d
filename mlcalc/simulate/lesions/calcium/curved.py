"""Free curved mineral: crescents and streaks in bursae, dead worms, serpiginous lines."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.grid import Points
from mlcalc.simulate.lesions.course import Course, anchor, shortened
from mlcalc.simulate.lesions.finish import between, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import wander
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, stroke

FORMS = ("crescent", "streak", "coil", "serpentine", "commas")


@drawer
def curvilinear_crescentic(scene: Scene) -> Mineral:
    """A crescent, a streak along the structure, a coil, a serpiginous line, or some small commas.

    Settings: form (one of FORMS or several joined by |; any).
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    forms = scene.recipe.settings.get("form", "|".join(FORMS)).split("|")
    form = forms[int(random.integers(len(forms)))]
    course, middle = Course.of(scene.site.path), anchor(scene)
    if form == "commas":
        _commas(scene, canvas, course, middle)
    elif form == "streak":
        _streak(scene, canvas, course, middle)
    elif form == "crescent":
        centre, angle = course.at(middle)[0], course.angle(middle) + float(random.normal(0, 0.4))
        _crescent(scene, canvas, centre, scene.length, angle)
    else:
        _worm(scene, canvas, course.at(middle)[0], form, course.angle(middle))
    return mineral(scene, canvas.depth, form=form)


def _crescent(scene: Scene, canvas: Canvas, centre: Points, length: float, angle: float) -> None:
    """An arc that tapers to both ends, thickest off its middle; its chord lies along ``angle``."""
    random = scene.random
    sweep, n = float(random.uniform(1.0, 3.6)), 18
    half = min(sweep, math.pi) / 2
    turn, x = np.linspace(-sweep / 2, sweep / 2, n), np.linspace(0, 1, n)
    points = np.stack([np.sin(turn), np.cos(turn) - math.cos(half)], 1) * length / (2 * math.sin(half))
    points[:, 1] *= float(random.choice([-1, 1])) * float(random.uniform(0.6, 1.0))
    points -= points.mean(axis=0)
    c, s = math.cos(angle), math.sin(angle)
    points = points @ np.array([[c, s], [-s, c]]) + centre
    thick = length * between(scene, 0.03, 0.085)
    full = np.sin(math.pi * x ** float(random.uniform(0.7, 1.4))) ** 0.8
    radius = thick * np.clip(full + 0.12 * wander(random, n, 5), 0, None)
    stroke(canvas, points, radius.astype(np.float32), deep=float(random.uniform(1.2, 3)))


def _streak(scene: Scene, canvas: Canvas, course: Course, middle: float) -> None:
    """A dense curved line that follows the structure, as chalk does that has run into a bursa."""
    random, n = scene.random, 22
    s = middle + scene.length * np.linspace(-0.5, 0.5, n)
    bow = float(random.normal(0, 0.12)) * scene.length * (1 - np.linspace(-1, 1, n) ** 2)
    t = bow + 0.12 * min(scene.site.width, scene.length / 4) * wander(random, n, 2)
    thick = min(scene.length * between(scene, 0.02, 0.07), max(scene.site.width / 2, scene.length * 0.02))
    full = np.sin(math.pi * np.linspace(0.02, 0.98, n)) ** float(random.uniform(0.3, 1.0))
    radius = thick * full * np.clip(1 + 0.35 * wander(random, n, 4), 0.2, None)
    stroke(canvas, course.at(s, t), radius.astype(np.float32), deep=float(random.uniform(1.5, 4)))


def _worm(scene: Scene, canvas: Canvas, centre: Points, form: str, angle: float) -> None:
    """A long calcified cord, coiled up or winding, here and there broken; even calibre."""
    random = scene.random
    n = 70 if form == "coil" else 44
    x = np.linspace(0, 1, n)
    if form == "coil":
        turns = float(random.uniform(1.5, 4)) * 2 * math.pi
        heading = turns * x * float(random.choice([-1, 1])) + 1.8 * wander(random, n, 5)
    else:
        heading = float(random.uniform(0.8, 1.5)) * np.sin(
            2 * math.pi * float(random.uniform(1.2, 3)) * x + float(random.uniform(0, 6))
        ) + 0.6 * wander(random, n, 3)
    heading = heading + angle + (0.0 if form == "serpentine" else float(random.uniform(0, 6)))
    points = np.cumsum(np.stack([np.cos(heading), np.sin(heading)], 1), axis=0)
    span = points.max(axis=0) - points.min(axis=0)
    points = (points - (points.max(axis=0) + points.min(axis=0)) / 2) * scene.length / float(
        max(span)
    ) + centre
    thick = min(max(scene.length * between(scene, 0.012, 0.03), 0.4), 1.6)
    whole = np.clip(wander(random, n, 9) * 6 + float(random.uniform(5, 12)), 0, 1)
    radius = thick * whole * (1 + 0.3 * wander(random, n, 16))
    stroke(canvas, points, np.clip(radius, 0, None).astype(np.float32), deep=1.2)


def _commas(scene: Scene, canvas: Canvas, course: Course, middle: float) -> None:
    """Several small C- and comma-shaped bodies scattered in the structure, any way round."""
    random = scene.random
    count = int(random.integers(2, 9))
    wide = min(scene.site.width, scene.length * 0.6)
    for _ in range(count):
        s = middle + scene.length * float(random.uniform(-0.42, 0.42))
        place = course.at(s, wide * float(random.uniform(-0.45, 0.45)))[0]
        size = scene.length * float(random.uniform(0.09, 0.2))
        _crescent(scene, canvas, place, size, float(random.uniform(0, 2 * math.pi)))
