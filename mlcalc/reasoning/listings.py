"""Which cells of the documents' own tables fit a case, by each document's way of cutting location."""

from __future__ import annotations

from mlcalc.answer import TableEntry, TableListing
from mlcalc.case import Case, Location
from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.rows import TableRow
from mlcalc.vocabulary import FOCAL_DENSITIES, Vocabulary

COLUMN_FROM = 0.2
"""A column headed with a density is shown from this probability on."""


def categories(knowledge: Knowledge, known: Vocabulary, location: Location) -> set[tuple[str, str, str]]:
    """(document, table, row) of every cut that holds the place; a structure gives its set."""
    if location.compartment is not None:
        compartments = {location.compartment}
    elif location.structure is not None:
        compartments = set(known.structures[location.structure].compartments)
    else:
        return set()
    return {
        (c.document, c.cut, row) for c in knowledge.cuts if c.compartment in compartments for row in c.rows
    }


def listings(knowledge: Knowledge, known: Vocabulary, case: Case) -> tuple[TableListing, ...]:
    """The table cells for the case's places and density; empty where the place is unknown."""
    held = {found for place in case.locations for found in categories(knowledge, known, place)}
    cells: dict[tuple[str, str, str, str], list[TableEntry]] = {}
    for row in knowledge.tables:
        fits = any((row.document, row.table, row.row) == cell for cell in held)
        if fits and _column_fits(row, case):
            key = (knowledge.documents[row.document].short, row.table, row.row, row.column)
            cells.setdefault(key, []).append(TableEntry(row.entity, row.entry, row.most_frequent))
    return tuple(TableListing(*key, tuple(entries)) for key, entries in cells.items())


def _column_fits(row: TableRow, case: Case) -> bool:
    column = row.column.strip().lower().replace(" ", "_")
    if case.density is None:
        return True
    if column not in FOCAL_DENSITIES:  # a table of calcification that may ossify
        return case.density["foreign_body"] < COLUMN_FROM or case.density["calcification"] >= COLUMN_FROM
    return case.density[column] >= COLUMN_FROM
