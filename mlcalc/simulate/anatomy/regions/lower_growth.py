"""Growth plates: an outline is parted into shaft and epiphysis as far as the age says."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlcalc.simulate.anatomy.parts import Numbers
from mlcalc.simulate.anatomy.regions.lower_tables import Row, number, rows, run
from mlcalc.simulate.grid import Points


@dataclass(frozen=True, eq=False)
class Grown:
    """A bone at some age, in the outline's own frame.

    pieces: (name, ring) of shaft and epiphyses, rings (n, k) with x and y first. plates: (path, whether the
    plate is still open) of the growth plates and of the scars that they leave, (2, 2).
    """

    pieces: tuple[tuple[str, Numbers], ...]
    plates: tuple[tuple[Points, bool], ...]


def grown(name: str, ring: Numbers, age: float, scar: bool, millimetre: float) -> Grown:
    """The bone of an outline at an age; ``scar`` asks for the lines of closed plates.

    millimetre: one millimetre in the outline's own units.
    """
    pieces: list[tuple[str, Numbers]] = []
    plates: list[tuple[Points, bool]] = []
    for row in rows("physes"):
        if row["outline"] != name:
            continue
        open_still = age < number(row, "closes")
        if not open_still and not scar:
            continue
        line, inside = run(row["line"]).values, run(row["inside"]).values[0]
        plates.append((_crossing(ring, line), open_still))
        if not open_still:
            continue
        centre, ring = clipped(ring, line, inside), clipped(ring, line, inside, keep=False)
        if age > number(row, "opens") and len(centre) > 3:
            pieces.append((row["bone"], _ossified(centre, line, inside, _share(row, age), millimetre)))
    return Grown((("", ring), *pieces), tuple(plates))


def clipped(ring: Numbers, line: Points, inside: Numbers, keep: bool = True) -> Numbers:
    """The part of a closed ring (n, k) on the side of a line where ``inside`` lies (or the other side)."""
    height = heights(ring, line, inside) * (1 if keep else -1)
    after, ahead = np.roll(height, -1), np.roll(ring, -1, axis=0)
    pieces: list[Numbers] = []
    for i in range(len(ring)):
        if height[i] >= 0:
            pieces.append(ring[i])
        if height[i] * after[i] < 0:
            share = height[i] / (height[i] - after[i])
            pieces.append(ring[i] + share * (ahead[i] - ring[i]))
    return np.array(pieces)


def heights(points: Points, line: Points, inside: Numbers) -> Numbers:
    """Signed distance from a line, positive on the side of ``inside``, (n,)."""
    way = (line[1] - line[0]) / np.hypot(*(line[1] - line[0]))
    normal = np.array([way[1], -way[0]])
    sign = 1.0 if (inside[:2] - line[0]) @ normal > 0 else -1.0
    result: Numbers = ((points[:, :2] - line[0]) * normal).sum(1) * sign
    return result


def _share(row: Row, age: float) -> float:
    opens, closes = number(row, "opens"), number(row, "closes")
    return float(np.clip((age - opens) / (0.8 * (closes - opens)), 0.02, 1))


def _ossified(ring: Numbers, line: Points, inside: Numbers, share: float, millimetre: float) -> Numbers:
    """The ossified middle of an epiphysis: it grows towards its edge and towards the plate."""
    centre = ring[:, :2].mean(0)
    height = heights(centre[None], line, inside)[0]
    way = (line[1] - line[0]) / np.hypot(*(line[1] - line[0]))
    normal = np.array([way[1], -way[0]])
    normal *= np.sign((inside[:2] - line[0]) @ normal)
    about = centre - 0.35 * height * normal
    result = np.array(ring)
    scale = 0.42 + 0.56 * share**0.55
    gap = (2.6 - 1.5 * share) * millimetre
    result[:, :2] = about + (ring[:, :2] - about) * scale + normal * gap * 0.8
    result[:, 2] *= scale
    return result


def _crossing(ring: Numbers, line: Points) -> Points:
    """Where a line passes through a ring: the two outermost crossings, a little inside, (2, 2)."""
    height = heights(ring, line, line[0] + np.array([line[0][1] - line[1][1], line[1][0] - line[0][0]]))
    at = np.nonzero(height * np.roll(height, -1) < 0)[0]
    way = line[1] - line[0]
    along = ((ring[at, :2] - line[0]) * way).sum(1) / (way**2).sum()
    along = along[(along > -0.15) & (along < 1.15)]
    low, high = (along.min(), along.max()) if len(along) > 1 else (0.0, 1.0)
    inset = 0.03 * (high - low)
    return np.array([line[0] + (low + inset) * way, line[0] + (high - inset) * way])
