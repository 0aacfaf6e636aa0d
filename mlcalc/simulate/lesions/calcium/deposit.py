"""Paste of hydroxyapatite: dense, homogeneous and well-defined at rest, fluffy and fading when resorbed."""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import gaussian_filter

from mlcalc.simulate.grid import Map, Patch
from mlcalc.simulate.lesions.course import Course, anchor, berth, shortened
from mlcalc.simulate.lesions.finish import between, depth_over_width, erosion, mass, mineral, whether
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, around, body, slab, step


@drawer
def amorphous_cloudlike(scene: Scene) -> Mineral:
    """One or a few confluent lumps of chalk moulded to the structure; even inside, contour well-defined.

    Settings: lobes (most; 3), aspect (width over length, least; 0.35), satellites (chance; 0.3), mass,
    erosion.
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    course, middle = Course.of(scene.site.path), anchor(scene, near_bone=0.7)
    lobes = int(random.integers(1, int(scene.recipe.number("lobes", 3)) + 1))
    off, half = berth(scene, course, middle, _across(scene) / 2)
    across = 2 * half / (1 if lobes == 1 else float(random.uniform(1.0, 1.5)))
    deep, rough = across * depth_over_width(scene), float(random.uniform(0.06, 0.22))
    edge = float(random.uniform(0.18, 0.5))
    for i in range(lobes):
        reach = scene.length / 2 * (1.0 if lobes == 1 else float(random.uniform(0.5, 0.75)))
        spot = 0.0 if lobes == 1 else (2 * i / (lobes - 1) - 1) * (scene.length / 2 - reach)
        thick = min(across / 2 * (float(random.uniform(0.7, 1.0)) if lobes > 1 else 1.0), reach)
        place = course.at(middle + spot, off + float(random.normal(0, 0.12)) * across)[0]
        angle = course.angle(middle + spot) + float(random.normal(0, 0.15))
        patch, inside = body(random, scene.grid, (place[0], place[1]), (reach, thick), angle, rough)
        canvas.merge(patch, slab(inside, deep * float(random.uniform(0.8, 1.0)), edge))
    if whether(scene, "satellites", 0.3):
        _satellites(scene, canvas, course, middle, across)
    centre = course.at(middle)[0]
    patch = around(scene.grid, (centre[0], centre[1]), scene.length)
    canvas.depth[patch.index] *= 1 + np.float32(0.1) * fractal(random, patch, across * 0.5, 2)
    around_it = (scene.length / 2, across / 2)
    swelling, told = mass(scene, (float(centre[0]), float(centre[1])), around_it, course.angle(middle))
    return mineral(scene, canvas.depth, swelling, erosion(scene, canvas.depth), told=told, lobes=lobes)


def _across(scene: Scene) -> float:
    """Width of a deposit: no wider than its structure lets it, never a thread."""
    least = scene.recipe.number("aspect", 0.35)
    wanted = scene.length * float(scene.random.uniform(least, max(0.75, least)))
    return max(min(wanted, 1.3 * scene.site.width), least * scene.length)


def _satellites(scene: Scene, canvas: Canvas, course: Course, middle: float, across: float) -> None:
    random = scene.random
    for _ in range(int(random.integers(1, 4))):
        s = middle + scene.length * float(random.uniform(-0.6, 0.6))
        place = course.at(s, float(random.normal(0, 0.45)) * across)[0]
        size = across * float(random.uniform(0.06, 0.18))
        radii = (size * float(random.uniform(1, 1.8)), size)
        patch, inside = body(random, scene.grid, (place[0], place[1]), radii, course.angle(s), 0.3)
        canvas.merge(patch, slab(inside, size * 2, 0.5))


@drawer
def fluffy_ill_defined(scene: Scene) -> Mineral:
    """A deposit being resorbed: woolly, without an edge, fading away, often with a comet tail.

    Settings: tail (chance; 0.55), mass, erosion (chance of bone resorbed beneath).
    """
    scene = shortened(scene)
    random = scene.random
    course, middle = Course.of(scene.site.path), anchor(scene, near_bone=0.6)
    tailed = whether(scene, "tail", 0.55)
    size = scene.length * (float(random.uniform(0.4, 0.6)) if tailed else 0.8)
    off, half = berth(scene, course, middle, size * float(random.uniform(0.22, 0.45)))
    across, spot, angle = 2 * half, course.at(middle, off)[0], course.angle(middle)
    tail = angle + (math.pi if random.random() < 0.6 else 0.0) + float(random.normal(0, 0.4))
    start = spot - (scene.length - size) / 2 * np.array([math.cos(tail), math.sin(tail)])
    centre = (float(start[0]), float(start[1]))
    patch = around(scene.grid, centre, 1.1 * scene.length)
    depth = _wool(scene, centre, (size / 2, across / 2), angle, patch)
    if tailed:
        depth = np.maximum(depth, _tail(scene, centre, tail, across / 2, scene.length - size / 2, patch))
    cotton = fractal(random, patch, across * 0.35, 4, 0.65)
    depth = depth * np.clip(0.8 + 0.28 * cotton, 0.1, 1.5)
    whole = scene.grid.zeros()
    blur = float(random.uniform(0.02, 0.05)) * size / scene.grid.mm
    deep = across * depth_over_width(scene) * float(random.uniform(0.4, 0.8))
    whole[patch.index] = gaussian_filter(depth, blur, truncate=3) * np.float32(deep)
    swelling, told = mass(scene, centre, (size / 2, across / 2), angle)
    return mineral(scene, whole, swelling, erosion(scene, whole), told=told, comet_tail=tailed)


def _wool(
    scene: Scene, centre: tuple[float, float], radii: tuple[float, float], angle: float, patch: Patch
) -> Map:
    """1 in the middle, 0 at the contour, by a long slope that is steeper on one side."""
    found, inside = body(scene.random, scene.grid, centre, radii, angle, rough=0.5, cell=0.7)
    soft = float(scene.random.uniform(0.5, 0.9))
    whole = Canvas(scene.grid)
    whole.merge(found, step((inside + 0.25) / np.float32(soft + 0.25)))
    return whole.depth[patch.index]


def _tail(
    scene: Scene, centre: tuple[float, float], angle: float, wide: float, reach: float, patch: Patch
) -> Map:
    """A streak that narrows and fades from the centre to ``reach`` mm away, slightly bent."""
    random = scene.random
    c, s = math.cos(angle), math.sin(angle)
    dx, dy = patch.x - np.float32(centre[0]), patch.y - np.float32(centre[1])
    u, v = (dx * c + dy * s) / np.float32(reach), dy * c - dx * s
    v = v - np.float32(random.normal(0, 0.12) * reach) * u * u
    narrow = between(scene, 0.15, 0.5)
    width = np.float32(wide) * (0.7 - (0.7 - narrow * 0.7) * np.clip(u, 0, 1))
    fade = np.clip(1 - u, 0, 1) ** np.float32(random.uniform(0.7, 1.6))
    tail: Map = (np.exp(-((v / width) ** 2)) * fade * (u > 0) * np.float32(0.75)).astype(np.float32)
    return tail
