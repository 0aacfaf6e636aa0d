"""Parts that replace joints, and cement."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.lesions.finish import between
from mlcalc.simulate.lesions.foreign.place import Pose, along_bone, bone_width, held, in_site, solid
from mlcalc.simulate.lesions.forms import ball, rod, within
from mlcalc.simulate.lesions.mineral import Layer, Mineral, Scene
from mlcalc.simulate.lesions.noise import wander
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, around, stroke

STEPS = 40
OPAQUE_SHARE = 0.04
"""Volume of barium sulfate in bone cement (about 10 % by mass)."""


@drawer
def stem_and_head(scene: Scene) -> Mineral:
    """A joint replacement: tapering stem in the shaft, neck, ball; a cup over it now and then."""
    random, canvas, pose = scene.random, Canvas(scene.grid), along_bone(scene)
    wide = bone_width(scene, pose)
    length, half = scene.length * 0.65, float(np.clip(wide * random.uniform(0.15, 0.3), 2.0, 12))
    pose = pose if random.random() < 0.5 else Pose(pose.centre, pose.angle + math.pi)
    patch, u, v = pose.frame(scene.grid, (length / 2, 2.2 * half))
    if not patch.empty:
        share = np.clip(u / np.float32(length) + 0.5, 0, 1)
        radius = half * (0.45 + 0.55 * (1 - share)) * np.sqrt(np.clip(1 - share**14, 0, 1))
        flare = v - np.float32(half * 0.8) * np.clip(0.25 - share, 0, 1) * 4
        drawn = rod(flare, np.maximum(radius, 1e-3), scene.grid.mm)
        canvas.merge(patch, drawn * within(-length / 2, u, length / 2, scene.grid.mm))
    head = pose.moved(-length / 2 - half * random.uniform(0.8, 1.6), wide * random.uniform(0.3, 0.6))
    neck = np.array([pose.at(-length / 2 + half, half * 0.6), head.centre])
    stroke(canvas, neck, np.full(2, 0.5 * half, np.float32))
    size = float(np.clip(wide * random.uniform(0.3, 0.5), 3, 20))
    ball_patch = around(scene.grid, head.centre, size)
    canvas.merge(ball_patch, ball(ball_patch, head.centre, size))
    cup = random.random() < 0.6
    if cup:
        _cup(canvas, head, size, pose.angle + math.pi + random.normal(0.5, 0.3))
    return solid(scene, canvas.depth, cup=cup, head_mm=round(2 * size, 1))


@drawer
def cement(scene: Scene) -> Mineral:
    """Antibiotic beads on a wire, or cement that leaked: opaque by barium sulfate.

    Settings: ``kind``: ``beads`` or ``leak``.
    """
    random, canvas, pose = scene.random, Canvas(scene.grid), in_site(scene)
    beads = scene.recipe.settings.get("kind", "beads") == "beads"
    size = between(scene, 5.0, 8.0) if beads else between(scene, 0.15, 0.35) * scene.length
    count = int(np.clip(scene.length / size, 1, 14)) if beads else int(random.integers(2, 7))
    bend = scene.length * 0.15 * wander(random, max(count, 2), 1.5)
    line = []
    for i in range(count):
        step = (i - (count - 1) / 2) * (size * 1.15 if beads else 0.6 * size)
        centre = pose.at(step, float(bend[i]))
        line.append(centre)
        grow = 1.0 if beads else random.uniform(0.4, 1.0)
        patch = around(scene.grid, centre, size)
        canvas.merge(patch, ball(patch, centre, size / 2 * grow))
    body = held(scene, canvas.depth)
    layers = [
        Layer("plastic_acrylic", body * np.float32(1 - OPAQUE_SHARE), solid=True),
        Layer("barium_sulfate", body * np.float32(OPAQUE_SHARE), solid=True),
    ]
    if beads and count > 1:
        thread = Canvas(scene.grid)
        stroke(thread, np.array(line), np.full(count, 0.3, np.float32))
        layers.append(Layer("steel", held(scene, thread.depth), solid=True))
    return Mineral(tuple(layers), {"kind": "beads" if beads else "leak", "pieces": count})


def _cup(canvas: Canvas, head: Pose, size: float, angle: float) -> None:
    """A half shell around the ball that opens away from ``angle``."""
    thick = 0.22 * size
    patch, u, v = Pose(head.centre, angle).frame(canvas.grid, (1.6 * size, 1.6 * size))
    if patch.empty:
        return
    outer = 2 * np.sqrt(np.clip((1.25 * size + thick) ** 2 - u**2 - v**2, 0, None))
    inner = 2 * np.sqrt(np.clip((1.25 * size) ** 2 - u**2 - v**2, 0, None))
    canvas.merge(patch, (outer - inner) * within(-0.1 * size, u, 1e6, canvas.grid.mm))
