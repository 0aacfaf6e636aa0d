"""The bones of a ray of the hand, from the front and from the side."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlcalc.simulate.anatomy.long_bones import CONDYLES, DOME, FLAT, HOLLOW, Cap, long_bone
from mlcalc.simulate.anatomy.parts import Bone, Cut, Ridge
from mlcalc.simulate.anatomy.regions.upper_rays import Segment, measures, up
from mlcalc.simulate.anatomy.shapes import roughened

Station = tuple[float, float, float, float, float]
"""See `long_bones.long_bone`."""
BLOB: Cap = [(1.25, 0.25), (1.1, 0.75), (0.6, 1.15), (0.0, 1.25), (-0.6, 1.15), (-1.1, 0.75), (-1.25, 0.25)]


def ray_bone(s: Segment, random: np.random.Generator) -> list[tuple[str, Bone]]:
    """A metacarpal or phalanx from the front, and the dense plate at its base."""
    b, h = s.base / 2, s.head / 2
    length = float(np.hypot(s.end[0] - s.start[0], s.end[1] - s.start[1]))
    ends = {"metacarpal": (DOME, 0.52 * h), "distal": (BLOB, 0.82 * h)}
    far, inset = ends.get(s.name, (CONDYLES, 0.48 * h))
    tilt = random.normal(0, 0.04)
    rows = _distal_widths(s) if s.name == "distal" else _shaft_widths(s, tilt)
    start = np.asarray(s.start) + s.along * 0.14 * b
    end = np.asarray(s.end) - s.along * inset
    middle = (start + end) / 2 + s.side * random.normal(0, 0.012) * length
    depth = {"metacarpal": 0.95, "distal": 0.62}.get(s.name, 0.8)
    near = HOLLOW if s.name != "metacarpal" else FLAT
    bone = long_bone(np.array([start, middle, end]), rows, depth, caps=(near, far))
    bone = replace(bone, outline=roughened(bone.outline, random, 0.12))
    plate = np.array([s.point(0.02, -b * 0.8), s.point(0.02 + 0.9 / length), s.point(0.02, b * 0.8)])
    return [(f"{s.name}_{s.ray}", bone), (f"{s.name}_{s.ray}_plate", Ridge(plate, 1.0, 1.2))]


def _distal_widths(s: Segment) -> list[Station]:
    b, m, h = s.base / 2, s.shaft / 2, s.head / 2
    return [
        (0, b, b, 0.5, 0.6),
        (0.1, b * 0.98, b * 0.98, 0.6, 0.5),
        (0.32, m * 1.25, m * 1.25, 1.1, 0.3),
        (0.6, m, m, 1.3, 0.2),
        (0.85, m * 1.1, m * 1.1, 0.9, 0.3),
        (1, h * 0.72, h * 0.72, 0.5, 0.45),
    ]


def _shaft_widths(s: Segment, tilt: float) -> list[Station]:
    b, m, h = s.base / 2, s.shaft / 2, s.head / 2
    c = s.shaft * (0.27 if s.name == "metacarpal" else 0.23)
    return [
        (0, b * (1 + tilt), b * (1 - tilt), 0.6, 0.6),
        (0.06, b, b, 0.6, 0.55),
        (0.16, b * 0.45 + m * 0.55, b * 0.5 + m * 0.5, 1.0, 0.4),
        (0.32, m * 1.08, m * 1.06, c * 0.85, 0.14),
        (0.52, m, m, c, 0.05),
        (0.7, m * 1.06, m * 1.06, c * 0.8, 0.12),
        (0.83, h * 0.82, h * 0.82, 0.9, 0.4),
        (0.93, h, h, 0.6, 0.55),
        (1, h * 0.9, h * 0.9, 0.5, 0.6),
    ]


def growth_plate(s: Segment, name: str) -> Cut:
    """The growth plate: at the head of metacarpals 2-5, at the base of all others."""
    length = float(np.hypot(*np.subtract(s.end, s.start)))
    at = 1 - s.head * 0.62 / length if s.name == "metacarpal" and s.ray > 1 else 3.2 / length
    half = s.base * 0.62
    bow = 0.9 / length
    path = np.array([s.point(at, -half), s.point(at + bow), s.point(at, half)])
    return Cut(path, 1.3, 0.92, rim=0.5, bone=name)


def ray_from_side(
    random: np.random.Generator, ray: int, start: tuple[float, float], lean: float, name: str = "metacarpal"
) -> list[tuple[str, Bone]]:
    """A metacarpal or phalanx from the side, palm on the left; lean: degrees from upright to the right."""
    length, base, shaft, head = measures()[ray, name]
    ahead = up(np.deg2rad(lean))
    back = np.array([-ahead[1], ahead[0]])
    near, far = np.asarray(start), np.asarray(start) + ahead * (length - 0.4 * head)
    # The shaft is bowed to the back; its palm side is hollow, the head stands out to the palm.
    middle = (near + far) / 2 + back * shaft * (0.16 if name == "metacarpal" else 0.1)
    b, m, h = base * 0.44, shaft * 0.46, head * 0.46
    flat = name == "distal"
    rows = [
        (0, b, b, 0.6, 0.6),
        (0.08, b * 0.94, b * 0.96, 0.7, 0.5),
        (0.25, m * 1.12, m * 1.2, shaft * 0.18, 0.2),
        (0.5, m, m, shaft * 0.25, 0.06),
        (0.75, m * (0.7 if flat else 1.05), m * (0.7 if flat else 1.05), shaft * 0.16, 0.2),
        (0.92, h * (0.5 if flat else 0.86), h * (0.5 if flat else 1.1), 0.6, 0.5),
        (1, h * (0.45 if flat else 0.8), h * (0.45 if flat else 1.0), 0.5, 0.55),
    ]
    bone = long_bone(np.array([near, middle, far]), rows, 1.0, caps=(HOLLOW, DOME))
    outline = roughened(bone.outline, random, 0.12)
    return [(f"{name}_{ray}", replace(bone, outline=outline))]
