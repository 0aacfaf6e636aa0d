"""Quarter turns and mirrors, of pixels and of boxes alike: clockwise first, then left to right."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from mlcalc.imaging.box import Box
from mlcalc.imaging.radiograph import Spacing

S = TypeVar("S", bound=np.generic)

QUARTERS = (0, 90, 180, 270)


def turn_pixels(pixels: NDArray[S], rotation: int, mirror: bool) -> NDArray[S]:
    """(rows, columns) turned by ``rotation`` degrees clockwise, then mirrored left to right; a copy."""
    turned = np.rot90(pixels, -rotation // 90)
    return np.ascontiguousarray(turned[:, ::-1] if mirror else turned)


def turn_box(box: Box, shape: tuple[int, ...], rotation: int, mirror: bool) -> Box:
    """Where a box of a picture of ``shape`` (rows, columns) lies after `turn_pixels`."""
    rows, columns = shape
    for _ in range(rotation // 90):
        box = Box(rows - box.y1, box.x0, rows - box.y0, box.x1)
        rows, columns = columns, rows
    return _mirror(box, columns) if mirror else box


def turn_box_back(box: Box, shape: tuple[int, ...], rotation: int, mirror: bool) -> Box:
    """Where a box of a turned picture lies in the picture of ``shape`` as it was before."""
    rows, columns = shape if rotation % 180 == 0 else shape[::-1]
    return turn_box(_mirror(box, columns) if mirror else box, (rows, columns), (360 - rotation) % 360, False)


def turn_spacing(spacing: Spacing, rotation: int) -> Spacing:
    """Rows and columns change places with every other quarter."""
    if rotation % 180 == 0:
        return spacing
    return replace(
        spacing, row_mm=spacing.column_mm, column_mm=spacing.row_mm, aspect=1 / (spacing.aspect or 1.0)
    )


def told(rotation: int, mirror: bool) -> str:
    """What was done, in words; "identity" for nothing."""
    steps = [f"rotated by {rotation} degrees clockwise"] if rotation else []
    return ", ".join([*steps, *(["mirrored left-right"] if mirror else [])]) or "identity"


def _mirror(box: Box, columns: int) -> Box:
    return Box(columns - box.x1, box.y0, columns - box.x0, box.y1)
