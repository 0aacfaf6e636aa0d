"""Where the points of a frame come to lie: joints bent, limb rotated, tube tilted, a person's own shape."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from mlcalc.simulate.anatomy.parts import Numbers
from mlcalc.simulate.anatomy.regions.lower_tables import Row, number, rows_of
from mlcalc.simulate.grid import Points
from mlcalc.simulate.site import turning

Hinge = tuple[float, float, float]
"""Angle in radians, x and y of the pivot in mm."""


@dataclass(frozen=True, eq=False)
class Pose:
    """One person's posture in one frame, radians and millimetres.

    hinges: turns of each group, in order. rotation: of the limb about its long axis. tilt: of the tube along
    it. waves: (m, 6) a smooth warp that makes the person's own shape: amplitude x, y; wave x, y; phases.
    size: scale about the origin. origin: the point that becomes (0, 0).
    """

    hinges: Mapping[str, tuple[Hinge, ...]]
    rotation: float
    tilt: float
    waves: Numbers
    bend: float
    size: float
    origin: tuple[float, float]

    def place(
        self, points: Points, groups: str, z: Numbers | float = 0.0, mirrored: Numbers | bool = False
    ) -> Points:
        """Points of the frame (n, 2), z mm in front of the mid-plane, in millimetres of the layout.

        groups: a letter for each point. z, mirrored: for all, or one for each point.
        """
        return self._look(self._bent(points, groups, mirrored), z, None)

    def place_bodies(
        self, points: Points, groups: str, z: Numbers, mirrored: Numbers, centres: Points
    ) -> Points:
        """Like `place` for solid bones about their centres (n, 2), shifted by a rotation, not narrowed."""
        middle = self._bent(centres, groups, mirrored)
        return self._look(self._bent(points, groups, mirrored), z, middle[:, 0])

    def _bent(self, points: Points, groups: str, mirrored: Numbers | bool) -> Points:
        moved = np.array(points[:, :2], np.float64)
        letters = np.frombuffer(groups.encode("ascii"), np.uint8)
        for group, hinges in self.hinges.items():
            chosen = letters == ord(group)
            for angle, x, y in hinges if chosen.any() else ():
                moved[chosen] = _turned(moved[chosen], angle, x, y)
        moved[:, 0] *= 1 - 2 * np.asarray(mirrored, np.float64)
        return moved

    def _look(self, points: Points, z: Numbers | float, centre: Numbers | None) -> Points:
        x, y = points[:, 0], points[:, 1]
        middle = x if centre is None else centre
        shown = middle * np.cos(self.rotation) + z * np.sin(self.rotation) + (x - middle)
        lifted = y + z * np.tan(self.tilt)
        phase_x = shown[:, None] * self.waves[:, 2] + lifted[:, None] * self.waves[:, 3]
        wave_x = (self.waves[:, 0] * np.sin(phase_x + self.waves[:, 4])).sum(1)
        wave_y = (self.waves[:, 1] * np.sin(phase_x + self.waves[:, 5])).sum(1)
        return (np.stack([shown + wave_x, lifted + wave_y], 1) - self.origin) * self.size


def _turned(points: Points, angle: float, x: float, y: float) -> Points:
    (a, b), (c, d) = turning(angle)
    dx, dy = points[:, 0] - x, points[:, 1] - y
    return np.stack([x + a * dx + b * dy, y + c * dx + d * dy], 1)


def draw_pose(view: Row, size: float, random: np.random.Generator) -> Pose:
    """A posture within the ranges of a row of lower_views.csv."""
    rotation, tilt, bend = (
        float(np.radians(random.uniform(number(view, f"{name}_low"), number(view, f"{name}_high"))))
        for name in ("rotation", "tilt", "bend")
    )
    hinges: dict[str, tuple[Hinge, ...]] = {}
    for row in rows_of("hinges", view["frame"]):
        hinge = (bend * number(row, "factor"), number(row, "x"), number(row, "y"))
        hinges[row["group"]] = (*hinges.get(row["group"], ()), hinge)
    origin = (number(view, "x"), number(view, "y"))
    return Pose(hinges, rotation, tilt, _waves(random), bend, size, origin)


def _waves(random: np.random.Generator) -> Numbers:
    """Four waves of 110 to 400 mm, of about a hundredth of their length."""
    length, way = random.uniform(110, 400, 4), random.uniform(0, 2 * np.pi, 4)
    height = random.normal(0, 0.0045, (2, 4)) * length
    turn = 2 * np.pi / length
    phases = random.uniform(0, 2 * np.pi, (2, 4))
    return np.stack([height[0], height[1], turn * np.cos(way), turn * np.sin(way), phases[0], phases[1]], 1)
