"""Faults of plates, films and readers: dust, scratches, rollers, grids, dead lines, fingerprints, kinks."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.distractors.marked import Film
from mlcalc.simulate.grid import Points
from mlcalc.simulate.lesions.noise import smooth, wander
from mlcalc.simulate.lesions.shapes import Canvas, stroke

POINTS = 8
"""Of a hair or scratch: one can bend no more."""
HALO = 0.55
"""Radius in pixels of the thinnest line."""


def _line(film: Film, length: float, bend: float) -> Points:
    """Points of a curve of so many pixels anywhere in the picture."""
    random = film.random
    centre = random.uniform(-0.5, 0.5, 2) * film.size
    angle = float(random.uniform(0, math.pi))
    s = np.linspace(-0.5, 0.5, POINTS) * length
    stray = np.asarray(wander(random, POINTS, 1.5), np.float64) * bend * length
    c, n = math.cos(angle), math.sin(angle)
    return np.stack([centre[0] + s * c - stray * n, centre[1] + s * n + stray * c], 1)


def dust(film: Film) -> None:
    """Bright specks of one or a few pixels, sharp as nothing in the patient is; hairs and fibres."""
    random, canvas = film.random, Canvas(film.pixels)
    for _ in range(int(random.integers(1, int(film.number("specks")) + 1))):
        centre = random.uniform(-0.5, 0.5, 2) * film.size
        tail = random.normal(0, 1.2, 2)
        radius = float(np.exp(random.normal(-0.3, 0.45)))
        stroke(
            canvas,
            np.stack([centre, centre + tail]),
            np.full(2, min(radius, 2.5), np.float32),
            random.uniform(0.2, 0.5),
        )
    for _ in range(int(random.integers(0, int(film.number("hairs")) + 1))):
        points = _line(film, film.size * float(random.uniform(0.05, 0.3)), float(random.uniform(0.03, 0.3)))
        stroke(canvas, points, np.full(len(points), HALO, np.float32), float(random.uniform(0.15, 0.5)))
    film.add(np.minimum(canvas.depth, 1) * np.float32(random.uniform(0.2, 0.7)))


def scratches(film: Film) -> None:
    """Thin lines, straight or gently bent, single or in a sheaf; bright or dark."""
    random, canvas = film.random, Canvas(film.pixels)
    first = _line(film, film.size * float(random.uniform(0.15, 1.2)), float(random.uniform(0, 0.06)))
    for _ in range(int(random.integers(1, int(film.number("lines")) + 1))):
        points = first + random.normal(0, 0.04 * film.size, 2)
        width = HALO * np.clip(1 + 0.6 * wander(random, len(points), 4), 0.2, 2)
        stroke(canvas, points, width.astype(np.float32), float(random.uniform(0.2, 0.6)))
    film.add(
        np.minimum(canvas.depth, 1) * np.float32(random.uniform(0.1, 0.5) * float(random.choice([-1, 1])))
    )


def roller_marks(film: Film) -> None:
    """Faint bands across the transport, one beside the other at a roller's turn."""
    random, axis = film.random, film.pixels.axis()
    period, strength = np.float32(film.number("period")), np.float32(film.number("strength"))
    phase = axis / period + np.float32(random.uniform(0, 1))
    sharp = float(random.uniform(0.05, 0.3))
    band = np.exp(-(((phase - np.round(phase)) / np.float32(sharp)) ** 2)) - np.float32(sharp * 1.7)
    film.add(strength * (band[:, None] if random.random() < 0.5 else band[None, :]))


def grid_lines(film: Film) -> None:
    """Fine parallel lines of a grid, stronger here and weaker there, as moire is."""
    random, grid = film.random, film.pixels
    axis = grid.axis()
    wave = np.sin(2 * np.pi * axis / np.float32(film.number("period")) + np.float32(random.uniform(0, 6.28)))
    slow = 1 + 0.5 * smooth(random, grid.whole(), 0.6 * film.size)
    lines = wave[None, :] if random.random() < 0.7 else wave[:, None]
    film.add(np.float32(film.number("strength")) * lines * np.clip(slow, 0, 2))


def dead_lines(film: Film) -> None:
    """Rows or columns of a pixel's width that are too bright, too dark or copied from beside."""
    random = film.random
    upright = bool(random.random() < 0.5)
    view = film.picture.T if upright else film.picture
    for _ in range(int(random.integers(1, int(film.number("lines")) + 1))):
        at = int(random.integers(1, film.size - 1))
        start = int(random.integers(film.size)) if random.random() < 0.3 else 0
        view[at, start:] += np.float32(film.number("strength") * float(random.choice([-1, 1])))


def smudge(film: Film) -> None:
    """A fingerprint: curved ridges in an oval; or a dried drop with a darker rim."""
    random, grid = film.random, film.pixels
    reach = film.number("size") * film.size / 2
    x, y = random.uniform(-0.45, 0.45, 2) * film.size
    patch = grid.patch(x - 1.4 * reach, y - 1.4 * reach, x + 1.4 * reach, y + 1.4 * reach)
    if patch.empty:
        return
    angle = float(random.uniform(0, math.pi))
    c, s = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    dx, dy = patch.x - np.float32(x), patch.y - np.float32(y)
    u, v = (dx * c + dy * s) / np.float32(reach), (dy * c - dx * s) / np.float32(0.72 * reach)
    far = np.hypot(u, v) + 0.08 * smooth(random, patch, 0.5 * reach)
    oval = np.clip((1 - far) * 5, 0, 1)
    if random.random() < 0.6:
        pitch = max(0.09, 3.0 / reach)
        ridges = np.sin(
            2 * np.pi * np.hypot(u * 0.9, v + 0.5 + 0.1 * smooth(random, patch, 0.4 * reach)) / pitch
        )
        shape = (
            oval * np.clip(ridges, -0.3, 1) * np.clip(0.7 + 0.5 * smooth(random, patch, 0.3 * reach), 0, 1)
        )
    else:
        shape = oval * 0.6 + np.exp(-(((far - 0.95) / 0.07) ** 2))
    film.add(shape * np.float32(film.number("strength") * float(random.choice([-1, 1]))), patch.index)


def kink(film: Film) -> None:
    """Crescents of a few millimetres, dark or bright: a film bent by a finger nail."""
    random, canvas = film.random, Canvas(film.pixels)
    for _ in range(int(random.integers(1, 4))):
        radius = film.number("size") * film.size
        sweep, first = float(random.uniform(1.0, 2.4)), float(random.uniform(0, 6.28))
        turn = first + np.linspace(-0.5, 0.5, 14) * sweep
        x, y = random.uniform(-0.45, 0.45, 2) * film.size
        points = np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], 1)
        width = HALO + 0.12 * radius * np.cos(np.linspace(-0.5, 0.5, 14) * math.pi) * float(
            random.uniform(0.2, 1)
        )
        stroke(canvas, points, width.astype(np.float32), 0.5 / max(float(width.max()), 0.5))
    grey = film.number("strength") * float(random.choice([-1, 1]))
    film.add(np.minimum(canvas.depth, 1) * np.float32(grey))


PLATE = {
    "dust": dust,
    "scratches": scratches,
    "roller_marks": roller_marks,
    "grid_lines": grid_lines,
    "dead_lines": dead_lines,
    "smudge": smudge,
    "kink": kink,
}
