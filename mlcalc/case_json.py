"""From JSON (``design: A case``) to `Case`: everything checked, all problems told at once."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from mlcalc.case import Case, Context, Fact, Location
from mlcalc.errors import CaseError, Problem, unknown_id
from mlcalc.vocabulary import DENSITIES, LAB_LEVELS, Vocabulary, vocabulary

CASE_KEYS = ("id", "density", "morphology", "location", "additional_locations", "context")
LIST_KINDS = ("distribution", "evolution", "conditions", "history", "symptoms", "findings", "tests")
CONTEXT_KEYS = ("age", "sex", "ancestry", "weeks_since_onset", "labs", "absent", *LIST_KINDS)
SUM_TOLERANCE = 1e-6
OLDEST = 120
HUGE = 10**12
MEANT_FROM = 0.15
"""A compartment's name may stand for a neighbour that it covers with this weight or more."""


class _Reader:
    """Reads the parts of one case and collects what is wrong with it."""

    def __init__(self, known: Vocabulary):
        self.known = known
        self.problems: list[Problem] = []

    def problem(self, field: str, message: str) -> None:
        self.problems.append(Problem(field, message))

    def check_keys(self, field: str, found: Mapping[str, Any], known: Collection[str]) -> None:
        for key in found:
            if key not in known:
                self.problem(field, unknown_id(key, known, "key"))

    def identifier(self, field: str, value: object, known: Collection[str], what: str) -> str | None:
        """``value`` if it is a registered id; otherwise None and a problem."""
        if value is None:
            return None
        if isinstance(value, str) and value in known:
            return value
        self.problem(field, unknown_id(value, known, what))
        return None

    def number(self, field: str, value: object, low: float, high: float) -> float | None:
        """``value`` if it is a finite number within [low, high]; None is unknown."""
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.problem(field, f"must be a number, not {value!r}")
        elif not low <= value <= high:  # also refuses NaN, which compares false
            shown = str(value) if isinstance(value, float) or abs(value) < HUGE else "a huge number"
            self.problem(field, f"must lie between {low:g} and {high:g}, not {shown}")
        else:
            return float(value)
        return None

    def mapping(self, field: str, value: object) -> Mapping[str, Any]:
        """``value`` if it is a JSON object; None counts as empty."""
        if value is None:
            return {}
        if isinstance(value, Mapping):
            return value
        self.problem(field, f"must be an object, not {value!r}")
        return {}

    def sequence(self, field: str, value: object) -> list[Any]:
        """``value`` if it is a JSON list; None counts as empty."""
        if value is None:
            return []
        if isinstance(value, list | tuple):
            return list(value)
        self.problem(field, f"must be a list, not {value!r}")
        return []

    def density(self, value: object) -> dict[str, float] | None:
        if value is None:
            return None
        if isinstance(value, str):
            name = self.identifier("density", value, DENSITIES, "density")
            return None if name is None else {d: float(d == name) for d in DENSITIES}
        if not isinstance(value, Mapping):
            self.problem("density", f"must be an id or an object id -> probability, not {value!r}")
            return None
        given: dict[str, float] = {}
        for key, share in value.items():
            name = self.identifier("density", key, DENSITIES, "density")
            probability = self.number(f"density.{key}", share, 0, 1)
            if name is not None and probability is not None:
                given[name] = probability
        total = sum(given.values())
        if total > 1 + SUM_TOLERANCE:
            self.problem("density", f"probabilities sum to {total:g}, which is more than 1")
            return None
        return _spread(given)

    def morphology(self, value: object) -> dict[str, tuple[float, float]]:
        known = self.known.ids("morphology")
        if isinstance(value, Mapping):
            found = {}
            for key, share in value.items():
                name = self.identifier("morphology", key, known, "morphology")
                probability = self.number(f"morphology.{key}", share, 0, 1)
                if name is not None and probability is not None:
                    found[name] = (probability, 1 - probability)
            return found
        names = [
            self.identifier("morphology", item, known, "morphology")
            for item in self.sequence("morphology", value)
        ]
        return {name: (1.0, 0.0) for name in names if name is not None}

    def location(self, field: str, value: object) -> Location:
        found = self.mapping(field, value)
        self.check_keys(field, found, ("compartment", "structure", "region"))
        parts = {
            part: self.identifier(f"{field}.{part}", found.get(part), self.known.ids(part), part)
            for part in ("compartment", "structure", "region")
        }
        location = Location(**parts)
        self.check_structure(field, location)
        return location

    def check_structure(self, field: str, location: Location) -> None:
        """A structure outside the compartment or region given with it is an error."""
        if location.structure is None:
            return
        structure = self.known.structures[location.structure]
        if location.compartment is not None:
            covered = self.known.compartments[location.compartment].covers
            umbrella = location.compartment not in covered
            meant = {c for c, weight in covered.items() if umbrella or weight >= MEANT_FROM}
            if not structure.compartments & meant:
                places = ", ".join(sorted(structure.compartments))
                text = f"{structure.id!r} lies in {places}, not in {location.compartment!r}"
                self.problem(f"{field}.structure", text)
        region = location.region
        if region is not None and not structure.regions & set(self.known.regions[region].covers):
            places = ", ".join(sorted(structure.regions))
            text = f"{structure.id!r} lies in {places}, not in {region!r}"
            self.problem(f"{field}.structure", text)

    def context(self, value: object) -> Context:
        found = self.mapping("context", value)
        self.check_keys("context", found, CONTEXT_KEYS)
        labs, product = self.labs(found.get("labs"))
        sex = self.identifier("context.sex", found.get("sex"), self.known.ids("sex"), "sex")
        facts = [fact for kind in LIST_KINDS for fact in self.facts(kind, found.get(kind))]
        ancestry = self.identifier(
            "context.ancestry", found.get("ancestry"), self.known.ids("ancestry"), "ancestry"
        )
        if ancestry is not None:
            facts.append(Fact("ancestry", ancestry))
        facts += self.absent(found.get("absent"))
        return Context(
            age=self.number("context.age", found.get("age"), 0, OLDEST),
            sex=sex,
            weeks_since_onset=self.number(
                "context.weeks_since_onset", found.get("weeks_since_onset"), 0, 52 * OLDEST
            ),
            labs=labs,
            calcium_phosphate_product=product,
            facts=tuple(dict.fromkeys(facts)),
        )

    def labs(self, value: object) -> tuple[dict[str, str], float | None]:
        found = self.mapping("context.labs", value)
        self.check_keys("context.labs", found, self.known.ids("labs"))
        levels, product = {}, None
        for lab, level in found.items():
            field = f"context.labs.{lab}"
            if lab == "calcium_phosphate_product":
                product = self.number(field, level, 0, 1000)
            elif lab in self.known.ids("labs"):
                allowed = ("normal", "impaired") if lab == "renal_function" else LAB_LEVELS
                name = self.identifier(field, level, allowed, "level")
                if name is not None:
                    levels[lab] = name
        return levels, product

    def facts(self, kind: str, value: object) -> Iterator[Fact]:
        for item in self.sequence(f"context.{kind}", value):
            if item in self.known.ids(kind):
                yield Fact(kind, item)
            else:
                self.problem(f"context.{kind}", unknown_id(item, self.known.ids(kind), kind))

    def absent(self, value: object) -> Iterator[Fact]:
        """Ids known to be absent; one that several kinds share is absent in all of them."""
        kinds = (*LIST_KINDS, "morphology")
        for item in self.sequence("context.absent", value):
            found = [kind for kind in kinds if item in self.known.ids(kind)]
            if not found:
                everything = {term for kind in kinds for term in self.known.ids(kind)}
                self.problem("context.absent", unknown_id(item, everything, "id"))
            yield from (Fact(kind, item, present=False) for kind in found)


