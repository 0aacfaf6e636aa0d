"""From the cells of one line to one record; every cell is checked, a wrong one is a ValueError."""

from __future__ import annotations

from mlcalc.errors import unknown_id
from mlcalc.knowledge.features import Features
from mlcalc.knowledge.rows import (
    BackgroundRow,
    Conflict,
    Contradiction,
    Cut,
    Document,
    Entity,
    Finding,
    GroupRow,
    PriorRow,
    RedFlagRow,
    Scale,
    Section,
    Stage,
    TableRow,
    Token,
    Workup,
)
from mlcalc.knowledge.strength import parse_strength
from mlcalc.knowledge.words import CONDITIONAL_ON, ENTITY_KINDS, MECHANISMS, WORKUP_KINDS
from mlcalc.vocabulary import Vocabulary
from mlcalc.vocabulary.registry import split_list

RESERVED = ("other", "*")

Cells = dict[str, str]
"""Column name -> text of one line."""


def one_of(value: str, known: tuple[str, ...], what: str) -> str:
    """``value`` if it is one of the known words; ValueError with the nearest ones otherwise."""
    if value not in known:
        raise ValueError(unknown_id(value, known, what))
    return value


def number(text: str, low: float, high: float, inside: bool = False) -> float:
    """The number in ``text`` if it lies in [low, high], or strictly inside; ValueError otherwise."""
    try:
        value = float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None
    if not low <= value <= high or (inside and value in (low, high)):
        where = "strictly between" if inside else "between"
        raise ValueError(f"{text} must lie {where} {low:g} and {high:g}")
    return value


