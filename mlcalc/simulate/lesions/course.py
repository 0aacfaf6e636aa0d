"""The run of a structure: positions along and across a path."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from mlcalc.simulate.grid import Grid, Map, Patch, Points
from mlcalc.simulate.lesions.mineral import Scene
from mlcalc.simulate.lesions.shapes import Reals

COARSE = 5
"""Coordinates along a path are smooth: they are computed at every so many pixels and interpolated."""
MARGIN = 0.85
"""Share of half a grid within which a lesion should lie whole (the crop is 0.875 of it)."""
AT_BONE = ("tendon", "ligament", "enthesis")
"""Compartments whose path has an end at bone."""
MIDDLE = 0.4
"""A lesion longer than its structure lies about the middle: this share of the path is free at both ends."""
CLEAR_OF_BONE = 0.4
"""The middle of a deposit at an insertion stays so far from the bone, in shares of the deposit's length."""
PROBES = 40
"""Points at which the way to the skin is felt out."""
ROOMY = 0.9
"""A lesion takes at most this share of the room across its structure."""
LEAST_ROOM = 0.25
"""However near the skin, this share of the wanted width is drawn and cut off at the skin."""
MOST_POINTS = 24
"""A path is resampled to so many points before coordinates are computed."""


@dataclass(frozen=True, eq=False)
class Course:
    """A path (n, 2) mm with its arc length (n,), from 0."""

    points: Points
    arc: Points

    @classmethod
    def of(cls, path: Points) -> Course:
        """From points, repeated ones left out."""
        points = np.asarray(path, np.float64)
        steps = np.hypot(*np.diff(points, axis=0).T)
        keep = np.concatenate([[True], steps > 1e-6])
        return cls(points[keep], np.concatenate([[0.0], np.cumsum(steps[steps > 1e-6])]))

    @property
    def length(self) -> float:
        """Whole arc length, mm."""
        return float(self.arc[-1])

    def at(self, s: Reals | float, t: Reals | float = 0.0) -> Points:
        """Points (n, 2) at s mm along and t mm to the right of the run; beyond its ends it goes on."""
        s, t = np.atleast_1d(np.asarray(s, np.float64)), np.atleast_1d(np.asarray(t, np.float64))
        x, y = (np.interp(s, self.arc, self.points[:, k]) for k in (0, 1))
        along = self.direction(s)
        over = s - np.clip(s, 0, self.length)
        return np.stack(
            [x + over * along[:, 0] - t * along[:, 1], y + over * along[:, 1] + t * along[:, 0]], 1
        )

    def direction(self, s: Reals | float) -> Points:
        """Unit tangents (n, 2) at s, smoothed over a tenth of the path."""
        s = np.clip(np.atleast_1d(np.asarray(s, np.float64)), 0, self.length)
        half = max(self.length * 0.05, 1e-3)
        ahead, behind = np.clip(s + half, 0, self.length), np.clip(s - half, 0, self.length)
        run = np.stack(
            [np.interp(ahead, self.arc, p) - np.interp(behind, self.arc, p) for p in self.points.T], 1
        )
        size = np.hypot(run[:, 0], run[:, 1])
        return np.where(size[:, None] > 1e-9, run / np.maximum(size, 1e-9)[:, None], [1.0, 0.0])

    def angle(self, s: float) -> float:
        """Direction at s, radians clockwise from right."""
        x, y = self.direction(s)[0]
        return math.atan2(float(y), float(x))

    def nearest(self, point: tuple[float, float]) -> float:
        """Arc length of the place nearest to a point."""
        s = np.linspace(0, self.length, 200)
        return float(s[np.argmin(np.hypot(*(self.at(s) - point).T))])

    def part(self, low: float, high: float) -> Course:
        """From one arc length to another, resampled."""
        return Course.of(self.at(np.linspace(low, high, MOST_POINTS)))

    def coordinates(self, patch: Patch) -> tuple[Map, Map]:
        """s along and t across (mm) of every pixel of a patch, (rows, columns)."""
        rows, columns = patch.y.size, patch.x.size
        x, y = patch.x[0, _knots(columns)], patch.y[_knots(rows), 0]
        across, down = _lines(columns, len(x)).T, _lines(rows, len(y))
        s, t = (np.asarray(down @ c @ across, np.float32) for c in self._project(x[None, :], y[:, None]))
        return s, t

    def _project(self, x: Map, y: Map) -> tuple[Map, Map]:
        points = self.at(np.linspace(0, self.length, MOST_POINTS)).astype(np.float32)
        run = np.diff(points, axis=0)
        size = np.maximum(np.hypot(run[:, 0], run[:, 1]), 1e-6)[:, None, None]
        ux, uy = run[:, :1, None] / size, run[:, 1:, None] / size
        dx, dy = x[None] - points[:-1, :1, None], y[None] - points[:-1, 1:, None]
        along, off = dx * ux + dy * uy, dy * ux - dx * uy
        held = np.clip(along, 0, size)
        held[0], held[-1] = np.minimum(along[0], size[0]), np.maximum(along[-1], 0)
        best = np.argmin((along - held) ** 2 + off**2, axis=0)[None]
        start = np.concatenate([[0], np.cumsum(size.ravel())[:-1]]).astype(np.float32)[:, None, None]
        side = np.sign(off) * np.hypot(off, along - held)
        s = np.take_along_axis(start + held, best, 0)[0]
        return s.astype(np.float32), np.take_along_axis(side, best, 0)[0].astype(np.float32)


