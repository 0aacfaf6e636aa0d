"""The exposed field: what is left of a picture without collimation and cassette borders.

Borders are searched on a reduced copy (`borders`), their edges are then found to the pixel. The rule that
goes before all others is that no anatomy is cut away; where in doubt, some border stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Any

import numpy as np

from mlcalc.imaging.borders import EVEN, SIDES, WINDOW, Borders, find_borders
from mlcalc.imaging.box import Box
from mlcalc.imaging.radiograph import Pixels

REDUCED = 512
"""Longest side of the copy on which borders are searched, in pixels."""
SMALLEST_FIELD = 0.05
"""Share of the picture below which a field of the header is not believed."""
SMALLEST_OWN = 0.01
"""Share of the picture below which what is left between flat borders is not believed to be a field."""
BAND = 0.02
"""Share of the longer side along the edge of the header's field that counts as neither side of it."""
OUTSIDE = 0.5
"""Most structure outside the header's field, as a share of that inside, with which it is believed."""
NOT_BELIEVED = "the field in the header does not fit the picture and was left aside"


@dataclass(frozen=True, slots=True)
class Field:
    """The part of a picture that was exposed.

    box: whole pixels, inside the picture. source: "whole" (nothing cut off), "picture" (borders found in
    it) or "header" (the header's field cuts off more than they do). note: in words, may be empty; "blank"
    where the picture shows nothing at all.
    """

    box: Box
    source: str
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """``{"box": [x0, y0, x1, y1], "source": …, "note": …}``."""
        return {"box": self.box.to_json(), "source": self.source, "note": self.note}


def find_field(pixels: Pixels, header_field: Box | None = None) -> Field:
    """The exposed field of a picture of (rows, columns) in [0, 1], of either polarity.

    header_field: as the collimator or shutter of the header has it (PS3.3 C.8.7.3, C.7.6.11). It narrows
    the field where the picture bears it out: at least `SMALLEST_FIELD` of the picture, and what lies
    outside it flat, or at least emptier than what lies inside.
    """
    rows, columns = pixels.shape
    copy, factor = reduced(pixels)
    borders = find_borders(copy)
    whole = Box(0, 0, columns, rows)
    if borders.blank:
        return Field(whole, "whole", "blank")
    own = _believed(_to_the_pixel(pixels, borders, factor), whole)
    found = Field(own, "whole", "") if own == whole else Field(own, "picture", _sides_cut(own, whole))
    return found if header_field is None else _narrowed(found, header_field, copy, factor, whole)


def reduced(pixels: Pixels, longest: int = REDUCED) -> tuple[Pixels, int]:
    """Means over squares of ``factor`` pixels, so that no side is longer than ``longest``; and the factor.

    Lines at the far ends that fill no square are left out. Adding slices is several times faster than the
    mean over a reshaped array.
    """
    factor = max(1, -(-max(pixels.shape) // longest))
    if factor == 1 or min(pixels.shape) < factor:
        return pixels, 1
    rows, columns = (n // factor * factor for n in pixels.shape)
    low = sum((pixels[i:rows:factor, :columns] for i in range(1, factor)), pixels[0:rows:factor, :columns])
    small = sum((low[:, i::factor] for i in range(1, factor)), low[:, 0::factor])
    return np.asarray(small / np.float32(factor * factor), np.float32), factor


def _to_the_pixel(pixels: Pixels, borders: Borders, factor: int) -> Box:
    """The box inside the borders; their sharp edges looked up in the picture itself."""
    rows, columns = pixels.shape
    coarse = {side: getattr(borders, side).lines * factor for side in SIDES}
    left, top = coarse["left"], coarse["top"]
    ends = {True: slice(left, columns - coarse["right"]), False: slice(top, rows - coarse["bottom"])}
    fine = dict(coarse)
    for side, depth in coarse.items():
        if factor > 1 and getattr(borders, side).sharp:
            lines = _seen_from(side, pixels)[:, ends[side in ("top", "bottom")]]
            first = max(0, depth - 2 * factor)
            fine[side] = first + _edge(lines[first : depth + 2 * factor + 1], 2 * factor)
    return Box(fine["left"], fine["top"], columns - fine["right"], rows - fine["bottom"])


def _seen_from(side: str, pixels: Pixels) -> Pixels:
    """The picture with the lines parallel to a side as rows, outermost first."""
    lines = pixels if side in ("top", "bottom") else pixels.T
    return lines[::-1] if side in ("bottom", "right") else lines


def _edge(lines: Pixels, otherwise: int) -> int:
    """Lines of a border that ends among these: up to the first that anywhere is half-way to the last one."""
    window = max(1, round(WINDOW * lines.shape[1]))
    count = max(1, lines.shape[1] // window)
    means = lines[:, : count * window].reshape(len(lines), count, -1).mean(axis=2)
    away = np.abs(means - np.median(means[0]))
    beyond = away.max(axis=1) > max(np.median(away[-1]) / 2, 2 * EVEN)
    return int(beyond.argmax()) if beyond.any() else otherwise


def _believed(own: Box, whole: Box) -> Box:
    """What the picture itself shows, unless hardly anything would be left."""
    return own if own.width * own.height >= SMALLEST_OWN * whole.width * whole.height else whole


def _sides_cut(box: Box, whole: Box) -> str:
    cut = (box.y0 > 0, box.y1 < whole.y1, box.x0 > 0, box.x1 < whole.x1)
    return "flat border cut off: " + ", ".join(s for s, is_cut in zip(SIDES, cut, strict=True) if is_cut)


def _narrowed(found: Field, header: Box, copy: Pixels, factor: int, whole: Box) -> Field:
    """The found field narrowed by the header's where that is plausible, else with a note."""
    header = Box(floor(header.x0), floor(header.y0), ceil(header.x1), ceil(header.y1)).intersect(whole)
    both = found.box.intersect(header)
    if both.empty or both.width * both.height < SMALLEST_FIELD * whole.width * whole.height:
        return replace(found, note=_joined(found.note, NOT_BELIEVED))
    if not _emptier_outside(copy, header, factor):
        return replace(found, note=_joined(found.note, NOT_BELIEVED))
    return found if both == found.box else Field(both, "header", found.note)


def _emptier_outside(copy: Pixels, field: Box, factor: int) -> bool:
    """Whether there is less structure outside the field, for its size, than inside.

    Structure is the mean step from pixel to pixel; a band along the field's edge counts as neither.
    """
    step = np.abs(np.diff(copy, axis=0))[:, :-1] + np.abs(np.diff(copy, axis=1))[:-1]
    band = max(2, round(BAND * max(copy.shape)))
    x0, y0, x1, y1 = (round(edge / factor) for edge in (field.x0, field.y0, field.x1, field.y1))
    outside = np.ones(step.shape, bool)
    outside[max(0, y0 - band) : y1 + band, max(0, x0 - band) : x1 + band] = False
    inside = step[y0 + band : y1 - band, x0 + band : x1 - band]
    if not outside.any() or not inside.size:
        return True
    return bool(step[outside].mean() <= OUTSIDE * inside.mean())


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
