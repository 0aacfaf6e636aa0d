"""Spurs: bone that grows out of an attachment along the fibres that pull there."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.lesions.course import Course
from mlcalc.simulate.lesions.finish import between
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import wander
from mlcalc.simulate.lesions.ossified.bones import Bones, tissue
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.settings import most

STEPS = 48
ROOT = 1.5
"""mm that a spur reaches into the bone it grows from."""


@drawer
def bone_spur(scene: Scene) -> Mineral:
    """One or several spurs from the first point of an enthesis' path, its marrow open to the bone.

    Settings: ``count`` (most spurs, side by side), ``fluffy`` (1: blurred, ragged ones of enthesitis),
    ``slender`` (length over width of the root).
    """
    random, site = scene.random, scene.site
    path = site.path if site.compartment == "enthesis" else site.path[::-1]
    course = Course.of(path)
    fluffy = scene.recipe.number("fluffy", 0.0)
    slender = scene.recipe.number("slender", between(scene, 1.1, 4.0))
    width = max(scene.length / slender, 3 * scene.grid.mm)
    count = int(random.integers(1, most(scene.recipe, "count", 1) + 1))
    bones = Bones(scene, tissue(scene, width))
    for i in range(count):
        length = scene.length * (1.0 if i == 0 else random.uniform(0.35, 0.9))
        shift = 0.0 if i == 0 else random.uniform(-1, 1) * max(site.width, 1.2 * width) / 2
        _spur(bones, _run(scene, course, length, shift), width * random.uniform(0.6, 1), fluffy)
    return bones.mineral(course, spurs=count, root_mm=round(width, 1))


def _run(scene: Scene, course: Course, length: float, shift: float) -> Course:
    """The axis of a spur: it starts inside the bone, follows the fibres and may hook."""
    random = scene.random
    s = np.linspace(-ROOT, length, 12)
    bend = random.normal(0, 0.1) * length * np.clip(s / length, 0, 1) ** 2
    return Course.of(course.at(s, shift + bend))


def _spur(bones: Bones, run: Course, width: float, fluffy: float) -> None:
    """Broad at its root, a blunt or sharp tip; never closed where it comes out of the bone."""
    random = bones.scene.random
    share = np.linspace(0, 1, STEPS)
    tip = (1 - share ** random.uniform(1.0, 2.5)) ** random.uniform(0.6, 1.0)
    flare = 1 + random.uniform(0.2, 0.9) * np.exp(-share * random.uniform(5, 10))
    ragged = 1 + (0.08 + 0.15 * fluffy) * wander(random, STEPS, 3 + 3 * fluffy)
    half = np.asarray(width / 2 * tip * flare * np.clip(ragged, 0.3, 1.8), np.float32)
    stray = wander(random, STEPS, 1.5) * np.float32(0.05 * width) * share.astype(np.float32)
    bones.strand(run, half, stray, skew=float(random.normal(0.2, 0.35)), rooted=(ROOT, 0))
