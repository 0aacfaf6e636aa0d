"""How much bone or flesh the beam passes in one part: the chord of its cross-section, shell and inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlcalc.simulate.anatomy.lattice import Box, Lattice, Stack, lattice, swept
from mlcalc.simulate.anatomy.outlines import Sheet, nearest
from mlcalc.simulate.anatomy.parts import Cavity, Contour, Envelope, Numbers, Plate, Solid, Tube
from mlcalc.simulate.anatomy.rings import Outlines, Places
from mlcalc.simulate.anatomy.shapes import spline
from mlcalc.simulate.anatomy.view import View
from mlcalc.simulate.grid import Grid, Map, Patch

Swept = Tube | Envelope
Closed = Solid | Plate | Contour | Cavity
Part = Swept | Closed

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
        return chord(self.inwards, self.depth, self.rounding, shell)


def chord(inwards: Map, depth: Map, rounding: Map, shell: Map | float = 0.0) -> Map:
    """mm along the beam of what lies so far inwards from an outline, without a shell of so many mm."""
    share = np.clip((inwards - shell) / np.maximum(rounding - shell, np.float32(1e-3)), 0, 1)
    return np.asarray(np.maximum(depth - 2 * shell, 0) * np.sqrt(share * (2 - share)))


def section(part: Part, view: View, grid: Grid) -> Section | None:
    """A part as the crop sees it; None if it lies outside."""
    return sections((part,), view, grid)[0]


def sections(parts: Sequence[Part], view: View, grid: Grid) -> list[Section | None]:
    """Every part as the crop sees it; None for those outside. Many together cost little more than one."""
    found: list[Section | None] = [None] * len(parts)
    for number, part in enumerate(parts):
        if isinstance(part, Swept):
            found[number] = _swept(part, view, grid)
    closed = [number for number, part in enumerate(parts) if not isinstance(part, Swept)]
    measured = outlined([part for part in parts if not isinstance(part, Swept)], view, grid)
    if measured is not None:
        for k, number in enumerate(measured.numbers):
            found[closed[number]] = measured.section(k)
    return found


def _swept(part: Swept, view: View, grid: Grid) -> Section | None:
    if isinstance(part, Tube):
        values = np.column_stack([part.cortex, part.spongy])
    else:
        values = np.asarray(part.fat)[:, None]
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


@dataclass(frozen=True, eq=False)
class Outlined:
    """Closed parts that a crop sees: their numbers, and inwards, depth, rounding and values on one sheet."""

    numbers: Sequence[int]
    sheet: Sheet
    fields: Stack
    angles: Sequence[float]

    def section(self, k: int) -> Section:
        """One of them in its own patch."""
        net, here = self.sheet.nets[k], self.sheet.slot(k)
        inwards, depth, rounding, *values = net.full(self.fields[:, here[0], here[1]])
        c, s = np.float32(np.cos(self.angles[k])), np.float32(np.sin(self.angles[k]))
        x, y = net.patch.x, net.patch.y
        return Section(net.patch, inwards, rounding, depth, tuple(values), x * c + y * s, y * c - x * s)


def outlined(parts: Sequence[Closed], view: View, grid: Grid, finest: bool = True) -> Outlined | None:
    """The closed parts that the crop sees; None if it sees none. finest: else one node for each pixel."""
    if not parts:
        return None
    counts = np.array([len(part.outline) for part in parts])
    points = view.place(np.concatenate([part.outline for part in parts]))
    first = np.cumsum(counts) - counts
    low, high = np.minimum.reduceat(points, first), np.maximum.reduceat(points, first)
    here = ((low < grid.half) & (high > -grid.half)).all(axis=1)
    patches = {int(k): grid.patch(*low[k], *high[k]) for k in np.flatnonzero(here)}
    numbers = [k for k, patch in patches.items() if not patch.empty]
    if not numbers:
        return None
    chosen = np.isin(np.arange(len(parts)), numbers)
    outlines = Outlines(
        points[np.repeat(chosen, counts)],
        _table([parts[k] for k in numbers], counts[chosen], view.scale),
        counts[chosen],
    )
    nets = [
        _net(grid, patches[k], (*low[k].tolist(), *high[k].tolist()), reach, finest)
        for k, reach in zip(numbers, np.maximum.reduceat(outlines.values[:, 1], outlines.first), strict=True)
    ]
    sheet = Sheet.of(nets)
    grains = [_grain(parts[k]) for k in numbers]
    axes = _long_axes(outlines).tolist()
    angles = [
        axis if grain is None else view.direction(grain) for grain, axis in zip(grains, axes, strict=True)
    ]
    return Outlined(numbers, sheet, nearest(sheet, outlines), angles)


def _table(parts: Sequence[Closed], counts: Places, scale: float) -> Numbers:
    """Depth, rounding and two values of each point of the outlines, (n, 4): cortex and spongy, or fat."""
    table = np.zeros((int(counts.sum()), 4))
    first = 0
    for part, count in zip(parts, counts.tolist(), strict=True):
        rows = table[first : first + count]
        rows[:, 0] = part.depth
        rows[:, 1] = part.edge if isinstance(part, Plate) else part.rounding
        if isinstance(part, Solid | Plate):
            rows[:, 2], rows[:, 3] = part.cortex, part.spongy
        elif isinstance(part, Contour):
            rows[:, 2] = part.fat
        first += count
    table[:, :3] *= scale
    return table


def _net(grid: Grid, patch: Patch, box: Box, reach: float, finest: bool) -> Lattice:
    """Fine enough for the outline's smallest bends, wide enough to know an outline beyond the crop."""
    x, y = patch.x.ravel(), patch.y.ravel()
    around = (
        max(box[0], float(x[0]) - reach),
        max(box[1], float(y[0]) - reach),
        min(box[2], float(x[-1]) + reach),
        min(box[3], float(y[-1]) + reach),
    )
    longer = max(box[2] - box[0], box[3] - box[1])
    return lattice(grid, patch, max(longer / 50, grid.mm) if finest else grid.mm, around)


def _grain(part: Closed) -> float | None:
    return part.grain if isinstance(part, Solid) else None


def _long_axes(outlines: Outlines) -> Numbers:
    """Direction of each outline's long axis, radians: of its edge, as evenly as its points lie."""
    points, first, counts = outlines.points, outlines.first, outlines.counts
    before = np.arange(-1, len(points) - 1)
    before[first] = first + counts - 1
    weight = np.hypot(*(points - points[before]).T)
    whole = np.add.reduceat(weight, first)
    middle = np.add.reduceat(points * weight[:, None], first) / whole[:, None]
    x, y = (points - np.repeat(middle, counts, axis=0)).T
    skew, wide = (np.add.reduceat(weight * one, first) for one in (2 * x * y, x * x - y * y))
    return np.asarray(0.5 * np.arctan2(skew, wide))
