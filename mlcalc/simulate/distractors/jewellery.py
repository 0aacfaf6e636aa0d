"""Jewellery and what pockets hold."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mlcalc.simulate.distractors.laid import (
    beyond,
    chance,
    laid,
    material,
    place,
    soft_edge,
    span,
    square,
    track,
    turn,
    turned,
)
from mlcalc.simulate.distractors.skeleton import Skeleton
from mlcalc.simulate.grid import Map, Points
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, stroke

STRAP_OFF = 4.0
"""mm that a strap stands off the skin."""
CHORD_LIMIT = 0.25
"""Depth of a hoop's wall at its edge as a share of its diameter: no wall is deeper along the beam."""


@drawer
def ring(scene: Scene) -> Mineral:
    """A band around a finger, toe or limb, seen from its side or aslant; or lying beside it, seen from above.

    Settings: width (mm along the limb), wall (mm), around (chance that it is worn, else it lies), stone
    (chance), reach (diameter over the bone's width, low,high).
    """
    spot = Skeleton.of(scene.ground).interior(scene.random, 0.8)
    if spot is None or not chance(scene, "around", 0.8):
        return _lying(scene)
    radius = spot.half_width * span(scene, "reach", 1.4, 2.2)
    depth = scene.grid.zeros()
    centre, wall = spot.centre, span(scene, "wall", 1.0, 2.2)
    tilt = float(abs(scene.random.normal(0, 0.25)))
    patch = square(scene, centre, 1.3 * radius)
    along, across = replace(spot, angle=spot.angle + float(scene.random.normal(0, 0.1))).turned(
        patch.x, patch.y
    )
    half = np.float32(span(scene, "width", 2.0, 7.0) / 2)
    for side in (-1, 1):  # the half in front and the half behind
        bow = side * math.sin(tilt) * np.sqrt(np.maximum(radius**2 - across**2, 0))
        band = soft_edge(half - np.abs(along - bow), scene.grid.mm)
        depth[patch.index] += band * _wall(across, radius, wall, scene.grid.mm) / 2
    if chance(scene, "stone", 0.2):
        stone = np.hypot(along - half * np.float32(0.5), across - np.float32(0.5 * radius))
        depth[patch.index] += 2 * soft_edge(half - stone, scene.grid.mm)
    return laid({material(scene): depth}, ring_mm=round(2 * radius, 1))


def _wall(across: Map, radius: float, wall: float, mm: float) -> Map:
    """Depth of a tube's wall seen from its side, mm: most where the beam grazes it."""
    outer = np.sqrt(np.maximum(radius**2 - across**2, 0))
    inner = np.sqrt(np.maximum((radius - wall) ** 2 - across**2, 0))
    deep = np.minimum(2 * (outer - inner), np.float32(CHORD_LIMIT * 2 * radius))
    return np.asarray(deep * soft_edge(radius - np.abs(across), mm), np.float32)


def _lying(scene: Scene) -> Mineral:
    """A hoop that lies on the film or hangs from an ear: round, or an ellipse where it leans."""
    random, canvas, half = scene.random, Canvas(scene.grid), scene.length / 2
    centre, angle, flat = place(scene), turn(scene), float(random.uniform(0.35, 1.0))
    gap = float(random.choice([0.0, 0.5]))
    t = np.linspace(gap, 2 * np.pi, 40)
    u, v = half * np.cos(t), half * flat * np.sin(t)
    c, s = math.cos(angle), math.sin(angle)
    points = np.stack([centre[0] + u * c - v * s, centre[1] + u * s + v * c], 1)
    radius = span(scene, "wire", 0.5, 1.4)
    stroke(canvas, points, np.full(len(points), radius, np.float32))
    return laid({material(scene): canvas.depth}, hoop_mm=round(2 * half, 1))


@drawer
def hoop(scene: Scene) -> Mineral:
    """An ear-ring, key ring or metal ring of clothing: an open or closed hoop, sometimes two."""
    drawn = _lying(scene)
    if not chance(scene, "second", 0.3):
        return drawn
    other = _lying(replace(scene, length=scene.length * float(scene.random.uniform(0.5, 1.0))))
    return laid(
        {
            f.material: f.depth + (o.depth if o.material == f.material else 0)
            for f, o in zip(drawn.layers, other.layers, strict=True)
        },
        **drawn.parameters,
    )


@drawer
def stud(scene: Scene) -> Mineral:
    """A stud with its post and butterfly, or a barbell: two balls and a bar."""
    random, canvas = scene.random, Canvas(scene.grid)
    centre, angle, length = place(scene), turn(scene), scene.length
    ends = np.array([[-0.5, 0], [0.5, 0]]) * length @ _turning(angle).T + centre
    radius = min(span(scene, "ball", 1.2, 2.5), 0.4 * length)
    stroke(canvas, ends, np.full(2, span(scene, "wire", 0.4, 0.7), np.float32))
    for k, (x, y) in enumerate(ends):
        patch = square(scene, (float(x), float(y)), 1.1 * radius)
        far = np.hypot(patch.x - np.float32(x), patch.y - np.float32(y))
        size = radius * (1.0 if k == 0 else float(random.uniform(0.6, 1.0)))
        canvas.merge(patch, 2 * np.sqrt(np.maximum(np.float32(size**2) - far**2, 0)))
    return laid({material(scene): canvas.depth}, stud_mm=round(length, 1))


