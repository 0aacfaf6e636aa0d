"""Millimetres between pixels, and who says so (PS3.3 10.7.1).

A projection magnifies: what a detector measures is larger than the patient. The header may tell the
distance at the detector (Imager Pixel Spacing (0018,1164)), how much it magnifies (0018,1114), a distance
calibrated to the patient (Pixel Spacing (0028,0030)) or one on a scanned film (0018,2010). The first
that is sound is taken, in this order:

1. Pixel Spacing that is calibrated: it says so (0028,0A02), or it differs from the distance at the
   detector or on the film (10.7.1.1: equal values mean that nothing was corrected).
2. Imager Pixel Spacing, divided by the Estimated Radiographic Magnification Factor where that is given
   (C.8.7.5, C.8.11.5).
3. Pixel Spacing alone, of which nobody knows where it was measured.
4. Nominal Scanned Pixel Spacing (C.8.6.2).

A value is sound if both distances lie between 0.001 and 10 mm and are not both exactly 1. No radiograph
has pixels of exactly 1 mm (detectors and film scanners have 0.02 to 0.4 mm); converters write 1 where
they know nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from pydicom.dataset import Dataset

from mlcalc.imaging.dicom.groups import functional_group
from mlcalc.imaging.dicom.tags import number, numbers, present, text
from mlcalc.imaging.radiograph import Caution, Spacing, SpacingSource

SMALLEST, LARGEST = 0.001, 10.0
"""Millimetres. Beyond them a distance between pixels of a radiograph is a mistake."""

AT_DETECTOR = "measured at the detector; the object is smaller than told"
ON_FILM = "measured on the scanned film; the object is smaller than told"
UNSAID = "the header does not say whether it is calibrated to the patient"
IN_BEAM = "in the patient, at the centre of the beam"

_CALIBRATIONS = ("GEOMETRY", "FIDUCIAL")
_MACROS = {  # where enhanced multi-frame objects keep it (C.7.6.16.2.1, C.8.19.6)
    "PixelSpacing": "PixelMeasuresSequence",
    "ImagerPixelSpacing": "FramePixelDataPropertiesSequence",
    "EstimatedRadiographicMagnificationFactor": "XRayGeometrySequence",
    "ObjectPixelSpacingInCenterOfBeam": "ProjectionPixelCalibrationSequence",
}
_NAMES = {
    "PixelSpacing": "Pixel Spacing",
    "ImagerPixelSpacing": "Imager Pixel Spacing",
    "ObjectPixelSpacingInCenterOfBeam": "Object Pixel Spacing in Center of Beam",
    "NominalScannedPixelSpacing": "Nominal Scanned Pixel Spacing",
}

Pair = tuple[float, float]


def spacing(ds: Dataset, frame: int = 0) -> tuple[Spacing, list[Caution]]:
    """Millimetres between rows and between columns of one frame (counted from 0), with their source.

    Unknown where nothing sound is told; the shape of a pixel may be known then by Pixel Aspect Ratio
    (C.7.6.3.1.7). Nothing in the header can make this raise or warn.
    """
    header = _Header(ds, frame)
    found = _choose(header)
    if found is None:
        return Spacing(aspect=_aspect(ds)), header.cautions
    (row, column), source, note = found
    return Spacing(row, column, source, row / column, note), header.cautions


@dataclass
class _Header:
    """The header as one frame sees it; gathers what is odd about it."""

    ds: Dataset
    frame: int
    cautions: list[Caution] = field(default_factory=list)

    def holder(self, keyword: str) -> Dataset:
        macro = _MACROS.get(keyword)
        group = functional_group(self.ds, self.frame, macro) if macro else self.ds
        return group if present(group, keyword) else self.ds

    def pair(self, keyword: str) -> Pair | None:
        """Distances between rows and columns; None where absent or not sound."""
        holder = self.holder(keyword)
        if not present(holder, keyword):
            return None
        values = numbers(holder, keyword)
        if len(values) == 2 and values[0] == values[1] == 1:
            told = f"{_NAMES[keyword]} is exactly 1 mm, which stands for an unknown value; not used"
            self.cautions.append(Caution("spacing_placeholder", told))
        elif len(values) == 2 and all(SMALLEST <= value <= LARGEST for value in values):
            return values[0], values[1]
        else:
            told = f"{_NAMES[keyword]} is not two distances from {SMALLEST:g} to {LARGEST:g} mm; not used"
            self.cautions.append(Caution("spacing_implausible", told))
        return None

    def magnification(self) -> float | None:
        """The estimated radiographic magnification factor; None where absent or not in [1, 10]."""
        keyword = "EstimatedRadiographicMagnificationFactor"
        holder = self.holder(keyword)
        factor = number(holder, keyword)
        if factor is not None and 1 <= factor <= 10:
            return factor
        if present(holder, keyword):
            told = "Estimated Radiographic Magnification Factor is not between 1 and 10; not used"
            self.cautions.append(Caution("magnification_implausible", told))
        return None


def _choose(header: _Header) -> tuple[Pair, SpacingSource, str] | None:
    patient = header.pair("PixelSpacing")
    detector = header.pair("ImagerPixelSpacing")
    film = header.pair("NominalScannedPixelSpacing")
    beam = header.pair("ObjectPixelSpacingInCenterOfBeam")
    if patient and (note := _calibrated(header, patient, detector or film)):
        return patient, SpacingSource.pixel_spacing, note
    if beam:
        return beam, SpacingSource.pixel_spacing, IN_BEAM
    if detector:
        return _at_detector(detector, header.magnification())
    if patient and not (film and _same(patient, film)):
        return patient, SpacingSource.pixel_spacing, UNSAID
    return (film, SpacingSource.nominal_scanned_pixel_spacing, ON_FILM) if film else None


def _calibrated(header: _Header, patient: Pair, measured: Pair | None) -> str:
    """Why Pixel Spacing counts as calibrated to the patient; "" if it does not (10.7.1.1)."""
    kind = (text(header.holder("PixelSpacing"), "PixelSpacingCalibrationType") or "").upper()
    kind = kind or (text(header.ds, "PixelSpacingCalibrationType") or "").upper()
    if kind in _CALIBRATIONS:
        return f"calibrated by {kind.lower()}"
    if measured is None or _same(patient, measured):
        return ""
    if patient[0] > measured[0]:
        told = "Pixel Spacing is larger than the distance measured; the picture may have been made smaller"
        header.cautions.append(Caution("spacing_conflict", told))
    return "taken as calibrated, since it differs from the distance that was measured"


def _at_detector(detector: Pair, factor: float | None) -> tuple[Pair, SpacingSource, str]:
    if factor is None:
        return detector, SpacingSource.imager_pixel_spacing, AT_DETECTOR
    note = f"measured at the detector, divided by the estimated magnification {factor:g}"
    return (
        (detector[0] / factor, detector[1] / factor),
        SpacingSource.imager_pixel_spacing_magnified,
        note,
    )


def _same(one: Pair, other: Pair) -> bool:
    """Equal but for rounding: 0.5 % or half a micrometre."""
    return all(math.isclose(a, b, rel_tol=0.005, abs_tol=0.0005) for a, b in zip(one, other, strict=True))


def _aspect(ds: Dataset) -> float:
    """Height over width of a pixel by Pixel Aspect Ratio (0028,0034); 1 where it is not told."""
    ratio = numbers(ds, "PixelAspectRatio")
    if len(ratio) == 2 and ratio[0] > 0 and ratio[1] > 0 and 0.1 <= ratio[0] / ratio[1] <= 10:
        return ratio[0] / ratio[1]
    return 1.0
