"""Plans for the crop of a simulated patient: tried again, never with another entity for a picture's sake."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from mlcalc.simulate.patients import Patient, Ward
from mlcalc.simulate.plan import Plan, for_patient
from mlcalc.simulate.render import ATTEMPTS
from mlcalc.simulate.streams import stream

PEOPLE, SAME = 8, 6
"""Patients that are tried for a crop, and how many of them have the entity and stage that was drawn first."""
PERSON = 100
"""Number of the stream of the first of them."""


def cases(plan: Plan, ward: Ward, shown: Collection[str], films: int) -> Iterator[tuple[Plan, int, Patient]]:
    """Plans of a crop with the number of the attempt, the first that can be drawn to be taken.

    Entity and stage are drawn once. A picture that fails is tried again for the same patient, then for
    others who have the same; only where none of `SAME` patients can be drawn another entity takes the place.
    shown: regions of real films. films: attempts over films, where the plan is real, before ground is drawn.
    """
    for person in range(PEOPLE):
        if person in (0, SAME):
            hypothesis = ward.hypothesis(stream(plan.seed, plan.index, "plan", 1 + person))
        patient = ward.patient(hypothesis, stream(plan.seed, plan.index, "plan", PERSON + person))
        if patient is None:
            continue
        own = for_patient(plan, patient)
        for tried in range(ATTEMPTS):
            real = plan.real and tried < films and own.region in shown
            yield replace(own, real=real), person * ATTEMPTS + tried, patient
