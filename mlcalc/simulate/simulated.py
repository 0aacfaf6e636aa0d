"""One finished crop with all that is known about it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from mlcalc.case import Location
from mlcalc.simulate.grid import Map, Mask
from mlcalc.simulate.site import Value

NOWHERE = Location()


@dataclass(frozen=True, eq=False)
class Simulated:
    """A labelled crop.

    pixels: (size, size) float32 in [0, 1], dense = bright. mask: (size, size), where the mineral (or foreign
    body) is. density, morphology: the labels; ``complete``: whether every other morphology is absent, or
    unknown (the lesion is too small on this picture to tell). location: of the lesion; of a negative only the
    region. mm_per_pixel: of the crop in the plane of the object; None over a real film, whose spacing nobody
    knows. group: crops with the same one must stay in one split (a block of films). visibility: see
    `visibility`; 0 without a lesion. context: manifest columns of a simulated patient. parameters: all that
    was drawn.
    """

    index: int
    pixels: Map
    mask: Mask
    density: str
    morphology: frozenset[str]
    complete: bool
    location: Location
    mm_per_pixel: float | None
    group: str
    visibility: float
    kvp: float
    entity: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Value] = field(default_factory=dict)


LABEL_COLUMNS = [
    "path",
    "id",
    "patient",
    "split",
    "density",
    "morphology",
    "morphology_complete",
    "mask",
    "compartment",
    "structure",
    "region",
    "mm_per_pixel",
    "entity",
]
"""Columns of the manifest format (crops/README.md)."""
CONTEXT_COLUMNS = [
    "age",
    "sex",
    "weeks_since_onset",
    "distribution",
    "evolution",
    "conditions",
    "history",
    "symptoms",
    "findings",
    "absent",
    "labs.calcium",
    "labs.phosphate",
    "labs.pth",
    "labs.vitamin_d",
    "labs.urate",
    "labs.crp",
    "labs.white_cell_count",
    "labs.alkaline_phosphatase",
    "labs.renal_function",
    "labs.calcium_phosphate_product",
]
"""Columns of a simulated patient; only in sets made from the knowledge."""
OWN_COLUMNS = ("index", "source", "kind", "visibility", "parameters")
"""Columns that the manifest format does not know and keeps as they are."""


def row(crop: Simulated, split: str, path: str, mask: str) -> dict[str, str]:
    """The crop as a line of the manifest; an empty cell is unknown."""
    cells = {
        "path": path,
        "id": f"{crop.index:06d}",
        "patient": crop.group,
        "split": split,
        "density": crop.density,
        "morphology": ";".join(sorted(crop.morphology)),
        "morphology_complete": str(int(crop.complete)),
        "mask": mask,
        "compartment": crop.location.compartment or "",
        "structure": crop.location.structure or "",
        "region": crop.location.region or "",
        "mm_per_pixel": f"{crop.mm_per_pixel:.5g}" if crop.mm_per_pixel else "",
        "entity": crop.entity or "",
        "index": str(crop.index),
        "source": str(crop.parameters.get("source", "")),
        "kind": str(crop.parameters.get("kind", "")),
        "visibility": f"{crop.visibility:.4g}",
        "parameters": json.dumps(dict(crop.parameters), sort_keys=True, ensure_ascii=False),
    }
    return cells | dict(crop.context)
