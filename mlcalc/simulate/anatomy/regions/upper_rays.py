"""Where the metacarpals and phalanges of a hand lie.

The origin is the third carpometacarpal joint; the fingers point up, the thumb is on the right.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from mlcalc.simulate.grid import Points

HERE = Path(__file__).parent
BASES = {
    1: (32.2, 5.2, 42.0),
    2: (15.6, -1.6, 6.0),
    3: (2.4, -1.2, 0.0),
    4: (-10.6, 1.0, -6.0),
    5: (-19.9, 4.6, -13.0),
}
"""Ray: x, y (mm) of the base of its metacarpal; its direction, degrees from upright to radial."""
GAPS = {"proximal": 1.9, "middle": 1.3, "distal": 1.1}
"""mm between the bones of a joint, proximal to the segment."""
ORDER = ("metacarpal", "proximal", "middle", "distal")


@dataclass(frozen=True)
class Segment:
    """One metacarpal or phalanx where it lies: its joint ends, direction (unit vector) and widths in mm."""

    ray: int
    name: str
    start: tuple[float, float]
    end: tuple[float, float]
    base: float
    shaft: float
    head: float

    @cached_property
    def along(self) -> Points:
        """Unit vector from base to head."""
        step = np.subtract(self.end, self.start)
        return np.asarray(step / np.hypot(step[0], step[1]))

    @cached_property
    def side(self) -> Points:
        """Unit vector across, to the radial side of the left hand (right on the screen when upright)."""
        return np.array([-self.along[1], self.along[0]])

    def point(self, share: float, across: float = 0.0) -> Points:
        """The point so far along (0 base, 1 head) and so many mm across."""
        start, end = np.asarray(self.start), np.asarray(self.end)
        return np.asarray(start + (end - start) * share + self.side * across)


@cache
def measures() -> dict[tuple[int, str], tuple[float, float, float, float]]:
    """(ray, segment) -> length and widths of base, shaft and head, mm."""
    with (HERE / "upper_hand.csv").open(newline="", encoding="utf-8") as lines:
        return {
            (int(row["ray"]), row["segment"]): (
                float(row["length"]),
                float(row["base"]),
                float(row["shaft"]),
                float(row["head"]),
            )
            for row in csv.DictReader(lines)
        }


def posed(random: np.random.Generator, squeeze: float) -> dict[tuple[int, str], Segment]:
    """Every metacarpal and phalanx of a hand where it lies; see `upper_hand.hand` for squeeze."""
    spread, found = random.normal(1.0, 0.35), {}
    bent = random.random() < 0.3
    for ray, (x, y, angle) in BASES.items():
        at = np.array([x * squeeze, y])
        heading = np.deg2rad(angle * (squeeze if ray > 1 else 0.8) + random.normal(0, 1.0 if ray > 1 else 6))
        for name in ORDER:
            if (ray, name) not in measures():
                continue
            length, base, shaft, head = measures()[ray, name]
            if name == "proximal":
                heading += np.deg2rad(spread * {1: -8, 2: 5, 3: 0, 4: -4, 5: -8}[ray] + random.normal(0, 2.5))
            elif name != "metacarpal":
                heading += np.deg2rad(random.normal(0, 2.5) + {2: -2, 5: 3}.get(ray, 0))
            if name != "metacarpal":
                length *= random.uniform(0.72, 1.0) if bent else random.uniform(0.95, 1.0)
                at = at + GAPS[name] * random.uniform(0.8, 1.15) * up(heading)
            end = at + length * up(heading)
            widths = np.array([base, shaft, head]) * random.normal(1, 0.03)
            found[ray, name] = Segment(ray, name, tuple(at), tuple(end), *widths)
            at = end
    return found


def up(heading: float) -> Points:
    """Unit vector, radians from upright to the right."""
    return np.array([np.sin(heading), -np.cos(heading)])
