"""Mineral in soft-tissue masses: osteoid clouds, and a few faint flecks."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.lesions.course import Course, anchor, berth, shortened
from mlcalc.simulate.lesions.finish import depth_over_width, mass, mineral
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, body, chord, slab, step


@drawer
def osteoid_cloud(scene: Scene) -> Mineral:
    """Confluent clouds from wisps to ivory, densest towards the middle of a mass, without any margin.

    Settings: mass (chance of the mass; 1 in recipes of tumours), ivory (chance of solid cores; 0.5).
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    course, middle = Course.of(scene.site.path), anchor(scene)
    half = scene.length / 2
    off, across = berth(scene, course, middle, half * float(random.uniform(0.5, 0.95)))
    spot, angle, radii = course.at(middle, off)[0], course.angle(middle), (half, across)
    centre = (float(spot[0]), float(spot[1]))
    swelling, told = mass(scene, centre, radii, angle)
    patch, inside = body(random, scene.grid, centre, radii, angle, rough=0.4, cell=0.6)
    clouds = fractal(
        random, patch, radii[1] * float(random.uniform(0.3, 0.6)), 4, float(random.uniform(0.35, 0.6))
    )
    field = inside + float(random.uniform(-0.15, 0.1)) + 0.22 * clouds
    wisps = step(field / np.float32(random.uniform(0.7, 1.1))) * np.float32(random.uniform(0.5, 0.9))
    ivory = random.random() < scene.recipe.number("ivory", 0.5)
    if ivory:
        wisps = wisps + step((field - 0.25) / np.float32(0.45)) * np.float32(random.uniform(0.6, 1.0))
    grain = 1 + 0.12 * fractal(random, patch, radii[1] * 0.08, 2)
    deep = np.sqrt(np.maximum(0.1 + inside, 0.0)) * step((inside + 0.1) / np.float32(0.3))
    canvas.add(patch, wisps * grain * deep * np.float32(radii[1] * depth_over_width(scene)))
    return mineral(scene, canvas.depth, swelling, told=told, ivory=bool(ivory))


@drawer
def punctate_flecks(scene: Scene) -> Mineral:
    """Four to two dozen faint points and flecks that can be counted, in one field, often of a mass.

    Settings: mass (chance), eccentric (1: to one side of the mass, 0: in its middle; absent: either),
    most (flecks; 24).
    """
    scene = shortened(scene)
    random, canvas = scene.random, Canvas(scene.grid)
    course, middle = Course.of(scene.site.path), anchor(scene)
    half = scene.length / 2
    shift, across = berth(scene, course, middle, half * float(random.uniform(0.4, 1.0)))
    spot, angle = course.at(middle, shift)[0], course.angle(middle)
    off = scene.recipe.number("eccentric", float(random.integers(2))) * half * float(random.uniform(0.4, 0.8))
    way = float(random.uniform(0, 2 * math.pi))
    place = (float(spot[0]) + off * math.cos(way), float(spot[1]) + off * math.sin(way))
    swelling, told = mass(scene, place, (half, across), angle)
    count = int(random.integers(4, int(scene.recipe.number("most", 24)) + 1))
    field = random.normal(0, 0.5, (count, 2)).clip(-0.95, 0.95) * (half, across)
    c, s = math.cos(angle), math.sin(angle)
    points = field @ np.array([[c, s], [-s, c]]) + spot
    typical = min(scene.length * float(random.uniform(0.012, 0.028)), 1.5)
    for x, y in points:
        size = max(typical * float(np.exp(random.normal(0, 0.4))), 0.2, 0.8 * scene.grid.mm)
        radii = (size * float(random.choice([1.0, 1.2, 2.2])), size)
        turn = float(random.uniform(0, math.pi))
        patch, inside = body(random, scene.grid, (float(x), float(y)), radii, turn, 0.3 if size > 1 else 0.0)
        fleck = chord(inside, size * 2.0) + slab(inside, size * 1.2, 0.7)
        canvas.merge(patch, fleck * np.float32(random.uniform(0.5, 1.0)))
    return mineral(scene, canvas.depth, swelling, told=told, flecks=count)
