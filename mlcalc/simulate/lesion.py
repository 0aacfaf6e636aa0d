"""Lesions drawn at their sites: the first where the crop was laid out for it, more of them beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlcalc.simulate.choice import Choice, choose
from mlcalc.simulate.compose import TISSUE, Thickness, added
from mlcalc.simulate.config import Config
from mlcalc.simulate.framing import INSIDE, SLACK, along, inside
from mlcalc.simulate.grid import Mask
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.lesions.registry import drawers
from mlcalc.simulate.physics.hounsfield import hounsfield
from mlcalc.simulate.site import Site
from mlcalc.simulate.stand import Stand
from mlcalc.simulate.streams import log_uniform

COVERED = 0.05
"""Share of a lesion that something outside the patient may cover: a hidden one would be a wrong label."""


@dataclass(frozen=True, eq=False)
class Lesion:
    """A drawn lesion at so many Hounsfield units, with the cm of each material that it adds."""

    choice: Choice
    length: float
    mineral: Mineral
    hu: float
    cm: Thickness

    def denser(self, factor: float) -> Lesion:
        """The same lesion with so much more mineral, as far as the pure material goes; solids stay."""
        tissue = hounsfield(TISSUE)
        hu = min(tissue + (self.hu - tissue) * factor, densest(self.mineral))
        if hu <= self.hu or all(layer.solid for layer in self.mineral.layers):
            return self
        return Lesion(self.choice, self.length, self.mineral, hu, added(self.mineral, hu))


def draw_lesion(
    stand: Stand, choice: Choice, config: Config, random: np.random.Generator, length: float | None = None
) -> Lesion:
    """The recipe's drawing at its site, at Hounsfield units about the recipe's usual ones.

    length: mm; None: that for which the crop was framed.
    """
    recipe = choice.recipe
    usual = random.uniform(*recipe.hu)
    hu = float(usual * log_uniform(random, *config.lesions.hu_factor))
    length = stand.frame.length if length is None else length
    mineral = drawers()[recipe.drawer](Scene(stand.ground, choice.site, recipe, length, random))
    hu = min(hu, densest(mineral))
    return Lesion(choice, length, mineral, hu, added(mineral, hu))


def densest(mineral: Mineral) -> float:
    """The Hounsfield units at which the first of its layers would be pure material."""
    layers = [layer for layer in mineral.layers if not layer.solid and layer.share > 0]
    return min((hounsfield(layer.material) / layer.share for layer in layers), default=np.inf)


def another(
    stand: Stand, recipes: Sequence[Recipe], config: Config, random: np.random.Generator
) -> Lesion | None:
    """One more lesion of one of the recipes, where it fits in the crop; None where none does."""
    reach = INSIDE * stand.frame.side
    near = tuple(inside(site, reach) for site in stand.ground.sites if _near(site, reach))
    choice = choose(recipes, near, random)
    if choice is None:
        return None
    low, high = choice.recipe.length[0] / SLACK, choice.recipe.length[1] * SLACK
    low = max(low, min(high, config.framing.share[0] * stand.frame.side))
    length = log_uniform(random, low, max(low, min(high, config.framing.share[1] * stand.frame.side)))
    return draw_lesion(stand, choice, config, random, length)


def covers(above: Lesion, lesions: Sequence[Lesion]) -> bool:
    """Whether one lesion lies over more than `COVERED` of the others."""
    shadow, below = _shadow(above), [_shadow(lesion) for lesion in lesions]
    whole = np.logical_or.reduce(below) if below else np.zeros_like(shadow)
    return bool((shadow & whole).sum() > COVERED * max(int(whole.sum()), 1))


def _shadow(lesion: Lesion) -> Mask:
    shadow: Mask = np.logical_or.reduce([layer.depth > 0 for layer in lesion.mineral.layers])
    return shadow


def _near(site: Site, reach: float) -> bool:
    return bool((np.max(np.abs(along(site.path)), axis=1) <= reach).any())
