"""Myositis ossificans by age: a faint cloud, then a rim that ripens from outside in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlcalc.simulate.grid import Map, Patch
from mlcalc.simulate.lesions.course import Course, anchor
from mlcalc.simulate.lesions.finish import between, mass, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal
from mlcalc.simulate.lesions.ossified.bones import Bones, extent, polar, tissue, trabeculae
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.settings import span
from mlcalc.simulate.lesions.shapes import Canvas, around, step

RIPENING_WEEKS = 9.0
"""So many weeks after the fifth two thirds of the rim are mature (assumed, to fit the documents' weeks)."""


@drawer
def zonal_mass(scene: Scene) -> Mineral:
    """A mass with a bony rim that fades to an immature or fatty centre.

    Settings: ``weeks=low,high`` since the trauma. At 6 to 8 weeks the rim is lacy, later it is a cortex over
    a band of trabeculae, and the centre is lucent.
    """
    random, course = scene.random, Course.of(scene.site.path)
    weeks = between(scene, *span(scene.recipe, "weeks", (6.0, 40.0)))
    ripe = float(1 - np.exp(-max(weeks - 5, 0.5) / RIPENING_WEEKS))
    s, slender = anchor(scene), between(scene, 1.0, 2.4)
    length = extent(scene, slender)
    half = (length / 2, length / 2 / slender)
    x, y = course.at(s)[0]
    patch = around(scene.grid, (float(x), float(y)), 1.3 * half[0])
    depth = scene.grid.zeros()
    if not patch.empty:
        angle = course.angle(s) + random.normal(0, 0.2)
        place, radius = polar(random, patch, (float(x), float(y)), half, angle, random.uniform(0.04, 0.13))
        bones = Bones(scene, tissue(scene, 2 * half[1]))
        deep = bones.half_depth(half[1])
        texture = trabeculae(random, patch, bones.tissue)
        flocs = np.clip(1 + fractal(random, patch, max(half[1] * 0.35, 3 * scene.grid.mm), 2), 0, None)
        depth[patch.index] = _zones(
            random, (place, radius), deep, ripe, (texture, flocs, bones.tissue.cortex)
        )
    swelling, told = mass(scene, (float(x), float(y)), half, course.angle(s))
    made = mineral(scene, depth, swelling, weeks_since_onset=round(weeks, 1), ripe=round(ripe, 2))
    return replace(made, parameters={**made.parameters, **told})


@drawer
def young_cloud(scene: Scene) -> Mineral:
    """Weeks 2 to 6 of ossification: faint, flocculent mineral without any structure of bone.

    Settings: ``weeks=low,high``: later it is denser, and begins to gather at the edge.
    """
    random, course = scene.random, Course.of(scene.site.path)
    low, high = span(scene.recipe, "weeks", (2.0, 6.0))
    weeks = random.uniform(low, high)
    s, slender = anchor(scene), between(scene, 1.0, 3.0)
    length = extent(scene, slender)
    half = (length / 2, length / 2 / slender)
    x, y = course.at(s)[0]
    patch = around(scene.grid, (float(x), float(y)), 1.5 * half[0])
    canvas = Canvas(scene.grid)
    if not patch.empty:
        angle = course.angle(s) + random.normal(0, 0.2)
        place, _ = polar(random, patch, (float(x), float(y)), half, angle, random.uniform(0.1, 0.25))
        cloud = _flocculent(scene, patch, place, half[1])
        gathered = 1 + 1.2 * (weeks - low) / max(high - low, 1) * np.clip(place, 0, 1) ** 3
        deep = min(2 * half[1] * between(scene, 0.5, 1.3), scene.site.depth)
        canvas.add(patch, np.asarray(cloud * gathered * deep * 0.4, np.float32))
    swelling, told = mass(scene, (float(x), float(y)), half, course.angle(s))
    made = mineral(scene, canvas.depth, swelling, weeks_since_onset=round(weeks, 1))
    return replace(made, parameters={**made.parameters, **told})


def _flocculent(scene: Scene, patch: Patch, place: Map, half: float) -> Map:
    """Flocs that fade towards an outline nobody could draw; ``half``: mm across the cloud."""
    random, finest = scene.random, 3 * scene.grid.mm
    inside: Map = 1 - place + np.float32(0.18) * fractal(random, patch, max(half * 0.5, finest), 3)
    flocs = fractal(random, patch, max(half * random.uniform(0.2, 0.5), finest), 3, gain=0.65)
    cloud = step(inside * np.float32(random.uniform(1.2, 2.5)))
    return np.asarray(cloud * np.clip(0.55 + 0.5 * flocs, 0, None), np.float32)


def _zones(
    random: np.random.Generator,
    body: tuple[Map, Map],
    deep: float,
    ripe: float,
    look: tuple[Map, Map, float],
) -> Map:
    """Depth of nested shells: cortex, rim of trabeculae, a zone of young bone, the centre."""
    (place, radius), (texture, flocs, cortex) = body, look
    rim = random.uniform(0.14, 0.34)

    def ellipsoid(scale: Map | float) -> Map:
        return np.asarray(2 * deep * scale * np.sqrt(np.maximum(1 - (place / scale) ** 2, 0)), np.float32)

    uneven: Map = 1 + np.float32(0.3) * (flocs - 1)
    shell = np.clip(1 - np.float32(cortex) / np.maximum(radius, 1e-3), 0.5, 0.98).astype(np.float32)
    whole, under = ellipsoid(1.0), ellipsoid(shell)
    middle, centre = ellipsoid(1 - rim * uneven), ellipsoid(np.maximum(1 - 2 * rim * uneven, np.float32(0.2)))
    holes = np.clip(0.55 + 1.6 * ripe + _holes(random, flocs), 0.1, 1)
    line = (whole - under) * np.float32(0.25 + 0.75 * ripe) * holes
    band = np.maximum(under - middle, 0) * texture * np.float32(random.uniform(0.35, 0.6))
    young = np.maximum(middle - centre, 0) * flocs * np.float32(random.uniform(0.1, 0.2) * (1.1 - 0.4 * ripe))
    core = centre * flocs * np.float32(random.uniform(0.0, 0.1) * (1.2 - ripe))
    return np.asarray(line + band + young + core, np.float32)


def _holes(random: np.random.Generator, flocs: Map) -> Map:
    """Where the young rim still has gaps: the same coarse texture at random strength."""
    return np.asarray((flocs - 1) * random.uniform(0.2, 0.8), np.float32)
