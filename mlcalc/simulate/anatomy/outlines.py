"""Closed outlines measured together: how far every node lies from each, and what stands beside it there.

Every part has a lattice of its own, fitted to its size; all lattices lie side by side on one sheet. So a crop
of sixty bones takes as many calls as one bone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage as ndi

from mlcalc.simulate.anatomy.lattice import Lattice, Stack
from mlcalc.simulate.anatomy.rings import Line, Outlines, Places, dense
from mlcalc.simulate.grid import Map, Mask, Points

GAP = 3
"""Free nodes between two lattices: as far as values are blended."""
AWAY = np.float32(1e3)
"""Nodes to an outline that does not pass the lattice."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """Lattices side by side: the row and column of each one's first node, and rows and columns in all."""

    nets: Sequence[Lattice]
    rows: Places
    columns: Places
    shape: tuple[int, int]

    @classmethod
    def of(cls, nets: Sequence[Lattice]) -> Sheet:
        """Lattices in shelves, the tallest first."""
        sizes = [net.shape for net in nets]
        area = sum((rows + GAP) * (columns + GAP) for rows, columns in sizes)
        width = max(max(columns for _, columns in sizes) + 2 * GAP, int(1.2 * area**0.5))
        tops, lefts = np.zeros(len(nets), np.int64), np.zeros(len(nets), np.int64)
        top, left, below = GAP, GAP, GAP
        for number in sorted(range(len(nets)), key=lambda k: (-sizes[k][0], k)):
            rows, columns = sizes[number]
            if left + columns + GAP > width:
                top, left = below, GAP
            tops[number], lefts[number] = top, left
            left, below = left + columns + GAP, max(below, top + rows + GAP)
        return cls(nets, tops, lefts, (below, width))

    def slot(self, number: int) -> tuple[slice, slice]:
        """Where a lattice lies."""
        (rows, columns), top, left = self.nets[number].shape, self.rows[number], self.columns[number]
        return slice(top, top + rows), slice(left, left + columns)

    def brought(self, outlines: Outlines) -> Points:
        """The outlines' points in rows and columns of the sheet, (n, 2): column, row."""
        nets = self.nets
        start = np.array([(net.x[0, 0], net.y[0, 0]) for net in nets], np.float64)
        per = 1 / np.array([net.mm for net in nets])[:, None]
        move = np.stack([self.columns, self.rows], 1) - start * per
        counts = outlines.counts
        return np.asarray(outlines.points * np.repeat(per, counts, 0) + np.repeat(move, counts, 0))


def nearest(sheet: Sheet, outlines: Outlines) -> Stack:
    """Signed distance to each lattice's own outline in mm, inside positive, and its values: (1 + k, ...).

    The nearest node that the outline passes is found by a distance transform; the distance itself is then
    measured to the outline's tangent there, so it is exact to a small part of the lattice's step.
    """
    points = sheet.brought(outlines)
    inside = _filled(sheet, points, outlines)
    line = dense(points, outlines)
    which, blind = _passed(sheet, line)
    distance, which = _measured(line, which, inside)
    values = _values(sheet, line, which)
    for number, net in enumerate(sheet.nets):
        here = sheet.slot(number)
        if number in blind:
            distance[here] = np.where(inside[here], AWAY, -AWAY)
            own = slice(outlines.first[number], outlines.first[number] + outlines.counts[number])
            values[:, here[0], here[1]] = outlines.values[own].mean(axis=0)[:, None, None]
        distance[here] *= np.float32(net.mm)
    return np.concatenate([distance[None], values])


def _passed(sheet: Sheet, line: Line) -> tuple[Places, set[int]]:
    """For every node a point of its own outline near by; which lattices their outline does not pass."""
    cell = np.floor(line.point[:2] + np.float32(0.5)).astype(np.int64)
    size = np.array([net.shape for net in sheet.nets])
    column, row = cell[0] - sheet.columns[line.part], cell[1] - sheet.rows[line.part]
    rows, columns = size[line.part].T
    seen = np.flatnonzero((row >= 0) & (row < rows) & (column >= 0) & (column < columns) & line.core)
    passed = np.full(sheet.shape, -1, np.int64)
    passed[cell[1, seen], cell[0, seen]] = seen
    found = np.zeros(sheet.shape, np.int64)
    touched = set(line.part[seen].tolist())
    for number in sorted(touched):
        here = sheet.slot(number)
        own = passed[here]
        at = ndi.distance_transform_edt(own < 0, return_distances=False, return_indices=True)
        found[here] = own[at[0], at[1]]
    return found, set(range(len(sheet.nets))) - touched


