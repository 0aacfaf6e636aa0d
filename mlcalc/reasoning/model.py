"""The knowledge compiled into arrays: hypotheses, priors and one table per factor.

The model is a Bayesian network with one hidden node, the hypothesis (an entity in a stage, or
``other``), and factors that are independent given it: density with the morphologies that go
with it, each other morphology, location, each group of correlated evidence, and every
remaining fact by itself. A fact that implies another (acute pain: pain) hangs below that one.
``other`` has the background in every factor, so a likelihood ratio against it says how much more
(or less) the entity expects the evidence than mineral at large.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mlcalc.errors import KnowledgeError
from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.features import FACT_KINDS, SCALED, Features
from mlcalc.reasoning.groups import Group, compile_groups, spoken_of
from mlcalc.reasoning.location import LocationModel
from mlcalc.reasoning.priors import entity_priors
from mlcalc.reasoning.rates import (
    OTHER,
    Hypothesis,
    RowIndex,
    categorical_rate,
    fact_rates,
    morphology_rates,
    scaled_rate,
)
from mlcalc.reasoning.variables import ABSENT, GIVEN, PRESENT, Array, Variable, variables
from mlcalc.vocabulary import Vocabulary, vocabulary

DENSITY = "density"


@dataclass(frozen=True)
class Model:
    """Everything that the posterior needs; see the module's docstring.

    prior: (H,) float64, sums to 1. membership: (entities + 1, H) zeros and ones; ``other`` is
    the last entity. picture: the group of density and the morphologies that go with it.
    """

    hypotheses: tuple[Hypothesis, ...]
    entities: tuple[str, ...]
    prior: Array
    membership: Array
    variables: Mapping[str, Variable]
    rates: Mapping[str, Array]
    picture: Group
    lone_morphologies: tuple[str, ...]
    location: LocationModel
    groups: tuple[Group, ...]
    facts: tuple[tuple[str, str], ...]
    fact_rates: Array
    index: RowIndex
    features: Features

    @property
    def entity_prior(self) -> Array:
        """(entities + 1,) prior of each entity, ``other`` last."""
        prior: Array = self.membership @ self.prior
        return prior


def compile_model(knowledge: Knowledge, known: Vocabulary | None = None) -> Model:
    """Compile the tables; raises `KnowledgeError` where a prior, background or group is missing."""
    known = known or vocabulary()
    features = Features(known)
    features.scales = knowledge.scales
    hypotheses, prior = _hypotheses(knowledge)
    entities = (*knowledge.diagnoses, OTHER.entity)
    membership = np.array([[float(h.entity == e) for h in hypotheses] for e in entities])
    index = RowIndex(knowledge)
    every = variables(knowledge, features)
    rates = _rates(every, index, hypotheses, features, known)
    groups = compile_groups(knowledge, every, rates, index, hypotheses, known)
    pictures = [group for group in groups if DENSITY in group.members]
    if len(pictures) != 1:
        raise KnowledgeError("groups.csv", None, DENSITY, "density must be in exactly one group")
    grouped = {member for group in groups for member in group.members}
    lone = tuple(name for name, v in every.items() if v.feature == "morphology" and name not in grouped)
    nested = _nested_rates(every, rates, groups, index, hypotheses, known)
    alone = {n: v for n, v in every.items() if n not in grouped and v.feature != "morphology"}
    facts = {(n, s): rates[n][:, v.states.index(s)] for n, v in alone.items() for s in v.states} | nested
    return Model(
        hypotheses=hypotheses,
        entities=entities,
        prior=prior,
        membership=membership,
        variables=every,
        rates=rates,
        picture=pictures[0],
        lone_morphologies=lone,
        location=LocationModel(knowledge, known, index, hypotheses),
        groups=tuple(group for group in groups if group is not pictures[0]),
        facts=tuple(facts),
        fact_rates=np.stack(list(facts.values())),
        index=index,
        features=features,
    )


def _hypotheses(knowledge: Knowledge) -> tuple[tuple[Hypothesis, ...], Array]:
    priors = entity_priors(knowledge)
    hypotheses, shares = [], []
    for entity in knowledge.diagnoses:
        stages = knowledge.stages_of(entity)
        total = sum(stage.share for stage in stages)
        if stages and not total:
            raise KnowledgeError("stages.csv", None, entity, "no stage has a share")
        for stage in stages:
            if not stage.share:
                raise KnowledgeError(
                    "stages.csv", None, f"{entity} {stage.stage}", "a share of 0 is never found"
                )
            hypotheses.append(Hypothesis(entity, stage.stage))
            shares.append(priors[entity] * stage.share / total)
        if not stages:
            hypotheses.append(Hypothesis(entity, ""))
            shares.append(priors[entity])
    hypotheses.append(OTHER)
    shares.append(priors[OTHER.entity])
    return tuple(hypotheses), np.array(shares)


def _rates(
    every: Mapping[str, Variable],
    index: RowIndex,
    hypotheses: Sequence[Hypothesis],
    features: Features,
    known: Vocabulary,
) -> dict[str, Array]:
    """Variable -> (hypotheses, states)."""
    by_feature: dict[str, list[Variable]] = defaultdict(list)
    for variable in every.values():
        by_feature[variable.feature].append(variable)
    rates: dict[str, Array] = {}
    for feature, members in by_feature.items():
        if feature == "morphology":
            stacked = [morphology_rates(members, index.listed(h, feature)) for h in hypotheses]
        elif feature in FACT_KINDS:
            implied = {v.value: known.implied(feature, v.value) for v in members}
            stacked = [fact_rates(members, index.listed(h, feature), implied) for h in hypotheses]
        elif feature in SCALED:
            rates[feature] = np.stack(
                [scaled_rate(members[0], index.listed(h, feature), features) for h in hypotheses]
            )
            continue
        else:
            rates[feature] = np.stack(
                [categorical_rate(members[0], index.listed(h, feature)) for h in hypotheses]
            )
            continue
        block = np.stack(stacked)
        rates |= {variable.name: block[:, i] for i, variable in enumerate(members)}
    return rates


def _nested_rates(
    every: Mapping[str, Variable],
    rates: Mapping[str, Array],
    groups: Sequence[Group],
    index: RowIndex,
    hypotheses: Sequence[Hypothesis],
    known: Vocabulary,
) -> dict[tuple[str, str], Array]:
    """(hypotheses,) rates of facts that imply others, given these: P(acute pain | pain).

    A specific fact lies inside the general one, so together they have three possible states and
    P(specific | general) = P(specific) / P(general). Where rows speak of neither in particular
    the share is that at large.
    """
    found: dict[tuple[str, str], Array] = {}
    for name, variable in every.items():
        if variable.feature not in FACT_KINDS:
            continue
        parents = known.terms[variable.feature][variable.value].implies
        if not parents:
            continue
        general = np.min([_present(f"{variable.feature}={p}", rates, groups) for p in parents], axis=0)
        at_large = rates[name][-1, 0] / general[-1]
        spoken, _ = spoken_of(variable, index, hypotheses)
        share = np.where(spoken, rates[name][:, 0] / general, at_large).clip(1e-6, 1 - 1e-6)
        found[name, PRESENT + GIVEN] = share
        found[name, ABSENT + GIVEN] = 1 - share
        found[name, ABSENT] = 1 - share * general
        found[name, PRESENT] = share * general
    return found


def _present(name: str, rates: Mapping[str, Array], groups: Sequence[Group]) -> Array:
    """(hypotheses,) probability that a fact is present, alone or as a member of a group."""
    for group in groups:
        if name in group.members:
            return group.likelihood({name: PRESENT})
    return rates[name][:, 0]
