"""What carers leave on a patient: electrodes, tubes, casts, bandages, tape."""

from __future__ import annotations

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
from mlcalc.simulate.grid import Map
from mlcalc.simulate.lesions.forms import rod
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal, smooth
from mlcalc.simulate.lesions.registry import drawer


@drawer
def electrode(scene: Scene) -> Mineral:
    """An ECG electrode: foam disc, gel, metal snap in its middle; mostly with its cable."""
    random, mm, half = scene.random, scene.grid.mm, scene.length / 2
    centre, depth = place(scene), scene.grid.zeros()
    patch = square(scene, centre, 1.1 * half)
    u, v = turned(patch, centre, turn(scene))
    far, square_ish = np.hypot(u, v), (u**4 + v**4) ** 0.25
    foam = soft_edge(half - (square_ish if random.random() < 0.4 else far), mm)
    gel = soft_edge(0.45 * half - far, mm)
    plastic = scene.grid.zeros()
    plastic[patch.index] = np.float32(span(scene, "foam", 0.5, 1.5)) * foam + np.float32(1.2) * gel
    snap = np.float32(span(scene, "snap", 1.6, 2.6))
    depth[patch.index] = 0.5 * soft_edge(snap - far, mm) + 0.8 * soft_edge(0.55 * snap - far, mm)
    wired = chance(scene, "wired", 0.7)
    if wired:
        run = track(scene, centre, turn(scene), span(scene, "bend", 0.1, 0.6))
        s, t = run.coordinates(scene.grid.whole())
        there = s > run.length / 2
        depth += rod(t, 0.3, mm) * there
        plastic += rod(t, span(scene, "cable", 0.9, 1.5), mm) * there
    return laid(
        {material(scene): depth, "plastic_pvc": plastic}, electrode_mm=round(2 * half, 1), wired=wired
    )


@drawer
def tubing(scene: Scene) -> Mineral:
    """A drip's or drain's tube outside the patient: two thin walls, clear between; or a connector."""
    random, mm = scene.random, scene.grid.mm
    run = track(scene, place(scene), turn(scene), span(scene, "bend", 0.08, 0.6))
    s, t = run.coordinates(scene.grid.whole())
    radius = span(scene, "radius", 1.0, 4.0)
    wall = radius * float(random.uniform(0.15, 0.35))
    depth = np.maximum(rod(t, radius, mm) - rod(t, radius - wall, mm), 0)
    if chance(scene, "connector", 0.3):
        at = np.float32(float(random.uniform(0.42, 0.58)) * run.length)
        sleeve = soft_edge(np.float32(span(scene, "sleeve", 4.0, 9.0)) - np.abs(s - at), mm)
        depth = np.maximum(depth, sleeve * np.maximum(rod(t, 1.6 * radius, mm) - rod(t, 0.8 * radius, mm), 0))
    if chance(scene, "stripe", 0.3):
        depth = depth + 0.6 * rod(t - np.float32(0.5 * radius), 0.25, mm)
    return laid({material(scene): depth.astype(np.float32)}, tube_mm=round(2 * radius, 1))


@drawer
def cable(scene: Scene) -> Mineral:
    """A monitor's cable or an oxygen sensor's: a thin metal core in a veil of plastic."""
    run = track(scene, place(scene), turn(scene), span(scene, "bend", 0.1, 0.6))
    _, t = run.coordinates(scene.grid.whole())
    core, mm = rod(t, span(scene, "core", 0.2, 0.5), scene.grid.mm), scene.grid.mm
    return laid(
        {material(scene): core, "plastic_pvc": rod(t, span(scene, "cable", 1.0, 2.2), mm)}, cable=True
    )


