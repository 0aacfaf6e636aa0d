"""A case: what is known about one mineral density. Frozen types; no parsing here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

EMPTY: Mapping[str, float] = MappingProxyType({})


@dataclass(frozen=True)
class Location:
    """Where the density lies; ``None`` is unknown, never guessed."""

    compartment: str | None = None
    structure: str | None = None
    region: str | None = None

    @property
    def known(self) -> bool:
        """Whether any part is known."""
        return any((self.compartment, self.structure, self.region))

    def __str__(self) -> str:
        parts = (self.compartment, self.structure, self.region)
        return "/".join(part for part in parts if part) or "unknown"


@dataclass(frozen=True, order=True)
class Fact:
    """One statement of the clinical context: ``conditions=gout`` is present or absent.

    ``kind`` is ``conditions``, ``history``, ``symptoms``, ``findings``, ``tests``,
    ``distribution``, ``evolution`` or ``ancestry``.
    """

    kind: str
    id: str
    present: bool = True

    def __str__(self) -> str:
        return f"{self.kind}={self.id}" if self.present else f"no {self.kind}={self.id}"


@dataclass(frozen=True)
class Context:
    """Clinical context. What is not in it is unknown, which is not "no"."""

    age: float | None = None
    sex: str | None = None
    weeks_since_onset: float | None = None
    labs: Mapping[str, str] = field(default_factory=dict)
    calcium_phosphate_product: float | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True)
class Case:
    """One case.

    density: id -> probability over the four classes (sums to 1), or None when unknown.
    morphology: id -> (weight of "seen", weight of "not seen"), each in [0, 1]; an id that is
        missing is unknown. A person's list gives (1, 0); a probability p gives (p, 1 - p).
    locations: none, one, or several places at once.
    """

    id: str | None = None
    density: Mapping[str, float] | None = None
    morphology: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    locations: tuple[Location, ...] = ()
    context: Context = Context()
