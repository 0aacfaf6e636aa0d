"""The places of a frame that a lesion may be put, as one person has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from mlcalc.simulate.anatomy.parts import Envelope, Numbers
from mlcalc.simulate.anatomy.regions.lower_cover import cover_sites, kept_inside
from mlcalc.simulate.anatomy.regions.lower_pose import Pose
from mlcalc.simulate.anatomy.regions.lower_tables import Row, Run, number, rows_of, run
from mlcalc.simulate.anatomy.shapes import spline
from mlcalc.simulate.grid import Points
from mlcalc.simulate.site import Site

_STEPS = 3
"""Pieces of curve between two points of a path."""


@dataclass(frozen=True, eq=False)
class _Plan:
    """All points of the sites of one region of a frame, one after another, and which belong to which site.

    runs: path, ends and the two points of the outward direction of each site, as slices; None if it has none.
    """

    rows: tuple[tuple[Row, bool], ...]
    points: Points
    groups: str
    z: Numbers
    mirrored: Numbers
    runs: tuple[tuple[slice, slice | None, slice | None], ...]


def sites(
    frame: str, region: str, size: float, pose: Pose, envelopes: Sequence[Envelope], extent: float
) -> tuple[Site, ...]:
    """Every site of a frame that belongs to a region, below the skin of this person.

    size: the person's scale. envelopes: the skin, in millimetres of the layout. extent: radius in mm within
    which sites are wanted.
    """
    plan = _plan(frame, region)
    if not plan.rows:
        return tuple(cover_sites(region, envelopes, extent))
    placed = pose.place(plan.points, plan.groups, plan.z, plan.mirrored)
    found = [
        _site(row, region, size, placed, places)
        for (row, _), places in zip(plan.rows, plan.runs, strict=True)
    ]
    return (*kept_inside(found, envelopes), *cover_sites(region, envelopes, extent))


@cache
def _plan(frame: str, region: str) -> _Plan:
    chosen = [
        (row, mirrored)
        for row in rows_of("sites", frame)
        if region in row["regions"].split(";")
        for mirrored in ((False, True) if row["both"] == "1" else (False,))
    ]
    values: list[Points] = []
    groups, z, sign, runs, count = "", [], [], [], 0
    for row, mirrored in chosen:
        places: list[slice | None] = []
        for part in _runs(row):
            if part is None:
                places.append(None)
                continue
            places.append(slice(count, count + len(part.values)))
            count += len(part.values)
            values.append(part.values[:, :2])
            groups += part.groups
            z += [number(row, "z")] * len(part.values)
            sign += [mirrored] * len(part.values)
        assert places[0] is not None
        runs.append((places[0], places[1], places[2]))
    points = np.concatenate(values) if values else np.zeros((0, 2))
    return _Plan(tuple(chosen), points, groups, np.array(z), np.array(sign, np.float64), tuple(runs))


def _runs(row: Row) -> tuple[Run, Run | None, Run | None]:
    """Path, ends and outward direction of a row; a path that no joint bends is made smooth here, once."""
    path = run(row["points"])
    ends = run(row["ends"]) if row["ends"] else None
    outward = None
    if row["outward"]:
        middle = len(path.values) // 2
        way = run(row["outward"]).values[0, :2]
        two = path.values[middle, :2] + np.array([[0.0, 0.0], way]) / np.hypot(*way)
        outward = Run(two, path.groups[middle] * 2)
    if len(path.values) > 2 and len(set(path.groups)) == 1:
        curve = spline(path.values[:, :2], _STEPS, closed=False)
        path = Run(curve, path.groups[0] * len(curve))
    return path, ends, outward


def _site(
    row: Row, region: str, size: float, placed: Points, places: tuple[slice, slice | None, slice | None]
) -> Site:
    path, ends, outward = (None if place is None else placed[place] for place in places)
    assert path is not None
    if len(path) > 2 and len(set(run(row["points"]).groups)) > 1:
        path = spline(path, _STEPS, closed=False)
    return Site(
        compartment=row["compartment"],
        region=region,
        path=path,
        width=number(row, "width") * size,
        depth=number(row, "depth") * size,
        structure=row["structure"] or None,
        outward=None if outward is None else _unit(outward[1] - outward[0]),
        ends=ends,
    )


def _unit(way: Numbers) -> tuple[float, float]:
    x, y = way / np.hypot(way[0], way[1])
    return float(x), float(y)
