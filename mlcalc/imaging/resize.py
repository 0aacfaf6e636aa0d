"""The one resize of mlcalc: training, evaluation and every engine see pixels that came through here.

An output pixel looks at a triangle of source pixels about its centre, two output pixels wide where the
picture shrinks and two source pixels wide where it grows, with weights that sum to 1. That is bilinear
interpolation with antialiasing as Pillow (``BILINEAR``) and torch (``antialias=True``) do it; Pillow does
it here, in mode F, so that the result does not depend on how many threads or which BLAS there are.

At the picture's edge nothing is mixed in that is not there: the weights that fall outside are left out
and the others made up to 1. What lies outside is ``pad``, exactly. An output pixel that the edge runs
through is the mean of both sides, weighed by the area each has in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlcalc.imaging.box import Box
from mlcalc.imaging.radiograph import Pixels

SNAP = 1e-6
"""An edge this near to one of the output's grid lines, in output pixels, lies on it."""


def resample(pixels: Pixels, box: Box, size: tuple[int, int], pad: float = 0.0) -> Pixels:
    """The region ``box`` of a picture at another size.

    pixels: (rows, columns) float32 in [0, 1]; left as they are. box: in pixels of the picture; its edges
    may be fractions and may lie outside. size: (rows, columns) of the result, each at least 1. pad: what
    stands outside the picture, in [0, 1]. Rows and columns may be scaled by different amounts.

    Returns (rows, columns) float32 in [0, 1], C-contiguous, never a view of ``pixels``. A box of whole
    pixels at its own size comes back bit for bit. Memory goes by the part of the picture inside the box
    and by the result, however far the box reaches outside.

    Raises ValueError for a size below 1, for a pad outside [0, 1] and for a box that is empty or not finite.
    """
    _check(box, size, pad)
    rows = _Axis(box.y0, box.height / size[0], size[0], pixels.shape[0])
    columns = _Axis(box.x0, box.width / size[1], size[1], pixels.shape[1])
    result = np.full(size, pad, np.float32)
    tops, lefts = list(rows.runs()), list(columns.runs())
    if not (tops and lefts):
        return result
    top, left = rows.seen(), columns.seen()
    source = Image.fromarray(pixels[top, left])
    for row in tops:
        for column in lefts:
            area = (column.lo - left.start, row.lo - top.start, column.hi - left.start, row.hi - top.start)
            place = result[row.first : row.last, column.first : column.last]
            inside = np.asarray(source.resize(place.shape[::-1], Image.Resampling.BILINEAR, box=area))
            share = row.share * column.share
            place[...] = inside if share == 1 else inside * share + pad * (1 - share)
    return result


def resample_mask(mask: NDArray[np.bool_], box: Box, size: tuple[int, int]) -> NDArray[np.bool_]:
    """The region ``box`` of a mask at another size, to lie on what `resample` makes of its picture.

    mask: (rows, columns) bool. True where more than half of what the filter sees is True, so borders stay
    where they are in the picture; what is much thinner than an output pixel is lost. Where thin things
    must stay, resample ``mask.astype(np.float32)`` and keep the share. Outside the picture is False.

    Raises ValueError as `resample` does.
    """
    return resample(mask.astype(np.float32), box, size) > 0.5


@dataclass(frozen=True, slots=True)
class _Run:
    """Output pixels first <= i < last that show lo to hi of the source, which is ``share`` of their area."""

    first: int
    last: int
    lo: float
    hi: float
    share: float


@dataclass(frozen=True, slots=True)
class _Axis:
    """Rows or columns: ``count`` output pixels of ``step`` source pixels each, from ``lo`` on."""

    lo: float
    step: float
    count: int
    length: int

    def runs(self) -> Iterator[_Run]:
        """Output pixels that touch the picture: one that its edge runs through is a run of its own."""
        edges = [-self.lo / self.step, (self.length - self.lo) / self.step]
        lines = [line for edge in edges for line in (math.floor(edge + SNAP), math.ceil(edge - SNAP))]
        for first, last in pairwise(sorted({min(max(line, 0), self.count) for line in lines})):
            lo = max(self.lo + first * self.step, 0.0)
            hi = min(self.lo + last * self.step, float(self.length))
            share = (hi - lo) / ((last - first) * self.step)
            yield _Run(first, last, lo, hi, 1.0 if share > 1 - SNAP else share)

    def seen(self) -> slice:
        """The source pixels that the filter may look at: copying no more keeps small crops cheap."""
        reach = max(self.step, 1.0) + 1
        lo = max(self.lo - reach, 0.0)
        hi = min(self.lo + self.count * self.step + reach, float(self.length))
        return slice(math.floor(lo), math.ceil(hi))


def _check(box: Box, size: tuple[int, int], pad: float) -> None:
    if min(size) < 1:
        raise ValueError(f"size {size}: expected at least one row and one column")
    if not 0 <= pad <= 1:
        raise ValueError(f"pad {pad}: expected a value in [0, 1]")
    if box.empty or not all(map(math.isfinite, (box.x0, box.y0, box.x1, box.y1))):
        raise ValueError(f"{box}: expected x0 < x1 and y0 < y1, all finite")
