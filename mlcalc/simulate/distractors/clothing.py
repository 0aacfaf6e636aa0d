"""Clothing and bedding on or beside the patient."""

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
from mlcalc.simulate.grid import Map
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal, smooth, wander
from mlcalc.simulate.lesions.registry import drawer

KNOTS = 256
"""Steps along a fold."""
TEXTILE = "textile"


@drawer
def button(scene: Scene) -> Mineral:
    """A round button with a rim and two or four holes, or a metal snap; seen from above, or aslant.

    Settings: snap (chance), thick=low,high (mm), row (chance of a second one).
    """
    random, mm = scene.random, scene.grid.mm
    centre, angle, half = place(scene), turn(scene), scene.length / 2
    made, snap = material(scene), chance(scene, "snap", 0.0)
    flat = float(random.uniform(0.45, 1.0)) if random.random() < 0.4 else 1.0
    thick, holes = span(scene, "thick", 1.5, 3.0), int(random.choice([2, 4]))
    depth, row = scene.grid.zeros(), chance(scene, "row", 0.25)
    gap = 2 * half * float(random.uniform(1.6, 4.0))
    for k in range(1 + row):
        spot = (centre[0] + k * gap * math.cos(angle), centre[1] + k * gap * math.sin(angle))
        patch = square(scene, spot, 1.1 * half)
        if patch.empty:
            continue
        u, v = turned(patch, spot, angle)
        far = np.hypot(u, v / np.float32(flat))
        if snap:
            ring = np.exp(-(((far - 0.72 * half) / np.float32(max(0.12 * half, 0.6 * mm))) ** 2))
            face = 0.45 * soft_edge(half - far, mm) + 0.8 * ring + 0.9 * soft_edge(0.33 * half - far, mm)
        else:
            face = (0.7 + 0.5 * soft_edge(far - 0.78 * half, mm)) * soft_edge(half - far, mm)
            face = face * (1 - _holes(u, v / np.float32(flat), half, holes, mm))
        depth[patch.index] += np.float32(thick / flat) * face
    return laid({made: depth.astype(np.float32)}, button_mm=round(2 * half, 1), holes=0 if snap else holes)


def _holes(u: Map, v: Map, half: float, count: int, mm: float) -> Map:
    total = np.zeros_like(u)
    for k in range(count):
        phase = 2 * math.pi * k / count
        x, y = 0.26 * half * math.cos(phase), 0.26 * half * math.sin(phase)
        total += soft_edge(0.13 * half - np.hypot(u - np.float32(x), v - np.float32(y)), mm)
    return np.clip(total, 0, 1)


@drawer
def zip_fastener(scene: Scene) -> Mineral:
    """Two rows of teeth that interlock along a line, a slider here and there, cloth on both sides."""
    random, mm = scene.random, scene.grid.mm
    run = track(scene, place(scene), turn(scene), span(scene, "bend", 0.01, 0.15))
    s, t = run.coordinates(scene.grid.whole())
    pitch = max(span(scene, "pitch", 1.8, 3.6), 4.5 * mm)
    wide = np.float32(pitch * float(random.uniform(0.7, 1.0)))
    opened = np.clip((s - np.float32(run.length * random.uniform(0.45, 0.9))) / np.float32(30), 0, 1)
    opened = opened * np.float32(random.choice([0.0, 8.0]))
    teeth = np.zeros_like(s)
    for side in (-1, 1):
        phase = s / np.float32(pitch) + (0.5 if side > 0 else 0)
        along = np.abs(phase - np.floor(phase) - 0.5) * np.float32(pitch)
        off = t * side - opened
        tooth = (
            soft_edge(0.27 * pitch - along, mm) * soft_edge(off + 0.25 * wide, mm) * soft_edge(wide - off, mm)
        )
        teeth = np.maximum(teeth, tooth)
    cloth = soft_edge(6 + opened - np.abs(t), 2 * mm) * np.float32(span(scene, "cloth", 0.5, 1.5))
    where = float(random.uniform(0.38, 0.62)) * run.length
    slider = soft_edge(4 - np.abs(s - np.float32(where)), mm) * soft_edge(1.1 * wide + 1 - np.abs(t), mm)
    slider = slider * np.float32(random.random() < 0.3)
    metal = np.float32(span(scene, "thick", 1.0, 2.2)) * np.maximum(teeth, slider)
    return laid({material(scene): metal.astype(np.float32), TEXTILE: cloth.astype(np.float32)}, zip=True)


