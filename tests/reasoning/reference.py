"""The reasoner once more, in plain Python and by enumeration, from the documented rules alone.

Reads the tables by itself and shares nothing with the package but the vocabulary. Slow on
purpose: every assignment of every variable of the small world stands in one list.
"""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from mlcalc.case import Case, Location
from mlcalc.vocabulary import vocabulary

Rows = list[dict[str, str]]
Dist = dict[str, float]
YES_NO = ("present", "absent")
FACTS = ("conditions", "history", "symptoms", "findings")
COUNTED = ("calcified_films", "patients_with_disease")
SEVERAL = ("morphology", *FACTS)

Hyp = tuple[str, str]
"""Entity and stage."""
OTHER: Hyp = ("other", "")


class Reference:
    """Posterior over hypotheses by enumeration.

    variables: the observables that are enumerated together, by name, with their states.
    """

    def __init__(self, folder: Path, variables: Mapping[str, Sequence[str]]):
        self.tables: dict[str, Rows] = {}
        for path in folder.glob("*.csv"):
            with path.open(newline="", encoding="utf-8") as stream:
                self.tables[path.stem] = list(csv.DictReader(stream))
        self.bands = {row["band"]: float(row["probability"]) for row in self.tables["strengths"]}
        self.parent = {row["id"]: row["parent"] for row in self.tables["entities"]}
        self.variables = variables
        self.prior = dict(self._priors())
        self.joint = {hyp: list(self._enumerate(hyp)) for hyp in self.prior}

    def posterior(self, case: Case) -> Dist:
        """Entity (and ``other``) -> probability."""
        mass: Dist = {}
        for hyp, prior in self.prior.items():
            likelihood = self.seen(hyp, case) * self.places(hyp, case.locations)
            mass[hyp[0]] = mass.get(hyp[0], 0.0) + prior * likelihood
        total = sum(mass.values())
        return {name: part / total for name, part in mass.items()}

    def seen(self, hyp: Hyp, case: Case) -> float:
        """Sum over all assignments of P(assignment | hypothesis) times the evidence's weights."""
        weights = [self.weights(name, case) for name in self.variables]
        return math.fsum(
            p * math.prod(weight[state] for weight, state in zip(weights, states, strict=True))
            for states, p in self.joint[hyp]
        )

    def weights(self, variable: str, case: Case) -> Dist:
        """State -> weight of the evidence: 0 or 1 if hard, in between if soft, 1 if missing."""
        states, context = self.variables[variable], case.context
        feature, _, value = variable.partition("=")
        known: str | None = None
        if feature == "density":
            return {s: 1.0 if case.density is None else case.density[s] for s in states}
        if feature == "morphology":
            return dict(zip(YES_NO, case.morphology.get(value, (1.0, 1.0)), strict=True))
        if feature == "age":
            known = next((s for s in states if self._holds(s, context.age)), None)
        elif feature == "sex":
            known = context.sex
        elif feature.startswith("labs."):
            known = context.labs.get(feature.removeprefix("labs."))
        else:
            told = [f.present for f in context.facts if (f.kind, f.id) == (feature, value)]
            known = YES_NO[0 if told[0] else 1] if told else None
        return {s: float(known in (None, s)) for s in states}

    @staticmethod
    def _holds(interval: str, number: float | None) -> bool:
        low, high = map(float, interval.split("-"))
        return number is not None and low <= number < high

    # What the rows say.

    def rows(self, hyp: Hyp, feature: str) -> dict[str, Rows]:
        """Value -> the rows that count for the hypothesis."""
        found: dict[str, Rows] = {}
        claimed = set[str]()
        entity = hyp[0] if hyp != OTHER else ""
        while entity:
            own = [
                row
                for row in self.tables["findings"]
                if (row["entity"], row["feature"]) == (entity, feature)
                and float(row["weight"]) > 0
                and (row["conditional_on"] in COUNTED or self._share_elsewhere(row))
            ]
            if feature not in PLACES:
                claimed |= {row["value"] for row in own if row["stage"]}
            level: dict[str, Rows] = {}
            for row in own:
                if row["stage"] == hyp[1] or (row["stage"] == "" and row["value"] not in claimed):
                    level.setdefault(row["value"], []).append(row)
            if feature in SEVERAL or not found:
                found = {**level, **found}
            entity = self.parent[entity]
        return found

    @staticmethod
    def _share_elsewhere(row: dict[str, str]) -> bool:
        kind = row["conditional_on"]
        return (row["feature"], kind) in (("structure", "within_region"), ("age", "population_of_age"))

    def number(self, rows: Rows, at_large: float, floor: bool = True) -> float:
        """Numbers, else words, else "can occur"; mean over documents of the weighted mean in each.

        What no row trusts in full stays part way at the background. "Can occur" makes a place or
        a morphology at most fivefold likelier, and nothing rarer where no other value is stated.
        """
        tiers = (
            [row for row in rows if row["strength"] not in self.bands],
            [row for row in rows if row["strength"] != "possible"],
            rows,
        )
        telling = next(tier for tier in tiers if tier)
        means = []
        for document in {row["document"] for row in telling}:
            mine = [row for row in telling if row["document"] == document]
            total = sum(float(row["weight"]) for row in mine)
            means.append(sum(float(row["weight"]) * self.share(row) for row in mine) / total)
        trust = max(float(row["weight"]) for row in telling)
        mean = trust * sum(means) / len(means) + (1 - trust) * at_large
        if telling is not tiers[2]:
            return mean
        if telling[0]["feature"] in (*PLACES, "morphology"):
            mean = min(mean, 5 * at_large)
        return max(mean, at_large) if floor else mean

    @staticmethod
    def _examples(rows: Rows) -> bool:
        return {row["strength"] for row in rows} == {"possible"}

    def share(self, row: dict[str, str]) -> float:
        """A band's number, a percentage or the middle of two."""
        text = row["strength"]
        if text in self.bands:
            return self.bands[text]
        ends = [float(part) for part in text.removesuffix("%").split("-")]
        return sum(ends) / len(ends) / 100

    def at_large(self, feature: str) -> Dist:
        """Value -> background frequency."""
        rows = [row for row in self.tables["background"] if row["feature"] == feature]
        return {row["value"]: float(row["probability"]) for row in rows}

    def margin(self, hyp: Hyp, variable: str) -> Dist:
        """State -> P(state | hypothesis)."""
        feature, _, value = variable.partition("=")
        if feature == "age":
            return self._ages(hyp)
        if feature in SEVERAL:
            present = (
                self._morphology(hyp, value) if feature == "morphology" else self._fact(hyp, feature, value)
            )
            return dict(zip(YES_NO, (present, 1 - present), strict=True))
        return self._shared_out(hyp, feature)

    def _shared_out(self, hyp: Hyp, feature: str) -> Dist:
        at_large, rows = self.at_large(feature), self.rows(hyp, feature)
        if not rows:
            return at_large
        denied = {v: r for v, r in rows.items() if all(row["strength"] == "excluded" for row in r)}
        floor = all(map(self._examples, rows.values()))
        listed = {v: self.number(r, at_large[v], floor) for v, r in rows.items() if v not in denied}
        total = sum(listed.values())
        shares = {v: p * min(1.0, max(0.95, *listed.values()) / total) for v, p in listed.items()}
        shares |= {v: self.number(r, at_large[v]) * at_large[v] for v, r in denied.items()}
        rest = {v: p for v, p in at_large.items() if v not in shares}
        left = 1 - sum(shares.values())
        unlisted = {v: min(1.0, left / sum(rest.values())) * p for v, p in rest.items()}
        filled = 1 - sum(unlisted.values()) - sum(p for v, p in shares.items() if v in denied)
        shares |= {v: shares[v] * filled / sum(shares[w] for w in listed) for v in listed} | unlisted
        return {v: p / sum(shares.values()) for v, p in shares.items()}

    def _morphology(self, hyp: Hyp, value: str) -> float:
        at_large, rows = self.at_large("morphology"), self.rows(hyp, "morphology")
        stated = {v: self.number(r, at_large[v]) for v, r in rows.items()}
        if value in stated:
            return stated[value]
        left = max(0.05, math.prod(1 - p for p in stated.values())) if stated else 1.0
        return left * at_large[value]

    def _fact(self, hyp: Hyp, feature: str, value: str) -> float:
        """Only facts that neither imply others nor are implied stand in the small world."""
        at_large, rows = self.at_large(feature)[value], self.rows(hyp, feature)
        return self.number(rows[value], at_large) if value in rows else at_large

    def _ages(self, hyp: Hyp) -> Dist:
        at_large, rows = self.at_large("age"), self.rows(hyp, "age")
        if not rows:
            return at_large
        parts: list[Dist] = []
        for interval, stated in rows.items():
            low, high = map(float, interval.split("-"))
            inside = {b for b in at_large if low <= float(b.split("-")[0]) < high}
            mass = sum(at_large[b] for b in inside)
            share = self.number(stated, mass)
            if stated[0]["conditional_on"] == "population_of_age":
                overall = float(stated[0]["given"].removeprefix("population=").removesuffix("%")) / 100
                share = min(0.95, mass * share / overall)
            parts.append(
                {
                    b: p * (share / mass if b in inside else (1 - share) / (1 - mass))
                    for b, p in at_large.items()
                }
            )
        return {b: sum(part[b] for part in parts) / len(parts) for b in at_large}

    # The joint distribution.

    def _priors(self) -> Iterator[tuple[Hyp, float]]:
        shares = {row["name"]: float(row["share"]) for row in self.tables["priors"]}
        total = sum(shares.values())
        for name, share in shares.items():
            stages = [row for row in self.tables["stages"] if row["entity"] == name]
            whole = sum(float(row["share"]) for row in stages)
            for row in stages:
                yield (name, row["stage"]), share / total * float(row["share"]) / whole
            if not stages:
                yield (name, ""), share / total

    def _enumerate(self, hyp: Hyp) -> Iterator[tuple[tuple[str, ...], float]]:
        names = list(self.variables)
        blocks = list(self._blocks(hyp, names))
        order = [name for members, _ in blocks for name in members]
        for combination in itertools.product(*(joint.items() for _, joint in blocks)):
            states = dict(zip(order, (s for picked, _ in combination for s in picked), strict=True))
            yield tuple(states[n] for n in names), math.prod(p for _, p in combination)

    def _blocks(self, hyp: Hyp, names: list[str]) -> Iterator[tuple[list[str], dict[tuple[str, ...], float]]]:
        grouped = {row["member"]: row["group"] for row in self.tables["groups"]}
        for name in names:
            if name not in grouped:
                yield [name], {(state,): p for state, p in self.margin(hyp, name).items()}
        for group in dict.fromkeys(grouped[name] for name in names if name in grouped):
            rows = [row for row in self.tables["groups"] if row["group"] == group]
            yield [row["member"] for row in rows], self._group(hyp, rows)

    def _group(self, hyp: Hyp, rows: Rows) -> dict[tuple[str, ...], float]:
        """Members whose numbers are the entity's own, coupled; the others follow them as at large."""
        weight = float(rows[0]["coupling"])

        def ordered(who: Hyp, row: dict[str, str]) -> list[tuple[str, float]]:
            return [(state, self.margin(who, row["member"])[state]) for state in row["order"].split(";")]

        spoken = [i for i, row in enumerate(rows) if not _same(ordered(hyp, row), ordered(OTHER, row))]
        told = set(spoken)
        for i, row in enumerate(rows):
            causes = [j for j, other in enumerate(rows) if other["member"] in row["follows"].split(";")]
            if causes and spoken and i not in spoken and not set(causes) & told:
                spoken.append(i)
        spoken.sort()
        at_large = _coupled([ordered(OTHER, row) for row in rows], weight)
        own = _coupled([ordered(hyp, rows[i]) for i in spoken], weight)
        usual: dict[tuple[str, ...], float] = {}
        for states, p in at_large.items():
            key = tuple(states[i] for i in spoken)
            usual[key] = usual.get(key, 0.0) + p
        keys = {states: tuple(states[i] for i in spoken) for states in at_large}
        return {states: own[keys[states]] * p / usual[keys[states]] for states, p in at_large.items()}

    # Places.

    def places(self, hyp: Hyp, locations: Sequence[Location]) -> float:
        """Several places at once: one of them, each as likely, is where the entity shows."""
        if not locations:
            return 1.0
        told: list[Location] = []
        for i, a in enumerate(locations):
            says_less = any(
                self._wider(a, b) and (j < i or not self._wider(b, a))
                for j, b in enumerate(locations)
                if i != j
            )
            told += [] if says_less else [a]
        ratios = [self.place(hyp, place) / self.place(OTHER, place) for place in told]
        return sum(ratios) / len(ratios)

    def _wider(self, a: Location, b: Location) -> bool:
        """Whether everything that ``a`` says is certain once ``b`` is known."""
        if a.structure and a.structure != b.structure:
            return False
        lies = vocabulary().structures[b.structure] if b.structure else None
        compartments = {b.compartment} if b.compartment else set(lies.compartments if lies else {None})
        regions = {b.region} if b.region else set(lies.regions if lies else {None})
        return (not a.compartment or compartments <= self._sure("compartment", {a.compartment})) and (
            not a.region or regions <= self._sure("region", {a.region})
        )

    def place(self, hyp: Hyp, place: Location) -> float:
        """Sum over every compartment and region of P(it | hypothesis) P(report | it)."""
        words = {"compartment": place.compartment, "region": place.region}
        report = {f: self._words(f, word) for f, word in words.items()}
        if place.structure is None:
            return math.prod(self._reported(hyp, f, words[f], report[f]) for f in report)
        inside = self._inside(place.structure)
        narrowed = {f: {a: report[f][a] * inside[f][a] for a in inside[f]} for f in inside}
        return self._named(hyp, place.structure) * self._cells(hyp, narrowed) / self._cells(hyp, inside)

    def _reported(self, hyp: Hyp, feature: str, word: str | None, report: Dist) -> float:
        """A word for the very place that the entity excludes does not mean a neighbour."""
        where, atoms = self.where(hyp, feature), self._atoms(feature)
        if word in atoms and where[word] <= 2e-3 * atoms[word]:
            return where[word]
        return math.fsum(where[a] * report[a] for a in atoms)

    def _cells(self, hyp: Hyp, weights: Mapping[str, Dist]) -> float:
        where = {f: self.where(hyp, f) for f in weights}
        return math.fsum(
            where["compartment"][c] * where["region"][r] * weights["compartment"][c] * weights["region"][r]
            for c in where["compartment"]
            for r in where["region"]
        )

    def _named(self, hyp: Hyp, structure: str) -> float:
        """P(this structure is named): from rows, else as much as its place explains."""
        rates: Dist = {}
        stated: set[str] = set()
        for name, rows in self.rows(hyp, "structure").items():
            own_usual = self._usual(hyp, name)
            if self._examples(rows):
                rates[name] = max(own_usual, min(0.2, 5 * own_usual))
                continue
            stated.add(name)
            if all(row["strength"] == "excluded" for row in rows):
                rates[name] = 0.001 * own_usual
                continue
            regions = {row["given"].removeprefix("region=") for row in rows if row["given"]}
            for region in regions:
                within = [row for row in rows if row["given"] == f"region={region}"]
                there = sum(self.where(hyp, "region").get(a, 0.0) for a in self._sure("region", {region}))
                rates[name] = rates.get(name, 0.0) + self.number(within, own_usual) * there
            if not regions:
                rates[name] = self.number(rows, own_usual)
        if structure in rates:
            return rates[structure] * min(1.0, 0.9 / sum(rates.values()))
        rates = {s: rate * min(1.0, 0.9 / sum(rates.values())) for s, rate in rates.items()}
        return self._usual(hyp, structure) * self._left(hyp, structure, {s: rates[s] for s in stated})

    def _usual(self, hyp: Hyp, structure: str) -> float:
        """How often a structure is named, going by how much of the mineral lies in its place."""
        base = {s: self._cells(OTHER, self._inside(s)) for s in vocabulary().structures}
        inside = self._inside(structure)
        return base[structure] / sum(base.values()) * self._cells(hyp, inside) / base[structure]

    def _left(self, hyp: Hyp, structure: str, stated: Dist) -> float:
        """What the structures that rows speak of leave of the place they share with this one."""
        wider, here, taken = vocabulary().wider_structures, self._inside(structure), 0.0
        for name, rate in stated.items():
            if name in wider(structure) or structure in wider(name):
                continue
            there = self._inside(name)
            both = {f: {a: here[f][a] * there[f][a] for a in here[f]} for f in here}
            share = min(1.0, rate / self._cells(hyp, there))
            taken += share * self._cells(hyp, both) / self._cells(hyp, here)
        return max(0.1, 1 - taken)

    def _inside(self, structure: str) -> dict[str, Dist]:
        found = vocabulary().structures[structure]
        names = {"compartment": found.compartments, "region": found.regions}
        atoms = {f: self._sure(f, set(ids)) for f, ids in names.items()}
        return {f: {a: float(a in atoms[f]) for a in self._atoms(f)} for f in names}

    def _covers(self, feature: str, name: str) -> Mapping[str, float]:
        known = vocabulary()
        return known.compartments[name].covers if feature == "compartment" else known.regions[name].covers

    def _sure(self, feature: str, names: set[str]) -> set[str]:
        """The ids themselves and what certainly lies in them."""
        return names | {a for n in names for a, w in self._covers(feature, n).items() if w == 1}

    def _atoms(self, feature: str) -> Dist:
        shares = self.at_large(feature)
        return {name: p / sum(shares.values()) for name, p in shares.items()}

    def _words(self, feature: str, word: str | None) -> Dist:
        """Atom -> P(the report uses this word | it lies there), up to a factor."""
        atoms = self._atoms(feature)
        if word is None:
            return dict.fromkeys(atoms, 1.0)
        means = {a: self._covers(feature, word).get(a, 0.0) for a in atoms}
        if word not in atoms:
            return means
        return {a: w * (min(1.0, atoms[word] / atoms[a]) if w < 1 else 1.0) for a, w in means.items()}

    def where(self, hyp: Hyp, feature: str) -> Dist:
        """Atom -> P(it lies there | hypothesis); narrow rows first, the rest like the background."""
        atoms, denied, stated = self._atoms(feature), set[str](), self.rows(hyp, feature)
        floor = all(map(self._examples, stated.values()))
        kinds: dict[bool, list[tuple[float, Dist, float]]] = {False: [], True: []}
        for value, rows in stated.items():
            area = self._words(feature, value)
            if value in atoms:
                area = {a: float(a in self._sure(feature, {value})) for a in atoms}
            size = sum(area[a] * atoms[a] for a in atoms)
            if all(row["strength"] == "excluded" for row in rows):
                denied |= self._sure(feature, {value})
            else:
                share = min(0.95, self.number(rows, size, floor))
                kinds[self._examples(rows)].append((size, area, share))
        shares = self._filled(atoms, dict.fromkeys(atoms, 0.0), kinds[False], most=0.95)
        shares = self._filled(atoms, shares, kinds[True], most=0.5 * (1 - sum(shares.values())))
        shares = {a: 0.0 if a in denied else p for a, p in shares.items()}
        free = [a for a in atoms if not shares[a] and a not in denied] or [
            a for a in atoms if a not in denied
        ]
        left, room = 1 - sum(shares.values()), sum(atoms[a] for a in free)
        shares = {a: p + left * atoms[a] / room * (a in free) for a, p in shares.items()}
        shares |= {a: 1e-3 * atoms[a] for a in denied}
        return {a: p / sum(shares.values()) for a, p in shares.items()}

    @staticmethod
    def _filled(atoms: Dist, shares: Dist, rows: list[tuple[float, Dist, float]], most: float) -> Dist:
        """Narrow rows first; a wider one adds what they lack of its share; ``most`` in all."""
        added = dict.fromkeys(atoms, 0.0)
        for size, area, share in sorted(rows, key=lambda row: row[0]):
            missing = max(0.0, share - sum((shares[a] + added[a]) * area[a] for a in atoms))
            added = {a: added[a] + missing * area[a] * atoms[a] / size for a in atoms}
        total = sum(added.values())
        scale = min(1.0, most / total) if total else 0.0
        return {a: shares[a] + scale * added[a] for a in atoms}


