"""Silicone: injected droplets, implants with a shell, spacers for small joints."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.lesions.finish import between, whether
from mlcalc.simulate.lesions.foreign.place import along_bone, held, in_site, solid
from mlcalc.simulate.lesions.forms import rod, within
from mlcalc.simulate.lesions.mineral import Layer, Mineral, Scene
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, body, chord, shell


@drawer
def silicone_droplets(scene: Scene) -> Mineral:
    """Injected silicone: many rounded drops of differing size that lie beside and over each other."""
    random, canvas, pose = scene.random, Canvas(scene.grid), in_site(scene)
    count = int(between(scene, 4, 45))
    largest = min(scene.length * random.uniform(0.2, 0.45), 22.0)
    for _ in range(count):
        size = largest * between(scene, 0.2, 1.0)
        place = np.clip(random.normal(0, 0.25, 2), -0.5, 0.5) * max(scene.length - size, 0)
        half = (size / 2, size / 2 * random.uniform(0.7, 1.0))
        centre = pose.at(float(place[0]), float(place[1]))
        patch, inside = body(random, scene.grid, centre, half, random.uniform(0, 3), rough=0.12)
        if not patch.empty:
            canvas.add(patch, chord(inside, size))
    return solid(scene, canvas.depth, drops=count)


@drawer
def silicone_implant(scene: Scene) -> Mineral:
    """A soft implant: a smooth, evenly dense cushion with a thin shell, folded here and there.

    Settings: ``rim``: chance that its capsule has calcified (then the recipe carries `peripheral_rim`).
    """
    random, canvas, pose = scene.random, Canvas(scene.grid), in_site(scene)
    half = (scene.length / 2, scene.length / 2 * random.uniform(0.55, 1.0))
    deep = min(2 * half[1] * random.uniform(0.4, 0.9), scene.site.depth)
    patch, inside = body(random, scene.grid, pose.centre, half, pose.angle, rough=0.1, cell=1.2)
    rim, crust = whether(scene, "rim", 0.0), scene.grid.zeros()
    if not patch.empty:
        canvas.add(patch, chord(inside, deep))
        if rim:
            crust[patch.index] = shell(inside, deep, max(0.9 / half[1], 1.2 * scene.grid.mm / half[1]))
    made = solid(scene, canvas.depth, capsule_calcified=rim)
    if not rim:
        return made
    layer = Layer("hydroxyapatite", held(scene, crust), share=1.0)
    return Mineral((*made.layers, layer), made.parameters)


@drawer
def silicone_spacer(scene: Scene) -> Mineral:
    """A one-piece spacer of a finger or toe joint: a hinged block, two tapering stems in the shafts."""
    random, canvas, pose = scene.random, Canvas(scene.grid), along_bone(scene)
    half = scene.length / 2
    block = (half * random.uniform(0.15, 0.25), half * random.uniform(0.2, 0.32))
    patch, u, v = pose.frame(scene.grid, (half, block[1] + 1))
    if not patch.empty:
        mm = scene.grid.mm
        stem = block[1] * 0.5 * (1 - 0.7 * np.abs(u) / np.float32(half))
        drawn = rod(v, np.maximum(stem, 1e-3), mm) * within(-half, u, half, mm)
        cube = within(-block[0], u, block[0], mm) * within(-block[1], v, block[1], mm) * 1.6 * block[1]
        hinge = 1 - 0.55 * np.exp(-((u / np.float32(max(0.3 * block[0], mm))) ** 2))
        canvas.add(patch, np.asarray(np.maximum(drawn, cube * hinge), np.float32))
    made = solid(scene, canvas.depth)
    reamed = np.minimum(canvas.depth, scene.ground.bone * np.float32(6))
    return Mineral(made.layers, made.parameters, bone=reamed)
