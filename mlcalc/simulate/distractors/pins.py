"""Small things of wire and metal: pins, grips, hooks, the wire of a bra, coins."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.distractors.laid import (
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
from mlcalc.simulate.grid import Points
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.registry import drawer
from mlcalc.simulate.lesions.shapes import Canvas, stroke


@drawer
def pin(scene: Scene) -> Mineral:
    """A safety pin (closed, with coil and cap), a hair grip or a hook and eye, of wire."""
    random, centre, angle, length = scene.random, place(scene), turn(scene), scene.length
    kind = scene.recipe.settings.get("kind", "safety")
    radius = span(scene, "radius", 0.3, 0.6)
    curves = {"safety": _safety, "grip": _grip, "hook": _hook}[kind](random, length)
    c, s, canvas = math.cos(angle), math.sin(angle), Canvas(scene.grid)
    for points in curves:
        there = points @ np.array([[c, s], [-s, c]]) + centre
        stroke(canvas, there, np.full(len(there), radius, np.float32))
    return laid({material(scene): canvas.depth}, pin=kind, pin_mm=round(length, 1))


def _safety(random: np.random.Generator, length: float) -> list[Points]:
    """Two legs from a coil to a cap; the moving leg bows."""
    half, wide, bow = length / 2, 0.07 * length, float(random.uniform(0.0, 0.06)) * length
    t = np.linspace(0, 1, 12)
    fixed = np.stack([half * (2 * t - 1), np.full(12, -wide)], 1)
    moving = np.stack([half * (2 * t - 1), wide + bow * np.sin(np.pi * t)], 1)
    turns = np.linspace(0, 2 * np.pi, 16)
    coil = np.stack([-half - 0.06 * length * np.cos(turns), 1.05 * wide * np.sin(turns)], 1)
    cap = [
        np.array(
            [[half - 0.14 * length * k, -1.3 * wide], [half, 0.0], [half - 0.14 * length * k, 1.3 * wide]]
        )
        for k in (0.3, 0.6, 0.9)
    ]
    return [fixed, moving, coil, *cap]


def _grip(random: np.random.Generator, length: float) -> list[Points]:
    """A straight leg and a wavy one, joined by a bend."""
    t = np.linspace(0, 1, 30)
    gap = 0.05 * length
    wave = gap * 0.5 * np.sin(2 * np.pi * float(random.uniform(2, 3.5)) * t) * (t > 0.25) * (t < 0.9)
    turns = np.linspace(np.pi / 2, 3 * np.pi / 2, 8)
    bend = np.stack([gap * np.cos(turns) - length / 2, gap * np.sin(turns)], 1)
    straight = np.stack([length * (t - 0.5), np.full(30, gap)], 1)
    return [straight, np.stack([length * (t - 0.5), -gap + wave], 1), bend]


def _hook(random: np.random.Generator, length: float) -> list[Points]:
    """Hooks in a row, each with two eyelets, as a bra's clasp has."""
    turns = np.linspace(0, 2 * np.pi, 14)
    eyelet = np.stack([0.07 * np.cos(turns) + 0.04, 0.12 * np.sin(turns)], 1)
    bow = np.array([[0.0, -0.1], [0.35, -0.1], [0.42, 0.0], [0.35, 0.1], [0.0, 0.1]])
    count = int(random.integers(2, 4))
    parts = [(eyelet, 0.13), (eyelet, -0.13), (bow, 0.0)]
    return [
        length * (part + np.array([0.0, 0.45 * (k - 1) + at])) for k in range(count) for part, at in parts
    ]


@drawer
def coin(scene: Scene) -> Mineral:
    """Coins in a pocket, overlapping, with a raised rim; some stand on edge."""
    random, mm, depth = scene.random, scene.grid.mm, scene.grid.zeros()
    x, y = place(scene)
    count = int(random.integers(1, 4))
    for _ in range(count):
        half, flat, angle = (
            scene.length / 2 * float(random.uniform(0.8, 1.0)),
            float(random.uniform(0.2, 1.0)),
            turn(scene),
        )
        patch = square(scene, (x, y), 1.1 * half)
        if not patch.empty:
            u, v = turned(patch, (x, y), angle)
            far = np.hypot(u, v / np.float32(flat))
            face = soft_edge(half - far, mm) * (1 + 0.25 * soft_edge(far - 0.9 * half, mm))
            depth[patch.index] += np.float32(span(scene, "thick", 1.4, 2.2) / flat) * face
        x, y = x + float(random.uniform(-1, 1)) * 1.5 * half, y + float(random.uniform(-1, 1)) * 1.5 * half
    return laid({material(scene): depth}, coins=count)


@drawer
def bow_wire(scene: Scene) -> Mineral:
    """The wire of a bra's cup or a mask's nose piece: a smooth bow with rounded ends, in a seam of cloth."""
    canvas = Canvas(scene.grid)
    run = track(scene, place(scene), turn(scene), span(scene, "bend", 0.25, 0.5), 0.7 * scene.length)
    points = run.at(np.linspace(0, run.length, 30))
    stroke(canvas, points, np.full(30, span(scene, "wire", 0.6, 1.2), np.float32), 0.6)
    _, t = run.coordinates(scene.grid.whole())
    cloth = 1.5 * soft_edge(4 - np.abs(t), 2 * scene.grid.mm)
    return laid(
        {material(scene): canvas.depth, "textile": cloth.astype(np.float32)}, bow_mm=round(scene.length, 1)
    )
