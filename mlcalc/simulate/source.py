"""A simulated data set as a sequence: crop ``i`` is drawn when it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any

from mlcalc.intake.walk import count
from mlcalc.reasoning import reasoner
from mlcalc.simulate.cases import cases
from mlcalc.simulate.config import Config
from mlcalc.simulate.drawn import drawn_stand
from mlcalc.simulate.films import Films
from mlcalc.simulate.label import labelled, shows_ossicle
from mlcalc.simulate.lesion import Lesion, another, covers, draw_lesion
from mlcalc.simulate.lesions.load import recipes
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.patients import Patient, Ward
from mlcalc.simulate.plan import Plan, draw_plan, elsewhere
from mlcalc.simulate.real import real_stand
from mlcalc.simulate.render import ATTEMPTS, SimulationError, drawn_recipes, finish
from mlcalc.simulate.simulated import Simulated
from mlcalc.simulate.stand import Stand
from mlcalc.simulate.streams import log_uniform, stream

PLACES = 8
"""Regions that are tried for a crop; the one it was planned for nearly always does."""
FILMS = 8
"""Films that are tried for a crop; where no film has a place for the recipes the ground is drawn."""
LEAST = 1000
"""Number of the stream that a lesion's least contrast is drawn from: beyond those of all attempts."""


