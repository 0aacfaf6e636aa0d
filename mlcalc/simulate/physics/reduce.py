"""A spectrum of two hundred bins told by a few."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mlcalc.simulate.physics.beam import Beam, beam
from mlcalc.simulate.physics.materials import Spectrum, all_between_bins, all_on_bins, materials
from mlcalc.simulate.physics.quadrature import nodes
from mlcalc.simulate.physics.receptors import detected

GROUP = 3
"""Bins of the spectrum that make one of `FewBins.many`."""


@dataclass(frozen=True, eq=False)
class Nodes:
    """Energies that stand for a spectrum.

    kev, weights: (n,) float64; the weights are shares of the open beam's signal and add up to 1. mu: material
    id to (n,) float64, linear attenuation in 1/cm.
    """

    kev: Spectrum
    weights: Spectrum
    mu: Mapping[str, Spectrum]


@dataclass(frozen=True, eq=False)
class FewBins(Nodes):
    """A beam on a receptor, told by a few energies.

    many: the same by many more energies, for what lies behind heavy elements: their absorption edges, and
    how little they let through, are too much for a few.
    """

    kvp: float
    receptor: str
    many: Nodes


def few_bins(open_beam: Beam, receptor: str = "csi") -> FewBins:
    """The few energies that stand for a beam on a receptor of ``receptors.csv`` (kept, once found).

    Raises ValueError for an unknown receptor.
    """
    return _few_bins(open_beam.kvp, open_beam.aluminium_mm, open_beam.copper_mm, receptor)


@lru_cache(maxsize=1024)
def _few_bins(kvp: float, aluminium_mm: float, copper_mm: float, receptor: str) -> FewBins:
    whole = beam(kvp, aluminium_mm, copper_mm)
    signal = detected(whole, receptor)
    kev, weights = nodes(whole.kev, signal)
    return FewBins(kev, weights, all_between_bins(kev), kvp, receptor, _grouped(whole.kev, signal))


def _grouped(kev: Spectrum, signal: Spectrum) -> Nodes:
    """Neighbouring bins together, never across an edge, at the mean attenuation of their signal."""
    fine = all_on_bins()[:, : len(kev)]
    after_edge = 1 + np.flatnonzero((np.diff(fine, axis=1) > 0).any(axis=0))
    starts = np.union1d(np.arange(0, len(kev), GROUP), after_edge)
    weights = np.add.reduceat(signal, starts)
    mean = np.add.reduceat(fine * signal, starts, axis=1) / weights
    middle = np.add.reduceat(kev * signal, starts) / weights
    return Nodes(middle, weights, dict(zip(materials(), mean, strict=True)))
