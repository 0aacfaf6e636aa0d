"""The posterior equals variable elimination by pgmpy on the same network.

The compiled numbers of a small world go into a Bayesian network: one hidden node, each factor
a child of it (a correlated group is one child with a state for each pattern). What is only
likely, or a word that covers several places, is virtual evidence on the child.
"""

from __future__ import annotations

import itertools
import warnings
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from pgmpy.factors.discrete import TabularCPD
from pgmpy.models import DiscreteBayesianNetwork

from mlcalc.case import Case
from mlcalc.reasoning import Reasoner
from mlcalc.reasoning.groups import Group

from .worlds import read_case, reasoner_of, write_world

with warnings.catch_warnings():
    # pgmpy warns about its own modules while it is imported.
    warnings.simplefilter("ignore", FutureWarning)
    from pgmpy.inference import VariableElimination

Weights = NDArray[np.float64]

GROUPS = {
    "picture": (
        0.7,
        {
            "density": "ossification;calcification;foreign_body",
            "morphology=trabecular_cortical": "present;absent",
            "morphology=geometric_sharp": "absent;present",
        },
    ),
    "urate": (
        0.8,
        {
            "conditions=gout": "present;absent",
            "labs.urate": "high;normal;low",
            "findings=tophus": "present;absent",
        },
    ),
}
FINDINGS = """
    deposit density=calcification defining
    deposit morphology=amorphous_cloudlike typical
    deposit[resting] symptoms=asymptomatic common
    deposit[resorbing] symptoms=fever common
    deposit[resorbing] morphology=fluffy_ill_defined typical
    deposit compartment=tendon typical
    deposit region=shoulder common
    tophus conditions=gout defining
    tophus labs.urate=high typical
    tophus findings=tophus common
    tophus compartment=periarticular typical
    tophus region=foot common
    tophus age=60-120 common
    bone density=ossification typical
    bone morphology=trabecular_cortical typical
    bone compartment=muscle common
    bone history=trauma common
    glass density=foreign_body defining
    glass morphology=geometric_sharp typical
    glass region=finger common
"""
LONE = ("morphology=amorphous_cloudlike", "morphology=fluffy_ill_defined")
FACTS = ("symptoms=asymptomatic", "symptoms=fever", "history=trauma", "age", "sex")


class Network:
    """A model as a pgmpy network, and cases as its evidence."""

    def __init__(self, reasoner: Reasoner):
        self.model = reasoner.model
        self.groups = {"picture": self.model.picture, "urate": self.model.groups[0]}
        self.spaces = {"compartment": self.model.location.compartments, "region": self.model.location.regions}
        tables = {name: self.model.rates[name] for name in (*LONE, *FACTS)}
        tables |= {n: g.table.reshape(len(self.model.hypotheses), -1) for n, g in self.groups.items()}
        tables |= {
            "compartment": self.model.location.in_compartments,
            "region": self.model.location.in_regions,
        }
        self.sizes = {name: table.shape[1] for name, table in tables.items()}
        self.network = DiscreteBayesianNetwork([("hypothesis", name) for name in tables])
        count = len(self.model.hypotheses)
        self.network.add_cpds(TabularCPD("hypothesis", count, self.model.prior[:, None]))
        for name, table in tables.items():
            self.network.add_cpds(TabularCPD(name, table.shape[1], table.T, ["hypothesis"], [count]))
        assert self.network.check_model()

    def posterior(self, case: Case) -> Weights:
        """(hypotheses,) by variable elimination."""
        virtual = [
            TabularCPD(name, self.sizes[name], weights[:, None] / weights.sum())
            for name, weights in self.evidence(case).items()
        ]
        found: Any = VariableElimination(self.network).query(
            ["hypothesis"], virtual_evidence=virtual or None, show_progress=False
        )
        values: Weights = found.values
        return values

    def evidence(self, case: Case) -> dict[str, Weights]:
        """Child -> weight of each of its states; children without evidence are left out."""
        found = {
            name: np.array(case.morphology[v]) for name in LONE if (v := _value(name)) in case.morphology
        }
        for name, group in self.groups.items():
            states = [
                self.weights(case, m, order) for m, order in zip(group.members, group.orders, strict=True)
            ]
            if any(len(set(weights)) > 1 for weights in states):
                found[name] = np.array([np.prod(pattern) for pattern in itertools.product(*states)])
        for name in FACTS:
            weights = self.weights(case, name, self.model.variables[name].states)
            if len(set(weights)) > 1:
                found[name] = np.array(weights)
        for place in case.locations:
            words = {"compartment": place.compartment, "region": place.region}
            found |= {f: self.spaces[f].weights(word) for f, word in words.items() if word is not None}
        return found

    def weights(self, case: Case, variable: str, order: tuple[str, ...]) -> list[float]:
        """Weight of each state of an observable, ones where it is unknown."""
        feature, context = variable.partition("=")[0], case.context
        if feature == "density":
            return [1.0 if case.density is None else case.density[state] for state in order]
        if feature == "morphology":
            seen = dict(
                zip(("present", "absent"), case.morphology.get(_value(variable), (1, 1)), strict=True)
            )
            return [float(seen[state]) for state in order]
        known: dict[str, str | None] = {
            f"{f.kind}={f.id}": "present" if f.present else "absent" for f in context.facts
        }
        known |= {f"labs.{lab}": level for lab, level in context.labs.items()} | {"sex": context.sex}
        if context.age is not None:
            scale = self.model.features.scales["age"]
            known["age"] = scale.bins()[scale.bin_of(context.age)]
        state = known.get(variable)
        return [float(state in (None, s)) for s in order]