@drawer
def cast(scene: Scene) -> Mineral:
    """A cast or splint: a sheath about the limb, its layers in oblique turns, lumps of plaster, an end.

    Settings: thick (mm), half (chance that it lies on one side only), net (1: the mesh of fibreglass).
    """
    random, mm, grid = scene.random, scene.grid.mm, scene.grid
    spot = Skeleton.of(scene.ground).interior(random, 0.5)
    centre, angle = (spot.centre, spot.angle) if spot else (place(scene), turn(scene))
    whole = grid.whole()
    along, across = turned(whole, centre, angle)
    thick = np.float32(span(scene, "thick", 3.0, 7.0))
    uneven = thick * np.clip(1 + 0.2 * fractal(random, whole, 25.0, 2, 0.3), 0.5, 1.6)
    outside = beyond(scene)
    skin = np.float32(span(scene, "padding", 1.0, 5.0))
    edge = soft_edge(outside - skin, mm) * soft_edge(skin + uneven - outside, mm)
    within = soft_edge(skin + uneven - outside, mm)
    if chance(scene, "half", 0.3):
        side = np.float32(random.choice([-1.0, 1.0]))
        depth = edge * (across * side > 0) * 3 * uneven + uneven * soft_edge(across * side, 4.0) * within
    else:
        depth = 2 * uneven * within + edge * 2.5 * uneven
    depth = depth * _turns(scene, along, across, chance(scene, "net", 0.0))
    end = np.float32(random.uniform(-0.8, 0.3) * grid.half)
    if random.random() < 0.5:
        depth = depth * soft_edge(along - end + smooth(random, whole, 15.0), 2 * mm)
    return laid({material(scene): depth.astype(np.float32)}, cast_mm=round(float(thick), 1))


def _turns(scene: Scene, along: Map, across: Map, net: bool) -> Map:
    """Texture of mean about 1: oblique turns that overlap; the mesh of fibreglass or the lumps of plaster."""
    random, mm = scene.random, scene.grid.mm
    slant = np.float32(random.normal(0, 0.35))
    turns = (along + slant * across) / np.float32(span(scene, "turn", 20.0, 45.0))
    steps = 0.9 + 0.25 * (turns - np.floor(turns))
    if net:
        cell = np.float32(max(span(scene, "mesh", 1.8, 3.5), 4 * mm))
        u, v = (along + across) / cell, (along - across) / cell
        weave = 0.5 + 0.5 * np.maximum(np.cos(2 * np.pi * u) ** 2, np.cos(2 * np.pi * v) ** 2)
        return np.asarray(steps * weave, np.float32)
    whole = scene.grid.whole()
    lumps = np.clip(1 + 0.12 * fractal(random, whole, 6.0, 4, 0.7), 0.5, 1.6)
    return np.asarray(steps * lumps, np.float32)


@drawer
def bandage(scene: Scene) -> Mineral:
    """Turns of an elastic or gauze bandage over the limb: oblique stripes where they overlap, a weave."""
    random, mm = scene.random, scene.grid.mm
    spot = Skeleton.of(scene.ground).interior(random, 0.5)
    along, across = turned(
        scene.grid.whole(), spot.centre if spot else (0.0, 0.0), spot.angle if spot else turn(scene)
    )
    width = np.float32(span(scene, "width", 15.0, 60.0))
    depth = np.zeros_like(along)
    for slant in random.normal(0, 0.4, 2):
        turns = (along + np.float32(slant) * across) / width
        overlap = soft_edge((turns - np.floor(turns) - np.float32(random.uniform(0.5, 0.7))) * width, mm)
        depth = depth + 1 + overlap
    pitch = np.float32(max(span(scene, "pitch", 1.0, 2.0), 4 * mm))
    weave = 1 + 0.12 * np.sin(2 * np.pi * along / pitch) * np.sin(2 * np.pi * across / pitch)
    held = soft_edge(np.float32(span(scene, "padding", 1.0, 3.0)) - beyond(scene), mm)
    depth = np.float32(span(scene, "thick", 0.5, 1.6)) * depth * weave * held
    return laid({material(scene): depth.astype(np.float32)}, bandage=True)


@drawer
def tape(scene: Scene) -> Mineral:
    """A strip of adhesive tape or a dressing: a straight-edged faint band, ragged or folded at its end."""
    random, mm = scene.random, scene.grid.mm
    u, v = turned(scene.grid.whole(), place(scene), turn(scene))
    half, length = span(scene, "width", 8.0, 30.0) / 2, scene.length / 2
    ragged = np.float32(random.uniform(0.1, 1.2)) * smooth(random, scene.grid.whole(), max(1.5, 3 * mm))
    sheet = soft_edge(half - np.abs(v), mm) * soft_edge(length - np.abs(u) + ragged, mm)
    double = soft_edge(np.abs(u) - np.float32(random.uniform(0.6, 0.95) * length), mm)
    rows = 1 + 0.08 * np.sin(2 * np.pi * u / np.float32(max(1.0, 4 * mm)))
    depth = np.float32(span(scene, "thick", 0.6, 2.5)) * sheet * (1 + double) * rows
    return laid({material(scene): depth.astype(np.float32)}, tape_mm=round(2 * length, 1))
