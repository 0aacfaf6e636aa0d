"""Where bone lies in a ground, drawn or real: its inside, its axis, its margin."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from mlcalc.simulate.grid import Grid, Map, Mask
from mlcalc.simulate.site import Ground

Labels = NDArray[np.int32]
Box = TypeVar("Box", Map, Mask, Labels)
STEP = 2
"""Bone is looked for on every second pixel: that is fine enough for distances and axes."""
LEAST_CM = 0.12
"""Less bone than this along the beam is a trace of an estimate, not a bone."""
SHARE = 0.35
"""A bone reaches to where its depth falls below this share of what most of it has."""
REACH = 0.6
"""Bone is looked for within this share of the grid's half from the middle: the crop's middle part."""
ROUND = 3.0
"""The axis of a bone is that of the piece within so many of its half widths."""


@dataclass(frozen=True, slots=True)
class BoneSpot:
    """A place of bone. x, y: mm. half: mm from it to the nearest margin. half_width: of the bone there, mm.

    angle: of the bone's long axis, radians clockwise from right (-pi/2 to pi/2); at a margin: away from the
    bone. long: length over width of the piece around it, 1 for a round one.
    """

    x: float
    y: float
    half: float
    half_width: float
    angle: float
    long: float

    @property
    def centre(self) -> tuple[float, float]:
        """x, y in mm."""
        return self.x, self.y

    def turned(self, x: Map, y: Map) -> tuple[Map, Map]:
        """mm along and across the angle, of pixels at x (1, columns) and y (rows, 1)."""
        c, s = np.float32(math.cos(self.angle)), np.float32(math.sin(self.angle))
        dx, dy = x - np.float32(self.x), y - np.float32(self.y)
        return dx * c + dy * s, dy * c - dx * s


@dataclass(frozen=True, eq=False)
class Skeleton:
    """mask: bone on every second pixel, (size / 2, size / 2). pieces: number of the bone there.

    deep: mm from each of them to the margin. Bones that overlap in the picture are one piece.
    """

    grid: Grid
    mask: Mask
    pieces: Labels
    deep: Map

    @classmethod
    def of(cls, ground: Ground) -> Skeleton:
        """From the depth of bone; overlapping bones count as one."""
        bone = ndi.uniform_filter(ground.bone, STEP + 1)[::STEP, ::STEP]
        there = bone[bone > LEAST_CM]
        least = max(LEAST_CM, SHARE * float(np.median(there))) if there.size else math.inf
        mask = bone > least
        pieces = np.asarray(ndi.label(mask)[0], np.int32)
        away = ndi.distance_transform_edt(mask) if mask.any() else np.zeros(mask.shape)
        deep = np.maximum(away - 0.5, 0)  # the margin lies between two pixels
        return cls(ground.grid, mask, pieces, (deep * (STEP * ground.grid.mm)).astype(np.float32))

    def inside(self) -> Map:
        """mm from every pixel of the grid to the nearest margin of bone, (size, size); 0 outside bone."""
        return enlarged(self.grid, self.deep)

    def outside(self) -> Map:
        """mm from every pixel of the grid to the nearest bone, (size, size); 0 inside bone."""
        return enlarged(self.grid, ndi.distance_transform_edt(~self.mask) * (STEP * self.grid.mm))

    def within(self, edge: float) -> Map:
        """1 inside bone, falling to 0 at its margin over ``edge`` mm, (size, size)."""
        share: Map = np.clip(self.inside() / np.float32(max(edge, self.grid.mm)), 0, 1)
        return share

    def interior(
        self, random: np.random.Generator, least: float = 0.0, middle: bool = True
    ) -> BoneSpot | None:
        """A place inside bone, at least so many mm from its margin; None where there is none.

        middle: rather on the bone's axis than beside it.
        """
        weight = np.where(self.deep > max(least, STEP * self.grid.mm), self.deep**2 if middle else 1.0, 0.0)
        return self._spot(random, weight.astype(np.float32))

    def margin(self, random: np.random.Generator, near: tuple[float, float] | None = None) -> BoneSpot | None:
        """A place on the margin of bone, its angle away from the bone; None where there is none.

        near: the place of the margin that is nearest to this point.
        """
        rim = self.mask & (self.deep <= 0.6 * STEP * self.grid.mm)
        weight = np.asarray(rim, np.float32)
        if near is not None:
            axis = self._axis()
            away = np.hypot(axis[None, :] - near[0], axis[:, None] - near[1])
            weight = (
                np.asarray(rim & (away <= away[rim].min() + self.grid.mm), np.float32)
                if rim.any()
                else weight
            )
        spot = self._spot(random, weight)
        return None if spot is None else self._outward(spot)

    def _spot(self, random: np.random.Generator, weight: Map) -> BoneSpot | None:
        axis = self._axis()
        seen = np.abs(axis) < REACH * self.grid.half
        total = np.cumsum((weight * seen[:, None] * seen[None, :]).ravel(), dtype=np.float64)
        if not total[-1] > 0:
            return None
        row, column = divmod(
            int(np.searchsorted(total, random.uniform(0, total[-1]), side="right")), len(axis)
        )
        return self._described(row, column)

    def _described(self, row: int, column: int) -> BoneSpot:
        """Half width: the largest distance to a margin nearby; axis: of the bone's pixels around."""
        axis, pitch = self._axis(), STEP * self.grid.mm
        half = float(self.deep[row, column])
        for _ in range(2):  # a place beside the axis sees the axis at the second look
            reach = max(int(1.5 * half / pitch), 2)
            half = max(half, float(self._box(self.deep, row, column, reach).max()))
        reach = max(int(ROUND * half / pitch), 4)
        own = self.pieces[row, column]
        rows, columns = np.nonzero(self._box(self.pieces, row, column, reach) == own)
        angle, long = _principal(rows.astype(np.float64), columns.astype(np.float64))
        at = float(self.deep[row, column])
        return BoneSpot(float(axis[column]), float(axis[row]), at, half, angle, long)

    def _outward(self, spot: BoneSpot) -> BoneSpot:
        """With the angle away from the bone: against the middle of the bone's pixels around."""
        axis, pitch = self._axis(), STEP * self.grid.mm
        row, column = (int(np.argmin(np.abs(axis - v))) for v in (spot.y, spot.x))
        reach = max(int(min(spot.half_width, 4.0) / pitch), 3)
        rows, columns = np.nonzero(self._box(self.mask, row, column, reach))
        y = row - max(row - reach, 0) - rows.mean()
        x = column - max(column - reach, 0) - columns.mean()
        return BoneSpot(spot.x, spot.y, spot.half, spot.half_width, math.atan2(y, x), spot.long)

    def _axis(self) -> Map:
        return self.grid.axis()[::STEP]

    @staticmethod
    def _box(values: Box, row: int, column: int, reach: int) -> Box:
        return values[max(row - reach, 0) : row + reach + 1, max(column - reach, 0) : column + reach + 1]


