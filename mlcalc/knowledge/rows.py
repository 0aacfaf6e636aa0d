"""One frozen record per line of each knowledge table; field names are the column names.

``tables/README.md`` is the column dictionary and says what every cell means.
"""

from __future__ import annotations

from dataclasses import dataclass

from mlcalc.knowledge.strength import Strength


@dataclass(frozen=True)
class Document:
    """A source document; ``file_prefix`` finds its text among the seeds."""

    id: str
    short: str
    file_prefix: str
    citation: str
    kind: str
    licence: str


@dataclass(frozen=True)
class Entity:
    """A diagnosis, a group of diagnoses, or a mimic that shows no mineral of its own.

    ``mechanism`` lists the categories the documents file it under, the preferred one first.
    """

    id: str
    name: str
    kind: str
    parent: str
    mechanism: tuple[str, ...]
    synonyms: tuple[str, ...]
    definition: str


@dataclass(frozen=True)
class Stage:
    """A stage or form of an entity; ``share`` is how often it is met, ``reason`` why so."""

    entity: str
    stage: str
    order: int
    name: str
    share: float
    reason: str


@dataclass(frozen=True)
class Section:
    """A section of a document; one without rows must say why."""

    document: str
    section: str
    starts_with: str
    reason_if_no_rows: str


@dataclass(frozen=True)
class Band:
    """A word for a frequency and the probability it stands for."""

    band: str
    probability: float
    words: str
    reason: str


@dataclass(frozen=True)
class Cited:
    """What every row taken from a document has."""

    id: str
    document: str
    locator: str
    quote: str
    note: str

    @property
    def section(self) -> str:
        """The section part of the locator."""
        return self.locator.split(" / ")[0]

    @property
    def segments(self) -> tuple[str, ...]:
        """The verbatim pieces of the quote."""
        return tuple(part.strip() for part in self.quote.split("[...]") if part.strip())


@dataclass(frozen=True)
class Token:
    """One ``feature=value`` of a condition, or a bare ``feature`` to be found out."""

    feature: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.feature}={self.value}" if self.value else self.feature


@dataclass(frozen=True)
class Finding(Cited):
    """P(value of feature | entity, stage), as one document states it.

    ``given`` is the region of a share ``within_region``, or the share at any age (a number)
    behind a share ``population_of_age``; otherwise None.
    """

    entity: str
    stage: str
    feature: str
    value: str
    strength: Strength
    conditional_on: str
    given: str | float | None
    weight: float
    contradiction: str


@dataclass(frozen=True)
class Association(Cited):
    """How an entity relates to another entity or to a value of the vocabulary."""

    entity: str
    relation: str
    target: str


@dataclass(frozen=True)
class ImagingRemark(Cited):
    """What an imaging method shows or misses."""

    entity: str
    modality: str
    aspect: str
    statement: str


@dataclass(frozen=True)
class Workup(Cited):
    """A further examination, what it would tell, and when the documents ask for it."""

    entity: tuple[str, ...]
    when: tuple[Token, ...]
    action: str
    text: str
    resolves: tuple[Token, ...]
    kind: str


@dataclass(frozen=True)
class RedFlagRow(Cited):
    """What must not be missed when one of the entities is likely or the condition holds."""

    entity: tuple[str, ...]
    when: tuple[Token, ...]
    text: str


@dataclass(frozen=True)
class TerminologyRow(Cited):
    """What a term means and whether it should be used."""

    term: str
    entity: str
    ruling: str
    text: str


@dataclass(frozen=True)
class Remark(Cited):
    """Any other statement: pathology, epidemiology, treatment, classification …"""

    entity: str
    topic: str
    statement: str


@dataclass(frozen=True)
class TableRow(Cited):
    """One entry of a document's own table or list; ``most_frequent`` is None if not stated."""

    table: str
    row: str
    column: str
    entry: str
    entity: str
    most_frequent: bool | None


@dataclass(frozen=True)
class Cut:
    """One way a document cuts location: a category, a compartment that it holds, and the rows
    of the document's table (``cut``) that speak of it.
    """

    document: str
    cut: str
    category: str
    compartment: str
    rows: tuple[str, ...]


@dataclass(frozen=True)
class Contradiction:
    """A known disagreement between the documents and what mlcalc makes of it."""

    id: str
    topic: str
    positions: str
    ruling: str


@dataclass(frozen=True)
class Conflict:
    """Two statements that cannot both be true of one density; ``text`` says why."""

    one: Token
    other: Token
    text: str


@dataclass(frozen=True)
class PriorRow:
    """How the prior is split: ``share`` of ``name`` among the children of ``parent``.

    ``name`` is a branch or an entity. ``basis`` is ``document`` (with quote) or ``assumption``.
    """

    name: str
    parent: str
    share: float
    basis: str
    document: str
    locator: str
    quote: str
    reason: str


@dataclass(frozen=True)
class BackgroundRow:
    """Assumed frequency of a value among all soft tissue mineral on radiographs."""

    feature: str
    value: str
    probability: float
    reason: str


@dataclass(frozen=True)
class GroupRow:
    """A member of a group of correlated evidence, with its states in the coupling's order.

    ``follows``: the members that bring this one about; empty for any of them.
    """

    group: str
    member: str
    order: tuple[str, ...]
    follows: tuple[str, ...]
    coupling: float
    reason: str


@dataclass(frozen=True)
class Scale:
    """Bin edges of a number: age in years, weeks since onset, product in mg²/dL²."""

    feature: str
    edges: tuple[float, ...]
    reason: str

    def bins(self) -> tuple[str, ...]:
        """Names of the half-open bins, ``lo-hi``."""
        return tuple(f"{a:g}-{b:g}" for a, b in zip(self.edges, self.edges[1:], strict=False))

    def bin_of(self, value: float) -> int:
        """Index of the bin that holds ``value``; the last bin is closed above."""
        inner = self.edges[1:-1]
        return sum(value >= edge for edge in inner)
