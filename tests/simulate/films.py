"""Films drawn for the tests of real backgrounds: what is on them is known exactly."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage as ndi

from mlcalc.simulate.grid import Map, Mask

Numbers = NDArray[np.float64]
SIDE, AIR, FINE = 256, 0.10, 2
HALF_WIDTH, BONE = 45.0, 14.0


def limb(blur: float = 0.8, noise: float = 0.004, tilt: float = 0.15, seed: int = 0, coins: float = 0) -> Map:
    """A round limb with one tubular bone in it on air, (256, 256) float32: as a knee film is, roughly.

    coins: grey that a row of discs adds, which have sharp edges as nothing in the limb has.
    """
    across = _across(FINE, tilt)
    soft = 0.22 * _chord(across, HALF_WIDTH)
    bone = 0.35 * (_chord(across, BONE) - 0.6 * _chord(across, 0.6 * BONE))
    drawn = ndi.gaussian_filter(AIR + soft + bone + coins * _discs(across), blur * FINE)
    small = drawn.reshape(SIDE, FINE, SIDE, FINE).mean(axis=(1, 3))
    grain = np.random.default_rng(seed).normal(0, noise, small.shape)
    return np.asarray(np.clip(small + grain, 0, 1), np.float32)


def limb_mask(tilt: float = 0.15, within: float = HALF_WIDTH) -> Mask:
    """Where the limb (or, with its half width, the bone) of `limb` is."""
    return np.asarray(np.abs(_across(1, tilt)) < within)


def _across(fine: int, tilt: float) -> Numbers:
    steps = (np.arange(SIDE * fine) + 0.5) / fine - SIDE / 2
    return np.asarray(steps[None, :] * np.cos(tilt) + steps[:, None] * np.sin(tilt))


def _discs(across: Numbers) -> Mask:
    down = (np.arange(len(across)) / FINE % 32 - 16)[:, None]
    return np.asarray(np.hypot(down, across - 28) < 9, np.bool_)


def _chord(across: Numbers, radius: float) -> Numbers:
    return np.asarray(np.sqrt(np.clip(1 - (across / radius) ** 2, 0, 1)) * min(1.0, radius / BONE))


def save(pixels: Map, path: Path) -> Path:
    """As an 8-bit PNG."""
    Image.fromarray(np.round(pixels * 255).astype(np.uint8)).save(path)
    return path
