"""Which recipes show what a simulated patient has, at the patient's place.

A place counts where the drawn anatomy of the region has the compartment (no disc in a finger), a recipe where
there is a site for it. It is bound to the patient's structure if that can be drawn, else to any site of the
compartment. A shape that no recipe has at the patient's compartment is drawn at a neighbouring one of the
same region, which a report by the same word may mean (``covers`` of compartments.csv). The label keeps the
patient's place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from mlcalc.case import Location
from mlcalc.simulate.choice import fits
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.offered import offered
from mlcalc.simulate.site import Site
from mlcalc.simulate.streams import pick
from mlcalc.vocabulary import vocabulary

MOST_LESIONS = 3
"""Shapes that need more lesions than this in one crop are no picture: rare ones came together by chance."""


@dataclass(frozen=True)
class Subject:
    """What decides which recipes may be drawn. stage: empty where the entity has none."""

    entity: str
    stage: str
    density: str
    place: Location


class Portrayal:
    """The recipes by subject; looks at the anatomy of a region once."""

    def __init__(self, recipes: Sequence[Recipe]):
        self.recipes = tuple(recipes)
        self.usable = lru_cache(4096)(self._usable)

    def cover(
        self, subject: Subject, shapes: frozenset[str], random: np.random.Generator
    ) -> tuple[Recipe, ...]:
        """Recipes that together show all of the shapes and no other; empty if none do.

        Those made for the entity come first, then those that show more shapes at once, then those of the
        very compartment; among equals by weight. No shapes: a foreign body may have none.
        """
        usable = [recipe for recipe in self.usable(subject) if recipe.morphology <= shapes]
        if not shapes:
            return (_by_weight(usable, random),) if usable else ()
        left, found = set(shapes), list[Recipe]()
        while left and len(found) < MOST_LESIONS:
            able = [recipe for recipe in usable if recipe.morphology & left]
            if not able:
                return ()
            ranks = [_rank(recipe, subject, left) for recipe in able]
            best = [recipe for recipe, rank in zip(able, ranks, strict=True) if rank == min(ranks)]
            found.append(_by_weight(best, random))
            left -= found[-1].morphology
        return () if left else tuple(found)

    def made_for(
        self, subject: Subject, shapes: frozenset[str], random: np.random.Generator
    ) -> tuple[Recipe, ...]:
        """A usable recipe made for the entity that shows the shapes and least else; empty if none does."""
        usable = [recipe for recipe in self.usable(subject) if subject.entity in recipe.entities]
        made = [recipe for recipe in usable if recipe.morphology >= shapes]
        if shapes and made:
            least = min(len(recipe.morphology) for recipe in made)
            made = [recipe for recipe in made if len(recipe.morphology) == least]
        return (_by_weight(made, random),) if made else ()

    def _usable(self, subject: Subject) -> tuple[Recipe, ...]:
        sites = _sites(subject.place)
        able = [recipe for recipe in self.recipes if _may_show(recipe, subject)]
        return tuple(bound for recipe in able if (bound := _bound(recipe, subject.place, sites)) is not None)


def _by_weight(recipes: Sequence[Recipe], random: np.random.Generator) -> Recipe:
    by_id = {recipe.id: recipe for recipe in recipes}
    return by_id[pick(random, {name: recipe.weight for name, recipe in by_id.items()})]


def _rank(recipe: Recipe, subject: Subject, left: set[str]) -> tuple[bool, int, bool]:
    elsewhere = recipe.compartments != (subject.place.compartment,)
    return subject.entity not in recipe.entities, -len(recipe.morphology & left), elsewhere


def _may_show(recipe: Recipe, subject: Subject) -> bool:
    """Whether density and stage agree; a stage counts where the recipe was made for the entity alone."""
    if recipe.density != subject.density:
        return False
    staged = recipe.stage and subject.stage and recipe.entities == (subject.entity,)
    return not staged or recipe.stage == subject.stage


def _sites(place: Location) -> Sequence[Site]:
    """Sites of the compartment, then of those that the word may mean, the likeliest first.

    None where the region has no such compartment.
    """
    covers = vocabulary().compartments[place.compartment or ""].covers
    meant = [site for site in offered(place.region or "") if site.compartment in covers]
    if not any(site.compartment == place.compartment for site in meant):
        return ()
    return sorted(meant, key=lambda site: (-covers[site.compartment], site.compartment))


def _bound(recipe: Recipe, place: Location, sites: Sequence[Site]) -> Recipe | None:
    """The recipe at the first of the sites that it fits, in the patient's structure if that can be drawn."""
    if recipe.structures and place.structure and place.structure not in recipe.structures:
        return None
    fitting = [site for site in sites if fits(recipe, site)]
    if not fitting:
        return None
    at = fitting[0].compartment
    named = place.structure in {site.structure for site in fitting if site.compartment == place.compartment}
    structures = (place.structure,) if place.structure and named else recipe.structures
    return replace(recipe, compartments=(at,), structures=structures, regions=())
