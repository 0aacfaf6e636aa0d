"""Ribs of the chest, for the thoracic spine and the chest wall."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlcalc.simulate.anatomy.long_bones import CUT, long_bone
from mlcalc.simulate.anatomy.parts import Bone
from mlcalc.simulate.anatomy.shapes import spline
from mlcalc.simulate.grid import Points

Path = Points | Sequence[Sequence[float]]


def rib(path: Path, random: np.random.Generator, width: float = 7.0) -> Bone:
    """One stretch of rib: a thin shell round sparse trabeculae; width: mm from its middle to its edge."""
    line = np.asarray(path, np.float64) + random.normal(0, 0.8, (len(path), 2))
    half = width * random.normal(1, 0.05)
    rows = [
        (0, half * 0.85, half * 0.85, 1.1, 0.4),
        (0.3, half, half, 1.35, 0.34),
        (0.7, half, half, 1.35, 0.34),
        (1, half * 0.95, half * 0.95, 1.1, 0.36),
    ]
    return long_bone(line, rows, 0.75, caps=(CUT, CUT))


def back_rib(start: tuple[float, float], reach: float, side: float, k: float) -> Points:
    """The back part of a rib, from the vertebra outwards and down; k: 0 top of the chest, 1 its bottom."""
    drop = 0.18 + 0.5 * k
    near = [(0.0, 0.0), (0.12, -0.045), (0.35, -0.02 + 0.1 * drop)]
    shape = [*near, (0.65, 0.38 * drop), (0.88, 0.72 * drop), (1.0, 1.05 * drop)]
    return np.array([(start[0] + side * reach * x, start[1] + reach * y) for x, y in shape])


def front_rib(start: tuple[float, float], end: tuple[float, float]) -> Points:
    """The front part, from the side of the chest down and inwards to the cartilage."""
    (x0, y0), (x1, y1) = start, end
    middle = (x0 + 0.5 * (x1 - x0), y0 + 0.72 * (y1 - y0))
    turn = (x0 + 0.06 * (x1 - x0), y0 + 0.26 * (y1 - y0))
    return spline(np.array([start, turn, middle, end]), 3, closed=False)
