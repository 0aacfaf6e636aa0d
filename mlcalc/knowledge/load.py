"""Reads the knowledge tables; the first broken row is refused with file, line, row and reason."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from mlcalc.errors import KnowledgeError, unknown_id
from mlcalc.knowledge.features import Features
from mlcalc.knowledge.knowledge import Knowledge
from mlcalc.knowledge.rows import (
    Association,
    BackgroundRow,
    Band,
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
    Token,
    Workup,
)
from mlcalc.knowledge.strength import parse_strength
from mlcalc.vocabulary import Vocabulary, vocabulary
from mlcalc.vocabulary.registry import read_csv, split_list

FOLDER = Path(__file__).parent / "tables"

MECHANISMS = ("dystrophic", "iatrogenic", "metastatic", "idiopathic", "not_applicable")
ENTITY_KINDS = ("diagnosis", "group", "mimic")
CONDITIONAL_ON = (
    "calcified_films",
    "patients_with_disease",
    "diseased_who_calcify",
    "within_region",
    "population",
    "population_of_age",
    "cases_with_finding",
)
WORKUP_KINDS = ("investigate", "nothing_further", "avoid", "exclude_first", "describe")
WORDS = {
    "relation": (
        *("associated_with", "caused_by", "leads_to", "progresses_to", "form_of", "mimics"),
        *("resembles", "indistinguishable_from", "distinguished_by"),
    ),
    "modality": (
        *("radiograph", "ct", "mri", "ultrasound", "doppler", "dual_energy_ct"),
        *("nuclear_medicine", "pet", "histology"),
    ),
    "aspect": ("shows", "misses", "pitfall", "advantage"),
    "ruling": ("preferred", "synonym", "misnomer", "discouraged", "definition", "distinct_from"),
    "topic": (
        *("pathology", "epidemiology", "treatment", "prognosis", "classification"),
        *("technique", "anatomy", "mechanism"),
    ),
}
"""Columns of the plain tables that take only these words."""
SOURCE = "document,locator,quote,note"

R = TypeVar("R")
Cells = dict[str, str]


class _Loader:
    """Reads one folder of tables; knows what has been read so far."""

    def __init__(self, folder: Path, known: Vocabulary):
        self.folder = folder
        self.features = Features(known)
        self.ids: set[str] = set()
        self.documents: dict[str, Document] = {}
        self.sections: set[tuple[str, str]] = set()
        self.entities: dict[str, Entity] = {}
        self.stages: set[tuple[str, str]] = set()
        self.bands: dict[str, float] = {}
        self.contradictions: dict[str, Contradiction] = {}

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

    def document(self, name: str) -> str:
        if name in self.documents:
            return name
        raise ValueError(unknown_id(name, self.documents, "document"))

    def target(self, name: str) -> None:
        """What an association points to: an entity, or a value of the vocabulary."""
        if "=" in name:
            self.features.token(name)
        else:
            self.entity(name)

    def make_section(self, cells: Cells) -> Section:
        self.document(cells["document"])
        return Section(**cells)

    def entity(self, name: str, allow_any: bool = False) -> str:
        if name in self.entities or (allow_any and name == "*"):
            return name
        raise ValueError(unknown_id(name, self.entities, "entity"))

    def entity_list(self, cell: str) -> tuple[str, ...]:
        return tuple(self.entity(name, allow_any=True) for name in split_list(cell))

    def cited(self, cells: Cells) -> dict[str, str]:
        """The source columns, checked; the row id must be new in the whole knowledge."""
        if not cells["id"] or cells["id"] in self.ids:
            raise ValueError(f"row id {cells['id']!r} is empty or stands twice")
        self.ids.add(cells["id"])
        self.document(cells["document"])
        section = cells["locator"].split(" / ")[0]
        if (cells["document"], section) not in self.sections:
            known = [s for d, s in self.sections if d == cells["document"]]
            raise ValueError(unknown_id(section, known, "section"))
        if not cells["quote"]:
            raise ValueError("a row without a quote")
        return {name: cells[name] for name in ("id", "document", "locator", "quote", "note")}

    def tokens(self, cell: str) -> tuple[Token, ...]:
        return tuple(self.features.token(part) for part in split_list(cell))

    def make_entity(self, cells: Cells) -> Entity:
        mechanism = tuple(_one_of(m, MECHANISMS, "mechanism") for m in split_list(cells["mechanism"]))
        if not mechanism:
            raise ValueError("an entity without a mechanism; write not_applicable if there is none")
        return Entity(
            cells["id"],
            cells["name"],
            _one_of(cells["kind"], ENTITY_KINDS, "kind"),
            cells["parent"],
            mechanism,
            split_list(cells["synonyms"]),
            cells["definition"],
        )

    def make_stage(self, cells: Cells) -> Stage:
        self.stages.add((self.entity(cells["entity"]), cells["stage"]))
        share = _number(cells["share"], 0, 1)
        return Stage(
            cells["entity"], cells["stage"], int(cells["order"]), cells["name"], share, cells["reason"]
        )

    def make_finding(self, cells: Cells) -> Finding:
        self.entity(cells["entity"])
        if cells["stage"] and (cells["entity"], cells["stage"]) not in self.stages:
            raise ValueError(f"{cells['entity']!r} has no stage {cells['stage']!r}")
        if cells["feature"] == "stage":
            if (cells["entity"], cells["value"]) not in self.stages:
                raise ValueError(f"{cells['entity']!r} has no stage {cells['value']!r}")
        else:
            self.features.check(cells["feature"], cells["value"])
        if cells["contradiction"] and cells["contradiction"] not in self.contradictions:
            raise ValueError(f"no contradiction {cells['contradiction']!r} in contradictions.csv")
        return Finding(
            **self.cited(cells),
            entity=cells["entity"],
            stage=cells["stage"],
            feature=cells["feature"],
            value=cells["value"],
            strength=parse_strength(cells["strength"], self.bands),
            conditional_on=_one_of(cells["conditional_on"], CONDITIONAL_ON, "conditional_on"),
            given=self.given(cells["conditional_on"], cells["given"]),
            weight=_number(cells["weight"], 0, 1),
            contradiction=cells["contradiction"],
        )

    def given(self, conditional_on: str, cell: str) -> str | float | None:
        """What a conditional share is a share of: ``region=…`` or ``population=…%``."""
        name, _, value = cell.partition("=")
        if conditional_on == "within_region":
            if name != "region":
                raise ValueError(f"within_region needs given=region=…, not {cell!r}")
            self.features.check("region", value)
            return value
        if conditional_on == "population_of_age":
            if name != "population":
                raise ValueError(f"population_of_age needs given=population=…%, not {cell!r}")
            return parse_strength(value, {}).probability
        if cell:
            raise ValueError(f"given={cell!r} has no meaning for {conditional_on}")
        return None

    def make_workup(self, cells: Cells) -> Workup:
        return Workup(
            **self.cited(cells),
            entity=self.entity_list(cells["entity"]),
            when=self.tokens(cells["when"]),
            action=cells["action"],
            text=cells["text"],
            resolves=self.tokens(cells["resolves"]),
            kind=_one_of(cells["kind"], WORKUP_KINDS, "kind"),
        )

    def make_red_flag(self, cells: Cells) -> RedFlagRow:
        return RedFlagRow(
            **self.cited(cells),
            entity=self.entity_list(cells["entity"]),
            when=self.tokens(cells["when"]),
            text=cells["text"],
        )

    def make_table_row(self, cells: Cells) -> TableRow:
        frequent = {"true": True, "false": False, "": None}
        if cells["most_frequent"] not in frequent:
            raise ValueError(f"most_frequent must be true, false or empty, not {cells['most_frequent']!r}")
        return TableRow(
            **self.cited(cells),
            table=cells["table"],
            row=cells["row"],
            column=cells["column"],
            entry=cells["entry"],
            entity=self.entity(cells["entity"], allow_any=True),
            most_frequent=frequent[cells["most_frequent"]],
        )

    def make_cut(self, cells: Cells) -> Cut:
        self.document(cells["document"])
        self.features.check("compartment", cells["compartment"])
        return Cut(cells["document"], cells["cut"], cells["category"], cells["compartment"])

    def make_background(self, cells: Cells) -> BackgroundRow:
        self.features.check(cells["feature"], cells["value"])
        share = _number(cells["probability"], 0, 1)
        return BackgroundRow(cells["feature"], cells["value"], share, cells["reason"])

    def make_prior(self, cells: Cells) -> PriorRow:
        values = {name: cells[name] for name in cells if name != "share"}
        _one_of(cells["basis"], ("document", "assumption"), "basis")
        if cells["basis"] == "document":
            self.document(cells["document"])
            if not cells["quote"]:
                raise ValueError("a prior taken from a document needs its quote")
        return PriorRow(share=_number(cells["share"], 0, 1e9), **values)

    def make_group(self, cells: Cells) -> GroupRow:
        coupling = _number(cells["coupling"], 0, 1)
        return GroupRow(
            cells["group"], cells["member"], split_list(cells["order"]), coupling, cells["reason"]
        )

    def make_scale(self, cells: Cells) -> Scale:
        edges = tuple(float(edge) for edge in split_list(cells["edges"]))
        if len(edges) < 2 or list(edges) != sorted(set(edges)):
            raise ValueError("edges must rise")
        return Scale(cells["feature"], edges, cells["reason"])

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
            lambda c: Band(c["band"], _number(c["probability"], 0, 1), c["words"], c["reason"]),
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
            cuts=self.rows("location_cuts.csv", "document,cut,category,compartment", self.make_cut),
            conflicts=self.rows(
                "conflicts.csv",
                "one,other,text",
                lambda c: Conflict(self.features.token(c["one"]), self.features.token(c["other"]), c["text"]),
            ),
            priors=self.rows(
                "priors.csv", "name,parent,share,basis,document,locator,quote,reason", self.make_prior
            ),
            background=self.rows("background.csv", "feature,value,probability,reason", self.make_background),
            groups=self.rows("groups.csv", "group,member,order,coupling,reason", self.make_group),
            sha256=folder_hash(self.folder),
        )

    def plain(self, file: str, columns: str, cls: type[R]) -> tuple[R, ...]:
        """A cited table whose own columns are plain text, ``entity`` apart."""

        def make(cells: Cells) -> R:
            self.entity(cells["entity"], allow_any=True)
            own = {name: cells[name] for name in columns.split(",") if name != "id"}
            for name in own.keys() & WORDS.keys():
                _one_of(own[name], WORDS[name], name)
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


def _one_of(value: str, known: tuple[str, ...], what: str) -> str:
    if value not in known:
        raise ValueError(unknown_id(value, known, what))
    return value


def _number(text: str, low: float, high: float) -> float:
    value = float(text)
    if not low <= value <= high:
        raise ValueError(f"{text} must lie between {low:g} and {high:g}")
    return value


def folder_hash(folder: Path) -> str:
    """SHA-256 over the names and contents of the tables: which knowledge gave an answer."""
    digest = hashlib.sha256()
    for path in sorted(folder.glob("*.csv")):
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
