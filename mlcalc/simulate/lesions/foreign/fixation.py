"""What holds bones: screws, plates, Kirschner wires, nails, rods."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.grid import Map
from mlcalc.simulate.lesions.course import Course
from mlcalc.simulate.lesions.finish import between
from mlcalc.simulate.lesions.foreign.place import Pose, along_bone, bone_width, in_site, solid
from mlcalc.simulate.lesions.foreign.threads import Screw, end_on, from_side
from mlcalc.simulate.lesions.forms import rod, within
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas

LONGEST_SCREW, LONGEST_PIN, LONGEST_PLATE = 1.5, 5.0, 9.0
"""Length against the width of the bone that they hold, at most."""


@drawer
def screws(scene: Scene) -> Mineral:
    """One to four screws across the bone.

    Settings: ``kind``: ``bone``, ``headless`` or ``anchor`` (a suture anchor at an attachment).
    """
    random, canvas = scene.random, Canvas(scene.grid)
    kind = scene.recipe.settings.get("kind", "bone")
    pose = along_bone(scene)
    across = LONGEST_SCREW * bone_width(scene, pose)
    screw = a_screw(scene, kind, scene.length if kind == "anchor" else min(scene.length, max(across, 6.0)))
    if kind == "anchor":
        pose = _at_attachment(scene, screw.length)
    count = int(random.integers(1, 3 if kind == "anchor" else 5))
    turn = random.uniform(0.9, 2.2) * random.choice([-1, 1]) if kind == "bone" else random.normal(0, 0.4)
    for i in range(count):
        step = (i - (count - 1) / 2) * max(3.2 * screw.radius, screw.length * random.uniform(0.15, 0.4))
        placed = pose.moved(0.0, 0.0, turn).moved(random.normal(0, 1), step, random.normal(0, 0.12))
        if random.random() < 0.12:
            end_on(canvas, placed, screw)
        else:
            from_side(canvas, placed, screw)
    return solid(scene, canvas.depth, kind=kind, screws=count, screw_mm=round(2 * screw.radius, 1))


@drawer
def plate(scene: Scene) -> Mineral:
    """A plate with holes along the bone, screws in most of them: from its face, or from the side."""
    random, canvas, pose = scene.random, Canvas(scene.grid), along_bone(scene)
    wide = bone_width(scene, pose)
    broad = float(np.clip(0.5 * wide * random.uniform(0.6, 1.0), 2.2, 16))
    thick = float(np.clip(0.25 * broad, 1.0, 4.5))
    side = random.random() < 0.5
    across = random.choice([-1, 1]) * (wide / 2 + thick / 2) if side else random.uniform(-0.2, 0.2) * wide
    pose = pose.moved(0.0, float(across))
    spacing = broad * random.uniform(1.1, 1.6)
    length = min(scene.length, LONGEST_PLATE * wide)
    holes = np.arange(max(int(length / spacing), 2)) - (max(int(length / spacing), 2) - 1) / 2
    holes = holes * spacing
    patch, u, v = pose.frame(scene.grid, (length / 2, broad))
    if not patch.empty:
        shape = _side_of_plate if side else _face_of_plate
        canvas.add(patch, shape(u, v, (length, broad, thick), holes, scene.grid.mm))
    screw = a_screw(scene, "bone", max(wide * random.uniform(0.8, 1.2), 3 * broad), 0.22 * broad)
    for hole in holes[random.random(len(holes)) < 0.75]:
        if side:
            inward = -math.copysign(math.pi / 2, across)
            from_side(canvas, pose.moved(float(hole), 0.0, inward).moved(screw.length / 2), screw)
        else:
            end_on(canvas, pose.moved(float(hole)), screw)
    return solid(scene, canvas.depth, view="side" if side else "face", holes=len(holes))


@drawer
def pins(scene: Scene) -> Mineral:
    """Kirschner wires: one to four smooth pointed pins across or along the bone, some bent over outside."""
    random, canvas, pose = scene.random, Canvas(scene.grid), along_bone(scene)
    radius, count = min(between(scene, 0.4, 1.1), scene.length / 30), int(random.integers(1, 5))
    longest = min(scene.length, LONGEST_PIN * bone_width(scene, pose))
    for _ in range(count):
        turn = random.choice([-1, 1]) * random.uniform(0.1, 0.9)
        placed = pose.moved(random.normal(0, 2), random.normal(0, 2.5), turn)
        length = longest * random.uniform(0.7, 1.0)
        _pin(canvas, placed, length, radius)
        if random.random() < 0.35:
            _pin(canvas, placed.moved(-length / 2, 0, random.uniform(1.2, 1.9)).moved(3.0), 6.0, radius)
    return solid(scene, canvas.depth, pins=count, pin_mm=round(2 * radius, 1))


@drawer
def nail(scene: Scene) -> Mineral:
    """An intramedullary nail in the shaft, hollow or not, locked by one or two screws."""
    random, canvas, pose = scene.random, Canvas(scene.grid), along_bone(scene)
    radius = float(np.clip(bone_width(scene, pose) * random.uniform(0.14, 0.22), 1.2, 7))
    length = max(scene.length, 6 * radius)
    patch, u, v = pose.frame(scene.grid, (length / 2, radius + 1))
    if not patch.empty:
        round_end = np.sqrt(np.clip(1 - (np.clip(u - length / 2 + radius, 0, None) / radius) ** 2, 0, 1))
        drawn = rod(v, np.maximum(radius * round_end, 1e-3), scene.grid.mm)
        if random.random() < 0.5:
            drawn = drawn - rod(v, 0.5 * radius, scene.grid.mm)
        canvas.add(patch, np.maximum(drawn, 0) * within(-length / 2, u, length / 2, scene.grid.mm))
    screw = a_screw(scene, "bone", bone_width(scene, pose) * random.uniform(0.9, 1.2), 0.32 * radius)
    for _ in range(int(random.integers(0, 3))):
        along = length * random.uniform(0.25, 0.45) * random.choice([-1, 1])
        from_side(canvas, pose.moved(along, 0.0, math.pi / 2), screw)
    return solid(scene, canvas.depth, nail_mm=round(2 * radius, 1))


@drawer
def pedicle_rods(scene: Scene) -> Mineral:
    """Rods beside the spine, joined to pedicle screws at each level."""
    random, canvas, pose = scene.random, Canvas(scene.grid), along_bone(scene)
    radius, count = between(scene, 2.2, 3.2), int(random.integers(2, 5))
    gap = min(scene.length / count, 38.0)
    sides = [-1, 1] if random.random() < 0.6 else [1]
    for side in sides:
        apart = side * random.uniform(12, 20)
        _pin(canvas, pose.moved(0.0, apart), gap * count, radius, pointed=False)
        for i in range(count):
            screw = Screw(random.uniform(30, 48), radius, 2.4, 0.9, 2.2 * radius)
            place = pose.moved((i - (count - 1) / 2) * gap, apart, -side * math.pi / 2)
            from_side(canvas, place.moved(screw.length * 0.35, 0, random.normal(0, 0.1)), screw)
    return solid(scene, canvas.depth, levels=count, sides=len(sides))


def a_screw(scene: Scene, kind: str, length: float, radius: float | None = None) -> Screw:
    """A screw of a kind; diameters of usual sets, 1.5 to 7.3 mm."""
    random = scene.random
    radius = radius or float(np.clip(length * random.uniform(0.03, 0.06), 0.6, 3.65))
    coarse = random.random() < 0.4
    pitch = max(radius * (1.1 if coarse else 0.7), 2.2 * scene.grid.mm)
    if kind == "headless":
        return Screw(length, radius, pitch, random.uniform(0.3, 1.0), 0.0, 0.35 * radius)
    if kind == "anchor":
        short = float(np.clip(length, 4, 16))
        return Screw(short, 0.14 * short, max(0.14 * short, 2.2 * scene.grid.mm), 0.85, 0.0, 0.05 * short)
    threaded = random.uniform(0.25, 0.5) if coarse else 1.0
    hollow = 0.4 * radius if random.random() < 0.25 else 0.0
    return Screw(length, radius, pitch, threaded, 1.75 * radius, hollow)


def _at_attachment(scene: Scene, length: float) -> Pose:
    """Into the bone at the attachment of a tendon, ligament or enthesis; else somewhere in the site."""
    course = Course.of(scene.site.path)
    if scene.site.compartment == "enthesis":
        x, y = course.at(-0.5 * length)[0]
        return Pose((float(x), float(y)), course.angle(0.0) + math.pi)
    if scene.site.compartment in ("tendon", "ligament"):
        x, y = course.at(course.length + 0.5 * length)[0]
        return Pose((float(x), float(y)), course.angle(course.length))
    return in_site(scene)


def _pin(canvas: Canvas, pose: Pose, length: float, radius: float, pointed: bool = True) -> None:
    patch, u, v = pose.frame(canvas.grid, (length / 2, radius + 1))
    if patch.empty:
        return
    point = np.clip((np.float32(length / 2) - u) / np.float32(5 * radius), 0.08 if pointed else 1, 1)
    canvas.merge(
        patch, rod(v, radius * point, canvas.grid.mm) * within(-length / 2, u, length / 2, canvas.grid.mm)
    )


def _face_of_plate(u: Map, v: Map, size: tuple[float, float, float], holes: Map, mm: float) -> Map:
    """A plate seen from its face: rounded ends, waists between round or oval holes."""
    length, broad, thick = size
    nearest = np.min(np.abs(u[..., None] - holes.astype(np.float32)), axis=-1)
    spacing = float(holes[1] - holes[0])
    half = broad / 2 * (1 - 0.14 * np.clip(nearest / (spacing / 2), 0, 1) ** 2)
    over = np.clip(np.abs(u) - (length / 2 - broad / 2), 0, None)
    half = np.sqrt(np.clip(half**2 - over**2, 0, None))
    bar = within(0.0, half - np.abs(v), 1e6, mm) * (half > 0)
    hole = within(-1.0, np.hypot(nearest, v), 0.3 * broad, mm)
    return np.asarray(thick * bar * (1 - hole), np.float32)


def _side_of_plate(u: Map, v: Map, size: tuple[float, float, float], holes: Map, mm: float) -> Map:
    """A plate on edge: a thin dense bar, less dense where its holes are."""
    length, broad, thick = size
    nearest = np.min(np.abs(u[..., None] - holes.astype(np.float32)), axis=-1)
    bar = within(-thick / 2, v, thick / 2, mm) * within(-length / 2, u, length / 2, mm)
    gone = 2 * np.sqrt(np.clip((0.3 * broad) ** 2 - nearest**2, 0, None))
    return np.asarray(bar * (broad - gone), np.float32)
