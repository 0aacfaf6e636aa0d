"""Patients drawn from the knowledge: what the reasoner believes, run forwards.

A case that is drawn here and judged by the same rows is no test of the rows. It tells what is lost between
a picture and its differential, and nothing about patients: scores on it are circular and are called so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mlcalc.case import Location
from mlcalc.reasoning.model import DENSITY, Model
from mlcalc.reasoning.places import Space
from mlcalc.reasoning.variables import ABSENT, GIVEN, PRESENT, Array
from mlcalc.vocabulary import vocabulary


@dataclass(frozen=True)
class DrawnPatient:
    """One patient, as the rows have it. states: every variable but density and morphology, name to state."""

    entity: str
    stage: str
    density: str
    morphology: frozenset[str]
    location: Location
    states: Mapping[str, str]


def draw_patient(model: Model, hypothesis: int, random: np.random.Generator) -> DrawnPatient:
    """Everything about one patient who has the hypothesis, each factor from its joint distribution.

    hypothesis: index into ``model.hypotheses``; not that of ``other``. Labs and other correlated evidence
    come from the joint tables of their groups, so they go together as the reasoner expects them to.
    """
    drawn = model.hypotheses[hypothesis]
    density, morphology = draw_picture(model, hypothesis, random)
    return DrawnPatient(
        entity=drawn.entity,
        stage=drawn.stage,
        density=density,
        morphology=morphology,
        location=draw_location(model, hypothesis, random),
        states=draw_states(model, hypothesis, random),
    )


def one_of(weights: Array, random: np.random.Generator) -> int:
    """An index of the flat array, by weight."""
    total = np.cumsum(weights.ravel())
    found = int(np.searchsorted(total, random.uniform(0, total[-1]), side="right"))
    return min(found, total.size - 1)


def draw_picture(
    model: Model, hypothesis: int, random: np.random.Generator, density: str | None = None
) -> tuple[str, frozenset[str]]:
    """Density and morphologies: those that go together from their joint table, the others by themselves.

    density: given, so that only the morphologies are drawn.
    """
    table = model.picture.table[hypothesis]
    if density is not None:
        axis = model.picture.members.index(DENSITY)
        given = np.array([state == density for state in model.picture.orders[axis]], dtype=float)
        table = table * given.reshape([-1 if a == axis else 1 for a in range(table.ndim)])
    cell = np.unravel_index(one_of(table, random), table.shape)
    states = {
        member: order[int(i)]
        for member, order, i in zip(model.picture.members, model.picture.orders, cell, strict=True)
    }
    seen = [name for name, state in states.items() if name != DENSITY and state == PRESENT]
    seen += [name for name in model.lone_morphologies if random.random() < model.rates[name][hypothesis, 0]]
    return states[DENSITY], frozenset(model.variables[name].value for name in seen)


def draw_location(model: Model, hypothesis: int, random: np.random.Generator) -> Location:
    """A structure as often as the rows name one, then a compartment and a region that it may lie in."""
    places = model.location
    rates = {s: float(r[hypothesis]) for s, r in places.named.items() if not np.isnan(r[hypothesis])}
    structures = list(rates)
    weights = np.array([*rates.values(), max(0.0, 1 - sum(rates.values()))])
    chosen = one_of(weights, random)
    structure = structures[chosen] if chosen < len(structures) else None
    inside = vocabulary().structures[structure] if structure else None
    compartment = _atom(
        places.compartments, places.in_compartments[hypothesis], inside.compartments if inside else None
    )
    region = _atom(places.regions, places.in_regions[hypothesis], inside.regions if inside else None)
    return Location(_pick(compartment, random), structure, _pick(region, random))


def _atom(space: Space, rates: Array, names: frozenset[str] | None) -> tuple[list[str], Array]:
    atoms, mask = list(space.atoms), space.mask(names) if names else np.ones(len(rates))
    allowed = rates * mask
    return atoms, allowed if allowed.sum() else rates


def _pick(atoms: tuple[list[str], Array], random: np.random.Generator) -> str:
    return atoms[0][one_of(atoms[1], random)]


def draw_states(model: Model, hypothesis: int, random: np.random.Generator) -> dict[str, str]:
    """Every variable but density and morphology: members of a group together, facts below what they imply."""
    states: dict[str, str] = {}
    for group in model.groups:
        table = group.table[hypothesis]
        cell = np.unravel_index(one_of(table, random), table.shape)
        states |= {m: o[int(i)] for m, o, i in zip(group.members, group.orders, cell, strict=True)}
    rates = dict(zip(model.facts, model.fact_rates[:, hypothesis], strict=True))
    specific = {name for name, state in rates if state == PRESENT + GIVEN}
    alone = dict.fromkeys(name for name, _ in rates if name not in specific)
    for name in alone:
        variable = model.variables[name]
        if variable.yes_no:
            states[name] = PRESENT if random.random() < rates[name, PRESENT] else ABSENT
        else:
            states[name] = variable.states[
                one_of(np.array([rates[name, s] for s in variable.states]), random)
            ]
    for name in sorted(specific, key=lambda n: (len(_general(model, n)), n)):
        general = all(states.get(parent) == PRESENT for parent in _general(model, name))
        share = float(rates[name, PRESENT + GIVEN]) if general else 0.0
        states[name] = PRESENT if random.random() < share else ABSENT
    return states


def _general(model: Model, name: str) -> list[str]:
    """The facts that one implies."""
    variable = model.variables[name]
    return [f"{variable.feature}={g}" for g in sorted(vocabulary().implied(variable.feature, variable.value))]