def _spread(given: Mapping[str, float]) -> dict[str, float]:
    """Give the missing mass to the classes that were not named, in equal parts."""
    missing = max(0.0, 1 - sum(given.values()))
    unnamed = [d for d in DENSITIES if d not in given]
    if unnamed:
        return {d: given.get(d, missing / len(unnamed)) for d in DENSITIES}
    return {d: given[d] + missing / len(DENSITIES) for d in DENSITIES}


def case_from_json(value: object, known: Vocabulary | None = None) -> Case:
    """Check a JSON value and turn it into a `Case`.

    Raises `CaseError` with every problem found: unknown keys and ids (with the nearest valid
    ones), probabilities outside [0, 1] or summing above 1 + 1e-6, impossible numbers, a
    structure that lies outside the given compartment or region.
    """
    reader = _Reader(known or vocabulary())
    if not isinstance(value, Mapping):
        raise CaseError([Problem("", f"a case must be a JSON object, not {value!r}")])
    reader.check_keys("case", value, CASE_KEYS)
    name = value.get("id")
    if name is not None and (isinstance(name, bool) or not isinstance(name, str | int)):
        reader.problem("id", f"must be a string, not {name!r}")
    places = [reader.location("location", value.get("location"))]
    for index, item in enumerate(reader.sequence("additional_locations", value.get("additional_locations"))):
        places.append(reader.location(f"additional_locations[{index}]", item))
    case = Case(
        id=None if name is None else str(name),
        density=reader.density(value.get("density")),
        morphology=reader.morphology(value.get("morphology")),
        locations=tuple(dict.fromkeys(place for place in places if place.known)),
        context=reader.context(value.get("context")),
    )
    absent = {f.id: (0.0, 1.0) for f in case.context.facts if f.kind == "morphology"}
    for term in absent.keys() & case.morphology.keys():
        reader.problem("context.absent", f"{term!r} is also given under morphology")
    if reader.problems:
        raise CaseError(reader.problems)
    if not absent:
        return case
    facts = tuple(f for f in case.context.facts if f.kind != "morphology")
    context = Context(
        case.context.age,
        case.context.sex,
        case.context.weeks_since_onset,
        case.context.labs,
        case.context.calcium_phosphate_product,
        facts,
    )
    return Case(case.id, case.density, {**case.morphology, **absent}, case.locations, context)


