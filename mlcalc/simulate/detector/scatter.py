"""Scattered photons and veiling glare: what lies over the picture like a fog."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from mlcalc.simulate.detector.lowpass import block_mean, enlarge, lowpass
from mlcalc.simulate.detector.ranges import number
from mlcalc.simulate.detector.settings import DetectorSettings
from mlcalc.simulate.grid import Grid, Map
from mlcalc.vocabulary.registry import read_csv

TABLE = Path(__file__).parent / "scatter.csv"
BLOCK = 8
"""Scatter is smooth over centimetres: it is worked out on blocks of so many pixels."""
SPREAD = 0.25
"""Standard deviation of the spread of scatter at the detector over the thickness that it comes from."""
AIR_GAP_MM = 10.0
"""And so much on top, for the way from the skin to the detector."""


def with_scatter(primary: Map, patient_cm: Map, grid: Grid, settings: DetectorSettings) -> Map:
    """Primary and scattered energy fluence together, relative to the open beam.

    primary: (size, size) in (0, 1]. patient_cm: thickness that the beam passes. The scatter that leaves a
    column of the patient is its primary times the ratio for its thickness, spread over the neighbourhood.
    The crop is a part of a larger film: beyond its edge it goes on as its mirror image.
    """
    factor = BLOCK if grid.size % BLOCK == 0 else 1
    coarse, thickness = block_mean(primary, factor), block_mean(patient_cm, factor)
    scattered: Map = coarse * scatter_to_primary(thickness) * np.float32(_let_through(settings))
    body = thickness[thickness > 0]
    deep = float(body.mean()) if body.size else 0.0
    sigma = (SPREAD * deep * 10 + AIR_GAP_MM) / (grid.mm * factor)
    spread = ndimage.gaussian_filter(scattered, min(sigma, 2.0 * len(scattered)), mode="reflect", truncate=3)
    return primary + enlarge(spread, factor)


def with_glare(fluence: Map, grid: Grid, settings: DetectorSettings) -> Map:
    """A share of the light that spreads inside the detector, as a veil."""
    kind = settings.detector
    if kind.glare == 0:
        return fluence
    veil = lowpass(fluence, kind.glare_mm / (grid.mm * settings.magnification))
    return fluence + np.float32(kind.glare) * (veil - fluence)


def scatter_to_primary(thickness_cm: Map) -> NDArray[np.float32]:
    """Scattered over primary energy fluence behind soft tissue of that thickness, without a grid."""
    known, ratio = _table()
    return np.interp(thickness_cm, known, ratio).astype(np.float32)


def _let_through(settings: DetectorSettings) -> float:
    return settings.scatter * (settings.grid_transmission if settings.grid else 1.0)


@cache
def _table() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    columns = ("thickness_cm", "scatter_to_primary", "source")
    rows = [
        [number(row[name], TABLE.name, line, row["thickness_cm"], name) for name in columns[:2]]
        for line, row in read_csv(TABLE, columns)
    ]
    known, ratio = np.array(rows).T
    return known, ratio
