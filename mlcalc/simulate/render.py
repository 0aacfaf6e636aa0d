"""One crop from plan to labelled picture: the recipe of the simulator on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mlcalc.case import Location
from mlcalc.errors import MlcalcError
from mlcalc.simulate.config import Config
from mlcalc.simulate.grid import Mask
from mlcalc.simulate.legible import legible
from mlcalc.simulate.lesion import Lesion
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.patients import Patient
from mlcalc.simulate.plan import Plan
from mlcalc.simulate.simulated import Simulated
from mlcalc.simulate.site import Value
from mlcalc.simulate.stand import CANVAS_MARGIN, Shown, Stand
from mlcalc.simulate.streams import stream
from mlcalc.simulate.visibility import contrast, outline, visibility

NONE = "no_focal_density"
HORIZONTAL, HORIZONTAL_SHARE = "horizontal_beam", 0.1
"""View of recipes that only a horizontal beam shows (fluid levels); share of other crops taken with one."""
T = TypeVar("T", bound=np.generic)

ATTEMPTS = 12
LEAST_PIXELS = 6
"""A lesion with fewer pixels inside the crop is drawn anew: it was cut off by the edge."""
DENSER = 2
"""Rounds of making a lesion denser: contrast is nearly proportional to mineral."""
ENOUGH = 1.15
"""A contrast this near to the wanted one is left."""


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
    return done if done.visibility >= config.lesions.visibility * 0.8 else None


def _exposed(stand: Stand, lesions: tuple[Lesion, ...]) -> Finished:
    shown = stand.expose(tuple((lesion.mineral, lesion.cm) for lesion in lesions))
    mask = outline(shown.delta)
    return Finished(lesions, shown, mask, visibility(shown, mask))


def shows_ossicle(stand: Stand) -> bool:
    """Whether the ground itself shows a label: an accessory ossicle or an inconstant sesamoid."""
    mask = stand.ground.mask
    return mask is not None and bool(middle(mask).any())


def labelled(plan: Plan, stand: Stand, done: Finished, patient: Patient | None = None) -> Simulated:
    """Labels of a finished crop; of a patient's, place and context are the patient's."""
    ground, focal = stand.ground, [x for x in done.lesions if x.choice.recipe.density != NONE]
    mask: Mask = done.mask if focal else np.zeros(done.mask.shape, np.bool_)
    density = focal[0].choice.recipe.density if focal else NONE
    morphology = frozenset(m for lesion in focal for m in lesion.choice.recipe.morphology)
    if ground.mask is not None and shows_ossicle(stand):
        density, morphology, mask = ground.density, morphology | ground.morphology, mask | ground.mask
    side = _extent(middle(mask))
    told = frozenset(shape for shape in morphology if side >= legible(shape))
    complete = density == NONE or (told == morphology and side >= legible())
    site = focal[0].choice.site if focal else None
    location = (
        Location(site.compartment, site.structure, site.region) if site else Location(region=plan.region)
    )
    return Simulated(
        index=plan.index,
        pixels=np.ascontiguousarray(middle(done.shown.picture)),
        mask=np.ascontiguousarray(middle(mask)),
        density=density,
        morphology=told,
        complete=complete,
        location=patient.location if patient else location,
        mm_per_pixel=stand.mm_per_pixel,
        group=stand.group,
        visibility=done.visibility if focal else 0.0,
        kvp=stand.kvp,
        entity=patient.drawn.entity if patient else None,
        context=patient.context if patient else {},
        parameters=_parameters(plan, stand, done, side),
    )


def _extent(mask: Mask) -> float:
    """Largest side of the mask's box, in pixels."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(max(np.ptp(rows), np.ptp(columns)) + 1) if rows.size else 0.0


def _parameters(plan: Plan, stand: Stand, done: Finished, side: float) -> dict[str, Value]:
    found: dict[str, Value] = {"seed": plan.seed, "index": plan.index, "kind": plan.kind}
    found |= {"region_drawn": plan.region, "side_mm": stand.frame.side}
    found |= stand.parameters
    for number, lesion in enumerate(done.lesions):
        name = "lesion" if number == 0 else f"lesion{number + 1}"
        found |= {
            f"{name}_recipe": lesion.choice.recipe.id,
            f"{name}_hu": round(lesion.hu, 1),
            f"{name}_length_mm": round(lesion.length, 2),
        }
        found |= {f"{name}_{key}": value for key, value in lesion.mineral.parameters.items()}
    level = any(lesion.choice.recipe.view == HORIZONTAL for lesion in done.lesions)
    by_chance = stream(plan.seed, plan.index, "beam", 1).random() < HORIZONTAL_SHARE
    found["horizontal_beam"] = level or bool(by_chance)
    if side:
        found["extent_pixels"] = side
    return found


def drawn_recipes(plan: Plan, recipes: Sequence[Recipe]) -> tuple[Recipe, ...]:
    """The recipes that a plan may use; none for a plain look."""
    if plan.kind == "plain":
        return ()
    wanted = NONE if plan.kind == "distractor" else plan.density
    return tuple(recipe for recipe in recipes if recipe.density == wanted)
