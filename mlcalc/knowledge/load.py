"""Reads the knowledge tables; the first broken row is refused with file, line, row and reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from mlcalc.errors import KnowledgeError
from mlcalc.knowledge.cells import CellReader, Cells, number, one_of
from mlcalc.knowledge.features import SCALED
from mlcalc.knowledge.knowledge import Knowledge
from mlcalc.knowledge.rows import (
    Association,
    Band,
    Contradiction,
    Document,
    ImagingRemark,
    Remark,
    TerminologyRow,
)
from mlcalc.knowledge.words import WORDS
from mlcalc.vocabulary import Vocabulary, vocabulary
from mlcalc.vocabulary.registry import FOLDER as VOCABULARY
from mlcalc.vocabulary.registry import read_csv

FOLDER = Path(__file__).parent / "tables"

SOURCE = "document,locator,quote,note"

R = TypeVar("R")


class _Loader(CellReader):
    """Reads one folder of tables; knows what has been read so far."""

    def __init__(self, folder: Path, known: Vocabulary):
        super().__init__(known)
        self.folder = folder

    def rows(self, file: str, columns: str, make: Callable[[Cells], R]) -> tuple[R, ...]:
        """All rows of a table; a ValueError of ``make`` becomes a `KnowledgeError`."""
        names = tuple(columns.split(","))
        made = []
        for line, cells in read_csv(self.folder / file, names):
            try:
                made.append(make(cells))
            except ValueError as error:
                raise KnowledgeError(file, line, cells[names[0]], str(error)) from error
        return tuple(made)

    def keyed(self, file: str, columns: str, make: Callable[[Cells], Any]) -> dict[str, Any]:
        """Rows of a table by their first column, which must not repeat."""
        key = columns.split(",", maxsplit=1)[0]

        def once(cells: Cells) -> tuple[str, Any]:
            if cells[key] in seen:
                raise ValueError(f"{key} {cells[key]!r} stands twice")
            seen.add(cells[key])
            return cells[key], make(cells)

        seen: set[str] = set()
        return dict(self.rows(file, columns, once))

    def load(self) -> Knowledge:
        """Read every table in the order in which they refer to each other."""
        self.documents = self.keyed(
            "documents.csv", "id,short,file_prefix,citation,kind,licence", lambda c: Document(**c)
        )
        sections = self.rows(
            "sections.csv", "document,section,starts_with,reason_if_no_rows", self.make_section
        )
        self.sections = {(s.document, s.section) for s in sections}
        bands = self.keyed(
            "strengths.csv",
            "band,probability,words,reason",
            lambda c: Band(c["band"], number(c["probability"], 0, 1, inside=True), c["words"], c["reason"]),
        )
        self.bands = {name: band.probability for name, band in bands.items()}
        self.entities = self.keyed(
            "entities.csv", "id,name,kind,parent,mechanism,synonyms,definition", self.make_entity
        )
        self.check_parents()
        stages = self.rows("stages.csv", "entity,stage,order,name,share,reason", self.make_stage)
        self.contradictions = self.keyed(
            "contradictions.csv", "id,topic,positions,ruling", lambda c: Contradiction(**c)
        )
        scales = self.keyed("scales.csv", "feature,edges,reason", self.make_scale)
        for feature in SCALED:
            if feature not in scales:
                raise KnowledgeError("scales.csv", None, feature, "no row with its bins")
        self.features.scales = scales
        return Knowledge(
            documents=self.documents,
            sections=sections,
            bands=bands,
            entities=self.entities,
            stages=stages,
            contradictions=self.contradictions,
            scales=scales,
            findings=self.rows(
                "findings.csv",
                "id,entity,stage,feature,value,strength,conditional_on,given,weight,contradiction," + SOURCE,
                self.make_finding,
            ),
            associations=self.plain("associations.csv", "id,entity,relation,target", Association),
            imaging=self.plain("imaging.csv", "id,entity,modality,aspect,statement", ImagingRemark),
            workup=self.rows(
                "workup.csv", f"id,entity,when,action,text,resolves,kind,{SOURCE}", self.make_workup
            ),
            red_flags=self.rows("red_flags.csv", f"id,entity,when,text,{SOURCE}", self.make_red_flag),
            terminology=self.plain("terminology.csv", "id,term,entity,ruling,text", TerminologyRow),
            remarks=self.plain("remarks.csv", "id,entity,topic,statement", Remark),
            tables=self.rows(
                "tables.csv",
                "id,document,table,row,column,entry,entity,most_frequent,locator,quote,note",
                self.make_table_row,
            ),
            cuts=self.rows("location_cuts.csv", "document,cut,category,compartment,rows", self.make_cut),
            conflicts=self.rows("conflicts.csv", "one,other,text", self.make_conflict),
            priors=self.rows(
                "priors.csv", "name,parent,share,basis,document,locator,quote,reason", self.make_prior
            ),
            background=self.rows("background.csv", "feature,value,probability,reason", self.make_background),
            groups=self.rows("groups.csv", "group,member,order,follows,coupling,reason", self.make_group),
            sha256=folder_hash(self.folder),
        )

    def plain(self, file: str, columns: str, cls: type[R]) -> tuple[R, ...]:
        """A cited table whose own columns are plain text, ``entity`` apart."""

        def make(cells: Cells) -> R:
            self.entity(cells["entity"], allow_any=True)
            own = {name: cells[name] for name in columns.split(",") if name != "id"}
            for name in own.keys() & WORDS.keys():
                one_of(own[name], WORDS[name], name)
            if "target" in own:
                self.target(own["target"])
            return cls(**self.cited(cells), **own)

        return self.rows(file, f"{columns},{SOURCE}", make)

    def check_parents(self) -> None:
        for entity in self.entities.values():
            seen, current = {entity.id}, entity
            while current.parent:
                parent = self.entities.get(current.parent)
                if parent is None or parent.kind != "group" or parent.id in seen:
                    reason = f"parent {current.parent!r} is no group, or a circle"
                    raise KnowledgeError("entities.csv", None, entity.id, reason)
                seen.add(parent.id)
                current = parent


def folder_hash(folder: Path) -> str:
    """SHA-256 over names and contents of tables and vocabulary: which knowledge gave an answer."""
    digest = hashlib.sha256()
    for path in (*sorted(folder.glob("*.csv")), *sorted(VOCABULARY.glob("*.csv"))):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def load_knowledge(folder: Path = FOLDER, known: Vocabulary | None = None) -> Knowledge:
    """Read all tables of ``folder``.

    Raises `KnowledgeError` (file, line, row id, reason) for the first row that cannot be used.
    """
    return _Loader(folder, known or vocabulary()).load()


@cache
def knowledge() -> Knowledge:
    """The knowledge that ships with mlcalc."""
    return load_knowledge()
