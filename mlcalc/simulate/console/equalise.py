"""Contrast-limited adaptive histogram equalisation (Zuiderveld, Graphics Gems IV, 1994)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlcalc.simulate.grid import Map

LEVELS = 256

Index = NDArray[np.intp]


def equalised(picture: Map, tiles: int, clip: float) -> Map:
    """The picture with the histogram of every neighbourhood made even, within a limit.

    picture: (size, size) in [0, 1]. tiles: along a side. clip: a grey level may have at most that many
    times its even share of a tile; what is cut off is shared out among all. Returns [0, 1] float32.
    """
    levels = (picture * (LEVELS - 1) + 0.5).astype(np.intp)
    curves = _curves(levels, tiles, clip)
    first, second, share = _between(len(picture), tiles)
    across = share[None, :]
    upper = _mixed(curves, first, first, second, across, levels)
    lower = _mixed(curves, second, first, second, across, levels)
    return upper + share[:, None] * (lower - upper)


def _mixed(curves: Map, rows: Index, left: Index, right: Index, across: Map, levels: Index) -> Map:
    """Grey by the curves of one row of tiles a pixel, mixed between the tiles left and right of it."""
    flat, row = curves.reshape(-1), rows[:, None] * curves.shape[1]
    west: Map = flat.take((row + left[None, :]) * LEVELS + levels)
    east: Map = flat.take((row + right[None, :]) * LEVELS + levels)
    mixed: Map = west + across * (east - west)
    return mixed


def _curves(levels: Index, tiles: int, clip: float) -> Map:
    """(tiles, tiles, LEVELS): what each grey level becomes in each tile."""
    tile = np.arange(len(levels)) * tiles // len(levels)
    owner = (tile[:, None] * tiles + tile[None, :]) * LEVELS + levels
    counts = np.bincount(owner.ravel(), minlength=tiles * tiles * LEVELS).reshape(tiles, tiles, LEVELS)
    shares = counts / counts.sum(axis=-1, keepdims=True)
    limited = np.minimum(shares, clip / LEVELS)
    limited += (1 - limited.sum(axis=-1, keepdims=True)) / LEVELS
    return np.asarray(np.cumsum(limited, axis=-1) - limited / 2, np.float32)


def _between(size: int, tiles: int) -> tuple[Index, Index, NDArray[np.float32]]:
    """For each pixel the tiles before and after it along a side, and the share of the latter."""
    place = np.clip((np.arange(size) + 0.5) * tiles / size - 0.5, 0, tiles - 1)
    first = np.floor(place).astype(np.intp)
    return first, np.minimum(first + 1, tiles - 1), (place - first).astype(np.float32)
