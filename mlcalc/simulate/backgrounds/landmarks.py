"""Places around landmarks: tendons, ligaments, cartilage, joint spaces, bursae."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlcalc.simulate.backgrounds.flow import outward
from mlcalc.simulate.backgrounds.marks import Mark
from mlcalc.simulate.backgrounds.places import Place, places
from mlcalc.simulate.backgrounds.spot import Spot
from mlcalc.simulate.backgrounds.survey import Survey
from mlcalc.simulate.backgrounds.want import Want
from mlcalc.simulate.grid import Points
from mlcalc.simulate.site import turning

INSIDE = 0.7
"""Share of a path that lies in the patient."""
UNSURE, UNSURE_SCALE = 0.03, 0.06
"""Marks are set by eye: places are shifted by a part of the joint's width, and scaled."""
NEAR = 6.0
"""A second landmark belongs to the same joint when it is nearer than so many widths."""


ADULT_MM: Mapping[str, float] = {"knee": 78, "hip": 46, "ankle": 62, "wrist": 50, "elbow": 56, "shoulder": 46}
"""Width of the bone at a joint of adults, mm, as the audit takes it."""


@dataclass(frozen=True, eq=False)
class Choice:
    """A place at one landmark of one film."""

    mark: Mark
    place: Place
    other: Mark | None


def choices(found: Survey, want: Want) -> list[Choice]:
    """Every wanted place around the landmarks of a film; it may still turn out not to lie in the patient."""
    made = []
    for mark in found.film.marks:
        for place in places().get(mark.joint, ()):
            if mark.width > 0 and _wanted(place, want):
                other = _nearest(found, mark, place.beside) if place.beside else None
                if other is not None or not place.beside:
                    made.append(Choice(mark, place, other))
    return made


def _wanted(place: Place, want: Want) -> bool:
    return (
        (not want.compartments or place.compartment in want.compartments)
        and (not want.structures or place.structure in want.structures)
        and (not want.regions or place.region in want.regions)
    )


def landmark_spot(found: Survey, choice: Choice, random: np.random.Generator) -> Spot | None:
    """The place on the film, shifted a little; None where it lies outside the patient."""
    mark, place = choice.mark, choice.place
    rows, columns = found.pixels.shape
    centre = np.array([mark.x * columns, mark.y * rows])
    size = mark.width * columns * random.uniform(1 - UNSURE_SCALE, 1 + UNSURE_SCALE)
    turn = turning(math.radians(mark.angle)) * size
    jitter = random.uniform(-UNSURE, UNSURE, 2)
    sign = _sign(found, choice, centre, turn, random)
    if sign is None:
        return None
    flip = np.array([sign, 1.0])
    path = (place.path + jitter) * flip @ turn.T + centre
    if not _inside(found, path):
        return None
    middle = path[len(path) // 2]
    return Spot(
        compartment=place.compartment,
        region=place.region,
        path=path,
        width=float(random.uniform(*place.width)) * _child(mark),
        depth=min(place.depth, max(10 * _at(found, found.depth, middle), 3.0)),
        structure=place.structure,
        outward=outward(found, *(middle / found.step)),
        ends=None if place.ends is None else (place.ends + jitter) * flip @ turn.T + centre,
    )


def _child(mark: Mark) -> float:
    """How much smaller than in an adult: by the bone's width at some joints, at most 1."""
    usual = ADULT_MM.get(mark.joint, 0.0)
    return min(1.0, mark.width_mm / usual) if mark.width_mm > 0 and usual else 1.0


def _sign(
    found: Survey, choice: Choice, centre: Points, turn: Points, random: np.random.Generator
) -> float | None:
    """Which way across points, 1 or -1; None where it cannot be told."""
    kind, _, joint = choice.place.side.partition(":")
    if kind in ("none", "both"):
        return 1.0 if random.random() < 0.5 else -1.0
    if kind in ("skin", "deep"):
        middle = choice.place.path[len(choice.place.path) // 2]
        deep = [_at(found, found.skin, (middle * (s, 1.0)) @ turn.T + centre) for s in (1.0, -1.0)]
        nearer = 1.0 if deep[0] <= deep[1] else -1.0
        return nearer if kind == "skin" else -nearer
    known = choice.other is not None and choice.other.joint == joint
    target = choice.other if known else _nearest(found, choice.mark, joint)
    if target is None:
        return None
    rows, columns = found.pixels.shape
    across = float((np.array([target.x * columns, target.y * rows]) - centre) @ turn[:, 0])
    return math.copysign(1.0, across if kind == "to" else -across)


def _nearest(found: Survey, mark: Mark, joint: str) -> Mark | None:
    """The nearest landmark of a kind that may belong to the same limb."""
    near = [(math.hypot(m.x - mark.x, m.y - mark.y), m) for m in found.film.marks if m.joint == joint]
    near = [(away, m) for away, m in near if away < NEAR * max(mark.width, m.width)]
    return min(near, key=lambda pair: pair[0])[1] if near else None


def _inside(found: Survey, path: Points) -> bool:
    values = [_at(found, found.usable, point) for point in path]
    return float(np.mean(values)) >= INSIDE and bool(values[len(values) // 2])


def _at(found: Survey, values: NDArray[np.generic], point: Points) -> float:
    """Of a map, at a point of the film; 0 outside."""
    column, row = int(point[0] // found.step), int(point[1] // found.step)
    if not (0 <= row < values.shape[0] and 0 <= column < values.shape[1]):
        return 0.0
    return float(values[row, column])
