"""Which recipe at which site: every morphology alike within what the anatomy there allows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from mlcalc.simulate.lesions.load import recipes
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.site import Site
from mlcalc.simulate.streams import pick
from mlcalc.vocabulary import vocabulary

BY_WEIGHT = ("foreign_body", "no_focal_density")
"""Classes whose recipes have one morphology nearly all, or none: kinds of things are drawn by weight."""

COMBINED = 0.25
"""Share of lesions that show several morphologies at once, where there is a choice: most have one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A recipe and the site it goes to."""

    recipe: Recipe
    site: Site


def fits(recipe: Recipe, site: Site) -> bool:
    """Whether the recipe may be drawn at the site."""
    if recipe.compartments and site.compartment not in recipe.compartments:
        return False
    if recipe.settings.get("needs") == "ends" and site.ends is None:
        return False
    if recipe.structures and site.structure not in recipe.structures:
        return False
    return not recipe.regions or any(region in recipe.regions for region in around(site.region))


@cache
def around(region: str) -> tuple[str, ...]:
    """The region and the regions that hold it."""
    parent = vocabulary().regions[region].parent
    return (region,) if parent is None else (region, *around(parent))


def choose(usable: Sequence[Recipe], sites: Sequence[Site], random: np.random.Generator) -> Choice | None:
    """A recipe and a site, or None where nothing fits.

    First a morphology, each alike over all classes together, then whether it comes with others, then a
    compartment, then a recipe by its weight, then a site: how many sites or recipes there are does not matter
    to the morphology. Classes of `BY_WEIGHT` begin with the compartment.
    """
    fitting = _fitting(usable, sites)
    if not fitting:
        return None
    if fitting[0][0].density not in BY_WEIGHT:
        known = sorted({m for r, _ in fitting for m in r.morphology})
        density = fitting[0][0].density
        morphology = pick(random, {m: share_of_class(density, m) for m in known})
        fitting = [(r, s) for r, s in fitting if morphology in r.morphology]
        fitting = _alone_or_not(fitting, bool(random.random() < COMBINED))
    place = pick(random, _places(fitting))
    fitting = [(r, s) for r, s in fitting if s.compartment == place]
    chosen = pick(random, {r.id: r.weight for r, _ in fitting})
    ends = [(r, s) for r, s in fitting if r.id == chosen]
    recipe, site = ends[int(random.integers(len(ends)))]
    return Choice(recipe, site)


@cache
def share_of_class(density: str, morphology: str) -> float:
    """How much of a morphology belongs to a class, by the weights of the recipes that ship: (0, 1].

    A phlebolith may ossify, yet calcified ones are the rule: each morphology comes alike over all classes,
    and within a class those that are rare there come rarely.
    """
    whole = {r.id: r for r in recipes() if morphology in r.morphology}
    total = sum(r.weight for r in whole.values())
    own = sum(r.weight for r in whole.values() if r.density == density)
    return own / total if own else 1.0


def _fitting(usable: Sequence[Recipe], sites: Sequence[Site]) -> list[tuple[Recipe, Site]]:
    """Every recipe with every site that it fits; of two hundred recipes and sites each, few meet."""
    by_place: dict[str, list[Site]] = {}
    for site in sites:
        by_place.setdefault(site.compartment, []).append(site)
    return [
        (recipe, site)
        for recipe in usable
        for place in recipe.compartments or by_place
        for site in by_place.get(place, ())
        if fits(recipe, site)
    ]


def _places(fitting: list[tuple[Recipe, Site]]) -> dict[str, float]:
    """Compartments with the square root of the weights of what fits there.

    Between each alike, where a rare recipe would have a compartment to itself, and by weight alone, where the
    network could learn the place instead of the shape.
    """
    found: dict[str, dict[str, float]] = {}
    for recipe, site in fitting:
        found.setdefault(site.compartment, {})[recipe.id] = recipe.weight
    return {place: sum(weights.values()) ** 0.5 for place, weights in sorted(found.items())}


def _alone_or_not(fitting: list[tuple[Recipe, Site]], combined: bool) -> list[tuple[Recipe, Site]]:
    """Recipes of several morphologies, or of one; all where there are none of that kind."""
    return [(r, s) for r, s in fitting if (len(r.morphology) > 1) is combined] or fitting
