"""A real film as the ground of a crop."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlcalc.simulate.backgrounds.curve import Curve
from mlcalc.simulate.backgrounds.film import Film
from mlcalc.simulate.backgrounds.framing import frame
from mlcalc.simulate.backgrounds.landmarks import Choice, choices, landmark_spot
from mlcalc.simulate.backgrounds.spot import Spot
from mlcalc.simulate.backgrounds.spots import Tissue, spot_of, tissues
from mlcalc.simulate.backgrounds.survey import SURVEYS, Half, Survey
from mlcalc.simulate.backgrounds.want import Want
from mlcalc.simulate.backgrounds.window import Window
from mlcalc.simulate.grid import Map
from mlcalc.simulate.site import Ground, Value

TRIES = 24
"""Places that are tried on one film before it is given up."""
SHOWN_BODY = 0.12
"""Least share of patient in a crop."""


@dataclass(frozen=True, eq=False)
class RealGround:
    """A crop of a film, and how the film renders what is put into it.

    ground: masks, estimates of bone and depth, and the sites that were asked for, the chosen one first.
    pixels: (size, size) float32 in [0, 1], the film. air: its grey without patient. curve: grey over
    attenuation. blur: sigma in pixels of the grid with which the film shows a sharp step, noise: standard
    deviation of its grain, zoom: pixels of the grid per pixel of the film. film, window: where it is from.
    """

    ground: Ground
    pixels: Map
    air: Map
    curve: Curve
    blur: float
    noise: float
    zoom: float
    film: Film
    window: Window


def real_ground(film: Film, random: np.random.Generator, want: Want | None = None) -> RealGround | None:
    """A crop of a film around a place of a wanted compartment; None where the film has none that fits.

    The place is within the middle of the crop, all of the canvas is on the film.
    """
    want, found = want or Want(), SURVEYS.of(film)
    compartments = list(_choices(found, want).values())
    for _ in range(TRIES if compartments else 0):
        ways = compartments[int(random.integers(len(compartments)))]
        way = ways[int(random.integers(len(ways)))]
        if isinstance(way, Tissue):
            spot = spot_of(found, way, want, random)
        else:
            spot = landmark_spot(found, way, random)
        window = None if spot is None else frame(found, spot.centre(), want, random)
        if spot is not None and window is not None:
            return _cut(found, window, (spot,))
    return None


def plain_ground(film: Film, random: np.random.Generator, want: Want | None = None) -> RealGround | None:
    """A crop from anywhere on a film, bone and edges included, without sites; None where too little shows."""
    want, found = want or Want(), SURVEYS.of(film)
    inside = np.flatnonzero(found.usable)
    for _ in range(TRIES if len(inside) else 0):
        row, column = divmod(int(inside[random.integers(len(inside))]), found.inside.shape[1])
        centre = (column + 0.5) * found.step, (row + 0.5) * found.step
        window = frame(found, centre, want, random)
        if window is not None:
            real = _cut(found, window, ())
            if real.ground.body.mean() >= SHOWN_BODY:
                return real
    return None


def _choices(found: Survey, want: Want) -> dict[str, list[Tissue | Choice]]:
    """What can be looked for on a film, by compartment."""
    made: dict[str, list[Tissue | Choice]] = {}
    for name, tissue in tissues().items():
        named = {structure for ids in tissue.structures.values() for structure in ids}
        if (not want.compartments or name in want.compartments) and (
            not want.structures or named & set(want.structures)
        ):
            made.setdefault(name, []).append(tissue)
    for choice in choices(found, want):
        made.setdefault(choice.place.compartment, []).append(choice)
    return made


def _cut(found: Survey, window: Window, spots: tuple[Spot, ...]) -> RealGround:
    """Everything that a survey knows, on the grid of a window."""

    def on_grid(values: Map | Half) -> Map:
        return window.sample(values, found.step, exact=False)

    body = on_grid(found.inside.astype(np.float32)) > 0.5
    ground = Ground(
        grid=window.grid,
        region=spots[0].region if spots else (found.film.regions or ("",))[0],
        body=body,
        bone=on_grid(found.bone) * body,
        depth=on_grid(found.depth) * body,
        sites=tuple(spot.site(window, found.mm) for spot in spots),
        parameters=_parameters(found, window),
    )
    return RealGround(
        ground=ground,
        pixels=np.clip(window.sample(found.pixels), 0, 1),
        air=on_grid(found.air),
        curve=found.curve,
        blur=max(found.blur * window.zoom, 0.4),
        noise=found.noise,
        zoom=window.zoom,
        film=found.film,
        window=window,
    )


def _parameters(found: Survey, window: Window) -> dict[str, Value]:
    return {
        "film": found.film.sha[:16],
        "film_block": found.film.block,
        "film_mm_per_pixel": round(found.mm, 4),
        "film_scale": found.mm_source,
        "film_x": round(window.x, 2),
        "film_y": round(window.y, 2),
        "film_side": round(window.side, 2),
        "film_angle": round(math.degrees(window.angle), 2),
        "film_mirrored": window.mirror,
    }
