"""The cervical spine, lateral or AP."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.parts import Layout
from mlcalc.simulate.anatomy.regions.upper_neck import neck


def layout(random: np.random.Generator) -> Layout:
    """One cervical spine of one person."""
    return neck("cervical_spine", random)
