"""What lies outside the patient: where it is put, and how it adds to the beam's way without taking tissue."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from mlcalc.simulate.distractors.skeleton import STEP, enlarged
from mlcalc.simulate.grid import Map, Patch
from mlcalc.simulate.lesions.course import Course
from mlcalc.simulate.lesions.mineral import Layer, Mineral, Scene
from mlcalc.simulate.lesions.noise import wander
from mlcalc.simulate.site import Value

Floats = NDArray[np.floating[Any]]
MIDDLE = 0.5
"""Things are laid within this share of the grid's half from its middle, so that the crop shows them."""
CANDIDATES = 16
TRACK = 24
"""Points of a curve."""
TISSUE = "soft_tissue"


def laid(layers: Mapping[str, Map], **parameters: Value) -> Mineral:
    """Materials (id -> mm) on or beside the patient: no tissue makes way for them."""
    total: Map = np.asarray(sum(layers.values()), np.float32)
    return Mineral(
        tuple(Layer(material, depth, solid=True) for material, depth in layers.items()), parameters, total
    )


def folded(depth: Map, **parameters: Value) -> Mineral:
    """So many mm of soft tissue on top of the patient's."""
    return Mineral((Layer(TISSUE, depth, solid=True),), parameters)


def nothing() -> Mineral:
    """What a drawer gives where the ground has no room for it: such a crop is drawn anew."""
    return Mineral(())


def material(scene: Scene) -> str:
    """One of the recipe's materials, each alike."""
    names = scene.recipe.materials
    return names[int(scene.random.integers(len(names)))]


def span(scene: Scene, name: str, low: float, high: float) -> float:
    """A number from the setting ``name=low,high``, or from the usual ones, even on the logarithm."""
    told = scene.recipe.settings.get(name)
    if told is not None:
        first, _, last = told.partition(",")
        low, high = float(first), float(last or first)
    return float(np.exp(scene.random.uniform(math.log(low), math.log(high))))


def chance(scene: Scene, name: str, usual: float) -> bool:
    """A throw of the dice by a setting of the recipe."""
    return bool(scene.random.random() < scene.recipe.number(name, usual))


def place(scene: Scene) -> tuple[float, float]:
    """Where a thing is put: beside the patient by the chance ``beside`` (0.4), else over the patient.

    If the picture shows no such place, anywhere in its middle.
    """
    random, grid = scene.random, scene.grid
    beside = chance(scene, "beside", 0.4)
    points = random.uniform(-MIDDLE, MIDDLE, (CANDIDATES, 2)) * grid.half
    columns, rows = np.clip(grid.pixels(points).astype(int), 0, grid.size - 1).T
    fitting = np.flatnonzero(scene.ground.body[rows, columns] != beside)
    x, y = points[fitting[0] if fitting.size else 0]
    return float(x), float(y)


def turn(scene: Scene) -> float:
    """Any direction, radians."""
    return float(scene.random.uniform(-math.pi, math.pi))


def track(
    scene: Scene, through: tuple[float, float], angle: float, bend: float, half: float | None = None
) -> Course:
    """A smooth curve through a point, ``half`` mm to either side of it (None: across all of the picture).

    bend: how far it strays, as a share of the half length.
    """
    reach = 2.2 * scene.grid.half if half is None else half
    s = np.linspace(-reach, reach, TRACK)
    stray = np.asarray(wander(scene.random, TRACK, 1.2), np.float64)
    stray = bend * reach * (stray - stray[TRACK // 2])
    c, n = math.cos(angle), math.sin(angle)
    return Course.of(np.stack([through[0] + s * c - stray * n, through[1] + s * n + stray * c], 1))


def turned(patch: Patch, centre: tuple[float, float], angle: float) -> tuple[Map, Map]:
    """mm along and across a direction, of every pixel of a patch, from a centre."""
    c, s = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    dx, dy = patch.x - np.float32(centre[0]), patch.y - np.float32(centre[1])
    return dx * c + dy * s, dy * c - dx * s


def square(scene: Scene, centre: tuple[float, float], reach: float) -> Patch:
    """The patch within ``reach`` mm of a point."""
    x, y = centre
    return scene.grid.patch(x - reach, y - reach, x + reach, y + reach)


def soft_edge(distance: Floats, mm: float) -> Map:
    """Share of a pixel (``mm`` wide) that lies on the positive side of an edge at distance 0."""
    return np.asarray(np.clip(distance / np.float32(mm) + np.float32(0.5), 0, 1), np.float32)


def beyond(scene: Scene) -> Map:
    """mm from every pixel to the patient, 0 inside."""
    body = scene.ground.body[::STEP, ::STEP]
    if not body.any():
        return np.full(scene.ground.body.shape, np.inf, np.float32)
    away = ndi.distance_transform_edt(~body).astype(np.float32) * np.float32(STEP * scene.grid.mm)
    return enlarged(scene.grid, ndi.gaussian_filter(away, 2.0, truncate=2.5))
