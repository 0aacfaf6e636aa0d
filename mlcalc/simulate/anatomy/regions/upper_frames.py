"""Frames: one view of one region of the upper body, laid out from data rows.

upper_outlines.csv holds the bones, upper_flesh.csv the body and its cavities, upper_lines.csv ridges, cuts,
fat planes and vessels, upper_sites.csv the places. All of them name the frame and a group: the rows of a
group are moved together (a turned humerus), and then the whole frame is bent a little, as no two people
are alike.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from mlcalc.simulate.anatomy.parts import Band, Bone, Cavity, Cut, Flesh, Layout, Ridge, Solid
from mlcalc.simulate.anatomy.person import Person, fitted
from mlcalc.simulate.anatomy.regions.upper_rows import (
    Move,
    Row,
    band_of,
    cavity_of,
    cut_of,
    flesh_of,
    ridge_of,
    site_of,
)
from mlcalc.simulate.anatomy.shapes import placed
from mlcalc.simulate.anatomy.traced import traces
from mlcalc.simulate.grid import Points
from mlcalc.simulate.site import Site, Value

HERE = Path(__file__).parent
BANDS = ("fat", "soft_tissue", "air", "fold")
ACCESSORY = 0.03
"""Share of people with an accessory ossicle of a frame (each of them is rare: 1-3 %; from memory)."""
Rows = tuple[Row, ...]
Mover = Callable[[str], Move]
"""How the rows of a group are moved."""


@dataclass(frozen=True)
class Pose:
    """A group turned clockwise about a pivot (radians) and shifted (mm)."""

    pivot: tuple[float, float] = (0.0, 0.0)
    turn: float = 0.0
    shift: tuple[float, float] = (0.0, 0.0)

    def move(self, points: Points) -> Points:
        """Points (n, 2 or more) where the pose brings them; further columns stay."""
        if self == STILL:
            return points
        away = np.array(points, np.float64)
        away[:, :2] -= self.pivot
        return placed(away, (self.pivot[0] + self.shift[0], self.pivot[1] + self.shift[1]), self.turn)


STILL = Pose()
"""Not moved at all."""


@cache
def rows(table: str, frame: str) -> Rows:
    """The rows of ``upper_<table>.csv`` for a frame."""
    with (HERE / f"upper_{table}.csv").open(newline="", encoding="utf-8") as lines:
        return tuple(row for row in csv.DictReader(lines) if row["frame"] == frame)


def bend(random: np.random.Generator, amount: float = 1.0) -> Move:
    """A slight, smooth change of a whole frame: wider or narrower, sheared, bowed; a few percent at most."""
    wide, shear, bow, skew = random.normal(0, (0.04 * amount, 0.03 * amount, 2e-4 * amount, 1.5e-4 * amount))

    def move(points: Points) -> Points:
        p = np.array(points, np.float64)
        x, y = p[:, 0].copy(), np.minimum(np.maximum(p[:, 1], -120), 120)
        p[:, 0] = x * (1 + wide) + shear * y + bow * y * y
        p[:, 1] += skew * np.minimum(x * x, 100.0**2)
        return p

    return move


def lay_out(
    region: str,
    frame: str,
    random: np.random.Generator,
    person: Person,
    extent: float,
    poses: Mapping[str, Pose] | None = None,
    parameters: Mapping[str, Value] | None = None,
    extra: tuple[tuple[str, Bone], ...] = (),
    more_sites: tuple[Site, ...] = (),
) -> Layout:
    """The layout of a frame for a region; its sites are those of the frame's rows that the region may have.

    poses: by group. parameters: what was drawn besides. extra, more_sites: made in code, in the
    frame's millimetres.
    """
    bent = bend(random)

    def mover(group: str) -> Move:
        pose = (poses or {}).get(group, STILL)
        return lambda points: bent(pose.move(points))

    drawn, ossicles = _bones(frame, mover, random)
    more = [(name, _moved(bone, bent)) for name, bone in extra]
    cuts, bands = _lines(frame, mover, person)
    envelopes, cavities = _flesh(frame, mover, random)
    layout = Layout(
        region=region,
        bones=(*drawn, *more, *_ridges(frame, mover)),
        envelopes=envelopes,
        sites=(*_sites(frame, region, mover), *(_bent(site, bent) for site in more_sites)),
        extent=extent,
        cuts=cuts,
        bands=bands,
        ossicles=ossicles,
        parameters={
            "view": "lateral" if frame.endswith("lateral") else "ap",
            "frame": frame,
            **(parameters or {}),
        },
        cavities=cavities,
    )
    return fitted(layout, person)


def _ridges(frame: str, mover: Mover) -> list[tuple[str, Bone]]:
    return [(r["name"], ridge_of(r, mover(r["group"]))) for r in rows("lines", frame) if r["kind"] == "ridge"]


def _lines(frame: str, mover: Mover, person: Person) -> tuple[tuple[Cut, ...], tuple[Band, ...]]:
    """What is cut out of the bones, growth plates while they are open, and the lines of the soft tissue."""
    kinds, lines = ("cut", "plate") if person.growing else ("cut",), rows("lines", frame)
    cuts = tuple(cut_of(row, mover(row["group"])) for row in lines if row["kind"] in kinds)
    return cuts, tuple(band_of(row, mover(row["group"])) for row in lines if row["kind"] in BANDS)


def _flesh(
    frame: str, mover: Mover, random: np.random.Generator
) -> tuple[tuple[Flesh, ...], tuple[Cavity, ...]]:
    flesh = rows("flesh", frame)
    envelopes = tuple(flesh_of(r, mover(r["group"]), random) for r in flesh if r["kind"] != "cavity")
    return envelopes, tuple(cavity_of(r, mover(r["group"])) for r in flesh if r["kind"] == "cavity")


def _sites(frame: str, region: str, mover: Mover) -> list[Site]:
    chosen = [row for row in rows("sites", frame) if region in row["regions"].split(";")]
    return [site_of(row, region, mover(row["group"])) for row in chosen]


def _bent(site: Site, move: Move) -> Site:
    return replace(site, path=move(site.path), ends=None if site.ends is None else move(site.ends))


def _bones(
    frame: str, mover: Mover, random: np.random.Generator
) -> tuple[list[tuple[str, Bone]], tuple[str, ...]]:
    """The frame's bones, and the names of those that are accessory: few people have one."""
    found: list[tuple[str, Bone]] = []
    groups = {row["bone"]: row["group"] for row in rows("outlines", frame)}
    accessory = []
    for name, trace in traces(HERE / "upper_outlines.csv", frame).items():
        if groups[name] == "ossicle":
            if random.random() >= ACCESSORY:
                continue
            accessory.append(name)
        found.append((name, _moved(trace.solid(random, rough=0.3), mover(groups[name]))))
    return found, tuple(accessory)


def _moved(bone: Bone, move: Move) -> Bone:
    if isinstance(bone, Solid):
        away = move(np.array([(0.0, 0.0), (0.0, 1.0)]))
        step = away[1] - away[0]
        turn = float(np.arctan2(step[1], step[0]) - np.pi / 2)
        grain = None if bone.grain is None else bone.grain + turn
        return Solid(move(bone.outline), bone.depth, bone.cortex, bone.spongy, bone.rounding, grain)
    if isinstance(bone, Ridge):
        return Ridge(move(bone.path), bone.width, bone.depth)
    raise TypeError(f"cannot move {type(bone).__name__}; draw it as Solid or Ridge")
