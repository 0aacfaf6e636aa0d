"""The detector: from the transmitted beam to a logarithmic signal."""

from __future__ import annotations

import numpy as np
from numpy.random import Generator

from mlcalc.simulate.detector.blur import with_focus, with_mtf
from mlcalc.simulate.detector.lowpass import block_mean
from mlcalc.simulate.detector.noise import counted, read_out
from mlcalc.simulate.detector.scatter import BLOCK, with_glare, with_scatter
from mlcalc.simulate.detector.settings import DetectorSettings, draw_detector
from mlcalc.simulate.grid import Grid, Map

__all__ = ["DetectorSettings", "behind_patient", "detect", "draw_detector", "expect"]

INSIDE_CM = 0.3
"""Less patient than this is an edge, not what an exposure is set for."""
LEAST = 0.3
"""Photons a pixel that an empty pixel stands for: a logarithm needs some."""


def detect(
    transmitted: Map,
    patient_cm: Map,
    grid: Grid,
    settings: DetectorSettings,
    random: Generator,
    behind: float | None = None,
) -> Map:
    """What the detector reads, as the natural logarithm of open beam over signal.

    transmitted: energy fluence relative to the open beam, (size, size) float32 in (0, 1]. patient_cm:
    centimetres of patient along the beam, 0 outside. behind: fluence with scatter behind the patient that
    the exposure is set for, see `behind_patient`; None takes it from this very crop. Returns (size, size)
    float32: 0 for the open beam (or more, where that saturates), larger is denser; noise may make it
    slightly negative.
    """
    arriving = with_scatter(with_focus(transmitted, grid, settings), patient_cm, grid, settings)
    if behind is None:
        behind = behind_patient(arriving, patient_cm)
    kind = settings.detector
    pixel = (grid.mm * settings.magnification) ** 2
    open_beam = settings.dose / behind * pixel * kind.dqe
    photons = counted(arriving * np.float32(open_beam), random)
    signal = with_glare(with_mtf(photons, grid, settings), grid, settings)
    signal = read_out(signal, grid, settings, random)
    most = max(kind.saturation * pixel * kind.dqe, 2 * LEAST)
    log_signal: Map = -np.log(np.clip(signal, LEAST, most) / np.float32(open_beam))
    return log_signal


def expect(transmitted: Map, patient_cm: Map, grid: Grid, settings: DetectorSettings) -> Map:
    """The signal that `detect` tends to, without noise, blur and saturation.

    Of the ground without its lesion, on a coarse grid: what the console finds its window from, so that
    the picture's brightness says nothing about the lesion.
    """
    arriving = with_scatter(transmitted, patient_cm, grid, settings)
    return -np.log(np.maximum(arriving, np.float32(1e-6)))


def behind_patient(arriving: Map, patient_cm: Map) -> float:
    """Middle of the fluence behind the patient, 1 where there is none: what the exposure is set for.

    Best taken from the ground without its lesion (``exp(-expect(...))``).
    """
    factor = BLOCK if all(side % BLOCK == 0 for side in arriving.shape) else 1
    fluence, thickness = block_mean(arriving, factor), block_mean(patient_cm, factor)
    inside = fluence[thickness > INSIDE_CM]
    return max(float(np.median(inside)), 1e-6) if inside.size else 1.0