def _measured(line: Line, which: Places, inside: Mask) -> tuple[Map, Places]:
    """Signed distance of every node to its outline, in nodes, and the point of the outline next to it."""
    rows, columns = which.shape
    x, y = np.arange(columns, dtype=np.float32)[None], np.arange(rows, dtype=np.float32)[:, None]
    dx, dy = x - line.point[0].take(which), y - line.point[1].take(which)
    shift = np.rint(dx * line.point[2].take(which) + dy * line.point[3].take(which))
    other = np.clip(which + np.clip(shift, -4, 4).astype(np.int64), 0, line.point.shape[1] - 1)
    ox, oy = x - line.point[0].take(other), y - line.point[1].take(other)
    square, closer = dx * dx + dy * dy, ox * ox + oy * oy
    better = closer < square
    np.copyto(which, other, where=better)
    np.copyto(dx, ox, where=better)
    np.copyto(dy, oy, where=better)
    straight = np.sqrt(np.minimum(square, closer))
    beyond = dx * line.inward[0].take(which) + dy * line.inward[1].take(which)
    signed = straight * np.where(inside, np.float32(1), np.float32(-1))
    np.copyto(signed, beyond, where=straight < np.float32(1.3))
    return signed, which


def _values(sheet: Sheet, line: Line, which: Places) -> Stack:
    used = np.zeros(sheet.shape, np.float32)
    for number in range(len(sheet.nets)):
        used[sheet.slot(number)] = 1
    per = 1 / np.maximum(_added(used), 1)
    found = np.empty((len(line.values), *which.shape), np.float32)
    for field, column in zip(found, line.values, strict=True):
        field[:] = column.take(which)
        # Two sides of a bone meet at its middle: blend them there, or a seam shows.
        if np.ptp(column) > 1e-6:
            field[:] = _added(field * used) * per
    return found


def _added(field: Map) -> Map:
    """The sum over 5 by 5 nodes; at the sheet's own edges, where nothing lies, it is left out."""
    found = field.copy()
    pairs = found[:, :-1] + found[:, 1:]
    found[:, 2:-2] = pairs[:, :-3] + pairs[:, 2:-1] + found[:, 4:]
    pairs = found[:-1] + found[1:]
    found[2:-2] = pairs[:-3] + pairs[2:-1] + found[4:]
    return found


def _filled(sheet: Sheet, points: Points, outlines: Outlines) -> Mask:
    """Which nodes lie inside their closed outline (even-odd rule)."""
    first, counts = outlines.first, outlines.counts
    following = np.arange(1, len(points) + 1)
    following[first + counts - 1] = first
    x, y = points.T
    size = np.array([net.shape for net in sheet.nets])
    top, left = (np.repeat(start, counts) for start in (sheet.rows, sheet.columns))
    rows, columns = np.repeat(size, counts, axis=0).T
    low, high = np.minimum(y, y[following]), np.maximum(y, y[following])
    # A row counts as crossed if low <= row < high.
    begin = np.clip(np.ceil(low).astype(np.int64), top, top + rows)
    end = np.clip(np.ceil(high).astype(np.int64), begin, top + rows)
    edge = np.repeat(np.arange(len(points)), end - begin)
    row = np.arange(len(edge)) - np.repeat(np.cumsum(end - begin) - end, end - begin)
    slope = (x[following] - x) / np.where(np.abs(y[following] - y) < 1e-12, 1e-12, y[following] - y)
    across = np.ceil(x[edge] + (row - y[edge]) * slope[edge]).astype(np.int64)
    across = np.clip(across, left[edge], left[edge] + columns[edge])
    toggles = np.bincount(row * sheet.shape[1] + across, minlength=sheet.shape[0] * sheet.shape[1])
    odd = np.bitwise_xor.accumulate((toggles & 1).astype(np.uint8).reshape(sheet.shape), axis=1)
    return np.asarray(odd.astype(bool))
