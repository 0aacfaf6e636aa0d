"""What a label means, written down a second time: from the vocabulary's words, not from the simulator."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike
from scipy.ndimage import distance_transform_edt
from scipy.spatial import cKDTree
from scipy.stats import rankdata

from mlcalc.case import Location
from mlcalc.simulate.grid import Grid, Mask, Points
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.site import Ground, Site
from mlcalc.vocabulary import vocabulary

BONE = frozenset({"trabecular_cortical", "zonal_peripheral", "bridging_bone"})
"""Cortex or trabeculae are visible, or it is bone by its definition: never a calcification."""
MATURE = BONE | {"spur"}
"""One of them makes an ossification; shapes of calcification may come with it: the most mature part counts.

A spur may be a calcification too: where no bone structure is visible.
"""
SHARP = frozenset({"geometric_sharp"})
NO_BONE = SHARP | {"osteoid_cloud"}
"""Tumour osteoid is mineral without visible bone structure."""
AROUND_FOREIGN = frozenset({"peripheral_rim", "curvilinear_crescentic"})
"""A calcified capsule of an implant, and coils."""
MINERALS = {"hydroxyapatite", "cpp", "calcium_carbonate", "calcium_phosphate_paste", "urate"}
SOFT = {"silicone", "plastic_pe", "plastic_pvc", "plastic_acrylic", "rubber"}
"""Materials that may have no morphology: soft plastics (and bone cement, which takes any form)."""
VESSEL_SHAPES = {"tram_track", "chunky_irregular"}
WITH_VESSELS = {"artery", "vein", "muscle", "fascia", "subcutaneous", "soft_tissue", "nerve", "periarticular"}
"""Named vessels, and where small ones run that have no site of their own."""
JOINT_SHAPES = {"intraarticular_debris", "multiple_round_bodies"}
AT_JOINTS = {
    *("joint_space", "synovium", "capsule", "periarticular", "bursa", "tendon", "hyaline_cartilage"),
    *("fibrocartilage", "facet_joint", "intervertebral_disc"),
}
AT_BONE = ("screws", "plate", "pins", "nail", "pedicle_rods", "stem_and_head", "silicone_spacer", "cement")
"""Drawers of hardware that goes where the bone is."""


def wrong_shapes(density: str, morphology: Iterable[str], complete: bool = True) -> Iterator[str]:
    """What the vocabulary's density rules forbid. complete: whether absent ids are absent, not unknown."""
    shapes = frozenset(morphology)
    if density == "no_focal_density" and shapes:
        yield f"no focal density has no morphology, not {sorted(shapes)}"
    if density == "calcification":
        if shapes & (BONE | SHARP):
            yield f"a calcification shows no bone and no sharp body: {sorted(shapes & (BONE | SHARP))}"
        if complete and not shapes:
            yield "a calcification has a shape"
    if density == "ossification":
        if shapes & NO_BONE:
            yield f"an ossification is not {sorted(shapes & NO_BONE)}"
        if complete and not shapes & MATURE:
            yield "an ossification shows bone"
    if density == "foreign_body" and shapes - SHARP - AROUND_FOREIGN:
        yield f"a foreign body is not {sorted(shapes - SHARP - AROUND_FOREIGN)}"


def wrong_recipe(recipe: Recipe) -> Iterator[str]:
    """What a recipe says against the vocabulary: shapes, materials, places of its shapes."""
    yield from wrong_shapes(recipe.density, recipe.morphology, recipe.density != "foreign_body")
    materials = set(recipe.materials)
    if recipe.density in ("calcification", "ossification") and materials - MINERALS:
        yield f"{recipe.density} is mineral, not {sorted(materials - MINERALS)}"
    if recipe.density == "foreign_body":
        if materials & MINERALS:
            yield f"a foreign body is not biological: {sorted(materials & MINERALS)}"
        if "geometric_sharp" not in recipe.morphology and materials - SOFT:
            yield f"{sorted(materials - SOFT)} has sharp or geometric borders"
    if "surgical_material" in recipe.entities and recipe.density != "foreign_body":
        yield "surgical hardware and implants are foreign bodies"
    if recipe.morphology & VESSEL_SHAPES and set(recipe.compartments) - WITH_VESSELS:
        yield f"{sorted(recipe.morphology & VESSEL_SHAPES)} lie in and along vessels"
    if recipe.morphology & JOINT_SHAPES and set(recipe.compartments) - AT_JOINTS:
        yield f"{sorted(recipe.morphology & JOINT_SHAPES)} lie in or around joints"


