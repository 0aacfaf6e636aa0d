"""Wood and thorns: darker than tissue while dry and full of air, as dense or denser once soaked."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.lesions.finish import between
from mlcalc.simulate.lesions.foreign.place import anyhow, held, solid
from mlcalc.simulate.lesions.forms import rod, within
from mlcalc.simulate.lesions.mineral import Layer, Mineral, Scene
from mlcalc.simulate.lesions.noise import woven
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas


@drawer
def splinter(scene: Scene) -> Mineral:
    """A splinter of wood: straight, broken ends, its grain faint lines; air along it now and then.

    Settings: ``air``: chance of air in its track.
    """
    random, pose, canvas = scene.random, anyhow(scene), Canvas(scene.grid)
    length = scene.length * random.uniform(0.75, 1.0)
    half = float(np.clip(length * between(scene, 0.03, 0.15), 0.4, 5.0))
    flat = between(scene, 0.4, 1.0)
    air = scene.grid.zeros()
    patch, u, v = pose.frame(scene.grid, (length / 2, 1.5 * half))
    if not patch.empty:
        broken = 0.25 * half * np.sin(v * np.float32(9 / half)) + v * np.float32(random.uniform(-1.5, 1.5))
        ends = within(-length / 2, u + broken, length / 2, scene.grid.mm)
        grain = 1 + np.float32(0.18) * woven(random, u, v, (0.4 * length, max(0.3 * half, scene.grid.mm)))
        canvas.add(patch, rod(v, half, scene.grid.mm) * np.float32(flat) * ends * np.clip(grain, 0.4, 1.6))
        if random.random() < scene.recipe.number("air", 0.0):
            slit = rod(np.abs(v) - np.float32(half), 0.25, scene.grid.mm)
            air[patch.index] = slit * ends
    made = solid(scene, canvas.depth, splinter_mm=round(2 * half, 1), air=bool(air.any()))
    return Mineral((*made.layers, Layer("air", held(scene, air), solid=True)), made.parameters)


@drawer
def thorn(scene: Scene) -> Mineral:
    """One or a few thorns: slender cones, a little bent."""
    random, canvas = scene.random, Canvas(scene.grid)
    count = int(random.integers(1, 4))
    for i in range(count):
        pose, length = anyhow(scene), scene.length * (1.0 if i == 0 else random.uniform(0.4, 0.9))
        half = float(np.clip(length * random.uniform(0.04, 0.09), 0.3, 1.5))
        patch, u, v = pose.frame(scene.grid, (length / 2, 3 * half))
        if patch.empty:
            continue
        bend = v - np.float32(random.normal(0, 1) * half) * (u / np.float32(length)) ** 2 * 4
        cone = half * np.clip(0.5 - u / np.float32(length), 0.02, 1)
        canvas.add(patch, rod(bend, cone, scene.grid.mm) * within(-length / 2, u, length / 2, scene.grid.mm))
    return solid(scene, canvas.depth, thorns=count)