def read_place(
    location: object, context: object, known: Vocabulary | None = None
) -> tuple[Location, Context, tuple[Problem, ...]]:
    """A location and a context by the rules of a case, and all that is wrong with them.

    The fields of the problems are those of a case (``location.region``, ``context.labs.calcium``).
    Morphologies that the context calls absent are among its facts, under that kind.
    """
    reader = _Reader(known or vocabulary())
    return reader.location("location", location), reader.context(context), tuple(reader.problems)


def case_from_text(text: str, read: Callable[[object], Case] = case_from_json) -> Case:
    """Parse one JSON text; a malformed one is a `CaseError` naming line and column."""
    return read(value_from_text(text))


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """The members of a JSON object; json itself would keep the last of a repeated one without a word."""
    repeated = [key for key, count in Counter(key for key, _ in pairs).items() if count > 1]
    if repeated:
        raise CaseError([Problem(key, "the key is given more than once") for key in repeated])
    return dict(pairs)


def value_from_text(text: str) -> object:
    """The JSON value of a text; a malformed one is a `CaseError` naming line and column."""
    try:
        value: object = json.loads(text, object_pairs_hook=_without_repeats)
    except json.JSONDecodeError as error:
        message = f"not valid JSON: {error.msg} (line {error.lineno}, column {error.colno})"
        raise CaseError([Problem("", message)]) from error
    except RecursionError as error:
        raise CaseError([Problem("", "not valid JSON: nested too deeply")]) from error
    except ValueError as error:  # an integer with more digits than Python reads
        raise CaseError([Problem("", f"not valid JSON: {error}")]) from error
    return value
