"""The labels of a finished crop, and all that was drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlcalc.case import Location
from mlcalc.simulate.distractors.film_marks import marked
from mlcalc.simulate.framing import along
from mlcalc.simulate.grid import Grid, Mask
from mlcalc.simulate.legible import legible
from mlcalc.simulate.patients import Patient
from mlcalc.simulate.plan import Plan
from mlcalc.simulate.render import Finished, middle
from mlcalc.simulate.simulated import Simulated
from mlcalc.simulate.site import Site, Value
from mlcalc.simulate.stand import Stand
from mlcalc.simulate.streams import stream

NONE = "no_focal_density"
NEAR, NEAR_MM = 0.1, 2.0
"""A lesion lies at its site if it comes this near: as a share of its own size, and at least so many mm."""
SAMPLED = 400
"""Pixels of a mask that are looked at for it."""
HORIZONTAL, HORIZONTAL_SHARE = "horizontal_beam", 0.1
"""View of recipes that only a horizontal beam shows (fluid levels); share of other crops taken with one."""


def shows_ossicle(stand: Stand) -> bool:
    """Whether the ground itself shows what would be a label: an accessory ossicle, an inconstant sesamoid.

    Those are drawn by recipes, with a mask and a visibility; a ground that shows one is drawn anew.
    """
    ossicles = stand.ground.ossicles
    return ossicles is not None and bool(middle(ossicles).any())


@dataclass(frozen=True, eq=False)
class Truth:
    """What a crop shows. shapes: those of each lesion with its mask; mask: of all; both of the canvas.

    site: of the first lesion; None without one.
    """

    density: str
    shapes: tuple[tuple[frozenset[str], Mask], ...]
    mask: Mask
    site: Site | None

    def legible(self, hidden: Mask) -> tuple[frozenset[str], bool]:
        """The shapes that are large enough to be told, and whether all are. hidden: of the crop."""
        told: set[str] = set()
        every = True
        for shapes, mask in self.shapes:
            side = extent(middle(mask) & ~hidden)
            own = {shape for shape in shapes if side >= legible(shape)}
            told |= own
            every &= own == shapes and side >= legible()
        return frozenset(told), every


def truth(done: Finished) -> Truth:
    """The labels before anything is said about what can be told from the picture."""
    pairs = list(zip(done.lesions, done.masks, strict=True))
    focal = [(lesion, mask) for lesion, mask in pairs if lesion.choice.recipe.density != NONE]
    if not focal:
        return Truth(NONE, (), np.zeros(done.shown.delta.shape, np.bool_), None)
    first = focal[0][0].choice
    shapes = tuple((lesion.choice.recipe.morphology, mask) for lesion, mask in focal)
    return Truth(first.recipe.density, shapes, done.mask, first.site)


def labelled(plan: Plan, stand: Stand, done: Finished, patient: Patient | None = None) -> Simulated:
    """The crop with letters and dust of its film on it, and its labels.

    A patient's place and context are the patient's. What a mark covers is not in the mask.
    """
    found, grid = truth(done), stand.ground.grid
    random = stream(plan.seed, plan.index, "film")
    film = marked(middle(done.shown.picture), middle(stand.ground.body), random, grid.mm)
    mask = middle(found.mask) & ~film.hidden
    told, complete = found.legible(film.hidden)
    return Simulated(
        index=plan.index,
        pixels=np.ascontiguousarray(film.picture),
        mask=mask,
        density=found.density,
        morphology=told,
        complete=complete,
        location=patient.location if patient else _location(found, stand),
        mm_per_pixel=stand.mm_per_pixel,
        group=stand.group,
        visibility=done.visibility if found.site else 0.0,
        kvp=stand.kvp,
        entity=patient.drawn.entity if patient else None,
        context=patient.context if patient else {},
        parameters={
            **_parameters(plan, stand, done),
            **_drawn_for(patient, done),
            **film.parameters,
            "extent_pixels": extent(mask),
        },
    )


def _location(found: Truth, stand: Stand) -> Location:
    """Of the site; of what lies away from it, as screws and nails in the bone do, only the region."""
    site = found.site
    if site is None or not _lies_at(site, found.mask, stand.ground.grid):
        return Location(region=site.region if site else stand.region)
    return Location(site.compartment, site.structure, site.region)


def _lies_at(site: Site, mask: Mask, grid: Grid) -> bool:
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return False
    step = max(rows.size // SAMPLED, 1)
    pixels = np.stack([columns[::step], rows[::step]], 1) + 0.5
    away = np.hypot(*(pixels[:, None] - grid.pixels(along(site.path))[None]).T)
    return bool(away.min() * grid.mm <= site.width / 2 + max(NEAR * extent(mask) * grid.mm, NEAR_MM))


def extent(mask: Mask) -> float:
    """Largest side of the mask's box, in pixels; 0 for an empty mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(max(np.ptp(rows), np.ptp(columns)) + 1) if rows.size else 0.0


def _drawn_for(patient: Patient | None, done: Finished) -> dict[str, Value]:
    """Stage of a patient's entity, and the compartments drawn: perhaps ones beside the patient's."""
    if patient is None:
        return {}
    drawn = (lesion.choice.site.compartment for lesion in done.lesions)
    return {"stage": patient.drawn.stage, "drawn_compartments": ";".join(drawn)}


def _parameters(plan: Plan, stand: Stand, done: Finished) -> dict[str, Value]:
    found: dict[str, Value] = {"split_seed": plan.seed, "index": plan.index, "kind": plan.kind}
    found |= {"region_drawn": plan.region, "side_mm": stand.frame.side}
    found |= stand.parameters
    for number, lesion in enumerate(done.lesions, 1):
        name = "lesion" if number == 1 else f"lesion{number}"
        found |= {
            f"{name}_recipe": lesion.choice.recipe.id,
            f"{name}_length_mm": round(lesion.length, 2),
        }
        if not all(layer.solid for layer in lesion.mineral.layers):
            found[f"{name}_hu"] = round(lesion.hu, 1)
        found |= {f"{name}_{key}": value for key, value in lesion.mineral.parameters.items()}
    level = any(lesion.choice.recipe.view == HORIZONTAL for lesion in done.lesions)
    by_chance = stream(plan.seed, plan.index, "beam", 1).random() < HORIZONTAL_SHARE
    return found | {"horizontal_beam": level or bool(by_chance)}
