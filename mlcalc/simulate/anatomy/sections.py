"""How much bone or flesh the beam passes in one part: the chord of its cross-section, shell and inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlcalc.simulate.anatomy.lattice import Lattice, lattice, nearest, swept
from mlcalc.simulate.anatomy.parts import Cavity, Contour, Envelope, Plate, Solid, Tube
from mlcalc.simulate.anatomy.shapes import amounts, spline
from mlcalc.simulate.anatomy.view import View
from mlcalc.simulate.grid import Grid, Map, Patch, Points

SMOOTH_TO = 18
"""Paths of fewer points than this are drawn as smooth curves."""


@dataclass(frozen=True, eq=False)
class Section:
    """One part in its own patch.

    inwards: mm from the outline, negative outside. rounding, depth: mm, see `Solid`. values: what else the
    part says there (cortex, spongy; fat). along, across: mm in the part's own directions, for texture.
    """

    patch: Patch
    inwards: Map
    rounding: Map
    depth: Map
    values: tuple[Map, ...]
    along: Map
    across: Map

    def chord(self, shell: Map | float = 0.0) -> Map:
        """mm of the part along the beam, without a shell of so many mm."""
        rounding = np.maximum(self.rounding - shell, np.float32(1e-3))
        share = np.clip((self.inwards - shell) / rounding, 0, 1)
        return np.asarray(np.maximum(self.depth - 2 * shell, 0) * np.sqrt(share * (2 - share)))


def section(
    part: Tube | Plate | Solid | Envelope | Contour | Cavity, view: View, grid: Grid
) -> Section | None:
    """A part as the crop sees it; None if it lies outside."""
    if isinstance(part, Tube):
        return _sweep(part, np.column_stack([part.cortex, part.spongy]), view, grid)
    if isinstance(part, Envelope):
        return _sweep(part, np.asarray(part.fat)[:, None], view, grid)
    if isinstance(part, Plate):
        part = Solid(part.outline, part.depth, part.cortex, part.spongy, part.edge)
    return _closed(part, view, grid)


def _sweep(part: Tube | Envelope, values: Points, view: View, grid: Grid) -> Section | None:
    table = np.column_stack([view.place(part.path), np.asarray(part.radius) * view.scale, values])
    if 2 < len(table) < SMOOTH_TO:
        table = spline(table, max(2, SMOOTH_TO // len(table)), closed=False)
        table[:, 2:] = np.maximum(table[:, 2:], 0)
    path, radius = table[:, :2], np.maximum(table[:, 2], 1e-3)
    low, high = (path - radius[:, None]).min(axis=0), (path + radius[:, None]).max(axis=0)
    patch = grid.patch(low[0], low[1], high[0], high[1])
    if patch.empty:
        return None
    net = lattice(grid, patch, max(float(radius.min()) / 4, grid.mm))
    # The square of the ratio is smooth over the middle line, the ratio is not.
    square, along, across, rounding, *kept = net.full(
        swept(net, path, radius, np.column_stack([radius, table[:, 3:]]))
    )
    scale = np.float32(view.scale)
    inwards = rounding * (1 - np.sqrt(np.maximum(square, 0)))
    depth = rounding * np.float32(2 * part.flatness)
    return Section(patch, inwards, rounding, depth, (kept[0] * scale, *kept[1:]), along, across)


def _closed(part: Solid | Contour | Cavity, view: View, grid: Grid) -> Section | None:
    outline = view.place(part.outline)
    low, high = outline.min(axis=0), outline.max(axis=0)
    patch = grid.patch(low[0], low[1], high[0], high[1])
    if patch.empty:
        return None
    table = _table(part, len(outline), view.scale)
    net = _net(grid, patch, table, outline)
    inwards, depth, rounding, *values = net.full(nearest(net, outline, table))
    angle = view.direction(grain) if (grain := _grain(part)) is not None else _long_axis(outline)
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    along, across = patch.x * c + patch.y * s, patch.y * c - patch.x * s
    return Section(patch, inwards, rounding, depth, tuple(values), along, across)


def _table(part: Solid | Contour | Cavity, count: int, scale: float) -> Points:
    columns = [amounts(part.depth, count) * scale, amounts(part.rounding, count) * scale]
    if isinstance(part, Solid):
        columns += [amounts(part.cortex, count) * scale, amounts(part.spongy, count)]
    if isinstance(part, Contour):
        columns += [amounts(part.fat, count) * scale]
    return np.stack(columns, 1)


def _net(grid: Grid, patch: Patch, table: Points, outline: Points) -> Lattice:
    """Fine enough for the outline's smallest bends, wide enough to know an outline beyond the crop."""
    low, high = outline.min(axis=0), outline.max(axis=0)
    reach = float(table[:, 1].max())
    x, y = patch.x.ravel(), patch.y.ravel()
    around = (
        max(float(low[0]), float(x[0]) - reach),
        max(float(low[1]), float(y[0]) - reach),
        min(float(high[0]), float(x[-1]) + reach),
        min(float(high[1]), float(y[-1]) + reach),
    )
    return lattice(grid, patch, max(float((high - low).max()) / 60, grid.mm), around)


def _grain(part: Solid | Contour | Cavity) -> float | None:
    return part.grain if isinstance(part, Solid) else None


def _long_axis(outline: Points) -> float:
    weight = np.hypot(*(outline - np.roll(outline, 1, 0)).T)
    x, y = (outline - np.average(outline, axis=0, weights=weight)).T
    return float(0.5 * np.arctan2(2 * np.sum(weight * x * y), np.sum(weight * (x * x - y * y))))
