"""What a receptor makes of each photon: it adds up energy, and lets many pass."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from mlcalc.errors import KnowledgeError, unknown_id
from mlcalc.simulate.physics.beam import Beam
from mlcalc.simulate.physics.materials import FOLDER, Spectrum, mass_attenuation, mass_shares
from mlcalc.vocabulary.registry import read_csv


@dataclass(frozen=True)
class Receptor:
    """One kind of receptor. loading: g/cm2 of the absorber. composition: shares of its mass by element."""

    id: str
    name: str
    composition: Mapping[str, float]
    loading: float
    source: str


@cache
def receptors() -> Mapping[str, Receptor]:
    """Every receptor of ``receptors.csv`` by id; raises `KnowledgeError` for a row that cannot be."""
    columns = ("id", "name", "composition", "mg_per_cm2", "source")
    found = {}
    for line, cells in read_csv(FOLDER / "receptors.csv", columns):
        try:
            shares, loading = mass_shares(cells["composition"]), float(cells["mg_per_cm2"]) / 1000
        except ValueError as error:
            raise KnowledgeError("receptors.csv", line, cells["id"], str(error)) from error
        found[cells["id"]] = Receptor(cells["id"], cells["name"], shares, loading, cells["source"])
    return MappingProxyType(found)


def detected(open_beam: Beam, receptor: str = "csi") -> Spectrum:
    """Share of the signal of the open beam that each bin makes, (n,) float64, adding up to 1.

    A photon counts with its energy times the chance that a photoelectric effect stops it. Fluorescence
    that escapes and Compton electrons are left out: both are a few percent and nearly flat in energy.
    Raises ValueError for an unknown receptor.
    """
    if receptor not in receptors():
        raise ValueError(unknown_id(receptor, receptors(), "receptor"))
    made = receptors()[receptor]
    total = mass_attenuation(made.composition, open_beam.kev)
    photo = mass_attenuation(made.composition, open_beam.kev, "photo")
    signal = open_beam.photons * open_beam.kev * photo / total * -np.expm1(-total * made.loading)
    return np.asarray(signal / signal.sum(), np.float64)
