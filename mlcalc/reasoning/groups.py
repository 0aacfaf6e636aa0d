"""Groups of correlated evidence: the rows of ``groups.csv`` checked and made into joint tables."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlcalc.errors import KnowledgeError
from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.features import FACT_KINDS
from mlcalc.knowledge.rows import GroupRow
from mlcalc.reasoning.coupling import NO_EXAMPLE, group_table, pattern_probability
from mlcalc.reasoning.rates import Hypothesis, RowIndex, only_examples
from mlcalc.reasoning.variables import Array, Variable
from mlcalc.vocabulary import Vocabulary

LARGEST_GROUP = 4096
"""A joint table holds every combination of its members' states for every hypothesis."""


@dataclass(frozen=True)
class Group:
    """Correlated evidence as one factor.

    orders: for each member its states in the coupling's order. table: (hypotheses, states of
    member 1, …), the joint distribution under each hypothesis.
    """

    name: str
    members: tuple[str, ...]
    orders: tuple[tuple[str, ...], ...]
    table: Array

    def likelihood(self, states: Mapping[str, str]) -> Array:
        """(hypotheses,) probability of the known members' states; the others are unknown."""
        picked = [
            order.index(states[member]) if member in states else None
            for member, order in zip(self.members, self.orders, strict=True)
        ]
        return pattern_probability(self.table, picked)


def compile_groups(
    knowledge: Knowledge,
    every: Mapping[str, Variable],
    rates: Mapping[str, Array],
    index: RowIndex,
    hypotheses: Sequence[Hypothesis],
    known: Vocabulary,
) -> list[Group]:
    """All groups, in file order; raises `KnowledgeError` for one that makes no sense.

    rates: variable -> (hypotheses, states), the margins that the members keep.
    """
    rows = defaultdict(list)
    for row in knowledge.groups:
        rows[row.group].append(row)
    taken: set[str] = set()
    for name, members in rows.items():
        for row in members:
            _check_member(name, row, every, taken, known)
            taken.add(row.member)
        _check_group(name, members)
    return [_group(name, members, every, rates, index, hypotheses) for name, members in rows.items()]


def _group(
    name: str,
    rows: Sequence[GroupRow],
    every: Mapping[str, Variable],
    rates: Mapping[str, Array],
    index: RowIndex,
    hypotheses: Sequence[Hypothesis],
) -> Group:
    names = [row.member for row in rows]
    margins, examples, stated = [], [], []
    for row in rows:
        variable = every[row.member]
        spoken, example = spoken_of(variable, index, hypotheses)
        margins.append(rates[row.member][:, [variable.states.index(state) for state in row.order]])
        examples.append(np.where(example, row.order.index(variable.states[0]), NO_EXAMPLE))
        stated.append(spoken)
    follows = [[names.index(cause) for cause in row.follows] for row in rows]
    table = group_table(margins, rows[0].coupling, examples, stated, follows)
    return Group(name, tuple(names), tuple(row.order for row in rows), table)


def _check_member(
    group: str, row: GroupRow, every: Mapping[str, Variable], taken: set[str], known: Vocabulary
) -> None:
    variable = every.get(row.member)
    if variable is None or row.member in taken:
        reason = f"member {row.member!r} is no variable, or is in two groups"
        raise KnowledgeError("groups.csv", None, group, reason)
    if variable.value and known.implied(variable.feature, variable.value):
        reason = f"member {row.member!r} implies another fact and follows from that one"
        raise KnowledgeError("groups.csv", None, group, reason)
    if sorted(row.order) != sorted(variable.states):
        reason = f"order of {row.member!r} must hold {', '.join(variable.states)}"
        raise KnowledgeError("groups.csv", None, group, reason)


def _check_group(group: str, rows: Sequence[GroupRow]) -> None:
    size = math.prod(len(row.order) for row in rows)
    if size > LARGEST_GROUP:
        reason = f"{size} combinations of its members' states; at most {LARGEST_GROUP} are possible"
        raise KnowledgeError("groups.csv", None, group, reason)
    if len({row.coupling for row in rows}) != 1:
        raise KnowledgeError("groups.csv", None, group, "members with different couplings")
    members = {row.member for row in rows}
    for cause in sorted({cause for row in rows for cause in row.follows} - members):
        raise KnowledgeError("groups.csv", None, group, f"{cause!r} is followed and no member of the group")


def spoken_of(
    variable: Variable, index: RowIndex, hypotheses: Sequence[Hypothesis]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(hypotheses,) whether rows speak of the variable, and whether only as an example.

    Only facts of the context can be examples here: a yes/no fact's first state is "present".
    """
    listed = [index.listed(hypothesis, variable.feature) for hypothesis in hypotheses]
    if variable.feature not in FACT_KINDS:
        spoken = np.array([bool(values) for values in listed])
        return spoken, np.zeros_like(spoken)
    rows = [values.get(variable.value, []) for values in listed]
    spoken = np.array([bool(stated) for stated in rows])
    return spoken, np.array([bool(stated) and only_examples(stated) for stated in rows])
