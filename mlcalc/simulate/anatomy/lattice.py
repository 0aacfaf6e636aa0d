"""Smooth fields over a patch, worked out on a coarse lattice and drawn out to every pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from mlcalc.simulate.anatomy.parts import Numbers
from mlcalc.simulate.anatomy.shapes import lengths, resampled
from mlcalc.simulate.grid import Grid, Map, Patch, Points

NODES = 48
"""About so many nodes, at most, along the longer side of a patch."""
Stack = NDArray[np.float32]
"""(fields, rows, columns) float32."""
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Lattice:
    """Nodes ``step`` pixels apart over a patch, ``pad`` more of them before its first row and column."""

    patch: Patch
    step: int
    mm: float
    pad: tuple[int, int]
    x: Map
    y: Map

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of nodes."""
        return self.y.size, self.x.size

    def full(self, fields: Stack) -> Stack:
        """Fields of the nodes (k, rows, columns) at every pixel of the patch, linear in between."""
        (row, down), (column, right) = self._between
        low = fields[:, row]
        tall = low + down[None, :, None] * (fields[:, row + 1] - low)
        left = tall[:, :, column]
        return np.asarray(left + right * (tall[:, :, column + 1] - left))

    @cached_property
    def _between(self) -> tuple[tuple[Places, Map], tuple[Places, Map]]:
        """For every row and column of the patch: the node before it, and how far it is to the next."""
        found = []
        for count, pad in zip((self.patch.y.size, self.patch.x.size), self.pad, strict=True):
            pixel = np.arange(count)
            share = ((pixel % self.step) / self.step).astype(np.float32)
            found.append((pixel // self.step + pad, share))
        return found[0], found[1]


Box = tuple[float, float, float, float]


def lattice(grid: Grid, patch: Patch, finest: float, around: Box | None = None) -> Lattice:
    """The lattice for a patch: spacing at most about ``finest`` mm unless that is less than a pixel.

    around: x0, y0, x1, y1 in mm to be covered as well, beyond the patch.
    """
    longer = max(patch.x.size, patch.y.size)
    step = max(1, min(int(finest / grid.mm), 8), -(-longer // NODES) if finest > grid.mm * 2 else 1)
    spacing = step * grid.mm
    x, left = _axis(patch.x.ravel(), step, spacing, (around[0], around[2]) if around else None)
    y, top = _axis(patch.y.ravel(), step, spacing, (around[1], around[3]) if around else None)
    return Lattice(patch, step, spacing, (top, left), x[None, :], y[:, None])


def _axis(line: Map, step: int, spacing: float, reach: tuple[float, float] | None) -> tuple[Map, int]:
    count, before = -(-line.size // step) + 1, 0
    if reach is not None:
        before = max(int(np.ceil((line[0] - reach[0]) / spacing)), 0) + 1
        count += before + max(int(np.ceil((reach[1] - line[-1]) / spacing)), 0) + 1
    return line[0] + (np.arange(count, dtype=np.float32) - before) * np.float32(spacing), before


def nearest(net: Lattice, outline: Points, values: Numbers) -> Stack:
    """Signed distance to a closed outline (n, 2), inside positive, and its ``values`` (n, k): (1 + k, ...).

    The nearest node that the outline passes is found by a distance transform; the distance itself is then
    measured to the outline's tangent there, so it is exact to a small part of the lattice's step.
    """
    line = _dense(outline, values, net.mm * 0.5)
    column = np.floor((line[:, 0] - net.x[0, 0]) / net.mm + 0.5).astype(np.int64)
    row = np.floor((line[:, 1] - net.y[0, 0]) / net.mm + 0.5).astype(np.int64)
    rows, columns = net.shape
    seen = np.flatnonzero((row >= 0) & (row < rows) & (column >= 0) & (column < columns))
    inside = _filled(net, outline)
    if seen.size == 0:
        even = np.broadcast_to(
            values.mean(axis=0).astype(np.float32)[:, None, None], (values.shape[1], *net.shape)
        )
        return np.concatenate([np.where(inside, np.float32(1e3), np.float32(-1e3))[None], even])
    touched = np.full(net.shape, -1, np.int64)
    touched[row[seen], column[seen]] = seen
    at = ndi.distance_transform_edt(touched < 0, return_distances=False, return_indices=True)
    which = _closest(net, line, touched[at[0], at[1]])
    return np.concatenate([_measured(net, line, which, inside)[None], _values(line, which)])


def _closest(net: Lattice, line: Numbers, which: Places) -> Places:
    """Of the outline's points just before and after one, the closest to each node."""
    x, y = line[:, 0].astype(np.float32), line[:, 1].astype(np.float32)
    count, found = len(line), which
    best = (net.x - x[which]) ** 2 + (net.y - y[which]) ** 2
    for offset in (-4, -3, -2, -1, 1, 2, 3, 4):
        other = (which + offset) % count
        away = (net.x - x[other]) ** 2 + (net.y - y[other]) ** 2
        found = np.where(away < best, other, found)
        best = np.minimum(best, away)
    return found


def _values(line: Numbers, which: Places) -> Stack:
    columns = np.ascontiguousarray(line[:, 4:].T, np.float32)
    found = columns[:, which]
    varied = np.flatnonzero(np.ptp(columns, axis=1) > 1e-6)
    # Two sides of a bone meet at its middle: blend them there, or a seam shows.
    if varied.size:
        found[varied] = ndi.uniform_filter(found[varied], (0, 5, 5), mode="nearest")
    return found


def _dense(outline: Points, values: Numbers, spacing: float) -> Numbers:
    """x, y, inward normal (2) and values at points no further apart than ``spacing``, (m, 4 + k)."""
    closed = np.column_stack([outline, values])
    closed = np.concatenate([closed, closed[:1]])
    count = int(lengths(closed)[-1] / spacing) + 8
    line = resampled(closed, count + 1)[:-1]
    ahead = np.roll(line[:, :2], -1, 0) - np.roll(line[:, :2], 1, 0)
    size = np.maximum(np.hypot(ahead[:, 0], ahead[:, 1]), 1e-9)
    x, y = outline[:, 0], outline[:, 1]
    area = np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)
    way = np.sign(area) / size
    return np.column_stack([line[:, :2], -ahead[:, 1] * way, ahead[:, 0] * way, line[:, 2:]])


def _measured(net: Lattice, line: Numbers, which: Places, inside: NDArray[np.bool_]) -> Map:
    x, y, across, down = np.ascontiguousarray(line[:, :4].T, np.float32)
    dx, dy = net.x - x[which], net.y - y[which]
    beyond = dx * across[which] + dy * down[which]
    straight = np.sqrt(dx * dx + dy * dy)
    signed = np.where(inside, straight, -straight)
    return np.asarray(np.where(straight < net.mm * 1.3, beyond, signed), np.float32)


def _filled(net: Lattice, outline: Points) -> NDArray[np.bool_]:
    """Which nodes lie inside a closed polygon (even-odd rule)."""
    a, b = outline, np.roll(outline, -1, 0)
    rise = b[:, 1] - a[:, 1]
    slope = (b[:, 0] - a[:, 0]) / np.where(np.abs(rise) < 1e-12, 1e-12, rise)
    y = net.y.ravel()[:, None].astype(np.float64)
    row, edge = np.nonzero((a[None, :, 1] > y) != (b[None, :, 1] > y))
    x = a[edge, 0] + (y[row, 0] - a[edge, 1]) * slope[edge]
    rows, columns = net.shape
    place = np.clip(np.ceil((x - net.x[0, 0]) / net.mm), 0, columns).astype(np.int64)
    toggles = np.bincount(row * (columns + 1) + place, minlength=rows * (columns + 1))
    toggles = toggles.reshape(rows, columns + 1)
    return np.asarray(np.cumsum(toggles, axis=1)[:, :columns] % 2 == 1)


def swept(net: Lattice, path: Points, radius: Numbers, values: Numbers) -> Stack:
    """Where the nodes lie beside a path (n, 2) whose radius (n,) and ``values`` (n, k) change along it.

    Fields: square of the distance over the radius, mm along, mm across (left positive), then the values.
    """
    p = path.astype(np.float32)[:, :, None, None]
    r = radius.astype(np.float32)[:, None, None]
    step = p[1:] - p[:-1]
    square = np.maximum(step[:, 0] ** 2 + step[:, 1] ** 2, np.float32(1e-9))
    dx, dy = net.x - p[:-1, 0], net.y - p[:-1, 1]
    share = np.clip((dx * step[:, 0] + dy * step[:, 1]) / square, 0, 1)
    off_x, off_y = dx - share * step[:, 0], dy - share * step[:, 1]
    ratio = (off_x * off_x + off_y * off_y) / (r[:-1] + share * (r[1:] - r[:-1])) ** 2
    best = np.argmin(ratio, axis=0)
    rows, columns = np.ogrid[: best.shape[0], : best.shape[1]]
    at = share[best, rows, columns]
    length = np.sqrt(square)[:, 0, 0]
    across = (dx[best, 0, columns] * step[best, 1, 0, 0] - dy[best, rows, 0] * step[best, 0, 0, 0]) / length[
        best
    ]
    along = lengths(path).astype(np.float32)[best] + at * length[best]
    v = values.astype(np.float32).T
    kept = v[:, best] + at * (v[:, best + 1] - v[:, best])
    return np.concatenate([np.stack([ratio[best, rows, columns], along, across]), kept])
