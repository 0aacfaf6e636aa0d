"""Soft tissue: skin, subcutis and muscle of limbs and trunk, with what lies in them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from mlcalc.simulate.anatomy.parts import Flesh
from mlcalc.simulate.anatomy.sections import section
from mlcalc.simulate.anatomy.texture import fibres, septa
from mlcalc.simulate.anatomy.view import View
from mlcalc.simulate.grid import Grid, Map

CM = np.float32(0.1)
SKIN = 1.6
"""mm of skin: 1-2 mm over most of the body, 4 mm at most (radiolbras has no figure; atlas value)."""


@dataclass(eq=False)
class Body:
    """Millimetres of lean soft tissue and of fat along the beam, and of other materials in their place."""

    soft: Map
    fat: Map
    other: dict[str, Map] = field(default_factory=dict)

    def around(self, bone: Map, marrow: Map) -> dict[str, Map]:
        """cm of soft tissue and fat with bones in it: bone takes the place of muscle first, then of fat."""
        lean = self.soft - bone
        fat = np.maximum(self.fat + np.minimum(lean, 0), 0)
        found = {"soft_tissue": np.maximum(lean, 0) * CM, "fat": (fat + marrow) * CM}
        return found | {name: np.maximum(mm, 0) * CM for name, mm in self.other.items() if name != "air"}


def flesh(parts: tuple[Flesh, ...], view: View, grid: Grid, random: np.random.Generator) -> Body:
    """All envelopes of a layout; where two overlap the thicker counts, with a soft seam between them."""
    whole, lean = grid.zeros(), grid.zeros()
    streaky, netted = random.uniform(0.02, 0.06), random.uniform(0.03, 0.1)
    for part in parts:
        offset = random.uniform(0, 100, 2).astype(np.float32) + 1000
        found = section(part, view, grid)
        if found is None:
            continue
        outer = found.chord()
        skin = np.minimum(np.float32(SKIN * view.scale), found.rounding * np.float32(0.2))
        below = found.chord(skin)
        muscle = found.chord(skin + found.values[0])
        place = (found.along + offset[0], found.across + offset[1])
        streaks = np.float32(streaky) * fibres().at(*place, grid.mm)
        lobules = np.float32(netted) * septa().at(*place, grid.mm)
        tissue = (
            (outer - below) + muscle * (1 - np.abs(streaks)) + (below - muscle) * np.clip(lobules, 0, 0.5)
        )
        index = found.patch.index
        whole[index], lean[index] = _joined(whole[index], outer), _joined(lean[index], tissue)
    lean = np.minimum(lean, whole)
    return Body(lean, whole - lean)


def _joined(a: Map, b: Map) -> Map:
    """The larger of two, rounded where they are alike."""
    seam = np.float32(0.35) * np.minimum(a, b)
    return np.float32(0.5) * (a + b + np.sqrt((a - b) ** 2 + seam * seam)) - np.float32(0.0)
