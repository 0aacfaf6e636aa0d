"""Spurs: bone that grows out of an attachment along the fibres that pull there."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter

from mlcalc.simulate.lesions.course import Course
from mlcalc.simulate.lesions.finish import between, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import wander
from mlcalc.simulate.lesions.ossified.bones import Bones, Tissue, tissue
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.settings import most
from mlcalc.simulate.lesions.shapes import Canvas, body, slab

STEPS = 48
ROOT = 1.5
"""mm that a spur reaches into the bone it grows from."""
BONE = 0.2
"""cm of bone from which a pixel counts as bone."""
NEAR = 1.0
"""mm from the bone that still is at the bone."""
FUZZ = 0.3
"""mm by which the whiskers of an inflamed enthesis are blurred."""


@drawer
def bone_spur(scene: Scene) -> Mineral:
    """One or several spurs from the first point of an enthesis' path, its marrow open to the bone.

    Settings: ``count`` (most spurs, side by side), ``fluffy`` (1: blurred whiskers of enthesitis without a
    cortex), ``slender`` (length over width of the root).
    """
    random, course = scene.random, from_bone(scene)
    fluffy = bool(scene.recipe.number("fluffy", 0.0))
    slender = scene.recipe.number("slender", between(scene, 1.1, 4.0) * (2.0 if fluffy else 1.0))
    width = max(scene.length / slender, 3 * scene.grid.mm)
    count = int(random.integers(3 if fluffy else 1, max(most(scene.recipe, "count", 1), 3 * fluffy) + 1))
    bones = Bones(scene, _young(tissue(scene, width)) if fluffy else tissue(scene, width))
    for i in range(count):
        length = scene.length * (1.0 if i == 0 else random.uniform(0.35, 0.9))
        beside = max(scene.site.width, 1.2 * width * (count if fluffy else 1)) / 2
        shift = 0.0 if i == 0 else random.uniform(-1, 1) * min(beside, 0.8 * scene.length)
        _spur(bones, _run(scene, course, length, shift), width * random.uniform(0.6, 1))
    made = bones.mineral(course, spurs=count, root_mm=round(width, 1))
    return _blurred(made, FUZZ / scene.grid.mm) if fluffy else made


@drawer
def calcified_spur(scene: Scene) -> Mineral:
    """An early enthesophyte: a tongue or a few grains of chalk at the attachment, no cortex, no trabeculae.

    Settings: ``slender`` (length over width of the root), ``grains`` (chance of grains beyond the tip; 0.5).
    """
    random, course, canvas = scene.random, from_bone(scene), Canvas(scene.grid)
    slender = scene.recipe.number("slender", between(scene, 1.3, 4.5))
    width, count = max(scene.length / slender, 2.5 * scene.grid.mm), int(random.integers(3, 7))
    for i in range(count):
        share = (i + 0.5) / count  # lumps that run into each other, ever thinner away from the bone
        half = scene.length / count * random.uniform(0.6, 1.1)
        thick = max(width / 2 * (1 - share) ** random.uniform(0.4, 1.0), scene.grid.mm)
        stray = random.normal(0, 0.12) * width
        x, y = course.at(share * scene.length, stray)[0]
        angle = course.angle(share * scene.length)
        patch, inside = body(random, scene.grid, (float(x), float(y)), (half, thick), angle, 0.3)
        canvas.merge(patch, slab(inside, 2 * thick * random.uniform(0.7, 1.3), random.uniform(0.3, 0.6)))
    if random.random() < scene.recipe.number("grains", 0.5):
        _grains(scene, canvas, course, width)
    return mineral(scene, canvas.depth, root_mm=round(width, 1))


def from_bone(scene: Scene) -> Course:
    """The site's path, from its end at the bone on; where that end is off the bone, from the nearest bone on.

    A tendon may be seen only in part: then the end of its path is no attachment.
    """
    site, grid = scene.site, scene.grid
    course = Course.of(site.path if site.compartment == "enthesis" else site.path[::-1])
    start = course.points[0]
    rows, columns = np.nonzero(scene.ground.bone[::2, ::2] > BONE)
    if rows.size == 0:
        return course
    places = np.stack([columns, rows], axis=1) * 2 * grid.mm - grid.half
    away = np.hypot(*(places - start).T)
    nearest = places[int(np.argmin(away))]
    if away.min() < max(NEAR, 3 * grid.mm):
        return course
    return Course.of(np.stack([nearest, start + (start - nearest) * (scene.length / away.min())]))


def _grains(scene: Scene, canvas: Canvas, course: Course, width: float) -> None:
    """Loose grains along the fibres ahead of the tip."""
    random = scene.random
    for _ in range(int(random.integers(2, 6))):
        s = scene.length * random.uniform(0.8, 1.4)
        x, y = course.at(s, random.normal(0, 0.25) * width)[0]
        size = max(width * random.uniform(0.06, 0.16), 0.5 * scene.grid.mm)
        radii = (size * random.uniform(1, 2.5), size)
        patch, inside = body(random, scene.grid, (float(x), float(y)), radii, course.angle(s), 0.0)
        canvas.merge(patch, slab(inside, 2 * size, 0.6))


def _run(scene: Scene, course: Course, length: float, shift: float) -> Course:
    """The axis of a spur: it starts inside the bone, follows the fibres and may hook."""
    random = scene.random
    s = np.linspace(-ROOT, length, 12)
    bend = random.normal(0, 0.1) * length * np.clip(s / length, 0, 1) ** 2
    return Course.of(course.at(s, shift + bend))


def _spur(bones: Bones, run: Course, width: float) -> None:
    """Broad at its root, a blunt or sharp tip; never closed where it comes out of the bone."""
    random = bones.scene.random
    share = np.linspace(0, 1, STEPS)
    tip = (1 - share ** random.uniform(1.0, 2.5)) ** random.uniform(0.6, 1.0)
    flare = 1 + random.uniform(0.2, 0.9) * np.exp(-share * random.uniform(5, 10))
    half = width / 2 * tip * flare * np.clip(1 + 0.08 * wander(random, STEPS, 3), 0.5, 1.5)
    stray = wander(random, STEPS, 1.5) * np.float32(0.05 * width) * share.astype(np.float32)
    # a spur is a shelf: mostly deeper along the beam than it looks wide
    bones.strand(run, half.astype(np.float32), stray, skew=float(random.normal(0.6, 0.35)), rooted=(ROOT, 0))


def _young(made_of: Tissue) -> Tissue:
    """Bone that is being laid down: no cortex to speak of, hardly any trabeculae."""
    return replace(made_of, gaps=1.0, marrow=0.8, contrast=0.4 * made_of.contrast)


def _blurred(made: Mineral, sigma: float) -> Mineral:
    """The same without sharp edges; sigma in pixels."""
    layers = tuple(replace(layer, depth=gaussian_filter(layer.depth, sigma)) for layer in made.layers)
    return replace(made, layers=layers)
