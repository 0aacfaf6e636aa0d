"""Prior probabilities: the tree of ``priors.csv`` multiplied out."""

from __future__ import annotations

from collections import defaultdict

from mlcalc.errors import KnowledgeError
from mlcalc.knowledge import Knowledge

ROOT = "mineral"
OTHER_ENTITY = "other"


def entity_priors(knowledge: Knowledge) -> dict[str, float]:
    """Entity (and ``other``) -> prior; sums to 1.

    Shares of the children of a branch are normalised. A leaf may stand under several branches
    and gets the sum. Raises `KnowledgeError` where a diagnosis has no prior or a leaf is none.
    """
    children: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for row in knowledge.priors:
        children[row.parent].append((row.name, row.share))
    named = {row.name for row in knowledge.priors} | {ROOT}
    for row in knowledge.priors:
        if row.parent not in named:
            raise KnowledgeError("priors.csv", None, row.name, f"parent {row.parent!r} is no branch")
    leaves: dict[str, float] = defaultdict(float)
    waiting = [(ROOT, 1.0, 0)]
    while waiting:
        name, mass, depth = waiting.pop()
        if name not in children:
            leaves[name] += mass
            continue
        if depth > 10:
            raise KnowledgeError("priors.csv", None, name, "the branches run in a circle")
        total = sum(share for _, share in children[name])
        if not total:
            raise KnowledgeError("priors.csv", None, name, "no child of this branch has a share")
        waiting += [(child, mass * share / total, depth + 1) for child, share in children[name]]
    wanted = {*knowledge.diagnoses, OTHER_ENTITY}
    for name, mass in leaves.items():
        if mass <= 0:
            raise KnowledgeError("priors.csv", None, name, "a prior of 0 can never be overcome")
    for name in sorted(wanted ^ set(leaves)):
        missing = name in wanted
        reason = "a diagnosis without a prior" if missing else "no diagnosis and no branch"
        raise KnowledgeError("priors.csv", None, name, reason)
    return dict(leaves)
