"""From drawn depth to a `Mineral` that fits into the tissue; masses around it, erosions under it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from scipy.ndimage import uniform_filter

from mlcalc.simulate.grid import Map
from mlcalc.simulate.lesions.mineral import Layer, Mineral, Scene
from mlcalc.simulate.lesions.shapes import Canvas, body, chord
from mlcalc.simulate.site import Value

BULGE = 0.5
"""Over so much of its smaller radius a mass under the skin thins out beyond it."""
THICKEST = 8.0
"""mm that a mass adds to the patient at most: tissue beside it gives way."""
FULL = np.float32(9)
"""mm of mineral that a centimetre of soft tissue has room for."""


def mineral(
    scene: Scene,
    depth: Map,
    swelling: Map | None = None,
    bone: Map | None = None,
    *,
    told: Mapping[str, Value] | None = None,
    **parameters: Value,
) -> Mineral:
    """One layer of one of the recipe's materials, cut to the room that the tissue has.

    told, parameters: what was drawn, for the manifest.
    """
    materials = scene.recipe.materials
    material = materials[int(scene.random.integers(len(materials)))]
    layer = Layer(material, fitted(scene, depth))
    return Mineral((layer,), {**parameters, **(told or {})}, swelling, bone)


def fitted(scene: Scene, depth: Map) -> Map:
    """The depth that fits into the soft tissue of each pixel: none outside the body."""
    ground = scene.ground
    room = np.minimum((ground.depth - ground.bone) * FULL, np.float32(scene.site.depth))
    return np.clip(depth, 0, np.maximum(room, 0)) * ground.body


def mass(
    scene: Scene, centre: tuple[float, float], radii: tuple[float, float], angle: float = 0.0
) -> tuple[Map | None, Mapping[str, Value]]:
    """Soft-tissue mass around the mineral, by the recipe's chance (setting ``mass``), else None.

    Half of its depth bulges, the rest takes the place of tissue; setting ``fat``: chance that it is fat. Over
    the skin it lifts the outline gently.
    """
    random = scene.random
    if random.random() >= scene.recipe.number("mass", 0.0):
        return None, {"mass": False}
    grow = float(random.uniform(1.15, 1.8))
    canvas = Canvas(scene.grid)
    wide = (radii[0] * grow, radii[1] * grow)
    room = min(2 * min(wide), scene.site.depth)
    deep = min(room * float(random.uniform(0.08, 0.25)), THICKEST)
    if random.random() < scene.recipe.number("fat", 0.0):
        deep *= -0.3
    patch, inside = body(random, scene.grid, centre, wide, angle, rough=0.1, cell=0.9)
    inner = uniform_filter(
        scene.ground.body[patch.index].astype(np.float32), max(round(BULGE * min(wide) / scene.grid.mm), 1)
    )
    canvas.add(patch, chord(inside, deep) * inner)
    return canvas.depth, {"mass": True, "mass_mm": round(2 * max(wide), 1)}


def erosion(scene: Scene, depth: Map) -> Map | None:
    """Bone that is gone under the mineral (setting ``erosion``: chance), else None. Only where bone is."""
    random, ground = scene.random, scene.ground
    if random.random() >= scene.recipe.number("erosion", 0.0):
        return None
    share = np.float32(random.uniform(0.4, 0.9))
    lost = np.minimum(depth * np.float32(random.uniform(1.0, 2.0)), ground.bone * 10 * share)
    return lost if float(lost.max()) > 0.5 else None


def depth_over_width(scene: Scene) -> float:
    """How deep (along the beam) a body is against its smaller width: nobody sees it, any is as likely."""
    return float(np.exp(scene.random.uniform(math.log(0.55), math.log(1.5))))


def whether(scene: Scene, setting: str, default: float) -> bool:
    """A throw of the dice by a setting of the recipe (a chance)."""
    return bool(scene.random.random() < scene.recipe.number(setting, default))


def between(scene: Scene, low: float, high: float) -> float:
    """A length or count, even on the logarithm."""
    return float(np.exp(scene.random.uniform(math.log(low), math.log(high))))


def resized(scene: Scene, length: float) -> Scene:
    """The same scene for a part of the lesion that is ``length`` mm long."""
    return replace(scene, length=length)
