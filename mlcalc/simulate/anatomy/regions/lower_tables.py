"""The rows that the lower body is drawn from: ``lower_*.csv`` beside this file.

A cell of points is ``x y;x y;...`` in millimetres; a letter after a point names the rigid group that it moves
with (``-30 -20 f``: with the femur). More numbers after x and y run along with the point.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from mlcalc.errors import KnowledgeError
from mlcalc.simulate.anatomy.parts import Numbers

Row = dict[str, str]


@dataclass(frozen=True, eq=False)
class Run:
    """Points of a cell: values (n, k) of which the first two columns are x and y, and a group for each."""

    values: Numbers
    groups: str


@cache
def rows(table: str) -> tuple[Row, ...]:
    """The rows of ``lower_<table>.csv``."""
    text = resources.files(__package__).joinpath(f"lower_{table}.csv").read_text("utf-8")
    found = tuple(csv.DictReader(text.splitlines()))
    for line, row in enumerate(found, start=2):
        if None in row or None in row.values():
            reason = "the row has more or fewer cells than the head; count the commas"
            raise KnowledgeError(f"lower_{table}.csv", line, None, reason)
    return found


@cache
def rows_of(table: str, frame: str) -> tuple[Row, ...]:
    """The rows of a table that belong to one frame."""
    return tuple(row for row in rows(table) if row["frame"] == frame)


@cache
def run(cell: str, group: str = "") -> Run:
    """The points of a cell; points without a letter move with ``group``."""
    values, groups = [], ""
    for item in cell.split(";"):
        *numbers, last = item.split()
        if last.isalpha():
            groups += last
        else:
            numbers.append(last)
            groups += group or "."
        values.append([float(number) for number in numbers])
    return Run(np.array(values, np.float64), groups)


def number(row: Row, column: str, default: float = 0.0) -> float:
    """A cell as a number; an empty one is the default."""
    return float(row[column]) if row[column] else default


@cache
def outline(name: str) -> tuple[Numbers, Numbers]:
    """An outline's control points (n, 2) and its stations (m, 4): y, depth, cortex, spongy."""
    for row in rows("outlines"):
        if row["outline"] == name:
            stations = run(row["stations"]).values
            return run(row["points"]).values, stations[np.argsort(stations[:, 0])]
    raise KnowledgeError("lower_outlines.csv", None, name, "no such outline; lower_bones.csv asks for it")
