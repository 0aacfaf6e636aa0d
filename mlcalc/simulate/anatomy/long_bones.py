"""Long bones: an outline from an axis, widths along it and the shapes of its two ends."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from mlcalc.simulate.anatomy.parts import Numbers, Solid
from mlcalc.simulate.anatomy.shapes import lengths, normals, resampled, spline
from mlcalc.simulate.grid import Points

Cap = list[tuple[float, float]]
"""The end of a bone from its left edge to its right, seen along the axis: (across, ahead), in half-widths."""
DOME: Cap = [(0.92, 0.28), (0.7, 0.5), (0.35, 0.63), (0.0, 0.67), (-0.35, 0.63), (-0.7, 0.5), (-0.92, 0.28)]
FLAT: Cap = [(0.95, 0.08), (0.6, 0.13), (0.0, 0.13), (-0.6, 0.13), (-0.95, 0.08)]
HOLLOW: Cap = [
    (0.93, 0.12),
    (0.7, 0.16),
    (0.35, 0.06),
    (0.0, 0.02),
    (-0.35, 0.06),
    (-0.7, 0.16),
    (-0.93, 0.12),
]
CONDYLES: Cap = [(0.98, 0.2), (0.8, 0.46), (0.5, 0.52), (0.0, 0.36), (-0.5, 0.52), (-0.8, 0.46), (-0.98, 0.2)]
CUT: Cap = [(0.5, 0.0), (-0.5, 0.0)]


def long_bone(
    axis: Points | list[tuple[float, float]],
    stations: list[tuple[float, float, float, float, float]] | Numbers,
    depth: float,
    caps: tuple[Cap, Cap] = (DOME, DOME),
    grain: float | None = None,
) -> Solid:
    """A `Solid` from an axis (n, 2) and half-widths at stations along it.

    stations: rows (share of the axis' length from 0 to 1, left half-width, right half-width, cortex, spongy),
    mm; left and right as seen when travelling along the axis. depth: along the beam over the width there.
    caps: the shapes of the near and the far end, beyond the axis.
    """
    line = resampled(spline(np.asarray(axis, np.float64), 8, closed=False), 49)
    table = np.asarray(stations, np.float64).copy()
    table[:, 0] *= lengths(line)[-1]
    smooth = spline(table, 6, closed=False)
    along = lengths(line)
    left, right, cortex, spongy = (np.interp(along, smooth[:, 0], smooth[:, k]) for k in range(1, 5))
    half = (left + right) / 2
    outline, index = _loop(line, left, right, caps)
    return Solid(
        outline,
        depth=2 * half[index] * depth,
        cortex=np.maximum(cortex[index], 0.2),
        spongy=np.clip(spongy[index], 0, 1),
        rounding=half[index],
        grain=_heading(line) if grain is None else grain,
    )


def _heading(line: Points) -> float:
    step = line[-1] - line[0]
    return float(np.arctan2(step[1], step[0]))


def _loop(
    line: Points, left: Numbers, right: Numbers, caps: tuple[Cap, Cap]
) -> tuple[Points, NDArray[np.int64]]:
    """Down the left side, round the far end, up the right, round the near end; each point's station."""
    n, side = len(line), normals(line)
    port, starboard = line + side * left[:, None], line - side * right[:, None]
    ends = []
    for i, way, cap in ((n - 1, 1.0, caps[1]), (0, -1.0, caps[0])):
        shape = _smooth(tuple(cap))
        half = (port[i] - starboard[i]) / 2
        ahead = np.array([-side[i, 1], side[i, 0]]) * way * np.hypot(half[0], half[1])
        end = (port[i] + starboard[i]) / 2 + shape[:, :1] * half + shape[:, 1:] * ahead
        ends.append(end if way > 0 else end[::-1])
    near, far = np.zeros(len(ends[1]), np.int64), np.full(len(ends[0]), n - 1)
    outline = np.concatenate([port, ends[0], starboard[::-1], ends[1]])
    return outline, np.concatenate([np.arange(n), far, np.arange(n)[::-1], near])


@cache
def _smooth(cap: tuple[tuple[float, float], ...]) -> Points:
    """The curve of an end between its two edges, in half-widths, without the edges themselves."""
    return spline([(1.0, 0.0), *cap, (-1.0, 0.0)], 4, closed=False)[1:-1]
