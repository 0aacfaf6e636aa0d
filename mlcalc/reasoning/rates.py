"""From finding rows to P(state | hypothesis): the one place where rows become numbers.

Rules (each is tested):

* Several documents stating one fact are one number: the mean over documents of the mean
  within each document. Counted numbers stand before words, and words for a frequency before
  "can occur" (``possible``, as of one figure's patient), which states none. Alone it never
  makes a value rarer than the background; beside stated frequencies of exclusive values it
  is the small share that the band says; and it makes no place or morphology more than
  fivefold likelier.
* A row of weight 0 is recorded and not counted; one of weight 0.5 moves the number half way
  from the background.
* Only shares of the entity's films or patients are likelihoods. Shares of the diseased who
  calcify, of a population or of all cases with a finding are not.
* A value that one of an entity's stages claims for itself counts only in stages that do;
  places apart, since every stage lies where the entity lies.
* Rows of a group serve its members: for a place, density or number only where the member has
  no rows of its own, otherwise value by value.
* No row for a feature: the background, which is a likelihood ratio of 1.
* Rows for a feature: its unlisted values share the mass that is left, in proportion to the
  background. Yes/no facts that are not listed stay at the background.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.features import FACT_KINDS, PLACES, SCALED, Features
from mlcalc.knowledge.rows import Finding
from mlcalc.reasoning.variables import Array, Variable

LIKELIHOODS = ("calcified_films", "patients_with_disease")
EXCLUDED = "excluded"
EXISTS = "possible"
EXAMPLE_AT_MOST = 5
"""An example alone makes a place or a morphology at most this many times likelier."""
BY_VALUE = ("morphology", *FACT_KINDS)
"""Features whose values do not compete, so that rows of a group add to a member's own."""
LISTED_AT_MOST = 0.95
"""Listed values never take all mass: one report in twenty describes something else."""
LEFT_AT_LEAST = 0.05
"""Share of its background that an unlisted morphology keeps at least."""


@dataclass(frozen=True)
class Hypothesis:
    """An entity in one of its stages; ``stage`` is empty where the entity has none."""

    entity: str
    stage: str


OTHER = Hypothesis("other", "")


def combine(rows: Sequence[Finding], background: float, floor: bool = True) -> float:
    """One number for one fact: the mean over documents of their weighted mean.

    background: frequency at large. floor: whether "can occur" alone never goes below it.
    """
    by_document: dict[str, list[tuple[float, float]]] = {}
    telling = _most_telling(rows)
    for row in telling:
        pair = (row.strength.probability, row.weight)
        by_document.setdefault(row.document, []).append(pair)
    means = []
    for pairs in by_document.values():
        total = sum(weight for _, weight in pairs)
        means.append(sum(p * weight for p, weight in pairs) / total)
    trust = max(row.weight for row in telling)
    mean = trust * float(np.mean(means)) + (1 - trust) * background
    if not only_examples(telling):
        return mean
    if telling[0].feature in (*PLACES, "morphology"):
        mean = min(mean, EXAMPLE_AT_MOST * background)
    return max(mean, background) if floor else mean


def only_examples(rows: Iterable[Finding]) -> bool:
    """Whether the rows say only that it can be, and none how often."""
    return all(row.strength.band == EXISTS for row in rows)


def _most_telling(rows: Sequence[Finding]) -> Sequence[Finding]:
    numbers = [row for row in rows if row.strength.numeric]
    words = [row for row in rows if row.strength.band != EXISTS]
    return numbers or words or rows


class RowIndex:
    """Which rows speak of which feature of which hypothesis."""

    def __init__(self, knowledge: Knowledge):
        self.knowledge = knowledge
        self._cache: dict[tuple[Hypothesis, str], dict[str, list[Finding]]] = {}

    def listed(self, hypothesis: Hypothesis, feature: str) -> dict[str, list[Finding]]:
        """Value -> counted rows of ``feature``; rows of a group serve where the entity has none."""
        key = (hypothesis, feature)
        if key not in self._cache:
            self._cache[key] = self._find(hypothesis, feature)
        return self._cache[key]

    def _find(self, hypothesis: Hypothesis, feature: str) -> dict[str, list[Finding]]:
        found: dict[str, list[Finding]] = {}
        if hypothesis == OTHER:
            return found
        staged: set[str] = set()
        for entity in self.knowledge.lineage(hypothesis.entity):
            rows = [
                row
                for row in self.knowledge.findings_of.get(entity, ())
                if row.feature == feature and row.weight > 0 and counts(row)
            ]
            if feature not in PLACES:
                staged |= {row.value for row in rows if row.stage}
            stated: dict[str, list[Finding]] = {}
            for row in rows:
                if row.stage == hypothesis.stage or (not row.stage and row.value not in staged):
                    stated.setdefault(row.value, []).append(row)
            if feature in BY_VALUE or not found:
                found |= {value: own for value, own in stated.items() if value not in found}
        return found


