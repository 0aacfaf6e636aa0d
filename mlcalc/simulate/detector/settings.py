"""How one exposure is taken: the detector, the dose, the focus, the grid."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.random import Generator

from mlcalc.errors import KnowledgeError, unknown_id
from mlcalc.simulate.detector.ranges import DOMAINS, check_domain, number, ranges
from mlcalc.simulate.site import Value
from mlcalc.vocabulary.registry import read_csv

FOLDER = Path(__file__).parent
NUMBERS = ("pitch_mm", "mtf_half", "dqe", "electronic", "structure", "glare", "glare_mm", "saturation")
COLUMNS = ("kind", "domain", "weight", "receptor", "name", *NUMBERS, "source")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of detector, one row of ``kinds.csv``.

    receptor: what absorbs the photons, an id of ``physics/receptors.csv``. pitch_mm: of its pixels.
    mtf_half: line pairs per mm at which its presampled MTF is a half. dqe: share of the photons that
    count, at frequency 0. electronic: noise of one pixel in photons that count, one standard deviation.
    structure: standard deviation of the gain from pixel to pixel after correction. glare, glare_mm: share
    of the signal that spreads out as a veil, and how far. saturation: photons per mm2 beyond which the
    signal stays.
    """

    id: str
    name: str
    domain: str
    receptor: str
    source: str
    weight: float
    pitch_mm: float
    mtf_half: float
    dqe: float
    electronic: float
    structure: float
    glare: float
    glare_mm: float
    saturation: float


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """How one exposure is taken.

    kind: an id of ``kinds.csv``. dose: photons per mm2 of the detector behind the middle of the patient,
    which is what an automatic exposure control holds. scatter: factor on the scatter of ``scatter.csv``.
    grid: whether one lets only ``grid_transmission`` of the scatter through (relative to the primary).
    focal_mm: size of the focus. magnification: of the object at the detector, >= 1.
    """

    kind: str = "csi"
    dose: float = 150_000.0
    scatter: float = 1.0
    grid: bool = False
    grid_transmission: float = 0.18
    focal_mm: float = 0.6
    magnification: float = 1.05

    @property
    def detector(self) -> Kind:
        """The row of ``kinds.csv``. Raises ValueError for a kind that is not there."""
        found = kinds().get(self.kind)
        if found is None:
            raise ValueError(unknown_id(self.kind, kinds(), "kind of detector"))
        return found

    @property
    def parameters(self) -> Mapping[str, Value]:
        """Every setting for the manifest, keys ``detector_…``."""
        return {f"detector_{name}": value for name, value in asdict(self).items()}


@cache
def kinds() -> Mapping[str, Kind]:
    """The kinds of detector by id. Raises `KnowledgeError` at a broken row."""
    file = FOLDER / "kinds.csv"
    found = {}
    for line, row in read_csv(file, COLUMNS):
        kind = row["kind"]
        values = {name: number(row[name], file.name, line, kind, name) for name in ("weight", *NUMBERS)}
        if row["domain"] not in DOMAINS:
            raise KnowledgeError(file.name, line, kind, unknown_id(row["domain"], DOMAINS, "domain"))
        found[kind] = Kind(kind, row["name"], row["domain"], row["receptor"], row["source"], **values)
    return found


def draw_detector(random: Generator, domain: str, thickness_cm: float = 10.0) -> DetectorSettings:
    """Settings of one exposure of a patient ``thickness_cm`` thick; a grid comes with thickness.

    domain: "training" or "held_out"; they share no kind of detector. Raises ValueError for another.
    """
    check_domain(domain)
    known = [kind for kind in kinds().values() if kind.domain == domain]
    weights = np.array([kind.weight for kind in known])
    kind = known[int(random.choice(len(known), p=weights / weights.sum()))].id
    drawn = {name: found.draw(random) for name, found in ranges(FOLDER / "ranges.csv")[domain].items()}
    grid = thickness_cm >= drawn.pop("grid_from_cm")
    return DetectorSettings(kind=kind, grid=grid, **drawn)
