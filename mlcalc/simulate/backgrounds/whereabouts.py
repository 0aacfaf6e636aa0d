"""Which region a point of a film lies in, by its landmarks."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mlcalc.simulate.backgrounds.film import Film
from mlcalc.simulate.backgrounds.marks import Mark
from mlcalc.vocabulary.registry import read_csv

FILE = Path(__file__).with_name("joints.csv")
HEADER = ("joint", "region", "proximal", "distal", "reach")
NEAR, FAR = 2.2, 6.0
"""Widths of the joint beyond which a landmark gives way to regions without one, and says nothing at all."""


@dataclass(frozen=True, slots=True)
class Joint:
    """Region at a joint (within ``reach`` widths of it), above it and below it."""

    region: str
    proximal: str
    distal: str
    reach: float


@cache
def joints() -> Mapping[str, Joint]:
    """Landmark id -> regions around it: rows of ``joints.csv``."""
    rows = (row for _, row in read_csv(FILE, HEADER))
    return MappingProxyType(
        {r["joint"]: Joint(r["region"], r["proximal"], r["distal"], float(r["reach"])) for r in rows}
    )


def region_at(film: Film, shape: tuple[int, ...], x: float, y: float, random: np.random.Generator) -> str:
    """The region of a film pixel: told by the nearest landmark, else one of the film's; "" if unknown."""
    near: tuple[float, str] | None = None
    for mark in film.marks:
        found = _told(mark, x / shape[1] - mark.x, y / shape[0] - mark.y)
        if found is not None and (near is None or found[0] < near[0]):
            near = found
    regions = film.regions if near is None else _elsewhere(film) if near[0] > NEAR else ()
    if regions:
        return regions[int(random.integers(len(regions)))]
    return "" if near is None else near[1]


def _elsewhere(film: Film) -> tuple[str, ...]:
    """Regions of a film that none of its landmarks tells."""
    known = [joints()[mark.joint] for mark in film.marks if mark.joint in joints()]
    told = {region for joint in known for region in (joint.region, joint.proximal, joint.distal)}
    return tuple(region for region in film.regions if region not in told)


def _told(mark: Mark, dx: float, dy: float) -> tuple[float, str] | None:
    """Distance from a landmark, over its width, and the region that it tells."""
    joint = joints().get(mark.joint)
    if joint is None or mark.width <= 0:
        return None
    away = math.hypot(dx, dy) / mark.width
    if away > FAR:
        return None
    angle = math.radians(mark.angle)
    along = (dy * math.cos(angle) - dx * math.sin(angle)) / mark.width
    if abs(along) <= joint.reach:
        return away, joint.region
    return away, joint.distal if along > 0 else joint.proximal
