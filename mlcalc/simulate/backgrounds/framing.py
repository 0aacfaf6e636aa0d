"""Where a crop is cut from a film, and how large and how turned it is."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.backgrounds.survey import WORKING, Survey
from mlcalc.simulate.backgrounds.want import Range, Want
from mlcalc.simulate.backgrounds.window import Window
from mlcalc.simulate.grid import Grid, Points

MOST_TURN = math.radians(25)
QUARTERS, TURNED = 0.25, 0.6
"""Shares of crops that are turned by a quarter turn or more, and that are turned a little besides."""
SLACK = 0.08
"""How much farther from the middle a place may lie when the film ends, over the side of the crop."""


def frame(
    found: Survey, centre: tuple[float, float], want: Want, random: np.random.Generator
) -> Window | None:
    """A window with a point of the film (pixels) in its middle part; None where none fits on the film."""
    shape = found.pixels.shape[0], found.pixels.shape[1]
    margin = want.size / want.crop
    larger = max(shape) / WORKING if max(shape) > WORKING else 1.0
    low, high = want.film_pixels[0] * larger, want.film_pixels[1] * larger
    high = min(high, min(shape) / margin)
    if low > high:
        return None
    share, stretch = _log_uniform(want.share, random), _log_uniform(want.stretch, random)
    side = want.length / (share * found.mm * stretch)
    side = float(np.clip(side, low, high))
    stretch = float(np.clip(want.length / (share * found.mm * side), *want.stretch))
    grid = Grid(want.size, found.mm * stretch * side * margin / want.size)
    angle, mirror = _turn(random), bool(random.random() < 0.5)
    away = random.uniform(-want.off_centre, want.off_centre, 2) * side
    for turn in (angle, round(angle / (math.pi / 2)) * math.pi / 2):
        window = _inside(Window(*centre, side * margin, turn, mirror, grid), away, shape)
        if np.abs(window.points(np.array([centre]))).max() <= (want.off_centre + SLACK) * want.crop * grid.mm:
            return window
    return None


def _inside(window: Window, away: Points, shape: tuple[int, int]) -> Window:
    """Shifted by ``away`` and then by as much as it needs to lie on the film."""
    reach = window.side / 2 * (abs(math.cos(window.angle)) + abs(math.sin(window.angle)))
    x, y = window.x + away[0], window.y + away[1]
    x = float(np.clip(x, reach, shape[1] - reach)) if 2 * reach < shape[1] else shape[1] / 2
    y = float(np.clip(y, reach, shape[0] - reach)) if 2 * reach < shape[0] else shape[0] / 2
    if 2 * reach > min(shape) + 1e-6:
        x = y = -1e9  # turned it does not fit at all
    return Window(x, y, window.side, window.angle, window.mirror, window.grid)


def _turn(random: np.random.Generator) -> float:
    quarter = int(random.integers(1, 4)) if random.random() < QUARTERS else 0
    small = float(random.normal(0, MOST_TURN / 2.5)) if random.random() < TURNED else 0.0
    return quarter * math.pi / 2 + float(np.clip(small, -MOST_TURN, MOST_TURN))


def _log_uniform(limits: Range, random: np.random.Generator) -> float:
    return float(np.exp(random.uniform(math.log(limits[0]), math.log(limits[1]))))
