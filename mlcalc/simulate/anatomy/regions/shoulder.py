"""The shoulder, AP in external or internal rotation."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.parts import Layout
from mlcalc.simulate.anatomy.person import draw_person
from mlcalc.simulate.anatomy.regions.upper_frames import Pose, lay_out


def layout(random: np.random.Generator) -> Layout:
    """One shoulder of one person; the arm hangs or is lifted a little."""
    person = draw_person(random)
    frame = "shoulder_ap" if random.random() < 0.6 else "shoulder_internal"
    lifted = np.deg2rad(random.normal(4, 7))
    poses = {
        "humerus": Pose(
            (0, 0), -float(np.clip(lifted, -0.12, 0.4)), (random.normal(0, 1), random.normal(0, 1.5))
        ),
        "scapula": Pose((-30, 0), random.normal(0, 0.05)),
        "clavicle": Pose((-22, -47), random.normal(0, 0.05), (0, random.normal(0, 1.5))),
    }
    return lay_out("shoulder", frame, random, person, 95.0, poses, {"lifted": round(float(lifted), 3)})
