"""Rows of the upper body's data tables made into parts and sites, each moved as its group is."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mlcalc.simulate.anatomy.parts import Band, Cavity, Contour, Cut, Envelope, Flesh, Ridge
from mlcalc.simulate.anatomy.traced import curve, numbers
from mlcalc.simulate.grid import Points
from mlcalc.simulate.site import Site

Row = Mapping[str, str]
Move = Callable[[Points], Points]


def ridge_of(row: Row, move: Move) -> Ridge:
    """A line of dense bone."""
    path = curve(row["path"], closed=False)
    return Ridge(move(path), float(row["width"]), float(row["depth"]))


def cut_of(row: Row, move: Move) -> Cut:
    """A growth plate, canal or fossa; ``name`` says of which bone."""
    return Cut(
        move(numbers(row["path"])),
        float(row["width"]),
        float(row["depth"]),
        float(row["rim"] or 0),
        row["name"],
    )


def band_of(row: Row, move: Move) -> Band:
    """A fat plane, vessel or fold of skin."""
    added = row["kind"] == "fold"
    material = "soft_tissue" if added else row["kind"]
    return Band(move(numbers(row["path"])), float(row["width"]), float(row["depth"]), material, added)


def flesh_of(row: Row, move: Move, random: np.random.Generator) -> Flesh:
    """A contour, or an envelope of slightly random thickness."""
    table = numbers(row["points"])
    if row["kind"] == "envelope":
        even = random.normal(1, 0.04)
        return Envelope(move(table[:, :2]), table[:, 2] * even, table[:, 3], float(row["shape"]))
    table = curve(row["points"])
    return Contour(move(table[:, :2]), table[:, 2], table[:, 3], float(row["shape"]))


def cavity_of(row: Row, move: Move) -> Cavity:
    """Air or another material in place of tissue."""
    table = curve(row["points"])
    return Cavity(move(table[:, :2]), table[:, 2], float(row["shape"]), row["material"])


def site_of(row: Row, region: str, move: Move) -> Site:
    """A place; outward is a direction from its first point."""
    path = numbers(row["path"])
    ends = move(numbers(row["ends"])) if row["ends"] else None
    outward = None
    if row["outward"]:
        ahead = move(np.array([path[0], path[0] + numbers(row["outward"])[0]]))
        step = ahead[1] - ahead[0]
        step = step / max(np.hypot(step[0], step[1]), 1e-9)
        outward = (float(step[0]), float(step[1]))
    return Site(
        row["compartment"], region, move(path), float(row["width"]), float(row["depth"]),
        row["structure"] or None, outward, ends,
    )  # fmt: skip
