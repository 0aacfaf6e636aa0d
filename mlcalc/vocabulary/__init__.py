"""The registered ids: what can be said about a mineral density, its place and its patient.

Ids live in the CSV files beside this module and never change; each carries a display name,
synonyms, a definition with its source, and codes where they are known for certain.
"""

from mlcalc.vocabulary.registry import (
    DENSITIES,
    FOCAL_DENSITIES,
    LAB_LEVELS,
    Compartment,
    Region,
    Structure,
    Term,
    Vocabulary,
    vocabulary,
)

__all__ = [
    "DENSITIES",
    "FOCAL_DENSITIES",
    "LAB_LEVELS",
    "Compartment",
    "Region",
    "Structure",
    "Term",
    "Vocabulary",
    "vocabulary",
]
