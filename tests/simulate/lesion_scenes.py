"""A limb of plain soft tissue with one site in it, for drawers to draw in."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.grid import Grid, Map
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.lesions.registry import drawers
from mlcalc.simulate.site import Ground, Site

GRID = Grid(128, 0.4)
BODY_HALF = 22.0
"""Half width of the limb, mm: it is narrower than the grid."""
GAP = 5.0
"""Distance of the two ends that bone could join, mm."""


def ground(grid: Grid = GRID, bone_cm: float = 0.0) -> Ground:
    """A slab 4 cm deep, upright, with air to its sides; bone_cm: of bone, right of its middle."""
    body = np.broadcast_to(np.abs(grid.axis())[None, :] <= BODY_HALF, (grid.size, grid.size)).copy()
    depth = np.where(body, np.float32(4), np.float32(0))
    bone = np.zeros_like(depth)
    bone[:, grid.size // 2 : grid.size // 2 + grid.size // 6] = bone_cm
    return Ground(grid, "thigh", body, bone, depth, ())


def site(compartment: str = "muscle", **changes: object) -> Site:
    """Upright through the middle of the limb, 30 mm deep and 12 mm wide; its last point is the lower one."""
    told: dict[str, object] = {
        "path": np.array([(0.0, -24.0), (0.0, 0.0), (0.0, 24.0)]),
        "width": 12.0,
        "depth": 30.0,
        "outward": (1.0, 0.0),
        "ends": np.array([(0.0, -GAP / 2), (0.0, GAP / 2)]),
    }
    return Site(compartment, "thigh", **(told | changes))  # type: ignore[arg-type]


def recipe(drawer: str, settings: str = "", materials: tuple[str, ...] = ("hydroxyapatite",)) -> Recipe:
    """A recipe of a drawer with settings as the table holds them."""
    told = dict(part.split("=") for part in settings.split(";") if part)
    shape = frozenset({"trabecular_cortical"})
    return Recipe(
        "r", drawer, shape, "ossification", ("muscle",), (5, 20), (300, 900), materials, settings=told
    )


def draw(
    what: Recipe, length: float, seed: int = 0, at: Site | None = None, on: Ground | None = None
) -> Mineral:
    """A drawing at a site of a ground."""
    random = np.random.default_rng(seed)
    return drawers()[what.drawer](Scene(on or ground(), at or site(), what, length, random))


def total(mineral: Mineral) -> Map:
    """mm of all layers."""
    summed: Map = np.sum([layer.depth for layer in mineral.layers], axis=0, dtype=np.float32)
    return summed


def extent(depth: Map, grid: Grid = GRID) -> float:
    """The longest distance between pixels that hold anything, mm, by the corners of the bounding box."""
    rows, columns = np.nonzero(depth > 0.05 * depth.max())
    return float(np.hypot(np.ptp(rows) + 1, np.ptp(columns) + 1) * grid.mm)