PLACES = ("compartment", "structure", "region")


def _same(one: list[tuple[str, float]], other: list[tuple[str, float]]) -> bool:
    return all(abs(p - q) < 1e-12 for (_, p), (_, q) in zip(one, other, strict=True))


def _coupled(members: list[list[tuple[str, float]]], weight: float) -> dict[tuple[str, ...], float]:
    """One uniform number decides every member with this weight; otherwise each has its own.

    The unit interval is cut where any member changes its state, and each piece is looked up.
    """
    cuts = {0.0, 1.0}
    for states in members:
        cuts |= set(itertools.accumulate(p for _, p in states[:-1]))
    together: dict[tuple[str, ...], float] = {}
    edges = sorted(cuts)
    for low, high in itertools.pairwise(edges):
        picked = tuple(_state_at((low + high) / 2, states) for states in members)
        together[picked] = together.get(picked, 0.0) + high - low
    return {
        tuple(s for s, _ in combination): weight * together.get(tuple(s for s, _ in combination), 0.0)
        + (1 - weight) * math.prod(p for _, p in combination)
        for combination in itertools.product(*members)
    }


def _state_at(number: float, states: list[tuple[str, float]]) -> str:
    for state, p in states:
        number -= p
        if number < 0:
            return state
    return states[-1][0]
