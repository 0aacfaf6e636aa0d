"""Places that mineral can lie in, and the ground around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mlcalc.simulate.grid import Grid, Map, Mask, Points

Value = str | int | float | bool
"""What a parameter may be: it stands in the manifest."""


@dataclass(frozen=True, eq=False)
class Site:
    """One place of one compartment.

    compartment, structure, region: vocabulary ids (structure may be None). path: (n, 2) mm, n >= 2, the run
    of the structure: along the fibres of a muscle or tendon, along a vessel, along the surface of cartilage,
    along the skin, along a joint space or the long axis of a bursa. For tendon and ligament the LAST point
    lies at the bone; for an enthesis the FIRST point lies on the cortex and the path leads away from it.
    width: mm across the path that the structure has (diameter of a vessel, thickness of cartilage, belly of a
    muscle, height of a disc). depth: mm of soft tissue along the beam there: nothing can be deeper.
    outward: unit vector away from the nearest bone or, in the subcutis, towards the skin; None if neither.
    ends: two points on cortices of different bones that a bridge of bone could join here, (2, 2) mm, or None.
    """

    compartment: str
    region: str
    path: Points
    width: float
    depth: float
    structure: str | None = None
    outward: tuple[float, float] | None = None
    ends: Points | None = None

    def centre(self) -> tuple[float, float]:
        """The middle point of the path, mm."""
        x, y = self.path[len(self.path) // 2] if len(self.path) > 2 else self.path.mean(axis=0)
        return float(x), float(y)


@dataclass(frozen=True, eq=False)
class Ground:
    """What a lesion is put into, drawn or real, on one grid.

    body: inside the patient. bone: cm of bone the beam passes (of a real film: an estimate). depth: cm of
    patient the beam passes (likewise). sites: at least partly inside the grid. ossicles: where anatomy shows
    what would be a label by itself (an accessory ossicle, an inconstant sesamoid); None where it does not.
    parameters: everything that was drawn, for the manifest; keys are snake_case, unique over the whole crop.
    """

    grid: Grid
    region: str
    body: Mask
    bone: Map
    depth: Map
    sites: tuple[Site, ...]
    ossicles: Mask | None = None
    parameters: Mapping[str, Value] = field(default_factory=dict)


def turning(angle: float) -> Points:
    """(2, 2) matrix that turns (x, y) clockwise on the screen by an angle in radians (y points down)."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s], [s, c]])
