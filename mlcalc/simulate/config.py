"""What a data set is made of: the types of ``configs/simulate/*.yaml``, where every knob is explained."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from mlcalc.config import Settings
from mlcalc.errors import unknown_id
from mlcalc.simulate.anatomy.regions import REGIONS
from mlcalc.vocabulary import DENSITIES

Share = Annotated[float, Field(ge=0, le=1)]
Weight = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Domain = Literal["training", "held_out", "all"]


def _ordered(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise ValueError(f"must be [low, high], not [{pair[0]:g}, {pair[1]:g}]")
    return pair


class Negatives(Settings):
    """How the crops without focal density are divided, by weight.

    nothing: the framing of a lesion, and the whole path of one, without the lesion. plain: anywhere on the
    film. distractor: something that could be taken for mineral (lesions/recipes/distractors.csv).
    """

    nothing: Weight = 0.4
    plain: Weight = 0.25
    distractor: Weight = 0.35

    @model_validator(mode="after")
    def _some(self) -> Negatives:
        if not self.nothing + self.plain + self.distractor:
            raise ValueError("at least one weight must be above 0; without negatives set densities instead")
        return self


class Backgrounds(Settings):
    """Real radiographs as backgrounds, of the folder that ``--backgrounds`` names.

    share: of crops over a real film; the others are drawn. Without a folder it is 0. blocks: contiguous runs
    of films that may be used; None: all that ``without_blocks`` leaves. without_blocks: None: those that
    mlcalc keeps for tests (backgrounds/splits.csv), where films are those it has audited; else none.
    """

    share: Share = 0.6
    blocks: tuple[int, ...] | None = None
    without_blocks: tuple[int, ...] | None = None


class Framing(Settings):
    """How large a lesion stands in its crop, and where.

    share: its largest extent over the side of the crop, log-uniform [low, high]. off_centre: most distance of
    its middle from the crop's, over the side. film_pixels: side of the window cut from a real film, [low,
    high]; a small window is enlarged and blurred. stretch: real films have no spacing; the assumed one is
    multiplied by a factor of [low, high], so that lesions are drawn in several sizes against the bones.
    """

    share: tuple[Positive, Positive] = (0.12, 0.75)
    off_centre: Annotated[float, Field(ge=0, le=0.4)] = 0.22
    film_pixels: tuple[Positive, Positive] = (80, 200)
    stretch: tuple[Positive, Positive] = (0.35, 1.0)

    _order = field_validator("share", "film_pixels", "stretch")(_ordered)


class Lesions(Settings):
    """How strongly mineral shows.

    hu_factor: the recipe's usual Hounsfield units are multiplied by a log-uniform factor of [low, high]: the
    usual range is no cap, and classes overlap in brightness. contrast: every lesion draws a least mean
    contrast, log-uniform from [low, high], in grey levels of a picture whose range is 1, and is made denser
    until it reaches it, if the material allows: so lesions range from barely visible to dense, also on thick
    ground. visibility: lowest CNR times square root of the mask's pixels. second: share of crops with mineral
    that show a second lesion of the same density class. beside: share of crops with a lesion, or framed like
    one, that also show something outside the patient, so that a ring does not mean "nothing here".
    """

    hu_factor: tuple[Positive, Positive] = (0.6, 3.0)
    contrast: tuple[Positive, Positive] = (0.015, 0.2)
    visibility: Annotated[float, Field(ge=0)] = 3.0
    second: Share = 0.1
    beside: Share = 0.12

    _order = field_validator("hu_factor", "contrast")(_ordered)


class Picture(Settings):
    """Spectrum, detector and console.

    kvp: tube voltages that may be drawn, cut with the usual range of the region (techniques.csv).
    filtration: which added filters; detectors, consoles: which kinds (see their tables); each ``training``,
    ``held_out`` or ``all``.
    """

    kvp: tuple[Annotated[float, Field(ge=40, le=120)], Annotated[float, Field(ge=40, le=120)]] = (40, 120)
    filtration: Domain = "training"
    detectors: Domain = "training"
    consoles: Domain = "training"

    _order = field_validator("kvp")(_ordered)


class Patients(Settings):
    """Only with ``--from-knowledge``.

    entities: drawn by the documents' ``prior``, or each alike (``uniform``). told: share of what is known
    about a patient (labs, conditions, history, symptoms, distribution, evolution, weeks of illness) that the
    manifest tells; age and sex always stand there. Findings of the picture are never told.
    """

    entities: Literal["prior", "uniform"] = "prior"
    told: Share = 0.6


class Config(Settings):
    """One simulated data set."""

    name: str = "default"
    split: Literal["train", "val", "calibration", "test"] = "train"
    size: Annotated[int, Field(ge=64, le=512)] = 224
    bits: Literal[8, 12] = 8
    densities: dict[str, Weight] = Field(
        default={"calcification": 0.34, "ossification": 0.2, "foreign_body": 0.16, "no_focal_density": 0.3}
    )
    regions: tuple[str, ...] | None = None
    without_regions: tuple[str, ...] = ()
    negatives: Negatives = Negatives()
    backgrounds: Backgrounds = Backgrounds()
    framing: Framing = Framing()
    lesions: Lesions = Lesions()
    picture: Picture = Picture()
    patients: Patients = Patients()

    @field_validator("densities")
    @classmethod
    def _densities(cls, densities: dict[str, float]) -> dict[str, float]:
        for name in densities:
            if name not in DENSITIES:
                raise ValueError(unknown_id(name, DENSITIES, "density"))
        if not sum(densities.values()):
            raise ValueError("at least one weight must be above 0")
        return densities

    @field_validator("regions", "without_regions")
    @classmethod
    def _regions(cls, regions: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for name in regions or ():
            if name not in REGIONS:
                raise ValueError(unknown_id(name, REGIONS, "region that can be drawn"))
        return regions

    @model_validator(mode="after")
    def _something_is_left(self) -> Config:
        if not self.drawn_regions():
            raise ValueError("regions and without_regions leave no region")
        return self

    def drawn_regions(self) -> tuple[str, ...]:
        """The regions of the data set, in a fixed order."""
        wanted = REGIONS if self.regions is None else self.regions
        return tuple(region for region in REGIONS if region in wanted and region not in self.without_regions)
