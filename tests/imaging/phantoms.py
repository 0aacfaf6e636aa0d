"""Small radiographs drawn with numpy: what they show is known exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlcalc.imaging.box import Box
from mlcalc.imaging.exposed import find_field
from mlcalc.imaging.radiograph import Pixels

AIR = 0.08
"""Level of direct exposure."""


def chord(distance: NDArray[np.float64], radius: float) -> NDArray[np.float64]:
    """Length of a ray through a cylinder, 1 through its axis."""
    return np.sqrt(np.clip(1 - (distance / radius) ** 2, 0, None))


def limb(rows: int = 256, columns: int = 256, seed: int = 0) -> Pixels:
    """A tapering limb from the upper to the lower edge, with a bone in it, on dark air with some noise."""
    y, x = np.mgrid[:rows, :columns]
    middle, taper = columns * (0.5 + 0.06 * y / rows), 1 - 0.4 * y / rows
    away = np.abs(x - middle)
    tissue = 0.35 * chord(away, 0.22 * columns * taper)
    bone = 0.35 * chord(away, 0.07 * columns * taper)
    return noisy(AIR + tissue + bone, 0.003, seed)


def trunk(rows: int = 256, columns: int = 256, seed: int = 0) -> Pixels:
    """Soft tissue and bones that fill the picture: there is no background."""
    y, x = np.mgrid[:rows, :columns] / max(rows, columns)
    body = 0.5 + 0.15 * np.cos(7 * x + 1) * np.cos(5 * y) + 0.1 * np.sin(19 * x + 11 * y)
    return noisy(body, 0.01, seed)


def noisy(values: NDArray[np.float64] | Pixels, noise: float, seed: int = 0) -> Pixels:
    """With normal noise, in [0, 1]."""
    speckle = np.random.default_rng(seed).normal(0, noise, values.shape)
    return np.clip(values + speckle, 0, 1).astype(np.float32)


def framed(pixels: Pixels, sides: tuple[int, int, int, int], level: float, noise: float = 0) -> Pixels:
    """With a flat border of so many pixels at the top, bottom, left and right."""
    top, bottom, left, right = sides
    shape = pixels.shape[0] + top + bottom, pixels.shape[1] + left + right
    picture = noisy(np.full(shape, level), noise, seed=1)
    picture[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels
    return picture


def letter(pixels: Pixels, row: int, column: int, size: int, level: float = 1.0) -> Pixels:
    """With an L of lead, 5 x 3 times ``size``."""
    picture = pixels.copy()
    picture[row : row + 5 * size, column : column + size] = level
    picture[row + 4 * size : row + 5 * size, column : column + 3 * size] = level
    return picture


def cut_off(pixels: Pixels, header_field: Box | None = None) -> tuple[float, float, float, float]:
    """What `find_field` cuts off the top, the bottom, the left and the right."""
    box = find_field(pixels, header_field).box
    return box.y0, pixels.shape[0] - box.y1, box.x0, pixels.shape[1] - box.x1
