"""From what was asked for to the square that is cut out."""

from __future__ import annotations

import math

from mlcalc.crops.row import BoxUnit
from mlcalc.errors import RejectedError
from mlcalc.imaging.box import Box
from mlcalc.imaging.radiograph import Spacing, SpacingSource

ROUNDING = 1e-3
"""Pixels by which a box may leave the picture unmentioned: millimetres do not divide evenly."""


def pixel_aspect(spacing: Spacing) -> float:
    """Height of a pixel over its width: by the millimetres where they are known, else as the file says."""
    if spacing.row_mm is None or spacing.column_mm is None:
        return spacing.aspect
    return spacing.row_mm / spacing.column_mm


def box_in_pixels(box: Box, unit: BoxUnit, spacing: Spacing) -> Box:
    """The box in pixels. Millimetres count from the picture's upper left corner, as pixels do.

    Raises RejectedError for a box in millimetres where the spacing is unknown.
    """
    if unit == "px":
        return box
    if not spacing.known or spacing.row_mm is None or spacing.column_mm is None:
        raise RejectedError(
            "box in millimetres, but the spacing of this picture is unknown",
            "give the box in pixels, or add mm_per_pixel to its row",
        )
    across, down = spacing.column_mm, spacing.row_mm
    return Box(box.x0 / across, box.y0 / down, box.x1 / across, box.y1 / down)


def clip(box: Box, picture: Box) -> tuple[Box, bool]:
    """The part of a box that lies in the picture, and whether any was cut off. Both in pixels.

    Raises RejectedError for a box that is empty, not finite, or wholly outside.
    """
    if box.empty or not all(map(math.isfinite, (box.x0, box.y0, box.x1, box.y1))):
        raise RejectedError(f"box {_told(box)} is empty or endless", "expected x0 < x1 and y0 < y1")
    inside = box.intersect(picture)
    if inside.empty:
        raise RejectedError(
            f"box {_told(box)} lies outside the picture of {picture.width:g} x {picture.height:g} pixels",
            "boxes are x0, y0, x1, y1: columns from the left, rows from the top",
        )
    if min(inside.width, inside.height) < 1:
        raise RejectedError(f"box {_told(inside)} is smaller than a pixel", "are its units right?")
    moved = max(inside.x0 - box.x0, inside.y0 - box.y0, box.x1 - inside.x1, box.y1 - inside.y1)
    return inside, moved > ROUNDING


def square_about(box: Box, spacing: Spacing, margin: float = 0.0) -> Box:
    """The smallest square about the centre of ``box`` that holds it, grown on all sides.

    Square in millimetres (or by the shape of the pixels where millimetres are unknown), so with pixels
    that are not square it has other counts of rows and columns. margin: by how much it grows on each
    side, as a fraction of its side. In pixels; may reach outside the picture.

    Raises ValueError for a negative margin.
    """
    if not margin >= 0:
        raise ValueError(f"margin {margin}: expected 0 or more")
    aspect = pixel_aspect(spacing)
    side = max(box.width, box.height * aspect) * (1 + 2 * margin)  # in widths of a pixel
    x, y = (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2
    across, down = side / 2, side / aspect / 2
    return Box(x - across, y - down, x + across, y + down)


def _told(box: Box) -> str:
    return "[" + ", ".join(f"{v:.10g}" for v in (box.x0, box.y0, box.x1, box.y1)) + "] px"


def effective_spacing(spacing: Spacing, mm_per_pixel: float | None) -> Spacing:
    """The spacing that counts: the user's goes before the header's, the shape of a pixel stays."""
    if mm_per_pixel is None:
        return spacing
    aspect = pixel_aspect(spacing)
    return Spacing(mm_per_pixel * aspect, mm_per_pixel, SpacingSource.manifest, aspect)
