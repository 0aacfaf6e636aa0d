"""What every readable file becomes: pixels, millimetres with their source, and header facts."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcalc.imaging.box import Box

Pixels = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Caution:
    """Something the user should know about a file that could still be read.

    ``code`` is stable and machine-readable (``polarity_suspect``); ``text`` says what and why, and
    never holds free text from a header.
    """

    code: str
    text: str

    def to_json(self) -> dict[str, str]:
        """``{"code": …, "text": …}``."""
        return {"code": self.code, "text": self.text}


class SpacingSource(StrEnum):
    """Where millimetres per pixel come from.

    ``assumed`` is a guess that may scale a picture for a network; lengths are never told from it.
    """

    pixel_spacing = "pixel_spacing"
    imager_pixel_spacing = "imager_pixel_spacing"
    imager_pixel_spacing_magnified = "imager_pixel_spacing_magnified"
    nominal_scanned_pixel_spacing = "nominal_scanned_pixel_spacing"
    file_density = "file_density"
    manifest = "manifest"
    assumed = "assumed"
    unknown = "unknown"


@dataclass(frozen=True, slots=True)
class Spacing:
    """Millimetres between neighbouring pixels, and who says so.

    row_mm: distance between two rows (vertical). column_mm: between two columns (horizontal). Both are
    None where ``source`` is unknown; the shape of a pixel (``aspect``, height over width) may still be
    known then. ``note`` says what the source leaves open, e.g. "measured at the detector".
    """

    row_mm: float | None = None
    column_mm: float | None = None
    source: SpacingSource = SpacingSource.unknown
    aspect: float = 1.0
    note: str = ""

    @property
    def known(self) -> bool:
        """Whether lengths in millimetres may be told."""
        guessed = self.source in (SpacingSource.assumed, SpacingSource.unknown)
        return not guessed and self.row_mm is not None and self.column_mm is not None

    def to_json(self) -> dict[str, Any]:
        """``{"row": mm, "column": mm, "unit": "mm", "source": …, "note": …}``; unit null where unknown."""
        return {
            "row": self.row_mm if self.known else None,
            "column": self.column_mm if self.known else None,
            "unit": "mm" if self.known else None,
            "source": str(self.source),
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    """Facts of the header that matter to a differential; never who the patient is.

    None is unknown. ``region`` is a vocabulary id mapped from the body part; ``age`` is in years.
    """

    modality: str | None = None
    body_part: str | None = None
    region: str | None = None
    view_position: str | None = None
    laterality: str | None = None
    patient_orientation: tuple[str, ...] | None = None
    age: float | None = None
    sex: str | None = None
    manufacturer: str | None = None
    burned_in_annotation: bool | None = None
    presentation_intent: str | None = None
    study_uid: str | None = None
    series_uid: str | None = None
    instance_uid: str | None = None

    def to_json(self) -> dict[str, Any]:
        """Every fact by its name; null where unknown."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Greyscale:
    """What was done between the stored pixels and [0, 1], in the order of PS3.4 N.2.

    photometric: as in the header, or "grey" / "colour" of a raster file. bits: of a stored value.
    modality, voi, presentation: each step in words ("rescale 1 * x - 1024", "window 550 / 1024 LINEAR,
    1 of 1 in the header", "inverted"). window: (center, width) in modality units where there is one.
    padding: stored values (lowest, highest) that stand for "no pixel"; they are 0 in the result.
    """

    photometric: str
    bits: int
    signed: bool = False
    modality: str = "identity"
    voi: str = "identity"
    presentation: str = "identity"
    window: tuple[float, float] | None = None
    inverted: bool = False
    padding: tuple[int, int] | None = None

    def to_json(self) -> dict[str, Any]:
        """Every step by its name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the file holds its pixels. ``rows`` and ``columns`` are those of the upright picture.

    orientation: what was done to stand the stored picture upright, in words ("identity" mostly).
    """

    format: str
    rows: int
    columns: int
    frame: int = 0
    frames: int = 1
    transfer_syntax: str | None = None
    orientation: str = "identity"

    def to_json(self) -> dict[str, Any]:
        """Every fact by its name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Radiograph:
    """One picture, ready to be looked at.

    pixels: (rows, columns) float32 in [0, 1], dense = bright, not writable. All boxes of mlcalc are in
    its pixels. header_field: the exposed field as the header tells it (collimator, display shutter),
    None where it does not.
    """

    pixels: Pixels
    encoding: Encoding
    greyscale: Greyscale
    spacing: Spacing = field(default_factory=Spacing)
    facts: HeaderFacts = field(default_factory=HeaderFacts)
    header_field: Box | None = None
    cautions: tuple[Caution, ...] = ()

    @property
    def box(self) -> Box:
        """The whole picture."""
        rows, columns = self.pixels.shape
        return Box(0, 0, columns, rows)

    def __repr__(self) -> str:
        rows, columns = self.pixels.shape
        mm = f"{self.spacing.row_mm:g} mm" if self.spacing.known else "mm"
        return f"Radiograph({columns} x {rows}, {self.encoding.format}, {mm} by {self.spacing.source})"
