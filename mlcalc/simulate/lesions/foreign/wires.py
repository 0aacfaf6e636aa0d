"""Thin metal: needles, wires, sutures, staples, clips, coils, stents."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.grid import Points
from mlcalc.simulate.lesions.course import Course, anchor, window
from mlcalc.simulate.lesions.finish import between
from mlcalc.simulate.lesions.foreign.place import Pose, along_bone, anyhow, bone_width, in_site, solid
from mlcalc.simulate.lesions.forms import rod, within
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import wander
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, stroke


@drawer
def needle(scene: Scene) -> Mineral:
    """A straight needle: pointed, solid with an eye, or a hollow cannula; or a broken piece of one."""
    random, pose, canvas = scene.random, anyhow(scene), Canvas(scene.grid)
    radius, kind = between(scene, 0.2, 0.65), ("sewing", "cannula", "broken")[int(random.integers(3))]
    length = scene.length * random.uniform(0.7, 1.0)
    patch, u, v = pose.frame(scene.grid, (length / 2, 1.5))
    if not patch.empty:
        v = v - np.float32(random.normal(0, 0.02) * length) * (u / np.float32(length)) ** 2 * 4
        point = np.clip((length / 2 - u) / np.float32(max(6 * radius, 1e-3)), 0.05, 1)
        taper = np.float32(radius) * (point if kind != "broken" else np.ones_like(u))
        drawn = rod(v, taper, scene.grid.mm)
        if kind == "cannula":
            drawn = drawn - rod(v, taper * np.float32(0.6), scene.grid.mm)
        if kind == "sewing":
            eye = within(-length / 2 + 1, u, -length / 2 + 3.5, scene.grid.mm)
            drawn = drawn * (1 - 0.7 * eye * (np.abs(v) < radius))
        canvas.add(patch, drawn * within(-length / 2, u, length / 2, scene.grid.mm))
    return solid(scene, canvas.depth, kind=kind, radius_mm=round(radius, 2))


@drawer
def wire(scene: Scene) -> Mineral:
    """A wire: bent anyhow, a twisted suture loop, a hook, or a cerclage around the bone.

    Settings: ``kind``: ``bent``, ``suture``, ``hook`` or ``cerclage``.
    """
    random, canvas = scene.random, Canvas(scene.grid)
    kind = scene.recipe.settings.get("kind", "bent")
    radius = between(scene, 0.15, 0.6)
    count = int(random.integers(1, 4)) if kind in ("suture", "cerclage") else 1
    for i in range(count):
        points = _run_of_wire(scene, kind, i - (count - 1) / 2)
        stroke(canvas, points, np.full(len(points), radius, np.float32))
    return solid(scene, canvas.depth, kind=kind, wires=count, radius_mm=round(radius, 2))


@drawer
def staples(scene: Scene) -> Mineral:
    """A row of skin staples or vessel clips, or one broad bone staple.

    Settings: ``kind``: ``skin``, ``clip`` or ``bone``.
    """
    random, canvas = scene.random, Canvas(scene.grid)
    kind = scene.recipe.settings.get("kind", "skin")
    course, middle = Course.of(scene.site.path), anchor(scene)
    size = {"skin": 6.5, "clip": between(scene, 3.0, 8.0), "bone": between(scene, 10.0, 20.0)}[kind]
    radius = {"skin": 0.28, "clip": 0.5, "bone": 0.9}[kind] * between(scene, 0.8, 1.25)
    count = 1 if kind == "bone" else max(int(scene.length / (size * random.uniform(0.8, 1.6))), 1)
    for i in range(min(count, 14)):
        s = middle + (i - (count - 1) / 2) * scene.length / max(count, 1)
        x, y = course.at(s, random.normal(0, 0.8 if kind == "skin" else scene.site.width / 4))[0]
        turn = random.normal(0, 0.15) if kind == "skin" else random.uniform(0, math.pi)
        pose = Pose((float(x), float(y)), course.angle(s) + math.pi / 2 + turn)
        points = np.array([pose.at(*point) for point in _bent(random, kind, size)])
        stroke(canvas, points, np.full(len(points), radius, np.float32))
    return solid(scene, canvas.depth, kind=kind, pieces=min(count, 14))


@drawer
def coil(scene: Scene) -> Mineral:
    """An embolisation coil: thin wire wound up in a vessel, loops over loops."""
    random, canvas, pose = scene.random, Canvas(scene.grid), in_site(scene)
    wide = min(scene.site.width * random.uniform(0.7, 1.3), scene.length)
    turns = int(np.clip(scene.length / max(wide, 1) * random.uniform(3, 7), 3, 14))
    t = np.linspace(0, 1, turns * 12)
    loose = 1 + 0.35 * wander(random, len(t), turns / 2)
    u = (t - 0.5) * (scene.length - wide) + wide / 2 * np.cos(2 * np.pi * turns * t) * random.uniform(
        0.1, 0.9
    )
    v = wide / 2 * loose * np.sin(2 * np.pi * turns * t + random.uniform(0, 6))
    points = np.array([pose.at(float(a), float(b)) for a, b in zip(u, v, strict=True)])
    stroke(canvas, points, np.full(len(points), between(scene, 0.12, 0.3), np.float32))
    return solid(scene, canvas.depth, turns=turns)


@drawer
def stent(scene: Scene) -> Mineral:
    """A stent: zigzag rings of thin wire in a vessel's wall, front and back seen through each other."""
    random, course = scene.random, Course.of(scene.site.path)
    length = min(scene.length, course.length)
    s0 = float(np.clip(anchor(scene), length / 2, course.length - length / 2))
    run, half = course.part(s0 - length / 2, s0 + length / 2), scene.site.width / 2
    strands, pitch = int(random.integers(4, 8)), max(between(scene, 3.0, 9.0), 8 * scene.grid.mm)
    radius, canvas = between(scene, 0.08, 0.18), Canvas(scene.grid)
    patch = window(scene.grid, run, half + 1)
    if not patch.empty:
        s, t = run.coordinates(patch)
        depth = np.zeros_like(s)
        for i in range(strands):
            angle = np.arcsin(0.999 * np.sin(2 * np.pi * s / pitch)) * (2 if i % 2 else -2) / strands
            wall = half * np.sin(2 * np.pi * i / strands + angle)
            depth += rod((t - wall) * np.float32(0.75), radius, scene.grid.mm)
        canvas.add(patch, depth * within(0.0, s, run.length, scene.grid.mm))
    return solid(scene, canvas.depth, strands=strands, pitch_mm=round(pitch, 1))


