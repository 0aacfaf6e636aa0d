"""Collects the sites of a layout that is made in code."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlcalc.simulate.grid import Points
from mlcalc.simulate.site import Site

Path = Points | Sequence[Sequence[float] | Points]


class Places:
    """The sites of one region, added one after another."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.sites: list[Site] = []

    def add(
        self,
        compartment: str,
        path: Path,
        width: float,
        depth: float,
        structure: str | None = None,
        outward: Sequence[float] | Points | None = None,
        ends: Path | None = None,
    ) -> None:
        """A site (see `Site`); the raster makes its path smooth. outward: any length."""
        line = np.asarray(path, np.float64)
        away = None
        if outward is not None:
            size = max(float(np.hypot(outward[0], outward[1])), 1e-9)
            away = (float(outward[0]) / size, float(outward[1]) / size)
        self.sites.append(
            Site(
                compartment,
                self.region,
                line,
                width,
                depth,
                structure,
                away,
                None if ends is None else np.asarray(ends, np.float64),
            )
        )
