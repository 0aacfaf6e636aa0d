"""The bones of a frame as one person has them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from mlcalc.simulate.anatomy.parts import Bone, Cut, Numbers, Ridge, Solid
from mlcalc.simulate.anatomy.regions.lower_growth import grown
from mlcalc.simulate.anatomy.regions.lower_outlines import box, curve, placed, ring_of, young
from mlcalc.simulate.anatomy.regions.lower_person import Person
from mlcalc.simulate.anatomy.regions.lower_pose import Pose
from mlcalc.simulate.anatomy.regions.lower_tables import Row, number, rows_of
from mlcalc.simulate.grid import Points

_ROUND = 16.0
"""mm from its edge at which a large bone has its full depth; a shaft has it at its axis."""
_FULL_GROWN = 35.0
"""Years until which a closed growth plate may leave its scar."""


@dataclass(frozen=True)
class Skeleton:
    """What the rows of a frame came to, in millimetres of the layout."""

    bones: tuple[tuple[str, Bone], ...]
    cuts: tuple[Cut, ...]
    ossicles: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class _Draft:
    """A part before it is posed: its points in the frame, and what is made of them once they are placed.

    centre: x about which a rotation of the limb turns it.
    """

    name: str
    points: Points
    row: Row
    mirrored: bool
    centre: float
    make: Callable[[Points], Bone | Cut]


def skeleton(frame: str, person: Person, pose: Pose, extent: float, random: np.random.Generator) -> Skeleton:
    """The bones of a frame within ``extent`` mm of the origin: outlines, growth plates, dense lines, gaps."""
    drafts: list[_Draft] = []
    ossicles = []
    near = _near(frame, pose, extent)
    for row, sides in zip(rows_of("bones", frame), near, strict=True):
        chance = random.random()
        if person.age < number(row, "appears") or (row["chance"] and chance > number(row, "chance")):
            continue
        if row["chance"]:
            ossicles.append(row["bone"])
        for mirrored in sides:
            drafts += _bone(row, mirrored, person, random)
    for row in (*rows_of("ridges", frame), *rows_of("cuts", frame)):
        drafts += _line(row, person, random)
    made = list(zip(drafts, _posed(drafts, pose), strict=True))
    parts = [(draft.name, draft.make(points)) for draft, points in made]
    return Skeleton(
        bones=tuple((name, part) for name, part in parts if not isinstance(part, Cut)),
        cuts=tuple(part for _, part in parts if isinstance(part, Cut)),
        ossicles=tuple(ossicles),
    )


def surface(bones: Sequence[tuple[str, Bone]], extent: float) -> Points:
    """Points on the outlines of all bones within ``extent`` mm of the origin, (n, 2)."""
    points = np.concatenate([part.outline[::5] for _, part in bones if isinstance(part, Solid)])
    return np.asarray(points[(np.abs(points) < extent).all(axis=1)])


def _posed(drafts: list[_Draft], pose: Pose) -> list[Points]:
    """All drafts placed at once: one by one would take longer than the drawing of them."""
    counts = [len(draft.points) for draft in drafts]
    groups = "".join((draft.row["group"] or ".") * n for draft, n in zip(drafts, counts, strict=True))
    z, sign, centre, middle = (
        np.repeat([float(value) for value in column], counts)
        for column in zip(
            *((number(d.row, "z"), d.mirrored, d.centre, d.points[:, 1].mean()) for d in drafts), strict=True
        )
    )
    points = np.concatenate([draft.points for draft in drafts])
    whole = pose.place_bodies(points, groups, z, sign, np.stack([centre, middle], 1))
    return np.split(whole, np.cumsum(counts)[:-1])


def _sides(row: Row) -> tuple[bool, ...]:
    return (False, True) if row["both"] == "1" else (False,)


def _named(row: Row, mirrored: bool) -> str:
    return row["bone"] + ("_right" if mirrored else "_left" if row["both"] == "1" else "")


@cache
def _boxes(frame: str) -> tuple[tuple[tuple[int, bool], ...], Points, str, Numbers, Numbers]:
    """Row and side of every bone of a frame; the corners round it, four each: points, groups, z, mirrored."""
    chosen = tuple((k, side) for k, row in enumerate(rows_of("bones", frame)) for side in _sides(row))
    found = [rows_of("bones", frame)[k] for k, _ in chosen]
    points = np.concatenate([box(row) for row in found])
    groups = "".join((row["group"] or ".") * 4 for row in found)
    z = np.repeat([number(row, "z") for row in found], 4)
    return chosen, points, groups, z, np.repeat([float(side) for _, side in chosen], 4)


def _near(frame: str, pose: Pose, extent: float) -> list[list[bool]]:
    """For every row the sides whose bone can reach into the circle that is drawn; outlines may be long."""
    chosen, points, groups, z, mirrored = _boxes(frame)
    corners = pose.place(points, groups, z, mirrored).reshape(-1, 4, 2)
    seen = ((corners.min(axis=1) < extent) & (corners.max(axis=1) > -extent)).all(axis=1).tolist()
    sides: list[list[bool]] = [[] for _ in rows_of("bones", frame)]
    for (row, side), here in zip(chosen, seen, strict=True):
        if here:
            sides[row].append(side)
    return sides


def _bone(row: Row, mirrored: bool, person: Person, random: np.random.Generator) -> list[_Draft]:
    """One bone: its pieces, growth plates and the lines that its outline brings along."""
    ring, unit = ring_of(row, random)
    ring = young(ring, row, person.age)
    scar = person.age < _FULL_GROWN and random.random() < 0.5
    at_age = grown(row["outline"], ring, person.age, scar, 1 / unit)
    name, centre = _named(row, mirrored), float(placed(row, ring[:, :2])[:, 0].mean())
    strength = person.spongy * float(random.uniform(0.9, 1.1))
    found = [
        _Draft(
            f"{name}_{part}" if part else name,
            placed(row, piece[:, :2]),
            row,
            mirrored,
            centre,
            _solid(piece, strength, person),
        )
        for part, piece in at_age.pieces
    ]
    for path, still_open in at_age.plates:
        depth = float(random.uniform(2, 4) if still_open else random.uniform(0.4, 1.3)) * person.size
        points = placed(row, _wavy(path, random))
        found.append(_Draft(f"{name}_plate", points, row, mirrored, centre, _ridge(1.1 * person.size, depth)))
    for mark in rows_of("ridges", row["outline"]):
        if person.age >= number(mark, "from"):
            points = placed(row, curve(mark["points"]))
            found.append(_Draft(name, points, row, mirrored, centre, _dense(mark, person, random)))
    return found


def _line(row: Row, person: Person, random: np.random.Generator) -> list[_Draft]:
    """A row of lower_ridges.csv or lower_cuts.csv on its side or both, if the age is right."""
    if (
        person.age < number(row, "from")
        if "from" in row
        else row["until"] and person.age > number(row, "until")
    ):
        return []
    found = []
    for mirrored in _sides(row):
        make = _dense(row, person, random) if "from" in row else _gap(row, _named(row, mirrored), person)
        name, about = _named(row, mirrored), number(row, "about")
        found.append(_Draft(name, curve(row["points"]), row, mirrored, about, make))
    return found


def _solid(ring: Numbers, strength: float, person: Person) -> Callable[[Points], Bone | Cut]:
    depth = ring[:, 2] * person.size
    cortex = np.maximum(ring[:, 3] * person.size * person.cortex, 0.35)
    spongy = np.clip(ring[:, 4] * strength, 0.02, 1)
    rounding = np.minimum(depth / 2, _ROUND * person.size)
    return lambda points: Solid(points, depth, cortex, spongy, rounding)


def _dense(row: Row, person: Person, random: np.random.Generator) -> Callable[[Points], Bone | Cut]:
    depth = number(row, "depth") * person.size * person.cortex * float(random.uniform(0.7, 1.25))
    return _ridge(number(row, "width") * person.size, depth)


def _ridge(width: float, depth: float) -> Callable[[Points], Bone | Cut]:
    return lambda points: Ridge(points, width, depth)


def _gap(row: Row, name: str, person: Person) -> Callable[[Points], Bone | Cut]:
    width, share, rim = number(row, "width") * person.size, number(row, "share"), number(row, "rim")
    return lambda points: Cut(points, width, share, rim, name if row["bone"] else "")


def _wavy(path: Points, random: np.random.Generator) -> Points:
    """A growth plate undulates."""
    at = np.linspace(0, 1, 13)[:, None]
    way = path[1] - path[0]
    across = np.array([-way[1], way[0]]) * 0.02
    wave = np.sin(at * np.pi * random.uniform(2, 4) + random.uniform(0, 6))
    return np.asarray(path[0] + at * way + wave * across)