def _knots(pixels: int) -> Points:
    return np.unique(np.linspace(0, pixels - 1, max(pixels // COARSE, 2) + 1).round().astype(np.int64))


def _lines(pixels: int, knots: int) -> Map:
    """(pixels, knots) weights of linear interpolation."""
    places = _knots(pixels)
    matrix = np.stack([np.interp(np.arange(pixels), places, np.eye(knots)[k]) for k in range(knots)], 1)
    return matrix.astype(np.float32)


def anchor(scene: Scene, near_bone: float = 0.0) -> float:
    """Where along the site's path the lesion's middle shall lie: inside the picture, else as near as can be.

    near_bone: chance to keep to the third at the bone, the last of a tendon's path, the first of an enthesis.
    """
    course, random = Course.of(scene.site.path), scene.random
    first = scene.site.compartment == "enthesis"
    at_bone = random.random() < near_bone and scene.site.compartment in AT_BONE
    clear = min(CLEAR_OF_BONE * scene.length, 0.7 * course.length) if at_bone else 0.0
    low, high = ((0.0, 0.35) if first else (0.65, 1.0)) if at_bone else (0.0, 1.0)
    s = np.linspace(low, high, 60) * course.length
    s = np.clip(s, clear if first else 0.0, course.length - (0.0 if first else clear))
    points = course.at(s)
    reach = np.abs(points).max(axis=1)
    room = MARGIN * scene.grid.half - scene.length / 2
    seen = s[reach < max(room, 0.1 * scene.grid.half)]
    if seen.size == 0:
        return float(s[np.argmin(reach)])
    margin = 0.0 if at_bone else min(scene.length / 2, MIDDLE * course.length)
    kept = seen[(seen >= margin) & (seen <= course.length - margin)]
    return float(random.choice(kept if kept.size else seen))


def shortened(scene: Scene) -> Scene:
    """The scene with a lesion no longer than the patient has room for along the structure.

    Along a joint of a finger, say, there is as much as the finger is wide; what lies outside the grid is
    taken for body. However short the way to the skin is, `LEAST_ROOM` of the wanted length stays.
    """
    course = Course.of(scene.site.path)
    middle, steps = course.nearest((0.0, 0.0)), np.linspace(0, scene.length, PROBES)
    free = sum(_room(scene, course.at(middle + way * steps), steps) for way in (-1, 1))
    return replace(scene, length=min(scene.length, max(free, LEAST_ROOM * scene.length)))


def berth(scene: Scene, course: Course, s: float, half: float) -> tuple[float, float]:
    """Where across the path, and how wide, a body ``half`` mm to either side fits into the patient.

    Returns t of its middle (0 where it fits on the path) and the half width that is left, mm.
    """
    steps = np.linspace(0, 1, PROBES) * min(2.5 * half, 3 * scene.grid.half)
    left, right = (_room(scene, course.at(np.full(PROBES, s), way * steps), steps) for way in (-1, 1))
    fitting = min(half, max(ROOMY * (left + right) / 2, LEAST_ROOM * half))
    return float(np.clip(0.0, min(fitting - left, 0.0), max(right - fitting, 0.0))), fitting


def _room(scene: Scene, points: Points, steps: Points) -> float:
    """How far along the points the body reaches; what lies outside the grid is taken for body."""
    column, row = (scene.grid.pixels(points).T // 1).astype(int)
    seen = (np.minimum(column, row) >= 0) & (np.maximum(column, row) < scene.grid.size)
    outside = np.zeros(len(points), np.bool_)
    outside[seen] = ~scene.ground.body[row[seen], column[seen]]
    return float(steps[np.argmax(outside)]) if outside.any() else float(steps[-1])


def stretched(s: Points, kept: list[int], middle: float, length: float) -> Points:
    """Places along a path moved apart (up to 3 times): the kept ones span ``length`` about ``middle``."""
    low, high = float(s[kept].min()), float(s[kept].max())
    return middle + (s - (low + high) / 2) * min(length / max(high - low, 1e-6), 3.0)


def window(grid: Grid, course: Course, margin: float) -> Patch:
    """The patch that holds a path and ``margin`` mm around it."""
    (x0, y0), (x1, y1) = course.points.min(axis=0) - margin, course.points.max(axis=0) + margin
    return grid.patch(float(x0), float(y0), float(x1), float(y1))
