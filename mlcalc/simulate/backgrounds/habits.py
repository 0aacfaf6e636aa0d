"""What is assumed of a film that tells nothing itself: rows of ``regions.csv``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from mlcalc.vocabulary import vocabulary
from mlcalc.vocabulary.registry import read_csv

FILE = Path(__file__).with_name("regions.csv")
HEADER = ("region", "film_mm", "flatness", "soft_per_cm", "bone_ln", "source")
ANY = "any"


@dataclass(frozen=True, slots=True)
class Habit:
    """film_mm: longest side of a usual film. flatness: depth along the beam over width in the picture.

    soft_per_cm: ln attenuation of 1 cm of soft tissue; bone_ln: of the region's denser bones over soft
    tissue, both for the primary beam at the region's usual tube voltage.
    """

    film_mm: float
    flatness: float
    soft_per_cm: float
    bone_ln: float


@cache
def habits() -> Mapping[str, Habit]:
    """Region id (and ``any``) -> what is usual."""
    found = {}
    for _, row in read_csv(FILE, HEADER):
        values = (float(row[name]) for name in HEADER[1:-1])
        found[row["region"]] = Habit(*values)
    return MappingProxyType(found)


def habit(regions: Iterable[str]) -> Habit:
    """Of the first region that has a row, or is part of one that has; else of any."""
    known = habits()
    for region in regions:
        wider: str | None = region
        while wider is not None:
            if wider in known:
                return known[wider]
            wider = vocabulary().regions[wider].parent
    return known[ANY]
