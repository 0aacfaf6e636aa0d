"""What the rows cover: counts by document and kind, and every section of every document."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from mlcalc.knowledge.knowledge import Knowledge

KINDS = (
    "findings",
    "associations",
    "imaging",
    "workup",
    "red_flags",
    "terminology",
    "remarks",
    "tables",
)


@dataclass(frozen=True)
class SectionCoverage:
    """A section, how many rows rest on it, and the reason if none does."""

    document: str
    section: str
    rows: int
    reason: str


@dataclass(frozen=True)
class Coverage:
    """counts: (document, kind) -> rows. sections: every section of every document."""

    counts: Counter[tuple[str, str]]
    sections: tuple[SectionCoverage, ...]
    entities: Counter[str]

    @property
    def rows(self) -> int:
        """All cited rows."""
        return sum(self.counts.values())

    @property
    def uncovered(self) -> tuple[SectionCoverage, ...]:
        """Sections with neither rows nor a reason."""
        return tuple(s for s in self.sections if not s.rows and not s.reason)


def coverage(knowledge: Knowledge) -> Coverage:
    """Count the rows."""
    counts: Counter[tuple[str, str]] = Counter()
    by_section: Counter[tuple[str, str]] = Counter()
    for kind, row in knowledge.cited():
        counts[row.document, kind] += 1
        by_section[row.document, row.section] += 1
    sections = tuple(
        SectionCoverage(s.document, s.section, by_section[s.document, s.section], s.reason_if_no_rows)
        for s in knowledge.sections
    )
    return Coverage(counts, sections, Counter(e.kind for e in knowledge.entities.values()))
