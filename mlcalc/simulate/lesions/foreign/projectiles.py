"""What was shot: pellets, bullets whole and deformed."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.grid import Map
from mlcalc.simulate.lesions.finish import between
from mlcalc.simulate.lesions.foreign.place import Pose, anyhow, in_site, solid
from mlcalc.simulate.lesions.forms import chip, convex, rod, turned
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import wander
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.settings import most, span
from mlcalc.simulate.lesions.shapes import Canvas, around, body, chord

STEPS = 40


@drawer
def pellets(scene: Scene) -> Mineral:
    """Shot: balls of one size, strewn; those that hit bone are flattened.

    Settings: ``count`` (most pellets), ``size=low,high`` (mm).
    """
    random, canvas, pose = scene.random, Canvas(scene.grid), in_site(scene)
    size = min(between(scene, *span(scene.recipe, "size", (1.8, 4.6))), scene.length)
    count = max(int(between(scene, 1, most(scene.recipe, "count", 30))), 1)
    for _ in range(count):
        spread = np.clip(random.normal(0, 0.25, 2), -0.5, 0.5) * max(scene.length - size, 0)
        squeezed = random.uniform(0.45, 0.9) if random.random() < 0.2 else 1.0
        rough = 0.15 if squeezed < 1 else 0.0
        centre = pose.at(float(spread[0]), float(spread[1]))
        half = (size / 2 / squeezed, size / 2 * squeezed)
        patch, inside = body(random, scene.grid, centre, half, random.uniform(0, math.pi), rough)
        if not patch.empty:
            canvas.merge(patch, chord(inside, size * squeezed))
    return solid(scene, canvas.depth, pellets=count, pellet_mm=round(size, 1))


@drawer
def bullet(scene: Scene) -> Mineral:
    """A bullet: ogive with a flat base, or mushroomed and bent; now and then a trail of fragments.

    Settings: ``deformed``: chance that it is.
    """
    random, pose, canvas = scene.random, anyhow(scene), Canvas(scene.grid)
    deformed = random.random() < scene.recipe.number("deformed", 0.5)
    foreshortened = random.uniform(0.35, 1.0)
    calibre = scene.length / between(scene, 1.3, 3.2)
    length = max(scene.length * foreshortened, calibre)
    patch, u, v = pose.frame(scene.grid, (0.6 * length, 1.2 * calibre))
    if not patch.empty:
        share = np.linspace(-0.5, 0.5, STEPS, dtype=np.float32)
        half = calibre / 2 * _profile(random, share, deformed)
        bend = random.normal(0, 0.15) * calibre if deformed else 0.0
        radius = np.interp(u / length, share, half, left=0, right=0).astype(np.float32)
        off = v - np.float32(bend) * (u / np.float32(length)) ** 2 * 4
        canvas.add(patch, rod(off, radius, scene.grid.mm) * (radius > 0))
    trail = int(random.integers(3, 25)) if deformed and random.random() < 0.6 else 0
    for _ in range(trail):
        _crumb(scene, canvas, pose.moved(-random.uniform(0.3, 1.6) * length, random.normal(0, 0.3) * calibre))
    return solid(scene, canvas.depth, deformed=deformed, crumbs=trail, calibre_mm=round(calibre, 1))


def _profile(random: np.random.Generator, share: Map, deformed: bool) -> Map:
    """Half width along a bullet, base to tip, against its calibre."""
    nose = np.sqrt(np.clip(1 - np.clip((share + 0.5 - 0.45) / 0.55, 0, 1) ** random.uniform(1.7, 2.4), 0, 1))
    if not deformed:
        return np.asarray(nose, np.float32)
    cap = 1 + random.uniform(0.2, 0.8) / (1 + np.exp(-(share - random.uniform(0.0, 0.3)) * 14))
    blunt = np.sqrt(np.clip(1 - np.clip((share - 0.3) / 0.2, 0, 1) ** 2, 0, 1))
    return np.asarray(cap * blunt * (1 + 0.12 * wander(random, STEPS, 4)), np.float32)


def _crumb(scene: Scene, canvas: Canvas, pose: Pose) -> None:
    half = max(between(scene, 0.2, 2.0) / 2, 0.4 * scene.grid.mm)
    patch = around(scene.grid, pose.centre, 1.3 * half)
    planes = turned(chip(scene.random, (half, 0.7 * half, 0.5 * half), 8), scene.random, (0, 1.5))
    canvas.add(patch, convex(patch, pose.centre, planes, scene.grid.mm))
