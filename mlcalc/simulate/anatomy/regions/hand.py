"""The hand, PA or oblique."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.parts import Layout
from mlcalc.simulate.anatomy.person import draw_person, fitted
from mlcalc.simulate.anatomy.places import Places
from mlcalc.simulate.anatomy.regions.upper_hand import assembled, hand
from mlcalc.simulate.anatomy.regions.upper_hand_sites import palm_sites, ray_sites, wrist_sites


def layout(random: np.random.Generator) -> Layout:
    """One hand of one person; the origin lies at the neck of the third metacarpal."""
    person = draw_person(random)
    oblique = random.random() < 0.3
    squeeze = random.uniform(0.62, 0.8) if oblique else random.uniform(0.95, 1.0)
    made = hand(random, person, squeeze)
    places = Places("hand")
    ray_sites(places, made)
    palm_sites(places, made)
    wrist_sites(places, squeeze)
    return fitted(
        assembled(places, made, (0.0, -52.0), 105.0, "oblique" if oblique else "ap", random), person
    )
