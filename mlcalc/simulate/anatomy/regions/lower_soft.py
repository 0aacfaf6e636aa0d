"""The soft tissue of a frame: skin and fat, fat planes and folds, gas in the bowel."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.parts import Band, Cavity, Envelope
from mlcalc.simulate.anatomy.regions.lower_person import Person
from mlcalc.simulate.anatomy.regions.lower_pose import Pose
from mlcalc.simulate.anatomy.regions.lower_tables import Row, number, rows_of, run
from mlcalc.simulate.anatomy.shapes import ellipse, roughened, spline


def skin(frame: str, person: Person, pose: Pose) -> tuple[Envelope, ...]:
    """The envelopes of a frame: the build changes muscle and fat, not the bones."""
    found = []
    for row in rows_of("skin", frame):
        cell = run(row["points"], row["group"])
        base = number(row, "fat")
        for mirrored in (False, True) if row["both"] == "1" else (False,):
            path = pose.place(cell.values[:, :2], cell.groups, number(row, "z"), mirrored)
            # Fat as in the table belongs to the table's radius; what a person has more or less shows outside.
            # A third of the rest is bone, which neither training nor hunger changes.
            muscle = (cell.values[:, 2] - base) * (1 / 3 + 2 / 3 * person.muscle)
            fat = np.full(len(path), base * person.fat)
            radius, flatness = (muscle + fat) * person.size, number(row, "flatness")
            found.append(Envelope(path, radius, fat * person.size, flatness))
    return tuple(found)


def bands(frame: str, person: Person, pose: Pose, random: np.random.Generator) -> tuple[Band, ...]:
    """Fat planes, vessels and folds, each as far as the drawn person shows it."""
    found = []
    for row in rows_of("bands", frame):
        shown = random.random() < number(row, "chance", 1)
        strength = float(random.uniform(0.5, 1.4)) * person.size
        cell = run(row["points"], row["group"])
        for mirrored in (False, True) if row["both"] == "1" else (False,):
            path = pose.place(cell.values[:, :2], cell.groups, number(row, "z"), mirrored)
            width, depth = number(row, "width") * person.size, number(row, "depth") * strength
            if shown:
                found.append(Band(path, width, depth, row["material"], row["added"] == "1"))
    return tuple(found)


def gas(frame: str, pose: Pose, random: np.random.Generator) -> tuple[Cavity, ...]:
    """Gas and stool in the bowel: clumps of bubbles, none to many."""
    found: list[Cavity] = []
    for row in rows_of("gas", frame):
        if random.random() < number(row, "chance"):
            found += _clump(row, pose, random)
    return tuple(found)


def _clump(row: Row, pose: Pose, random: np.random.Generator) -> list[Cavity]:
    way = spline(run(row["points"]).values[:, :2], 6, closed=False)
    low, high = number(row, "size_low"), number(row, "size_high")
    rings, depths = [], []
    for _ in range(int(random.integers(2, int(number(row, "most")) + 1))):
        size = float(np.exp(random.uniform(np.log(low), np.log(high))))
        x, y = way[random.integers(len(way))] + random.normal(0, number(row, "spread"), 2)
        half = (size, size * random.uniform(0.45, 0.95))
        rings.append(roughened(ellipse((x, y), half, random.uniform(0, 3.14), 28), random, 0.1 * size, 5))
        depths.append((float(size * random.uniform(0.5, 1.4)), size * 0.7))
    points = np.concatenate(rings)
    placed = np.split(pose.place(points, "." * len(points)), len(rings))
    return [Cavity(ring, depth, rounding) for ring, (depth, rounding) in zip(placed, depths, strict=True)]
