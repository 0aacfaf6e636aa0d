"""Millimetres come with their source, and none are told where the header tells none that are sound."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from mlcalc.imaging.dicom.spacing import AT_DETECTOR, IN_BEAM, ON_FILM, UNSAID, spacing
from mlcalc.imaging.radiograph import Spacing, SpacingSource


def header(**elements: object) -> Dataset:
    ds = Dataset()
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


def found(ds: Dataset, frame: int = 0) -> Spacing:
    """The spacing of a header about which nothing is odd."""
    told, cautions = spacing(ds, frame)
    assert cautions == []
    return told


def codes(ds: Dataset) -> list[str]:
    return [caution.code for caution in spacing(ds)[1]]


# Where the millimetres come from (PS3.3 10.7.1)


def test_nothing_told_is_unknown() -> None:
    assert found(header()) == Spacing()


def test_rows_come_first_then_columns() -> None:
    """10.7.1.3: the first value is the distance between rows."""
    told = found(header(ImagerPixelSpacing=[0.2, 0.1]))
    assert (told.row_mm, told.column_mm, told.aspect) == (0.2, 0.1, 2.0)


@pytest.mark.parametrize("kind", ["GEOMETRY", "FIDUCIAL"])
def test_calibrated_pixel_spacing_wins(kind: str) -> None:
    told = found(
        header(
            PixelSpacing=[0.12, 0.12],
            PixelSpacingCalibrationType=kind,
            ImagerPixelSpacing=[0.143, 0.143],
            EstimatedRadiographicMagnificationFactor="1.3",
        )
    )
    assert (told.row_mm, told.source) == (0.12, SpacingSource.pixel_spacing)
    assert told.note == f"calibrated by {kind.lower()}"


def test_pixel_spacing_that_differs_from_the_detector_was_calibrated() -> None:
    told = found(header(PixelSpacing=[0.13, 0.13], ImagerPixelSpacing=[0.143, 0.143]))
    assert (told.row_mm, told.source) == (0.13, SpacingSource.pixel_spacing)
    assert "differs" in told.note


@pytest.mark.parametrize("detector", [0.143, 0.1431, 0.1429])
def test_equal_but_for_rounding_means_measured_at_the_detector(detector: float) -> None:
    told = found(header(PixelSpacing=[0.143, 0.143], ImagerPixelSpacing=[detector, detector]))
    assert told == Spacing(detector, detector, SpacingSource.imager_pixel_spacing, 1.0, AT_DETECTOR)


def test_the_detector_is_divided_by_the_magnification() -> None:
    told = found(header(ImagerPixelSpacing=[0.15, 0.3], EstimatedRadiographicMagnificationFactor="1.5"))
    assert told.row_mm == pytest.approx(0.1)
    assert told.column_mm == pytest.approx(0.2)
    assert told.source == SpacingSource.imager_pixel_spacing_magnified
    assert "1.5" in told.note


def test_pixel_spacing_alone_says_that_nobody_knows_where_it_was_measured() -> None:
    told = found(header(PixelSpacing=[0.168, 0.168]))
    assert told == Spacing(0.168, 0.168, SpacingSource.pixel_spacing, 1.0, UNSAID)


def test_a_scanned_film() -> None:
    told = found(header(NominalScannedPixelSpacing=[0.1, 0.1]))
    assert told == Spacing(0.1, 0.1, SpacingSource.nominal_scanned_pixel_spacing, 1.0, ON_FILM)


def test_pixel_spacing_equal_to_the_film_was_not_calibrated() -> None:
    told = found(header(PixelSpacing=[0.1, 0.1], NominalScannedPixelSpacing=[0.1, 0.1]))
    assert told.source == SpacingSource.nominal_scanned_pixel_spacing


def test_pixel_spacing_that_differs_from_the_film_was_calibrated() -> None:
    told = found(header(PixelSpacing=[0.08, 0.08], NominalScannedPixelSpacing=[0.1, 0.1]))
    assert (told.row_mm, told.source) == (0.08, SpacingSource.pixel_spacing)


def test_a_distance_larger_than_at_the_detector_is_told_with_a_caution() -> None:
    """No projection makes things smaller; somebody made the picture smaller."""
    ds = header(PixelSpacing=[0.4, 0.4], ImagerPixelSpacing=[0.2, 0.2])
    assert spacing(ds)[0].row_mm == 0.4
    assert codes(ds) == ["spacing_conflict"]


# What is not believed


@pytest.mark.parametrize(
    "pair", [["0", "0"], ["-0.1", "0.1"], ["0.0009", "0.1"], ["0.1", "10.1"], ["20", "20"]]
)
def test_impossible_distances_are_unknown(pair: list[str]) -> None:
    for keyword in ("PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"):
        ds = header(**{keyword: pair})
        assert not spacing(ds)[0].known
        assert codes(ds) == ["spacing_implausible"]


def test_one_or_three_values_are_no_distances() -> None:
    assert codes(header(PixelSpacing="0.143")) == ["spacing_implausible"]
    assert codes(header(ImagerPixelSpacing=[0.1, 0.1, 0.1])) == ["spacing_implausible"]


def test_the_next_source_is_asked() -> None:
    ds = header(PixelSpacing=["0", "0"], ImagerPixelSpacing=[0.143, 0.143])
    assert spacing(ds)[0].source == SpacingSource.imager_pixel_spacing
    assert codes(ds) == ["spacing_implausible"]


@pytest.mark.parametrize("keyword", ["PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing"])
@pytest.mark.parametrize("one", ["1", "1.0", "1.000000"])
def test_exactly_one_millimetre_stands_for_unknown(keyword: str, one: str) -> None:
    ds = header(**{keyword: [one, one]})
    assert spacing(ds)[0] == Spacing()
    assert codes(ds) == ["spacing_placeholder"]


def test_nearly_one_millimetre_is_believed() -> None:
    assert found(header(PixelSpacing=["1.01", "1.01"])).row_mm == 1.01


def test_no_calibration_makes_a_placeholder_true() -> None:
    ds = header(PixelSpacing=[1, 1], PixelSpacingCalibrationType="FIDUCIAL", ImagerPixelSpacing=[0.2, 0.2])
    assert spacing(ds)[0].source == SpacingSource.imager_pixel_spacing


@pytest.mark.parametrize("factor", ["0", "0.9", "-1.2", "10.5"])
def test_an_impossible_magnification_is_ignored_and_said(factor: str) -> None:
    ds = header(ImagerPixelSpacing=[0.2, 0.2], EstimatedRadiographicMagnificationFactor=factor)
    assert spacing(ds)[0].source == SpacingSource.imager_pixel_spacing
    assert spacing(ds)[0].row_mm == 0.2
    assert codes(ds) == ["magnification_implausible"]


# The shape of a pixel without millimetres


@pytest.mark.parametrize(("ratio", "aspect"), [([4, 3], 4 / 3), ([1, 1], 1.0), ([0, 1], 1.0), ([1, 50], 1.0)])
def test_pixel_aspect_ratio_is_height_over_width(ratio: list[int], aspect: float) -> None:
    told = found(header(PixelAspectRatio=ratio))
    assert not told.known
    assert told.aspect == pytest.approx(aspect)


# Enhanced multi-frame (C.7.6.16)


def enhanced(shared: Dataset, *own: Dataset) -> Dataset:
    return header(SharedFunctionalGroupsSequence=[shared], PerFrameFunctionalGroupsSequence=list(own))


def measures(mm: float) -> Dataset:
    return header(PixelMeasuresSequence=[header(PixelSpacing=[mm, mm])])


def test_shared_pixel_measures_hold_for_every_frame() -> None:
    assert found(enhanced(measures(0.2)), frame=3).row_mm == 0.2


def test_a_frame_may_have_its_own() -> None:
    ds = enhanced(Dataset(), measures(0.2), measures(0.3))
    assert [found(ds, frame).row_mm for frame in (0, 1)] == [0.2, 0.3]


def test_detector_and_magnification_of_an_enhanced_angiogram() -> None:
    own = header(
        FramePixelDataPropertiesSequence=[header(ImagerPixelSpacing=[0.3, 0.3])],
        XRayGeometrySequence=[header(EstimatedRadiographicMagnificationFactor="1.5")],
    )
    told = found(enhanced(Dataset(), own))
    assert told.row_mm == pytest.approx(0.2)
    assert told.source == SpacingSource.imager_pixel_spacing_magnified


def test_a_distance_told_for_the_patient_is_nearer_than_the_detector() -> None:
    own = header(
        FramePixelDataPropertiesSequence=[header(ImagerPixelSpacing=[0.3, 0.3])],
        ProjectionPixelCalibrationSequence=[header(ObjectPixelSpacingInCenterOfBeam=[0.21, 0.21])],
    )
    told = found(enhanced(Dataset(), own))
    assert (told.row_mm, told.source, told.note) == (0.21, SpacingSource.pixel_spacing, IN_BEAM)


# Whatever a file holds

KEYWORDS = (
    "PixelSpacing", "ImagerPixelSpacing", "NominalScannedPixelSpacing", "PixelAspectRatio",
    "PixelSpacingCalibrationType", "EstimatedRadiographicMagnificationFactor",
    "SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence",
)  # fmt: skip
VALUES = st.binary(max_size=12) | st.sampled_from(
    [b"1\\1", b"0.1\\0.2", b"nan\\nan", b"1e400\\1", b"0,2\\0,2"]
)


@given(
    st.dictionaries(st.sampled_from(KEYWORDS), st.tuples(st.sampled_from(["DS", "LO", "SQ", "US"]), VALUES))
)
def test_millimetres_are_sound_or_unknown_whatever_the_header_holds(
    held: dict[str, tuple[str, bytes]],
) -> None:
    ds = Dataset()
    for keyword, (vr, value) in held.items():
        tag = Tag(tag_for_keyword(keyword) or 0)
        ds[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told, _ = spacing(ds)
    assert (told.source == SpacingSource.unknown) is not told.known
    if told.row_mm is not None and told.column_mm is not None:
        assert 0.0001 <= told.row_mm <= 10
        assert 0.0001 <= told.column_mm <= 10
        assert (told.row_mm, told.column_mm) != (1, 1)


@pytest.mark.parametrize(
    ("path", "source", "mm"),
    [
        ("mg_lut/OutOfBoundsOverlay.dcm", "imager_pixel_spacing_magnified", 0.085 / 1.0433386837881),
        ("real_cr/CR-ModalitySequenceLUT.dcm", "imager_pixel_spacing", 0.15),
        ("real_cr/RG1_J2KI.dcm", "unknown", None),  # 0.000 in the header
        ("real_cr/RG3_J2KI.dcm", "unknown", None),
        ("syntax_cases/SC_rgb_jpeg_dcmtk.dcm", "unknown", None),  # 1.0 in the header
    ],
)
def test_real_files(radiographs: Path, path: str, source: str, mm: float | None) -> None:
    told, _ = spacing(dcmread(radiographs / "dicom" / path, stop_before_pixels=True))
    assert told.source == source
    assert told.row_mm == (None if mm is None else pytest.approx(mm))


def test_secondary_captures_of_one_millimetre_are_unknown(radiographs: Path) -> None:
    files = sorted((radiographs / "dicom" / "ddh_pelvis_dx").glob("*.dcm"))
    assert len(files) == 10
    for file in files:
        told, cautions = spacing(dcmread(file, stop_before_pixels=True))
        assert not told.known
        assert [caution.code for caution in cautions] == ["spacing_placeholder"]
