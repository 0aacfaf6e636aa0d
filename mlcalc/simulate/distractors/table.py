"""What the radiographer puts into the picture, and the table itself."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.distractors.laid import (
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
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal, smooth
from mlcalc.simulate.lesions.registry import drawer

OFF = 0.25
"""Things that would hide the picture stay so far (shares of the grid's half) from its middle."""


def _border(scene: Scene) -> tuple[tuple[float, float], float]:
    """A point beside the middle, and the direction of an edge there whose positive side is outwards."""
    angle = turn(scene)
    far = float(scene.random.uniform(OFF, 0.75)) * scene.grid.half
    return (far * math.cos(angle), far * math.sin(angle)), angle - math.pi / 2


@drawer
def sandbag(scene: Scene) -> Mineral:
    """The edge of a sandbag: granular, dense, its seam stitched, its corner round."""
    random, mm, whole = scene.random, scene.grid.mm, scene.grid.whole()
    centre, angle = _border(scene)
    s, t = track(scene, centre, angle, span(scene, "bend", 0.03, 0.2)).coordinates(whole)
    rise = np.float32(span(scene, "rise", 15.0, 40.0))
    fill = np.sqrt(np.clip(t / rise, 0, 1) * (2 - np.clip(t / rise, 0, 1)))
    grains = 1 + 0.1 * fractal(random, whole, max(1.5, 2.5 * mm), 3, 0.8) + 0.12 * smooth(random, whole, 12.0)
    sand = np.float32(span(scene, "thick", 8.0, 30.0)) * fill * grains
    hem = soft_edge(t + 8, mm) * 2.0 + 1.0 * soft_edge(1 - np.abs(t + 4), mm) * (s % np.float32(4) < 2.5)
    return laid(
        {material(scene): sand.astype(np.float32), "plastic_pvc": hem.astype(np.float32)}, sandbag=True
    )


@drawer
def apron(scene: Scene) -> Mineral:
    """The edge of a lead apron or gonad shield: white beyond a smooth border, with a hem."""
    mm = scene.grid.mm
    centre, angle = _border(scene)
    _, t = track(scene, centre, angle, span(scene, "bend", 0.01, 0.2)).coordinates(scene.grid.whole())
    lead = np.float32(span(scene, "thick", 0.25, 0.6)) * soft_edge(t, 1.5 * mm)
    hem = 1.5 * soft_edge(t + np.float32(span(scene, "hem", 5.0, 12.0)), 1.5 * mm)
    return laid({material(scene): lead.astype(np.float32), "textile": hem.astype(np.float32)}, apron=True)


@drawer
def ball(scene: Scene) -> Mineral:
    """A calibration ball or disc of known size, beside the limb, on a holder of plastic."""
    mm, radius, centre = scene.grid.mm, scene.length / 2, place(scene)
    patch, depth, plastic = square(scene, centre, 1.1 * radius), scene.grid.zeros(), scene.grid.zeros()
    far = np.hypot(patch.x - np.float32(centre[0]), patch.y - np.float32(centre[1]))
    flat = chance(scene, "disc", 0.2)
    round_ = 2 * np.sqrt(np.maximum(np.float32(radius**2) - far**2, 0))
    depth[patch.index] = 2.0 * soft_edge(radius - far, mm) if flat else round_
    if chance(scene, "holder", 0.5):
        u, v = turned(scene.grid.whole(), centre, turn(scene))
        plastic = 6 * soft_edge(0.35 * radius - np.abs(v), mm) * soft_edge(u - 0.8 * radius, mm)
    return laid(
        {material(scene): depth, "plastic_acrylic": plastic.astype(np.float32)}, ball_mm=round(2 * radius, 1)
    )


@drawer
def ruler(scene: Scene) -> Mineral:
    """A radio-opaque scale: lines every millimetre or few, longer ones at every fifth and tenth."""
    random, mm = scene.random, scene.grid.mm
    u, v = turned(scene.grid.whole(), place(scene), turn(scene))
    step = 1.0
    while step < 5 * mm:
        step *= 2 if round(step) in {1, 5, 10} else 2.5
    number = np.round(u / np.float32(step))
    tick = soft_edge(np.float32(max(0.18 * step, 0.5 * mm)) - np.abs(u - number * np.float32(step)), mm)
    size = step * float(random.uniform(2.5, 4.0))
    reach = np.where(number % 10 == 0, 1.0, np.where(number % 5 == 0, 0.75, 0.5)) * size
    lines = tick * soft_edge(v, mm) * soft_edge(reach.astype(np.float32) - v, mm)
    whole = 1.2 * soft_edge(v + 2, mm) * soft_edge(np.float32(4 * size) - v, mm)
    lead = np.float32(span(scene, "thick", 0.1, 0.4)) * lines
    return laid(
        {material(scene): lead.astype(np.float32), "plastic_acrylic": whole.astype(np.float32)}, step_mm=step
    )


@drawer
def table_edge(scene: Scene) -> Mineral:
    """The edge of a table, mat or positioning block: a straight step, sometimes with a rail beside it.

    Settings: thick (mm), rail (chance).
    """
    random, mm = scene.random, scene.grid.mm
    centre, angle = _border(scene)
    _, t = turned(scene.grid.whole(), centre, angle)
    ramp = np.float32(max(span(scene, "ramp", 0.3, 6.0), mm))
    depth = np.float32(span(scene, "thick", 3.0, 20.0)) * np.clip(t / ramp + 0.5, 0, 1)
    if chance(scene, "rail", 0.3):
        low, high = np.sort(random.uniform(2, 18, 2))
        depth = depth + 3 * soft_edge(t - np.float32(low), mm) * soft_edge(np.float32(high + 1) - t, mm)
    return laid({material(scene): depth.astype(np.float32)}, table=True)


@drawer
def wedge_mark(scene: Scene) -> Mineral:
    """A nipple marker, arrow or triangle of lead or tape that points at something; a small ball or a ring."""
    random, mm, half = scene.random, scene.grid.mm, scene.length / 2
    centre = place(scene)
    patch = square(scene, centre, 1.2 * half)
    u, v = turned(patch, centre, turn(scene))
    kind = scene.recipe.settings.get("kind") or str(random.choice(["triangle", "arrow", "ring", "shot"]))
    head = soft_edge(half / 2 - np.abs(v) - (u + half) / 2 * np.float32(0.9), mm) * soft_edge(u + half, mm)
    if kind == "arrow":
        head = soft_edge(0.5 * half - np.abs(v) - np.clip(u, 0, None), mm) * soft_edge(u, mm)
        head = np.maximum(
            head, soft_edge(0.14 * half - np.abs(v), mm) * soft_edge(half + u, mm) * soft_edge(-u, mm)
        )
    far = np.hypot(u, v)
    if kind == "ring":
        head = soft_edge(max(0.1 * half, 0.6 * mm) - np.abs(far - 0.8 * half), mm)
    if kind == "shot":
        head = soft_edge(min(0.8, half) - far, mm) * 2
    depth = scene.grid.zeros()
    depth[patch.index] = np.float32(span(scene, "thick", 0.3, 1.2)) * head
    return laid({material(scene): depth}, pointer=kind)
