"""Whole patients: entity and stage, picture, place and context together, as the knowledge rows have them.

For tests from picture to differential only. The same rows draw and judge, so scores on them are circular;
and a network trained on them would learn the prior that the reasoner adds again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlcalc.case import Location
from mlcalc.reasoning import Reasoner
from mlcalc.reasoning.draw import DrawnPatient, draw_patient
from mlcalc.reasoning.variables import PRESENT, Array
from mlcalc.simulate.choice import around
from mlcalc.simulate.config import Patients
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.vocabulary import vocabulary

TRIES = 400
MOST_SHAPES = 3
"""More morphologies than this at once are no picture: independent rare ones came together."""
ALWAYS = ("age", "sex")
LISTS = ("conditions", "history", "symptoms")
"""Facts that a request names; findings of the same picture are left to the picture."""
LABS = "labs."


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


def draw_case(
    reasoner: Reasoner,
    recipes: Sequence[Recipe],
    regions: Sequence[str],
    settings: Patients,
    random: np.random.Generator,
) -> Patient | None:
    """A patient whose picture can be drawn; None after many that cannot.

    The entity is drawn once; its stage, picture and place are drawn anew until recipes exist for them in one
    of the regions.
    """
    hypotheses = _weights(reasoner, settings)
    entity = reasoner.model.hypotheses[_one(hypotheses, random)].entity
    own = np.array(
        [w * (h.entity == entity) for h, w in zip(reasoner.model.hypotheses, hypotheses, strict=True)]
    )
    for _ in range(TRIES):
        drawn = draw_patient(reasoner.model, _one(own, random), random)
        if drawn.location.region not in regions:
            continue
        found = cover(drawn, recipes)
        if found:
            return Patient(drawn, found, context(drawn, settings.told, random))
    return None


def _weights(reasoner: Reasoner, settings: Patients) -> Array:
    """(hypotheses,) by prior, or alike for every entity; 0 for ``other``."""
    model = reasoner.model
    prior = model.prior.copy()
    prior[-1] = 0.0
    if settings.entities == "uniform":
        for entity in {h.entity for h in model.hypotheses[:-1]}:
            own = np.array([h.entity == entity for h in model.hypotheses])
            prior[own] /= prior[own].sum()
    weights: Array = prior / prior.sum()
    return weights


def _one(weights: Array, random: np.random.Generator) -> int:
    total = np.cumsum(weights)
    found = int(np.searchsorted(total, random.uniform(0, total[-1]), side="right"))
    return min(found, len(total) - 1)


def cover(drawn: DrawnPatient, recipes: Sequence[Recipe]) -> tuple[Recipe, ...]:
    """Recipes at the patient's place that show all of the patient's shapes and no other; empty if none do.

    Those made for the entity come first, then those that show more shapes at once.
    """
    if len(drawn.morphology) > MOST_SHAPES:
        return ()
    usable = [narrowed for recipe in recipes if (narrowed := _at_place(recipe, drawn)) is not None]
    left, found = set(drawn.morphology), list[Recipe]()
    if not left:
        bare = [r for r in usable if not r.morphology and drawn.entity in r.entities]
        return tuple(bare[:1])
    while left:
        ranked = sorted(
            (r for r in usable if r.morphology and r.morphology <= drawn.morphology and r.morphology & left),
            key=lambda r: (r.density != drawn.density, *_rank(r, drawn, left)),
        )
        if not ranked:
            return ()
        found.append(ranked[0])
        left -= ranked[0].morphology
    found.sort(key=lambda r: r.density != drawn.density)
    return tuple(found) if found[0].density == drawn.density else ()


def _rank(recipe: Recipe, drawn: DrawnPatient, left: set[str]) -> tuple[bool, int, float, str]:
    return drawn.entity not in recipe.entities, -len(recipe.morphology & left), -recipe.weight, recipe.id


def _at_place(recipe: Recipe, drawn: DrawnPatient) -> Recipe | None:
    """The recipe bound to the patient's compartment, if it may be drawn at the patient's place.

    Not every structure of the vocabulary can be drawn: any site of the compartment will do.
    """
    place = drawn.location
    if (
        recipe.density != drawn.density
        or place.compartment not in recipe.compartments
        or place.region is None
    ):
        return None
    if recipe.stage and recipe.entities == (drawn.entity,) and drawn.stage and recipe.stage != drawn.stage:
        return None
    if recipe.structures and place.structure not in recipe.structures:
        return None
    if recipe.regions and not any(region in recipe.regions for region in around(place.region)):
        return None
    return replace(recipe, compartments=(place.compartment,), structures=(), regions=())


def context(drawn: DrawnPatient, told: float, random: np.random.Generator) -> dict[str, str]:
    """Manifest columns of the patient. told: share of labs and facts that the request tells."""
    cells = dict(_numbers(drawn, random))
    for name, state in sorted(drawn.states.items()):
        if name.startswith(LABS) and name != "labs.calcium_phosphate_product" and random.random() < told:
            cells[name] = state
    for kind in LISTS:
        present = (name for name, state in sorted(drawn.states.items()) if state == PRESENT)
        named = [name.partition("=")[2] for name in present if name.startswith(f"{kind}=")]
        kept = [name for name in named if random.random() < told]
        if kept:
            cells[kind] = ";".join(_least(kind, kept))
    return cells


def _least(kind: str, names: list[str]) -> list[str]:
    """Without those that others imply."""
    implied = {g for name in names for g in vocabulary().implied(kind, name)}
    return [name for name in names if name not in implied]


def _numbers(drawn: DrawnPatient, random: np.random.Generator) -> Iterator[tuple[str, str]]:
    for name in (*ALWAYS, "weeks_since_onset"):
        state = drawn.states.get(name)
        if state is None:
            continue
        if name == "sex":
            yield name, state
            continue
        low, _, high = state.partition("-")
        value = random.uniform(float(low), float(high or low))
        yield name, f"{value:.0f}" if name == "age" else f"{value:.1f}"
