"""Organised bone: a line of cortex outside, marrow crossed by trabeculae inside."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlcalc.simulate.grid import Grid, Map, Patch
from mlcalc.simulate.lesions.course import Course, window
from mlcalc.simulate.lesions.finish import between, fitted
from mlcalc.simulate.lesions.mineral import Layer, Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal, smooth, woven
from mlcalc.simulate.lesions.shapes import around
from mlcalc.simulate.site import Value

FINEST_PX = 2.6
"""Trabeculae finer than so many pixels cannot be told from noise: they are drawn as far apart."""
LEAST_RADIUS = np.float32(1e-3)
LEAST_ROOM = np.float32(0.7)
"""Share of a body's depth that its marrow has at least: nobody would call a mere cortex bone."""
BULGE = 1.6
"""A mass may be so much wider than the structure it grew in."""


@dataclass(frozen=True, slots=True)
class Tissue:
    """How far bone has matured. cortex: mm. marrow: mineral of the inside against the cortex, in [0, 1].

    coarse: mm between trabeculae. contrast: how much of the inside they make up, in [0, 1]. gaps: share of
    the cortex that is still missing.
    """

    cortex: float
    marrow: float
    coarse: float
    contrast: float
    gaps: float


def tissue(scene: Scene, size: float) -> Tissue:
    """Bone of a body ``size`` mm wide: small ossicles have thin, but visible cortices.

    Settings: ``cortex`` (share of half the width, else drawn), ``marrow``, ``gaps``.
    """
    random, grid = scene.random, scene.grid
    share = scene.recipe.number("cortex", between(scene, 0.06, 0.2))
    low, high = 0.3 + 0.5 * grid.mm, max(0.14 * size, 0.3 + grid.mm)
    return Tissue(
        cortex=float(np.clip(share * size, low, min(high, 1.8 + grid.mm))),
        marrow=scene.recipe.number("marrow", between(scene, 0.12, 0.5)),
        coarse=max(between(scene, 0.7, 1.6) * (1 + min(size, 60) / 90), FINEST_PX * grid.mm),
        contrast=float(random.uniform(0.35, 0.85)),
        gaps=scene.recipe.number("gaps", float(random.uniform(0, 0.3))),
    )


class Bones:
    """Bodies of bone that may run into each other: where they do, one cortex goes around them all."""

    def __init__(self, scene: Scene, made_of: Tissue):
        self.scene, self.tissue = scene, made_of
        self.outer, self.inner = scene.grid.zeros(), scene.grid.zeros()

    @property
    def grid(self) -> Grid:
        """The grid that is drawn on."""
        return self.scene.grid

    def add(self, patch: Patch, place: Map, radius: Map | float, half_depth: Map | float) -> None:
        """A body. place: 0 on its axis, 1 at its surface. radius: mm from axis to surface there.

        half_depth: mm along the beam on the axis. The cortex is uneven and, in young bone, has gaps.
        """
        if patch.empty:
            return
        thickness = self._cortex(patch)
        radius = np.maximum(np.asarray(radius, np.float32), LEAST_RADIUS)
        depth = np.asarray(half_depth, np.float32)
        outer = 2 * depth * np.sqrt(np.maximum(1 - place * place, 0))
        hollow = np.maximum(radius - thickness, LEAST_RADIUS)
        inside = place * radius / hollow
        roof = np.clip(1 - thickness / np.maximum(depth, LEAST_RADIUS), LEAST_ROOM, 1)
        inner = np.where(hollow > LEAST_RADIUS, 2 * depth * roof * np.sqrt(np.maximum(1 - inside**2, 0)), 0)
        for total, new in ((self.outer, outer), (self.inner, np.minimum(inner, outer))):
            view = total[patch.index]
            np.maximum(view, new, out=view)

    def blob(
        self, centre: tuple[float, float], half: tuple[float, float], angle: float, lobes: float = 0.15
    ) -> None:
        """A rounded body, ``half`` mm along and across; lobes: how far its outline strays (share)."""
        patch = around(self.grid, centre, (1.05 + 1.6 * lobes) * max(half))
        if patch.empty:
            return
        place, radius = polar(self.scene.random, patch, centre, half, angle, lobes)
        self.add(patch, place, radius, self.half_depth(min(half)))

    def strand(
        self,
        course: Course,
        half: Map,
        stray: Map | None = None,
        skew: float = 0.0,
        rooted: tuple[float, float] = (0.0, 0.0),
    ) -> None:
        """A body along a path. half (m,): half its width in mm at even steps along it, 0 where it ends.

        stray (m,): how far its axis lies to the right (mm). skew: how much deeper than wide it is (log).
        rooted: mm at the first and last end over which it comes out of bone: it fades in there.
        """
        far = 0.0 if stray is None else float(np.abs(stray).max())
        patch = window(self.grid, course, float(half.max()) + far)
        if patch.empty:
            return
        s, t = course.coordinates(patch)
        steps = np.linspace(0, course.length, len(half))
        width = np.interp(s, steps, half, left=0, right=0).astype(np.float32)
        if stray is not None:
            t = t - np.interp(s, steps, stray).astype(np.float32)
        place = np.asarray(np.abs(t) / np.maximum(width, LEAST_RADIUS), np.float32)
        first, last = (np.float32(1 / max(mm, 1e-3)) for mm in rooted)
        seen = np.clip(np.minimum(s * first, (np.float32(course.length) - s) * last), 0, 1).astype(np.float32)
        depth = width * np.float32(np.exp(skew))
        self.add(patch, place, width, depth * seen)

    def half_depth(self, half_width: float) -> float:
        """Half of a depth that fits the site, drawn against the width: nobody sees it."""
        wanted = half_width * between(self.scene, 0.7, 1.5)
        return min(wanted, self.scene.site.depth / 2)

    def mineral(self, along: Course | None = None, **parameters: Value) -> Mineral:
        """The layers: dense cortex, and marrow with trabeculae, along a path or in all directions."""
        depth, inner = fitted(self.scene, self.outer), self.inner
        inner = np.minimum(inner, depth)
        rows, columns = np.nonzero(inner > 0)
        marrow = inner * np.float32(self.tissue.marrow)
        if rows.size:
            index = (slice(rows.min(), rows.max() + 1), slice(columns.min(), columns.max() + 1))
            axis = self.grid.axis()
            patch = Patch(index, axis[None, index[1]], axis[index[0], None])
            texture = trabeculae(self.scene.random, patch, self.tissue, along)
            marrow[index] = np.minimum(marrow[index] * texture, inner[index])
        material = self.scene.recipe.materials[0]
        told = {"cortex_mm": round(self.tissue.cortex, 2), "marrow": round(self.tissue.marrow, 2)}
        return Mineral((Layer(material, depth - inner + marrow),), told | parameters)

    def _cortex(self, patch: Patch) -> Map:
        """mm of cortex over a patch: uneven, thin where gaps are."""
        random, made_of = self.scene.random, self.tissue
        waves = smooth(random, patch, max(4 * made_of.cortex, 6 * self.grid.mm))
        holes = smooth(random, patch, max(5 * made_of.cortex, 6 * self.grid.mm))
        closed = np.clip((holes + 2.2 - 3.4 * np.float32(made_of.gaps)) * 2, 0.12, 1)
        thickness: Map = np.float32(made_of.cortex) * np.clip(1 + 0.3 * waves, 0.4, 1.8) * closed
        return thickness


