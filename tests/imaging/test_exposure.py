"""The exposed field of the header: collimator and shutter, in pixels of the picture, or nothing."""

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

from mlcalc.imaging.box import Box
from mlcalc.imaging.dicom.exposure import header_field

ROWS, COLUMNS = 200, 100
MODULES = ("Collimator", "Shutter")


def rectangle(module: str, left: int, right: int, upper: int, lower: int) -> Dataset:
    ds = Dataset()
    setattr(ds, f"{module}Shape", "RECTANGULAR")
    setattr(ds, f"{module}LeftVerticalEdge", left)
    setattr(ds, f"{module}RightVerticalEdge", right)
    setattr(ds, f"{module}UpperHorizontalEdge", upper)
    setattr(ds, f"{module}LowerHorizontalEdge", lower)
    return ds


def field(ds: Dataset) -> Box | None:
    return header_field(ds, ROWS, COLUMNS)


def test_no_header_no_field() -> None:
    assert field(Dataset()) is None


@pytest.mark.parametrize("module", MODULES)
def test_pixel_numbers_count_from_one_and_the_edge_is_inside(module: str) -> None:
    """Columns 11 to 90 are 80 columns, which start at 10 when counted from 0."""
    assert field(rectangle(module, 11, 90, 21, 180)) == Box(10, 20, 90, 180)


@pytest.mark.parametrize(("first", "beyond"), [(1, 0), (0, 0), (0, 1), (-5, 7)])
@pytest.mark.parametrize("module", MODULES)
def test_as_wide_as_the_picture_however_the_maker_counts(module: str, first: int, beyond: int) -> None:
    whole = rectangle(module, first, COLUMNS + beyond, first, ROWS + beyond)
    assert field(whole) == Box(0, 0, COLUMNS, ROWS)


def test_inside_both_collimator_and_shutter() -> None:
    ds = rectangle("Collimator", 11, 90, 1, 200)
    ds.update(rectangle("Shutter", 21, 100, 31, 160))
    assert field(ds) == Box(20, 30, 90, 160)


@pytest.mark.parametrize("module", MODULES)
def test_a_circle_counts_as_the_square_around_it(module: str) -> None:
    """Centre is row, then column: pixels 31 to 71 of the columns, 81 to 121 of the rows."""
    ds = Dataset()
    setattr(ds, f"{module}Shape", "CIRCULAR")
    setattr(ds, f"CenterOfCircular{module}", [101, 51])
    setattr(ds, f"RadiusOfCircular{module}", 20)
    assert field(ds) == Box(30, 80, 71, 121)


@pytest.mark.parametrize("module", MODULES)
def test_a_polygon_counts_as_the_rectangle_around_it(module: str) -> None:
    ds = Dataset()
    setattr(ds, f"{module}Shape", "POLYGONAL")
    setattr(ds, f"VerticesOfThePolygonal{module}", [21, 50, 100, 11, 180, 50, 100, 90])
    assert field(ds) == Box(10, 20, 90, 180)


def test_several_shapes_hold_together() -> None:
    ds = rectangle("Shutter", 1, 60, 1, 200)
    ds.ShutterShape = ["RECTANGULAR", "CIRCULAR"]
    ds.CenterOfCircularShutter, ds.RadiusOfCircularShutter = [101, 51], 20
    assert field(ds) == Box(30, 80, 60, 121)


def test_only_the_named_shapes_count() -> None:
    ds = rectangle("Shutter", 11, 90, 21, 180)
    ds.CenterOfCircularShutter, ds.RadiusOfCircularShutter = [101, 51], 20
    assert field(ds) == Box(10, 20, 90, 180)


def test_edges_count_even_where_no_shape_is_named() -> None:
    ds = rectangle("Collimator", 11, 90, 21, 180)
    del ds.CollimatorShape
    assert field(ds) == Box(10, 20, 90, 180)


@pytest.mark.parametrize("missing", ["Left", "Right"])
def test_three_edges_are_no_rectangle(missing: str) -> None:
    ds = rectangle("Collimator", 11, 90, 21, 180)
    delattr(ds, f"Collimator{missing}VerticalEdge")
    assert field(ds) is None


@pytest.mark.parametrize(
    "edges",
    [
        (90, 11, 21, 180),  # left of itself
        (0, 0, 0, 0),  # what an export writes that knows nothing
        (201, 300, 1, 200),  # beside the picture
        (1, 10, 1, 10),  # half a percent of it
        (-40, 40, 90, 130),  # half beside the picture, and little of it
    ],
)
def test_implausible_fields_are_none(edges: tuple[int, int, int, int]) -> None:
    assert field(rectangle("Collimator", *edges)) is None


def test_an_implausible_collimator_does_not_spoil_the_shutter() -> None:
    ds = rectangle("Collimator", 0, 0, 0, 0)
    ds.update(rectangle("Shutter", 21, 80, 31, 160))
    assert field(ds) == Box(20, 30, 80, 160)


def test_collimator_and_shutter_that_do_not_meet_are_none() -> None:
    ds = rectangle("Collimator", 1, 40, 1, 200)
    ds.update(rectangle("Shutter", 60, 100, 1, 200))
    assert field(ds) is None


def test_a_picture_without_pixels_has_no_field() -> None:
    assert header_field(rectangle("Collimator", 1, 10, 1, 10), 0, 0) is None


NUMBER = st.integers(-(10**6), 10**6).map(lambda n: str(n).encode()) | st.sampled_from(
    [b"1e308", b"nan", b"x"]
)
KEYWORDS = [
    name.format(module)
    for module in MODULES
    for name in (
        "{}Shape", "{}LeftVerticalEdge", "{}RightVerticalEdge", "{}UpperHorizontalEdge",
        "{}LowerHorizontalEdge", "CenterOfCircular{}", "RadiusOfCircular{}", "VerticesOfThePolygonal{}",
    )
]  # fmt: skip


@given(
    st.dictionaries(st.sampled_from(KEYWORDS), st.lists(NUMBER, max_size=8).map(b"\\".join), max_size=16),
    st.sampled_from(["IS", "DS", "LO", "SQ"]),
    st.integers(0, 300),
    st.integers(0, 300),
)
def test_a_field_lies_in_the_picture_whatever_the_header_holds(
    held: dict[str, bytes], vr: str, rows: int, columns: int
) -> None:
    ds = Dataset()
    for keyword, value in held.items():
        tag = Tag(tag_for_keyword(keyword) or 0)
        ds[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = header_field(ds, rows, columns)
    if found is not None:
        assert 0 <= found.x0 < found.x1 <= columns
        assert 0 <= found.y0 < found.y1 <= rows
        assert found.width * found.height >= 0.01 * rows * columns


@pytest.mark.parametrize(
    ("path", "whole"),
    [
        ("mg_lut/GH133.dcm", True),  # collimator from 0 to columns + 1
        ("mg_lut/OutOfBoundsOverlay.dcm", True),  # shutter from 0 to columns
        ("real_cr/RG1_J2KI.dcm", False),  # from -184 to 184 of 1841 columns: no pixel numbers
        ("real_cr/RG3_J2KI.dcm", False),
    ],
)
def test_real_files(radiographs: Path, path: str, whole: bool) -> None:
    ds = dcmread(radiographs / "dicom" / path, stop_before_pixels=True)
    expected = Box(0, 0, ds.Columns, ds.Rows) if whole else None
    assert header_field(ds, ds.Rows, ds.Columns) == expected
