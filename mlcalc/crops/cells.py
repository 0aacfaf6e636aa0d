"""From the cells of one line of a manifest to a `ManifestRow`; what is wrong becomes a problem of the row."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from mlcalc.case import Context, Location
from mlcalc.case_json import read_place
from mlcalc.crops.columns import PARTS, columns
from mlcalc.crops.row import EDGES, CropRequest, Labels, ManifestRow, edge_problems
from mlcalc.errors import Problem
from mlcalc.imaging.box import Box

LAB = "labs."
NO_EXTRA: Mapping[str, str] = {}  # rows go to other processes, a read-only proxy cannot

Wrong = list[tuple[str, str]]
"""(column, sentence) pairs; an empty column is the row as a whole."""
Cells = tuple[str, ...]


def resolve(folder: Path, name: str) -> Path:
    """The file that ``name`` means in a manifest in ``folder``.

    Backslashes are read as slashes where no file has the name as it is and one has the other.
    """
    path = folder / name
    if "\\" in name and not os.path.exists(path):
        other = folder / name.replace("\\", "/")
        return other if os.path.exists(other) else path
    return path


class RowReader:
    """Reads the rows of one manifest.

    Locations and contexts are checked by the rules of a case. What many rows share (labels, location,
    context) is read once for all of them.
    """

    def __init__(self, file: Path, header: Sequence[str]):
        known = columns()
        self.file, self.folder, self.header = file, file.parent, header
        self.path_at = header.index("path")
        own = [(at, known[name]) for at, name in enumerate(header) if name in known]
        self.parts = {part: [pair for pair in own if pair[1].part == part] for part in PARTS}
        self.extra = [(at, name) for at, name in enumerate(header) if name and name not in known]
        self.nameless = [at for at, name in enumerate(header) if not name]
        self._order = {name: at for at, name in enumerate(header)}
        self._location = cache(self._read_location)
        self._context = cache(self._read_context)
        self._labels = cache(self._read_labels)

    def read(self, line: int, cells: Sequence[str]) -> ManifestRow:
        """One row; ``line`` is where it begins in the file."""
        cells = [cell.strip() for cell in cells]
        name = cells[self.path_at] if self.path_at < len(cells) else ""
        if len(cells) != len(self.header):
            return self.unreadable(line, _miscount(len(cells), len(self.header)), name)
        wrong: Wrong = [("", text) for text in self._nameless(cells)]
        if not name:
            wrong.append(("path", "must not be empty"))
        row = self._values("row", self._cells("row", cells), wrong)
        location, misplaced = self._location(self._cells("location", cells))
        context, denied, unclear = self._context(self._cells("context", cells))
        labels, contradicted = self._labels(self._cells("labels", cells), denied)
        frame, crop = self._crop(self._cells("crop", cells), location, context, wrong)
        mask = row.get("mask")
        return ManifestRow(
            manifest=self.file.name,
            line=line,
            path=resolve(self.folder, name),
            name=name,
            frame=frame,
            crop=crop,
            labels=labels,
            mask=None if mask is None else resolve(self.folder, mask),
            extra={column: cells[at] for at, column in self.extra} if self.extra else NO_EXTRA,
            problems=self._problems(line, [*wrong, *misplaced, *unclear, *contradicted]),
            **{key: row.get(key) for key in ("id", "patient", "study", "split", "entity")},
        )

    def unreadable(self, line: int, why: str, name: str = "") -> ManifestRow:
        """A row that is no use as a whole; what file it was about may still be known."""
        problems = self._problems(line, [("", why)])
        path = resolve(self.folder, name)
        return ManifestRow(self.file.name, line, path, name, problems=problems)

    def _problems(self, line: int, wrong: Wrong) -> tuple[Problem, ...]:
        place = f"{self.file.name}, line {line}"
        wrong.sort(key=lambda pair: self._order.get(pair[0], -1))
        return tuple([Problem(f"{place}, column {c}" if c else place, text) for c, text in wrong])

    def _nameless(self, cells: Sequence[str]) -> Iterator[str]:
        for at in self.nameless:
            if cells[at]:
                yield f"cell {at + 1} holds a value, but the header gives it no column name"

    def _cells(self, part: str, cells: Sequence[str]) -> Cells:
        return tuple([cells[at] for at, _ in self.parts[part]])

    def _values(self, part: str, cells: Cells, wrong: Wrong, check: bool = True) -> dict[str, Any]:
        """Column -> value of the cells that are not empty; one that is wrong is told and left out."""
        values: dict[str, Any] = {}
        for (_, column), cell in zip(self.parts[part], cells, strict=True):
            if not cell:
                continue
            try:
                value = column.parse(cell)
            except ValueError as error:
                wrong.append((column.name, str(error)))
                continue
            sentences = list(column.check(value)) if check else []
            wrong += [(column.name, sentence) for sentence in sentences]
            if not sentences:
                values[column.name] = value
        return values

    def _crop(
        self, cells: Cells, location: Location, context: Context, wrong: Wrong
    ) -> tuple[int | None, CropRequest]:
        values = self._values("crop", cells, wrong)
        given = [column.name for (_, column), cell in zip(self.parts["crop"], cells, strict=True) if cell]
        crop = CropRequest(
            box=_box(given, values, wrong),
            unit=values.get("box_unit", "px"),
            rotation=values.get("rotation", 0),
            mirror=values.get("mirror", False),
            mm_per_pixel=values.get("mm_per_pixel"),
            location=location,
            context=context,
        )
        return values.get("frame"), crop

    def _read_location(self, cells: Cells) -> tuple[Location, Wrong]:
        wrong: Wrong = []
        location, _, problems = read_place(self._values("location", cells, wrong, check=False), None)
        wrong += [(problem.field.removeprefix("location."), problem.message) for problem in problems]
        return location, wrong

    def _read_context(self, cells: Cells) -> tuple[Context, frozenset[str], Wrong]:
        """The context, the morphologies that it calls absent, and what is wrong with it."""
        wrong: Wrong = []
        given = self._values("context", cells, wrong, check=False)
        labs = {name.removeprefix(LAB): value for name, value in given.items() if name.startswith(LAB)}
        rest = {name: value for name, value in given.items() if not name.startswith(LAB)}
        _, context, problems = read_place(None, {**rest, "labs": labs})
        wrong += [(problem.field.removeprefix("context."), problem.message) for problem in problems]
        denied = frozenset(fact.id for fact in context.facts if fact.kind == "morphology")
        if denied:
            facts = tuple(fact for fact in context.facts if fact.kind != "morphology")
            context = replace(context, facts=facts)
        return context, denied, wrong

    def _read_labels(self, cells: Cells, denied: frozenset[str]) -> tuple[Labels, Wrong]:
        wrong: Wrong = []
        values = self._values("labels", cells, wrong)
        seen = frozenset(values.get("morphology", ()))
        stated = frozenset(values.get("absent_morphology", ()))
        for column, absent in (("absent_morphology", stated), ("absent", denied)):
            wrong += [(column, f"{term!r} is also given under morphology") for term in sorted(seen & absent)]
        complete = values.get("morphology_complete", False)
        return Labels(values.get("density"), seen, stated | denied, complete), wrong


def _box(given: Sequence[str], values: Mapping[str, Any], wrong: Wrong) -> Box | None:
    """The box where all four edges are given and none is wrong; None for no box at all."""
    missing = [edge for edge in EDGES if edge not in given]
    if len(missing) == len(EDGES):
        return None
    wrong += [(edge, "is missing; a box needs x0, y0, x1 and y1, or none of them") for edge in missing]
    if not all(edge in values for edge in EDGES):
        return None
    edges = [values[edge] for edge in EDGES]
    crossed = list(edge_problems(edges))
    wrong += crossed
    return None if crossed else Box(*edges)


def _miscount(cells: int, wanted: int) -> str:
    hint = "put a value with a comma in double quotes" if cells > wanted else "leave cells empty, not out"
    return f"has {cells} cell{'s' if cells > 1 else ''} where the header has {wanted}; {hint}"
