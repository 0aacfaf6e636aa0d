"""Dense lesions and lines inside bone: they belong to the bone, however calcified they look."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mlcalc.simulate.distractors.laid import material, nothing, span
from mlcalc.simulate.distractors.skeleton import BoneSpot, Skeleton
from mlcalc.simulate.grid import Points
from mlcalc.simulate.lesions.calcium.chondroid import arcs_and_rings
from mlcalc.simulate.lesions.mineral import Layer, Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal, smooth, woven
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import body, slab, step
from mlcalc.simulate.site import Site

CM = np.float32(10)
"""Millimetres in a centimetre."""


@drawer
def enchondroma(scene: Scene) -> Mineral:
    """Arcs, rings and points in the marrow, all within the cortex; often in a lobed lucency.

    Settings: lucent=low,high (share of the bone that is gone around them).
    """
    skeleton = Skeleton.of(scene.ground)
    spot = skeleton.interior(scene.random, 1.2)
    if spot is None:
        return nothing()
    length = min(scene.length, 2.4 * spot.half * min(spot.long, 2.0))
    run = np.array([[-1, 0], [1, 0]]) * length / 2 @ _turning(spot.angle).T + spot.centre
    site = Site("soft_tissue", scene.ground.region, run, 2 * spot.half, 40.0)
    drawn = arcs_and_rings(replace(scene, site=site, length=length))
    inside = skeleton.within(0.12 * spot.half_width)
    depth = drawn.layers[0].depth * step(inside)
    patch, lobe = body(
        scene.random,
        scene.grid,
        spot.centre,
        (0.62 * length, min(0.5 * length, 0.9 * spot.half)),
        spot.angle,
        0.3,
    )
    gone = scene.grid.zeros()
    share = np.float32(span(scene, "lucent", 0.05, 0.45))
    gone[patch.index] = step(lobe * 4) * scene.ground.bone[patch.index] * CM * share
    told = {"bone_lesion_mm": round(length, 1)}
    return Mineral((Layer(material(scene), depth),), told, bone=gone * inside)


@drawer
def bone_island(scene: Scene) -> Mineral:
    """A dense even spot in the marrow with thorny margins that run into the trabeculae, along the bone."""
    random = scene.random
    skeleton = Skeleton.of(scene.ground)
    spot = skeleton.interior(random, 1.0)
    if spot is None:
        return nothing()
    size = min(scene.length / 2, 0.75 * spot.half)
    aspect = float(random.uniform(0.5, 1.0))
    patch, inside = body(random, scene.grid, spot.centre, (size, size * aspect), spot.angle, 0.25, 1.1)
    along, across = spot.turned(patch.x, patch.y)
    thorns = woven(random, along, across, (0.5 * size, max(0.12 * size, 1.5 * scene.grid.mm)))
    inside = inside + np.float32(0.14) * thorns * np.exp(-np.abs(inside) * 3)
    depth = scene.grid.zeros()
    depth[patch.index] = slab(inside, 2 * size * aspect * float(random.uniform(0.6, 1.2)), 0.3)
    return Mineral(
        (Layer(material(scene), depth * skeleton.within(0.6)),), {"bone_lesion_mm": round(2 * size, 1)}
    )


@drawer
def bone_lines(scene: Scene) -> Mineral:
    """Thin dense lines across a bone, side by side: growth arrest, a physeal scar, a healing stress fracture.

    Settings: lines (most), slant (radians, standard deviation of their angle to the bone's cross-section).
    """
    random = scene.random
    skeleton = Skeleton.of(scene.ground)
    spot = skeleton.interior(random, 1.5)
    if spot is None:
        return nothing()
    spot = _across_if_round(
        replace(spot, angle=spot.angle + float(random.normal(0, scene.recipe.number("slant", 0.08))))
    )
    whole = scene.grid.whole()
    along, across = spot.turned(whole.x, whole.y)
    count = int(random.integers(1, int(scene.recipe.number("lines", 5)) + 1))
    bowed = along + np.float32(random.normal(0, 0.12)) * across**2 / np.float32(spot.half_width)
    bowed = bowed + np.float32(0.25) * smooth(random, whole, max(spot.half_width, 3 * scene.grid.mm))
    depth, at = scene.grid.zeros(), 0.0
    for _ in range(count):
        width = max(span(scene, "width", 0.3, 0.9), 0.7 * scene.grid.mm)
        depth += np.float32(span(scene, "depth", 0.6, 2.5)) * np.exp(
            -(((bowed - at) / np.float32(width)) ** 2)
        )
        at += float(random.uniform(2.5, 9.0)) * width + 1.0
    broken = np.clip(1.2 + 0.6 * smooth(random, whole, max(0.5 * spot.half_width, 3 * scene.grid.mm)), 0.1, 1)
    near = np.abs(across) < np.float32(1.7 * spot.half_width)
    return Mineral((Layer(material(scene), depth * broken * near * skeleton.within(0.5)),), {"lines": count})


@drawer
def bone_infarct(scene: Scene) -> Mineral:
    """A serpiginous dense border around marrow, with irregular flecks within; all inside the bone."""
    random = scene.random
    skeleton = Skeleton.of(scene.ground)
    spot = skeleton.interior(random, 1.8)
    if spot is None:
        return nothing()
    half = min(scene.length / 2, 1.6 * spot.half * min(spot.long, 2.5))
    wide = min(half, 0.8 * spot.half)
    patch, inside = body(random, scene.grid, spot.centre, (half, wide), spot.angle, 0.45, 0.55)
    if patch.empty:
        return nothing()
    wall = max(span(scene, "wall", 0.05, 0.14), 0.8 * scene.grid.mm / wide)
    rim = np.exp(-(((inside - 0.1) / np.float32(wall)) ** 2)) * np.clip(
        1 + smooth(random, patch, 0.5 * wide), 0.1, 2
    )
    second = np.exp(-(((inside - np.float32(random.uniform(0.3, 0.6))) / np.float32(wall)) ** 2))
    flecks = np.clip(fractal(random, patch, 0.18 * wide, 2) - 1.1, 0, 1.2) * (inside > 0)
    partly = np.clip(smooth(random, patch, 0.6 * wide), 0, 1)
    depth = scene.grid.zeros()
    depth[patch.index] = 0.45 * wide * (rim + 0.7 * second * partly + 0.6 * flecks)
    return Mineral(
        (Layer(material(scene), depth * skeleton.within(0.5)),), {"bone_lesion_mm": round(2 * half, 1)}
    )


@drawer
def coarse_bone(scene: Scene) -> Mineral:
    """Coarse, thick trabeculae along a bone and a thicker cortex, from one end up to a flame-shaped front."""
    random = scene.random
    skeleton = Skeleton.of(scene.ground)
    spot = skeleton.interior(random, 1.5)
    if spot is None:
        return nothing()
    whole = scene.grid.whole()
    along, across = spot.turned(whole.x, whole.y)
    cell = max(span(scene, "coarse", 0.7, 1.8), 2.5 * scene.grid.mm)
    beams = np.exp(-((woven(random, along, across, (5 * cell, cell)) / np.float32(0.5)) ** 2))
    inside = skeleton.inside()
    cortex = np.exp(-inside / np.float32(0.25 * spot.half_width)) * (inside > 0)
    front = np.float32(scene.length / 2) - along - np.float32(1.5) * np.abs(across)
    front = np.clip(
        front / np.float32(0.1 * scene.length) + 0.5 * smooth(random, whole, 0.1 * scene.length), 0, 1
    )
    deep = np.float32(min(0.3 * spot.half_width, 4.0))
    depth = deep * (beams + np.float32(0.8) * cortex) * front * np.clip(inside / np.float32(0.5), 0, 1)
    return Mineral((Layer(material(scene), depth),), {"coarse_mm": round(cell, 2)})


def _turning(angle: float) -> Points:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s], [s, c]])


def _across_if_round(spot: BoneSpot) -> BoneSpot:
    """A round bone has no axis to speak of."""
    return spot if spot.long > 1.15 else replace(spot, angle=spot.angle + math.pi / 2)
