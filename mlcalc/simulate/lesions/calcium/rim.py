"""Thin shells: aneurysm, haematoma, what is left of a deposit."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.lesions.course import Course, anchor, berth, shortened
from mlcalc.simulate.lesions.finish import depth_over_width, mass, mineral, whether
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, body, shell, step


@drawer
def peripheral_rim(scene: Scene) -> Mineral:
    """An eggshell, oval, here and there open or thickened, faint within; never trabeculae.

    Settings: aspect (width over length, least; 0.45), open (1: open where a vessel runs through; 0),
    whole (how much of the shell stands, 0 to 1; 0.7), second (chance of a second shell beside; 0.1), mass,
    fat.
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    course, middle = Course.of(scene.site.path), anchor(scene)
    second = whether(scene, "second", 0.1)
    half = scene.length / 2 * (0.62 if second else 1.0)
    off, across = berth(scene, course, middle, half * float(random.uniform(0.5, 1.0)))
    spot = course.at(middle, off)[0]
    swelling, told = mass(scene, (float(spot[0]), float(spot[1])), (half, across), course.angle(middle))
    for k in range(1 + second):
        place = middle + (scene.length / 2 - half) * (0 if not second else 2 * k - 1)
        size = half * (1.0 if k == 0 else float(random.uniform(0.5, 0.9)))
        _eggshell(scene, canvas, course, place, size)
    return mineral(scene, canvas.depth, swelling, told=told, shells=1 + int(second))


def _eggshell(scene: Scene, canvas: Canvas, course: Course, middle: float, half: float) -> None:
    random = scene.random
    wanted = half * float(random.uniform(scene.recipe.number("aspect", 0.45), 1.0))
    off, across = berth(scene, course, middle, wanted)
    spot, angle = course.at(middle, off)[0], course.angle(middle) + float(random.normal(0, 0.12))
    radii = (half, across)
    rough = float(random.uniform(0.03, 0.13))
    patch, inside = body(random, scene.grid, (spot[0], spot[1]), radii, angle, rough, 1.1)
    if patch.empty:
        return
    thick = min(radii[1] * float(random.uniform(0.05, 0.14)), float(random.uniform(1.0, 3.0)))
    wall = max(thick, 0.8 * scene.grid.mm) / radii[1]
    depth = shell(inside, 2 * radii[1] * depth_over_width(scene) * 0.8, wall)
    stands = fractal(random, patch, radii[1] * 0.55, 3) + 3 * scene.recipe.number("whole", 0.7) - 0.9
    veil = step((inside - 1.5 * np.float32(wall)) / np.float32(2 * wall))
    depth = depth * step(stands * 0.5 + 0.2) * (1 - veil * np.float32(random.uniform(0.35, 0.85)))
    depth = depth * np.clip(1 + 0.3 * fractal(random, patch, radii[1] * 0.4, 2), 0.2, None)
    if scene.recipe.number("open", 0):
        along = (patch.x - spot[0]) * np.cos(angle) + (patch.y - spot[1]) * np.sin(angle)
        depth = depth * step((1.05 - np.abs(along) / half).astype(np.float32) * 5)
    canvas.merge(patch, depth.astype(np.float32))
