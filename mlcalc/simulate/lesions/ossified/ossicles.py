"""Small bones: accessory ossicles, inconstant sesamoids, avulsed fragments, ossified joint bodies."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.lesions.course import Course, anchor
from mlcalc.simulate.lesions.finish import between
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import smooth
from mlcalc.simulate.lesions.ossified.bones import Bones, tissue
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import around, scatter

Point = tuple[float, float]


@drawer
def ossicle(scene: Scene) -> Mineral:
    """A smooth, rounded small bone with a cortex all around, near the bone; now and then in two parts.

    Settings: ``slender`` (length over width, else drawn), ``bipartite`` (chance; 0.15).
    """
    random, course = scene.random, Course.of(scene.site.path)
    s = anchor(scene, near_bone=0.8)
    slender = scene.recipe.number("slender", between(scene, 1.0, 1.9))
    bones = Bones(scene, tissue(scene, scene.length / slender))
    angle = course.angle(s) + random.normal(0, 0.5)
    parts = 2 if random.random() < scene.recipe.number("bipartite", 0.15) else 1
    half = scene.length / 2 / parts
    x, y = course.at(s)[0]
    for i in range(parts):
        step = (2 * i - parts + 1) * half * 1.06
        centre = (float(x + step * np.cos(angle)), float(y + step * np.sin(angle)))
        wide = scene.length / slender / 2 * random.uniform(0.8, 1.0)
        bones.blob(centre, (half, wide), angle, lobes=random.uniform(0.02, 0.07))
    return bones.mineral(parts=parts)


@drawer
def avulsed_fragment(scene: Scene) -> Mineral:
    """A flake pulled off the bone: rounded, cortical outside, a ragged bare edge towards its bed.

    The tendon, ligament or capsule has drawn it a few millimetres away from where it was.
    """
    random, course = scene.random, Course.of(scene.site.path)
    away = 1.0 if scene.site.compartment == "enthesis" else -1.0
    start = 0.0 if away > 0 else course.length
    pulled = between(scene, 0.5, 8.0)
    thick = scene.length * random.uniform(0.25, 0.6)
    s = start + away * (pulled + thick / 2)
    x, y = course.at(s)[0]
    angle = course.angle(s) + random.normal(0, 0.25)
    bones = Bones(scene, tissue(scene, thick))
    # long across the pull, so the half lengths are swapped: along the path it is thin
    bones.blob((float(x), float(y)), (thick, scene.length / 2), angle, lobes=random.uniform(0.04, 0.12))
    _break(bones, (float(x), float(y)), angle, away)
    return bones.mineral(pulled_mm=round(pulled, 1))


@drawer
def ossified_bodies(scene: Scene) -> Mineral:
    """Bodies of differing size in or about a joint, ossified: cortex and fatty marrow, some with rings."""
    random, course = scene.random, Course.of(scene.site.path)
    s, count = anchor(scene), int(random.integers(2, 12))
    most = min(scene.length / max(count**0.5, 1.5), 2.5 * scene.site.width + 3, 22.0)
    sizes = np.sort(most * np.exp(random.uniform(np.log(0.3), 0, count)))[::-1]
    spread = max(scene.site.width, scene.length * random.uniform(0.3, 0.7))
    place = s + random.uniform(-0.5, 0.5, count) * max(scene.length - most, 0)
    points = course.at(place, random.uniform(-0.5, 0.5, count) * spread)
    kept = scatter(random, points, np.asarray(sizes / 2, np.float32), spacing=0.9)
    bones = Bones(scene, tissue(scene, most))
    for i in kept:
        half = (float(sizes[i]) / 2, float(sizes[i]) / 2 * random.uniform(0.7, 1.0))
        centre = (float(points[i, 0]), float(points[i, 1]))
        bones.blob(centre, half, random.uniform(0, np.pi), lobes=random.uniform(0.03, 0.1))
    return bones.mineral(bodies=len(kept))


def _break(bones: Bones, centre: Point, angle: float, away: float) -> None:
    """Take the half that faces the bone: its edge is bare and ragged."""
    grid = bones.grid
    patch = around(grid, centre, 3 * bones.scene.length)
    if patch.empty:
        return
    dx, dy = patch.x - np.float32(centre[0]), patch.y - np.float32(centre[1])
    ahead = (dx * np.float32(np.cos(angle)) + dy * np.float32(np.sin(angle))) * np.float32(away)
    ragged = smooth(bones.scene.random, patch, max(bones.scene.length * 0.12, 2 * grid.mm))
    kept = np.clip((ahead + ragged * np.float32(0.05 * bones.scene.length)) / grid.mm + 0.5, 0, 1)
    bones.outer[patch.index] *= kept
    bones.inner[patch.index] *= kept
