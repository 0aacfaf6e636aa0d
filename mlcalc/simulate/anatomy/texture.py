"""Texture of spongy bone, cortex, muscle and fat: small periodic tiles, made once, read anywhere.

A tile is a texture over a square of 102 mm that repeats, coarser copies beside it for coarser grids. What a
crop shows of it depends only on the offset, turn and stretch drawn for that bone, so it is cheap and the same
for a seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mlcalc.simulate.grid import Map

SIDE = 1024
FINE = 0.1
"""Pixels of the finest tile, and the side of one in mm."""
STRUTS = (
    (1.2, 2.6, 0.1, 1.0),
    (0.9, 2.2, -0.15, 0.8),
    (1.8, 2.4, 0.0, 0.9),
    (1.0, 1.8, 1.5, 0.6),
    (0.8, 1.2, 0.7, 0.4),
)
"""Families of trabeculae: mm between struts, how many times longer than wide, turn from the grain, weight."""


@dataclass(frozen=True, eq=False)
class Tiles:
    """Two periodic textures, each of mean 0 and standard deviation 1 at its finest; x runs along the grain.

    levels: of the finest and of each coarser grid, both textures in one number of two bytes, so that they are
    found by one look. unit: what one step of a byte is worth.
    """

    levels: tuple[NDArray[np.int16], ...]
    unit: tuple[np.float32, np.float32]

    def at(self, along: Map, across: Map, mm: float) -> tuple[Map, Map]:
        """Both textures at places in mm, for a grid of ``mm`` millimetres."""
        level = min(max(int(np.floor(np.log2(max(mm / FINE, 1)) + 0.35)), 0), len(self.levels) - 1)
        tile = self.levels[level]
        per = np.float32(1 / (FINE * 2**level))
        side = tile.shape[0]
        place = (across * per).astype(np.int32) & (side - 1)
        place *= side
        place += (along * per).astype(np.int32) & (side - 1)
        both = tile.ravel().take(place).view(np.int8).reshape(*place.shape, 2)
        return both[..., 0] * self.unit[0], both[..., 1] * self.unit[1]


def _tiles(one: Map, other: Map) -> Tiles:
    """Both with their coarser copies."""
    units = [np.float32(np.abs(tile).max() / 127) for tile in (one, other)]
    levels = []
    for pair in zip(_levels(one), _levels(other), strict=True):
        steps = [np.rint(tile / unit).astype(np.int8) for tile, unit in zip(pair, units, strict=True)]
        levels.append(np.stack(steps, axis=-1).view(np.int16)[..., 0])
    return Tiles(tuple(levels), (units[0], units[1]))


def _levels(tile: Map) -> tuple[Map, ...]:
    levels: list[Map] = [tile]
    while levels[-1].shape[0] > 64:
        last = levels[-1]
        mean = (last[::2, ::2] + last[1::2, ::2] + last[::2, 1::2] + last[1::2, 1::2]) / 4
        levels.append(mean.astype(np.float32))
    return tuple(np.ascontiguousarray(level, np.float32) for level in levels)


def _noise(seed: int, spacing: float, stretch: float, turn: float = 0.0, width: float = 0.45) -> Map:
    """Noise with waves of about ``spacing`` mm across the grain, ``stretch`` times as long along it."""
    white = np.random.default_rng(seed).standard_normal((SIDE, SIDE))
    fx = np.fft.rfftfreq(SIDE, FINE)[None, :]
    fy = np.fft.fftfreq(SIDE, FINE)[:, None]
    c, s = np.cos(turn), np.sin(turn)
    frequency = np.hypot((c * fx + s * fy) * stretch, -s * fx + c * fy) * spacing
    pass_band = np.exp(-0.5 * (np.log(np.maximum(frequency, 1e-6)) / width) ** 2)
    wave = np.fft.irfft2(np.fft.rfft2(white) * pass_band, s=(SIDE, SIDE))
    return np.asarray(wave / wave.std(), np.float32)


def _standard(tile: Map) -> Map:
    return np.asarray((tile - tile.mean()) / tile.std(), np.float32)


def _trabeculae() -> Map:
    """Struts along the grain, thinner ones across it, several layers deep; patches where they are sparse."""
    struts = np.zeros((SIDE, SIDE), np.float32)
    for k, (spacing, stretch, turn, weight) in enumerate(STRUTS):
        wave = _noise(11 + k, spacing, stretch, turn)
        struts += np.float32(weight) * (0.6 * wave + 0.9 * np.exp(-((wave / 0.35) ** 2)))
    sparse = _noise(31, 9.0, 1.5, width=0.8)
    return _standard(_standard(struts) * (1 + 0.3 * sparse) + 0.45 * sparse)


def _compact() -> Map:
    """Cortex: fine streaks along the bone and slow changes of its thickness."""
    streaks = _noise(41, 0.9, 7.0) + 0.8 * _noise(42, 2.0, 5.0)
    return _standard(streaks + 1.2 * _noise(43, 8.0, 3.5, width=0.7))


def _fibres() -> Map:
    """Muscle: fatty streaks between the bundles, along the grain, of several widths."""
    streaks = _noise(51, 2.5, 9.0, 0.03) + 1.2 * _noise(52, 6.0, 6.0, -0.04) + 0.6 * _noise(53, 1.2, 10.0)
    return _standard(streaks + 1.2 * _noise(54, 16.0, 2.5, width=0.8))


def _septa() -> Map:
    """Subcutis: a net of fine septa between lobules of fat, more along the skin than across."""
    net = sum(np.exp(-((_noise(60 + k, 4.0 + 2 * k, 2.0, 0.5 * k - 0.5) / 0.22) ** 2)) for k in range(3))
    return _standard(np.asarray(net, np.float32) + 0.25 * _noise(69, 12.0, 1.5, width=0.8))


@cache
def bone() -> Tiles:
    """Cortex, then trabeculae."""
    return _tiles(_compact(), _trabeculae())


@cache
def soft() -> Tiles:
    """Fibres of muscle, then septa of the subcutis."""
    return _tiles(_fibres(), _septa())
