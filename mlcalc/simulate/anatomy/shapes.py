"""Smooth curves and outlines of bones, in millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from mlcalc.simulate.anatomy.parts import Amount, Numbers
from mlcalc.simulate.grid import Points


def spline(points: Points | list[tuple[float, float]], steps: int = 6, closed: bool = True) -> Points:
    """Centripetal Catmull-Rom curve through the points, ``steps`` pieces from each to the next.

    (n, k) -> (n * steps, k) if closed, else ((n - 1) * steps + 1, k). Columns beyond x and y (cortex,
    radius ...) run along with them. Several of as many points (m, n, k) -> (m, ..., k).
    """
    knots = np.asarray(points, np.float64)
    first, second, last = knots[..., :1, :], knots[..., 1:2, :], knots[..., -1:, :]
    ends = (last, first, second) if closed else (2 * first - second, 2 * last - knots[..., -2:-1, :])
    padded = np.concatenate([ends[0], knots, *ends[1:]], axis=-2)
    steps_between = padded[..., 1:, :2] - padded[..., :-1, :2]
    gap = np.sqrt(np.maximum(np.hypot(steps_between[..., 0], steps_between[..., 1]), 1e-6))
    curve = _segments(padded, gap[..., None], steps)
    return curve if closed else np.concatenate([curve, last], axis=-2)


def splines(paths: Sequence[Points], steps: int) -> list[Points]:
    """`spline` of many open paths: those of as many points together."""
    found = list(paths)
    by_count: dict[int, list[int]] = {}
    for number, path in enumerate(paths):
        by_count.setdefault(len(path), []).append(number)
    for numbers in by_count.values():
        curves = spline(np.stack([paths[number] for number in numbers]), steps, closed=False)
        for number, curve in zip(numbers, curves, strict=True):
            found[number] = curve
    return found


@cache
def _basis(steps: int) -> Numbers:
    """Hermite's four functions at even shares of a piece, (4, steps, 1)."""
    share = np.arange(steps) / steps
    s2, s3 = share**2, share**3
    return np.stack([2 * s3 - 3 * s2 + 1, s3 - 2 * s2 + share, 3 * s2 - 2 * s3, s3 - s2])[..., None]


def _segments(p: Numbers, gap: Numbers, steps: int) -> Numbers:
    """Hermite form of the centripetal curve over every piece but the first and last, (pieces * steps, k)."""
    rise = (p[..., 1:, :] - p[..., :-1, :]) / gap
    two = gap[..., 1:, :] + gap[..., :-1, :]
    # The slope at each knot: of the pieces before and after it, and less that over both.
    slope = rise[..., :-1, :] + rise[..., 1:, :] - (p[..., 2:, :] - p[..., :-2, :]) / two
    middle = gap[..., 1:-1, :]
    ends = (p[..., 1:-2, :], slope[..., :-1, :] * middle, p[..., 2:-1, :], slope[..., 1:, :] * middle)
    found = sum(base * end[..., None, :] for base, end in zip(_basis(steps), ends, strict=True))
    return np.asarray(found).reshape(*p.shape[:-2], -1, p.shape[-1])


def smooth_line(path: Points) -> Points:
    """A path of 3 to 11 points as a smooth curve of about 18; any other as it is."""
    return spline(path, max(2, 18 // len(path)), closed=False) if 2 < len(path) < 12 else path


def lengths(path: Points) -> Numbers:
    """Arc length from the first point to each, (n,) mm."""
    steps = np.diff(path[:, :2], axis=0)
    return np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])


def resampled(path: Points, count: int) -> Points:
    """The path by ``count`` points at even distances, all columns interpolated, (count, k)."""
    along = lengths(path)
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, column) for column in path.T], 1)


def normals(path: Points, closed: bool = False) -> Points:
    """Unit normals to the left of the direction of travel as seen on the screen, (n, 2)."""
    if closed:
        round_it = np.concatenate([path[-1:, :2], path[:, :2], path[:1, :2]])
        tangent = round_it[2:] - round_it[:-2]
    else:
        tangent = np.gradient(path[:, :2], axis=0)
    size = np.maximum(np.hypot(tangent[:, 0], tangent[:, 1]), 1e-9)
    return np.stack([tangent[:, 1] / size, -tangent[:, 0] / size], 1)


def wavering(random: np.random.Generator, count: int, size: float, rough: int = 6) -> Numbers:
    """Smooth noise round a closed outline, (count,), of standard deviation ``size``: waves 1 to ``rough``."""
    height, waves = _waves(count, rough)
    height = height * (size * random.normal(size=rough))
    phase = random.uniform(0, 2 * np.pi, rough)
    parts = np.concatenate([height * np.cos(phase), height * np.sin(phase)])
    return np.asarray((parts[:, None] * waves).sum(axis=0))


@cache
def _waves(count: int, rough: int) -> tuple[Numbers, Numbers]:
    """Height of each wave, (rough,), and the waves' cosines and negative sines, (2 rough, count)."""
    turn = np.linspace(0, 2 * np.pi, count, endpoint=False)
    number = np.arange(1, rough + 1)
    height = number**-0.7 / np.sqrt(np.sum(1 / (2 * number**1.4)))
    waves = number[:, None] * turn
    return height, np.concatenate([np.cos(waves), -np.sin(waves)])


def roughened(outline: Points, random: np.random.Generator, size: float, rough: int = 9) -> Points:
    """A closed outline pushed in and out by smooth noise of ``size`` mm: no two bones are alike."""
    push = wavering(random, len(outline), size, rough)[:, None]
    result = np.array(outline, np.float64)
    result[:, :2] += push * normals(result, closed=True)
    return result


def ellipse(
    centre: tuple[float, float], half: tuple[float, float], angle: float = 0.0, n: int = 40
) -> Points:
    """Closed outline of an ellipse, half axes in mm, turned clockwise by radians."""
    turn = np.linspace(0, 2 * np.pi, n, endpoint=False)
    x, y = half[0] * np.cos(turn), half[1] * np.sin(turn)
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([centre[0] + c * x - s * y, centre[1] + s * x + c * y], 1)


def placed(
    points: Points | list[tuple[float, float]],
    origin: tuple[float, float],
    angle: float = 0.0,
    scale: float | tuple[float, float] = 1.0,
) -> Points:
    """Points scaled (a pair: along x, along y; negative mirrors), turned clockwise and shifted, (n, 2)."""
    p = np.array(points, np.float64)
    wide, high = scale if isinstance(scale, tuple) else (scale, scale)
    x, y = p[:, 0] * wide, p[:, 1] * high
    c, s = np.cos(angle), np.sin(angle)
    p[:, 0], p[:, 1] = origin[0] + c * x - s * y, origin[1] + s * x + c * y
    return p


def amounts(amount: Amount, count: int) -> Numbers:
    """A part's amount as one number for each of ``count`` points."""
    return np.broadcast_to(np.asarray(amount, np.float64), (count,))
