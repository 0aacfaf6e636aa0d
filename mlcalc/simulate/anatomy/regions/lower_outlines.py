"""Outlines of bones: from the rows of lower_outlines.csv to where lower_bones.csv puts them in a frame."""

from __future__ import annotations

from functools import cache

import numpy as np

from mlcalc.simulate.anatomy.parts import Numbers
from mlcalc.simulate.anatomy.regions.lower_tables import Row, number, outline, run
from mlcalc.simulate.anatomy.shapes import roughened, spline
from mlcalc.simulate.grid import Points

_STEPS = 4
"""Pieces of curve between two control points."""


def ring_of(row: Row, random: np.random.Generator) -> tuple[Numbers, float]:
    """Outline with depth, cortex and spongy share beside each point, (n, 5), and millimetres per unit."""
    ring = np.array(_smooth(row["outline"]))
    length = _length(row)
    unit = length or 1.0
    size = float(np.ptp(ring[:, :2], axis=0).max()) * unit
    ring[:, :2] = roughened(ring[:, :2], random, min(0.006 * size, 0.4) / unit)
    if length:  # of a template, depth and cortex are shares of the width
        ring[:, 2:4] *= abs(number(row, "width"))
    return ring, unit


@cache
def _smooth(name: str) -> Numbers:
    """The curve through an outline's control points, with depth, cortex and spongy share, (n, 5)."""
    control, stations = outline(name)
    line = spline(control, _STEPS)
    values = [np.interp(line[:, 1], stations[:, 0], stations[:, k]) for k in (1, 2, 3)]
    return np.column_stack([line, *values])


def _length(row: Row) -> float:
    """Length of a template that a row puts between two ends; 0 for an outline in millimetres."""
    if not row["head_x"]:
        return 0.0
    return float(np.hypot(number(row, "head_x") - number(row, "x"), number(row, "head_y") - number(row, "y")))


def placed(row: Row, points: Points) -> Points:
    """From the outline's own frame to the row's."""
    x, y = number(row, "x"), number(row, "y")
    length = _length(row)
    if length:
        s, c = -(number(row, "head_x") - x) / length, (number(row, "head_y") - y) / length
        scale_x, scale_y = number(row, "width") / 2, length
    else:
        turn = np.radians(number(row, "turn"))
        s, c = np.sin(turn), np.cos(turn)
        scale_x, scale_y = number(row, "scale_x", 1), number(row, "scale_y", 1)
    px, py = points[:, 0] * scale_x, points[:, 1] * scale_y
    return np.stack([x + c * px - s * py, y + s * px + c * py], 1)


def young(ring: Numbers, row: Row, age: float) -> Numbers:
    """A short bone that ossifies from its middle, as large as at that age."""
    appears, complete = number(row, "appears"), number(row, "complete")
    if age >= complete:
        return ring
    scale = 0.55 + 0.45 * ((age - appears) / (complete - appears)) ** 0.6
    small = np.array(ring)
    small[:, :2] = ring[:, :2].mean(0) + (ring[:, :2] - ring[:, :2].mean(0)) * scale
    small[:, 2] *= scale
    return small


@cache
def curve(cell: str) -> Points:
    """The open curve through the points of a cell."""
    return spline(run(cell).values[:, :2], _STEPS, closed=False)


def box(row: Row) -> Points:
    """The corners of a rectangle round a bone in its frame, (4, 2)."""
    return placed(row, _corners(row["outline"]))


@cache
def _corners(name: str) -> Points:
    (x0, y0), (x1, y1) = (f(outline(name)[0], axis=0) for f in (np.min, np.max))
    return np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])
