"""Places of a film that a lesion could be put in, before a window is cut."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from mlcalc.simulate.backgrounds.flow import along, outward
from mlcalc.simulate.backgrounds.spot import Spot
from mlcalc.simulate.backgrounds.survey import Survey
from mlcalc.simulate.backgrounds.want import Want
from mlcalc.simulate.backgrounds.whereabouts import region_at
from mlcalc.simulate.grid import Mask
from mlcalc.vocabulary.registry import read_csv, split_list

FILE = Path(__file__).with_name("compartments.csv")
HEADER = (
    *("compartment", "skin_low", "skin_high", "share_low", "share_high", "radius_low", "bone", "run"),
    *("width_low", "width_high", "structures", "without", "source"),
)
LONG_RUN = frozenset({"artery", "vein", "nerve", "fascia"})
"""Compartments whose structures run on through the whole crop."""
THICKEST = 0.6
"""Largest width of a site over the limb's half width."""
SEEDS = 8
"""Pixels that are tried until one lies in a wanted region."""
NEAR_MARK = 1.6
"""Widths of a joint within which tissue around it is surely the patient's."""

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Tissue:
    """Where a compartment lies that masks alone show.

    skin: mm below the skin; share: the same over half the limb's width; radius: least half width, mm. bone:
    most bone there, cm. run: ``skin`` or ``limb``. width: mm. structures: region -> ids. without:
    regions where the masks do not tell it.
    """

    compartment: str
    skin: tuple[float, float]
    share: tuple[float, float]
    radius: float
    bone: float
    run: str
    width: tuple[float, float]
    structures: Mapping[str, tuple[str, ...]]
    without: tuple[str, ...]


@cache
def tissues() -> Mapping[str, Tissue]:
    """Compartment id -> where it lies: rows of ``compartments.csv``."""
    found = {}
    for _, row in read_csv(FILE, HEADER):
        pairs = [part.split("=") for part in split_list(row["structures"])]
        found[row["compartment"]] = Tissue(
            row["compartment"],
            (float(row["skin_low"]), float(row["skin_high"])),
            (float(row["share_low"]), float(row["share_high"])),
            float(row["radius_low"]),
            float(row["bone"]),
            row["run"],
            (float(row["width_low"]), float(row["width_high"])),
            MappingProxyType({region: tuple(ids.split("|")) for region, ids in pairs}),
            split_list(row["without"]),
        )
    return MappingProxyType(found)


def spot_of(found: Survey, tissue: Tissue, want: Want, random: np.random.Generator) -> Spot | None:
    """A place of one compartment anywhere on a film; None where the one that was drawn does not fit."""
    pixels = candidates(found, tissue)
    if not len(pixels):
        return None
    for _ in range(SEEDS):
        row, column = divmod(int(pixels[random.integers(len(pixels))]), found.inside.shape[1])
        seed = column + float(random.random()), row + float(random.random())
        x, y = seed[0] * found.step, seed[1] * found.step
        region = region_at(found.film, found.pixels.shape, x, y, random)
        if region not in tissue.without and (not want.regions or region in want.regions):
            break
    else:
        return None
    structure = _structure(tissue, region, want, random)
    if want.structures and structure is None:
        return None
    length = (60.0 if tissue.compartment in LONG_RUN else 2.0) * max(want.length, 10.0) / found.copy_mm
    path = along(found, seed, length, tissue.run == "skin")
    if path is None:
        return None
    radius = float(found.radius[row, column]) * found.copy_mm
    width = min(float(random.uniform(*tissue.width)), THICKEST * radius)
    depth = max(10 * float(found.depth[row, column]), width, 2.0)
    out = outward(found, *seed)
    return Spot(tissue.compartment, region, path * found.step, width, depth, structure, out)


def candidates(found: Survey, tissue: Tissue) -> Indices:
    """Flat indices of pixels of the copy where a compartment may lie."""
    mm = np.float32(found.copy_mm)
    skin, radius = found.skin.astype(np.float32) * mm, found.radius.astype(np.float32) * mm
    low, high = np.maximum(tissue.skin[0], tissue.share[0] * radius), tissue.share[1] * radius
    ok = found.usable & (skin >= 0.7 * mm) & (radius >= tissue.radius)
    ok &= (skin >= low) & (skin <= np.maximum(np.minimum(tissue.skin[1], high), 1.2 * mm))
    ok &= found.bone <= tissue.bone
    if "two_films" in found.film.verdict:
        ok &= _near_marks(found)  # what lies between two exposures on one plate looks like anything
    return np.flatnonzero(ok)


def _near_marks(found: Survey) -> Mask:
    y, x = np.indices(found.inside.shape, np.float32) * np.float32(found.step)
    near = np.zeros(found.inside.shape, np.bool_)
    rows, columns = found.pixels.shape
    for mark in found.film.marks:
        reach = NEAR_MARK * mark.width * columns
        near |= np.hypot(x - mark.x * columns, y - mark.y * rows) < reach
    return near


def _structure(tissue: Tissue, region: str, want: Want, random: np.random.Generator) -> str | None:
    known = [s for s in tissue.structures.get(region, ()) if not want.structures or s in want.structures]
    return known[int(random.integers(len(known)))] if known else None
