"""A spectrum of two hundred bins told by a few."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from mlcalc.simulate.physics.beam import Beam, beam
from mlcalc.simulate.physics.materials import Spectrum, attenuation, materials
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
    mu = {name: attenuation(material, kev) for name, material in materials().items()}
    return FewBins(kev, weights, mu, kvp, receptor, _grouped(whole.kev, signal))


def _grouped(kev: Spectrum, signal: Spectrum) -> Nodes:
    """Neighbouring bins together, never across an edge, at the mean attenuation of their signal."""
    fine = {name: attenuation(material, kev) for name, material in materials().items()}
    after_edge = [1 + np.flatnonzero(np.diff(mu) > 0) for mu in fine.values()]
    starts = np.unique(np.concatenate([np.arange(0, len(kev), GROUP), *after_edge]))
    weights = np.add.reduceat(signal, starts)

    def mean(values: Spectrum) -> Spectrum:
        return np.asarray(np.add.reduceat(values * signal, starts) / weights, np.float64)

    return Nodes(mean(kev), weights, {name: mean(mu) for name, mu in fine.items()})
