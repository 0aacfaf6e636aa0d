"""Hounsfield units: how much mineral a density on CT means."""

from __future__ import annotations

from functools import cache

import numpy as np

from mlcalc.errors import unknown_id
from mlcalc.simulate.physics.beam import beam
from mlcalc.simulate.physics.materials import attenuation, materials
from mlcalc.simulate.physics.receptors import detected

CT_KVP, CT_ALUMINIUM_MM, CT_WATER_CM = 120.0, 7.0, 20.0
"""The scanner that Hounsfield units are told by: usual filtration, a body of usual size (assumed)."""


def hounsfield(material: str, fraction: float = 1.0) -> float:
    """HU at CT (120 kVp) of a ``fraction`` (by volume) of a pure material in water.

    A small sample inside a body: the beam is hardened by 20 cm of water and by nothing of the sample, so
    HU rise in proportion to the fraction. Raises ValueError for an unknown material.
    """
    return fraction * _pure(material)


def volume_fraction(material: str, hu: float) -> float:
    """The share of the volume, in [0, 1], that pure ``material`` takes in water that has this HU at CT.

    Negative HU belong to materials lighter than water. Raises ValueError for an unknown material or an HU
    that no share of it can have.
    """
    pure = _pure(material)
    share = 0.0 if hu == 0 else hu / pure
    if not 0 <= share <= 1:
        raise ValueError(f"{material} in water cannot have {hu:g} HU: the pure material has {pure:.0f}")
    return share


@cache
def _pure(material: str) -> float:
    if material not in materials():
        raise ValueError(unknown_id(material, materials(), "material"))
    scanner = beam(CT_KVP, CT_ALUMINIUM_MM)
    water = attenuation(materials()["water"], scanner.kev)
    seen = detected(scanner, "gos") * np.exp(-water * CT_WATER_CM)
    sample = attenuation(materials()[material], scanner.kev)
    return float(1000 * ((sample - water) * seen).sum() / (water * seen).sum())