def frequencies_stated(values: dict[str, list[Finding]]) -> bool:
    """Whether some value has a row that says how often."""
    return any(not only_examples(rows) for rows in values.values())


def counts(row: Finding) -> bool:
    """Whether the row's number is a likelihood of what it describes."""
    if row.feature == "structure" and row.conditional_on == "within_region":
        return True
    if row.feature in SCALED and row.conditional_on == "population_of_age":
        return True
    return row.conditional_on in LIKELIHOODS


def share_out(listed: dict[int, float], excluded: dict[int, float], background: Array) -> Array:
    """A distribution with the listed shares; the rest goes to unlisted values like the background.

    Listed shares that sum above 0.95 (values need not exclude each other) are scaled to that, or
    to the largest of them.
    """
    shares = np.zeros_like(background)
    total = sum(listed.values())
    most = max([LISTED_AT_MOST, *listed.values()])
    scale = min(1.0, most / total) if total else 1.0
    for index, share in listed.items():
        shares[index] = share * scale
    for index, share in excluded.items():
        shares[index] = share * background[index]
    unlisted = np.ones(len(background), dtype=bool)
    unlisted[[*listed, *excluded]] = False
    left = 1 - shares.sum()
    if unlisted.any():
        # What listed values leave never makes an unlisted one likelier than it is at large.
        rest = background[unlisted].sum()
        shares[unlisted] = min(left / rest, 1.0) * background[unlisted]
    if listed:
        stated = list(listed)
        shares[stated] *= (1 - shares.sum() + shares[stated].sum()) / shares[stated].sum()
    distribution: Array = shares / shares.sum()
    return distribution


def categorical_rate(variable: Variable, values: dict[str, list[Finding]]) -> Array:
    """(states,) distribution of a variable with exclusive states."""
    if not values:
        return variable.background
    listed: dict[int, float] = {}
    excluded: dict[int, float] = {}
    floor = not frequencies_stated(values)
    for value, rows in values.items():
        state = variable.states.index(value)
        none = all(row.strength.band == EXCLUDED for row in rows)
        if none:
            excluded[state] = combine(rows, 1.0)
        else:
            listed[state] = combine(rows, float(variable.background[state]), floor)
    return share_out(listed, excluded, variable.background)


def scaled_rate(variable: Variable, values: dict[str, list[Finding]], features: Features) -> Array:
    """(bins,) distribution of a number: the mean of what each stated interval says by itself."""
    if not values:
        return variable.background
    scale = features.scales[variable.feature]
    starts = np.array(scale.edges[:-1])
    parts = []
    for value, rows in values.items():
        low, high = features.interval(variable.feature, value)
        inside = (starts >= low) & (starts < high)
        mass = float(variable.background[inside].sum())
        share = combine(rows, mass)
        if rows[0].conditional_on == "population_of_age":
            share = _bayes_share(rows[0], share, mass)
        part = variable.background.copy()
        part[inside] *= share / mass
        if not inside.all():
            part[~inside] *= (1 - share) / (1 - mass)
        parts.append(part)
    mean: Array = np.mean(parts, axis=0)
    return mean


def _bayes_share(row: Finding, share_at_age: float, mass: float) -> float:
    """P(age | entity) from P(entity | age): the share at this age over the share at any age."""
    assert isinstance(row.given, float), row.id
    return min(LISTED_AT_MOST, mass * share_at_age / row.given)


def morphology_rates(variables: Sequence[Variable], values: dict[str, list[Finding]]) -> Array:
    """(morphologies, 2) present/absent; unlisted ids keep what the listed ones leave."""
    background = np.array([variable.background[0] for variable in variables])
    if not values:
        present = background
    else:
        rates = {v.value: float(v.background[0]) for v in variables}
        stated = {value: combine(rows, rates[value]) for value, rows in values.items()}
        left = max(LEFT_AT_LEAST, float(np.prod([1 - p for p in stated.values()])))
        present = np.array(
            [stated.get(v.value, left * b) for v, b in zip(variables, background, strict=True)]
        )
    return np.stack([present, 1 - present], axis=1)


def fact_rates(
    variables: Sequence[Variable], values: dict[str, list[Finding]], implied: dict[str, frozenset[str]]
) -> Array:
    """(facts of one kind, 2) present/absent; unlisted facts stay at the background.

    A fact that another implies is at least as frequent; a fact that implies a listed one
    keeps its background share of it.
    """
    background = {v.value: float(v.background[0]) for v in variables}
    present = dict(background)
    stated = {value: combine(rows, background[value]) for value, rows in values.items()}
    present |= stated
    for value in background.keys() - stated.keys():
        for parent in sorted(implied[value] & stated.keys()):
            share = background[value] / background[parent]
            present[value] = min(1.0, share) * stated[parent]
    for value in stated:
        for parent in implied[value]:
            present[parent] = max(present[parent], present[value])
    rates = np.clip([present[v.value] for v in variables], 1e-6, 1 - 1e-6)
    return np.stack([rates, 1 - rates], axis=1)
