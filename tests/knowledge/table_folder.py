"""A copy of the shipped knowledge tables that a test may break, one cell at a time."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mlcalc.knowledge.load import FOLDER

Row = dict[str, str]


@dataclass(frozen=True)
class Place:
    """Where a cell was broken: as `KnowledgeError` names it."""

    file: str
    line: int
    row: str


@dataclass(frozen=True)
class TableFolder:
    """A folder of tables with the edits that tests need."""

    path: Path

    @classmethod
    def copy_to(cls, folder: Path) -> TableFolder:
        for table in FOLDER.glob("*.csv"):
            shutil.copy(table, folder)
        return cls(folder)

    def read(self, file: str) -> list[Row]:
        with (self.path / file).open(newline="", encoding="utf-8") as stream:
            return list(csv.DictReader(stream))

    def write(self, file: str, rows: list[Row], columns: list[str] | None = None) -> None:
        with (self.path / file).open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, columns or list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def columns(self, file: str) -> list[str]:
        with (self.path / file).open(newline="", encoding="utf-8") as stream:
            return next(csv.reader(stream))

    def edit(self, file: str, change: Callable[[list[Row]], None]) -> None:
        columns, rows = self.columns(file), self.read(file)
        change(rows)
        self.write(file, rows, columns)

    def place(self, file: str, index: int) -> Place:
        """Line and key of the row at ``index``; the line is the last one of the row."""
        with (self.path / file).open(newline="", encoding="utf-8") as stream:
            reader = csv.reader(stream)
            next(reader)
            for _ in range(index):
                next(reader)
            key = next(reader)[0]
            return Place(file, reader.line_num, key)

    def find(self, file: str, /, **where: str) -> int:
        """Index of the first row with these cells."""
        for index, row in enumerate(self.read(file)):
            if where.items() <= row.items():
                return index
        raise AssertionError(f"{file} has no row with {where}")

    def set(self, file: str, column: str, content: str, /, **where: str) -> Place:
        """Overwrite one cell of the first row with the cells ``where``."""
        index = self.find(file, **where)
        self.edit(file, lambda rows: rows[index].update({column: content}))
        return self.place(file, index)

    def set_all(self, file: str, column: str, content: str, /, **where: str) -> None:
        """Overwrite one cell of every row with the cells ``where``."""

        def change(rows: list[Row]) -> None:
            for row in rows:
                if where.items() <= row.items():
                    row[column] = content

        self.find(file, **where)
        self.edit(file, change)

    def drop(self, file: str, /, **where: str) -> None:
        """Delete every row with these cells."""
        self.find(file, **where)
        kept = [row for row in self.read(file) if not where.items() <= row.items()]
        self.write(file, kept, self.columns(file))

    def repeat(self, file: str, where: dict[str, str], **cells: str) -> Place:
        """Append a copy of a row, with other cells where given."""
        row = {**self.read(file)[self.find(file, **where)], **cells}
        self.edit(file, lambda rows: rows.append(row))
        return self.place(file, len(self.read(file)) - 1)
