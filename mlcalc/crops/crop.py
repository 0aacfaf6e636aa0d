"""One crop: a square of the picture at the size the network wants, and the way back to the picture."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from mlcalc.crops.geometry import box_in_pixels, clip, effective_spacing, square_about
from mlcalc.crops.row import CropRequest
from mlcalc.errors import RejectedError
from mlcalc.imaging.box import Box
from mlcalc.imaging.orientation import QUARTERS, turn_box, turn_box_back, turn_pixels
from mlcalc.imaging.radiograph import Caution, Pixels, Radiograph, Spacing, SpacingSource
from mlcalc.imaging.resize import resample

SMALL_BOX = 8
"""A box whose longer side has fewer pixels than this is told to the user."""
LARGE_SCALE = 4
"""A crop with more than this many pixels for one of the picture is told to the user."""


@dataclass(frozen=True, eq=False)
class Crop:
    """A square cut out of a radiograph, scaled, then turned clockwise, then mirrored left to right.

    pixels: (size, size) float32 in [0, 1], dense = bright, 0 where there is no picture. region: the square
    (in millimetres) that they show, in pixels of the upright picture; may reach outside it. box: what was
    asked for, clipped to the picture. mm_per_pixel: of the crop, both ways, None where unknown.
    spacing_source: who says so. valid: the part of the crop, in its own pixels, that shows the picture.
    rotation: 0, 90, 180 or 270 degrees clockwise.
    """

    pixels: Pixels
    region: Box
    box: Box
    mm_per_pixel: float | None
    spacing_source: SpacingSource
    valid: Box
    rotation: int = 0
    mirror: bool = False
    cautions: tuple[Caution, ...] = ()

    @property
    def size(self) -> int:
        """Rows and columns of the crop."""
        return len(self.pixels)

    @property
    def _shape(self) -> tuple[int, int]:
        return self.size, self.size

    def to_crop(self, box_in_picture: Box) -> Box:
        """Where a box of the upright picture lies in the crop, in the crop's pixels; not clipped."""
        return turn_box(
            _scale(box_in_picture, self.region, self.size), self._shape, self.rotation, self.mirror
        )

    def to_picture(self, box_in_crop: Box) -> Box:
        """Where a box of the crop lies in the upright picture, in the picture's pixels; not clipped."""
        box = turn_box_back(box_in_crop, self._shape, self.rotation, self.mirror)
        across, down = self.region.width / self.size, self.region.height / self.size
        x, y = self.region.x0, self.region.y0
        return Box(x + box.x0 * across, y + box.y0 * down, x + box.x1 * across, y + box.y1 * down)

    def to_json(self) -> dict[str, Any]:
        """Everything but the pixels, by name; boxes as ``[x0, y0, x1, y1]``."""
        return {
            "size": self.size,
            "region": self.region.to_json(),
            "box": self.box.to_json(),
            "valid": self.valid.to_json(),
            "mm_per_pixel": self.mm_per_pixel,
            "spacing_source": str(self.spacing_source),
            "rotation": self.rotation,
            "mirror": self.mirror,
            "cautions": [caution.to_json() for caution in self.cautions],
        }

    def __repr__(self) -> str:
        mm = f"{self.mm_per_pixel:g} mm" if self.mm_per_pixel else "mm"
        return f"Crop({self.size} x {self.size} of {self.region.to_json()}, {mm} by {self.spacing_source})"


def cut(
    radiograph: Radiograph, request: CropRequest, size: int, margin: float = 0.0, field: Box | None = None
) -> Crop:
    """The crop that a manifest row, a sidecar file or a whole picture asks for.

    size: rows and columns of the crop. margin: how much wider than the box the square is on each side, as
    a fraction of its side. field: the exposed field in pixels; without a box it is what is cut out, and
    all outside it is 0. A box shows what surrounds it, as far as the picture goes.

    Raises RejectedError for a box that is empty or outside the picture, for one in millimetres where the
    spacing is unknown, and for a rotation that is no quarter turn.
    """
    if request.rotation not in QUARTERS:
        raise RejectedError(f"rotation {request.rotation} is unknown", "expected 0, 90, 180 or 270")
    spacing = effective_spacing(radiograph.spacing, request.mm_per_pixel)
    if request.box is None:
        window = radiograph.box if field is None else _whole_pixels(clip(field, radiograph.box)[0])
        box, clipped = window, False
    else:
        window = radiograph.box
        box, clipped = clip(box_in_pixels(request.box, request.unit, spacing), window)
    region = square_about(box, spacing, margin)
    upright = _look(radiograph.pixels, region, window, size)
    shown = _scale(region.intersect(window), region, size)
    return Crop(
        pixels=turn_pixels(upright, request.rotation, request.mirror),
        region=region,
        box=box,
        mm_per_pixel=_millimetres(region, spacing, size),
        spacing_source=spacing.source,
        valid=turn_box(shown, (size, size), request.rotation, request.mirror),
        rotation=request.rotation,
        mirror=request.mirror,
        cautions=(*box_cautions(box, clipped), *_scale_cautions(region, size)),
    )


def _millimetres(region: Box, spacing: Spacing, size: int) -> float | None:
    known = spacing.known and spacing.column_mm is not None
    return region.width * spacing.column_mm / size if known and spacing.column_mm else None


def _whole_pixels(box: Box) -> Box:
    return Box(math.floor(box.x0), math.floor(box.y0), math.ceil(box.x1), math.ceil(box.y1))


def _look(pixels: Pixels, region: Box, window: Box, size: int) -> Pixels:
    """The region at its size; of the picture only what lies in the window, a box of whole pixels."""
    x, y = int(window.x0), int(window.y0)
    seen = pixels[y : int(window.y1), x : int(window.x1)]
    return resample(seen, Box(region.x0 - x, region.y0 - y, region.x1 - x, region.y1 - y), (size, size))


def box_cautions(box: Box, clipped: bool) -> list[Caution]:
    """What to beware of in a box of so many pixels. clipped: whether some of it lay outside the picture."""
    found = []
    if clipped:
        found.append(Caution("box_clipped", f"the box reached outside the picture; {box.to_json()} is left"))
    if max(box.width, box.height) < SMALL_BOX:
        text = f"the box has only {box.width:.3g} x {box.height:.3g} pixels"
        found.append(Caution("box_small", text))
    return found


def _scale_cautions(region: Box, size: int) -> list[Caution]:
    scale = size / min(region.width, region.height)
    if scale <= LARGE_SCALE:
        return []
    text = f"one pixel of the picture became {scale:.3g} of the crop, which shows no more than the file"
    return [Caution("upscaled", text)]


def _scale(box: Box, region: Box, size: int) -> Box:
    """A box of the picture in pixels of the crop as it is before it is turned."""
    across, down = size / region.width, size / region.height
    x, y = region.x0, region.y0
    return Box((box.x0 - x) * across, (box.y0 - y) * down, (box.x1 - x) * across, (box.y1 - y) * down)
