"""The forearm, AP or lateral."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.parts import Layout
from mlcalc.simulate.anatomy.person import draw_person
from mlcalc.simulate.anatomy.regions.upper_frames import lay_out


def layout(random: np.random.Generator) -> Layout:
    """One forearm of one person."""
    person = draw_person(random)
    frame = "forearm_ap" if random.random() < 0.6 else "forearm_lateral"
    return lay_out("forearm", frame, random, person, 120.0)
