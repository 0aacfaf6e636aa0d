"""From cases to arrays: what the posterior reads."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mlcalc.case import Case, Location
from mlcalc.knowledge.features import SCALED
from mlcalc.reasoning.location import narrowest
from mlcalc.reasoning.model import Model
from mlcalc.reasoning.variables import ABSENT, GIVEN, PRESENT, Array
from mlcalc.vocabulary import FOCAL_DENSITIES, Vocabulary

TINY = 1e-300

Pattern = tuple[int, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]
"""A group's index, the known states of its members, and (specific fact, member) pairs of facts that
are absent while the member that they would imply is unknown."""
NOTHING: Pattern = (-1, (), ())


@dataclass(frozen=True)
class EncodedCases:
    """A batch of N cases.

    density: (N, 3) weights of the focal classes. morphology: (N, M, 2) weights of seen and not
        seen, ones where unknown. location_table: (U, H) likelihood ratio of each distinct place;
        location_index, location_weight: (N, L) which of them, and with what share.
    pattern_table: (P, H) log likelihood of each distinct pattern of a group's evidence, the
        first row zeros; pattern_index: (N, G) which of them.
    facts: (N, F) 1 for each known state of an ungrouped fact.
    """

    density: Array
    morphology: Array
    location_table: Array
    location_index: NDArray[np.int64]
    location_weight: Array
    pattern_table: Array
    pattern_index: NDArray[np.int64]
    facts: Array

    def __len__(self) -> int:
        return len(self.density)


class Encoder:
    """Turns cases into arrays for one model."""

    def __init__(self, model: Model, known: Vocabulary):
        self.model = model
        self.known = known
        self.morphologies = known.ids("morphology")
        self._patterns: dict[Pattern, Array] = {NOTHING: np.zeros(len(model.hypotheses))}

    @cached_property
    def _fact_column(self) -> dict[tuple[str, str], int]:
        return {fact: column for column, fact in enumerate(self.model.facts)}

    @cached_property
    def _group_of(self) -> dict[str, int]:
        return {m: i for i, group in enumerate(self.model.groups) for m in group.members}

    def hard_states(self, case: Case) -> dict[str, str]:
        """Variable -> state for everything in the context.

        A present fact brings those that it implies, and is then conditional on them; where a
        general fact is absent, the specific ones need no word.
        """
        context = case.context
        states = {f"labs.{lab}": level for lab, level in context.labs.items()}
        if context.sex is not None:
            states["sex"] = context.sex
        numbers = (context.age, context.weeks_since_onset, context.calcium_phosphate_product)
        for feature, number in zip(SCALED, numbers, strict=True):
            if number is not None:
                scale = self.model.features.scales[feature]
                states[feature] = scale.bins()[scale.bin_of(number)]
        stated = {(f.kind, f.id) for f in context.facts if f.present}
        present = stated | {(k, p) for k, i in stated for p in self.known.implied(k, i)}
        absent = {(f.kind, f.id) for f in context.facts if not f.present} - present
        for kind, name in sorted(present | absent):
            general = {(kind, p) for p in self.known.implied(kind, name)}
            if not general & absent:
                state = PRESENT if (kind, name) in present else ABSENT
                states[f"{kind}={name}"] = state + GIVEN if general and general <= present else state
        return states

    def place_ratio(self, place: Location) -> Array:
        """(H,) likelihood of a place relative to ``other``, so that a vague word weighs no more."""
        likelihood = self.model.location.likelihood(place)
        ratio: Array = likelihood / likelihood[-1]
        return ratio

    def pattern(self, pattern: Pattern) -> Array:
        """(H,) log likelihood of a group's known members; zeros for the empty pattern."""
        if pattern not in self._patterns:
            self._patterns[pattern] = np.log(np.maximum(self._likelihood(pattern), TINY))
        return self._patterns[pattern]

    def _likelihood(self, pattern: Pattern) -> Array:
        """(H,) sum over the unknown general facts: a specific one is absent in part of its presence."""
        index, states, denied = pattern
        group, total = self.model.groups[index], np.zeros(len(self.model.hypotheses))
        members = sorted({member for _, member in denied})
        for guess in itertools.product((PRESENT, ABSENT), repeat=len(members)):
            general = dict(zip(members, guess, strict=True))
            likelihood = group.likelihood({**dict(states), **general})
            for specific, member in denied:
                if general[member] == PRESENT:
                    column = self._fact_column[specific, ABSENT + GIVEN]
                    likelihood = likelihood * self.model.fact_rates[column]
            total = total + likelihood
        return total

    def split(self, states: Mapping[str, str]) -> tuple[list[Pattern], list[tuple[str, str]]]:
        """A case's states as one pattern per group with evidence, and the facts by themselves."""
        grouped: dict[int, list[tuple[str, str]]] = {}
        denied: dict[int, list[tuple[str, str]]] = {}
        alone = []
        for name, state in states.items():
            general = self._general(name) if state == ABSENT else None
            if name in self._group_of:
                grouped.setdefault(self._group_of[name], []).append((name, state))
            elif general in self._group_of and general not in states:
                denied.setdefault(self._group_of[general], []).append((name, general))
            else:
                alone.append((name, state))
        indices = sorted({*grouped, *denied})
        patterns: list[Pattern] = [
            (i, tuple(sorted(grouped.get(i, ()))), tuple(sorted(denied.get(i, ())))) for i in indices
        ]
        return patterns, alone

    def _general(self, name: str) -> str | None:
        """The fact that this one implies directly, as a variable's name."""
        kind, _, term = name.partition("=")
        implies = self.known.terms[kind][term].implies if term else ()
        return f"{kind}={implies[0]}" if implies else None

    def density_weights(self, case: Case) -> list[float]:
        """Weights of the focal classes; the mass of ``no_focal_density`` is taken out."""
        if case.density is None:
            return [1.0] * len(FOCAL_DENSITIES)
        weights = [case.density[name] for name in FOCAL_DENSITIES]
        return weights if sum(weights) > 0 else [1.0] * len(FOCAL_DENSITIES)

    def encode(self, cases: Sequence[Case]) -> EncodedCases:
        """Encode a batch; every case must have been checked by `case_from_json`."""
        model, size = self.model, len(cases)
        morphology = np.ones((size, len(self.morphologies), 2))
        patterns: dict[Pattern, int] = {NOTHING: 0}
        pattern_index = np.zeros((size, len(model.groups)), dtype=np.int64)
        facts = np.zeros((size, len(model.facts)))
        places: dict[Location, int] = {Location(): 0}
        width = max([1, *(len(case.locations) for case in cases)])
        location_index = np.zeros((size, width), dtype=np.int64)
        location_weight = np.zeros((size, width))
        position = {name: i for i, name in enumerate(self.morphologies)}
        for row, case in enumerate(cases):
            for name, weights in case.morphology.items():
                morphology[row, position[name]] = weights
            locations = narrowest(case.locations, self.known) or (Location(),)
            for slot, place in enumerate(locations):
                location_index[row, slot] = places.setdefault(place, len(places))
                location_weight[row, slot] = 1 / len(locations)
            found, alone = self.split(self.hard_states(case))
            for fact in alone:
                facts[row, self._fact_column[fact]] = 1
            for pattern in found:
                pattern_index[row, pattern[0]] = patterns.setdefault(pattern, len(patterns))
        return EncodedCases(
            density=np.array([self.density_weights(case) for case in cases]).reshape(size, 3),
            morphology=morphology,
            location_table=np.stack([self.place_ratio(place) for place in places]),
            location_index=location_index,
            location_weight=location_weight,
            pattern_table=np.stack([self.pattern(pattern) for pattern in patterns]),
            pattern_index=pattern_index,
            facts=facts,
        )