@drawer
def chain(scene: Scene) -> Mineral:
    """A necklace or bracelet: links or beads in a row along a curve, a pendant now and then.

    Settings: link (mm, low,high), beads (chance that they are balls), bend.
    """
    random, mm = scene.random, scene.grid.mm
    run = track(scene, place(scene), turn(scene), span(scene, "bend", 0.1, 0.5))
    s, t = run.coordinates(scene.grid.whole())
    link = np.float32(max(span(scene, "link", 1.5, 4.5), 5 * mm))
    beads, wide = chance(scene, "beads", 0.3), np.float32(random.uniform(0.3, 0.5))
    number = np.floor(s / link)
    u = (s / link - number - 0.5) * link
    if beads:
        depth = 2 * np.sqrt(np.maximum((0.46 * link) ** 2 - u**2 - t**2, 0))
    else:
        face = np.where(number % 2 == 0, wide, np.float32(0.12)) * link  # every second link stands on edge
        ellipse = np.hypot(u / (0.62 * link), t / np.maximum(face, np.float32(0.6 * mm)))
        wire = np.float32(max(0.16 * float(link), 0.5 * mm))
        depth = np.exp(-(((ellipse - 0.75) / 0.3) ** 2)) * wire
    depth = depth.astype(np.float32)
    if chance(scene, "pendant", 0.2):
        x, y = run.at(float(random.uniform(0.42, 0.58)) * run.length)[0]
        size = float(random.uniform(2.0, 7.0))
        patch = square(scene, (float(x), float(y) + size), 1.1 * size)
        far = np.hypot(patch.x - np.float32(x), patch.y - np.float32(y + size))
        depth[patch.index] = np.maximum(depth[patch.index], 1.2 * soft_edge(np.float32(size) - far, mm))
    return laid({material(scene): depth}, link_mm=round(float(link), 1), beads=beads)


@drawer
def watch(scene: Scene) -> Mineral:
    """A wrist watch: a case with works inside, a strap of links or leather across the limb."""
    random, mm = scene.random, scene.grid.mm
    spot = Skeleton.of(scene.ground).interior(random, 1.0)
    centre = spot.centre if spot else place(scene)
    angle = (spot.angle if spot else turn(scene)) + math.pi / 2 + float(random.normal(0, 0.1))
    half, depth = scene.length / 2, scene.grid.zeros()
    patch = square(scene, centre, 1.1 * half)
    depth[patch.index] = _case(scene, *turned(patch, centre, angle), half)
    u, v = turned(scene.grid.whole(), centre, angle)
    strap = soft_edge(scene.length * float(random.uniform(0.25, 0.32)) - np.abs(v), mm)
    strap = strap * (np.abs(u) > 0.9 * half) * (beyond(scene) < STRAP_OFF)
    pitch = np.float32(max(span(scene, "link", 3.0, 8.0), 4 * mm))
    links = soft_edge(np.abs(u / pitch % 1 - 0.5) * pitch - 0.35, mm) * strap
    made = material(scene)
    if random.random() < 0.5:
        return laid({made: depth + np.float32(0.9) * links}, watch_mm=round(scene.length, 1))
    return laid({made: depth, "plastic_pvc": np.float32(2.5) * strap}, watch_mm=round(scene.length, 1))


def _case(scene: Scene, u: Map, v: Map, half: float) -> Map:
    """Depth of metal: a lid, a thick rim, wheels and a battery."""
    random, mm = scene.random, scene.grid.mm
    flat = np.float32(random.uniform(0.5, 1.0))
    far = np.hypot(u, v / flat)
    rim = np.exp(-(((far - 0.92 * half) / np.float32(max(0.06 * half, 0.7 * mm))) ** 2))
    lid = soft_edge(half - far, mm)
    depth = np.float32(span(scene, "case", 0.8, 2.0)) * lid + np.float32(2.5) * rim
    for _ in range(int(random.integers(4, 9))):
        x, y = random.uniform(-0.6, 0.6, 2).astype(np.float32) * np.float32(half)
        wheel = np.float32(random.uniform(0.08, 0.3) * half) - np.hypot(u - x, v - y * flat)
        depth = depth + np.float32(random.uniform(0.2, 1.2)) * soft_edge(wheel, mm) * lid
    return np.asarray(depth, np.float32)


def _turning(angle: float) -> Points:
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s], [s, c]])
