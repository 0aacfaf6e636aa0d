"""What a beam may pass: composition and density of every material."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray
from xraydb import atomic_mass, atomic_number, chemparse, mu_elam

from mlcalc.errors import KnowledgeError
from mlcalc.vocabulary.registry import read_csv

FOLDER = Path(__file__).parent
Spectrum = NDArray[np.float64]
"""(n,) float64 over energies."""
LOWEST_KEV, BIN_KEV = 5.0, 0.5
BINS: Spectrum = np.asarray(LOWEST_KEV + BIN_KEV * (np.arange(230) + 0.5), np.float64)
"""The middles of all bins of the spectra, keV."""


@dataclass(frozen=True)
class Material:
    """One material. density: g/cm3. composition: element to share of the mass, adding up to 1."""

    id: str
    name: str
    density: float
    composition: Mapping[str, float]
    source: str

    @property
    def heavy(self) -> bool:
        """Whether elements above calcium make more than a tenth of the mass: metals, lead glass, contrast."""
        return sum(share for e, share in self.composition.items() if atomic_number(e) > 20) > 0.1


@cache
def materials() -> Mapping[str, Material]:
    """Every material of ``materials.csv`` by id.

    Raises `KnowledgeError` with file, line and row for a composition or density that cannot be.
    """
    columns = ("id", "name", "composition", "density", "source")
    found: dict[str, Material] = {}
    for line, cells in read_csv(FOLDER / "materials.csv", columns):
        try:
            density, composition = float(cells["density"]), mass_shares(cells["composition"])
            if density <= 0 or cells["id"] in found:
                raise ValueError("density must be above 0 and the id stand once")
        except ValueError as error:
            raise KnowledgeError("materials.csv", line, cells["id"], str(error)) from error
        found[cells["id"]] = Material(cells["id"], cells["name"], density, composition, cells["source"])
    return MappingProxyType(found)


def mass_shares(composition: str) -> Mapping[str, float]:
    """Shares of the mass by element, of ``formula share; formula share`` (by mass) or one bare formula.

    An element is the simplest formula. Shares must add up to 1 within 3 %, and are scaled to 1: published
    compositions are rounded. Raises ValueError for what cannot be read.
    """
    shares: dict[str, float] = {}
    for term in composition.split(";"):
        formula, _, share = term.strip().partition(" ")
        masses = {element: n * float(atomic_mass(element)) for element, n in chemparse(formula).items()}
        whole = sum(masses.values())
        for element, mass in masses.items():
            shares[element] = shares.get(element, 0.0) + float(share or 1) * mass / whole
    total = sum(shares.values())
    if not 0.97 <= total <= 1.03:
        raise ValueError(f"shares of {composition!r} add up to {total:.3f}, not 1")
    return MappingProxyType({element: share / total for element, share in shares.items()})


def mass_attenuation(composition: Mapping[str, float], kev: Spectrum, kind: str = "total") -> Spectrum:
    """Mass attenuation in cm2/g at energies in keV, (n,); kind: total, photo, coh or incoh.

    Source: the Elam, Ravel and Sieber tables (Radiat Phys Chem 63:121, 2002), by xraydb.
    """
    place = np.clip(np.rint((kev - BINS[0]) / BIN_KEV), 0, len(BINS) - 1).astype(np.int64)
    known = bool((BINS[place] == kev).all())
    sums = np.zeros(len(kev))
    for element, share in composition.items():
        sums += share * (_on_bins(element, kind)[place] if known else _element(element, kind, kev))
    return sums


@cache
def _on_bins(symbol: str, kind: str) -> Spectrum:
    """One element's table at every bin; kept, since xraydb takes its time for each energy."""
    return _element(symbol, kind, BINS)


def _element(symbol: str, kind: str, kev: Spectrum) -> Spectrum:
    return np.asarray(mu_elam(symbol, kev * 1000.0, kind=kind), np.float64)


def attenuation(material: Material, kev: Spectrum) -> Spectrum:
    """Linear attenuation in 1/cm at energies in keV, (n,): the narrow beam, so scatter counts as lost."""
    return material.density * mass_attenuation(material.composition, kev)


@cache
def all_on_bins() -> Spectrum:
    """Linear attenuation of every material, in the order of `materials`, at `BINS`, (materials, bins)."""
    return np.stack([attenuation(material, BINS) for material in materials().values()])


def all_between_bins(kev: Spectrum) -> Mapping[str, Spectrum]:
    """`attenuation` of every material at any energies within `BINS`, in keV, (n,).

    Straight lines between bins on a logarithmic paper: within 0.1 % above 10 keV, but within half a keV of
    an absorption edge. Much quicker than the tables themselves.
    """
    logs = np.log(all_on_bins())
    right = np.clip(np.searchsorted(BINS, kev), 1, len(BINS) - 1)
    share = np.log(kev / BINS[right - 1]) / np.log(BINS[right] / BINS[right - 1])
    values = np.exp(logs[:, right - 1] + share * (logs[:, right] - logs[:, right - 1]))
    return dict(zip(materials(), values, strict=True))
