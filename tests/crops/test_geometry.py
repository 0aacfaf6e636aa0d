"""From what was asked for to the square: millimetres, clipping, squaring."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcalc.crops.geometry import box_in_pixels, clip, pixel_aspect, square_about
from mlcalc.errors import RejectedError
from mlcalc.imaging.box import Box
from mlcalc.imaging.radiograph import Spacing, SpacingSource

FILM = Spacing(0.2, 0.1, SpacingSource.pixel_spacing)
TALL_PIXELS = Spacing(aspect=2.0)
UNKNOWN = Spacing()
PICTURE = Box(0, 0, 300, 200)

coordinates = st.floats(-1e4, 1e4)
lengths = st.floats(1e-3, 1e4)
boxes = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), coordinates, coordinates, lengths, lengths)
millimetres = st.floats(0.01, 2)
spacings = st.one_of(
    st.builds(
        lambda row, column: Spacing(row, column, SpacingSource.pixel_spacing), millimetres, millimetres
    ),
    st.builds(lambda aspect: Spacing(aspect=aspect), st.floats(0.2, 5)),
)


def edges(box: Box) -> list[float]:
    return [box.x0, box.y0, box.x1, box.y1]


# The shape of a pixel


@pytest.mark.parametrize(("spacing", "aspect"), [(FILM, 2), (TALL_PIXELS, 2), (UNKNOWN, 1)])
def test_the_shape_of_a_pixel_is_its_height_over_its_width(spacing: Spacing, aspect: float) -> None:
    assert pixel_aspect(spacing) == pytest.approx(aspect)


def test_known_millimetres_tell_the_shape_before_the_file_does() -> None:
    assert pixel_aspect(Spacing(0.3, 0.1, SpacingSource.pixel_spacing, aspect=7)) == pytest.approx(3)


# Millimetres to pixels


@pytest.mark.parametrize("spacing", [FILM, UNKNOWN])
def test_a_box_in_pixels_stays_as_it_is(spacing: Spacing) -> None:
    assert box_in_pixels(Box(1, 2, 3.5, 4), "px", spacing) == Box(1, 2, 3.5, 4)


def test_columns_go_by_the_distance_of_columns_and_rows_by_that_of_rows() -> None:
    assert edges(box_in_pixels(Box(1, 2, 10, 20), "mm", FILM)) == pytest.approx([10, 10, 100, 100])


@pytest.mark.parametrize("spacing", [UNKNOWN, TALL_PIXELS])
def test_millimetres_without_spacing_are_refused_with_the_way_out(spacing: Spacing) -> None:
    with pytest.raises(RejectedError, match="the spacing of this picture is unknown") as error:
        box_in_pixels(Box(0, 0, 1, 1), "mm", spacing)
    assert "mm_per_pixel" in error.value.hint


# Clipping


@pytest.mark.parametrize(
    ("box", "left", "clipped"),
    [
        (Box(0, 0, 300, 200), Box(0, 0, 300, 200), False),
        (Box(10, 20, 30.5, 40), Box(10, 20, 30.5, 40), False),
        (Box(-1, 20, 30, 40), Box(0, 20, 30, 40), True),
        (Box(10, -20, 30, 40), Box(10, 0, 30, 40), True),
        (Box(290, 20, 300.5, 40), Box(290, 20, 300, 40), True),
        (Box(-9, -9, 999, 999), PICTURE, True),
        (Box(0, 0, 300 + 1e-9, 200), PICTURE, False),
    ],
    ids=["whole", "inside", "left", "above", "right", "all round", "by a rounding error"],
)
def test_what_reaches_outside_is_cut_off_and_told(box: Box, left: Box, clipped: bool) -> None:
    assert clip(box, PICTURE) == (left, clipped)


@pytest.mark.parametrize(
    "box", [Box(300, 0, 310, 10), Box(-9, 0, 0, 10), Box(0, 200, 10, 210), Box(5, -9, 9, -1)]
)
def test_a_box_beside_the_picture_is_refused_with_both_told(box: Box) -> None:
    with pytest.raises(RejectedError) as error:
        clip(box, PICTURE)
    assert f"[{box.x0}, {box.y0}, {box.x1}, {box.y1}] px" in error.value.reason
    assert "outside the picture of 300 x 200 pixels" in error.value.reason
    assert error.value.hint


@pytest.mark.parametrize(
    "box",
    [
        Box(5, 5, 5, 9),
        Box(5, 9, 9, 5),
        Box(float("nan"), 0, 9, 9),
        Box(0, 0, float("inf"), 9),
        Box(float("-inf"), 0, float("inf"), 9),
    ],
)
def test_a_box_without_inside_or_end_is_refused(box: Box) -> None:
    with pytest.raises(RejectedError, match=r"^box \[.*\] px is empty or endless"):
        clip(box, PICTURE)


@given(boxes)
def test_what_is_left_lies_in_both(box: Box) -> None:
    try:
        left, clipped = clip(box, PICTURE)
    except RejectedError:
        return
    assert left.intersect(box) == left.intersect(PICTURE) == left
    assert clipped or edges(left) == pytest.approx(edges(box), abs=1e-3)


# Squaring


def test_a_square_box_of_square_pixels_stays_as_it_is() -> None:
    assert square_about(Box(3, 4, 13, 14), UNKNOWN) == Box(3, 4, 13, 14)


def test_the_short_side_grows_evenly_about_the_centre() -> None:
    assert square_about(Box(0, 0, 100, 40), UNKNOWN) == Box(0, -30, 100, 70)
    assert square_about(Box(0, 0, 40, 100), UNKNOWN) == Box(-30, 0, 70, 100)


@pytest.mark.parametrize("spacing", [FILM, TALL_PIXELS])
def test_where_pixels_are_twice_as_high_as_wide_a_square_has_half_as_many_rows(spacing: Spacing) -> None:
    assert edges(square_about(Box(0, 0, 100, 10), spacing)) == pytest.approx([0, -20, 100, 30])
    assert edges(square_about(Box(0, 0, 100, 100), spacing)) == pytest.approx([-50, 0, 150, 100])


def test_the_margin_is_added_on_every_side() -> None:
    assert edges(square_about(Box(0, 0, 100, 40), UNKNOWN, 0.1)) == pytest.approx([-10, -40, 110, 80])


@pytest.mark.parametrize("margin", [-0.1, float("nan")])
def test_a_margin_never_cuts_into_the_box(margin: float) -> None:
    with pytest.raises(ValueError, match="expected 0 or more"):
        square_about(PICTURE, UNKNOWN, margin)


@given(boxes, spacings, st.floats(0, 2))
def test_it_is_the_smallest_square_in_millimetres_that_holds_the_box(
    box: Box, spacing: Spacing, margin: float
) -> None:
    row, column = (spacing.row_mm or spacing.aspect), (spacing.column_mm or 1.0)
    square = square_about(box, spacing, margin)
    side = max(box.width * column, box.height * row) * (1 + 2 * margin)
    assert square.width * column == pytest.approx(side, rel=1e-6, abs=1e-6)
    assert square.height * row == pytest.approx(side, rel=1e-6, abs=1e-6)
    assert square.x0 + square.x1 == pytest.approx(box.x0 + box.x1, abs=1e-6)
    assert square.y0 + square.y1 == pytest.approx(box.y0 + box.y1, abs=1e-6)
    assert edges(square.intersect(box)) == pytest.approx(edges(box), abs=1e-6)
