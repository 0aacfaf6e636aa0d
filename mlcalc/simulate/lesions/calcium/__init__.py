"""Calcification: one module for each family of morphologies."""

from mlcalc.simulate.lesions.calcium import (
    bodies,
    chondroid,
    combined,
    curved,
    debris,
    deposit,
    globs,
    grains,
    layers,
    net,
    nodules,
    planes,
    rim,
    speckle,
    tumour,
)

__all__ = [
    "bodies",
    "chondroid",
    "combined",
    "curved",
    "debris",
    "deposit",
    "globs",
    "grains",
    "layers",
    "net",
    "nodules",
    "planes",
    "rim",
    "speckle",
    "tumour",
]
