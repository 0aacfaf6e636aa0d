"""The plane that everything is drawn on, in millimetres."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Map = NDArray[np.float32]
"""(size, size) float32 over a `Grid`."""
Mask = NDArray[np.bool_]
"""(size, size) bool over a `Grid`."""
Points = NDArray[np.float64]
"""(n, 2) float64, x and y in millimetres."""


@dataclass(frozen=True, slots=True)
class Patch:
    """A rectangle of a grid: where it lies (``index``), and x (1, columns) and y (rows, 1) in millimetres."""

    index: tuple[slice, slice]
    x: Map
    y: Map

    @property
    def empty(self) -> bool:
        """Whether the rectangle holds no pixel."""
        return self.x.size == 0 or self.y.size == 0


@dataclass(frozen=True, slots=True)
class Grid:
    """A square of ``size`` x ``size`` pixels, ``mm`` millimetres each, in the plane of the object.

    The origin is the centre of the square, x points right, y down.
    """

    size: int
    mm: float

    @property
    def half(self) -> float:
        """Half of the side in millimetres."""
        return self.size * self.mm / 2

    def zeros(self) -> Map:
        """An empty map."""
        return np.zeros((self.size, self.size), np.float32)

    def axis(self, first: int = 0, last: int | None = None) -> Map:
        """Millimetres of the pixel centres first <= i < last along either axis, (n,)."""
        steps = np.arange(first, self.size if last is None else last, dtype=np.float32)
        return (steps + np.float32(0.5)) * np.float32(self.mm) - np.float32(self.half)

    def whole(self) -> Patch:
        """The whole square as a patch."""
        axis = self.axis()
        return Patch((slice(None), slice(None)), axis[None, :], axis[:, None])

    def patch(self, x0: float, y0: float, x1: float, y1: float) -> Patch:
        """The pixels whose centres may lie in the box (mm), clipped to the square; may be empty.

        Shapes are drawn in their own patch only: that is what makes a crop of twenty bones cheap.
        """
        (left, right), (top, bottom) = self._span(x0, x1), self._span(y0, y1)
        x, y = self.axis(left, right)[None, :], self.axis(top, bottom)[:, None]
        return Patch((slice(top, bottom), slice(left, right)), x, y)

    def _span(self, low: float, high: float) -> tuple[int, int]:
        first = math.floor((low + self.half) / self.mm)
        last = math.ceil((high + self.half) / self.mm)
        first = min(max(first, 0), self.size)
        return first, min(max(last, first), self.size)

    def pixels(self, points: Points) -> Points:
        """Millimetres to pixel coordinates (x, y); the centre of the first pixel is (0.5, 0.5)."""
        return (np.asarray(points, np.float64) + self.half) / self.mm
