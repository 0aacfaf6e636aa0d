"""Detail made stronger or weaker: bands, unsharp mask, noise reduction."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from mlcalc.simulate.console.settings import ConsoleSettings
from mlcalc.simulate.detector.lowpass import lowpass
from mlcalc.simulate.grid import Map

BANDS_MM = (0.25, 0.8, 2.5, 8.0)
"""Gaussians between which the fine, middle and coarse detail lies."""
KNEE = 0.06
"""Share of the window: weak detail gains fully, detail of that height half as much (Vuylsteke 1994)."""
HELD = 0.4
"""Grey, in shares of the window, that stays where it is when large differences are lowered."""
NOISE_MM = 0.2
"""Gaussian that evens out noise, at least 0.6 pixels."""


def denoised(picture: Map, share: float, mm: float) -> Map:
    """Noise taken out where nothing but noise is there, (rows, columns) in shares of the window.

    Wiener's weight: the variance around a pixel that goes beyond the usual one of the picture is kept.
    """
    if share == 0:
        return picture
    smooth = lowpass(picture, max(NOISE_MM / mm, 0.6))
    rest = picture - smooth
    power = ndimage.uniform_filter(rest * rest, 5)
    usual = np.float32(np.median(power[::4, ::4]) * 1.5 + 1e-12)
    cleaned: Map = picture - np.float32(share) * rest * usual / np.maximum(power, usual)
    return cleaned


def enhanced(picture: Map, settings: ConsoleSettings, mm: float) -> Map:
    """Bands of detail amplified, weak detail more than strong, and the large differences lowered."""
    gains = (settings.fine, settings.middle, settings.coarse)
    if not any(gains) and settings.squeeze == 0:
        return picture
    result = picture
    finer = lowpass(picture, BANDS_MM[0] / mm) if any(gains) else picture
    for gain, width in zip(gains, BANDS_MM[1:], strict=True):
        if gain == 0:
            continue
        broader = lowpass(picture, width / mm)
        band = finer - broader
        result = result + np.float32(gain) * band / (1 + np.abs(band) * np.float32(1 / KNEE))
        finer = broader
    if settings.squeeze:
        large = lowpass(picture, settings.squeeze_mm / mm)
        lowered = result - np.float32(settings.squeeze) * (large - np.float32(HELD))
        room = np.float32(1 + settings.squeeze)
        result = room * lowered + np.float32(HELD) * (1 - room)  # what was gained goes to the detail
    return result


def unsharp(picture: Map, strength: float, sigma_mm: float, mm: float) -> Map:
    """The picture and ``strength`` times what a Gaussian of ``sigma_mm`` takes away from it."""
    if strength == 0:
        return picture
    return picture + np.float32(strength) * (picture - lowpass(picture, sigma_mm / mm))
