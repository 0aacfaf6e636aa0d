"""Where foreign bodies lie, and solid material as a `Mineral`."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlcalc.simulate.grid import Grid, Map, Patch
from mlcalc.simulate.lesions.course import Course, anchor
from mlcalc.simulate.lesions.mineral import Layer, Mineral, Scene
from mlcalc.simulate.site import Ground, Value

Point = tuple[float, float]
CM_TO_MM = np.float32(10)
LEAST_BONE = 0.02
"""Mean cm of bone over the picture below which a crop is said to show none."""


@dataclass(frozen=True, slots=True)
class Pose:
    """A point (mm) and a direction (radians, clockwise from right)."""

    centre: Point
    angle: float

    def at(self, along: float, across: float = 0.0) -> Point:
        """The point so many mm ahead and to the right."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        return self.centre[0] + along * c - across * s, self.centre[1] + along * s + across * c

    def moved(self, along: float, across: float = 0.0, turn: float = 0.0) -> Pose:
        """The pose moved and turned."""
        return Pose(self.at(along, across), self.angle + turn)

    def frame(self, grid: Grid, half: tuple[float, float]) -> tuple[Patch, Map, Map]:
        """The patch of a rectangle, ``half`` mm ahead and aside, with mm ahead (u) and to the right (v)."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        wide = abs(half[0] * c) + abs(half[1] * s) + grid.mm
        high = abs(half[0] * s) + abs(half[1] * c) + grid.mm
        x, y = self.centre
        patch = grid.patch(x - wide, y - high, x + wide, y + high)
        dx, dy = patch.x - np.float32(x), patch.y - np.float32(y)
        return patch, dx * np.float32(c) + dy * np.float32(s), dy * np.float32(c) - dx * np.float32(s)


def in_site(scene: Scene, turn: float = 0.3) -> Pose:
    """A place in the site, turned from its run by a normal angle of standard deviation ``turn``."""
    course, s = Course.of(scene.site.path), anchor(scene)
    room = min(scene.site.width / 2, 0.35 * scene.grid.half)
    x, y = course.at(s, scene.random.uniform(-room, room))[0]
    return Pose((float(x), float(y)), course.angle(s) + float(scene.random.normal(0, turn)))


def anyhow(scene: Scene) -> Pose:
    """A place in the site, in any direction: what was driven in does not mind fibres."""
    return Pose(in_site(scene).centre, float(scene.random.uniform(-math.pi, math.pi)))


def along_bone(scene: Scene) -> Pose:
    """Middle and long axis of the bone the crop shows, or a place in the site where there is none.

    Surgeons put hardware to bones; bones far from the crop's middle count less.
    """
    found = bone_axis(scene.ground)
    if found is None:
        return in_site(scene)
    toward = in_site(scene).centre
    ahead = math.cos(found.angle) * (toward[0] - found.centre[0])
    ahead += math.sin(found.angle) * (toward[1] - found.centre[1])
    return found.moved(float(np.clip(ahead, -0.5 * scene.grid.half, 0.5 * scene.grid.half)))


def bone_axis(ground: Ground) -> Pose | None:
    """Middle and long axis of the bone near the middle of the grid; None if there is next to none."""
    step = max(ground.grid.size // 32, 1)
    axis = ground.grid.axis()[::step]
    x, y = axis[None, :], axis[:, None]
    near = np.exp(-(x**2 + y**2) / np.float32((0.6 * ground.grid.half) ** 2))
    weight = np.clip(ground.bone[::step, ::step], 0, 2) * near
    total = float(weight.sum())
    if total < LEAST_BONE * float(near.sum()):
        return None
    cx, cy = float((weight * x).sum() / total), float((weight * y).sum() / total)
    xx, yy = (float((weight * d * d).sum()) for d in (x - cx, y - cy))
    xy = float((weight * (x - cx) * (y - cy)).sum())
    return Pose((cx, cy), 0.5 * math.atan2(2 * xy, xx - yy))


def bone_width(scene: Scene, pose: Pose) -> float:
    """mm of bone across the pose, at least a twelfth of the grid."""
    t = np.linspace(-scene.grid.half, scene.grid.half, 121)
    points = np.array([pose.at(0.0, float(v)) for v in t])
    at = np.clip(scene.grid.pixels(points).astype(int), 0, scene.grid.size - 1)
    seen = scene.ground.bone[at[:, 1], at[:, 0]] > 0.05
    gone = np.flatnonzero(~seen)
    low, high = gone[gone < 60].max(initial=0), gone[gone > 60].min(initial=120)
    return float(max(t[high] - t[low] if seen[60] else 0.0, scene.grid.half / 6))


def held(scene: Scene, depth: Map) -> Map:
    """The depth that the patient has room for; nothing outside the body."""
    return np.clip(depth, 0, scene.ground.depth * CM_TO_MM) * scene.ground.body


def solid(scene: Scene, depth: Map, **told: Value) -> Mineral:
    """One layer of one of the recipe's materials at its own density."""
    materials = scene.recipe.materials
    material = materials[int(scene.random.integers(len(materials)))]
    return Mineral((Layer(material, held(scene, depth), solid=True),), {"material": material, **told})
