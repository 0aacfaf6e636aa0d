"""Whole patients: entity and stage, picture, place and context together, as the knowledge rows have them.

For tests from picture to differential only. The same rows draw and judge, so scores on them are circular;
and a network trained on them would learn the prior that the reasoner adds again.

Entity and stage are drawn once for a crop and stay, however often place, shapes or picture must be drawn
anew: what cannot be drawn at once takes no patients from its entity. Hypotheses that the rows hardly ever
place in a region of the data set are left out.

The picture is the one that the rows drew, but for what no picture can be:

* An ossification shows bone whatever else it shows: the vocabulary means that by the word.
* Shapes that a recipe made for the entity shows with others come with these others. So does no shape at all,
  for entities whose rows name no morphology.
* Shapes that no recipe shows together in that density and place are drawn anew from the rows, density and
  place being kept; after many, place and density are drawn anew too.

What the recipes show is the truth that the crop is labelled with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlcalc.case import Location
from mlcalc.reasoning import Reasoner
from mlcalc.reasoning.draw import DrawnPatient, draw_location, draw_picture, draw_states, one_of
from mlcalc.reasoning.variables import Array
from mlcalc.simulate.config import Patients
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.portrayal import Portrayal, Subject
from mlcalc.simulate.told import context

PLACES, SHAPES = 100, 30
"""Places that are tried for a hypothesis, and sets of shapes at each of them."""
LEAST_SHARE = 0.1
"""A hypothesis that lies in the regions of a data set less often than this share of mineral at large is left
out: its rows place it elsewhere."""
BONE = ("ossification", "trabecular_cortical")
"""A density that means a shape: "visible bone structure is what ossification means" (groups.csv)."""


@dataclass(frozen=True)
class Patient:
    """One patient and the recipes for the picture: one for the main shapes, more for the others."""

    drawn: DrawnPatient
    recipes: tuple[Recipe, ...]
    context: Mapping[str, str]

    @property
    def location(self) -> Location:
        """Where the mineral lies."""
        return self.drawn.location


class Ward:
    """Draws the patients of a data set.

    regions: vocabulary ids of the regions of the data set, which can all be drawn.
    """

    def __init__(
        self, reasoner: Reasoner, recipes: Sequence[Recipe], regions: Sequence[str], settings: Patients
    ):
        self.model, self.regions, self.settings = reasoner.model, frozenset(regions), settings
        self.portrayal = Portrayal(recipes)
        self.weights = self._weights()

    def _weights(self) -> Array:
        """(hypotheses,) by prior, or alike for every entity; 0 for ``other`` and what lies elsewhere."""
        space = self.model.location.regions
        inside = np.array([float(name in self.regions) for name in space.atoms])
        lies = self.model.location.in_regions @ inside
        weights = self.model.prior * (lies >= LEAST_SHARE * lies[-1])
        weights[-1] = 0.0
        if self.settings.entities == "uniform":
            shares = self.model.membership.T @ (self.model.membership @ weights)
            weights = np.divide(weights, shares, out=np.zeros_like(weights), where=shares > 0)
        scaled: Array = weights / weights.sum()
        return scaled

    def hypothesis(self, random: np.random.Generator) -> int:
        """An entity in a stage, as an index of the model's hypotheses."""
        return one_of(self.weights, random)

    def patient(self, hypothesis: int, random: np.random.Generator) -> Patient | None:
        """One who has it, with recipes for the picture; None if none can be drawn in a hundred places."""
        for _ in range(PLACES):
            place = draw_location(self.model, hypothesis, random)
            if place.region not in self.regions:
                continue
            density, shapes = draw_picture(self.model, hypothesis, random)
            found = self._portrayed(hypothesis, density, shapes, place, random)
            if found:
                return self._patient(hypothesis, density, place, found, random)
        return None

    def _patient(
        self,
        hypothesis: int,
        density: str,
        place: Location,
        recipes: tuple[Recipe, ...],
        random: np.random.Generator,
    ) -> Patient:
        kind = self.model.hypotheses[hypothesis]
        shown = frozenset(shape for recipe in recipes for shape in recipe.morphology)
        states = draw_states(self.model, hypothesis, random)
        drawn = DrawnPatient(kind.entity, kind.stage, density, shown, place, states)
        return Patient(drawn, recipes, context(states, self.settings.told, random))

    def _portrayed(
        self,
        hypothesis: int,
        density: str,
        shapes: frozenset[str],
        place: Location,
        random: np.random.Generator,
    ) -> tuple[Recipe, ...]:
        """Recipes for the shapes or, where there are none, for shapes drawn anew; empty after many."""
        kind = self.model.hypotheses[hypothesis]
        subject = Subject(kind.entity, kind.stage, density, place)
        usable = self.portrayal.usable(subject)
        if not usable:
            return ()
        for _ in range(SHAPES):
            found = self._shown(hypothesis, subject, shapes, random)
            if found:
                return found
            shapes = draw_picture(self.model, hypothesis, random, density)[1]
        return ()

    def _shown(
        self, hypothesis: int, subject: Subject, shapes: frozenset[str], random: np.random.Generator
    ) -> tuple[Recipe, ...]:
        found = self.portrayal.cover(subject, shapes, random)
        if not found and shapes and subject.density == BONE[0]:
            found = self.portrayal.cover(subject, shapes | {BONE[1]}, random)
        if not found and (shapes or self._silent(hypothesis)):
            found = self.portrayal.made_for(subject, shapes, random)
        return found

    def _silent(self, hypothesis: int) -> bool:
        """Whether the rows name no morphology of it."""
        return not self.model.index.listed(self.model.hypotheses[hypothesis], "morphology")
