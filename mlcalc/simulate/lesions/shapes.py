"""Shapes in projection: irregular bodies, shells, strokes. Depths are mm along the beam.

Noise is in `noise`, paths are in `course`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcalc.simulate.grid import Grid, Map, Patch, Points
from mlcalc.simulate.lesions.noise import fractal

Reals = NDArray[np.floating[Any]]
"""Any real numbers: what was computed by the way need not be float32."""
REACH = 1.36
"""How far an irregular body may reach beyond its radii."""
THINNEST = 0.6
"""Half a stroke's width in pixels, at least: thinner ones are drawn as wide and less deep."""


class Canvas:
    """A depth map that shapes are laid into; everything outside the grid is dropped."""

    def __init__(self, grid: Grid):
        self.grid = grid
        self.depth = grid.zeros()

    def add(self, patch: Patch, depth: Reals) -> None:
        """Where shapes lie behind each other their depths add."""
        self.depth[patch.index] += depth.astype(np.float32, copy=False)

    def merge(self, patch: Patch, depth: Reals) -> None:
        """Where shapes run into each other the deeper one counts."""
        view = self.depth[patch.index]
        np.maximum(view, depth.astype(np.float32, copy=False), out=view)


def body(
    random: np.random.Generator,
    grid: Grid,
    centre: tuple[float, float],
    radii: tuple[float, float],
    angle: float = 0.0,
    rough: float = 0.15,
    cell: float = 0.8,
) -> tuple[Patch, Map]:
    """An irregular rounded body: how far inside a pixel lies; 1 in the middle, 0 on the contour.

    radii: mm along ``angle`` (radians, clockwise from right) and across. rough: how far the contour strays,
    in shares of the smaller radius (0: an ellipse). cell: size of its bulges, likewise.
    """
    patch = around(grid, centre, REACH * max(radii))
    dx, dy = patch.x - np.float32(centre[0]), patch.y - np.float32(centre[1])
    c, s = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    a, b = np.float32(1 / max(radii[0], 1e-3)), np.float32(1 / max(radii[1], 1e-3))
    far = np.hypot((dx * c + dy * s) * a, (dy * c - dx * s) * b)
    if rough > 0 and not patch.empty:
        uneven = np.float32(1) + np.float32(rough) * fractal(random, patch, cell * min(radii), 3, 0.45)
        far = far * np.clip(uneven, np.float32(0.75), np.float32(1.6))
    return patch, (1 - far).astype(np.float32, copy=False)


def around(grid: Grid, centre: tuple[float, float], reach: float) -> Patch:
    """The square patch about a point, at least a pixel wide."""
    x, y = centre
    reach = max(reach, grid.mm)
    return grid.patch(x - reach, y - reach, x + reach, y + reach)


def chord(inside: Map, depth: float) -> Map:
    """Depth of an ellipsoid that is ``depth`` mm deep in its middle."""
    return np.asarray(np.float32(depth) * np.sqrt(np.maximum(inside * (2 - inside), 0)), np.float32)


def slab(inside: Map, depth: float, edge: float) -> Map:
    """Even depth that rises over ``edge`` (share of the radius) inside the contour: paste, well-defined."""
    return np.float32(depth) * step(inside / np.float32(max(edge, 1e-3)))


def shell(inside: Map, depth: float, wall: float) -> Map:
    """Depth of a hollow ellipsoid; wall: share of the radius. Bright at its rim, as an eggshell is."""
    hollow = 1 - (1 - inside) / np.float32(max(1 - wall, 1e-3))
    return chord(inside, depth) - chord(hollow, depth * (1 - wall))


def step(value: Reals) -> Map:
    """0 below 0, 1 above 1, smooth between."""
    t: Map = np.clip(value, 0, 1).astype(np.float32, copy=False)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def stroke(canvas: Canvas, points: Points, radius: Reals, deep: float = 1.0) -> None:
    """A rounded cord along points (n, 2) mm with a radius (n,) mm at each; deep: its depth over its width."""
    mm = canvas.grid.mm
    drawn = np.maximum(radius, THINNEST * mm)
    depth = 2 * deep * radius * np.minimum(radius / drawn, 1)
    for i in range(len(points) - 1):
        _cord(canvas, points[i], points[i + 1], drawn[i : i + 2], depth[i : i + 2])


def _cord(canvas: Canvas, start: Points, end: Points, radius: Reals, depth: Reals) -> None:
    reach = float(radius.max()) + canvas.grid.mm
    (x0, y0), (x1, y1) = np.minimum(start, end) - reach, np.maximum(start, end) + reach
    patch = canvas.grid.patch(float(x0), float(y0), float(x1), float(y1))
    if patch.empty or not depth.max() > 0:
        return
    run = end - start
    square = max(float(run @ run), 1e-9)
    dx, dy = patch.x - np.float32(start[0]), patch.y - np.float32(start[1])
    part = np.clip((dx * np.float32(run[0]) + dy * np.float32(run[1])) / np.float32(square), 0, 1)
    off = np.hypot(dx - part * np.float32(run[0]), dy - part * np.float32(run[1]))
    wide = radius[0] + part * (radius[1] - radius[0])
    deep = depth[0] + part * (depth[1] - depth[0])
    canvas.merge(patch, deep * np.sqrt(np.maximum(1 - (off / wide) ** 2, 0)))


def scatter(random: np.random.Generator, points: Points, radii: Reals, spacing: float = 1.0) -> list[int]:
    """Which of the discs at points (n, 2) to keep, in order, so that none overlaps one kept before.

    spacing: 1 lets them touch, below 1 overlap, above 1 keeps them apart.
    """
    kept: list[int] = []
    for i in random.permutation(len(points)):
        apart = np.hypot(*(points[kept] - points[i]).T) if kept else np.zeros(0)
        if not kept or bool(np.all(apart > spacing * (radii[kept] + radii[i]))):
            kept.append(int(i))
    return kept
