"""The wrist, PA, oblique or lateral; the origin lies at the head of the capitate."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.parts import Bone, Layout
from mlcalc.simulate.anatomy.person import Person, draw_person, fitted
from mlcalc.simulate.anatomy.places import Places
from mlcalc.simulate.anatomy.regions.upper_frames import Pose, lay_out
from mlcalc.simulate.anatomy.regions.upper_hand import assembled, hand
from mlcalc.simulate.anatomy.regions.upper_hand_sites import palm_sites, wrist_sites
from mlcalc.simulate.anatomy.regions.upper_ray_bones import ray_from_side


def layout(random: np.random.Generator) -> Layout:
    """One wrist of one person."""
    person = draw_person(random)
    if random.random() < 0.3:
        return _lateral(random, person)
    oblique = random.random() < 0.25
    squeeze = random.uniform(0.65, 0.8) if oblique else random.uniform(0.95, 1.0)
    made = hand(random, person, squeeze)
    places = Places("wrist")
    wrist_sites(places, squeeze)
    palm_sites(places, made)
    return fitted(assembled(places, made, (0.0, 26.0), 62.0, "oblique" if oblique else "ap", random), person)


def _lateral(random: np.random.Generator, person: Person) -> Layout:
    bones: list[tuple[str, Bone]] = []
    for ray, (x, y, lean) in {
        2: (2.0, -1.0, 3.0),
        3: (1.0, -1.0, 1.0),
        4: (-1.0, 1.0, -2.0),
        5: (-2.5, 3.0, -6.0),
    }.items():
        bones += ray_from_side(random, ray, (x, y), lean + random.normal(0, 1.5))
    bones += ray_from_side(random, 1, (-17.0, -8.0), random.normal(-22, 5))
    poses = {
        "carpus": Pose((0.0, 20.0), random.normal(0, 0.02)),
        "thumb": Pose((-17.0, -8.0), random.normal(0, 0.08)),
    }
    return lay_out("wrist", "wrist_lateral", random, person, 62.0, poses, extra=tuple(bones))
