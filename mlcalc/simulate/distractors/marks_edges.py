"""Edges: of the collimated field, of the plate, between stitched exposures; light that leaked in."""

from __future__ import annotations

import math

import numpy as np

from mlcalc.simulate.distractors.marked import Film
from mlcalc.simulate.grid import Map


def _from_border(film: Film, reach: float, slant: float, side: int) -> Map:
    """Pixels inwards from an edge that cuts off ``reach`` (share of the side) of one side of the picture."""
    axis = film.pixels.axis()
    x, y = axis[None, :], axis[:, None]
    angle = side * math.pi / 2 + slant
    c, s = np.float32(math.cos(angle)), np.float32(math.sin(angle))
    return np.float32(film.size * (0.5 - reach)) - (x * c + y * s)


def collimation(film: Film) -> None:
    """The border of the field on one side or two: black or white beyond, blurred by the penumbra."""
    random = film.random
    soft, slant = film.number("penumbra"), float(random.normal(0, film.number("slant")))
    beyond = float(random.choice([0.0, 0.0, float(random.uniform(0, 0.15)), 1.0]))
    first = int(random.integers(4))
    for k in range(int(random.integers(1, int(film.number("sides")) + 1))):
        inwards = _from_border(film, film.number("reach"), slant, (first + k) % 4)
        film.cover(beyond, np.clip(0.5 - inwards / np.float32(2 * soft), 0, 1))


def plate_edge(film: Film) -> None:
    """The rim of the plate: a bright or dark line, black beyond, its corner round."""
    random = film.random
    slant, first = float(random.normal(0, film.number("slant"))), int(random.integers(4))
    inwards = _from_border(film, film.number("reach"), slant, first)
    if random.random() < 0.6:
        other = _from_border(film, film.number("reach"), slant, first + 1)
        round_ = np.float32(random.uniform(4, 30))
        far = np.hypot(np.minimum(inwards - round_, 0), np.minimum(other - round_, 0))
        inwards = np.where(far < round_, np.minimum(inwards, other), round_ - far)
    film.cover(float(random.choice([0.0, 1.0])), np.clip(0.5 - inwards, 0, 1))
    line = np.exp(-(((inwards - 2) / np.float32(random.uniform(0.8, 2))) ** 2))
    film.add(line * np.float32(random.uniform(-0.25, 0.4)))


def stitching(film: Film) -> None:
    """The seam of two exposures: a small step of brightness, a shift by a pixel or two, a line."""
    random, size = film.random, film.size
    at = int(random.integers(size // 8, size - size // 8))
    upright = bool(random.random() < 0.8)
    half = film.picture[at:] if upright else film.picture[:, at:]
    axis = 1 if upright else 0
    half[:] = np.roll(half, int(random.integers(-2, 3)), axis=axis) + np.float32(
        film.number("step") * float(random.choice([-1, 1]))
    )
    if random.random() < 0.5:
        line = film.picture[at : at + 1] if upright else film.picture[:, at : at + 1]
        line += np.float32(random.uniform(-0.2, 0.2))


def fog(film: Film) -> None:
    """A veil, bright or dark, that fades away from one border."""
    random = film.random
    inwards = _from_border(film, 0.0, float(random.normal(0, 0.3)), int(random.integers(4)))
    veil = np.clip(1 - inwards / np.float32(film.number("reach") * film.size), 0, 1) ** 2
    film.add(veil * np.float32(film.number("strength") * float(random.choice([-1, 1]))))


EDGES = {"collimation": collimation, "plate_edge": plate_edge, "stitching": stitching, "fog": fog}
