"""What an audit by eye says of known films: rows of ``marks.csv`` by the sha256 of the file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import takewhile
from pathlib import Path
from types import MappingProxyType

from mlcalc.errors import KnowledgeError
from mlcalc.vocabulary import vocabulary
from mlcalc.vocabulary.registry import read_csv, split_list

FILE = Path(__file__).with_name("marks.csv")
HEADER = ("file", "sha256", "verdict", "joint", "x", "y", "angle", "width_px", "width_mm", "note")
USABLE = frozenset({"clean", "physis", "two_films"})
VERDICTS = USABLE | {"hardware", "outside", "mineral", "ossicle", "cast", "fracture?", "unusable"}
SIDE = 256
"""Pixels along the films that were audited: the unit of a mark."""
REGION_NOTE = "region="


@dataclass(frozen=True, slots=True)
class Mark:
    """One landmark of a film.

    x, y: its centre as a share of the picture's width and height, in [0, 1]. angle: of the limb's long axis
    away from the trunk, degrees clockwise, 0 pointing down. width: of the bone there, as a share of the
    picture's width; width_mm: the same in millimetres, estimated by eye. Both are 0 where not told.
    """

    joint: str
    x: float
    y: float
    angle: float
    width: float = 0.0
    width_mm: float = 0.0


@dataclass(frozen=True, slots=True)
class Audit:
    """verdict: see `VERDICTS`, empty where nobody looked. regions: where the audit corrects the list's."""

    verdict: frozenset[str] = frozenset()
    regions: tuple[str, ...] = ()
    marks: tuple[Mark, ...] = field(default=())


UNSEEN = Audit()


@cache
def audits(file: Path = FILE) -> Mapping[str, Audit]:
    """sha256 of a file -> its audit; empty where there is no such table.

    Raises KnowledgeError with file, line and row for a cell that means nothing.
    """
    if not file.is_file():
        return MappingProxyType({})
    found: dict[str, Audit] = {}
    for line, row in read_csv(file, HEADER):
        try:
            known = found.get(row["sha256"], UNSEEN)
            found[row["sha256"]] = _with_row(known, row)
        except ValueError as error:
            raise KnowledgeError(file.name, line, row["file"], str(error)) from error
    return MappingProxyType(found)


def _with_row(audit: Audit, row: Mapping[str, str]) -> Audit:
    verdict = frozenset(split_list(row["verdict"]))
    if unknown := sorted(verdict - VERDICTS):
        raise ValueError(f"unknown verdict {unknown[0]!r}; known are {', '.join(sorted(VERDICTS))}")
    regions = _regions(row["note"]) or audit.regions
    marks = (*audit.marks, _mark(row)) if row["joint"] else audit.marks
    return Audit(verdict | audit.verdict, regions, marks)


def _regions(note: str) -> tuple[str, ...]:
    """``region=shoulder;upper_arm`` anywhere in a note, up to the first word that is no region."""
    _, _, listed = note.partition(REGION_NOTE)
    parts = (part.strip() for part in re.split("[;,]", listed))
    return tuple(takewhile(vocabulary().regions.__contains__, parts))


def _mark(row: Mapping[str, str]) -> Mark:
    def number(name: str) -> float:
        return float(row[name] or 0)

    x, y, width = (number(name) / SIDE for name in ("x", "y", "width_px"))
    return Mark(row["joint"], x, y, number("angle"), width, number("width_mm"))
