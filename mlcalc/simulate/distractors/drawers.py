"""Every drawer of distractors; importing this registers them."""

from mlcalc.simulate.distractors import (
    bone_inside,
    bone_lucent,
    bone_margin,
    care,
    clothing,
    flesh,
    jewellery,
    pins,
    table,
)

__all__ = [
    "bone_inside",
    "bone_lucent",
    "bone_margin",
    "care",
    "clothing",
    "flesh",
    "jewellery",
    "pins",
    "table",
]
