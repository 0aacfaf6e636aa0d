"""Runs of tissue found from the masks alone: along the limb, or along the skin."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.backgrounds.survey import Survey
from mlcalc.simulate.grid import Points

STEP = 1.5
"""Pixels of the copy from one point of a path to the next."""
HOLD = 0.35
"""How strongly a path along the skin is drawn back to its depth."""
SLIMMER = 0.45
"""A path does not run into a part of the body so much slimmer: from a foot into its toes."""
LEAST = 3
"""Points without which there is no path."""


def axis(found: Survey, x: float, y: float) -> tuple[float, float]:
    """Unit vector along the limb at a pixel of the copy; its sign means nothing."""
    row, column = int(y), int(x)
    cosine, sine = found.across[0, row, column], found.across[1, row, column]
    angle = 0.5 * math.atan2(float(sine), float(cosine))
    return -math.sin(angle), math.cos(angle)


def outward(found: Survey, x: float, y: float) -> tuple[float, float] | None:
    """Unit vector towards the nearest skin; None in the middle of a limb and where no skin is seen."""
    row = min(max(int(y), 2), found.skin.shape[0] - 3)
    column = min(max(int(x), 2), found.skin.shape[1] - 3)
    skin = found.skin[row - 2 : row + 3, column - 2 : column + 3].astype(np.float32)
    dx = float(skin[1:4, 4].sum() - skin[1:4, 0].sum())
    dy = float(skin[4, 1:4].sum() - skin[0, 1:4].sum())
    size = math.hypot(dx, dy)
    return (-dx / size, -dy / size) if size > 2.0 else None


def along(found: Survey, seed: tuple[float, float], length: float, skin: bool) -> Points | None:
    """(n, 2) pixels of the copy, a path through the seed of up to ``length`` pixels; None if it is too short.

    skin: at the depth under the skin that the seed has; else along the limb. Ends where the patient ends.
    """
    there = _march(found, seed, length / 2, 1.0, skin)
    back = _march(found, seed, length / 2, -1.0, skin)
    path = np.array([*back[::-1], seed, *there])
    return path if len(path) >= LEAST else None


def _march(
    found: Survey, seed: tuple[float, float], length: float, sign: float, skin: bool
) -> list[tuple[float, float]]:
    x, y = seed
    depth, wide = float(found.skin[int(y), int(x)]), float(found.radius[int(y), int(x)])
    heading = _direction(found, x, y, skin)
    if heading is None:
        return []
    hx, hy = sign * heading[0], sign * heading[1]
    path: list[tuple[float, float]] = []
    rows, columns = found.inside.shape
    for _ in range(int(length / STEP)):
        ahead = _direction(found, x, y, skin)
        if ahead is None:
            break
        same = 1.0 if ahead[0] * hx + ahead[1] * hy >= 0 else -1.0
        hx, hy = 0.5 * hx + 0.5 * same * ahead[0], 0.5 * hy + 0.5 * same * ahead[1]
        size = math.hypot(hx, hy) or 1.0
        hx, hy = hx / size, hy / size
        x, y = x + STEP * hx, y + STEP * hy
        if not (1 <= x < columns - 1 and 1 <= y < rows - 1):
            break
        if skin and (out := outward(found, x, y)) is not None:
            pull = HOLD * (float(found.skin[int(y), int(x)]) - depth)
            x, y = x + pull * out[0], y + pull * out[1]
        if not (1 <= x < columns - 1 and 1 <= y < rows - 1) or not found.inside[int(y), int(x)]:
            break
        if found.radius[int(y), int(x)] < SLIMMER * wide:
            break
        path.append((x, y))
    return path


def _direction(found: Survey, x: float, y: float, skin: bool) -> tuple[float, float] | None:
    if not skin:
        return axis(found, x, y)
    out = outward(found, x, y)
    return None if out is None else (-out[1], out[0])
