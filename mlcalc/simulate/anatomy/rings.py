"""Closed outlines one after another in one table, and as dense lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlcalc.simulate.anatomy.parts import Numbers
from mlcalc.simulate.grid import Map, Mask, Points

Places = NDArray[np.int64]
WRAP = 6
"""Points repeated before an outline's first and after its last, so that its neighbours need no wrapping."""
DENSE = 0.5
"""Nodes between two points of an outline, at most."""


@dataclass(frozen=True, eq=False)
class Outlines:
    """Closed outlines one after another.

    points: (n, 2) mm of the grid. values: (n, k), what stands beside each point. counts: points of each.
    """

    points: Points
    values: Numbers
    counts: Places

    @property
    def first(self) -> Places:
        """Number of each outline's first point."""
        return np.asarray(np.cumsum(self.counts) - self.counts)


@dataclass(frozen=True, eq=False)
class Line:
    """Outlines by dense points, in nodes of the sheet.

    point: (4, m) float32 column, row and step to the next point per point squared. inward: (2, m) unit
    normals. values: (k, m). part: (m,) of which outline. core: (m,) whether it is not a repeated point.
    """

    point: Map
    inward: Map
    values: Map
    part: Places
    core: Mask


def dense(points: Points, outlines: Outlines) -> Line:
    """Points at even distances, no further apart than `DENSE`, along each outline."""
    first, counts = outlines.first, outlines.counts
    following = np.arange(1, len(points) + 1)
    following[first + counts - 1] = first
    step = points[following] - points
    edge = np.hypot(step[:, 0], step[:, 1])
    run = np.concatenate([[0.0], np.cumsum(edge)])
    whole = run[first + counts] - run[first]
    number = (whole / DENSE).astype(np.int64) + 8
    part = np.repeat(np.arange(len(counts)), number + 2 * WRAP)
    start = np.cumsum(number + 2 * WRAP) - number - 2 * WRAP
    k = np.arange(len(part)) - start[part] - WRAP
    core = (k >= 0) & (k < number[part])
    at = run[first][part] + (k % number[part]) * (whole / number)[part]
    index = np.searchsorted(run, at, "right") - 1
    share = ((at - run[index]) / np.maximum(edge[index], 1e-12))[:, None]
    line = (points[index] + share * step[index]).T
    change = outlines.values[following] - outlines.values
    values = (outlines.values[index] + share * change[index]).T
    ahead = np.zeros_like(line)
    ahead[:, 1:-1] = line[:, 2:] - line[:, :-2]
    square = np.maximum(ahead[0] ** 2 + ahead[1] ** 2, 1e-12)
    x, y = points.T
    turn = np.sign(np.add.reduceat(x * y[following] - x[following] * y, first))[part] / np.sqrt(square)
    point = np.concatenate([line, 2 * ahead / square]).astype(np.float32)
    inward = np.stack([-ahead[1] * turn, ahead[0] * turn]).astype(np.float32)
    return Line(point, inward, values.astype(np.float32), part, core)
