"""Red flags and conflicts: what must not be missed, and what in the case does not fit together."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mlcalc.answer import Candidate, RedFlag
from mlcalc.case import Case
from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.features import Features
from mlcalc.knowledge.rows import RedFlagRow, Workup
from mlcalc.reasoning.evidence import Statements

FLAG_FROM = 0.1
"""A red flag is shown when the entities it is named for have this probability together."""
AGAINST = -1.5
"""A factor this far below zero is reported as speaking against the leading entity."""
UNEXPLAINED_FROM = 0.5

Mass = Callable[[Iterable[str]], float]


def red_flags(knowledge: Knowledge, features: Features, case: Case, mass: Mass) -> tuple[RedFlag, ...]:
    """The flags whose entity is likely and whose condition is known to hold.

    Rows that tell to avoid something (work-up of kind ``avoid``) are shown here too.
    """
    said = Statements(case, features)
    avoid = [row for row in knowledge.workup if row.kind == "avoid"]
    rows: list[RedFlagRow | Workup] = [*knowledge.red_flags, *avoid]
    found: dict[str, RedFlag] = {}
    for row in rows:
        named = bool(row.entity) and "*" not in row.entity
        if not named and not row.when:
            continue  # a general remark, true of every case
        if said.hold(row.when) and (not named or mass(row.entity) >= FLAG_FROM):
            found.setdefault(row.text, RedFlag(row.text, knowledge.citation(row), row.quote))
    return tuple(found.values())


def conflicts(
    knowledge: Knowledge, features: Features, case: Case, leading: Candidate | None, other: float
) -> tuple[str, ...]:
    """Statements that exclude each other, and what speaks against the leading entity."""
    said = Statements(case, features)
    found = []
    present = {(f.kind, f.id) for f in case.context.facts if f.present}
    absent = {(f.kind, f.id) for f in case.context.facts if not f.present}
    for kind, name in sorted(said.present & absent):
        how = "stated" if (kind, name) in present else "implied by something stated"
        found.append(f"{kind}={name} is {how} to be present and stated to be absent")
    for row in knowledge.conflicts:
        if said.hold((row.one, row.other)):
            found.append(f"{row.one} with {row.other}: {row.text}")
    if leading is not None and leading.probability > other:
        for factor in leading.factors:
            is_stage = factor.evidence.startswith("stage=")
            if factor.log_likelihood_ratio <= AGAINST and not is_stage:
                cited = f" ({factor.rows[0].citation})" if factor.rows else ""
                found.append(f"{factor.evidence} speaks against {leading.name}{cited}")
    if other >= UNEXPLAINED_FROM:
        found.append("no entity of the documents explains this combination well")
    return tuple(found)
