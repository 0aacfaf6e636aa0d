"""One real radiograph that can stand behind a lesion."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mlcalc.errors import RejectedError
from mlcalc.imaging.box import Box
from mlcalc.imaging.radiograph import Pixels, Radiograph
from mlcalc.imaging.read import read_radiograph
from mlcalc.imaging.resize import resample
from mlcalc.simulate.backgrounds.marks import UNSEEN, Audit, Mark

LONGEST = 1024
"""Longest side that is kept of a film, in pixels: a crop shows no more."""
SHORTEST = 80
"""Films with a shorter side hold no window worth enlarging."""


@dataclass(frozen=True, eq=False)
class Film:
    """A file and what is known about it without looking at its pixels.

    sha: sha256 of the file, hex. regions: vocabulary ids, most likely first; empty: unknown. block: films of
    one block may show one patient. mm_per_pixel: of the picture as read by `pixels`, where its header tells.
    """

    path: Path
    sha: str
    regions: tuple[str, ...] = ()
    block: int = 0
    audit: Audit = UNSEEN
    mm_per_pixel: float | None = None

    @property
    def verdict(self) -> frozenset[str]:
        """What the audit by eye found; empty where nobody looked."""
        return self.audit.verdict

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Landmarks; empty where nobody set any."""
        return self.audit.marks

    @property
    def clean(self) -> bool:
        """Whether it can stand for "no focal density": audited as clean, or never audited."""
        return not self.verdict or "clean" in self.verdict

    def pixels(self) -> Pixels:
        """(rows, columns) float32 in [0, 1], dense = bright, longest side at most `LONGEST`. Reads the file.

        Raises `mlcalc.errors.FileError` where the file has gone or has changed for the worse.
        """
        return reduced(read_radiograph(self.path))


def reduced(radiograph: Radiograph) -> Pixels:
    """The picture at a size that is worth keeping.

    Raises RejectedError for a picture that is too small.
    """
    pixels = radiograph.pixels
    rows, columns = pixels.shape
    if min(rows, columns) < SHORTEST:
        told = f"too small for a background: {columns} x {rows} pixels"
        raise RejectedError(told, f"both sides need {SHORTEST} or more")
    if max(rows, columns) <= LONGEST:
        return np.ascontiguousarray(pixels, np.float32)
    shrink = LONGEST / max(rows, columns)
    size = max(SHORTEST, round(rows * shrink)), max(SHORTEST, round(columns * shrink))
    return resample(pixels, Box(0, 0, columns, rows), size)