class Simulation:
    """Crops by number, each the same whenever and wherever it is drawn.

    Has ``len`` and ``[i]``, so that a torch ``DataLoader`` takes it as it is (with a ``collate_fn``); its
    length is only what a loader is told. Pickles small: workers open the films themselves.

    ::

        crops = Simulation(Config(), seed=1, count=1000)
        crops[0].pixels, crops[0].density, crops[0].morphology
    """

    def __init__(
        self,
        config: Config,
        seed: int,
        films: Films | None = None,
        count: int = 1,
        chosen: tuple[Recipe, ...] | None = None,
        patients: bool = False,
    ):
        self.config, self.seed, self.films, self.count = config, seed, films, count
        self.patients = patients
        self.recipes = recipes() if chosen is None else chosen

    def with_config(self, config: Config, chosen: tuple[Recipe, ...] | None = None) -> Simulation:
        """The same seed and films with another config, and only the chosen recipes."""
        return Simulation(config, self.seed, self.films, self.count, chosen or self.recipes, self.patients)

    def __len__(self) -> int:
        return self.count

    def __iter__(self) -> Iterator[Simulated]:
        return (self[index] for index in range(self.count))

    def __getitem__(self, index: int) -> Simulated:
        """Crop ``index``, from 0. Raises IndexError below 0, SimulationError if none can be drawn."""
        return self.draw(index)

    def draw(self, index: int, *, nothing: bool = False) -> Simulated:
        """Crop ``index``; ``nothing``: its twin, equal in everything but that no lesion is put in."""
        if index < 0:
            raise IndexError(f"crops are numbered from 0, not {index}")
        for plan, attempt, patient in self._plans(index):
            done = self._attempt(plan, attempt, patient, nothing)
            if done is not None:
                return done
        last = f"last: {plan.density}, {plan.region}"
        raise SimulationError(
            f"crop {index} of seed {self.seed} cannot be drawn in {ATTEMPTS * PLACES} tries ({last}); "
            "allow more regions or densities, a wider framing or less visibility"
        )

    def _attempt(self, plan: Plan, attempt: int, patient: Patient | None, nothing: bool) -> Simulated | None:
        """The insertion of nothing is tried with the lesion first and refused where that would be."""
        chosen = patient.recipes[:1] if patient else drawn_recipes(plan, self.recipes)
        stand = self._stand(plan, chosen, attempt)
        if stand is None or shows_ossicle(stand):
            return None
        drawn = self._lesions(plan, stand, attempt, patient)
        if drawn is None:
            return None
        stand = self._beside(plan, stand, drawn)
        least = log_uniform(stream(plan.seed, plan.index, "second", LEAST), *self.config.lesions.contrast)
        done = finish(stand, drawn, self.config, least)
        if done is None and patient is None and len(drawn) > 1:
            done = finish(stand, drawn[:1], self.config, least)
        if done is not None and (nothing or plan.kind == "nothing"):
            done = finish(stand, (), self.config, least)
        return None if done is None else labelled(plan, stand, done, patient)

    def _plans(self, index: int) -> Iterator[tuple[Plan, int, Patient | None]]:
        """The plan of a crop, tried several times."""
        first = draw_plan(self.config, self.seed, index, self.real_regions)
        if self.patients:
            yield from cases(first, self.ward, self.real_regions, FILMS)
            return
        for attempt in range(ATTEMPTS * PLACES):
            moved = attempt // ATTEMPTS
            plan = elsewhere(first, self.config, self.real_regions, moved) if moved else first
            yield replace(plan, real=plan.real and attempt % ATTEMPTS < FILMS), attempt, None

    def _stand(self, plan: Plan, chosen: tuple[Recipe, ...], attempt: int) -> Stand | None:
        if plan.real and self.films is not None:
            return real_stand(plan, self.config, self.films, chosen, attempt)
        return drawn_stand(plan, self.config, chosen, attempt)

    def _beside(self, plan: Plan, stand: Stand, lesions: tuple[Lesion, ...]) -> Stand:
        """Something outside the patient on some crops that have, or could have, a lesion; not over it."""
        random = stream(plan.seed, plan.index, "film", 1)
        if plan.kind not in ("lesion", "nothing") or random.random() >= self.config.lesions.beside:
            return stand
        recipes = tuple(recipe for recipe in self.recipes if "beside" in recipe.settings)
        more = another(stand, recipes, self.config, random)
        if more is None or covers(more, lesions):
            return stand
        return stand.beside(more.mineral, more.cm)

    def _lesions(
        self, plan: Plan, stand: Stand, attempt: int, patient: Patient | None
    ) -> tuple[Lesion, ...] | None:
        """What is put in; None where a patient's further shapes find no place."""
        if stand.choice is None:
            return ()
        first = draw_lesion(
            stand, stand.choice, self.config, stream(plan.seed, plan.index, "lesion", attempt)
        )
        random = stream(plan.seed, plan.index, "second", attempt)
        if patient is not None:
            more = [another(stand, (recipe,), self.config, random) for recipe in patient.recipes[1:]]
        elif plan.kind in ("lesion", "nothing") and random.random() < self.config.lesions.second:
            more = [another(stand, drawn_recipes(plan, self.recipes), self.config, random)]
        else:
            more = []
        found = tuple(lesion for lesion in more if lesion is not None)
        return None if patient is not None and len(found) < len(more) else (first, *found)

    @cached_property
    def ward(self) -> Ward:
        """Where the patients of a set from the knowledge come from."""
        return Ward(reasoner(), self.recipes, self.config.drawn_regions(), self.config.patients)

    def __getstate__(self) -> dict[str, Any]:
        """Without the ward, which holds the whole model: a worker makes its own."""
        return {name: value for name, value in self.__dict__.items() if name != "ward"}

    @cached_property
    def real_regions(self) -> Mapping[str, int]:
        """Regions of the config that usable films show, and how many films show each."""
        if self.films is None:
            return {}
        shown = {region: len(self.films.showing(region)) for region in self.config.drawn_regions()}
        return {region: films for region, films in shown.items() if films}

    @property
    def backgrounds_digest(self) -> str | None:
        """Tells one collection of films from another; None without films."""
        return None if self.films is None else self.films.digest

    @property
    def notes(self) -> tuple[str, ...]:
        """What a user should know about the films before anything is drawn, a line each."""
        if self.films is None and self.config.backgrounds.blocks is not None:
            return ("the config names blocks of films; without --backgrounds all anatomy is drawn",)
        if self.films is None or not self.films.left_out:
            return ()
        return (f"{count(len(self.films), 'film')} used; not used: {'; '.join(self.films.left_out)}",)

    @property
    def licences(self) -> tuple[str, ...]:
        """Where the real pictures come from, a line each."""
        return () if self.films is None else self.films.licences
