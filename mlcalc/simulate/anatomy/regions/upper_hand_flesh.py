"""Fingers, palm and wrist around the bones of a hand."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.parts import Band, Contour, Envelope, Flesh
from mlcalc.simulate.anatomy.regions.upper_rays import BASES, ORDER, Segment
from mlcalc.simulate.anatomy.shapes import spline

Segments = dict[tuple[int, str], Segment]


def hand_flesh(
    segments: dict[tuple[int, str], Segment], squeeze: float, random: np.random.Generator
) -> list[Flesh]:
    """Fingers as tubes; palm, wrist and forearm as one contour."""
    plump = random.normal(1.0, 0.06)
    found: list[Flesh] = []
    for ray in BASES:
        chain = [segments[ray, name] for name in ORDER if (ray, name) in segments]
        thick = {1: 11.0, 2: 9.4, 3: 9.6, 4: 9.0, 5: 7.9}[ray] * plump
        rows = [(*chain[0].point(0.55 if ray > 1 else 0.35), thick * (1.12 if ray > 1 else 1.2))]
        for segment in chain[1:]:
            rows += [(*segment.point(0.0), thick * 1.02), (*segment.point(0.5), thick * 0.97)]
            thick *= 0.93
        tip = chain[-1].point(1.0, 0) - chain[-1].along * (thick - 3.5)
        rows += [(*tip, thick * 0.98)]
        table = np.array(rows)
        fat = np.full(len(table), 2.6)
        fat[-1] = 3.2
        found.append(Envelope(table[:, :2], table[:, 2], fat, 0.86))
    return [_palm(segments, squeeze, plump), *found]


def _palm(segments: dict[tuple[int, str], Segment], squeeze: float, plump: float) -> Contour:
    k = squeeze
    near = {ray: segments[ray, "metacarpal"] for ray in BASES}
    outline = [
        near[2].point(1.12, 12),
        near[3].point(1.16, 0),
        near[4].point(1.16, 0),
        near[5].point(1.15, -10),
        near[5].point(0.75, -12.5),
        near[5].point(0.35, -14),
        near[5].point(0.0, -13),
        (-33 * k, 24),
        (-33 * k, 44),
        (-35 * k, 70),
        (-39 * k, 110),
        (-42 * k, 150),
        (-44 * k, 205),
        (32 * k, 205),
        (34 * k, 150),
        (35 * k, 110),
        (35 * k, 70),
        (36.5 * k, 44),
        (39 * k, 22),
        near[1].point(0.1, 13),
        near[1].point(0.5, 14),
        near[1].point(0.8, 8),
        near[1].point(0.75, -10),
        near[2].point(0.72, 16),
    ]
    line = np.asarray(outline, np.float64)
    depth = np.interp(line[:, 1], [-70, -20, 20, 60, 200], [22, 30, 36, 38, 58]) * plump
    table = spline(np.column_stack([line, depth]), 4)
    return Contour(table[:, :2], table[:, 2], 3.5, 17.0)


def fat_planes(segments: dict[tuple[int, str], Segment], random: np.random.Generator) -> list[Band]:
    """Fat between the interossei, and beside the thenar."""
    found = []
    for ray in (2, 3, 4):
        a, b = segments[ray, "metacarpal"], segments[ray + 1, "metacarpal"]
        path = np.array([(a.point(at) + b.point(at)) / 2 for at in (0.3, 0.6, 0.95)])
        found.append(Band(path, random.uniform(2, 4), random.uniform(2, 5), "fat"))
    return found
