"""A finger or the thumb, PA, oblique or lateral; the origin lies at the middle of the ray's phalanges."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlcalc.simulate.anatomy.parts import Bone, Contour, Envelope, Layout
from mlcalc.simulate.anatomy.person import Person, draw_person, fitted
from mlcalc.simulate.anatomy.place import shifted
from mlcalc.simulate.anatomy.places import Places
from mlcalc.simulate.anatomy.regions.upper_hand import assembled, hand
from mlcalc.simulate.anatomy.regions.upper_hand_sites import ray_sites
from mlcalc.simulate.anatomy.regions.upper_ray_bones import ray_from_side
from mlcalc.simulate.anatomy.regions.upper_rays import ORDER, measures
from mlcalc.simulate.anatomy.shapes import spline
from mlcalc.simulate.grid import Points

Spot = tuple[Points, Points, Points, float]
"""Of a phalanx from the side: base, tip, unit vector from one to the other, width of the base."""


def layout(random: np.random.Generator) -> Layout:
    """One finger of one person, its neighbours beside it in PA views."""
    person = draw_person(random)
    ray = int(random.integers(1, 6))
    if ray > 1 and random.random() < 0.35:
        return _lateral(random, person, ray)
    oblique = random.random() < 0.25
    made = hand(random, person, random.uniform(0.65, 0.8) if oblique else 1.0)
    places = Places("finger")
    ray_sites(places, made, (ray,))
    middle = made.segments[ray, "proximal"].point(0.9)
    origin = (float(middle[0]), float(middle[1]))
    made_layout = assembled(places, made, origin, 52.0, "oblique" if oblique else "ap", random, {"ray": ray})
    return fitted(made_layout, person)


def _lateral(random: np.random.Generator, person: Person, ray: int) -> Layout:
    """Palm on the left; the finger a little bent, the others out of the way."""
    bones: list[tuple[str, Bone]] = []
    at, heading = np.array([0.0, 0.0]), random.normal(0, 6)
    places = Places("finger")
    spots: list[Spot] = []
    for name in ORDER[1:]:
        length, base, *_ = measures()[ray, name]
        bones += ray_from_side(random, ray, (float(at[0]), float(at[1])), heading, name)
        up = np.array([np.sin(np.deg2rad(heading)), -np.cos(np.deg2rad(heading))])
        spots.append((at, at + up * length, up, base))
        at = at + up * (length + 1.5)
        heading -= abs(random.normal(8, 7))
    _side_sites(places, spots)
    thick = {2: 9.2, 3: 9.4, 4: 8.8, 5: 7.7}[ray]
    chain = [spots[0][0] - spots[0][2] * 16]
    chain += [p for start, end, _, _ in spots for p in (start, (start + end) / 2)]
    chain.append(spots[-1][1] - spots[-1][2] * 3)
    volar = np.array([p + np.array([-2.0, 0.0]) for p in chain])
    radius = thick * np.array([1.2, 1.08, 1.0, 1.0, 0.9, 0.9, 0.84, 0.66])
    flesh = (Envelope(volar, radius, np.full(len(chain), 2.8), 1.0), _knuckles(spots[0][0]))
    shift = tuple(-(spots[0][1] * 0.9 + spots[0][0] * 0.1))
    made = Layout(
        "finger", tuple(bones), flesh, tuple(places.sites), 50.0, parameters={"view": "lateral", "ray": ray}
    )

    return fitted(shifted(made, shift), person)


def _knuckles(start: Points) -> Contour:
    """The rest of the hand, which ends below the finger."""
    raw = [(-30.0, 8), (-14, 2), (14, 4), (20, 20), (22, 70), (-34, 70), (-36, 24)]
    outline = spline([(x + start[0], y + start[1]) for x, y in raw], 5)
    return Contour(outline, 44.0, 4.0, 26.0)


def _side_sites(places: Places, spots: Sequence[Spot]) -> None:
    for k, spot in enumerate(spots):
        start, end, up, base = spot
        back, half = np.array([-up[1], up[0]]), base / 2
        pulp = [start - back * (half + 5), end - back * (half + 4)]
        places.add("subcutaneous", pulp, 5, 13, "finger_soft_tissue", -back)
        skin = [start - back * (half + 8), end - back * (half + 6.4)]
        places.add("dermal", skin, 1.4, 9, "finger_soft_tissue", -back)
        vessel = [start - back * (half + 1), end - back * half]
        places.add("artery", vessel, 1.4, 10, "digital_artery")
        vein = [start + back * (half + 2), end + back * half]
        places.add("vein", vein, 1.6, 9, "neurovascular_bundle")
        if k:
            _side_joint(places, spot)
    _side_tendons(places, spots)


def _side_joint(places: Places, spot: Spot) -> None:
    """An interphalangeal joint, below the phalanx of the spot."""
    start, _, up, base = spot
    back, half, name = np.array([-up[1], up[0]]), base / 2, "interphalangeal_joint"
    gap = start - up * 0.7
    front, behind = gap - back * (half + 1), gap + back * (half + 1)
    ends = [gap - up + back * half * 0.6, gap + up * 1.2 + back * half * 0.6]
    line = [gap - back * half * 0.9, gap + back * half * 0.9]
    places.add("joint_space", line, 1.5, base * 1.2, name, None, ends)
    places.add("capsule", [behind - up * 3, behind + back * 0.6, behind + up * 3], 2, base, name, back)
    places.add("fibrocartilage", [front - up * 4, front + up * 1.5], 2, base, name, -back)
    beside = front - back * 2
    places.add("periarticular", [beside - up * 5, beside + up * 5], 4, base, name, -back)


def _side_tendons(places: Places, spots: Sequence[Spot]) -> None:
    start, end, up, _ = spots[-1]
    back = np.array([-up[1], up[0]])
    flexor = [p - back * 6.5 for s, e, _, _ in spots[:-1] for p in (s, e)]
    places.add("tendon", [*flexor, start + up * 3 - back * 4], 4, 7, "finger_flexor_tendons", -back)
    extensor = [p + back * 5.4 for s, e, _, _ in spots[:-1] for p in (s, e)]
    places.add("tendon", [*extensor, start + up + back * 4], 2.4, 8, "finger_extensor_tendons", back)
    spur = [start + up * 0.6 + back * 4, start - up * 4 + back * 5.4]
    places.add("enthesis", spur, 2, 6, "finger_extensor_tendons", back)
    tip = [end - up * 6 - back * 6, end + up - back * 4]
    places.add("subcutaneous", tip, 7, 12, "fingertip_soft_tissue", -back)
    skin = [end - up * 8 - back * 10.5, end - back * 8.4, end + up * 4 - back * 3]
    places.add("dermal", skin, 1.5, 9, "fingertip_soft_tissue", -back)
