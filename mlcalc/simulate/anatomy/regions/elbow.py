"""The elbow, AP or lateral."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.parts import Layout
from mlcalc.simulate.anatomy.person import draw_person
from mlcalc.simulate.anatomy.regions.upper_frames import Pose, lay_out


def layout(random: np.random.Generator) -> Layout:
    """One elbow of one person; the forearm a little turned or bent against the arm."""
    person = draw_person(random)
    lateral = random.random() < 0.5
    turn = random.normal(0, 0.15) if lateral else random.normal(-0.1, 0.06)
    poses = {"forearm": Pose((0, 0), turn), "humerus": Pose((0, 0), random.normal(0, 0.03))}
    frame = "elbow_lateral" if lateral else "elbow_ap"
    return lay_out("elbow", frame, random, person, 75.0, poses, {"turn": round(float(turn), 3)})
