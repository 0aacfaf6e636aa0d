"""Marks on a finished picture, whatever its label: letters, collimation, dust, scratches.

They say nothing about mineral, so every kind of crop gets them alike, from a stream of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from mlcalc.simulate.distractors.marked import Film
from mlcalc.simulate.distractors.marks_edges import EDGES
from mlcalc.simulate.distractors.marks_plate import PLATE
from mlcalc.simulate.distractors.marks_text import TEXT
from mlcalc.simulate.grid import Map, Mask
from mlcalc.simulate.site import Value
from mlcalc.simulate.streams import pick
from mlcalc.vocabulary.registry import read_csv

TABLE = Path(__file__).with_name("film_marks.csv")
HEADER = ("mark", "weight", "settings", "source")
RATE = 0.25
"""Share of crops with any mark, unless a config says another."""
SECOND = 0.2
"""Share of the marked crops that have two."""
DRAWN = TEXT | EDGES | PLATE


@dataclass(frozen=True, slots=True)
class MarkKind:
    """weight: how often, against the others. settings: name to a number or a range, for the mark."""

    weight: float
    settings: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, eq=False)
class Marked:
    """picture: (size, size) float32 in [0, 1]. hidden: where a mark covers what was below.

    parameters: ``film_marks``, ids joined by ``;`` ("" for none), for the manifest.
    """

    picture: Map
    hidden: Mask
    parameters: Mapping[str, Value]


@cache
def mark_kinds() -> Mapping[str, MarkKind]:
    """Rows of ``film_marks.csv`` by id.

    Raises KeyError for a mark that nobody draws, ValueError for a setting that is no number or range.
    """
    kinds = {}
    for _, row in read_csv(TABLE, HEADER):
        if row["mark"] not in DRAWN:
            raise KeyError(f"{TABLE.name}: no mark {row['mark']!r}; there are {', '.join(DRAWN)}")
        kinds[row["mark"]] = MarkKind(float(row["weight"]), _settings(row["settings"]))
    return kinds


def _settings(cell: str) -> dict[str, tuple[float, float]]:
    found = {}
    for part in cell.split(";"):
        name, _, value = part.partition("=")
        low, _, high = value.partition("|")
        found[name] = (float(low), float(high or low))
    return found


def film_marks(
    picture: Map, ground_body: Mask, random: np.random.Generator, mm: float, rate: float = RATE
) -> tuple[Map, dict[str, Value]]:
    """The picture with no, one or two marks, and what they are; see `marked`."""
    found = marked(picture, ground_body, random, mm, rate)
    return found.picture, dict(found.parameters)


def marked(
    picture: Map,
    ground_body: Mask,
    random: np.random.Generator,
    mm: float,
    rate: float = RATE,
    only: tuple[str, ...] = (),
) -> Marked:
    """The picture with no, one or two marks.

    picture: (size, size) float32 in [0, 1], dense = bright; stays as it is. ground_body: where the patient is
    (letters are put beside, as a rule); opaque marks stay off the middle of the picture. mm: side of a pixel
    in the object. rate: share of pictures with any mark. only: mark ids to draw from; none: all.
    Raises ValueError for a picture that is not square or of another shape than the body.
    """
    if picture.shape != ground_body.shape or picture.ndim != 2 or picture.shape[0] != picture.shape[1]:
        raise ValueError(f"picture {picture.shape} and body {ground_body.shape} must be the same square")
    chances = random.random(2)
    if chances[0] >= rate:
        return Marked(picture, np.zeros(picture.shape, np.bool_), {"film_marks": ""})
    kinds = {name: kind for name, kind in mark_kinds().items() if not only or name in only}
    film, names = Film(picture.copy(), ground_body, random, mm), list[str]()
    for _ in range(1 + int(chances[1] < SECOND)):
        name = pick(random, {name: kind.weight for name, kind in kinds.items()})
        film.settings = kinds[name].settings
        DRAWN[name](film)
        names.append(name)
    return Marked(np.clip(film.picture, 0, 1), film.hidden, {"film_marks": ";".join(names)})
