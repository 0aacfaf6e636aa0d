"""What comes out of the tube."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from mlcalc.errors import KnowledgeError
from mlcalc.simulate.physics.materials import BIN_KEV, Spectrum, attenuation, materials

SPECTRA = Path(__file__).parent / "spectra.csv"
LOWEST_KVP, HIGHEST_KVP = 40, 120
ANODE_DEGREES = 12


@dataclass(frozen=True, eq=False)
class Beam:
    """The spectrum that reaches the patient.

    kev: (n,) float64, the middle of each bin, `BIN_KEV` wide. photons: (n,) float64 in each bin,
    1e6 / (cm2 mAs) at 1 m. aluminium_mm, copper_mm: the total filtration.
    """

    kvp: float
    aluminium_mm: float
    copper_mm: float
    kev: Spectrum
    photons: Spectrum


@lru_cache(maxsize=1024)
def beam(kvp: float, aluminium_mm: float = 2.5, copper_mm: float = 0.0) -> Beam:
    """The beam of a tungsten tube (12 degrees) at a constant ``kvp`` behind the given filters.

    kvp in [40, 120]; between whole kV the neighbouring spectra are mixed. aluminium_mm at least 1, since
    bins below 5 keV are left out. Raises ValueError outside. Source: SpekPy 2 (Poludniowski et al, Med
    Phys 48:3630, 2021), written by scripts/make-spectra; filters by xraydb.
    """
    if not LOWEST_KVP <= kvp <= HIGHEST_KVP:
        raise ValueError(f"kvp is {kvp:g}; there are spectra from {LOWEST_KVP} to {HIGHEST_KVP}")
    if not (1.0 <= aluminium_mm <= 50.0 and 0.0 <= copper_mm <= 5.0):
        reason = "allowed are 1 to 50 mm of aluminium and 0 to 5 mm of copper"
        raise ValueError(f"filters are {aluminium_mm:g} mm Al and {copper_mm:g} mm Cu; {reason}")
    kev, table = _tables()
    low = min(int(kvp), HIGHEST_KVP - 1)
    part = kvp - low
    photons = (1 - part) * table[low - LOWEST_KVP] + part * table[low - LOWEST_KVP + 1]
    used = photons > 0
    kev, photons = kev[used], photons[used] * BIN_KEV
    for metal, mm in (("aluminium", aluminium_mm), ("copper", copper_mm)):
        photons = photons * np.exp(-attenuation(materials()[metal], kev) * mm / 10)
    return Beam(kvp, aluminium_mm, copper_mm, kev, photons)


@cache
def _tables() -> tuple[Spectrum, Spectrum]:
    """Energies (n,) and photons per keV (kvp, n)."""
    with SPECTRA.open(encoding="utf-8") as file:
        header = file.readline().strip().split(",")
        rows = [[float(cell or 0) for cell in line.strip().split(",")] for line in file]
    expected = ["kev", *(str(kvp) for kvp in range(LOWEST_KVP, HIGHEST_KVP + 1))]
    if header != expected or any(len(row) != len(header) for row in rows):
        raise KnowledgeError(SPECTRA.name, None, None, "not as scripts/make-spectra writes it; run it again")
    values = np.array(rows)
    return values[:, 0], np.ascontiguousarray(values[:, 1:].T)
