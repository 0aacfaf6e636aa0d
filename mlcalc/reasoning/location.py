"""Location: one factor out of compartment, structure and region.

A hypothesis has a distribution over specific compartments and one over regions. A report's
words are sets of these with weights (``hand`` holds ``finger``; ``periarticular`` may mean a
bursa), so a partial or unusual answer counts partly. A structure narrows both; entities with
rows for that structure use them, all others what their compartments and regions say, so that
after compartment and region a structure adds only what the rows say about it. Where rows say
how often other structures of the same place are the ones, an unlisted one gets what is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from mlcalc.case import Location
from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.rows import Finding
from mlcalc.reasoning.places import Space
from mlcalc.reasoning.rates import (
    EXAMPLE_AT_MOST,
    EXCLUDED,
    OTHER,
    Hypothesis,
    RowIndex,
    combine,
    only_examples,
)
from mlcalc.reasoning.variables import Array
from mlcalc.vocabulary import Vocabulary

REGION_GROUPS = ("spine", "trunk", "upper_extremity", "lower_extremity")
"""Regions that only stand for those inside them."""
NAMED_AT_MOST = 0.9
"""Rows about structures never take all mass: one report in ten names another one."""
LEFT_AT_LEAST = 0.1
"""Share of its place that an unlisted structure keeps beside the listed ones at least."""


class LocationModel:
    """P(location report | hypothesis) for every registered location."""

    def __init__(
        self,
        knowledge: Knowledge,
        known: Vocabulary,
        index: RowIndex,
        hypotheses: Sequence[Hypothesis],
    ):
        self.known = known
        self.compartments = Space(
            "compartment", {c.id: c.covers for c in known.compartments.values()}, knowledge
        )
        self.regions = Space(
            "region", {r.id: r.covers for r in known.regions.values()}, knowledge, REGION_GROUPS
        )
        self.in_compartments = self.compartments.rates(index, hypotheses)
        self.in_regions = self.regions.rates(index, hypotheses)
        self.other = list(hypotheses).index(OTHER)
        self._cache: dict[Location, Array] = {}
        self._masks = {
            s.id: (self.compartments.mask(s.compartments), self.regions.mask(s.regions))
            for s in known.structures.values()
        }
        self.base = self._base_rates()
        self.stated: dict[int, frozenset[str]] = {}
        self.named = self._named_rates(index, hypotheses)

    def likelihood(self, location: Location) -> Array:
        """(hypotheses,) probability of this report; 1 for an unknown location."""
        if location not in self._cache:
            self._cache[location] = self._likelihood(location)
        return self._cache[location]

    def _likelihood(self, location: Location) -> Array:
        if location.structure is None:
            likelihood: Array = self.compartments.reported(
                self.in_compartments, location.compartment
            ) * self.regions.reported(self.in_regions, location.region)
            return likelihood
        compartments = self.compartments.weights(location.compartment)
        regions = self.regions.weights(location.region)
        inside = self._masks[location.structure]
        cell = self._cell(*inside)
        narrowed = self._cell(inside[0] * compartments, inside[1] * regions)
        expected = self._expected(location.structure) * self._left(location.structure)
        named = self.named.get(location.structure)
        report = expected if named is None else np.where(np.isnan(named), expected, named)
        likelihood = report * narrowed / cell
        return likelihood

    def _left(self, structure: str) -> Array:
        """(hypotheses,) what the stated structures of the same place leave to an unlisted one."""
        left = np.ones(len(self.in_regions))
        compartments, regions = self._masks[structure]
        cell = self._cell(compartments, regions)
        wider = self.known.wider_structures(structure)
        for position, stated in self.stated.items():
            taken = 0.0
            for name in stated - wider - {structure}:
                if structure in self.known.wider_structures(name):
                    continue
                inside = self._masks[name]
                shared = self._cell(compartments * inside[0], regions * inside[1])[position]
                share = self.named[name][position] / self._cell(*inside)[position]
                taken += min(1.0, float(share)) * float(shared) / float(cell[position])
            left[position] = max(LEFT_AT_LEAST, 1 - taken)
        return left

    def _cell(self, compartments: Array, regions: Array) -> Array:
        cell: Array = (self.in_compartments @ compartments) * (self.in_regions @ regions)
        return cell

    def _expected(self, structure: str) -> Array:
        """(hypotheses,) how often the structure is named, going by its place alone."""
        cell = self._cell(*self._masks[structure])
        expected: Array = self.base[structure] * cell / cell[self.other]
        return expected

    def _base_rates(self) -> dict[str, float]:
        """How often each structure is the one named, by the size of its place alone."""
        sizes = {name: float(self._cell(*mask)[self.other]) for name, mask in self._masks.items()}
        total = sum(sizes.values())
        return {name: size / total for name, size in sizes.items()}

    def _named_rates(self, index: RowIndex, hypotheses: Sequence[Hypothesis]) -> dict[str, Array]:
        """Structure -> (hypotheses,) rate from rows, NaN where an entity has no row for it."""
        found: dict[str, Array] = {}
        for position, hypothesis in enumerate(hypotheses):
            listed = index.listed(hypothesis, "structure")
            rates = {s: self._named_rate(position, s, rows) for s, rows in listed.items()}
            stated = frozenset(s for s, rows in listed.items() if not only_examples(rows))
            if stated:
                self.stated[position] = stated
            total = sum(rates.values())
            for structure, rate in rates.items():
                column = found.setdefault(structure, np.full(len(hypotheses), np.nan))
                column[position] = rate * min(1.0, NAMED_AT_MOST / total)
        return found

    def _named_rate(self, position: int, structure: str, rows: Sequence[Finding]) -> float:
        expected = float(self._expected(structure)[position])
        if all(row.strength.band == EXCLUDED for row in rows):
            return combine(rows, 1.0) * expected
        if only_examples(rows):
            band = rows[0].strength.probability
            return max(expected, min(band, EXAMPLE_AT_MOST * expected))
        within: dict[str, list[Finding]] = {}
        for row in rows:
            if isinstance(row.given, str):
                within.setdefault(row.given, []).append(row)
        if not within:
            return combine(rows, expected)
        # A share within a region counts only for the lesions that lie there.
        return sum(
            combine(stated, expected) * float(self.in_regions[position] @ self.regions.mask([region]))
            for region, stated in within.items()
        )


def narrowest(places: Sequence[Location], known: Vocabulary) -> tuple[Location, ...]:
    """The places without those that another one lies in: these say nothing more.

    Of two that say the same in different words (meniscus; meniscus, knee) the first stays.
    """
    kept: list[Location] = []
    for place in places:
        if not any(_holds(place, other, known) for other in kept):
            kept = [other for other in kept if not _holds(other, place, known)] + [place]
    return tuple(kept)


def _holds(wide: Location, narrow: Location, known: Vocabulary) -> bool:
    """Whether all that ``wide`` says is certainly true of ``narrow``."""
    if wide.structure not in (None, narrow.structure):
        return False
    lies = known.structures.get(narrow.structure or "")
    compartments = {narrow.compartment} if narrow.compartment else set(lies.compartments if lies else ())
    regions = {narrow.region} if narrow.region else set(lies.regions if lies else ())
    if wide.compartment:
        covers = {**known.compartments[wide.compartment].covers, wide.compartment: 1.0}
        if not _inside(compartments, covers):
            return False
    return not wide.region or _inside(regions, known.regions[wide.region].covers)


def _inside(names: set[str], covers: Mapping[str, float]) -> bool:
    """Whether there are names and all of them lie certainly inside."""
    return bool(names) and all(covers.get(name) == 1.0 for name in names)
