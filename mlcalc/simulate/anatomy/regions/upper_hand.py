"""Bones of the hand and wrist, PA and oblique, shared by the regions wrist, hand and finger.

The origin is the third carpometacarpal joint; the fingers point up, the thumb is on the right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from mlcalc.simulate.anatomy.parts import Bone, Cut, Flesh, Layout, Ridge, Solid
from mlcalc.simulate.anatomy.person import Person
from mlcalc.simulate.anatomy.place import shifted
from mlcalc.simulate.anatomy.places import Places
from mlcalc.simulate.anatomy.regions.upper_hand_flesh import fat_planes, hand_flesh
from mlcalc.simulate.anatomy.regions.upper_ray_bones import growth_plate, ray_bone
from mlcalc.simulate.anatomy.regions.upper_rays import Segment, posed
from mlcalc.simulate.anatomy.shapes import ellipse, roughened, spline
from mlcalc.simulate.anatomy.traced import traces
from mlcalc.simulate.site import Value

HERE = Path(__file__).parent
ACCESSORY = 0.02
"""Share of hands drawn with an inconstant sesamoid of one ray (index, little finger)."""


@dataclass(frozen=True, eq=False)
class Skeleton:
    """Bones and flesh of one hand, and where its segments lie."""

    segments: dict[tuple[int, str], Segment]
    bones: list[tuple[str, Bone]]
    flesh: list[Flesh]
    cuts: list[Cut] = field(default_factory=list)


def hand(random: np.random.Generator, person: Person, squeeze: float = 1.0) -> Skeleton:
    """One hand. squeeze: 1 PA; about 0.7 oblique, where the rays close up and overlap."""
    segments = posed(random, squeeze)
    bones: list[tuple[str, Bone]] = []
    cuts: list[Cut] = []
    for (ray, name), segment in segments.items():
        bones += ray_bone(segment, random)
        if person.growing:
            cuts.append(growth_plate(segment, f"{name}_{ray}"))
    bones += _carpus(random, person, squeeze)
    bones += _sesamoids(segments, random, person)
    bones += forearm_ends(random, squeeze)
    if person.growing:
        cuts += _forearm_plates(squeeze)
    return Skeleton(segments, bones, hand_flesh(segments, squeeze, random), cuts)


def _sesamoids(
    segments: dict[tuple[int, str], Segment], random: np.random.Generator, person: Person
) -> list[tuple[str, Bone]]:
    """The two of the thumb, which all adults have, and now and then one of the index or little finger."""
    if person.age < 13:
        return []
    thumb = segments[1, "metacarpal"]
    spots = [("sesamoid_1_radial", thumb.point(0.95, 3.2)), ("sesamoid_1_ulnar", thumb.point(0.96, -3.6))]
    for ray in (2, 5):
        if random.random() < ACCESSORY:
            head = segments[ray, "metacarpal"]
            spots.append((f"sesamoid_{ray}", head.point(0.95, 3.0 if ray == 2 else -2.5)))
    found: list[tuple[str, Bone]] = []
    for name, spot in spots:
        half = (random.uniform(1.8, 2.6), random.uniform(2.2, 3.1))
        outline = ellipse((float(spot[0]), float(spot[1])), half, random.uniform(-0.6, 0.6))
        found.append((name, Solid(roughened(outline, random, 0.12), 4.0, 0.6, 0.55, min(half))))
    return found


def _carpus(random: np.random.Generator, person: Person, squeeze: float) -> list[tuple[str, Bone]]:
    found: list[tuple[str, Bone]] = []
    small = float(np.clip(0.45 + 0.042 * person.age, 0.55, 1.0)) if person.growing else 1.0
    for name, trace in traces(HERE / "upper_carpus.csv").items():
        if name in ("radius", "ulna"):
            continue
        if person.growing and person.age < {"pisiform": 11, "hook_of_hamate": 14}.get(name, 0):
            continue
        middle = trace.points[:, :2].mean(axis=0)
        centre = middle * (squeeze, 1.0) + random.normal(0, 0.35, 2)
        wide = small * (0.5 + 0.5 * squeeze)
        c = (centre[0] - middle[0] * wide, centre[1] - middle[1] * small)
        found.append((name, trace.solid(random, c, random.normal(0, 0.015), (wide, small), rough=0.22)))
    return found


def forearm_ends(random: np.random.Generator, squeeze: float) -> list[tuple[str, Bone]]:
    """Distal radius and ulna with the radius' dense articular plate and epiphyseal scar."""
    wide = 0.4 + 0.6 * squeeze
    shift = random.normal(0, 1.6)
    shapes = traces(HERE / "upper_carpus.csv")
    radius = shapes["radius"].solid(random, scale=(wide, 1.0), rough=0.3)
    ulna = shapes["ulna"].solid(random, (3.0 * (1 - squeeze) * 10, shift), scale=(wide, 1.0), rough=0.3)
    joint = np.array([(25.0, 33.4), (14, 38.8), (0, 42.6), (-6.5, 44)]) * (wide, 1)
    volar = np.array([(24.0, 36.0), (12, 41.5), (0, 45.0), (-7, 45.8)]) * (wide, 1)
    return [
        ("radius", radius),
        ("ulna", ulna),
        ("radius_plate", Ridge(spline(joint, 5, closed=False), 1.5, 2.4)),
        ("radius_rim", Ridge(spline(volar, 5, closed=False), 1.2, 1.2)),
    ]


def _forearm_plates(squeeze: float) -> list[Cut]:
    wide = 0.4 + 0.6 * squeeze
    radius = np.array([(34.0, 42), (20, 45.5), (5, 49), (-12, 50.5)]) * (wide, 1)
    ulna = np.array([(-9.0, 52), (-20, 50.5), (-32, 52)]) * (wide, 1)
    return [Cut(radius, 1.8, 0.92, 0.6, "radius"), Cut(ulna, 1.6, 0.92, 0.6, "ulna")]


def assembled(
    places: Places,
    made: Skeleton,
    origin: tuple[float, float],
    extent: float,
    view: str,
    random: np.random.Generator,
    parameters: Mapping[str, Value] | None = None,
) -> Layout:
    """The layout of a hand with ``origin`` (mm of the skeleton's frame) brought to its own origin."""
    streaks = tuple(fat_planes(made.segments, random))
    layout = Layout(
        places.region,
        tuple(made.bones),
        tuple(made.flesh),
        tuple(places.sites),
        extent,
        tuple(made.cuts),
        bands=streaks,
        ossicles=tuple(name for name, _ in made.bones if name in ("sesamoid_2", "sesamoid_5")),
        parameters={"view": view, **(parameters or {})},
    )
    return shifted(layout, (-origin[0], -origin[1]))
