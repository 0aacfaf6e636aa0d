"""One cut of space: specific ids that carry mass, and the words that cover them.

Compartments and regions are handled alike. A hypothesis has a distribution over the specific
ids; a report's word or a row's value is a set of them with weights.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlcalc.errors import KnowledgeError
from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.rows import Finding
from mlcalc.reasoning.rates import (
    EXCLUDED,
    LISTED_AT_MOST,
    Hypothesis,
    RowIndex,
    combine,
    frequencies_stated,
    only_examples,
)
from mlcalc.reasoning.variables import Array

DENIED = 2e-3
"""A place at less than this share of its background is one that the rows exclude."""
EXAMPLES_AT_MOST = 0.5
"""Places known only as examples share at most half of what stated frequencies leave."""


class Space:
    """Compartments or regions: the specific ids that carry mass and the words that cover them."""

    def __init__(
        self,
        feature: str,
        covers: Mapping[str, Mapping[str, float]],
        knowledge: Knowledge,
        groups: Sequence[str] = (),
    ):
        self.feature = feature
        self.covers = covers
        rates = {r.value: r.probability for r in knowledge.background if r.feature == feature}
        self.atoms = [name for name in covers if name in rates]
        umbrellas = {name for name, words in covers.items() if name not in words} | set(groups)
        for name in covers.keys() - rates.keys() - umbrellas:
            raise KnowledgeError("background.csv", None, None, f"no row for {feature}={name}")
        background = np.array([rates[name] for name in self.atoms])
        self.background: Array = background / background.sum()

    def weights(self, name: str | None) -> Array:
        """(atoms,) P(report uses this word | true place), 1 for the word's own place.

        ``covers`` says what a report means, P(place | word). Turned round by Bayes' rule: a
        common place is rarely reported under a rare place's name (an artery as a nerve).
        """
        if name is None:
            return np.ones(len(self.atoms))
        means = np.array([self.covers[name].get(atom, 0.0) for atom in self.atoms])
        if name not in self.atoms:
            return means
        own = self.background[self.atoms.index(name)]
        return np.where(means < 1, means * np.minimum(1.0, own / self.background), means)

    def reported(self, rates: Array, name: str | None) -> Array:
        """(hypotheses,) P(report uses this word) from (hypotheses, atoms) rates.

        Where an entity excludes the very place that is named, its neighbours do not stand in.
        """
        mass: Array = rates @ self.weights(name)
        if name in self.atoms:
            own = rates[:, self.atoms.index(name)]
            denied = own <= DENIED * self.background[self.atoms.index(name)]
            mass = np.where(denied, own, mass)
        return mass

    def mask(self, names: frozenset[str] | Sequence[str]) -> Array:
        """(atoms,) 1 where an id is one of the names or certainly inside one of them."""
        inside = {a for n in names for a, w in self.covers[n].items() if w == 1} | set(names)
        return np.array([float(atom in inside) for atom in self.atoms])

    def rates(self, index: RowIndex, hypotheses: Sequence[Hypothesis]) -> Array:
        """(hypotheses, atoms) distribution over specific ids."""
        return np.stack([self._rate(index.listed(h, self.feature)) for h in hypotheses])

    def _rate(self, values: dict[str, list[Finding]]) -> Array:
        """(atoms,) stated shares first, then examples, then the rest like the background."""
        denied = np.zeros(len(self.atoms), dtype=bool)
        stated: list[_Area] = []
        examples: list[_Area] = []
        floor = not frequencies_stated(values)
        for value, rows in values.items():
            if all(row.strength.band == EXCLUDED for row in rows):
                denied |= self.mask([value]) > 0
                continue
            weights = self.mask([value]) if value in self.atoms else self.weights(value)
            size = float(weights @ self.background)
            area = _Area(size, weights, min(combine(rows, size, floor), LISTED_AT_MOST))
            (examples if only_examples(rows) else stated).append(area)
        shares = self._filled(np.zeros(len(self.atoms)), stated, LISTED_AT_MOST)
        shares = self._filled(shares, examples, EXAMPLES_AT_MOST * (1 - float(shares.sum())))
        return self._completed(shares, denied)

    def _filled(self, shares: Array, areas: Sequence[_Area], most: float) -> Array:
        """Add the areas' shares, ``most`` in all; a wide one adds what narrower ones lack of its."""
        added = np.zeros(len(self.atoms))
        for area in sorted(areas, key=lambda area: area.size):
            missing = max(0.0, area.share - float((shares + added) @ area.weights))
            added += missing * area.weights * self.background / area.size
        total = float(added.sum())
        return shares + added * min(1.0, most / total) if total else shares

    def _completed(self, shares: Array, denied: NDArray[np.bool_]) -> Array:
        """What is left goes to unlisted ids, like the background; denied ones get next to nothing."""
        shares = np.where(denied, 0.0, shares)
        unlisted = (shares == 0) & ~denied
        free = unlisted if unlisted.any() else ~denied
        rest = np.where(free, self.background, 0.0)
        shares = shares + (1 - shares.sum()) * rest / rest.sum()
        shares = np.where(denied, DENIED / 2 * self.background, shares)
        rate: Array = shares / shares.sum()
        return rate


@dataclass(frozen=True)
class _Area:
    """A value of rows: (atoms,) weights, its background mass, and the share the rows state."""

    size: float
    weights: Array
    share: float
