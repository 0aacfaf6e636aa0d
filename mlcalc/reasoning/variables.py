"""The variables of the model: what can be observed, in which states, how often by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlcalc.errors import KnowledgeError
from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.features import FACT_KINDS, PLACES, SCALED, Features
from mlcalc.vocabulary import FOCAL_DENSITIES

Array = NDArray[np.float64]

PRESENT, ABSENT = "present", "absent"
GIVEN = " given what it implies"
"""Ending of the states of a fact that are conditional on the facts it implies being present."""


@dataclass(frozen=True)
class Variable:
    """One observable.

    name: ``density``, ``labs.phosphate``, ``age`` … or ``conditions=gout`` for a yes/no fact.
    background: (states,) float64, sums to 1: frequency among all soft tissue mineral.
    """

    name: str
    feature: str
    value: str
    states: tuple[str, ...]
    background: Array

    @property
    def yes_no(self) -> bool:
        """Whether the states are present and absent."""
        return self.states == (PRESENT, ABSENT)


def variables(knowledge: Knowledge, features: Features) -> dict[str, Variable]:
    """Every variable but location, by name, in a fixed order.

    Raises `KnowledgeError` where ``background.csv`` lacks a value or does not sum to 1.
    """
    rates: dict[str, dict[str, float]] = {}
    for row in knowledge.background:
        rates.setdefault(row.feature, {})[row.value] = row.probability
    found: dict[str, Variable] = {}
    for feature, values in features.values.items():
        if feature in PLACES:
            continue
        if feature == "morphology" or feature in FACT_KINDS:
            for value in values:
                rate = _background(rates, feature, value)
                name = f"{feature}={value}"
                background = np.array([rate, 1 - rate])
                found[name] = Variable(name, feature, value, (PRESENT, ABSENT), background)
        else:
            # A differential is about a density that is there.
            states = FOCAL_DENSITIES if feature == "density" else values
            found[feature] = _categorical(rates, feature, states)
    for feature in SCALED:
        found[feature] = _categorical(rates, feature, knowledge.scales[feature].bins())
    return found


def _categorical(rates: Mapping[str, Mapping[str, float]], feature: str, states: tuple[str, ...]) -> Variable:
    background = np.array([_background(rates, feature, state) for state in states])
    if abs(background.sum() - 1) > 1e-6:
        reason = f"the probabilities of {feature} sum to {background.sum():g}, not to 1"
        raise KnowledgeError("background.csv", None, feature, reason)
    return Variable(feature, feature, "", states, background / background.sum())


def _background(rates: Mapping[str, Mapping[str, float]], feature: str, value: str) -> float:
    rate = rates.get(feature, {}).get(value)
    if rate is None:
        raise KnowledgeError("background.csv", None, None, f"no row for {feature}={value}")
    if not 0 < rate < 1:
        raise KnowledgeError("background.csv", None, None, f"{feature}={value} must lie inside (0, 1)")
    return rate
