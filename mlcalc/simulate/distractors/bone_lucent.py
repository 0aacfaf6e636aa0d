"""Lucent lesions and lines of bone with a dense border."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mlcalc.simulate.distractors.laid import (
    chance,
    material,
    nothing,
    span,
)
from mlcalc.simulate.distractors.skeleton import Skeleton
from mlcalc.simulate.lesions.mineral import Layer, Mineral, Scene
from mlcalc.simulate.lesions.noise import smooth
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import body, shell, step

CM = np.float32(10)
"""Millimetres in a centimetre."""


@drawer
def cortical_defect(scene: Scene) -> Mineral:
    """A lobed lucency in or under the cortex with a thin scalloped dense border, along the bone."""
    random = scene.random
    skeleton = Skeleton.of(scene.ground)
    spot = skeleton.interior(random, 1.0, middle=False)
    if spot is None:
        return nothing()
    half = min(scene.length / 2, 1.4 * spot.half_width)
    wide = min(half * float(random.uniform(0.4, 0.75)), 0.8 * spot.half_width)
    patch, inside = body(random, scene.grid, spot.centre, (half, wide), spot.angle, 0.3, 0.7)
    if patch.empty:
        return nothing()
    wall = max(0.1, 0.8 * scene.grid.mm / wide)
    rim = np.exp(-((inside / np.float32(wall)) ** 2)) * np.clip(
        1 + 0.5 * smooth(random, patch, 0.4 * wide), 0.2, 2
    )
    septa = shell(np.abs(smooth(random, patch, 0.6 * wide)), 0.3, 0.15) * (inside > 0)
    depth, gone, bone = scene.grid.zeros(), scene.grid.zeros(), scene.ground.bone * CM
    depth[patch.index] = 0.3 * wide * rim + 0.2 * wide * septa
    gone[patch.index] = step(inside * 5) * bone[patch.index] * np.float32(span(scene, "lucent", 0.2, 0.6))
    held = skeleton.within(0.3)
    told = {"bone_lesion_mm": round(2 * half, 1)}
    return Mineral((Layer(material(scene), depth * held),), told, bone=gone * held)


@drawer
def bone_cleft(scene: Scene) -> Mineral:
    """A lucent line with thin dense borders: a nutrient canal, a bipartite bone's synchondrosis.

    Settings: slant (radians, standard deviation about the bone's axis), corner (1: it cuts off a corner).
    """
    random = scene.random
    skeleton = Skeleton.of(scene.ground)
    spot = skeleton.interior(random, 0.8, middle=False)
    if spot is None:
        return nothing()
    angle = spot.angle + float(random.normal(0, scene.recipe.number("slant", 0.3)))
    if chance(scene, "corner", 0.0):
        angle = float(random.uniform(-math.pi, math.pi))
    whole, half = scene.grid.whole(), scene.length / 2
    along, across = replace(spot, angle=angle).turned(whole.x, whole.y)
    bow = np.float32(random.normal(0, 0.25) / scene.length)
    across = (
        across + bow * along**2 + np.float32(0.15) * smooth(random, whole, max(half / 2, 2 * scene.grid.mm))
    )
    width = np.float32(max(span(scene, "width", 0.4, 1.2), 0.8 * scene.grid.mm))
    taper = np.clip((1 - np.abs(along) / np.float32(half)) * 4, 0, 1)
    line = np.exp(-((across / width) ** 2)) * taper
    borders = np.exp(-(((np.abs(across) - 1.9 * width) / (0.7 * width)) ** 2)) * taper
    held = skeleton.within(0.4)
    gone = line * scene.ground.bone * CM * np.float32(span(scene, "lucent", 0.3, 0.8))
    rims = borders * np.float32(span(scene, "rim", 0.3, 1.2))
    return Mineral(
        (Layer(material(scene), rims * held),), {"cleft_mm": round(scene.length, 1)}, bone=gone * held
    )
