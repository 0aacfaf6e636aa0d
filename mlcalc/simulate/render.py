"""One crop from plan to labelled picture: the recipe of the simulator on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mlcalc.errors import MlcalcError
from mlcalc.simulate.config import Config
from mlcalc.simulate.grid import Mask
from mlcalc.simulate.lesion import Lesion
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.plan import Plan
from mlcalc.simulate.stand import CANVAS_MARGIN, Shown, Stand
from mlcalc.simulate.visibility import contrast, outline, visibility

T = TypeVar("T", bound=np.generic)

ATTEMPTS = 12
LEAST_PIXELS = 6
"""A lesion with fewer pixels inside the crop is drawn anew: it was cut off by the edge."""
DENSER = 2
"""Rounds of making a lesion denser: contrast is nearly proportional to mineral."""
SEEN = 0.7
"""Share of the least visibility that must be reached; what stays fainter is drawn anew."""
ENOUGH = 1.15
"""A contrast this near to the wanted one is left."""
LEAST_GREY = 2 / 255
"""So much the picture must change on average where the lesion is: less is nothing in 8 bits."""


class SimulationError(MlcalcError):
    """A crop that could not be drawn after many attempts: a recipe and the anatomy do not go together."""


def middle(canvas: NDArray[T]) -> NDArray[T]:
    """The crop of a canvas, a view."""
    return canvas[CANVAS_MARGIN:-CANVAS_MARGIN, CANVAS_MARGIN:-CANVAS_MARGIN]


@dataclass(frozen=True, eq=False)
class Finished:
    """Lesions of one crop, exposed, with their mask (canvas) and visibility."""

    lesions: tuple[Lesion, ...]
    shown: Shown
    mask: Mask
    visibility: float


def finish(stand: Stand, lesions: tuple[Lesion, ...], config: Config, least: float) -> Finished | None:
    """Exposed, and made denser where the contrast is below ``least`` (grey levels of [0, 1]).

    None where too little of it lies in the crop, or where it cannot be seen at all.
    """
    done = _exposed(stand, lesions)
    if not lesions:
        return done
    if int(middle(done.mask).sum()) < LEAST_PIXELS:
        return None
    for _ in range(DENSER):
        found = contrast(done.shown, done.mask)
        factor = max(least / max(found, 1e-6), config.lesions.visibility / max(done.visibility, 1e-6))
        denser = tuple(lesion.denser(factor) for lesion in done.lesions)
        if factor <= ENOUGH or all(new.hu == old.hu for new, old in zip(denser, done.lesions, strict=True)):
            break
        done = _exposed(stand, denser)
    seen = done.visibility >= SEEN * config.lesions.visibility
    return done if seen and contrast(done.shown, done.mask) >= LEAST_GREY else None


def _exposed(stand: Stand, lesions: tuple[Lesion, ...]) -> Finished:
    shown = stand.expose(tuple((lesion.mineral, lesion.cm) for lesion in lesions))
    mask = outline(shown.delta)
    return Finished(lesions, shown, mask, visibility(shown, mask))


def drawn_recipes(plan: Plan, recipes: Sequence[Recipe]) -> tuple[Recipe, ...]:
    """The recipes that a plan may use; none for a plain look."""
    if plan.kind == "plain":
        return ()
    wanted = "no_focal_density" if plan.kind == "distractor" else plan.density
    return tuple(recipe for recipe in recipes if recipe.density == wanted)
