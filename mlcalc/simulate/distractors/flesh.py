"""Shadows of skin, fat and gas."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.distractors.laid import folded, place, span, track, turn, turned
from mlcalc.simulate.lesions.course import Course
from mlcalc.simulate.lesions.mineral import Layer, Mineral, Scene
from mlcalc.simulate.lesions.noise import smooth
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, body, chord


@drawer
def skin_fold(scene: Scene) -> Mineral:
    """A fold of skin over the film: one edge sharp against air, the other fading; sometimes two or three."""
    random, depth = scene.random, scene.grid.zeros()
    run = track(scene, place(scene), turn(scene), span(scene, "bend", 0.03, 0.25))
    s, t = run.coordinates(scene.grid.whole())
    s = s - np.float32(run.length / 2)
    count = int(random.integers(1, 4))
    for _ in range(count):
        fades = np.float32(span(scene, "width", 3.0, 15.0))
        fold = np.clip(t / np.float32(2 * scene.grid.mm), 0, 1) * np.clip(1 - t / fades, 0, 1) ** 1.5
        depth += np.float32(span(scene, "thick", 1.5, 8.0)) * fold
        t = t - fades * np.float32(random.uniform(0.3, 1.5)) - s * np.float32(random.normal(0, 0.15))
    return folded((depth * scene.ground.body).astype(np.float32), folds=count)


@drawer
def lucent_line(scene: Scene) -> Mineral:
    """A dark line in soft tissue: fat between muscles, or air caught in a fold of skin."""
    random, filling = scene.random, scene.recipe.materials[0]
    run = track(scene, place(scene), turn(scene), span(scene, "bend", 0.03, 0.3), 0.6 * scene.length)
    s, t = run.coordinates(scene.grid.whole())
    width = np.float32(max(span(scene, "width", 0.5, 2.5), 0.8 * scene.grid.mm))
    width = width * np.clip(1 + 0.4 * smooth(random, scene.grid.whole(), 0.15 * scene.length), 0.3, 2)
    taper = np.clip(np.minimum(s, np.float32(run.length) - s) / np.float32(0.2 * scene.length), 0, 1)
    depth = np.float32(span(scene, "thick", 2.0, 10.0)) * np.exp(-((t / width) ** 2)) * taper
    room = np.maximum(scene.ground.depth - scene.ground.bone, 0) * 9
    return Mineral(
        (Layer(filling, np.minimum(depth, room).astype(np.float32), solid=True),), {"lucent": filling}
    )


@drawer
def gas_bubbles(scene: Scene) -> Mineral:
    """Gas in soft tissue: dark round and drawn-out bubbles, along the planes between muscles."""
    random, canvas = scene.random, Canvas(scene.grid)
    run = track(scene, place(scene), Course.of(scene.site.path).angle(0.0), 0.2, 0.5 * scene.length)
    count, size = int(random.integers(6, 36)), scene.length * float(random.uniform(0.012, 0.045))
    for _ in range(count):
        s = float(random.uniform(0, 1)) * run.length
        x, y = run.at(s, float(random.normal(0, 0.16)) * scene.length)[0]
        radius = max(size * float(np.exp(random.normal(0, 0.5))), scene.grid.mm)
        long = float(random.uniform(1, 3.5))
        angle = run.angle(s) + float(random.normal(0, 0.3))
        patch, inside = body(
            random,
            scene.grid,
            (float(x), float(y)),
            (radius * long, radius),
            angle,
            0.15 * (radius > 4 * scene.grid.mm),
        )
        canvas.add(patch, chord(inside, 2 * radius))
    room = np.maximum(scene.ground.depth - scene.ground.bone, 0) * 9 * scene.ground.body
    return Mineral(
        (Layer("air", np.minimum(canvas.depth, room).astype(np.float32), solid=True),), {"bubbles": count}
    )


@drawer
def skin_knob(scene: Scene) -> Mineral:
    """A nipple, mole or wart: a small round shadow, air around it makes its edge sharp on one side."""
    random, centre, half = scene.random, place(scene), scene.length / 2
    patch, inside = body(
        random, scene.grid, centre, (half, half * float(random.uniform(0.75, 1.0))), turn(scene), 0.1
    )
    along, _ = turned(patch, centre, turn(scene))
    sharp = np.clip(0.6 + along / np.float32(half), 0.25, 1)
    depth = scene.grid.zeros()
    depth[patch.index] = chord(inside, span(scene, "thick", 3.0, 9.0)) * sharp
    return folded(depth, knob_mm=round(2 * half, 1))


@drawer
def breast_edge(scene: Scene) -> Mineral:
    """The lower edge of a breast or of a fold of fat: a broad even shadow with a round border."""
    random = scene.random
    run = track(scene, place(scene), float(random.normal(0, 0.3)), span(scene, "bend", 0.08, 0.3))
    _, t = run.coordinates(scene.grid.whole())
    rise = np.float32(span(scene, "rise", 4.0, 20.0))
    shade = np.sqrt(np.clip(-t / rise, 0, 1))
    depth = np.float32(span(scene, "thick", 5.0, 25.0)) * shade * scene.ground.body
    return folded(depth.astype(np.float32), breast=True)
