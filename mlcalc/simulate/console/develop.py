"""From the detector's signal, or from a film, to the picture a reader sees."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from mlcalc.simulate.console.copied import copied
from mlcalc.simulate.console.detail import denoised, enhanced, unsharp
from mlcalc.simulate.console.equalise import equalised
from mlcalc.simulate.console.settings import (
    ConsoleSettings,
    Finish,
    RetouchSettings,
    draw_console,
    draw_retouch,
)
from mlcalc.simulate.console.store import jpeg
from mlcalc.simulate.console.window import window
from mlcalc.simulate.grid import Map

__all__ = ["ConsoleSettings", "RetouchSettings", "develop", "draw_console", "draw_retouch", "retouch"]

PIXEL_MM = 0.3
"""Size of a pixel in the object where none is given."""


def develop(
    log_signal: Map,
    settings: ConsoleSettings,
    random: Generator,
    reference: NDArray[Any] | None = None,
    mm: float = PIXEL_MM,
) -> Map:
    """The picture of a signal, (size, size) float32 in [0, 1], dense = bright, on ``settings.bits`` bits.

    log_signal: what `detect` gives, (size, size). reference: signals that the window is found from, of any
    shape and resolution: those of the film around the crop without the lesion (`detector.detect.expect`);
    None: of the crop itself, as a console would with nothing else at hand. mm: size of a pixel in the
    object.
    """
    black, white = window(log_signal if reference is None else reference, settings)
    picture = (log_signal - np.float32(black)) * np.float32(1 / (white - black))
    # air that the beam burns out lies far below black: cut there, its edge has no halo a reader never sees
    picture = np.clip(picture, -1, 3)
    picture = denoised(picture, settings.denoise, mm)
    picture = enhanced(picture, settings, mm)
    picture = unsharp(picture, settings.unsharp, settings.unsharp_mm, mm)
    picture = _curve(picture, settings)
    picture = _local(picture, settings.clahe, settings.tiles, settings.clip)
    picture = settings.floor + (settings.ceiling - settings.floor) * picture
    picture = copied(picture, settings.copied, settings.copied_blur, settings.copied_jpeg)
    return _finished(picture, settings, random)


def retouch(picture: Map, settings: RetouchSettings, random: Generator, mm: float = PIXEL_MM) -> Map:
    """A picture that a console has processed already, processed once more, mildly.

    picture: (size, size) in [0, 1], dense = bright. mm: size of a pixel in the object. Returns the same
    shape, float32 in [0, 1] on ``settings.bits`` bits; its last steps are those of `develop`.
    """
    picture = (picture - np.float32(settings.black)) / np.float32(settings.white - settings.black)
    picture = unsharp(picture, settings.unsharp, settings.unsharp_mm, mm)
    picture = np.clip(picture, 0, 1) ** np.float32(settings.gamma)
    picture = _local(picture, settings.clahe, settings.tiles, settings.clip)
    return _finished(picture, settings, random)


def _curve(picture: Map, settings: ConsoleSettings) -> Map:
    """The characteristic curve: its toe, a logistic one through (0, 0) and (1, 1) or a line, the exponent."""
    if settings.toe:
        picture = (picture + np.sqrt(picture * picture + np.float32(settings.toe**2))) / 2
    if settings.sigmoid:
        first, last = _logistic(np.array([0, 1], np.float32), settings)
        picture = (_logistic(picture, settings) - first) / (last - first)
    curved: Map = np.clip(picture, 0, 1) ** np.float32(settings.gamma)
    return curved


def _logistic(values: Map, settings: ConsoleSettings) -> Map:
    raised: Map = 1 / (1 + np.exp(np.float32(-settings.sigmoid) * (values - np.float32(settings.centre))))
    return raised


def _local(picture: Map, share: float, tiles: int, clip: float) -> Map:
    if share == 0:
        return picture
    return picture + np.float32(share) * (equalised(picture, tiles, clip) - picture)


def _finished(picture: Map, settings: Finish, random: Generator) -> Map:
    """Grain, bits and JPEG."""
    if settings.grain:
        picture = picture + np.float32(settings.grain) * random.standard_normal(picture.shape, np.float32)
    picture = np.clip(picture, 0, 1)
    if settings.jpeg:
        return jpeg(picture, settings.jpeg)
    most = np.float32(2**settings.bits - 1)
    return np.asarray(np.round(picture * most) / most, np.float32)
