"""A square cut from a film, turned and mirrored, on the grid of a crop."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from mlcalc.simulate.grid import Grid, Map, Points
from mlcalc.simulate.site import turning

PATCH = 288
"""Most pixels along the patch that a film is turned in, before it is brought to the grid."""
SPARE = 3
"""Pixels around the patch that interpolation looks at."""
REACH = 16
"""Pixels beyond it that a spline through the film remembers."""
Film = NDArray[np.float32] | NDArray[np.float16]


@dataclass(frozen=True, slots=True)
class Window:
    """Where the canvas lies on the film.

    x, y: centre, film pixels. side: of the whole canvas, film pixels. angle: radians by which the film is
    turned clockwise. mirror: left and right swapped (before turning). grid: of the canvas, in mm.
    """

    x: float
    y: float
    side: float
    angle: float
    mirror: bool
    grid: Grid

    @property
    def zoom(self) -> float:
        """Canvas pixels per film pixel."""
        return self.grid.size / self.side

    def _matrix(self) -> Points:
        """(2, 2): film pixels from the centre to canvas pixels from the centre."""
        flip = np.diag([-1.0 if self.mirror else 1.0, 1.0])
        return np.asarray(turning(self.angle) @ flip * self.zoom, np.float64)

    def points(self, film: Points) -> Points:
        """(n, 2) film pixels (x, y) to millimetres of the grid."""
        return (np.asarray(film, np.float64) - (self.x, self.y)) @ self._matrix().T * self.grid.mm

    def directions(self, film: Points) -> Points:
        """(n, 2) unit vectors on the film to unit vectors on the grid."""
        return np.asarray(film, np.float64) @ (self._matrix().T / self.zoom)

    def fits(self, shape: tuple[int, int]) -> bool:
        """Whether all of the canvas lies on a film of so many rows and columns."""
        reach = self.side / 2 * (abs(math.cos(self.angle)) + abs(math.sin(self.angle)))
        across = reach <= self.x <= shape[1] - reach
        return across and reach <= self.y <= shape[0] - reach

    def sample(self, film: Film, step: float = 1.0, exact: bool = True) -> Map:
        """The film on the canvas, (size, size) float32; ``film`` may be ``step`` times smaller than the film.

        exact: by cubic interpolation, as an enlarged picture is; else linear, for maps.
        """
        side = self.side / step
        count = min(PATCH, math.ceil(side)) + 2 * SPARE
        spacing = max(1.0, side / PATCH)
        patch = self._turned(film, step, count, spacing, exact)
        first = (count - side / spacing) / 2
        pixel = round(side / spacing / self.grid.size, 9)
        taps = _taps(self.grid.size, count, round(first, 6), pixel, exact)
        columns = _mixed(patch, taps)
        return np.ascontiguousarray(_mixed(np.ascontiguousarray(columns.T), taps).T)

    def _turned(self, film: Film, step: float, count: int, spacing: float, exact: bool) -> Map:
        """(count, count) pixels around the centre, turned as the canvas is, ``spacing`` of ``film`` apart."""
        back = np.linalg.inv(self._matrix()) * self.zoom * spacing  # canvas to film, (x, y)
        matrix: Points = np.asarray(back[::-1, ::-1], np.float64)
        offset = np.array([self.y, self.x]) / step - 0.5 - matrix @ np.full(2, (count - 1) / 2)
        part, first = _part(film, matrix, offset, count)
        if spacing >= 1.5:
            part = ndi.uniform_filter(part, round(spacing))  # pixels so far apart miss nothing
        turned = ndi.affine_transform(
            part, matrix, offset - first, (count, count), np.float32, order=3 if exact else 1, mode="nearest"
        )
        return np.asarray(turned, np.float32)


def _part(film: Film, matrix: Points, offset: Points, count: int) -> tuple[Map, Points]:
    """The part of a film that a patch looks at, and its first row and column: the rest costs time."""
    corners = np.array([[i, j] for i in (0, count - 1) for j in (0, count - 1)]) @ matrix.T + offset
    first = np.maximum(np.floor(corners.min(axis=0)).astype(int) - REACH, 0)
    last = np.ceil(corners.max(axis=0)).astype(int) + REACH + 1
    return film[first[0] : last[0], first[1] : last[1]].astype(np.float32, copy=False), first.astype(float)


@dataclass(frozen=True, eq=False)
class _Taps:
    """Which patch pixels an axis of the canvas mixes: index and weight, both (taps, size)."""

    index: NDArray[np.intp]
    weight: Map


def _mixed(patch: Map, taps: _Taps) -> Map:
    """Rows of a patch mixed to those of the canvas; sums of few rows: a matrix product waits for threads."""
    mixed: Map = patch[taps.index[0]] * taps.weight[0][:, None]
    for index, weight in zip(taps.index[1:], taps.weight[1:], strict=True):
        mixed += patch[index] * weight[:, None]
    return mixed


@lru_cache(maxsize=512)
def _taps(size: int, count: int, first: float, step: float, cubic: bool) -> _Taps:
    """By Keys' cubic or a triangle, widened where the picture shrinks; weights sum to 1."""
    at = first + (np.arange(size) + 0.5) * step - 0.5
    wide = max(1.0, step)
    reach = (2 if cubic else 1) * wide
    index = np.floor(at - reach).astype(int) + 1 + np.arange(math.ceil(2 * reach))[:, None]
    away = np.abs(at - index) / wide
    near = 1.5 * away**3 - 2.5 * away**2 + 1
    far = -0.5 * away**3 + 2.5 * away**2 - 4 * away + 2
    kernel = np.where(away < 1, near, np.where(away < 2, far, 0)) if cubic else np.maximum(1 - away, 0)
    weight = np.asarray(kernel / kernel.sum(axis=0), np.float32)
    return _Taps(np.clip(index, 0, count - 1), weight)
