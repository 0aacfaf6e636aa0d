"""The knowledge as pages for the terminal: one entity, and what the rows cover."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.coverage import KINDS, Coverage
from mlcalc.knowledge.rows import Cited, Finding

SUMMARY = (
    *("relation", "target", "modality", "aspect", "term", "ruling", "topic"),
    *("table", "row", "column", "entry", "statement", "text"),
)
"""Columns that say what a row is about, in reading order, whichever table it is from."""


def entity_page(knowledge: Knowledge, entity_id: str) -> RenderableType:
    """Everything that rows say of one entity and of the groups above it."""
    entity = knowledge.entities[entity_id]
    parts: list[RenderableType] = [
        Text(entity.name, style="bold"),
        Text(f"{entity.id} · {entity.kind} · {', '.join(entity.mechanism)}", style="dim"),
        Text(entity.definition),
    ]
    if entity.synonyms:
        parts.append(Text("also: " + "; ".join(entity.synonyms)))
    if entity.kind == "group":
        parts.append(Text("holds: " + ", ".join(knowledge.members[entity_id])))
    for stage in knowledge.stages_of(entity_id):
        parts.append(Text(f"stage {stage.order}: {stage.name} ({stage.stage})"))
    for name in knowledge.lineage(entity_id):
        rows = knowledge.findings_of.get(name, ())
        if rows:
            title = "Findings" if name == entity_id else f"Findings of the group {name}"
            parts.append(Text(f"\n{title}", style="bold underline"))
            parts += [_row(knowledge, _claim(row), row) for row in rows]
    parts += _others(knowledge, entity_id)
    return Group(*parts)


def _claim(row: Finding) -> str:
    stage = f" [{row.stage}]" if row.stage else ""
    counted = "" if row.weight else " (recorded, not counted)"
    share = row.conditional_on.replace("_", " ")
    return f"{row.feature}={row.value}{stage}: {row.strength.text} of {share}{counted}"


def _others(knowledge: Knowledge, entity_id: str) -> list[RenderableType]:
    parts: list[RenderableType] = []
    for kind in KINDS[1:]:
        rows = [row for row in getattr(knowledge, kind) if _speaks_of(row, entity_id)]
        if rows:
            parts.append(Text(f"\n{kind.replace('_', ' ').capitalize()}", style="bold underline"))
            parts += [_row(knowledge, _summary(row), row) for row in rows]
    return parts


def _speaks_of(row: Cited, entity_id: str) -> bool:
    entity = getattr(row, "entity", "")
    return entity_id in (entity if isinstance(entity, tuple) else (entity,))


def _summary(row: Cited) -> str:
    """The row's own words, whichever columns its table has."""
    return " · ".join(str(value) for name in SUMMARY if (value := getattr(row, name, "")))


def _row(knowledge: Knowledge, claim: str, row: Cited) -> RenderableType:
    quote = f"“{row.quote}” — {knowledge.citation(row)} ({row.id})"
    return Group(Text(f"  {claim}"), Padding(Text(quote, style="dim"), (0, 0, 0, 6)))


def coverage_page(knowledge: Knowledge, counted: Coverage) -> RenderableType:
    """Rows by document and kind; then every section with its rows or the reason for none."""
    documents = knowledge.documents.values()
    table = Table("rows", *[d.short for d in documents], "all", box=None)
    for kind in KINDS:
        numbers = [counted.counts[d.id, kind] for d in documents]
        table.add_row(kind.replace("_", " "), *map(str, numbers), str(sum(numbers)))
    totals = [sum(counted.counts[d.id, kind] for kind in KINDS) for d in documents]
    table.add_row("all", *map(str, totals), str(counted.rows), style="bold")
    sections = Table("document", "section", "rows", box=None)
    for section in counted.sections:
        rows = str(section.rows) if section.rows else section.reason or "NONE"
        sections.add_row(knowledge.documents[section.document].short, section.section, rows)
    kinds = ", ".join(f"{number} {kind}" for kind, number in counted.entities.items())
    return Group(Text(f"Entities: {kinds}\n"), table, Text(), sections)
