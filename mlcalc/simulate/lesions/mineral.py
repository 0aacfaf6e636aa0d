"""What a drawer gets and what it gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from mlcalc.simulate.grid import Grid, Map
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.site import Ground, Site, Value


@dataclass(frozen=True, eq=False)
class Scene:
    """Everything a drawer may look at.

    site: in millimetres of the grid. length: the largest extent (mm) that the lesion should have, drawn from
    the recipe's range. random: the only source of chance a drawer may use.
    """

    ground: Ground
    site: Site
    recipe: Recipe
    length: float
    random: np.random.Generator

    @property
    def grid(self) -> Grid:
        """The grid that is drawn on."""
        return self.ground.grid


@dataclass(frozen=True, eq=False)
class Layer:
    """One material of a lesion.

    depth: mm of mineralised tissue the beam passes, times its relative degree of mineral in [0, 1]; of a
    foreign body: mm of the material itself. material: an id of physics/materials.csv. share: how strongly it
    is mineralised against the lesion's other layers (1 = the lesion's own HU; a denser rim 1.5, say).
    solid: a material at its own density (glass, metal), which the lesion's HU do not scale.
    """

    material: str
    depth: Map
    share: float = 1.0
    solid: bool = False


@dataclass(frozen=True, eq=False)
class Mineral:
    """A drawn lesion.

    layers: what is added, in place of soft tissue. swelling: mm of soft tissue that comes on top (a mass, a
    tophus) or, negative, is gone or is fat; not part of the mask. bone: mm of bone that is gone (an erosion),
    positive numbers. parameters: what was drawn, for the manifest, snake_case keys.
    """

    layers: tuple[Layer, ...]
    parameters: Mapping[str, Value] = field(default_factory=dict)
    swelling: Map | None = None
    bone: Map | None = None