def _value(variable: str) -> str:
    return variable.partition("=")[2]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Reasoner:
    entities = dict.fromkeys(("deposit", "tophus", "bone", "glass", "unspoken"), "")
    stages = {"deposit": {"resting": 0.7, "resorbing": 0.3}}
    folder = tmp_path_factory.mktemp("tables")
    return reasoner_of(write_world(folder, FINDINGS, entities=entities, stages=stages, groups=GROUPS))


@pytest.fixture(scope="module")
def network(small: Reasoner) -> Network:
    return Network(small)


SOFT_PICTURE = {
    "density": {"calcification": 0.5, "ossification": 0.3, "foreign_body": 0.1},
    "morphology": {"trabecular_cortical": 0.6, "geometric_sharp": 0.2, "amorphous_cloudlike": 0.3},
}
URATE = {"conditions": ["gout"], "labs": {"urate": "high"}, "findings": ["tophus"]}
CASES: dict[str, dict[str, Any]] = {
    "nothing known": {},
    "hard density": {"density": "ossification"},
    "hard density with hard morphology": {"density": "calcification", "morphology": ["amorphous_cloudlike"]},
    "soft density with soft morphology": SOFT_PICTURE,
    "a morphology that the network denies": {"morphology": {"fluffy_ill_defined": 0.0}},
    "one member of a group": {"context": {"labs": {"urate": "high"}}},
    "all members of a group": {"context": URATE},
    "members of a group that disagree": {"context": {"conditions": ["gout"], "labs": {"urate": "low"}}},
    "facts, present and absent": {
        "context": {"symptoms": ["fever"], "absent": ["trauma"], "age": 70, "sex": "F"}
    },
    "a place by its own name": {"location": {"compartment": "tendon", "region": "shoulder"}},
    "a place by an umbrella": {"location": {"compartment": "soft_tissue", "region": "upper_extremity"}},
    "everything at once": {
        **SOFT_PICTURE,
        "location": {"compartment": "bursa", "region": "hand"},
        "context": {**URATE, "symptoms": ["fever"], "age": 44},
    },
}


@pytest.mark.parametrize("parts", CASES.values(), ids=CASES)
def test_posterior_equals_variable_elimination(
    small: Reasoner, network: Network, parts: dict[str, Any]
) -> None:
    case = read_case(**parts)
    np.testing.assert_allclose(
        small.infer([case]).hypotheses[0], network.posterior(case), rtol=1e-9, atol=1e-12
    )


def test_a_group_is_one_child_with_a_state_for_every_pattern(network: Network) -> None:
    urate: Group = network.groups["urate"]
    assert network.sizes["urate"] == 2 * 3 * 2
    np.testing.assert_allclose(urate.table.reshape(len(urate.table), -1).sum(axis=1), 1, atol=1e-12)
