"""Noise: of the photons, of the electronics, of the detector's structure."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from mlcalc.simulate.detector.lowpass import lowpass
from mlcalc.simulate.detector.settings import DetectorSettings
from mlcalc.simulate.grid import Grid, Map

FEW = 50.0
"""Photons a pixel; with fewer the square of a normal number is drawn, which is skewed as Poisson's is."""
EIGHTH = np.float32(1 / 8)

INTERPOLATED = 0.4
"""Standard deviation of the blur of an interpolation, in pixels of the detector."""


def counted(expected: Map, random: Generator) -> Map:
    """Photons that count in each pixel, drawn about what is expected, (rows, columns) float32, >= -1/8.

    One number a pixel, whatever is expected there: a lesion changes no noise but its own. With few photons
    mean and variance are those of Poisson's distribution (from 1/8 photon on), and hardly below 0.
    """
    normal = random.standard_normal(expected.shape, np.float32)
    drawn = np.maximum(expected + np.sqrt(expected) * normal, 0)
    few = expected < FEW
    if few.any():
        root = np.sqrt(np.maximum(expected[few] - EIGHTH, 0)) + normal[few] * np.float32(0.5)
        drawn[few] = root * root - EIGHTH
    return drawn


def read_out(signal: Map, grid: Grid, settings: DetectorSettings, random: Generator) -> Map:
    """The signal (photons a pixel of the grid) with the noise that no blur softens.

    One pixel of the grid stands for several of the detector, or for a part of one: independent noise of n
    pixels adds up to sqrt(n) of one's.
    """
    kind = settings.detector
    pixels = (grid.mm * settings.magnification / kind.pitch_mm) ** 2
    own, gain = np.float32(kind.electronic * pixels**0.5), np.float32(kind.structure / pixels**0.5)
    white = random.standard_normal(signal.shape, np.float32)
    if pixels < 1:  # a picture enlarged beyond the detector's pixels shows them as smooth blotches
        white = lowpass(white, INTERPOLATED / pixels**0.5)
    noisy: Map = signal + np.sqrt(own**2 + (gain * signal) ** 2) * white
    return noisy
