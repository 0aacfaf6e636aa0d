"""All tables in memory, with the look-ups that the reasoner and the commands need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from mlcalc.knowledge.rows import (
    Association,
    BackgroundRow,
    Band,
    Cited,
    Conflict,
    Contradiction,
    Cut,
    Document,
    Entity,
    Finding,
    GroupRow,
    ImagingRemark,
    PriorRow,
    RedFlagRow,
    Remark,
    Scale,
    Section,
    Stage,
    TableRow,
    TerminologyRow,
    Workup,
)


@dataclass(frozen=True)
class Knowledge:
    """The knowledge of the documents; read it with `load_knowledge`."""

    documents: Mapping[str, Document]
    sections: tuple[Section, ...]
    bands: Mapping[str, Band]
    entities: Mapping[str, Entity]
    stages: tuple[Stage, ...]
    findings: tuple[Finding, ...]
    associations: tuple[Association, ...]
    imaging: tuple[ImagingRemark, ...]
    workup: tuple[Workup, ...]
    red_flags: tuple[RedFlagRow, ...]
    terminology: tuple[TerminologyRow, ...]
    remarks: tuple[Remark, ...]
    tables: tuple[TableRow, ...]
    cuts: tuple[Cut, ...]
    contradictions: Mapping[str, Contradiction]
    conflicts: tuple[Conflict, ...]
    priors: tuple[PriorRow, ...]
    background: tuple[BackgroundRow, ...]
    groups: tuple[GroupRow, ...]
    scales: Mapping[str, Scale]
    sha256: str

    def cited(self) -> Iterator[tuple[str, Cited]]:
        """Every row that quotes a document, with the name of its table."""
        for name in ("findings", "associations", "imaging", "workup", "red_flags"):
            yield from ((name, row) for row in getattr(self, name))
        for name in ("terminology", "remarks", "tables"):
            yield from ((name, row) for row in getattr(self, name))

    @cached_property
    def diagnoses(self) -> tuple[str, ...]:
        """Ids of the entities that compete in a differential, in file order."""
        return tuple(e.id for e in self.entities.values() if e.kind == "diagnosis")

    def lineage(self, entity: str) -> tuple[str, ...]:
        """The entity and the groups above it, nearest first."""
        found = [entity]
        while parent := self.entities[found[-1]].parent:
            found.append(parent)
        return tuple(found)

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """Entity or group -> the diagnoses it stands for."""
        found: dict[str, list[str]] = defaultdict(list)
        for diagnosis in self.diagnoses:
            for ancestor in self.lineage(diagnosis):
                found[ancestor].append(diagnosis)
        return {name: tuple(diagnoses) for name, diagnoses in found.items()}

    @cached_property
    def findings_of(self) -> Mapping[str, tuple[Finding, ...]]:
        """Findings by the entity or group that they are filed under."""
        found: dict[str, list[Finding]] = defaultdict(list)
        for finding in self.findings:
            found[finding.entity].append(finding)
        return {name: tuple(rows) for name, rows in found.items()}

    def stages_of(self, entity: str) -> tuple[Stage, ...]:
        """Stages or forms of an entity in their order; empty if it has none."""
        return tuple(stage for stage in self.stages if stage.entity == entity)

    def citation(self, row: Cited) -> str:
        """Document and place of a row, as printed in answers."""
        return f"{self.documents[row.document].short}: {row.locator}"
