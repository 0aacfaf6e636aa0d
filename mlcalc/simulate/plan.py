"""What a crop shall show, decided before anything is drawn: its label, then all that must not tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mlcalc.simulate.config import Config
from mlcalc.simulate.patients import Patient
from mlcalc.simulate.streams import pick, split_seed, stream
from mlcalc.vocabulary import FOCAL_DENSITIES

CHILD, ADULT = 15, 20
"""Years below which growth plates are open, and from which they are closed; between, either may be."""
ELSEWHERE = 1000
"""Number of the first stream of `elsewhere`: beyond those of a patient's attempts."""
Kind = Literal["lesion", "nothing", "plain", "distractor"]


@dataclass(frozen=True, slots=True)
class Plan:
    """One crop.

    seed: of the split's streams, see `split_seed`. density: the class that is drawn, or whose framing is used
    where ``kind`` is ``nothing`` (then nothing is put in). kind: ``lesion``, or which negative. real: over a
    real film. region: vocabulary id. child: whether a growing skeleton is asked for; None: either.
    """

    seed: int
    index: int
    kind: Kind
    density: str
    real: bool
    region: str
    child: bool | None = None

    @property
    def label(self) -> str:
        """The class that the lesion step makes of the crop; an ossicle of the ground may change it."""
        return self.density if self.kind == "lesion" else "no_focal_density"


def draw_plan(config: Config, seed: int, index: int, real_regions: Mapping[str, int]) -> Plan:
    """The plan of crop ``index``. real_regions: region -> how many films show it; none: all is drawn.

    Source and region are drawn without a look at the class, so that they cannot tell it.
    """
    seed = split_seed(seed, config.split)
    random = stream(seed, index, "plan")
    density = pick(random, config.densities)
    kind = _kind(config, density, random)
    if density not in FOCAL_DENSITIES:
        density = pick(random, _focal(config))
    real, region = _place(config, real_regions, random)
    return Plan(seed, index, kind, density, real, region)


def elsewhere(plan: Plan, config: Config, real_regions: Mapping[str, int], attempt: int) -> Plan:
    """The same kind of crop of another region: for one that cannot be drawn where it was planned."""
    random = stream(plan.seed, plan.index, "plan", ELSEWHERE + attempt)
    real, region = _place(config, real_regions, random)
    return replace(plan, real=real, region=region)


def _place(config: Config, real_regions: Mapping[str, int], random: np.random.Generator) -> tuple[bool, str]:
    """Drawn regions come alike; those of films by the root of their number: no film comes too often."""
    real = bool(random.random() < config.backgrounds.share) and bool(real_regions)
    if real:
        return real, pick(random, {region: films**0.5 for region, films in real_regions.items()})
    regions = config.drawn_regions()
    return real, regions[int(random.integers(len(regions)))]


def _kind(config: Config, density: str, random: np.random.Generator) -> Kind:
    drawn = pick(random, config.negatives.model_dump())
    if density in FOCAL_DENSITIES:
        return "lesion"
    kinds: dict[str, Kind] = {"nothing": "nothing", "plain": "plain", "distractor": "distractor"}
    return kinds[drawn]


def _focal(config: Config) -> dict[str, float]:
    """Weights of the classes whose framing a negative borrows: as often as they are drawn themselves."""
    weights = {d: config.densities.get(d, 0.0) for d in FOCAL_DENSITIES}
    return weights if sum(weights.values()) else dict.fromkeys(FOCAL_DENSITIES, 1.0)


def for_patient(plan: Plan, patient: Patient) -> Plan:
    """The plan for a simulated patient: a lesion of the patient's class in the patient's region."""
    region = patient.location.region or plan.region
    age = float(patient.context["age"]) if "age" in patient.context else None
    child = None if age is None or CHILD <= age < ADULT else age < CHILD
    return replace(plan, kind="lesion", density=patient.drawn.density, region=region, child=child)
