"""Where on a layout a crop looks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlcalc.simulate.grid import Points
from mlcalc.simulate.site import turning


@dataclass(frozen=True, slots=True)
class View:
    """A look at a layout.

    centre: (x, y) mm of the layout that comes to the crop's centre. mirror: left becomes right, before the
    turn. angle: clockwise turn in radians. scale: magnification, or the size of a person against the layout.
    """

    centre: tuple[float, float] = (0.0, 0.0)
    angle: float = 0.0
    mirror: bool = False
    scale: float = 1.0

    def place(self, points: Points) -> Points:
        """Points of the layout (n, 2) in millimetres of the grid."""
        moved = np.asarray(points, np.float64) - self.centre
        if self.mirror:
            moved = moved * (-1.0, 1.0)
        turn = turning(self.angle) * self.scale
        # Written out, not as a matrix product: a threaded BLAS may sum in another order.
        return _times(turn, moved)

    def direction(self, angle: float) -> float:
        """A direction of the layout (radians from x towards y) on the grid."""
        return (np.pi - angle if self.mirror else angle) + self.angle


def _times(turn: Points, points: Points) -> Points:
    x, y = points[:, 0], points[:, 1]
    return np.stack([turn[0, 0] * x + turn[0, 1] * y, turn[1, 0] * x + turn[1, 1] * y], 1)
