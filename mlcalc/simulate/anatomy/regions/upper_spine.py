"""Vertebrae of the neck and chest, lateral and AP, one after another along a curved column.

Lateral views look to the left. Local coordinates of a vertebra: origin in the middle of its body, y down
along the column, x to the back (lateral) or to the right (AP).
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from mlcalc.simulate.anatomy.parts import Bone, Ridge, Solid
from mlcalc.simulate.anatomy.shapes import placed
from mlcalc.simulate.anatomy.traced import Trace, traces
from mlcalc.simulate.grid import Points

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Vertebra:
    """One vertebra where it lies: width and height of its body and height of the disc below, mm."""

    name: str
    middle: tuple[float, float]
    tilt: float
    width: float
    height: float
    disc: float

    def at(self, points: Points | Sequence[Sequence[float]]) -> Points:
        """Local millimetres in those of the layout."""
        return placed(np.asarray(points, np.float64), self.middle, self.tilt)

    @property
    def top(self) -> float:
        """y of the upper end plate, local."""
        return -self.height / 2

    @property
    def below(self) -> float:
        """y of the middle of the disc below, local."""
        return self.height / 2 + self.disc / 2


@cache
def _sizes(view: str) -> tuple[tuple[str, float, float, float, float], ...]:
    with (HERE / "upper_vertebrae.csv").open(newline="", encoding="utf-8") as lines:
        return tuple(
            (row["level"], float(row[view]), float(row["height"]), float(row["disc"]), float(row["spinous"]))
            for row in csv.DictReader(lines)
        )


def column(
    first: str, last: str, view: str, middle: str, curve: float, random: np.random.Generator
) -> list[Vertebra]:
    """The vertebrae from first to last; that named ``middle`` lies at the origin.

    view: "lateral" or "ap". curve: degrees that each vertebra is tilted against the one above it.
    """
    rows = list(_sizes(view))
    names = [row[0] for row in rows]
    rows = rows[names.index(first) : names.index(last) + 1]
    centre = [row[0] for row in rows].index(middle)
    narrow = random.uniform(0.85, 1.1, len(rows))
    tilts = np.deg2rad((np.arange(len(rows)) - centre) * curve + random.normal(0, 1.0, len(rows)))
    at, places = np.zeros(2), []
    for k, row in enumerate(rows):
        if k:
            gap = rows[k - 1][2] / 2 + rows[k - 1][3] * narrow[k - 1] + row[2] / 2
            tilt = (tilts[k - 1] + tilts[k]) / 2
            at = at + gap * np.array([-np.sin(tilt), np.cos(tilt)])
        places.append(at)
    offset = places[centre]
    return [
        Vertebra(row[0], tuple(places[k] - offset), float(tilts[k]), row[1], row[2], row[3] * narrow[k])
        for k, row in enumerate(rows)
    ]


def spinous_length(level: str) -> float:
    """mm from the back of the body to the tip of the spinous process."""
    return next(row[4] for row in _sizes("lateral") if row[0] == level)


def shapes(frame: str) -> dict[str, Trace]:
    """The parts of a typical vertebra of a frame."""
    return dict(traces(HERE / "upper_spine.csv", frame))


def vertebra_bones(
    vertebrae: Sequence[Vertebra], frame: str, random: np.random.Generator
) -> list[tuple[str, Bone]]:
    """Bodies, arches and end plates; parts are drawn for a body of 16 x 13 (neck) or 30 x 20 mm (chest)."""
    found: list[tuple[str, Bone]] = []
    neck = frame.startswith("cervical")
    for v in vertebrae:
        wide, high = v.width / (16 if neck else 30), v.height / (13 if neck else 20)
        for name, trace in shapes(frame).items():
            stretch = wide
            if name == "spinous" and frame.endswith("lateral"):
                stretch = spinous_length(v.name) / (47 if neck else 62)
            part: Solid = trace.solid(
                random, v.middle, v.tilt + random.normal(0, 0.01), (stretch, high), 0.25
            )
            found.append((f"{v.name}_{name}", part))
        half = v.width / 2 * 0.86
        for side, y in (("upper", v.top + 0.8), ("lower", -v.top - 0.8)):
            plate = v.at([(-half, y), (0, y * 0.94), (half, y)])
            found.append((f"{v.name}_{side}_plate", Ridge(plate, 1.3, 5.0)))
    return found
