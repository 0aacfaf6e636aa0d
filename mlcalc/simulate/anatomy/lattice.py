"""Smooth fields over a patch, worked out on a coarse lattice and drawn out to every pixel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlcalc.simulate.anatomy.parts import Numbers
from mlcalc.simulate.anatomy.shapes import lengths
from mlcalc.simulate.grid import Grid, Map, Patch, Points

NODES = 48
"""About so many nodes, at most, along the longer side of a patch."""
Stack = NDArray[np.float32]
"""(fields, rows, columns) float32."""


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
        (top, left), step = self.pad, self.step
        rows, columns = self.patch.y.size, self.patch.x.size
        if step == 1:
            return fields[:, top : top + rows, left : left + columns]
        pixel = np.arange(columns)
        before = pixel // step + left
        right = ((pixel % step) / step).astype(np.float32)
        west = fields.take(before, axis=2)
        wide = west + right * (fields.take(before + 1, axis=2) - west)
        count = -(-rows // step)
        low = wide[:, top : top + count, None]
        down = (np.arange(step) / step).astype(np.float32)[:, None]
        tall = low + down * (wide[:, top + 1 : top + count + 1, None] - low)
        return np.asarray(tall.reshape(len(fields), -1, columns)[:, :rows])


Box = tuple[float, float, float, float]


def lattice(grid: Grid, patch: Patch, finest: float, around: Box | None = None) -> Lattice:
    """The lattice for a patch: spacing at most about ``finest`` mm unless that is less than a pixel.

    around: x0, y0, x1, y1 in mm to be covered as well, beyond the patch.
    """
    longer = max(patch.x.size, patch.y.size)
    step = max(1, min(int(finest / grid.mm + 0.5), 8), -(-longer // NODES) if finest > grid.mm * 2 else 1)
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


def swept(net: Lattice, path: Points, radius: Numbers, values: Numbers) -> Stack:
    """Where the nodes lie beside a path (n, 2) whose radius (n,) and ``values`` (n, k) change along it.

    Fields: square of the distance over the radius, mm along, mm across (left positive), then the values.
    """
    x, y = np.ascontiguousarray(path.T, np.float32)[..., None]
    step_x, step_y = x[1:] - x[:-1], y[1:] - y[:-1]
    square = np.maximum(step_x**2 + step_y**2, np.float32(1e-9))
    rows, columns = net.shape
    dx = np.tile(net.x - x[:-1], rows)
    dy = np.repeat(net.y.ravel() - y[:-1], columns, axis=1)
    share = np.clip((dx * step_x + dy * step_y) / square, 0, 1)
    radii = radius.astype(np.float32)[:, None]
    off_x, off_y = dx - share * step_x, dy - share * step_y
    ratio = (off_x * off_x + off_y * off_y) / (radii[:-1] + share * (radii[1:] - radii[:-1])) ** 2
    best = np.argmin(ratio, axis=0)
    length = np.sqrt(square)
    change = np.diff(values, axis=0)
    table = np.column_stack([step_x, step_y, length, lengths(path)[:-1], values[:-1], change])
    to_x, to_y, size, along, *kept = table.astype(np.float32).T.take(best, axis=1)
    node = np.arange(best.size)
    at, off_x, off_y = share[best, node], dx[best, node], dy[best, node]
    across = (off_x * to_y - off_y * to_x) / size
    count = values.shape[1]
    kept = [low + at * rise for low, rise in zip(kept[:count], kept[count:], strict=True)]
    return np.stack([ratio[best, node], along + at * size, across, *kept]).reshape(-1, rows, columns)
