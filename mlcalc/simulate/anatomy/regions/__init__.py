"""Regions of the body that can be drawn, one module each; the module's name is the region's id."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import MappingProxyType

import numpy as np

from mlcalc.simulate.anatomy.parts import Layout

REGIONS = [
    "shoulder",
    "upper_arm",
    "elbow",
    "forearm",
    "wrist",
    "hand",
    "finger",
    "neck",
    "cervical_spine",
    "thoracic_spine",
    "chest_wall",
    "pelvis",
    "hip",
    "thigh",
    "knee",
    "lower_leg",
    "ankle",
    "foot",
    "toe",
    "gluteal",
    "abdomen",
    "lumbar_spine",
    "sacrum",
]

Drawing = Callable[[np.random.Generator], Layout]


@cache
def layouts() -> Mapping[str, Drawing]:
    """Region id -> function that lays out one drawn person's region in one view."""
    present = [name for name in REGIONS if find_spec(f"{__name__}.{name}") is not None]
    return MappingProxyType({name: import_module(f"{__name__}.{name}").layout for name in present})
