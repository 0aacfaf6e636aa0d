"""Settings drawn from data: rows with the range a number lies in and how often it is used at all."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from numpy.random import Generator

from mlcalc.errors import KnowledgeError, unknown_id
from mlcalc.vocabulary.registry import read_csv

COLUMNS = ("group", "parameter", "low", "high", "scale", "chance", "source")
SCALES = ("linear", "log", "either")
TRAINING, HELD_OUT = "training", "held_out"
DOMAINS = (TRAINING, HELD_OUT)
"""What a network is trained on, and what it never sees before it is tested."""


@dataclass(frozen=True, slots=True)
class Range:
    """low <= value <= high, evenly over the scale (``either``: one end or the other); 0 in 1 - chance."""

    low: float
    high: float
    scale: str
    chance: float

    def draw(self, random: Generator) -> float:
        """One value. Always takes two numbers from ``random``, so that rows do not shift one another."""
        used, place = random.random() < self.chance, random.random()
        if not used:
            return 0.0
        if self.scale == "either":
            return self.low if place < 0.5 else self.high
        if self.scale == "log":
            return math.exp(math.log(self.low) + place * math.log(self.high / self.low))
        return self.low + place * (self.high - self.low)


Ranges = Mapping[str, Mapping[str, Range]]


@cache
def ranges(path: Path) -> Ranges:
    """The ranges of a file by group and parameter. Raises `KnowledgeError` at a broken row."""
    found: dict[str, dict[str, Range]] = {}
    for line, row in read_csv(path, COLUMNS):
        group = found.setdefault(row["group"], {})
        if row["parameter"] in group:
            raise KnowledgeError(path.name, line, row["group"], f"second range of {row['parameter']!r}")
        group[row["parameter"]] = _range(row, path.name, line)
    return found


def number(cell: str, file: str, line: int, row: str, column: str) -> float:
    """A cell as a finite number. Raises `KnowledgeError` with its place if it is none."""
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise KnowledgeError(file, line, row, f"{column} {cell!r} is no number")
    return value


def check_domain(domain: str) -> None:
    """Raise ValueError unless it is one of `DOMAINS`."""
    if domain not in DOMAINS:
        raise ValueError(unknown_id(domain, DOMAINS, "domain"))


def _range(row: Mapping[str, str], file: str, line: int) -> Range:
    group = row["group"]
    low, high, chance = (number(row[name], file, line, group, name) for name in ("low", "high", "chance"))
    if row["scale"] not in SCALES:
        reason = unknown_id(row["scale"], SCALES, "scale")
    elif low > high or (row["scale"] == "log" and low <= 0):
        reason = f"{row['parameter']}: {low:g} to {high:g} is no range on a {row['scale']} scale"
    elif not 0 <= chance <= 1:
        reason = f"{row['parameter']}: chance {chance:g} must lie in [0, 1]"
    elif not row["source"]:
        reason = f"{row['parameter']}: it needs a source or a reason"
    else:
        return Range(low, high, row["scale"], chance)
    raise KnowledgeError(file, line, group, reason)
