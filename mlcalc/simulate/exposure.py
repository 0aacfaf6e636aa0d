"""The beam, the detector and the console of one crop, drawn without a look at its label."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from mlcalc.simulate.config import Domain, Picture
from mlcalc.simulate.console.develop import (
    ConsoleSettings,
    RetouchSettings,
    develop,
    draw_console,
    draw_retouch,
)
from mlcalc.simulate.console.window import window
from mlcalc.simulate.detector.detect import (
    DetectorSettings,
    detect,
    draw_detector,
    expect,
)
from mlcalc.simulate.grid import Grid, Map
from mlcalc.simulate.physics.beam import beam
from mlcalc.simulate.physics.reduce import FewBins, few_bins
from mlcalc.simulate.site import Value
from mlcalc.simulate.streams import pick, stream
from mlcalc.simulate.techniques import techniques
from mlcalc.vocabulary.registry import read_csv

FILTERS = Path(__file__).with_name("filters.csv")
HEADER = ("filter", "domain", "weight", "aluminium_mm", "copper_mm", "source")
KVP_STEP = 2
"""Tube voltages are drawn in steps: each spectrum is reduced to few bins once and kept."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Added filtration: mm of aluminium and of copper."""

    domain: str
    weight: float
    aluminium_mm: float
    copper_mm: float


@cache
def filters() -> Mapping[str, Filter]:
    """Rows of ``filters.csv`` by id."""
    return {
        row["filter"]: Filter(
            row["domain"], float(row["weight"]), float(row["aluminium_mm"]), float(row["copper_mm"])
        )
        for _, row in read_csv(FILTERS, HEADER)
    }


@dataclass(frozen=True)
class Tube:
    """Tube voltage in kV and the id of the added filter."""

    kvp: float
    filter: str

    def bins(self, receptor: str) -> FewBins:
        """The beam on a receptor, in few energies."""
        added = filters()[self.filter]
        return few_bins(beam(self.kvp, added.aluminium_mm, added.copper_mm), receptor)


def draw_tube(random: np.random.Generator, region: str, picture: Picture) -> Tube:
    """A tube voltage usual for the region and allowed by the config, and a filter of its domain."""
    usual = techniques()[region].kvp
    low = float(np.clip(usual[0], *picture.kvp))
    high = float(np.clip(usual[1], *picture.kvp))
    kvp = float(np.clip(KVP_STEP * round(random.uniform(low, high) / KVP_STEP), low, high))
    allowed = {n: f.weight for n, f in filters().items() if picture.filtration in (f.domain, "all")}
    return Tube(float(kvp), pick(random, allowed))


def one_domain(domain: Domain, random: np.random.Generator) -> str:
    """``training`` or ``held_out``; one of them by chance for ``all``."""
    chance = random.random()
    return domain if domain != "all" else ("training" if chance < 0.5 else "held_out")


@dataclass(frozen=True)
class Chain:
    """Everything between the patient and the picture of one drawn crop; shows any transmitted beam."""

    tube: Tube
    detector: DetectorSettings
    console: ConsoleSettings
    seed: int
    index: int

    @property
    def bins(self) -> FewBins:
        """The beam on this detector."""
        return self.tube.bins(self.detector.detector.receptor)

    def expected(self, transmitted: Map, patient_cm: Map, grid: Grid) -> Map:
        """The signal of a ground without its lesion, which sets the exposure and the window."""
        return expect(transmitted, patient_cm, grid, self.detector)

    def signal(self, transmitted: Map, patient_cm: Map, grid: Grid, behind: float) -> Map:
        """The signal of a crop. behind: fluence behind the patient that the exposure is set for."""
        random = stream(self.seed, self.index, "detector")
        return detect(transmitted, patient_cm, grid, self.detector, random, behind)

    def picture(self, signal: Map, expected: Map, grid: Grid) -> Map:
        """What a reader sees, in [0, 1]."""
        random = stream(self.seed, self.index, "console", 1)
        return develop(signal, self.console, random, expected, grid.mm)

    def slope(self, expected: Map) -> float:
        """Grey levels of the picture for one unit of ln signal, about the middle of its window."""
        black, white = window(expected, self.console)
        return 1.0 / (white - black)

    @property
    def parameters(self) -> dict[str, Value]:
        """For the manifest."""
        tube: dict[str, Value] = {"kvp": self.tube.kvp, "filter": self.tube.filter}
        return tube | dict(self.detector.parameters) | dict(self.console.parameters)


def draw_chain(seed: int, index: int, region: str, thickness_cm: float, picture: Picture) -> Chain:
    """The chain of one crop. thickness_cm: of the patient there; thick ones get a grid."""
    tube = draw_tube(stream(seed, index, "beam"), region, picture)
    random = stream(seed, index, "detector", 1)
    detector = draw_detector(random, one_domain(picture.detectors, random), thickness_cm)
    random = stream(seed, index, "console")
    console = draw_console(random, one_domain(picture.consoles, random))
    return Chain(tube, detector, console, seed, index)


def draw_film_retouch(seed: int, index: int, picture: Picture) -> RetouchSettings:
    """What is done once more to a real film."""
    random = stream(seed, index, "console")
    return draw_retouch(random, one_domain(picture.consoles, random))