def _run_of_wire(scene: Scene, kind: str, place: float) -> Points:
    random = scene.random
    if kind == "cerclage":
        pose = along_bone(scene)
        half = bone_width(scene, pose) / 2 * random.uniform(0.95, 1.1)
        tilt, t = random.uniform(0.05, 0.35), np.linspace(0.2, 2 * np.pi + 0.4, 40)
        ring = np.stack([half * tilt * np.cos(t) + place * 12, half * np.sin(t)], axis=1)
        tail = ring[-1] + np.stack([random.normal(0, 0.4, 6), np.linspace(0.5, 5, 6)], axis=1)
        return np.array([pose.at(*point) for point in np.concatenate([ring, tail])])
    pose = anyhow(scene) if kind != "suture" else in_site(scene).moved(place * scene.length / 3)
    if kind == "suture":
        t, wide = np.linspace(0.3, 2 * np.pi - 0.1, 28), scene.length / 5
        ring = np.stack([wide * 0.4 * np.cos(t), wide * np.sin(t)], axis=1)
        twist = np.stack([wide * 0.4 + np.linspace(0, wide, 14), 0.35 * np.sin(np.arange(14) * 2.2)], axis=1)
        points = np.concatenate([ring, twist])
    elif kind == "hook":
        t = np.linspace(0, 1.25 * np.pi, 24)
        bow = scene.length / 4
        shank = np.stack([np.linspace(-scene.length * 0.6, 0, 10), np.full(10, -bow)], axis=1)
        points = np.concatenate([shank, np.stack([bow * np.sin(t), -bow * np.cos(t)], axis=1)])
    else:
        u = np.linspace(-0.5, 0.5, 30) * scene.length
        points = np.stack([u, scene.length * random.uniform(0.02, 0.2) * wander(random, 30, 1.5)], axis=1)
    return np.array([pose.at(float(a), float(b)) for a, b in points])


def _bent(random: np.random.Generator, kind: str, size: float) -> Points:
    """The wire of one staple or clip about the origin, (n, 2) mm; seen flat or foreshortened."""
    leg = size * {"skin": 0.55, "clip": 0.9, "bone": 0.9}[kind] * random.uniform(0.15, 1.0)
    if kind == "clip":
        gap = random.uniform(0.0, 0.35) * size
        return np.array([(-leg / 2, gap / 2), (leg / 2, 0.05), (-leg / 2, -gap / 2)])
    tip = 0.3 * size if kind == "skin" else 0.45 * size
    half = size / 2
    return np.array([(-tip, leg), (-half, leg * 0.8), (-half, 0), (half, 0), (half, leg * 0.8), (tip, leg)])
