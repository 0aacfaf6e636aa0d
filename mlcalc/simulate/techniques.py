"""How each region is usually exposed, and how large crops of it are: rows of ``techniques.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

from mlcalc.vocabulary.registry import read_csv

FILE = Path(__file__).with_name("techniques.csv")
HEADER = ("region", "kvp_low", "kvp_high", "grid", "side_low", "side_high", "source")


@dataclass(frozen=True, slots=True)
class Technique:
    """kvp: tube voltage, kV, (low, high). grid: how often an anti-scatter grid is used, in [0, 1].

    side: of a crop, mm, (low, high).
    """

    kvp: tuple[float, float]
    grid: float
    side: tuple[float, float]


@cache
def techniques() -> Mapping[str, Technique]:
    """Region id -> technique."""
    found = {}
    for _, row in read_csv(FILE, HEADER):
        kvp = float(row["kvp_low"]), float(row["kvp_high"])
        side = float(row["side_low"]), float(row["side_high"])
        found[row["region"]] = Technique(kvp, float(row["grid"]), side)
    return MappingProxyType(found)
