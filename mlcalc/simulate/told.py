"""What the request for a simulated patient's film tells of the patient: cells of a manifest.

Labs, conditions, history, symptoms, distribution and evolution are told by chance; what others imply is left
out, and so is what contradicts something told before (rows of ``exclusive.csv``): facts that the model draws
by themselves may do so. Findings are what the picture itself shows, and tests come after it: none are told.
Nor are facts that are absent: hardly any request names them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from functools import cache
from pathlib import Path

import numpy as np

from mlcalc.reasoning.variables import PRESENT
from mlcalc.simulate.streams import log_uniform
from mlcalc.vocabulary import vocabulary
from mlcalc.vocabulary.registry import read_csv

NUMBERS, EXCLUSIVE = (Path(__file__).with_name(name) for name in ("told.csv", "exclusive.csv"))
KINDS = ("distribution", "evolution", "conditions", "history", "symptoms")
UNTOLD = ("evolution=resolved",)
"""Mineral that is gone is on no picture."""
LABS, PRODUCT = "labs.", "labs.calcium_phosphate_product"
ONSET, NO_ONSET = "weeks_since_onset", "symptoms=asymptomatic"
WEEKS = 52.0
"""Weeks of a year, rounded down: nobody is ill for longer than the age says."""


def context(states: Mapping[str, str], told: float, random: np.random.Generator) -> dict[str, str]:
    """Manifest columns of the patient. told: share of what may be told that is; age and sex always are.

    states: every variable of the model but density and morphology, name to state.
    """
    age = _number("age", states["age"], random)
    cells = {"age": f"{age:.0f}", "sex": states["sex"]}
    kept = _kept(states, told, random)
    by_feature: dict[str, list[str]] = {}
    for name in sorted(kept):
        feature, _, value = name.partition("=")
        by_feature.setdefault(feature, []).append(value)
    for feature, values in by_feature.items():
        cells[feature] = ";".join(_least(feature, values))
    if PRODUCT in cells:
        cells[PRODUCT] = f"{_number(PRODUCT, cells[PRODUCT], random):.0f}"
    weeks = _number(ONSET, states[ONSET], random)
    if random.random() < told and NO_ONSET not in kept and weeks <= int(cells["age"]) * WEEKS:
        cells[ONSET] = f"{weeks:.1f}"
    return cells


def _least(feature: str, values: list[str]) -> list[str]:
    """Without those that others imply; a lab has one level and implies nothing."""
    implied = {g for value in values if feature in KINDS for g in vocabulary().implied(feature, value)}
    return [value for value in values if value not in implied]


def _kept(states: Mapping[str, str], told: float, random: np.random.Generator) -> set[str]:
    """``feature=value`` of what is told, in a drawn order, each only if nothing before it contradicts it."""
    names = sorted(_tellable(states))
    kept: set[str] = set()
    for place in random.permutation(len(names)):
        if random.random() < told and not _denied(names[place], kept):
            kept.add(names[place])
    return kept


def _tellable(states: Mapping[str, str]) -> Iterator[str]:
    for name, state in states.items():
        if name.startswith(LABS):
            yield f"{name}={state}"
        elif state == PRESENT and name.partition("=")[0] in KINDS and name not in UNTOLD:
            yield name


def _denied(name: str, kept: Set[str]) -> bool:
    """Whether it, or what it implies, contradicts something kept or what that implies."""
    pairs = _exclusive()
    known = {part for other in kept for part in _closure(other)}
    return any(not known.isdisjoint(pairs.get(part, ())) for part in _closure(name))


def _closure(name: str) -> frozenset[str]:
    kind, _, value = name.partition("=")
    if kind.startswith(LABS):
        return frozenset({name})
    return frozenset({name} | {f"{kind}={general}" for general in vocabulary().implied(kind, value)})


@cache
def _exclusive() -> Mapping[str, frozenset[str]]:
    """What a fact or a level of a lab rules out."""
    found: dict[str, set[str]] = {}
    for _, row in read_csv(EXCLUSIVE, ("one", "other", "reason")):
        found.setdefault(row["one"], set()).add(row["other"])
        found.setdefault(row["other"], set()).add(row["one"])
    return {name: frozenset(others) for name, others in found.items()}


@cache
def _usual() -> Mapping[str, tuple[float, float]]:
    rows = read_csv(NUMBERS, ("feature", "low", "high", "source"))
    return {row["feature"]: (float(row["low"]), float(row["high"])) for _, row in rows}


def _number(feature: str, interval: str, random: np.random.Generator) -> float:
    """A usual number of an interval such as ``52-104``: times with an even logarithm, all others evenly."""
    low, high = (float(end) for end in interval.split("-"))
    least, most = _usual()[feature]
    low, high = max(low, least), max(min(high, most), low, least)
    return log_uniform(random, low, high) if feature == ONSET else float(random.uniform(low, high))
