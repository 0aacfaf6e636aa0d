"""What one row of a manifest, or one crop of a sidecar, asks for. Frozen types; the readers are elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mlcalc.case import Context, Location
from mlcalc.errors import Problem
from mlcalc.imaging.box import Box

NOWHERE = Location()
NOTHING = Context()
EDGES = ("x0", "y0", "x1", "y1")
BoxUnit = Literal["px", "mm"]


@dataclass(frozen=True, slots=True)
class CropRequest:
    """What to cut out of a picture, and what is known about it.

    box: None is the whole picture; its unit is pixels of the upright picture before any border is
    cropped away, or millimetres from the upper-left corner of that picture. rotation: degrees clockwise
    (0, 90, 180, 270) by which the crop is turned; mirror: mirrored left-right after that.
    mm_per_pixel: None leaves it to the file.
    """

    box: Box | None = None
    unit: BoxUnit = "px"
    rotation: int = 0
    mirror: bool = False
    mm_per_pixel: float | None = None
    location: Location = NOWHERE
    context: Context = NOTHING


@dataclass(frozen=True, slots=True)
class Labels:
    """What a person says is seen in a crop.

    A morphology in neither set is unknown, unless ``complete``: then it is absent.
    """

    density: str | None = None
    morphology: frozenset[str] = frozenset()
    absent_morphology: frozenset[str] = frozenset()
    complete: bool = False


WHOLE = CropRequest()
UNLABELLED = Labels()


@dataclass(frozen=True, slots=True)
class ManifestRow:
    """One row of a manifest.

    manifest: name of the CSV file. line: where it begins in the file, from 1. path, mask: found from the
    folder of the manifest; name: the path as given. patient, study: the user's own keys, never looked
    into. extra: columns that mlcalc does not know, as they are. Where a cell has a problem its value is
    the default; the path of a row that names none is the folder.
    """

    manifest: str
    line: int
    path: Path
    name: str
    frame: int | None = None
    crop: CropRequest = WHOLE
    labels: Labels = UNLABELLED
    id: str | None = None
    patient: str | None = None
    study: str | None = None
    split: str | None = None
    entity: str | None = None
    mask: Path | None = None
    extra: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def usable(self) -> bool:
        """Whether nothing is wrong with the row."""
        return not self.problems


def edge_problems(edges: Sequence[float]) -> Iterator[tuple[str, str]]:
    """Edges of a box (x0, y0, x1, y1) that come before the opposite one, each with a sentence."""
    x0, y0, x1, y1 = edges
    for name, low, high in (("x", x0, x1), ("y", y0, y1)):
        if not high > low:
            yield f"{name}1", f"must be greater than {name}0 ({low:.7g}), not {high:.7g}"
