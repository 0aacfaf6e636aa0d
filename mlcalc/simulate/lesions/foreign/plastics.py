"""Plastics: pieces, tubes, and the marker thread of a forgotten swab."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.lesions.course import Course, anchor, window
from mlcalc.simulate.lesions.finish import between
from mlcalc.simulate.lesions.foreign.place import anyhow, held, in_site, solid
from mlcalc.simulate.lesions.forms import chip, convex, rod, slab, turned, within
from mlcalc.simulate.lesions.mineral import Layer, Mineral, Scene
from mlcalc.simulate.lesions.noise import wander
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, around, stroke


@drawer
def plastic_piece(scene: Scene) -> Mineral:
    """A piece of plastic: a plate, a lump or a rod; soft ones barely differ from fat or muscle."""
    random, pose, canvas = scene.random, anyhow(scene), Canvas(scene.grid)
    half = scene.length / 2
    thick = min(between(scene, 1.0, 8.0), scene.length)
    if random.random() < 0.5:
        wide = half * random.uniform(0.2, 0.9)
        outline = np.array([(-half, -wide), (half, -wide), (half, wide), (-half, wide)])
        planes = slab(outline, thick)
    else:
        planes = chip(random, (half, half * random.uniform(0.3, 0.9), thick / 2), int(random.integers(8, 24)))
    patch = around(scene.grid, pose.centre, 1.5 * half + thick)
    canvas.add(patch, convex(patch, pose.centre, turned(planes, random, (0, 1.5)), scene.grid.mm))
    return solid(scene, canvas.depth, thick_mm=round(thick, 1))


@drawer
def tube(scene: Scene) -> Mineral:
    """A catheter or drain along the site: thin walls, opaque as a whole or by a stripe of barium sulfate."""
    random, course = scene.random, Course.of(scene.site.path)
    length, middle = min(scene.length, course.length), anchor(scene)
    run = course.part(middle - length / 2, middle + length / 2)
    radius = min(between(scene, 0.6, 3.0), max(scene.site.width / 2, 0.7))
    stripe = random.random() < 0.5
    wall, lining = scene.grid.zeros(), scene.grid.zeros()
    patch = window(scene.grid, run, radius + 1)
    if not patch.empty:
        s, t = run.coordinates(patch)
        t = t - np.interp(s, np.linspace(0, run.length, 30), radius * 0.7 * wander(random, 30, 2))
        seen = within(0.0, s, run.length, scene.grid.mm)
        hollow = rod(t, 0.62 * radius, scene.grid.mm)
        wall[patch.index] = np.maximum(rod(t, radius, scene.grid.mm) - hollow, 0) * seen
        lining[patch.index] = wall[patch.index] * np.float32(0.03)
        if stripe:
            line = rod(t - 0.7 * radius * random.uniform(-1, 1), 0.2 * radius, scene.grid.mm)
            lining[patch.index] = line * seen * np.float32(0.12)
    plastic = scene.recipe.materials[0]
    layers = (
        Layer(plastic, held(scene, wall), solid=True),
        Layer("barium_sulfate", held(scene, lining), solid=True),
    )
    return Mineral(layers, {"stripe": stripe, "tube_mm": round(2 * radius, 1)})


@drawer
def swab_marker(scene: Scene) -> Mineral:
    """The opaque thread of a gauze swab left inside: a crumpled ribbon of loops."""
    random, pose, canvas = scene.random, in_site(scene, turn=1.0), Canvas(scene.grid)
    t, count = np.linspace(0, 1, 90), random.uniform(2, 6)
    u = scene.length / 2 * np.clip(0.8 * wander(random, 90, count), -1, 1)
    v = scene.length / 2 * np.clip(0.6 * wander(random, 90, count), -1, 1)
    points = np.array([pose.at(float(a), float(b)) for a, b in zip(u, v, strict=True)])
    radius = between(scene, 0.3, 0.8)
    stroke(canvas, points, (radius * (0.8 + 0.2 * np.cos(t * 40))).astype(np.float32), deep=0.3)
    return solid(scene, canvas.depth * np.float32(0.5), thread_mm=round(2 * radius, 1))
