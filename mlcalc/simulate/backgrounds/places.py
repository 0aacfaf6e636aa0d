"""Where tissues lie around landmarks: rows of ``landmarks.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mlcalc.errors import KnowledgeError
from mlcalc.simulate.grid import Points
from mlcalc.vocabulary import vocabulary
from mlcalc.vocabulary.registry import read_csv

FILE = Path(__file__).with_name("landmarks.csv")
HEADER = (
    *("joint", "with", "region", "compartment", "structure", "side", "path"),
    *("width_low", "width_high", "depth", "ends", "source"),
)
SIDES = ("none", "both", "skin", "deep", "to", "away")


@dataclass(frozen=True, eq=False)
class Place:
    """One row of ``landmarks.csv``.

    beside: a landmark that must be there, too. path, ends: (n, 2) in widths of the bone at the joint, across
    the limb and along it away from the trunk. side: which way "across" points: ``none`` (the place is
    symmetric), ``both`` (either), ``skin`` or ``deep`` (nearer to or farther from the skin), ``to:`` or
    ``away:`` another landmark. width, depth: mm.
    """

    joint: str
    beside: str
    region: str
    compartment: str
    structure: str | None
    side: str
    path: Points
    width: tuple[float, float]
    depth: float
    ends: Points | None


@cache
def places(file: Path = FILE) -> Mapping[str, tuple[Place, ...]]:
    """Joint -> its places; raises KnowledgeError for a row that means nothing."""
    found: dict[str, list[Place]] = {}
    for line, row in read_csv(file, HEADER):
        try:
            place = _place(row)
        except ValueError as error:
            raise KnowledgeError(file.name, line, row["joint"], str(error)) from error
        found.setdefault(place.joint, []).append(place)
    return MappingProxyType({joint: tuple(rows) for joint, rows in found.items()})


def _place(row: Mapping[str, str]) -> Place:
    structure = row["structure"] or None
    if row["side"].partition(":")[0] not in SIDES:
        raise ValueError(f"side {row['side']!r}: expected one of {', '.join(SIDES)}")
    _check(row["compartment"], row["region"], structure)
    return Place(
        joint=row["joint"],
        beside=row["with"],
        region=row["region"],
        compartment=row["compartment"],
        structure=structure,
        side=row["side"],
        path=_points(row["path"]),
        width=(float(row["width_low"]), float(row["width_high"])),
        depth=float(row["depth"]),
        ends=_points(row["ends"]) if row["ends"] else None,
    )


def _check(compartment: str, region: str, structure: str | None) -> None:
    known = vocabulary()
    if compartment not in known.compartments or region not in known.regions:
        raise ValueError(f"{compartment} or {region} is no compartment or region")
    if structure is not None:
        if structure not in known.structures:
            raise ValueError(f"{structure} is no structure")
        where = known.structures[structure]
        if compartment not in where.compartments or region not in where.regions:
            raise ValueError(f"{structure} is no {compartment} of the {region}")


def _points(cell: str) -> Points:
    points = np.array([[float(v) for v in pair.split()] for pair in cell.split(";")])
    if points.ndim != 2 or points.shape[1] != 2 or len(points) < 2:
        raise ValueError(f"{cell!r}: expected two or more points 'across along', parted by ;")
    return points
