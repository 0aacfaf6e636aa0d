"""The chest wall: one side of the chest, AP, with the ribs' back and front parts and the cartilages."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.parts import Bone, Layout
from mlcalc.simulate.anatomy.person import draw_person
from mlcalc.simulate.anatomy.places import Places
from mlcalc.simulate.anatomy.regions.upper_chest import back_rib, front_rib, rib
from mlcalc.simulate.anatomy.regions.upper_frames import Pose, lay_out
from mlcalc.simulate.grid import Points

REACH = {2: 78, 3: 98, 4: 112, 5: 122, 6: 130, 7: 136, 8: 140, 9: 142}
"""mm from the vertebra to the side of the chest, ribs 2-9 (estimated)."""


def layout(random: np.random.Generator) -> Layout:
    """One side of the chest of one person; the breastbone on the left, the arm pit on the right."""
    person = draw_person(random, children=0.05)
    bones: list[tuple[str, Bone]] = []
    places = Places("chest_wall")
    slope = random.normal(0, 0.12)
    for number, reach in REACH.items():
        k = (number - 2) / 7 + slope
        start = (-88.0, -122.0 + 25 * (number - 2))
        back = back_rib(start, reach, 1, k)
        front = front_rib(
            (back[-1][0], back[-1][1]), (-46 + 5 * max(number - 4, 0), back[-1][1] + 58 + 3 * number)
        )
        bones.append((f"rib_{number}_back", rib(back, random)))
        bones.append((f"rib_{number}_front", rib(front, random)))
        _rib_sites(places, number, back, front)
    poses = {"scapula": Pose((70, -60), random.normal(0.05, 0.08)), "trunk": Pose()}
    frame = "chest_wall_ap"
    return lay_out(
        "chest_wall", frame, random, person, 115.0, poses, extra=tuple(bones), more_sites=tuple(places.sites)
    )


def _rib_sites(places: Places, number: int, back: Points, front: Points) -> None:
    if number < 8:
        end = front[-1]
        inwards = np.array([-72.0, end[1] - 14 + 3 * number]) - end
        cartilage = [end, end + inwards * 0.5 + (0, 2), end + inwards]
        places.add("extra_articular_cartilage", cartilage, 11, 14, "costal_cartilage")
    if number < 8:
        between = back[2:] + np.array([0.0, 12.5])
        places.add("muscle", between, 7, 10)
        places.add("artery", back[1:] + np.array([0.0, 7.5]), 2.5, 10)
    places.add("joint_space", [back[0] + (3, -3), back[0] + (3, 4)], 2, 14, "costovertebral_joint", None,
               [back[0] + (1, 0), back[0] + (6, 0)])  # fmt: skip
    places.add("periarticular", [back[0] + (2, -7), back[0] + (14, -8)], 6, 20, "costovertebral_joint")
