"""One crop from plan to labelled picture: the recipe of the simulator on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mlcalc.errors import MlcalcError
from mlcalc.simulate.compose import Thickness
from mlcalc.simulate.config import Config
from mlcalc.simulate.grid import Mask
from mlcalc.simulate.lesion import Lesion
from mlcalc.simulate.lesions.mineral import Mineral
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.plan import Plan
from mlcalc.simulate.stand import CANVAS_MARGIN, Shown, Stand
from mlcalc.simulate.visibility import contrast, outline, visibility

T = TypeVar("T", bound=np.generic)

ATTEMPTS = 12
LEAST_PIXELS = 6
"""A lesion with fewer pixels inside the crop is drawn anew: it was cut off by the edge."""
SEEN = 0.9
"""Share of the least visibility that must be reached; what stays fainter is drawn anew."""
ENOUGH = 1.4
"""A contrast this near to the wanted one is left: the first guess is good to about as much."""
LEAST_GREY = 3 / 255
"""So much the picture must change on average where the lesion is: less is nothing in 8 bits."""


class SimulationError(MlcalcError):
    """A crop that could not be drawn after many attempts: a recipe and the anatomy do not go together."""


def middle(canvas: NDArray[T]) -> NDArray[T]:
    """The crop of a canvas, a view."""
    return canvas[CANVAS_MARGIN:-CANVAS_MARGIN, CANVAS_MARGIN:-CANVAS_MARGIN]


@dataclass(frozen=True, eq=False)
class Finished:
    """Lesions of one crop, exposed. masks: of each lesion alone, on the canvas; mask: of all together."""

    lesions: tuple[Lesion, ...]
    shown: Shown
    masks: tuple[Mask, ...]
    mask: Mask
    visibility: float


def finish(stand: Stand, lesions: tuple[Lesion, ...], config: Config, least: float) -> Finished | None:
    """Exposed, and made denser where the contrast is below ``least`` (grey levels of [0, 1]).

    None where too little of one of them lies in the crop, or where one cannot be seen at all.
    """
    if not lesions:
        return _exposed(stand, lesions)
    done = _exposed(stand, _denser(lesions, least / max(stand.guess(_parts(lesions)), LEAST_GREY / 10)))
    if any(int(middle(mask).sum()) < LEAST_PIXELS for mask in done.masks):
        return None
    found = contrast(done.shown, done.mask)
    factor = max(least / max(found, LEAST_GREY / 10), config.lesions.visibility / max(done.visibility, 0.1))
    if factor > ENOUGH and (denser := _denser(done.lesions, factor)) != done.lesions:
        done = _exposed(stand, denser)
    return done if _seen(done, SEEN * config.lesions.visibility) else None


def _seen(done: Finished, least: float) -> bool:
    """Whether every lesion can be told from noise, and changes the picture."""
    return all(
        visibility(done.shown, mask) >= least and contrast(done.shown, mask) >= LEAST_GREY
        for mask in done.masks
    )


def _denser(lesions: tuple[Lesion, ...], factor: float) -> tuple[Lesion, ...]:
    """So many times the mineral where that is more; the same objects where nothing can be added."""
    return tuple(lesion.denser(factor) for lesion in lesions) if factor > 1 else lesions


def _parts(lesions: tuple[Lesion, ...]) -> tuple[tuple[Mineral, Thickness], ...]:
    return tuple((lesion.mineral, lesion.cm) for lesion in lesions)


def _exposed(stand: Stand, lesions: tuple[Lesion, ...]) -> Finished:
    shown = stand.expose(_parts(lesions))
    mask = outline(shown.delta)
    masks: tuple[Mask, ...] = (mask,) if lesions else ()
    if len(lesions) > 1:  # a faint one beside metal has an outline of its own
        masks = tuple(stand.outline(lesion.mineral, lesion.cm) for lesion in lesions)
        mask = np.logical_or.reduce(masks)
    return Finished(lesions, shown, masks, mask, visibility(shown, mask))


def drawn_recipes(plan: Plan, recipes: Sequence[Recipe]) -> tuple[Recipe, ...]:
    """The recipes that a plan may use; none for a plain look."""
    if plan.kind == "plain":
        return ()
    wanted = "no_focal_density" if plan.kind == "distractor" else plan.density
    return tuple(recipe for recipe in recipes if recipe.density == wanted)