class CellReader:
    """Makes records; knows what the tables read so far have registered."""

    def __init__(self, known: Vocabulary):
        self.features = Features(known)
        self.ids: set[str] = set()
        self.seen: set[tuple[str, ...]] = set()
        self.documents: dict[str, Document] = {}
        self.sections: set[tuple[str, str]] = set()
        self.entities: dict[str, Entity] = {}
        self.stages: set[tuple[str, str]] = set()
        self.bands: dict[str, float] = {}
        self.contradictions: dict[str, Contradiction] = {}

    def document(self, name: str) -> str:
        """A registered document id."""
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
        """A section of a document."""
        self.document(cells["document"])
        return Section(**cells)

    def entity(self, name: str, allow_any: bool = False) -> str:
        """A registered entity id; ``*`` stands for all where that is allowed."""
        if name in self.entities or (allow_any and name == "*"):
            return name
        raise ValueError(unknown_id(name, self.entities, "entity"))

    def entity_list(self, cell: str) -> tuple[str, ...]:
        """The entities of a ``;``-separated cell."""
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

    def once(self, *key: str) -> None:
        """Refuse a second line about the same thing."""
        if key in self.seen:
            raise ValueError(f"a second {key[0]} for {' / '.join(key[1:])}")
        self.seen.add(key)

    def conditions(self, cell: str) -> tuple[Token, ...]:
        """The ``feature=value`` conditions of a ``;``-separated cell."""
        found = self.tokens(cell)
        for token in found:
            if not token.value:
                raise ValueError(f"the condition {token} needs a value: {token}=…")
        return found

    def tokens(self, cell: str) -> tuple[Token, ...]:
        """The conditions of a ``;``-separated cell."""
        return tuple(self.features.token(part) for part in split_list(cell))

    def make_entity(self, cells: Cells) -> Entity:
        """An entity; its parent is checked once all are read."""
        if cells["id"] in RESERVED:
            raise ValueError(f"{cells['id']!r} is taken: it stands for what the documents do not name")
        mechanism = tuple(one_of(m, MECHANISMS, "mechanism") for m in split_list(cells["mechanism"]))
        if not mechanism:
            raise ValueError("an entity without a mechanism; write not_applicable if there is none")
        return Entity(
            cells["id"],
            cells["name"],
            one_of(cells["kind"], ENTITY_KINDS, "kind"),
            cells["parent"],
            mechanism,
            split_list(cells["synonyms"]),
            cells["definition"],
        )

    def make_stage(self, cells: Cells) -> Stage:
        """A stage or form of an entity."""
        self.once("stage", self.entity(cells["entity"]), cells["stage"])
        self.stages.add((cells["entity"], cells["stage"]))
        share = number(cells["share"], 0, 1)
        return Stage(
            cells["entity"], cells["stage"], int(cells["order"]), cells["name"], share, cells["reason"]
        )

    def make_finding(self, cells: Cells) -> Finding:
        """A finding: feature and value of the vocabulary, a strength, what it is a share of."""
        self.entity(cells["entity"])
        if cells["stage"] and (cells["entity"], cells["stage"]) not in self.stages:
            raise ValueError(f"{cells['entity']!r} has no stage {cells['stage']!r}")
        if cells["feature"] == "stage":
            if (cells["entity"], cells["value"]) not in self.stages:
                raise ValueError(f"{cells['entity']!r} has no stage {cells['value']!r}")
        else:
            self.features.check(cells["feature"], cells["value"])
        shown = self.entities[cells["entity"]].kind != "mimic"
        if shown and cells["value"] == "no_focal_density":
            raise ValueError(
                "no_focal_density is for mimics: a differential is about a density that is there"
            )
        if cells["contradiction"] and cells["contradiction"] not in self.contradictions:
            raise ValueError(f"no contradiction {cells['contradiction']!r} in contradictions.csv")
        return Finding(
            **self.cited(cells),
            entity=cells["entity"],
            stage=cells["stage"],
            feature=cells["feature"],
            value=cells["value"],
            strength=parse_strength(cells["strength"], self.bands),
            conditional_on=one_of(cells["conditional_on"], CONDITIONAL_ON, "conditional_on"),
            given=self.given(cells["conditional_on"], cells["given"]),
            weight=number(cells["weight"], 0, 1),
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
            share = parse_strength(value, {}).probability
            if share <= 0:
                raise ValueError(f"given={cell!r}: the share at any age must be above 0")
            return share
        if cell:
            raise ValueError(f"given={cell!r} has no meaning for {conditional_on}")
        return None

    def make_workup(self, cells: Cells) -> Workup:
        """An examination."""
        return Workup(
            **self.cited(cells),
            entity=self.entity_list(cells["entity"]),
            when=self.conditions(cells["when"]),
            action=cells["action"],
            text=cells["text"],
            resolves=self.tokens(cells["resolves"]),
            kind=one_of(cells["kind"], WORKUP_KINDS, "kind"),
        )

    def make_red_flag(self, cells: Cells) -> RedFlagRow:
        """A red flag."""
        return RedFlagRow(
            **self.cited(cells),
            entity=self.entity_list(cells["entity"]),
            when=self.conditions(cells["when"]),
            text=cells["text"],
        )

    def make_table_row(self, cells: Cells) -> TableRow:
        """An entry of a document's own table."""
        frequent = {"true": True, "false": False, "": None}
        cells["most_frequent"] = cells["most_frequent"].lower()  # a spreadsheet writes TRUE
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

    def make_conflict(self, cells: Cells) -> Conflict:
        """Two statements that cannot both be true."""
        one, other = self.conditions(f"{cells['one']};{cells['other']}")
        return Conflict(one, other, cells["text"])

    def make_cut(self, cells: Cells) -> Cut:
        """A pair of a category and a compartment."""
        self.document(cells["document"])
        self.features.check("compartment", cells["compartment"])
        rows = split_list(cells["rows"])
        return Cut(cells["document"], cells["cut"], cells["category"], cells["compartment"], rows)

    def make_background(self, cells: Cells) -> BackgroundRow:
        """A background rate."""
        self.features.check(cells["feature"], cells["value"])
        self.once("background", cells["feature"], cells["value"])
        share = number(cells["probability"], 0, 1, inside=True)
        return BackgroundRow(cells["feature"], cells["value"], share, cells["reason"])

    def make_prior(self, cells: Cells) -> PriorRow:
        """A branch or leaf of the prior."""
        values = {name: cells[name] for name in cells if name != "share"}
        self.once("prior", cells["name"], cells["parent"])
        one_of(cells["basis"], ("document", "assumption"), "basis")
        if cells["basis"] == "document":
            self.document(cells["document"])
            if not cells["quote"]:
                raise ValueError("a prior taken from a document needs its quote")
        return PriorRow(share=number(cells["share"], 0, 1e9), **values)

    def make_group(self, cells: Cells) -> GroupRow:
        """A member of a group of correlated evidence."""
        coupling = number(cells["coupling"], 0, 1)
        return GroupRow(
            cells["group"],
            cells["member"],
            split_list(cells["order"]),
            split_list(cells["follows"]),
            coupling,
            cells["reason"],
        )

    def make_scale(self, cells: Cells) -> Scale:
        """The bins of a number."""
        edges = tuple(float(edge) for edge in split_list(cells["edges"]))
        if len(edges) < 2 or list(edges) != sorted(set(edges)):
            raise ValueError("edges must rise")
        return Scale(cells["feature"], edges, cells["reason"])
