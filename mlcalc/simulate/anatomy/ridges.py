"""Ridges: lines of dense bone, laid down point by point, all of a crop at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlcalc.simulate.anatomy.lattice import lattice, swept
from mlcalc.simulate.anatomy.parts import Numbers, Ridge
from mlcalc.simulate.anatomy.shapes import lengths, smooth_line
from mlcalc.simulate.anatomy.view import View
from mlcalc.simulate.grid import Grid, Map, Points

FINE = 0.5
"""Pixels between the points that a line is laid down by."""
WIDE = 5.0
"""Pixels of half a width from which on a ridge is too wide for points, and smooth enough for a lattice."""
TENT = 2 / 3
"""Square of the half-width, in pixels, that a point laid down on the four pixels round it seems to have."""
REACH = 1.6
"""Half-widths to either side that a ridge is drawn over."""


def ridges(cortex: Map, parts: Sequence[Ridge], view: View, grid: Grid) -> None:
    """Adds lines of dense bone, in mm of cortex: each highest in its middle and tapering at its ends."""
    laid = []
    for part, path in zip(parts, _placed(parts, view), strict=True):
        half = max(part.width * view.scale / 2, 1e-3)
        low, high = path.min(axis=0) - half * REACH, path.max(axis=0) + half * REACH
        if (low > grid.half).any() or (high < -grid.half).any():
            continue
        line = smooth_line(path)
        if half > WIDE * grid.mm:
            _wide(cortex, line, half, part.depth * view.scale, grid)
        else:
            laid.append(_points(line, half, part.depth * view.scale, grid))
    if laid:
        x, y, mm = np.concatenate(laid, axis=1)
        _lay(cortex, x, y, mm)


def _placed(parts: Sequence[Ridge], view: View) -> list[Points]:
    if not parts:
        return []
    whole = view.place(np.concatenate([part.path for part in parts]))
    return np.split(whole, np.cumsum([len(part.path) for part in parts])[:-1])


def _points(line: Points, half: float, depth: float, grid: Grid) -> Numbers:
    """Column, row (pixels) and mm of bone of the points of one ridge that the grid sees, (3, n)."""
    # Laying a point down on four pixels blurs it: take that much off the ridge before.
    sharp = max(half * half - TENT * grid.mm**2, 0.1 * half * half) ** 0.5
    depth, half, run = depth * half / sharp, sharp, lengths(line)
    count = max(int(run[-1] / (FINE * grid.mm)), 2)
    share = (np.arange(count) + 0.5) / count
    x, y = (np.interp(share * run[-1], run, column) for column in line.T)
    room = half * REACH + grid.mm
    seen = (np.abs(x) < grid.half + room) & (np.abs(y) < grid.half + room)
    ahead_x, ahead_y = np.gradient(x), np.gradient(y)
    size = np.maximum(np.hypot(ahead_x, ahead_y), 1e-9)
    across = max(int(2 * REACH * half / (FINE * grid.mm)), 3)
    off = ((np.arange(across) + 0.5) / across * 2 - 1) * REACH
    taper = np.clip(np.minimum(share, 1 - share) * 5, 0, 1)
    cell = run[-1] / count * 2 * REACH * half / across / grid.mm**2
    mm = (taper[seen, None] * np.exp(-2 * off**2) * (depth * cell)).ravel()
    column = (x[seen, None] - (ahead_y / size)[seen, None] * off * half + grid.half) / grid.mm
    row = (y[seen, None] + (ahead_x / size)[seen, None] * off * half + grid.half) / grid.mm
    return np.stack([column.ravel(), row.ravel(), mm])


def _lay(cortex: Map, column: Numbers, row: Numbers, mm: Numbers) -> None:
    """Adds each point to the four pixels round it."""
    size = len(cortex)
    left, top = np.floor(column - 0.5), np.floor(row - 0.5)
    right, down = column - 0.5 - left, row - 0.5 - top
    here = (left >= 0) & (left < size - 1) & (top >= 0) & (top < size - 1)
    place = (top * size + left)[here].astype(np.int64)
    right, down, mm = right[here], down[here], mm[here]
    upper, lower = mm * (1 - down), mm * down
    places = np.concatenate([place, place + 1, place + size, place + size + 1])
    weights = np.concatenate([upper * (1 - right), upper * right, lower * (1 - right), lower * right])
    cortex += np.bincount(places, weights, size * size).reshape(size, size).astype(np.float32)


def _wide(cortex: Map, line: Points, half: float, depth: float, grid: Grid) -> None:
    low, high = line.min(axis=0) - half * REACH, line.max(axis=0) + half * REACH
    patch = grid.patch(low[0], low[1], high[0], high[1])
    if patch.empty:
        return
    net = lattice(grid, patch, half / 2)
    square, along = net.full(swept(net, line, np.full(len(line), half), np.zeros((len(line), 0)))[:2])
    whole = np.float32(max(lengths(line)[-1], 1e-6))
    taper = np.clip(np.minimum(along, whole - along) * (5 / whole), 0, 1)
    cortex[patch.index] += np.exp(-2 * np.maximum(square, 0)) * taper * np.float32(depth)
