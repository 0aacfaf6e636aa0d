"""Reads the vocabulary files into typed, immutable records."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mlcalc.errors import KnowledgeError

FOLDER = Path(__file__).parent

FOCAL_DENSITIES = ("calcification", "ossification", "foreign_body")
DENSITIES = (*FOCAL_DENSITIES, "no_focal_density")
LAB_LEVELS = ("low", "normal", "high")


@dataclass(frozen=True)
class Term:
    """One registered id of a kind such as ``morphology`` or ``conditions``.

    ``implies`` holds the ids of the same kind that are necessarily true when this one is.
    """

    kind: str
    id: str
    name: str
    synonyms: tuple[str, ...]
    implies: tuple[str, ...]
    definition: str
    source: str
    codes: Mapping[str, str]


@dataclass(frozen=True)
class Compartment:
    """A tissue compartment; ``covers`` maps specific compartments to weights in (0, 1].

    A weight says how readily a report that uses this word means that compartment. An id
    without itself in ``covers`` is an umbrella (``soft_tissue``, ``articular``, ``vessel``).
    """

    id: str
    name: str
    synonyms: tuple[str, ...]
    covers: Mapping[str, float]
    definition: str
    source: str


@dataclass(frozen=True)
class Region:
    """A body region; ``covers`` maps it, its descendants (1) and its neighbours (< 1)."""

    id: str
    name: str
    synonyms: tuple[str, ...]
    parent: str | None
    covers: Mapping[str, float]
    definition: str
    source: str


@dataclass(frozen=True)
class Structure:
    """A named structure and the sets of compartments and regions it may lie in.

    ``part_of`` holds wider structures that a report may name instead (``rotator_cuff``).
    """

    id: str
    name: str
    synonyms: tuple[str, ...]
    part_of: frozenset[str]
    compartments: frozenset[str]
    regions: frozenset[str]
    source: str


@dataclass(frozen=True)
class Vocabulary:
    """All registered ids."""

    terms: Mapping[str, Mapping[str, Term]]
    compartments: Mapping[str, Compartment]
    regions: Mapping[str, Region]
    structures: Mapping[str, Structure]

    def ids(self, kind: str) -> tuple[str, ...]:
        """Ids of one kind (``morphology``, ``conditions``, ``compartment``, ``region`` …)."""
        places: dict[str, Mapping[str, object]] = {
            "compartment": self.compartments,
            "region": self.regions,
            "structure": self.structures,
        }
        return tuple(places[kind] if kind in places else self.terms[kind])

    def name(self, kind: str, term_id: str) -> str:
        """Display name of an id."""
        places: dict[str, Mapping[str, Compartment | Region | Structure]] = {
            "compartment": self.compartments,
            "region": self.regions,
            "structure": self.structures,
        }
        if kind in places:
            return places[kind][term_id].name
        return self.terms[kind][term_id].name

    def wider_structures(self, structure: str) -> frozenset[str]:
        """The structures that this one is part of, directly or not, without itself."""
        found: set[str] = set()
        waiting = list(self.structures[structure].part_of)
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting += self.structures[current].part_of
        return frozenset(found)

    def implied(self, kind: str, term_id: str) -> frozenset[str]:
        """Every id of the kind that is necessarily true when ``term_id`` is, without itself."""
        found: set[str] = set()
        waiting = list(self.terms[kind][term_id].implies)
        while waiting:
            current = waiting.pop()
            if current not in found:
                found.add(current)
                waiting += self.terms[kind][current].implies
        return frozenset(found)


def read_csv(path: Path, columns: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Rows of a CSV file with their line numbers; refuses other columns than the given ones."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as stream:
            reader = csv.reader(stream, strict=True)
            header = next(reader, [])
            if tuple(header) != columns:
                wanted, found = ",".join(columns), ",".join(header)
                reason = f"the columns must be {wanted}; found {found}"
                raise KnowledgeError(path.name, 1, None, reason)
            rows = []
            for cells in reader:
                if not any(cells):
                    continue  # spreadsheets leave blank lines at the end
                if len(cells) != len(columns):
                    reason = f"{len(cells)} cells where {len(columns)} columns are"
                    raise KnowledgeError(path.name, reader.line_num, cells[0] if cells else None, reason)
                rows.append((reader.line_num, dict(zip(columns, map(str.strip, cells), strict=True))))
            return rows
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise KnowledgeError(path.name, None, None, f"cannot be read: {error}") from error


def split_list(cell: str) -> tuple[str, ...]:
    """The parts of a ``;``-separated cell."""
    return tuple(part.strip() for part in cell.split(";") if part.strip())


def _weights(cell: str, file: str, line: int, row: str) -> dict[str, float]:
    weights = {}
    for part in split_list(cell):
        name, _, text = part.partition(":")
        try:
            weight = float(text or 1.0)
        except ValueError:
            weight = -1.0
        if not 0 < weight <= 1:
            raise KnowledgeError(file, line, row, f"weight in {part!r} must lie in (0, 1]")
        weights[name.strip()] = weight
    return weights


def _terms(folder: Path) -> dict[str, dict[str, Term]]:
    columns = ("kind", "id", "name", "synonyms", "implies", "definition", "source")
    code_columns = ("radlex", "snomed_ct", "icd_10")
    terms: dict[str, dict[str, Term]] = {}
    for line, row in read_csv(folder / "terms.csv", columns + code_columns):
        kind = terms.setdefault(row["kind"], {})
        if row["id"] in kind:
            raise KnowledgeError("terms.csv", line, row["id"], f"second {row['kind']} of this id")
        codes = {system: row[system] for system in code_columns if row[system]}
        kind[row["id"]] = Term(
            row["kind"],
            row["id"],
            row["name"],
            split_list(row["synonyms"]),
            split_list(row["implies"]),
            row["definition"],
            row["source"],
            codes,
        )
    for kind_name, kind in terms.items():
        for term in kind.values():
            for other in term.implies:
                if other not in kind:
                    reason = f"implies {other!r}, which is no {kind_name}"
                    raise KnowledgeError("terms.csv", None, term.id, reason)
    return terms


def _compartments(folder: Path) -> dict[str, Compartment]:
    columns = ("id", "name", "synonyms", "covers", "definition", "source")
    found = {}
    for line, row in read_csv(folder / "compartments.csv", columns):
        covers = _weights(row["covers"], "compartments.csv", line, row["id"])
        synonyms = split_list(row["synonyms"])
        found[row["id"]] = Compartment(
            row["id"], row["name"], synonyms, covers, row["definition"], row["source"]
        )
    _require(found, {c.id: tuple(c.covers) for c in found.values()}, "compartments.csv")
    return found


def _regions(folder: Path) -> dict[str, Region]:
    columns = ("id", "name", "synonyms", "parent", "covers", "definition", "source")
    rows = read_csv(folder / "regions.csv", columns)
    parents = {row["id"]: row["parent"] or None for _, row in rows}
    _require(parents, {row: (parent,) for row, parent in parents.items() if parent}, "regions.csv")
    found = {}
    for line, row in rows:
        covers = _weights(row["covers"], "regions.csv", line, row["id"])
        covers |= {other: 1.0 for other in parents if row["id"] in _lineage(other, parents)}
        synonyms = split_list(row["synonyms"])
        found[row["id"]] = Region(
            row["id"], row["name"], synonyms, parents[row["id"]], covers, row["definition"], row["source"]
        )
    _require(found, {r.id: tuple(r.covers) for r in found.values()}, "regions.csv")
    return found


def _lineage(region: str, parents: Mapping[str, str | None]) -> list[str]:
    lineage: list[str] = []
    current: str | None = region
    while current is not None and len(lineage) < 10:
        lineage.append(current)
        current = parents[current]
    return lineage


def _structures(folder: Path) -> dict[str, Structure]:
    columns = ("id", "name", "synonyms", "part_of", "compartments", "regions", "source")
    return {
        row["id"]: Structure(
            row["id"],
            row["name"],
            split_list(row["synonyms"]),
            frozenset(split_list(row["part_of"])),
            frozenset(split_list(row["compartments"])),
            frozenset(split_list(row["regions"])),
            row["source"],
        )
        for _, row in read_csv(folder / "structures.csv", columns)
    }


def _require(known: Mapping[str, object], used: Mapping[str, tuple[str, ...]], file: str) -> None:
    for row, names in used.items():
        for name in names:
            if name not in known:
                raise KnowledgeError(file, None, row, f"names {name!r}, which is not in {file}")


def load_vocabulary(folder: Path = FOLDER) -> Vocabulary:
    """Read the vocabulary of ``folder``; raises `KnowledgeError` with file, line and reason."""
    vocabulary = Vocabulary(_terms(folder), _compartments(folder), _regions(folder), _structures(folder))
    for structure in vocabulary.structures.values():
        for name, known in (
            *((c, vocabulary.compartments) for c in structure.compartments),
            *((r, vocabulary.regions) for r in structure.regions),
            *((s, vocabulary.structures) for s in structure.part_of),
        ):
            if name not in known:
                reason = f"names {name!r}, which is no compartment, region or structure"
                raise KnowledgeError("structures.csv", None, structure.id, reason)
    return vocabulary


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary that ships with mlcalc."""
    return load_vocabulary()
