"""The columns of a manifest, read from ``columns.csv``: what each may hold, how text becomes a value."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from types import MappingProxyType

from mlcalc.errors import KnowledgeError, unknown_id
from mlcalc.vocabulary import vocabulary
from mlcalc.vocabulary.registry import read_csv, split_list

FILE = Path(__file__).with_name("columns.csv")
HEADER = ("name", "part", "type", "values", "meaning", "example", "source")
PARTS = ("row", "crop", "labels", "location", "context")
TYPES = ("path", "text", "word", "number", "integer", "flag", "choice", "id", "ids")

NUMBER = r"[+-]?([0-9]{1,15}(\.[0-9]{0,30})?|\.[0-9]{1,30})([eE][+-]?[0-9]{1,2})?"
"""A number as spreadsheets and programs write it; short enough never to be infinite."""
INTEGER = r"[0-9]{1,6}(\.0{0,9})?"
"""A whole number; ``1.0`` is what some programs make of 1 where a cell of the column is empty."""
LONGEST_ID = 100
SHOWN = 60
HUGE = 10**12

Value = str | float | int | bool | tuple[str, ...]


def shorten(text: str, length: int = SHOWN) -> str:
    """``text`` for a message, cut where it is long."""
    return text if len(text) <= length else text[: length - 1] + "…"


@dataclass(frozen=True)
class Column:
    """One column of a manifest; all but the box and the labels are keys of a sidecar too.

    part: where it goes: ``row`` ``crop`` ``labels`` ``location`` ``context``. type: one of `TYPES`.
    values: for numbers ``low..high`` or ``>low..high`` (``>``: without the lower end); whole numbers
    also ``;``-separated; for ``choice`` and ``flag`` the words; for ``id`` and ``ids`` kinds of the
    vocabulary; for ``word`` a regular expression.
    """

    name: str
    part: str
    type: str
    values: str
    meaning: str
    example: str
    source: str

    @cached_property
    def choices(self) -> tuple[str, ...]:
        """Every word the column may hold; empty where these are not a list."""
        if self.type in ("id", "ids"):
            return tuple(term for kind in split_list(self.values) for term in vocabulary().ids(kind))
        return split_list(self.values) if ".." not in self.values and self.type != "word" else ()

    @cached_property
    def limits(self) -> tuple[float, float, bool] | None:
        """Lowest and highest number, and whether the lowest itself is left out; None without limits."""
        low, dots, high = self.values.removeprefix(">").partition("..")
        return (float(low), float(high), self.values.startswith(">")) if dots else None

    @cached_property
    def syntax(self) -> re.Pattern[str] | None:
        """What the text of a cell looks like; None where every text will do or the words are listed."""
        if self.type in ("integer", "flag") and self.choices:
            return re.compile(rf"({'|'.join(self.choices)})(\.0{{0,9}})?")
        patterns = {"number": NUMBER, "integer": INTEGER, "flag": INTEGER, "word": self.values}
        return re.compile(patterns[self.type]) if self.type in patterns else None

    @cached_property
    def wanted(self) -> str:
        """What a number or a word must be, for a message."""
        if self.type == "word":
            return f"must consist of {self.values.strip('+')}"
        if self.choices:
            return f"must be {' or '.join((', '.join(self.choices[:-1]), self.choices[-1]))}"
        kind = "a whole number" if self.type == "integer" else "a number"
        low, high, above = self.limits or (float("-inf"), float("inf"), True)
        return f"must be {kind} " + (
            f"greater than {low:.7g} and at most {high:.7g}" if above else f"from {low:.7g} to {high:.7g}"
        )

    def parse(self, cell: str) -> Value:
        """The value that a cell's text stands for (not empty, no blanks around it); its form is checked.

        Raises ValueError with a sentence for the user. Whether the value is allowed is for `check`.
        """
        if self.type == "ids":
            return tuple(shorten(name, LONGEST_ID) for name in split_list(cell))
        if self.syntax is None:
            return shorten(cell, LONGEST_ID) if self.type in ("id", "choice") else cell
        if not self.syntax.fullmatch(cell):
            raise ValueError(f"{self.wanted}, not {shorten(cell)!r}{_hint(self.type, cell)}")
        if self.type == "word":
            return cell
        number = float(cell)
        if self.type == "flag":
            return bool(number)
        return number if self.type == "number" else int(number)

    def check(self, value: Value) -> Iterator[str]:
        """A sentence for the user for everything in a value of the right type that is not allowed."""
        if isinstance(value, str | tuple):
            for word in (value,) if isinstance(value, str) else value:
                if self.choices and word not in self._words:
                    yield _unknown(word, self.choices, self._what)
        elif self.limits is not None:
            low, high, above = self.limits
            if not low <= value <= high or (above and value == low):
                yield f"{self.wanted}, not {_shown(value)}"
        elif str(int(value)) not in self._words:
            yield f"{self.wanted}, not {_shown(value)}"

    @cached_property
    def _words(self) -> frozenset[str]:
        return frozenset(self.choices)

    @property
    def _what(self) -> str:
        return self.name if self.type == "choice" or ";" in self.values else self.values


@lru_cache(maxsize=1024)
def _unknown(word: str, known: tuple[str, ...], what: str) -> str:
    return unknown_id(word, known, what)  # slow, and one slip is often in every row


def _shown(number: float) -> str:
    return f"{number:.7g}" if abs(number) < HUGE or isinstance(number, float) else "a huge number"


def _hint(kind: str, cell: str) -> str:
    if kind != "word" and re.fullmatch(r"[+-]?[0-9]*,[0-9]+", cell):
        return "; use a decimal point"
    if cell.lower() in ("nan", "na", "n/a", "none", "null", "unknown", "-", "?"):
        return "; leave the cell empty where it is not known"
    return ""


def load_columns(file: Path = FILE) -> Mapping[str, Column]:
    """Name -> column in the order of the file; raises `KnowledgeError` where the file is broken."""
    found: dict[str, Column] = {}
    for line, cells in read_csv(file, HEADER):
        column = Column(**cells)
        if column.part not in PARTS or column.type not in TYPES or column.name in found:
            reason = "unknown part or type, or a second column of this name"
            raise KnowledgeError(file.name, line, column.name, reason)
        found[column.name] = column
    return MappingProxyType(found)


@cache
def columns() -> Mapping[str, Column]:
    """The columns that ship with mlcalc."""
    return load_columns()


def columns_of(part: str) -> tuple[Column, ...]:
    """The columns of one part."""
    return tuple(column for column in columns().values() if column.part == part)
