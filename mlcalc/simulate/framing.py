"""How large a lesion is, how large its crop, and which part of a long structure the crop looks at."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mlcalc.simulate.config import Framing
from mlcalc.simulate.grid import Points
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.site import Site
from mlcalc.simulate.streams import log_uniform

SLACK = 1.25
"""A lesion may be this much larger or smaller than its recipe says: a range in a document is no cap."""
INSIDE = 0.3
"""A lesion uses the part of a long structure within this share of the crop's side from its centre."""
WHOLE = ("intervertebral_disc", "facet_joint")
"""Compartments whose two ends mean something by themselves: the margins of a disc."""
SMALLEST_SIDE = 14.0
"""Millimetres; below it a crop shows nothing that a radiograph resolves."""
STEP = 0.01
"""Spacing of the points that a path is resampled to, as a share of its length."""


@dataclass(frozen=True, slots=True)
class Frame:
    """length: of the lesion, mm. side: of the crop, mm."""

    length: float
    side: float


def frame(recipe: Recipe, sides: tuple[float, float], framing: Framing, random: np.random.Generator) -> Frame:
    """A length from the recipe's range and a crop around it that the region has room for.

    sides: shortest and longest side of a crop of the region, mm.
    """
    low, high = recipe.length[0] / SLACK, recipe.length[1] * SLACK
    length = log_uniform(random, low, high)
    share = log_uniform(random, *framing.share)
    side = float(np.clip(length / share, max(sides[0], SMALLEST_SIDE), sides[1]))
    return Frame(float(np.clip(length, framing.share[0] * side, max(low, framing.share[1] * side))), side)


def along(path: Points) -> Points:
    """The path with evenly spaced points, (101, 2); its shape stays."""
    steps = np.hypot(*np.diff(path, axis=0).T)
    run = np.concatenate([[0.0], np.cumsum(steps)])
    if run[-1] == 0:
        return np.repeat(path[:1], round(1 / STEP) + 1, axis=0)
    at = np.linspace(0, run[-1], round(1 / STEP) + 1)
    return np.stack([np.interp(at, run, path[:, 0]), np.interp(at, run, path[:, 1])], axis=1)


def anchor(site: Site, random: np.random.Generator) -> tuple[float, float]:
    """The point of a site that a crop looks at.

    The bone's end of a tendon, ligament or enthesis mostly; else anywhere along the middle of the path.
    """
    points = along(site.path)
    at_bone = {"tendon": -1, "ligament": -1, "enthesis": 0}.get(site.compartment)
    if site.ends is not None:
        x, y = site.ends.mean(axis=0)
    elif at_bone is not None and random.random() < 0.8:
        x, y = points[at_bone]
    else:
        x, y = points[int(random.integers(len(points) // 5, len(points) - len(points) // 5))]
    return float(x), float(y)


def inside(site: Site, half: float) -> Site:
    """The site's path cut to the run of it nearest the crop's centre that lies within ``half`` mm.

    Drawers may then use all of the path they are given. A path that misses the square stays as it is.
    """
    if site.compartment in WHOLE:
        return site
    points = along(site.path)
    seen = np.max(np.abs(points), axis=1) <= half
    if seen.all() or not seen.any():
        return site
    nearest = int(np.argmin(np.where(seen, np.hypot(*points.T), np.inf)))
    first = nearest
    while first > 0 and seen[first - 1]:
        first -= 1
    last = nearest
    while last < len(points) - 1 and seen[last + 1]:
        last += 1
    run = points[first : last + 1]
    return replace(site, path=run) if len(run) >= 2 else site
