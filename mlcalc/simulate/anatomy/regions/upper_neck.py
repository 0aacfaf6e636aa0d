"""Neck and cervical spine, lateral (looking left) and AP; the origin is the middle of C5."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.parts import Bone, Layout
from mlcalc.simulate.anatomy.person import Person, draw_person
from mlcalc.simulate.anatomy.places import Places
from mlcalc.simulate.anatomy.regions.upper_frames import Pose, lay_out
from mlcalc.simulate.anatomy.regions.upper_neck_sites import sites_ap, sites_lateral
from mlcalc.simulate.anatomy.regions.upper_spine import column, vertebra_bones


def neck(region: str, random: np.random.Generator) -> Layout:
    """One neck, for either region."""
    person = draw_person(random, youngest=8, children=0.06)
    lateral = random.random() < 0.65
    return _lateral(region, random, person) if lateral else _ap(region, random, person)


def _lateral(region: str, random: np.random.Generator, person: Person) -> Layout:
    curve = float(random.normal(-3.0, 2.2))
    vertebrae = column("C3", "T2", "lateral", "C5", curve, random)
    bones: list[tuple[str, Bone]] = vertebra_bones(vertebrae, "cervical_lateral", random)
    third = vertebrae[0]
    # The frame's skull, atlas and axis are drawn for C3 at (0, -37), upright: bring them onto this one.
    pose = Pose((0.0, -37.0), third.tilt, (third.middle[0], third.middle[1] + 37.0))
    places = Places(region)
    sites_lateral(places, vertebrae, pose)
    return lay_out(
        region, "cervical_lateral", random, person, 88.0, {"head": pose}, {"curve": round(curve, 2)},
        extra=tuple(bones), more_sites=tuple(places.sites),
    )  # fmt: skip


def _ap(region: str, random: np.random.Generator, person: Person) -> Layout:
    vertebrae = column("C3", "T3", "ap", "C5", float(random.normal(0, 0.7)), random)
    bones: list[tuple[str, Bone]] = vertebra_bones(vertebrae[:5], "cervical_ap", random)
    bones += vertebra_bones(vertebrae[5:], "thoracic_ap", random)
    places = Places(region)
    sites_ap(places, vertebrae)
    return lay_out(
        region,
        "cervical_ap",
        random,
        person,
        68.0,
        None,
        None,
        extra=tuple(bones),
        more_sites=tuple(places.sites),
    )