@drawer
def seam(scene: Scene) -> Mineral:
    """Cloth that ends or lies double: a faint edge, a welt, stitches in a row."""
    random, mm, whole = scene.random, scene.grid.mm, scene.grid.whole()
    run = track(scene, place(scene), turn(scene), span(scene, "bend", 0.02, 0.25))
    s, t = run.coordinates(whole)
    thick, welt = span(scene, "thick", 0.8, 3.0), span(scene, "welt", 3.0, 12.0)
    pitch, stitch = max(span(scene, "pitch", 2.0, 4.0), 4 * mm), 0.0
    cloth = soft_edge(t, 1.5 * mm) * (1 + soft_edge(welt - t, 1.5 * mm)) * np.float32(thick)
    lines = [0.15 * welt, 0.85 * welt][: int(random.integers(1, 3))]
    dots = np.abs(s / np.float32(pitch) % 1 - 0.5) < 0.32
    for at in lines:
        stitch = stitch + np.exp(-(((t - at) / np.float32(max(0.4, 0.7 * mm))) ** 2)) * dots
    weave = 1 + 0.06 * fractal(random, whole, max(1.0, 2 * mm), 2)
    depth = cloth * weave + np.float32(span(scene, "thread", 0.6, 2.0)) * stitch
    return laid({TEXTILE: depth.astype(np.float32)}, seam=True)


@drawer
def crease(scene: Scene) -> Mineral:
    """Folds of a shirt, sheet or blanket: soft ridges side by side that begin, meet and fade.

    Settings: count (most), thick, width, terry (1: the grain of a towel).
    """
    random, whole = scene.random, scene.grid.whole()
    run = track(scene, place(scene), turn(scene), span(scene, "bend", 0.03, 0.25))
    s, t = run.coordinates(whole)
    step = np.clip(s * np.float32(KNOTS / run.length), 0, KNOTS - 1).astype(np.int32)
    depth, at = scene.grid.zeros(), 0.0
    count = int(random.integers(1, int(scene.recipe.number("count", 5)) + 1))
    for _ in range(count):
        width = max(span(scene, "width", 1.5, 8.0), 2 * scene.grid.mm)
        lean = np.linspace(-1, 1, KNOTS) * float(random.normal(0, 0.25)) * scene.grid.half
        stray = (at + 0.6 * width * wander(random, KNOTS, 2) + lean).astype(np.float32)
        height = span(scene, "thick", 2.0, 10.0) * np.clip(0.6 + wander(random, KNOTS, 3), 0, 1.4)
        ridge = _ridge(t - stray[step], width, width * float(random.uniform(0.12, 1.0)))
        depth += ridge * height.astype(np.float32)[step]
        at += float(random.uniform(1, 5)) * width * float(random.choice([-1, 1]))
    if chance(scene, "terry", 0.0):
        loops = np.clip(smooth(random, whole, max(1.2, 2 * scene.grid.mm)), -1, 2)
        depth += np.float32(span(scene, "thick", 2.0, 10.0)) * np.clip(0.35 + 0.22 * loops, 0, 1)
    return laid({TEXTILE: depth.astype(np.float32)}, creases=count)


def _ridge(off: Map, right: float, left: float) -> Map:
    """1 at 0 mm off, falling to 1 / e over so many mm to its right and to its left."""
    return np.asarray(np.exp(-np.maximum(off / np.float32(right), off / np.float32(-left))), np.float32)


@drawer
def elastic_band(scene: Scene) -> Mineral:
    """A waistband, cuff or strap: parallel rubber threads, cloth gathered across them."""
    mm = scene.grid.mm
    run = track(scene, place(scene), turn(scene), span(scene, "bend", 0.02, 0.2))
    s, t = run.coordinates(scene.grid.whole())
    half = np.float32(span(scene, "width", 8.0, 35.0) / 2)
    pitch = np.float32(max(span(scene, "pitch", 1.2, 2.5), 3.5 * mm))
    inside = soft_edge(half - np.abs(t), mm)
    threads = (0.5 + 0.5 * np.cos(2 * np.pi * t / pitch)) ** 3 * inside
    gathers = 1 + 0.35 * np.sin(2 * np.pi * s / np.float32(span(scene, "gather", 2.5, 6.0)))
    cloth = np.float32(span(scene, "thick", 1.0, 4.0)) * inside * gathers
    rubber = np.float32(span(scene, "thread", 0.4, 1.1)) * threads
    return laid({"rubber": rubber.astype(np.float32), TEXTILE: cloth.astype(np.float32)}, elastic=True)


@drawer
def hair_braid(scene: Scene) -> Mineral:
    """A plait: three strands that cross, each of many hairs; or loose strands."""
    random, mm = scene.random, scene.grid.mm
    run = track(scene, place(scene), turn(scene), span(scene, "bend", 0.05, 0.3))
    s, t = run.coordinates(scene.grid.whole())
    half = np.float32(span(scene, "width", 12.0, 32.0) / 2)
    period, depth = half * np.float32(random.uniform(2.2, 3.4)), np.zeros_like(s)
    for k in range(3):
        middle = 0.5 * half * np.sin(2 * np.pi * (s / period + np.float32(k / 3)))
        off = (t - middle) / (0.55 * half)
        depth = np.maximum(depth, np.sqrt(np.maximum(1 - off**2, 0)))
    hairs = 1 + 0.25 * np.sin(
        2 * np.pi * (t + 0.4 * half * np.sin(2 * np.pi * s / period)) / max(1.1, 3 * mm)
    )
    plait = np.float32(span(scene, "thick", 5.0, 18.0)) * depth * hairs
    return laid({TEXTILE: plait.astype(np.float32)}, braid_mm=round(float(2 * half), 1))
