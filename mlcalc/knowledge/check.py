"""Checks beyond what loading refuses: duplicates, silent conflicts, entities nothing speaks of."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from mlcalc.knowledge.knowledge import Knowledge
from mlcalc.knowledge.rows import Finding

DENIES = ("excluded", "very_rare", "rare")
AFFIRMS = ("common", "typical", "defining")
HALF, RARE = 0.5, 0.05
"""Numbers from a half up affirm, numbers up to one in twenty deny."""
LIKELIHOODS = ("calcified_films", "patients_with_disease")


def problems(knowledge: Knowledge) -> list[str]:
    """Everything that is wrong with the rows, one sentence each; empty if nothing is."""
    return [
        *_duplicates(knowledge),
        *_silent_conflicts(knowledge),
        *_unreachable(knowledge),
        *_sections_without_rows(knowledge),
        *_contradictions_without_rows(knowledge),
        *_cuts_without_rows(knowledge),
    ]


def _duplicates(knowledge: Knowledge) -> Iterator[str]:
    seen: dict[tuple[str, ...], str] = {}
    for row in knowledge.findings:
        fact = (row.entity, row.stage, row.feature, row.value)
        key = (*fact, row.strength.text, row.conditional_on, row.document, row.quote)
        if key in seen:
            yield f"{row.id} repeats {seen[key]}: {row.entity} {row.feature}={row.value}"
        seen[key] = row.id


def _silent_conflicts(knowledge: Knowledge) -> Iterator[str]:
    """One row affirms what another denies, and neither names the known disagreement."""
    facts: dict[tuple[str, str, str, str], list[Finding]] = defaultdict(list)
    for row in knowledge.findings:
        if row.weight > 0 and row.conditional_on in LIKELIHOODS:
            facts[row.entity, row.stage, row.feature, row.value].append(row)
    for (entity, _, feature, value), rows in facts.items():
        affirm = [row for row in rows if _affirms(row)]
        deny = [row for row in rows if _denies(row)]
        if affirm and deny and not any(row.contradiction for row in (*affirm, *deny)):
            ids = ", ".join(row.id for row in (*affirm, *deny))
            yield f"{entity} {feature}={value}: {ids} contradict each other without a contradiction id"


def _affirms(row: Finding) -> bool:
    return row.strength.band in AFFIRMS or (row.strength.numeric and row.strength.low >= HALF)


def _denies(row: Finding) -> bool:
    return row.strength.band in DENIES or (row.strength.numeric and row.strength.high <= RARE)


def _unreachable(knowledge: Knowledge) -> Iterator[str]:
    spoken_of = {row.entity for row in knowledge.findings if row.weight > 0}
    named = Counter(getattr(row, "entity", "") for _, row in knowledge.cited())
    for entity in knowledge.entities.values():
        lineage = knowledge.lineage(entity.id)
        if entity.kind == "diagnosis" and entity.id not in spoken_of:
            yield f"{entity.id}: a diagnosis without a finding row of its own"
        elif entity.kind == "group" and not knowledge.members.get(entity.id):
            yield f"{entity.id}: a group without a diagnosis"
        elif entity.kind == "mimic" and not any(named[name] for name in lineage):
            targets = {row.target for row in knowledge.associations}
            if entity.id not in targets:
                yield f"{entity.id}: a mimic that no row names"


def _sections_without_rows(knowledge: Knowledge) -> Iterator[str]:
    used = {(row.document, row.section) for _, row in knowledge.cited()}
    for section in knowledge.sections:
        if (section.document, section.section) not in used and not section.reason_if_no_rows:
            yield f"{section.document}: section {section.section!r} has no rows and no reason"


def _cuts_without_rows(knowledge: Knowledge) -> Iterator[str]:
    rows = {(row.document, row.table, row.row) for row in knowledge.tables}
    for cut in knowledge.cuts:
        if not cut.rows:
            yield f"location_cuts.csv: {cut.category} / {cut.compartment} names no table row"
        for row in cut.rows:
            if (cut.document, cut.cut, row) not in rows:
                yield f"location_cuts.csv: {cut.document} {cut.cut} has no row {row!r}"


def _contradictions_without_rows(knowledge: Knowledge) -> Iterator[str]:
    for contradiction in knowledge.contradictions.values():
        if not contradiction.ruling:
            yield f"contradiction {contradiction.id}: no ruling"
