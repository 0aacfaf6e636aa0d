"""Recipes: which morphology may be drawn where, how large, how dense, and which sentence says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

COLUMNS = (
    *("recipe", "drawer", "morphology", "density", "compartments", "structures", "regions", "entities"),
    *("stage", "weight", "length_low", "length_high", "hu_low", "hu_high", "materials", "view"),
    *("settings", "source", "quote"),
)


@dataclass(frozen=True)
class Recipe:
    """One row of ``recipes/*.csv``; the column dictionary is in recipes/README.md.

    length: largest extent in mm. hu: usual range in Hounsfield units, no cap. regions, structures: empty
    means any that has the compartment. settings: keyword settings of the drawer.
    """

    id: str
    drawer: str
    morphology: frozenset[str]
    density: str
    compartments: tuple[str, ...]
    length: tuple[float, float]
    hu: tuple[float, float]
    materials: tuple[str, ...]
    regions: tuple[str, ...] = ()
    structures: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    stage: str | None = None
    weight: float = 1.0
    view: str = "any"
    settings: Mapping[str, str] = field(default_factory=dict)
    source: str = ""
    quote: str = ""

    def number(self, name: str, default: float) -> float:
        """A setting as a number."""
        return float(self.settings.get(name, default))
