"""Two or three morphologies in one lesion, each by its own drawer."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlcalc.simulate.grid import Map
from mlcalc.simulate.lesions.course import Course
from mlcalc.simulate.lesions.mineral import Layer, Mineral, Scene
from mlcalc.simulate.lesions.registry import drawer, drawers
from mlcalc.simulate.site import Site, Value

REACH = 1.5
"""A neighbouring site counts if its path comes within so many lengths of the lesion's site."""
MOST_GAIN = 4.0
"""Parts are brought nearer to each other's depth by factors of at most this, so that each stays seen."""
EVENED = 0.75
"""How much of the difference (of logarithms) goes."""


@drawer
def combined(scene: Scene) -> Mineral:
    """Draws each part about the middle of the first.

    Settings: parts (drawers joined by |), sizes (extent of each part over the lesion's, joined by |; 1),
    neighbour (compartment: the last part goes to such a site close by if there is one), and those of the
    parts.
    """
    names = scene.recipe.settings["parts"].split("|")
    sizes = [float(n) for n in scene.recipe.settings.get("sizes", "1").split("|")]
    drawn: list[Mineral] = []
    told: dict[str, Value] = {}
    for k, name in enumerate(names):
        site = _neighbour(scene) if k == len(names) - 1 else scene.site
        if drawn:
            site = _near(site, _middle(scene, drawn[0].layers[0].depth), scene.length)
        length = scene.length * sizes[min(k, len(sizes) - 1)]
        drawn.append(drawers()[name](replace(scene, length=length, site=site)))
        told |= {f"{name}_{key}": value for key, value in drawn[-1].parameters.items()}
    swelling = next((part.swelling for part in drawn if part.swelling is not None), None)
    bone = next((part.bone for part in drawn if part.bone is not None), None)
    return Mineral(_alike(scene, drawn), told, swelling, bone)


def _alike(scene: Scene, parts: list[Mineral]) -> tuple[Layer, ...]:
    """The layers of all parts, as deep as each other but for a chance factor."""
    typical = [max(_typical(layer.depth), 1e-3) for part in parts for layer in part.layers]
    common = float(np.exp(np.mean(np.log(typical))))
    chance = scene.random.normal(0, 0.25, len(typical))
    gains = [
        float(np.clip((common / depth) ** EVENED * np.exp(luck), 1 / MOST_GAIN, MOST_GAIN))
        for depth, luck in zip(typical, chance, strict=True)
    ]
    layers = [layer for part in parts for layer in part.layers]
    return tuple(
        replace(layer, depth=layer.depth * np.float32(gain))
        for layer, gain in zip(layers, gains, strict=True)
    )


def _typical(depth: Map) -> float:
    """Depth that few of a part's pixels surpass, mm; its fading border does not count."""
    touched = depth[depth > 0.1 * depth.max()]
    return float(np.quantile(touched, 0.85)) if touched.size else 0.0


def _middle(scene: Scene, depth: Map) -> tuple[float, float]:
    """Centre of gravity, mm; of nothing the site's own middle."""
    total = float(depth.sum())
    if total <= 0:
        return scene.site.centre()
    axis = scene.grid.axis()
    return float(depth.sum(axis=0) @ axis) / total, float(depth.sum(axis=1) @ axis) / total


def _near(site: Site, point: tuple[float, float], length: float) -> Site:
    """The site with only that stretch of its path that passes a point."""
    course = Course.of(site.path)
    half = min(length, course.length) / 2
    s = min(max(course.nearest(point), half), course.length - half)
    return replace(site, path=course.part(s - length / 2, s + length / 2).points)


def _neighbour(scene: Scene) -> Site:
    """The nearest other site of the wanted compartment close by, else the lesion's own."""
    wanted = scene.recipe.settings.get("neighbour")
    here = np.array(scene.site.centre())
    near = [
        (float(np.hypot(*(site.path - here).T).min()), n, site)
        for n, site in enumerate(scene.ground.sites)
        if site.compartment == wanted
    ]
    close = [entry for entry in near if entry[0] < REACH * scene.length]
    return min(close)[2] if close else scene.site
