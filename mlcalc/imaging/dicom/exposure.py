"""The exposed field as the header tells it: X-ray collimator and display shutter.

PS3.3 C.8.7.3 and C.7.6.11 give edges, centres and vertices as row and column numbers of pixels, the
first being 1. They do not say whether the pixel at an edge still belongs to the field, and makers differ
(columns 0 to n + 1, 0 to n and 1 to n are all seen for a field as wide as the picture). It is taken as
inside: nothing exposed is lost, and at most one column or row too many is kept at each side.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

from pydicom.dataset import Dataset

from mlcalc.imaging.box import Box
from mlcalc.imaging.dicom.tags import number, numbers, texts

SMALLEST_SHARE = 0.01
"""Of the picture; a smaller field is a mistake."""

_MODULES = ("Collimator", "Shutter")


def header_field(ds: Dataset, rows: int, columns: int) -> Box | None:
    """The exposed field in pixels of the stored picture; None where absent or implausible.

    What lies inside both collimator and shutter and inside every shape that either has; a circle or a
    polygon counts as the rectangle around it. Nothing in the header can make this raise or warn.
    """
    picture = Box(0, 0, columns, rows)
    fields = [field for module in _MODULES if (field := _module(ds, module)) and _plausible(field, picture)]
    if not fields:
        return None
    field = reduce(Box.intersect, fields, picture)
    return field if _share(field, picture) >= SMALLEST_SHARE else None


def _module(ds: Dataset, module: str) -> Box | None:
    """What lies in every shape of one module; None where it tells none completely."""
    named = {shape.upper() for shape in texts(ds, f"{module}Shape")} or set(_SHAPES)
    found = [read(ds, module) for shape, read in _SHAPES.items() if shape in named]
    boxes = [box for box in found if box is not None]
    return reduce(Box.intersect, boxes) if boxes else None


def _rectangle(ds: Dataset, module: str) -> Box | None:
    left = number(ds, f"{module}LeftVerticalEdge")
    right = number(ds, f"{module}RightVerticalEdge")
    upper = number(ds, f"{module}UpperHorizontalEdge")
    lower = number(ds, f"{module}LowerHorizontalEdge")
    if left is None or right is None or upper is None or lower is None:
        return None
    return _pixels(left, upper, right, lower)


def _circle(ds: Dataset, module: str) -> Box | None:
    centre = numbers(ds, f"CenterOfCircular{module}")
    radius = number(ds, f"RadiusOfCircular{module}")
    if len(centre) != 2 or radius is None:
        return None
    row, column = centre
    return _pixels(column - radius, row - radius, column + radius, row + radius)


def _polygon(ds: Dataset, module: str) -> Box | None:
    vertices = numbers(ds, f"VerticesOfThePolygonal{module}")
    if len(vertices) < 6 or len(vertices) % 2:
        return None
    rows, columns = vertices[0::2], vertices[1::2]
    return _pixels(min(columns), min(rows), max(columns), max(rows))


_SHAPES: dict[str, Callable[[Dataset, str], Box | None]] = {
    "RECTANGULAR": _rectangle,
    "CIRCULAR": _circle,
    "POLYGONAL": _polygon,
}


def _pixels(left: float, upper: float, right: float, lower: float) -> Box:
    """From the numbers of the first and last pixel inside, counted from 1, to a half-open box."""
    return Box(left - 1, upper - 1, right, lower)


def _plausible(field: Box, picture: Box) -> bool:
    """Not empty, not tiny, and not aimed past the picture.

    A field may be larger than the picture. But one that covers little of it and lies for a third or
    more outside is no field in these pixels: a beam is aimed at the plate (seen in an old CR header,
    whose numbers are no pixels).
    """
    inside = field.intersect(picture)
    if field.empty or _share(inside, picture) < SMALLEST_SHARE:
        return False
    outside = 1 - _share(inside, field)
    return outside < 1 / 3 or _share(inside, picture) > 1 / 4


def _share(part: Box, whole: Box) -> float:
    return 0.0 if part.empty or whole.empty else part.width * part.height / (whole.width * whole.height)
