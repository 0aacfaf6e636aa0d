"""Whose legs and trunk are drawn: age, sex, build, and what follows for size and bone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlcalc.simulate.anatomy.regions.lower_tables import rows

_COLUMNS = ("size", "cortex", "spongy", "fat", "muscle")


@dataclass(frozen=True)
class Person:
    """One drawn person.

    age: years. size: length against the tables' adult. cortex, spongy: factors on thickness and share.
    fat, muscle: factors on the layer below the skin and on what lies between it and the bone.
    """

    age: float
    sex: str
    size: float
    cortex: float
    spongy: float
    fat: float
    muscle: float

    @property
    def child(self) -> bool:
        """Whether growth plates may be open."""
        return self.age < 19


def draw_person(random: np.random.Generator) -> Person:
    """A person: one in seven a child, the others 19 to 92 years old."""
    age = float(random.uniform(2, 18) if random.random() < 0.14 else random.triangular(19, 58, 92))
    sex = "F" if random.random() < 0.5 else "M"
    size, cortex, spongy, fat, muscle = (_at(column, age) for column in _COLUMNS)
    if sex == "F" and age > 13:
        size, cortex, fat = size * 0.925, cortex * 0.92, fat * 1.3
    spread = random.normal(0, 1, 5)
    return Person(
        age=round(age, 1),
        sex=sex,
        size=size * float(np.exp(0.045 * np.clip(spread[0], -2.5, 2.5))),
        cortex=cortex * float(np.exp(0.12 * spread[1])),
        spongy=spongy * float(np.exp(0.15 * spread[2])),
        fat=fat * float(np.exp(0.45 * np.clip(spread[3], -2, 2))),
        muscle=muscle * float(np.exp(0.1 * spread[4])),
    )


def _at(column: str, age: float) -> float:
    table = rows("growth")
    ages = [float(row["age"]) for row in table]
    return float(np.interp(age, ages, [float(row[column]) for row in table]))
