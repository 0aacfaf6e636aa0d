"""Solid forms seen along the beam: how many millimetres of them each pixel's ray passes."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlcalc.simulate.grid import Map, Patch, Points

Numbers = NDArray[np.float64]
NEVER = np.float32(1e6)
"""Stands for infinitely far, in mm; float32 keeps millimetres beside it harmless."""
FLAT = 1e-3
"""Planes whose normal leans less than this towards the beam count as parallel to it."""
BALL_PLANES = 24
"""Faces of the roundest stone."""


def rod(n: Map, radius: Map | float, mm: float) -> Map:
    """Chord of a cylinder in the plane, averaged over the width of a pixel: wires thinner than a pixel stay.

    n: mm from the axis. radius: mm, of each pixel or of all. mm: side of a pixel.
    """
    r = np.maximum(np.asarray(radius, np.float32), np.float32(1e-4))

    def area(t: Map) -> Map:
        c = np.clip(t / r, -1, 1)
        return np.asarray(r * r * (c * np.sqrt(1 - c * c) + np.arcsin(c)), np.float32)

    half = np.float32(mm / 2)
    n = np.abs(n)
    return np.asarray((area(n + half) - area(n - half)) / np.float32(mm), np.float32)


def ball(patch: Patch, centre: tuple[float, float], radius: float) -> Map:
    """Chord of a sphere."""
    gap = (patch.x - np.float32(centre[0])) ** 2 + (patch.y - np.float32(centre[1])) ** 2
    return 2 * np.sqrt(np.maximum(np.float32(radius**2) - gap, 0))


def within(low: Map | float, value: Map, high: Map | float, mm: float) -> Map:
    """Share of a pixel (side ``mm``) in which ``value`` (mm) lies between two bounds, in [0, 1]."""
    above = np.clip((value - low) / np.float32(mm) + np.float32(0.5), 0, 1)
    below = np.clip((high - value) / np.float32(mm) + np.float32(0.5), 0, 1)
    return np.asarray(np.minimum(above, below), np.float32)


def convex(patch: Patch, centre: tuple[float, float], planes: Numbers, mm: float) -> Map:
    """Chord of a convex polyhedron about ``centre``.

    planes: (m, 4), a unit normal (x, y, z) and how far (mm) from the centre the face lies. z runs along the
    beam. mm: side of a pixel, over which faces parallel to the beam are softened.
    """
    x, y = patch.x - np.float32(centre[0]), patch.y - np.float32(centre[1])
    shape = np.broadcast_shapes(x.shape, y.shape)
    low, high = np.full(shape, -NEVER), np.full(shape, NEVER)
    covered = np.ones(shape, np.float32)
    for nx, ny, nz, reach in planes.astype(np.float32):
        rest = reach - nx * x - ny * y
        if abs(nz) < FLAT:
            covered = covered * np.clip(rest / np.float32(mm) + np.float32(0.5), 0, 1)
        elif nz > 0:
            high = np.minimum(high, rest / nz)
        else:
            low = np.maximum(low, rest / nz)
    return np.asarray(np.clip(high - low, 0, None) * covered, np.float32)


def turned(planes: Numbers, random: np.random.Generator, tilt: tuple[float, float]) -> Numbers:
    """Planes turned about the beam at random and leant by an angle (radians) drawn from ``tilt``."""
    lean, spin, roll = random.uniform(*tilt), random.uniform(0, 2 * np.pi), random.uniform(0, 2 * np.pi)
    c, s = np.cos(lean), np.sin(lean)
    leaning = np.array([[1, 0, 0], [0, c, -s], [0, s, c]])
    turn = _about_beam(spin) @ leaning @ _about_beam(roll)
    return np.concatenate([planes[:, :3] @ turn.T, planes[:, 3:]], axis=1)


def _about_beam(angle: float) -> Numbers:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])


def slab(outline: Points, thickness: float) -> Numbers:
    """Planes of a plate lying in the picture: a convex outline (n, 2) about the origin, in either order."""
    edges = np.roll(outline, -1, axis=0) - outline
    normals = np.stack([edges[:, 1], -edges[:, 0]], axis=1)
    normals /= np.maximum(np.hypot(*normals.T), 1e-9)[:, None]
    reach = (normals * outline).sum(axis=1)
    normals, reach = normals * np.sign(reach)[:, None], np.abs(reach)
    sides = np.concatenate([normals, np.zeros((len(reach), 1)), reach[:, None]], axis=1)
    faces = np.array([[0, 0, 1, thickness / 2], [0, 0, -1, thickness / 2]])
    return np.concatenate([sides, faces])


def chip(
    random: np.random.Generator, half: tuple[float, float, float], faces: int, uneven: float = 0.15
) -> Numbers:
    """Planes of an angular stone: few faces are sharp, `BALL_PLANES` nearly round. half: mm along x, y, z."""
    count = int(np.clip(faces, 6, BALL_PLANES))
    steps = (np.arange(count) + 0.5) / count
    angle, height = np.pi * (1 + 5**0.5) * np.arange(count), 1 - 2 * steps
    ring = np.sqrt(1 - height**2)
    normals = np.stack([ring * np.cos(angle), ring * np.sin(angle), height], axis=1)
    normals += random.normal(0, 0.9 / np.sqrt(count), normals.shape)
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    reach = np.linalg.norm(normals * half, axis=1) * random.uniform(1 - 2 * uneven, 1, count)
    return np.concatenate([normals, reach[:, None]], axis=1)
