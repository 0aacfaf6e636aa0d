"""A place on a film that a lesion could be put in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlcalc.simulate.backgrounds.window import Window
from mlcalc.simulate.grid import Points
from mlcalc.simulate.site import Site


@dataclass(frozen=True, eq=False)
class Spot:
    """A place on a film: as `Site`, but in pixels of the film; only width and depth are mm, of true scale."""

    compartment: str
    region: str
    path: Points
    width: float
    depth: float
    structure: str | None = None
    outward: tuple[float, float] | None = None
    ends: Points | None = None

    def centre(self) -> tuple[float, float]:
        """Film pixels."""
        x, y = self.path[len(self.path) // 2] if len(self.path) > 2 else self.path.mean(axis=0)
        return float(x), float(y)

    def site(self, window: Window, mm: float) -> Site:
        """On the grid of a window, for a film of ``mm`` millimetres per pixel."""
        stretch = window.grid.mm * window.zoom / mm
        out = None
        if self.outward is not None:
            x, y = window.directions(np.array([self.outward]))[0]
            out = (float(x), float(y))
        return Site(
            compartment=self.compartment,
            region=self.region,
            path=window.points(self.path),
            width=self.width * stretch,
            depth=self.depth,
            structure=self.structure,
            outward=out,
            ends=None if self.ends is None else window.points(self.ends),
        )