def wrong_place(location: Location) -> Iterator[str]:
    """A structure that lies in another compartment or region than the label says."""
    known = vocabulary()
    if location.structure is None:
        return
    structure = known.structures[location.structure]
    if location.compartment is not None and location.compartment not in structure.compartments:
        yield f"{location.structure} is no {location.compartment}"
    if location.region is not None and not any(
        location.region in lineage(region) or region in lineage(location.region)
        for region in structure.regions
    ):
        yield f"{location.structure} does not lie in {location.region}"


def lineage(region: str) -> list[str]:
    """The region and those that hold it."""
    found, current = [], vocabulary().regions[region]
    while True:
        found.append(current.id)
        if current.parent is None:
            return found
        current = vocabulary().regions[current.parent]


@dataclass(frozen=True)
class Measured:
    """A mask against the ground and the site that it was drawn for; lengths in mm, NaN for an empty mask.

    extent: longest distance. inside: share within the patient. nearest, middle: least and median distance to
    the site's path. to_bone: least distance to bone.
    """

    pixels: int
    extent: float
    inside: float
    nearest: float
    middle: float
    to_bone: float


def measure(mask: Mask, ground: Ground, site: Site) -> Measured:
    """How long a mask is and where it lies."""
    rows, columns = np.nonzero(mask)
    if not rows.size:
        return Measured(0, *[float("nan")] * 5)
    grid = ground.grid
    points = (np.stack([columns, rows], 1).astype(np.float64) + 0.5) * grid.mm - grid.half
    away = cKDTree(_dense(site.path, grid)).query(points)[0]
    bone = distance_transform_edt(ground.bone < 0.05)[mask].min() * grid.mm if ground.bone.any() else np.inf
    inside = float(ground.body[mask].mean())
    return Measured(
        rows.size, longest(points, grid), inside, float(away.min()), float(np.median(away)), float(bone)
    )


def longest(points: Points, grid: Grid) -> float:
    """Longest distance of two pixels, edges included, by projection on 24 directions; mm."""
    angles = np.linspace(0, np.pi, 24, endpoint=False)
    reach = points @ np.stack([np.cos(angles), np.sin(angles)])
    return float(np.ptp(reach, axis=0).max() + grid.mm)


def _dense(path: Points, grid: Grid) -> Points:
    runs = pairwise(path)
    return np.concatenate([np.linspace(a, b, max(2, int(np.hypot(*(b - a)) / grid.mm))) for a, b in runs])


def auroc(some: ArrayLike, others: ArrayLike) -> tuple[float, float]:
    """How well one number tells two groups apart, whichever way round (0.5 to 1), and its standard error.

    Hanley and McNeil, Radiology 1982; 143: 29-36.
    """
    a, b = (np.asarray(v, np.float64) for v in (some, others))
    a, b = a[np.isfinite(a)], b[np.isfinite(b)]
    if min(len(a), len(b)) < 5:
        return float("nan"), float("nan")
    ranks = rankdata(np.concatenate([a, b]))
    area = (ranks[: len(a)].sum() - len(a) * (len(a) + 1) / 2) / (len(a) * len(b))
    area = max(area, 1 - area)
    both, twice = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (len(a) - 1) * (both - area**2) + (len(b) - 1) * (twice - area**2)
    return float(area), float(np.sqrt(max(spread, 0) / (len(a) * len(b))))
