"""Ossified strands and plates: bone in a tendon, a ligament, a fascia, the subcutis."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from scipy.ndimage import zoom

from mlcalc.simulate.grid import Map, Patch
from mlcalc.simulate.lesions.course import Course, anchor, window
from mlcalc.simulate.lesions.finish import between
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import smooth, wander
from mlcalc.simulate.lesions.ossified.bones import Bones, tissue
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.settings import most, span
from mlcalc.simulate.lesions.shapes import step

STEPS = 48


@drawer
def bone_strand(scene: Scene) -> Mineral:
    """Bone inside a tendon, ligament or fascia, along its run: one strand or a row of them.

    Settings: ``from_bone=low,high``: mm between the bone and the strand's near end. ``slender``: length over
    width. ``pieces``: most pieces.
    """
    random, course = scene.random, Course.of(scene.site.path)
    length = min(scene.length, course.length)
    s = min(_middle(scene, course, length), course.length - length / 2)
    slender = scene.recipe.number("slender", between(scene, 2.0, 6.0))
    width = float(np.clip(length / slender, 3 * scene.grid.mm, 1.3 * scene.site.width))
    bones = Bones(scene, tissue(scene, width))
    pieces = int(random.integers(1, most(scene.recipe, "pieces", 3) + 1))
    cuts = np.sort(random.uniform(0.15, 0.85, pieces - 1))
    edges = np.concatenate([[0.0], cuts, [1.0]]) * length + s - length / 2
    for low, high in pairwise(edges):
        gap = min(random.uniform(0.3, 2.0), (high - low) / 4)
        run = course.part(float(low) + gap, float(high) - gap)
        wide = min(width / 2 * (1.0 if pieces == 1 else random.uniform(0.5, 1.0)), 0.35 * run.length)
        stray = wander(random, STEPS, 2) * np.float32(0.12 * width)
        bones.strand(run, outline(scene, wide), stray, skew=random.normal(0, 0.3))
    return bones.mineral(course if random.random() < 0.7 else None, pieces=pieces, width_mm=round(width, 1))


@drawer
def bone_net(scene: Scene) -> Mineral:
    """Plates of bone in the subcutis that run together to a honeycomb, lucent fat in its meshes."""
    random, course = scene.random, Course.of(scene.site.path)
    length, s = min(scene.length, course.length), anchor(scene)
    run = course.part(s - length / 2, s + length / 2)
    wide = min(scene.site.width * random.uniform(0.6, 1.0), length / 1.3)
    mesh = max(between(scene, 2.5, 7.0), 7 * scene.grid.mm)
    patch = window(scene.grid, run, wide)
    bones = Bones(scene, tissue(scene, mesh / 2))
    if not patch.empty:
        s_of, t = run.coordinates(patch)
        inside = 1 - np.maximum(np.abs(s_of / run.length - 0.5) * 2, np.abs(t) * 2 / wide)
        inside = step((inside + 0.35 * smooth(random, patch, wide / 2)) * 3)
        thick = mesh * random.uniform(0.16, 0.3) * (1 + 0.35 * smooth(random, patch, 2 * mesh))
        wall = np.clip((thick - _from_walls(random, patch, mesh)) / np.maximum(thick, 1e-3), 0, 1)
        depth = min(between(scene, 1.5, 5.0), scene.site.depth)
        bones.outer[patch.index] = depth * inside * (np.sqrt(wall * (2 - wall)) + random.uniform(0, 0.12))
        bones.inner[patch.index] = 0.85 * depth * inside * step(wall * 2 - 1)
    return bones.mineral(mesh_mm=round(mesh, 1))


def _from_walls(random: np.random.Generator, patch: Patch, mesh: float) -> Map:
    """mm from every pixel to the nearest wall between irregular cells about ``mesh`` mm wide.

    Half the difference to the nearest and second nearest of jittered points, at every other pixel.
    """
    x, y = patch.x[:, ::2] / np.float32(mesh), patch.y[::2] / np.float32(mesh)
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    left, top = int(column.min()) - 1, int(row.min()) - 1
    shape = (int(row.max()) - top + 2, int(column.max()) - left + 2)
    jitter = random.random((2, *shape), dtype=np.float32)
    first = np.full((y.size, x.size), np.inf, np.float32)
    second = first.copy()
    for dy in (-1, 0, 1):
        for dx in (-1, 0, 1):
            at = (row + dy - top, column + dx - left)
            away = np.hypot(x - (column + dx) - jitter[0][at], y - (row + dy) - jitter[1][at])
            second = np.minimum(second, np.maximum(first, away))
            first = np.minimum(first, away)
    gap = (second - first) * np.float32(mesh / 2)
    return np.asarray(zoom(gap, 2, order=1)[: patch.y.size, : patch.x.size], np.float32)


def outline(scene: Scene, half: float) -> Map:
    """Half widths (mm) along a strand: rounded or pointed ends, bulges and waists."""
    random = scene.random
    share = np.linspace(-1, 1, STEPS)
    ends = (1 - np.abs(share) ** random.uniform(2, 6)) ** random.uniform(0.4, 0.9)
    waves = 1 + random.uniform(0.05, 0.25) * wander(random, STEPS, random.uniform(1, 4))
    return np.asarray(half * ends * np.clip(waves, 0.35, 1.5), np.float32)


def _middle(scene: Scene, course: Course, length: float) -> float:
    if "from_bone" not in scene.recipe.settings:
        return anchor(scene, near_bone=0.6 if scene.site.compartment in ("ligament", "tendon") else 0.0)
    away = scene.random.uniform(*span(scene.recipe, "from_bone", (0.0, 0.0)))
    return max(course.length - away - length / 2, length / 2)
