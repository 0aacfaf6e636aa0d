"""Patients drawn from the model have the frequencies that the model believes in."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from mlcalc.case import Case
from mlcalc.reasoning import Reasoner, reasoner
from mlcalc.reasoning.draw import DrawnPatient, draw_patient
from mlcalc.reasoning.variables import ABSENT, PRESENT
from mlcalc.vocabulary import DENSITIES, vocabulary

COUNT = 1500
ENTITIES = ("hadd_calcific_tendinopathy", "renal_failure_calcinosis", "myositis_ossificans_circumscripta")


@pytest.fixture(scope="module")
def model_reasoner() -> Reasoner:
    return reasoner()


def hypothesis_of(found: Reasoner, entity: str) -> int:
    return [h.entity for h in found.model.hypotheses].index(entity)


def drawn(found: Reasoner, hypothesis: int, count: int = COUNT) -> list[DrawnPatient]:
    random = np.random.default_rng(1)
    return [draw_patient(found.model, hypothesis, random) for _ in range(count)]


@pytest.fixture(scope="module", params=ENTITIES)
def patients(request: pytest.FixtureRequest, model_reasoner: Reasoner) -> tuple[int, list[DrawnPatient]]:
    hypothesis = hypothesis_of(model_reasoner, request.param)
    return hypothesis, drawn(model_reasoner, hypothesis)


Patients = tuple[int, list[DrawnPatient]]


def test_density_and_shapes_have_their_rates(patients: Patients, model_reasoner: Reasoner) -> None:
    hypothesis, found = patients
    rates = model_reasoner.model.rates
    density = Counter(patient.density for patient in found)
    states = model_reasoner.model.variables["density"].states
    for state, rate in zip(states, rates["density"][hypothesis], strict=True):
        assert density[state] / COUNT == pytest.approx(rate, abs=0.05)
    for morphology in vocabulary().ids("morphology"):
        seen = np.mean([morphology in patient.morphology for patient in found])
        assert seen == pytest.approx(rates[f"morphology={morphology}"][hypothesis, 0], abs=0.05)


def test_places_have_their_rates(patients: Patients, model_reasoner: Reasoner) -> None:
    hypothesis, found = patients
    places = model_reasoner.model.location
    unnamed = [patient for patient in found if patient.location.structure is None]
    if len(unnamed) < 300:
        pytest.skip("rows name a structure of this entity nearly always")
    regions = Counter(patient.location.region for patient in unnamed)
    for region, rate in zip(places.regions.atoms, places.in_regions[hypothesis], strict=True):
        assert regions[region] / len(unnamed) == pytest.approx(rate, abs=0.07)


def test_a_structure_lies_in_its_place(patients: Patients) -> None:
    for patient in patients[1]:
        name = patient.location.structure
        if name is not None:
            structure = vocabulary().structures[name]
            assert patient.location.compartment in structure.compartments | _inside(structure.compartments)


def _inside(names: frozenset[str]) -> frozenset[str]:
    known = vocabulary().compartments
    return frozenset(inner for name in names for inner, share in known[name].covers.items() if share == 1)


def test_correlated_evidence_comes_from_its_joint_table(patients: Patients, model_reasoner: Reasoner) -> None:
    hypothesis, found = patients
    for group in model_reasoner.model.groups:
        cells = Counter(
            tuple(order.index(p.states[m]) for m, order in zip(group.members, group.orders, strict=True))
            for p in found
        )
        cell, count = cells.most_common(1)[0]
        assert count / COUNT == pytest.approx(float(group.table[(hypothesis, *cell)]), abs=0.05)


def test_a_specific_fact_brings_the_general_one(patients: Patients) -> None:
    for patient in patients[1][:300]:
        for name, state in patient.states.items():
            kind, _, fact = name.partition("=")
            if state == PRESENT and fact:
                for general in vocabulary().implied(kind, fact):
                    assert patient.states.get(f"{kind}={general}", PRESENT) != ABSENT


def test_the_reasoner_finds_patients_it_drew_itself(model_reasoner: Reasoner) -> None:
    """By prior, on density, shapes and place: calibrated by construction, so first as often as it says."""
    random, model = np.random.default_rng(2), model_reasoner.model
    weights = model.prior[:-1] / model.prior[:-1].sum()
    cases, truth = [], []
    for _ in range(400):
        hypothesis = int(random.choice(len(weights), p=weights))
        patient = draw_patient(model, hypothesis, random)
        density = {name: float(name == patient.density) for name in DENSITIES}
        shapes = {
            m: (1.0, 0.0) if m in patient.morphology else (0.0, 1.0) for m in vocabulary().ids("morphology")
        }
        places = (replace(patient.location, structure=None),)
        cases.append(Case(density=density, morphology=shapes, locations=places))
        truth.append(model.entities.index(patient.entity))
    entities = np.asarray(model_reasoner.infer(cases).entities)
    first = entities.argmax(axis=1) == np.array(truth)
    said = entities.max(axis=1)
    assert first.mean() == pytest.approx(said.mean(), abs=0.08)
