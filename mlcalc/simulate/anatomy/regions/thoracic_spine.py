"""The thoracic spine, AP or lateral."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from mlcalc.simulate.anatomy.parts import Bone, Layout
from mlcalc.simulate.anatomy.person import Person, draw_person
from mlcalc.simulate.anatomy.places import Places
from mlcalc.simulate.anatomy.regions.upper_chest import back_rib, rib
from mlcalc.simulate.anatomy.regions.upper_frames import lay_out
from mlcalc.simulate.anatomy.regions.upper_spine import Vertebra, column, spinous_length, vertebra_bones


def layout(random: np.random.Generator) -> Layout:
    """One thoracic spine of one person; the middle of T8 at the origin."""
    person = draw_person(random, youngest=8, children=0.06)
    return _ap(random, person) if random.random() < 0.5 else _lateral(random, person)


def _ap(random: np.random.Generator, person: Person) -> Layout:
    vertebrae = column("T3", "T12", "ap", "T8", float(random.normal(0, 0.6)), random)
    bones: list[tuple[str, Bone]] = []
    for k, v in enumerate(vertebrae):
        for side in (-1.0, 1.0):
            start = v.at([(side * (v.width / 2 + 1), v.top + 3)])[0]
            bones.append(
                (f"{v.name}_rib", rib(back_rib((start[0], start[1]), 120, side, k / 10 + 0.1), random))
            )
    bones += vertebra_bones(vertebrae, "thoracic_ap", random)
    places = Places("thoracic_spine")
    for v, lower in pairwise(vertebrae[1:]):
        _level_ap(places, v, lower)
    for side in (-1, 1):
        places.add(
            "muscle", [(side * 26, -90), (side * 28, 0), (side * 30, 90)], 18, 40, "paraspinal_muscles"
        )
    places.add("muscle", [(-60, -90), (-40, -30), (-8, 40)], 40, 14, "trapezius")
    places.add("artery", [(18, -70), (22, 0), (14, 90)], 25, 40, "aorta")
    places.add("fascia", [(-30, -80), (-32, 0), (-34, 80)], 3, 30)
    places.add("soft_tissue", [(30, 20), (34, 40)], 20, 40)
    places.add("subcutaneous", [(40, -40), (44, 30)], 30, 14)
    return lay_out("thoracic_spine", "thoracic_ap", random, person, 95.0, extra=tuple(bones),
                   more_sites=tuple(places.sites))  # fmt: skip


def _level_ap(places: Places, v: Vertebra, lower: Vertebra) -> None:
    y, half = v.below, v.width / 2
    for side in (-1, 1):
        ends = [v.at([(side * half, -v.top)])[0], lower.at([(side * half, lower.top)])[0]]
        places.add("intervertebral_disc", v.at([(-side * half, y), (0, y), (side * half, y)]), v.disc, 28,
                   "annulus_fibrosus", None, ends)  # fmt: skip
        rim = v.at(
            [
                (side * (half + 1.5), -v.top - 1),
                (side * (half + 2.6), y),
                (side * (half + 1.5), -v.top + v.disc),
            ]
        )
        places.add("ligament", rim, 3, 25, "anterior_longitudinal_ligament", (side, 0), ends)
        places.add("facet_joint", v.at([(side * 8, y - 4), (side * 9, y + 5)]), 3, 16, "thoracic_facet_joint")
        joint = v.at([(side * (half + 1), v.top + 1), (side * (half + 2), v.top + 7)])
        places.add("joint_space", joint, 2, 14, "costovertebral_joint")
        spur = v.at([(side * half, -v.top - 0.5), (side * (half + 4), -v.top + 1)])
        places.add("enthesis", spur, 3, 20, "anterior_longitudinal_ligament", (side, 0))
    places.add(
        "intervertebral_disc", v.at([(-half * 0.5, y), (half * 0.5, y)]), v.disc, 28, "nucleus_pulposus"
    )
    places.add("ligament", v.at([(0, 17), (0, 25)]), 5, 20, "interspinous_ligament")
    places.add("ligament", v.at([(-6, 10), (6, 10)]), 3, 10, "ligamentum_flavum")


def _lateral(random: np.random.Generator, person: Person) -> Layout:
    vertebrae = column("T3", "T12", "lateral", "T8", float(random.normal(3.4, 0.8)), random)
    bones: list[tuple[str, Bone]] = []
    for v in vertebrae:
        for fore in (-6.0, 7.0):
            start = v.at([(v.width * 0.5 + fore, 0)])[0]
            shape = [(10, -8), (22, 2), (16, 26), (-20, 52), (-70, 82), (-130, 100)]
            bones.append(
                (f"{v.name}_rib", rib([(start[0] + x, start[1] + y) for x, y in shape], random, 5.5))
            )
    bones += vertebra_bones(vertebrae, "thoracic_lateral", random)
    places = Places("thoracic_spine")
    for v, lower in pairwise(vertebrae[1:]):
        _level_lateral(places, v, lower)
    _along(places, vertebrae)
    return lay_out("thoracic_spine", "thoracic_lateral", random, person, 95.0, extra=tuple(bones),
                   more_sites=tuple(places.sites))  # fmt: skip


def _along(places: Places, vertebrae: Sequence[Vertebra]) -> None:
    """What runs along the whole column."""
    front = [v.at([(-v.width / 2 - 2, 0)])[0] for v in vertebrae]
    back = [v.at([(v.width / 2 + 1.5, 0)])[0] for v in vertebrae]
    tips = [v.at([(spinous_length(v.name) + 2, 36)])[0] for v in vertebrae]
    places.add("ligament", front, 4, 25, "anterior_longitudinal_ligament", (-1, 0))
    places.add("ligament", back, 3, 20, "posterior_longitudinal_ligament", (1, 0))
    places.add("ligament", tips, 5, 30, "supraspinous_ligament", (1, 0))
    places.add("muscle", [t - np.array([14, 8]) for t in tips], 20, 60, "paraspinal_muscles", (1, 0))
    places.add("fascia", [t + np.array([4, 0]) for t in tips], 3, 60, None, (1, 0))
    places.add("subcutaneous", [t + np.array([10, 0]) for t in tips], 8, 70, None, (1, 0))
    places.add("dermal", [t + np.array([16, 0]) for t in tips], 2.4, 50, None, (1, 0))
    places.add("artery", [f - np.array([16, 0]) for f in front[3:]], 24, 40, "aorta")


def _level_lateral(places: Places, v: Vertebra, lower: Vertebra) -> None:
    y, half = v.below, v.width / 2
    ends = [v.at([(-half, -v.top)])[0], lower.at([(-half, lower.top)])[0]]
    places.add(
        "intervertebral_disc",
        v.at([(-half, y), (0, y), (half, y)]),
        v.disc,
        30,
        "nucleus_pulposus",
        None,
        ends,
    )
    rim = v.at([(-half - 0.5, -v.top - 0.5), (-half - 2, y), (-half - 0.5, -v.top + v.disc)])
    places.add("intervertebral_disc", rim, 3, 25, "annulus_fibrosus", (-1, 0), ends)
    places.add("enthesis", v.at([(-half, -v.top - 0.5), (-half - 4, -v.top + 1)]), 3, 25,
               "anterior_longitudinal_ligament", (-1, 0.2))  # fmt: skip
    places.add("facet_joint", v.at([(25, 10), (28, 18)]), 3, 18, "thoracic_facet_joint")
    places.add("ligament", v.at([(22, 13), (22, 20)]), 4, 15, "ligamentum_flavum")
    places.add("ligament", v.at([(40, 24), (46, 32)]), 6, 20, "interspinous_ligament")
    places.add(
        "joint_space", v.at([(half * 0.7, v.top), (half * 0.9, v.top + 6)]), 2, 14, "costovertebral_joint"
    )
