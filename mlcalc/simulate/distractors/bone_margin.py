"""Bone that grows from the margin of bone, or lies over it: of the bone itself, so no focal density."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from mlcalc.simulate.distractors.laid import Floats, chance, material, nothing, place, span, track, turn
from mlcalc.simulate.distractors.skeleton import BoneSpot, Skeleton
from mlcalc.simulate.grid import Map
from mlcalc.simulate.lesions.course import Course
from mlcalc.simulate.lesions.mineral import Layer, Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal, smooth, wander
from mlcalc.simulate.lesions.ossified.bones import Bones, tissue
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, body, chord, slab
from mlcalc.simulate.site import Site

STEPS = 40
SHAFT = 2.2
"""A piece of bone this much longer than wide is a shaft."""
THICKEST = 20.0
"""Half width in mm of the thickest shaft; what is thicker are bones that overlap."""


@drawer
def osteochondroma(scene: Scene) -> Mineral:
    """A stalked or broad outgrowth, its cortex and marrow those of the bone; flecks in its cartilage cap."""
    random = scene.random
    spot = Skeleton.of(scene.ground).margin(random)
    if spot is None:
        return nothing()
    length = min(scene.length, 3.5 * spot.half_width)
    stalked = chance(scene, "stalked", 0.6)
    run = _outgrowth(spot, length, float(random.normal(0, 0.5)), min(0.35 * length, 4.0))
    half, head = (_stalked if stalked else _broad)(random, length)
    scene = _local(scene, spot, run, length)
    bones = Bones(scene, replace(tissue(scene, 0.6 * length), gaps=0.05))
    bones.strand(run, half, rooted=(0.2 * length, 0.0))
    for _ in range(int(random.integers(1, 4))):  # lobes of the head
        lobe = head * float(random.uniform(0.45, 0.8))
        x, y = run.at(run.length - lobe * 1.3, float(random.normal(0, 0.55)) * head)[0]
        bones.blob((float(x), float(y)), (lobe, lobe * float(random.uniform(0.7, 1.0))), turn(scene))
    drawn = bones.mineral(run, bone_lesion_mm=round(length, 1), stalked=stalked)
    flecks = _flecks(scene, run, length, head)
    cap = Layer("hydroxyapatite", flecks * scene.ground.body, share=0.6)
    return Mineral((*drawn.layers, cap), drawn.parameters)


@drawer
def osteophyte(scene: Scene) -> Mineral:
    """Lips of bone at the margins of a joint, along its space and away from it."""
    random = scene.random
    skeleton = Skeleton.of(scene.ground)
    path, drawn, bones = scene.site.path, 0, Bones(scene, tissue(scene, 0.6 * scene.length))
    for end, inner in ((path[0], path[-1]), (path[-1], path[0])):
        spot = skeleton.margin(random, (float(end[0]), float(end[1])))
        if spot is None or math.hypot(spot.x - end[0], spot.y - end[1]) > 8 or random.random() < 0.25:
            continue
        away = math.atan2(end[1] - inner[1], end[0] - inner[0])
        length = scene.length * float(random.uniform(0.5, 1.0))
        lip = replace(spot, angle=_between(spot.angle, away))
        run = _outgrowth(lip, length, float(random.normal(0, 0.4)), 0.4 * length)
        share = np.linspace(0, 1, STEPS)
        width = length * float(random.uniform(0.35, 0.7))
        half = width * (1 - share ** random.uniform(0.8, 1.6)) ** 0.8 * (1 + 0.1 * wander(random, STEPS, 3))
        bones.strand(run, np.maximum(half, 0).astype(np.float32), rooted=(0.3 * length, 0.0))
        drawn += 1
    return bones.mineral(None, osteophytes=drawn) if drawn else nothing()


@drawer
def callus(scene: Scene) -> Mineral:
    """A spindle of bone around a shaft where a fracture healed: a cuff, its line still dense or lucent.

    Settings: bulge (of the cuff over half the shaft's width), line (mm of bone more along the fracture).
    """
    random, mm = scene.random, scene.grid.mm
    skeleton = Skeleton.of(scene.ground)
    spot = skeleton.interior(random, 1.2)
    if spot is None or spot.long < SHAFT or spot.half_width > THICKEST:
        return nothing()
    length = min(scene.length, 6 * spot.half_width)
    whole = scene.grid.whole()
    along, across = spot.turned(whole.x, whole.y)
    away = skeleton.outside()
    rise = np.float32(min(spot.half_width * span(scene, "bulge", 0.15, 0.7), 8.0))
    lean = 1 + np.float32(random.normal(0, 0.3)) * np.sign(across)
    waves = 1 + 0.3 * smooth(random, whole, max(0.3 * length, 3 * mm))
    swell = np.maximum(rise * np.exp(-((along / np.float32(0.3 * length)) ** 2)) * waves * lean - 0.3, 0)
    own = np.abs(across) < np.float32(1.25 * spot.half_width) + swell  # not around the bone beside it
    fresh = float(random.uniform(0, 1))
    depth = _cuff(away, swell, spot.half_width) * own
    rim = np.exp(-(((swell - away) / np.float32(max(0.5, mm)) - 1) ** 2)) * (swell > mm) * own
    wool = np.clip(1 + 0.6 * fresh * fractal(random, whole, max(0.25 * spot.half_width, 2.5 * mm), 3), 0.1, 2)
    slant = along + across * np.float32(random.normal(0, 0.5)) + 0.3 * smooth(random, whole, max(2.0, 3 * mm))
    line = np.exp(-((slant / np.float32(max(0.8, 1.2 * mm))) ** 2)) * (np.abs(across) < 1.2 * spot.half_width)
    depth = (
        depth * wool
        + np.float32((1 - fresh) * 1.5) * rim
        + span(scene, "line", 0.2, 1.2) * line * (away <= mm)
    )
    depth = (depth * scene.ground.body).astype(np.float32)
    return Mineral(
        (Layer(material(scene), depth),), {"bone_lesion_mm": round(length, 1), "fresh": round(fresh, 2)}
    )


def _cuff(away: Map, swell: Map, half: float) -> Map:
    """Depth of a sleeve ``swell`` mm thick about a round shaft, mm; over the shaft it lies on both sides."""
    outer = np.float32(half) + swell
    across = np.float32(half) + away
    beside = 2 * np.sqrt(np.maximum(outer**2 - across**2, 0))
    return np.where(away > 0, beside, np.minimum(2 * swell, beside))


@drawer
def bone_over(scene: Scene) -> Mineral:
    """The edge of another bone behind or before all this: a line of cortex, a veil on its one side."""
    random, mm = scene.random, scene.grid.mm
    run = track(scene, place(scene), turn(scene), span(scene, "bend", 0.03, 0.4))
    _, t = run.coordinates(scene.grid.whole())
    width = np.float32(span(scene, "width", 0.4, 1.5))
    ramp = np.float32(span(scene, "ramp", 3.0, 12.0))
    line = np.exp(-(((t - width) / np.float32(max(float(width), 0.7 * mm))) ** 2))
    veil = np.clip(t / width, 0, 1) * np.clip(1 - t / ramp, 0.35, 1)
    deep = np.float32(span(scene, "depth", 0.8, 4.0))
    texture = 1 + 0.15 * fractal(random, scene.grid.whole(), max(2.0, 3 * mm), 3)
    depth = deep * (0.8 * line + 0.5 * veil * texture) * scene.ground.body
    return Mineral((Layer(material(scene), depth.astype(np.float32)),), {"bone_over": True})


def _stalked(random: np.random.Generator, length: float) -> tuple[Map, float]:
    """Half widths (mm) along a mushroom: a stalk, wider at its foot, a round head; and that of the head."""
    share = np.linspace(0, 1, STEPS)
    neck, head = float(random.uniform(0.1, 0.17)), float(random.uniform(0.2, 0.32))
    foot = 0.12 * np.exp(-share / 0.12)
    rise = np.clip((share - 1 + 2 * head) / (0.9 * head), 0, 1)
    half = neck + foot + (head - neck) * rise * rise * (3 - 2 * rise)
    return _capped(random, half, share, head) * np.float32(length), head * length


def _broad(random: np.random.Generator, length: float) -> tuple[Map, float]:
    """Half widths (mm) along a dome that sits on the bone with all its breadth; and that of its head."""
    share = np.linspace(0, 1, STEPS)
    foot, head = float(random.uniform(0.5, 0.8)), float(random.uniform(0.25, 0.4))
    half = foot + (head - foot) * share
    return _capped(random, half, share, head) * np.float32(length), head * length


def _capped(random: np.random.Generator, half: Floats, share: Floats, head: float) -> Map:
    """A round end to half widths (shares of the length), and an uneven surface."""
    end = np.clip((share - 1 + head) / head, 0, 1)
    uneven = 1 + 0.08 * wander(random, STEPS, 3)
    return np.asarray(half * np.sqrt(1 - end**2) * uneven, np.float32)


def _outgrowth(spot: BoneSpot, length: float, bend: float, root: float) -> Course:
    """The axis of an outgrowth from a margin: it starts ``root`` mm inside the bone and bends (radians)."""
    s = np.linspace(-root, length, 14)
    angle = spot.angle + bend * np.clip(s / length, 0, 1)
    ds = np.diff(s, prepend=s[0])
    x, y = np.cumsum(ds * np.cos(angle)), np.cumsum(ds * np.sin(angle))
    start = np.array([spot.x - root * math.cos(spot.angle), spot.y - root * math.sin(spot.angle)])
    return Course.of(np.stack([start[0] + x, start[1] + y], 1))


def _local(scene: Scene, spot: BoneSpot, run: Course, length: float) -> Scene:
    """The scene with a site along a run: as deep as the patient may be there."""
    return replace(
        scene, site=Site("periarticular", scene.ground.region, run.points, 2 * spot.half_width, 2 * length)
    )


def _flecks(scene: Scene, run: Course, length: float, wide: float) -> Map:
    """Mineral in the cartilage cap: points over the head."""
    random, canvas = scene.random, Canvas(scene.grid)
    if random.random() < 0.4:
        return canvas.depth
    for _ in range(int(random.integers(3, 14))):
        s = length * float(random.uniform(0.75, 1.2)) + (run.length - length)
        x, y = run.at(s, float(random.uniform(-1.1, 1.1)) * wide)[0]
        size = max(wide * float(random.uniform(0.06, 0.16)), scene.grid.mm)
        patch, inside = body(random, scene.grid, (float(x), float(y)), (size * 1.3, size), turn(scene), 0.2)
        canvas.merge(patch, slab(inside, 1.5 * size, 0.6) + chord(inside, 0.2 * size))
    return canvas.depth


def _between(first: float, second: float) -> float:
    """The direction halfway between two."""
    return math.atan2(math.sin(first) + math.sin(second), math.cos(first) + math.cos(second))