def enlarged(grid: Grid, values: NDArray[np.floating[Any]]) -> Map:
    """From every second pixel (STEP) to all of the grid, (size, size), linear between."""
    weights = _lines(grid.size)
    whole: Map = weights @ np.asarray(values, np.float32) @ weights.T
    return whole


@lru_cache(maxsize=8)
def _lines(size: int) -> Map:
    """(size, size / STEP) weights of linear interpolation."""
    knots = -(-size // STEP)
    places = np.arange(size) / STEP
    return np.stack([np.interp(places, np.arange(knots), row) for row in np.eye(knots)], 1).astype(np.float32)


def _principal(y: NDArray[np.float64], x: NDArray[np.float64]) -> tuple[float, float]:
    """Direction (radians) and elongation of a cloud of pixels."""
    if len(x) < 3:
        return 0.0, 1.0
    dx, dy = x - x.mean(), y - y.mean()
    xx, yy, xy = float((dx * dx).mean()), float((dy * dy).mean()), float((dx * dy).mean())
    angle = 0.5 * math.atan2(2 * xy, xx - yy)
    spread = math.hypot(xx - yy, 2 * xy)
    long = math.sqrt((xx + yy + spread) / max(xx + yy - spread, 1e-6))
    return angle, min(long, 10.0)
