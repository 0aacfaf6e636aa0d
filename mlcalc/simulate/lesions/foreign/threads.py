"""Screws: core, thread, head, seen from the side or end-on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlcalc.simulate.grid import Map
from mlcalc.simulate.lesions.foreign.place import Pose
from mlcalc.simulate.lesions.forms import rod, within
from mlcalc.simulate.lesions.shapes import Canvas


@dataclass(frozen=True, slots=True)
class Screw:
    """Measures in mm. threaded: share of the length that carries thread, from the tip; hollow: bore."""

    length: float
    radius: float
    pitch: float
    threaded: float
    head: float
    hollow: float = 0.0


def from_side(canvas: Canvas, pose: Pose, screw: Screw) -> None:
    """A screw whose tip lies ahead of the pose; the pose is its middle.

    A thread is a helix: its crests stand half a pitch apart on the two sides.
    """
    mm = canvas.grid.mm
    patch, u, v = pose.frame(canvas.grid, (screw.length / 2 + screw.head, screw.head + screw.radius))
    if patch.empty:
        return
    s = u + np.float32(screw.length / 2)
    radius = _radius(s, v, screw)
    drawn = rod(v, np.maximum(radius, 1e-3), mm) * within(0.0, s, screw.length, mm)
    if screw.hollow:
        drawn = drawn - rod(v, screw.hollow, mm) * within(0.0, s, screw.length, mm)
    if screw.head:
        cap = np.sqrt(np.clip(1 - (np.clip(-s, 0, None) / np.float32(0.7 * screw.head)) ** 2, 0, 1))
        drawn = drawn + rod(v, np.maximum(screw.head * cap, 1e-3), mm) * within(-0.7 * screw.head, s, 0.0, mm)
    canvas.merge(patch, np.maximum(drawn, 0))


def end_on(canvas: Canvas, pose: Pose, screw: Screw) -> None:
    """A screw along the beam: a round head with its socket, as deep as it is long."""
    mm = canvas.grid.mm
    patch, u, v = pose.frame(canvas.grid, (screw.head + mm, screw.head + mm))
    if patch.empty:
        return
    away = np.hypot(u, v)
    head = within(-1.0, away, screw.head, mm) * np.float32(0.7 * screw.head)
    shaft = within(-1.0, away, screw.radius, mm) * np.float32(0.8 * screw.length)
    socket = within(-1.0, away, 0.45 * screw.head, mm) * np.float32(0.35 * screw.head)
    canvas.merge(patch, head + shaft - socket)


def _radius(s: Map, v: Map, screw: Screw) -> Map:
    """mm from axis to surface: a core, the thread's triangle on it, a tip."""
    phase = s / np.float32(screw.pitch) + np.float32(0.5) * (v > 0)
    crest = np.abs(phase % 1 - 0.5) * 2
    core = np.float32(0.68 * screw.radius)
    thread = crest * (np.float32(screw.radius) - core)
    bare = s < np.float32(screw.length * (1 - screw.threaded))
    tip = np.clip((np.float32(screw.length) - s) / np.float32(2 * screw.radius), 0.1, 1)
    radius: Map = (core + np.where(bare, np.float32(0.05), thread)) * tip
    return radius
