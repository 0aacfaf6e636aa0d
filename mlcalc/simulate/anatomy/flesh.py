"""Soft tissue: skin, subcutis and muscle of limbs and trunk, with what lies in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from mlcalc.simulate.anatomy.sections import Section
from mlcalc.simulate.anatomy.texture import soft
from mlcalc.simulate.grid import Grid, Map

CM = np.float32(0.1)
SKIN = 1.6
"""mm of skin: 1-2 mm over most of the body, 4 mm at most (usual figures, from memory)."""
PLAIN = (0.03, 0.03)
"""Share of fat in the muscle and of septa in the fat where no texture is drawn: their usual means."""


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


def flesh(
    parts: Sequence[Section | None], scale: float, grid: Grid, random: np.random.Generator | None
) -> Body:
    """All envelopes of a layout; where two overlap the thicker counts, with a soft seam between them.

    scale: of the view. random: None leaves the texture out.
    """
    whole, lean = grid.zeros(), grid.zeros()
    strength = (0.0, 0.0) if random is None else (random.uniform(0.02, 0.06), random.uniform(0.03, 0.1))
    for found in parts:
        offset = (0.0, 0.0) if random is None else (random.uniform(1000, 1100), random.uniform(1000, 1100))
        if found is None:
            continue
        outer = found.chord()
        skin = np.minimum(np.float32(SKIN * scale), found.rounding * np.float32(0.2))
        below = found.chord(skin)
        muscle = found.chord(skin + found.values[0])
        streaks, lobules = _texture(found, strength, offset, grid.mm)
        tissue = (outer - below) + muscle * (1 - streaks) + (below - muscle) * lobules
        index = found.patch.index
        whole[index], lean[index] = _joined(whole[index], outer), _joined(lean[index], tissue)
    lean = np.minimum(lean, whole)
    return Body(lean, whole - lean)


def _texture(
    found: Section, strength: Sequence[float], offset: Sequence[float], mm: float
) -> tuple[Map | float, Map | float]:
    """Share of fat in the muscle and of septa in the fat."""
    if not any(strength):
        return PLAIN
    along, across = found.along + np.float32(offset[0]), found.across + np.float32(offset[1])
    streaks, lobules = soft().at(along, across, mm)
    return np.abs(np.float32(strength[0]) * streaks), np.clip(np.float32(strength[1]) * lobules, 0, 0.5)


def _joined(a: Map, b: Map) -> Map:
    """The larger of two, rounded where they are alike."""
    if not a.any():
        return b
    seam = np.float32(0.35) * np.minimum(a, b)
    gap = a - b
    return np.asarray(np.float32(0.5) * (a + b + np.sqrt(gap * gap + seam * seam)))
