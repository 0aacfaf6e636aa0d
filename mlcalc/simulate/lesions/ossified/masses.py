"""Masses and islands of mature bone in muscle, around joints, in scars."""

from __future__ import annotations

import math

from mlcalc.simulate.lesions.course import Course, anchor
from mlcalc.simulate.lesions.finish import between
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.ossified.bones import Bones, extent, tissue
from mlcalc.simulate.lesions.registry import drawer


@drawer
def bone_mass(scene: Scene) -> Mineral:
    """One mature mass: lobes of bone grown together under one cortex, drawn out along the fibres.

    Settings: ``slender`` (length over width, else drawn).
    """
    random, course = scene.random, Course.of(scene.site.path)
    s = anchor(scene)
    slender = scene.recipe.number("slender", between(scene, 1.0, 2.6))
    length = extent(scene, slender)
    width = length / slender
    bones = Bones(scene, tissue(scene, width))
    angle = course.angle(s) + random.normal(0, 0.15)
    x, y = course.at(s, _across(scene, width))[0]
    count = int(random.integers(1, 5))
    for i in range(count):
        share = between(scene, 0.45, 0.75) if count > 1 else 1.0
        long, wide = share * length / 2, max(share, 0.6) * width / 2
        step = (i / max(count - 1, 1) - 0.5) * (length - 2 * long)
        side = random.uniform(-1, 1) * (width / 2 - wide)
        centre = (
            x + step * math.cos(angle) - side * math.sin(angle),
            y + step * math.sin(angle) + side * math.cos(angle),
        )
        bones.blob((float(centre[0]), float(centre[1])), (long, wide), angle, lobes=random.uniform(0.06, 0.2))
    return bones.mineral(_fibres(scene, course), lobes=count, slender=round(slender, 2))


@drawer
def bone_islands(scene: Scene) -> Mineral:
    """Separate islands of bone strewn along and beside the path, the largest a third of the whole or more."""
    random, course = scene.random, Course.of(scene.site.path)
    s, count = anchor(scene), int(random.integers(2, 9))
    length = extent(scene, 1.8)
    spread = min(scene.site.width, length * random.uniform(0.25, 0.7))
    bones = Bones(scene, tissue(scene, length * 0.25))
    for i in range(count):
        size = length * (random.uniform(0.3, 0.5) if i == 0 else between(scene, 0.08, 0.35))
        place = s + random.uniform(-0.5, 0.5) * (length - size)
        half = (size / 2, size / 2 * random.uniform(0.4, 0.9))
        x, y = course.at(place, random.uniform(-0.5, 0.5) * spread)[0]
        turn = course.angle(place) + random.normal(0, 0.4)
        bones.blob((float(x), float(y)), half, turn, lobes=random.uniform(0.1, 0.25))
    return bones.mineral(islands=count)


def _across(scene: Scene, width: float) -> float:
    """A shift across the structure that keeps a body ``width`` mm wide in it."""
    room = max((scene.site.width - width) / 2, 0.0)
    return float(scene.random.uniform(-room, room))


def _fibres(scene: Scene, course: Course) -> Course | None:
    """Trabeculae keep to the fibres now and then."""
    return course if scene.random.random() < 0.4 else None
