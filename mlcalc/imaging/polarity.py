"""Whether a picture plainly contradicts its polarity: the background is bright all round.

Where no patient is, the detector got the full exposure. After the grey-scale order this background is dark,
and flat, and lies along the edges of the picture. Bright borders alone prove nothing: a cassette frame or
a collimated margin is bright in a right picture. So the question is what lies round the *patient*:

- straight flat borders are cut away first (`borders`);
- on each of the four sides one goes inwards pixel by pixel and notes the last flat level that is brighter
  (or darker) than most of the structure, before the first stretch of structure. A white frame that is not
  straight is so passed, and the dark background behind it found. The side votes bright or dark by majority;
- each of the four corners votes by its own level, for in a chest or a pelvis hardly a side shows background,
  but the corners do. A corner that ends in a sharp edge is a frame and does not vote.

The picture is suspect if at least `ENOUGH` more of these eight votes are bright than dark.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mlcalc.imaging.borders import SIDES, SMALLEST, find_borders
from mlcalc.imaging.radiograph import Caution, Pixels

REDUCED = 128
"""Longest side of the copy that is looked at, in pixels. The lengths below are in its pixels."""
AVERAGED = 4
"""Pixels averaged for one pixel of the copy, where the picture is so much larger."""
FLAT = 0.06
"""Range over 3 x 3 pixels up to which a pixel is flat, as a share of the picture's range."""
STRUCTURED = 0.02
"""Share of pixels that must not be flat, for there to be a patient."""
BEYOND = 30
"""Bright is above all but this per cent of the structure, dark below all but as much."""
STRETCH = 9
"""Pixels of structure on end that are the patient; less is an edge of a frame, a letter, a scratch."""
MAJORITY = 0.25
"""A side votes if bright outnumbers dark, or dark bright, by this share of its length."""
CORNER = 0.06
"""Side of the square that is a corner, as a share of the shorter side."""
SHARP, SHARP_WITHIN = 0.5, 3
"""An edge falls by this share of the picture's range within so many pixels."""
ENOUGH = 4
"""Votes by which bright must lead."""

SUSPECT = Caution(
    "polarity_suspect",
    "the background is bright all round, as if bone were dark; kept as the file has it, "
    "--invert turns it over",
)


def polarity_suspect(pixels: Pixels) -> Caution | None:
    """A caution (``polarity_suspect``) if a picture of (rows, columns) in [0, 1] seems to be inverted."""
    copy = _within_borders(_small_copy(pixels))
    if min(copy.shape) < SMALLEST:
        return None
    low, high = _percentiles(copy[::2, ::2], 1)
    flat = _local_range(copy) <= FLAT * (high - low)
    structure = copy[~flat]
    if structure.size <= STRUCTURED * copy.size:
        return None
    dark, bright = _percentiles(structure[::2], BEYOND)
    levels = (copy > bright).astype(np.int8) - (copy < dark)
    votes = _sides(np.where(flat, levels, 0)) + _corners(copy, dark, bright, SHARP * (high - low))
    return SUSPECT if votes >= ENOUGH else None


def _percentiles(values: Pixels, share: int) -> tuple[float, float]:
    """The values with ``share`` per cent below and above them."""
    ordered = np.sort(values, axis=None)
    last = ordered.size - 1
    return float(ordered[last * share // 100]), float(ordered[last - last * share // 100])


def _small_copy(pixels: Pixels) -> Pixels:
    """Every so many-th row, averaged along it over a few pixels: reads a fraction of the picture."""
    step = max(1, -(-max(pixels.shape) // REDUCED))
    rows = pixels[step // 2 :: step, : pixels.shape[1] // step * step]
    few = range(0, step, -(-step // AVERAGED))
    return np.asarray(sum(rows[:, i::step] for i in few) / np.float32(len(few)), np.float32)


def _within_borders(copy: Pixels) -> Pixels:
    """The copy without straight flat borders; empty if it is blank."""
    borders = find_borders(copy)
    if borders.blank:
        return copy[:0]
    top, bottom, left, right = (getattr(borders, side).lines for side in SIDES)
    return copy[top : len(copy) - bottom, left : copy.shape[1] - right]


def _local_range(copy: Pixels) -> Pixels:
    """Largest minus smallest value in the 3 x 3 pixels round each."""
    padded = np.pad(copy, 1, mode="edge")
    high = np.maximum(np.maximum(padded[:-2], padded[1:-1]), padded[2:])
    low = np.minimum(np.minimum(padded[:-2], padded[1:-1]), padded[2:])
    high = np.maximum(np.maximum(high[:, :-2], high[:, 1:-1]), high[:, 2:])
    low = np.minimum(np.minimum(low[:, :-2], low[:, 1:-1]), low[:, 2:])
    return high - low


def _sides(levels: NDArray[np.int8]) -> int:
    """Votes of the four sides. levels: 1 flat and bright, -1 flat and dark, 0 neither."""
    lead = [_background(seen).mean() for seen in (levels, levels[::-1], levels.T, levels.T[::-1])]
    return sum(int(share > MAJORITY) - int(share < -MAJORITY) for share in lead)


def _background(levels: NDArray[np.int8]) -> NDArray[np.int8]:
    """For each column of levels, going down to the middle: the last flat level before the patient begins."""
    half = levels[: len(levels) // 2]
    depth = np.arange(len(half), dtype=np.int8)[:, None]  # at most REDUCED / 2
    last = np.maximum.accumulate(np.where(half != 0, depth, np.int8(-1)), axis=0)
    patient = depth - last >= STRETCH
    stop = np.where(patient.any(axis=0), patient.argmax(axis=0), len(half)) - 1
    columns = np.arange(half.shape[1])
    found = last[stop, columns]
    return np.where(found >= 0, half[found, columns], 0)


def _corners(copy: Pixels, dark: float, bright: float, edge: float) -> int:
    """Votes of the four corners."""
    return sum(_corner(copy[::down, ::across], dark, bright, edge) for down in (1, -1) for across in (1, -1))


def _corner(copy: Pixels, dark: float, bright: float, edge: float) -> int:
    """Vote of the corner at the first pixel."""
    shorter = min(copy.shape)
    side = max(2, round(CORNER * shorter))
    level = np.sort(copy[:side, :side], axis=None)[side * side // 2]
    vote = int(level > bright) - int(level < dark)
    inwards = np.arange(shorter // 2) / shorter
    diagonal = copy[(inwards * copy.shape[0]).astype(int), (inwards * copy.shape[1]).astype(int)]
    fall = vote * (diagonal[:-SHARP_WITHIN] - diagonal[SHARP_WITHIN:])
    return vote if fall.max() < edge else 0
