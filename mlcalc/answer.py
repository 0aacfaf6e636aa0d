"""The answer to a case: frozen types with the names of the JSON they become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

SCHEMA_VERSION = "1"


@dataclass(frozen=True)
class RowCitation:
    """A knowledge row behind a factor; ``says`` is its claim, ``quote`` its exact words."""

    row: str
    citation: str
    quote: str
    says: str


@dataclass(frozen=True)
class Factor:
    """How much one piece of evidence speaks for the entity, against mineral at large.

    log_likelihood_ratio: natural log of P(evidence | entity) / P(evidence | ``other``).
    supports: whether a row names what was seen; otherwise the rows name other values of the
        feature, or what goes with it (other members of a group, the place of a structure).
    """

    evidence: str
    log_likelihood_ratio: float
    supports: bool
    rows: tuple[RowCitation, ...]


@dataclass(frozen=True)
class Candidate:
    """One entity of the differential.

    ln(probability / other_probability) = ln(prior / other_prior) + the sum of the factors.
    """

    entity: str
    name: str
    synonyms: tuple[str, ...]
    stage: str | None
    stage_probabilities: Mapping[str, float]
    mechanism: str
    mechanisms: tuple[str, ...]
    probability: float
    prior: float
    prior_reason: str
    factors: tuple[Factor, ...]


@dataclass(frozen=True)
class TableEntry:
    """An entity that a document's table lists; ``most_frequent`` is None if not stated."""

    entity: str
    entry: str
    most_frequent: bool | None


@dataclass(frozen=True)
class TableListing:
    """A cell of a document's own table that fits the case's location and density."""

    document: str
    table: str
    row: str
    column: str
    entries: tuple[TableEntry, ...]


@dataclass(frozen=True)
class NextStep:
    """Something to find out, by the information it is expected to bring."""

    action: str
    text: str
    expected_information_bits: float
    separates: tuple[str, ...]
    citation: str
    quote: str


@dataclass(frozen=True)
class RedFlag:
    """What must not be missed."""

    text: str
    citation: str
    quote: str


@dataclass(frozen=True)
class Answer:
    """The answer to one case; `to_json` gives the object of the vocabulary's contract."""

    id: str | None
    differential: tuple[Candidate, ...]
    other_probability: float
    other_prior: float
    no_focal_density_probability: float | None
    reason: str | None
    tables: tuple[TableListing, ...]
    mechanism: Mapping[str, float]
    next_steps: tuple[NextStep, ...]
    red_flags: tuple[RedFlag, ...]
    conflicts: tuple[str, ...]
    knowledge: Mapping[str, str]

    def to_json(self) -> dict[str, Any]:
        """Plain dicts and lists; floats in full precision."""
        return {"schema_version": SCHEMA_VERSION, **asdict(self)}
