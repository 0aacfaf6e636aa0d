"""Draws the region `thigh` from the rows of lower_*.csv."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.parts import Layout
from mlcalc.simulate.anatomy.regions.lower_layout import lay_out


def layout(random: np.random.Generator) -> Layout:
    """One drawn person's thigh in one view; millimetres, origin in the middle."""
    return lay_out("thigh", random)