def extent(scene: Scene, slender: float) -> float:
    """mm that a mass may be long: no longer than its structure, no wider than that can bulge."""
    course = Course.of(scene.site.path)
    return min(scene.length, 1.2 * course.length, BULGE * scene.site.width * slender)


def polar(
    random: np.random.Generator,
    patch: Patch,
    centre: tuple[float, float],
    half: tuple[float, float],
    angle: float,
    lobes: float,
) -> tuple[Map, Map]:
    """A star-shaped body on a patch: place (0 in the middle, 1 on the outline), radius (mm) per pixel."""
    dx, dy = patch.x - np.float32(centre[0]), patch.y - np.float32(centre[1])
    c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
    u, v = (dx * c + dy * s) / np.float32(half[0]), (dy * c - dx * s) / np.float32(half[1])
    turn = np.linspace(-np.pi, np.pi, 181)
    waves = np.arange(2, 10)[:, None]
    height = random.normal(size=(8, 1)) / waves**0.9
    shape = 1 + lobes * np.sum(height * np.cos(waves * turn + random.uniform(0, 6.28, (8, 1))), axis=0)
    shape = np.clip(shape, 0.45, 1.05 + 1.6 * lobes)
    outline = np.interp(np.arctan2(v, u), turn, shape).astype(np.float32)
    unit = np.maximum(np.hypot(u, v), np.float32(1e-4))
    stretch = np.hypot(dx, dy) / unit
    return unit / outline, outline * stretch


def trabeculae(
    random: np.random.Generator, patch: Patch, made_of: Tissue, along: Course | None = None
) -> Map:
    """Texture of mean about 1: two layers of thin bright beams behind each other, lucent patches of fat."""
    run = None if along is None else along.coordinates(patch)
    beams = _net(random, patch, made_of.coarse, run) + _net(random, patch, 0.65 * made_of.coarse, run)
    lacunae = 1 + 0.25 * smooth(random, patch, 5 * made_of.coarse)
    share = np.float32(made_of.contrast)
    return np.clip((1 - share + share * np.float32(1.25) * beams) * lacunae, 0, None)


def _net(random: np.random.Generator, patch: Patch, cell: float, run: tuple[Map, Map] | None) -> Map:
    """Ridges of noise, 1 on a beam and 0 in its meshes; drawn out along a run where one is given."""
    cell = max(cell, 0.6 * FINEST_PX * float(patch.x[0, 1] - patch.x[0, 0]) if patch.x.size > 1 else cell)
    noise = fractal(random, patch, cell, 2) if run is None else woven(random, *run, (2.5 * cell, cell))
    ridges: Map = np.exp(-((noise / np.float32(0.4)) ** 2))
    return ridges
