"""The soft tissues of the neck, lateral or AP; the same frames as the cervical spine."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.parts import Layout
from mlcalc.simulate.anatomy.regions.upper_neck import neck


def layout(random: np.random.Generator) -> Layout:
    """One neck of one person."""
    return neck("neck", random)
