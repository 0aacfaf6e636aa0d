"""What a case says, as readable items and as answers to ``feature=value`` conditions."""

from __future__ import annotations

from collections.abc import Iterable

from mlcalc.case import Case, Location
from mlcalc.knowledge.features import PLACES, SCALED, Features
from mlcalc.knowledge.rows import Token
from mlcalc.vocabulary import FOCAL_DENSITIES

SEEN = 0.5
"""Soft evidence counts as seen from here on, for conditions in the tables."""


class Statements:
    """Answers whether a case is known to say something."""

    def __init__(self, case: Case, features: Features):
        self.case = case
        self.features = features
        self.known = features.known
        present = {(f.kind, f.id) for f in case.context.facts if f.present}
        self.present = present | {(k, p) for k, i in present for p in self.known.implied(k, i)}

    def hold(self, tokens: Iterable[Token]) -> bool:
        """Whether every condition is known to be true."""
        return all(self.holds(token) for token in tokens)

    def holds(self, token: Token) -> bool:
        """Whether ``feature=value`` is known to be true; unknown is not true."""
        case, feature, value = self.case, token.feature, token.value
        if feature == "density":
            return case.density is not None and case.density[value] >= SEEN
        if feature == "morphology":
            return case.morphology.get(value, (0.0, 0.0))[0] >= SEEN
        if feature in PLACES:
            return any(self._place_holds(place, feature, value) for place in case.locations)
        if feature in SCALED:
            number = self._number(feature)
            low, high = self.features.interval(feature, value)
            closed = number == high == self.features.scales[feature].edges[-1]
            return number is not None and (low <= number < high or closed)
        if feature == "sex":
            return case.context.sex == value
        if feature.startswith("labs."):
            return case.context.labs.get(feature.removeprefix("labs.")) == value
        return (feature, value) in self.present

    def known_already(self, token: Token) -> bool:
        """Whether the case says anything, yes or no, about what the token asks."""
        case, feature, value = self.case, token.feature, token.value
        if feature == "density":
            return case.density is not None
        if feature == "morphology":
            return value in case.morphology or not value
        if feature in PLACES:
            return any(getattr(place, feature) is not None for place in case.locations)
        if feature in SCALED:
            return self._number(feature) is not None
        if feature == "sex":
            return case.context.sex is not None
        if feature.startswith("labs."):
            return feature.removeprefix("labs.") in case.context.labs
        absent = {(f.kind, f.id) for f in case.context.facts if not f.present}
        named = {(feature, value), *((feature, p) for p in self.known.implied(feature, value))}
        return (feature, value) in self.present or bool(named & absent)

    def _number(self, feature: str) -> float | None:
        context = self.case.context
        numbers = (context.age, context.weeks_since_onset, context.calcium_phosphate_product)
        return dict(zip(SCALED, numbers, strict=True))[feature]

    def _place_holds(self, place: Location, feature: str, value: str) -> bool:
        """A place that is not given may follow from the structure."""
        if getattr(place, feature) is None and place.structure and feature != "structure":
            structure = self.known.structures[place.structure]
            names = structure.regions if feature == "region" else structure.compartments
            return any(self._within(name, feature, value) for name in names)
        return self._within(getattr(place, feature), feature, value)

    def _within(self, place: str | None, feature: str, value: str) -> bool:
        if place is None:
            return False
        if feature == "structure":
            return place == value
        covers = (
            self.known.regions[value].covers if feature == "region" else self.known.compartments[value].covers
        )
        return place == value or covers.get(place, 0.0) == 1.0


def describe_density(case: Case) -> str | None:
    """``density=calcification``, with probabilities where it is not certain."""
    if case.density is None:
        return None
    focal = {name: case.density[name] for name in FOCAL_DENSITIES if case.density[name] > 0}
    if len(focal) == 1:
        return f"density={next(iter(focal))}"
    total = sum(focal.values()) or 1.0
    shares = sorted(focal.items(), key=lambda item: -item[1])
    return "density=" + ", ".join(f"{name} {share / total:.2f}" for name, share in shares)


def describe_morphology(case: Case, morphology: str) -> str:
    """``morphology=rice_grain``, ``no morphology=…`` or with its probability."""
    seen, unseen = case.morphology[morphology]
    if unseen == 0:
        return f"morphology={morphology}"
    if seen == 0:
        return f"no morphology={morphology}"
    return f"morphology={morphology} {seen:.2f}"
