"""The upper arm, AP: humerus from the head to the elbow."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.parts import Layout
from mlcalc.simulate.anatomy.person import draw_person
from mlcalc.simulate.anatomy.regions.upper_frames import lay_out


def layout(random: np.random.Generator) -> Layout:
    """One upper arm of one person."""
    return lay_out("upper_arm", "upper_arm_ap", random, draw_person(random), 130.0)
