"""One crop: what it shows, how large a millimetre is in it, and the way back to the picture."""

from __future__ import annotations

import json
from dataclasses import FrozenInstanceError
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcalc.crops.crop import Crop, cut
from mlcalc.crops.row import CropRequest
from mlcalc.errors import RejectedError
from mlcalc.imaging.box import Box
from mlcalc.imaging.radiograph import Encoding, Greyscale, Pixels, Radiograph, Spacing, SpacingSource
from mlcalc.imaging.resize import resample

TURNS = list(product((0, 90, 180, 270), (False, True)))
FILM = Spacing(0.2, 0.1, SpacingSource.imager_pixel_spacing)
SQUARE = Spacing(0.15, 0.15, SpacingSource.pixel_spacing)
UNKNOWN = Spacing()
WHOLE = CropRequest()


def radiograph(pixels: Pixels, spacing: Spacing = UNKNOWN) -> Radiograph:
    pixels = pixels.copy()
    pixels.flags.writeable = False
    rows, columns = pixels.shape
    return Radiograph(pixels, Encoding("PNG", rows, columns), Greyscale("grey", 8), spacing)


def noise(rows: int, columns: int) -> Pixels:
    return np.random.default_rng(0).random((rows, columns), dtype=np.float32)


def film(rows: int = 200, columns: int = 300, spacing: Spacing = UNKNOWN) -> Radiograph:
    return radiograph(noise(rows, columns), spacing)


def edges(box: Box) -> list[float]:
    return [box.x0, box.y0, box.x1, box.y1]


def codes(crop: Crop) -> list[str]:
    return [caution.code for caution in crop.cautions]


# The whole picture


@pytest.mark.parametrize(("rows", "columns"), [(200, 300), (300, 200), (128, 128), (512, 16)])
def test_without_a_box_it_is_the_whole_picture_in_the_middle_of_a_square(rows: int, columns: int) -> None:
    picture = film(rows, columns)
    crop = cut(picture, WHOLE, 64)
    side = max(rows, columns)
    x, y = (columns - side) / 2, (rows - side) / 2
    assert crop.region == Box(x, y, x + side, y + side)
    assert crop.box == picture.box
    np.testing.assert_array_equal(crop.pixels, resample(picture.pixels, crop.region, (64, 64)))


def test_a_square_picture_is_resampled_and_nothing_else() -> None:
    picture = film(128, 128)
    crop = cut(picture, WHOLE, 64)
    np.testing.assert_array_equal(crop.pixels, resample(picture.pixels, picture.box, (64, 64)))
    assert crop.valid == Box(0, 0, 64, 64)
    assert crop.cautions == ()


def test_the_bars_beside_a_picture_that_is_not_square_are_exactly_zero() -> None:
    crop = cut(radiograph(np.ones((200, 300), np.float32)), WHOLE, 60)
    assert crop.valid == Box(0, 10, 60, 50)
    assert (crop.pixels[:10] == 0).all()
    assert (crop.pixels[50:] == 0).all()
    np.testing.assert_allclose(crop.pixels[10:50], 1, atol=1e-6)


@pytest.mark.parametrize(("rotation", "mirror"), TURNS)
@pytest.mark.parametrize(("rows", "columns"), [(200, 300), (300, 200), (77, 131)])
def test_valid_tells_where_the_picture_is_however_it_is_turned(
    rotation: int, mirror: bool, rows: int, columns: int
) -> None:
    picture = radiograph(np.ones((rows, columns), np.float32))
    crop = cut(picture, CropRequest(Box(0, 0, 90, 70), rotation=rotation, mirror=mirror), 48, margin=0.4)
    share = resample(np.ones((48, 48), np.float32), Box(0, 0, 48, 48), (48, 48))
    valid = crop.valid
    for row, column in product(range(48), range(48)):
        seen = valid.intersect(Box(column, row, column + 1, row + 1))
        share[row, column] = 0 if seen.empty else seen.width * seen.height
    np.testing.assert_allclose(crop.pixels, share, atol=1e-5)


# The exposed field


def test_the_exposed_field_is_cut_out_and_nothing_beside_it_is_seen() -> None:
    pixels = np.ones((200, 300), np.float32)
    pixels[50:150, 40:240] = 0.5
    crop = cut(radiograph(pixels), WHOLE, 100, field=Box(40, 50, 240, 150))
    assert crop.box == Box(40, 50, 240, 150)
    assert crop.region == Box(40, 0, 240, 200)
    assert crop.valid == Box(0, 25, 100, 75)
    np.testing.assert_allclose(crop.pixels[25:75], 0.5, atol=1e-6)
    assert (crop.pixels[:25] == 0).all()
    assert (crop.pixels[75:] == 0).all()


def test_a_field_that_is_the_whole_picture_changes_nothing() -> None:
    picture = film()
    np.testing.assert_array_equal(
        cut(picture, WHOLE, 50, field=picture.box).pixels, cut(picture, WHOLE, 50).pixels
    )


def test_a_field_is_rounded_outwards_and_kept_within_the_picture() -> None:
    crop = cut(film(), WHOLE, 50, field=Box(10.4, 20.9, 110.2, 400))
    assert crop.box == Box(10, 20, 111, 200)
    assert crop.cautions == ()


def test_a_box_is_cut_out_as_asked_for_wherever_the_field_is() -> None:
    picture, request = film(), CropRequest(Box(10, 20, 60, 70))
    np.testing.assert_array_equal(
        cut(picture, request, 50, field=Box(0, 0, 30, 30)).pixels, picture.pixels[20:70, 10:60]
    )


# A box


def test_a_box_of_the_size_of_the_crop_is_the_picture_itself() -> None:
    picture = film()
    crop = cut(picture, CropRequest(Box(30, 40, 94, 104)), 64)
    np.testing.assert_array_equal(crop.pixels, picture.pixels[40:104, 30:94])
    assert crop.region == crop.box == Box(30, 40, 94, 104)


def test_about_an_oblong_box_the_picture_goes_on() -> None:
    picture = film()
    crop = cut(picture, CropRequest(Box(100, 80, 164, 100)), 64)
    assert crop.region == Box(100, 58, 164, 122)
    np.testing.assert_array_equal(crop.pixels, picture.pixels[58:122, 100:164])


def test_a_margin_shows_more_on_every_side() -> None:
    crop = cut(film(), CropRequest(Box(100, 80, 164, 100)), 64, margin=0.25)
    assert crop.region == Box(84, 42, 180, 138)
    assert crop.box == Box(100, 80, 164, 100)


def test_a_box_in_millimetres_counts_from_the_upper_left_corner() -> None:
    crop = cut(film(spacing=FILM), CropRequest(Box(5, 6, 15, 16), "mm"), 64)
    assert edges(crop.box) == pytest.approx([50, 30, 150, 80])


def test_a_box_that_reaches_outside_is_clipped_before_it_is_squared_and_said_so() -> None:
    crop = cut(film(), CropRequest(Box(-50, 20, 50, 60)), 64)
    assert crop.box == Box(0, 20, 50, 60)
    assert crop.region == Box(0, 15, 50, 65)
    assert codes(crop) == ["box_clipped"]
    assert "[0, 20, 50, 60]" in crop.cautions[0].text


@pytest.mark.parametrize(("side", "told"), [(7, True), (8, False)])
def test_a_box_with_few_pixels_is_told(side: float, told: bool) -> None:
    crop = cut(film(), CropRequest(Box(10, 10, 10 + side, 10 + side)), 16)
    assert ("box_small" in codes(crop)) is told


def test_a_long_thin_box_is_not_small() -> None:
    assert codes(cut(film(), CropRequest(Box(10, 10, 100, 12)), 64)) == []


@pytest.mark.parametrize(("size", "told"), [(80, False), (81, True)])
def test_a_crop_that_had_to_grow_more_than_fourfold_is_told(size: int, told: bool) -> None:
    assert (codes(cut(film(), CropRequest(Box(0, 0, 20, 20)), size)) == ["upscaled"]) is told


@pytest.mark.parametrize(
    ("request_", "reason"),
    [
        (CropRequest(Box(300, 0, 310, 10)), "outside the picture of 300 x 200 pixels"),
        (CropRequest(Box(10, 10, 10, 20)), "is empty"),
        (CropRequest(Box(0, 0, 9, 9), "mm"), "spacing of this picture is unknown"),
        (CropRequest(rotation=45), "rotation 45 is unknown"),
    ],
)
def test_what_cannot_be_cut_is_refused(request_: CropRequest, reason: str) -> None:
    with pytest.raises(RejectedError, match=reason):
        cut(film(), request_, 64)


# Millimetres


@pytest.mark.parametrize(
    ("spacing", "box", "size", "expected"),
    [
        (SQUARE, Box(0, 0, 100, 100), 50, 0.15 * 100 / 50),
        (SQUARE, Box(0, 0, 40, 100), 200, 0.15 * 100 / 200),
        (FILM, Box(0, 0, 100, 10), 50, 100 * 0.1 / 50),  # 10 mm wide, 2 mm high
        (FILM, Box(0, 0, 100, 100), 50, 100 * 0.2 / 50),  # 10 mm wide, 20 mm high
    ],
)
def test_a_pixel_of_the_crop_is_the_squares_side_over_its_size(
    spacing: Spacing, box: Box, size: int, expected: float
) -> None:
    crop = cut(film(spacing=spacing), CropRequest(box), size)
    assert crop.mm_per_pixel == pytest.approx(expected)
    assert crop.spacing_source is spacing.source


def test_without_spacing_there_are_no_millimetres() -> None:
    crop = cut(film(), CropRequest(Box(0, 0, 50, 50)), 64)
    assert crop.mm_per_pixel is None
    assert crop.spacing_source is SpacingSource.unknown


@pytest.mark.parametrize("spacing", [UNKNOWN, SQUARE])
def test_the_users_millimetres_go_before_the_headers(spacing: Spacing) -> None:
    crop = cut(film(spacing=spacing), CropRequest(Box(0, 0, 20, 20), "mm", mm_per_pixel=0.4), 100)
    assert edges(crop.box) == pytest.approx([0, 0, 50, 50])
    assert crop.mm_per_pixel == pytest.approx(0.2)
    assert crop.spacing_source is SpacingSource.manifest


@pytest.mark.parametrize("spacing", [FILM, Spacing(aspect=2)])
def test_the_users_millimetres_are_of_columns_and_pixels_keep_their_shape(spacing: Spacing) -> None:
    crop = cut(film(spacing=spacing), CropRequest(Box(0, 0, 20, 20), "mm", mm_per_pixel=0.4), 100)
    assert edges(crop.box) == pytest.approx([0, 0, 50, 25])
    assert crop.mm_per_pixel == pytest.approx(0.2)


@pytest.mark.parametrize("spacing", [FILM, Spacing(aspect=2)])
def test_what_is_round_in_the_patient_is_round_in_the_crop(spacing: Spacing) -> None:
    y, x = np.mgrid[:200, :300] + 0.5
    ball = np.exp(-(((x - 150) / 30) ** 2) - ((y - 100) / 15) ** 2)
    crop = cut(radiograph(ball.astype(np.float32), spacing), CropRequest(Box(80, 60, 220, 140)), 100)
    y, x = (np.mgrid[:100, :100] - 49.5) * 160 / 100 / 30
    np.testing.assert_allclose(crop.pixels, np.exp(-(x**2) - y**2), atol=5e-3)


# Turned and mirrored


def turned_by_hand(pixels: Pixels, rotation: int, mirror: bool) -> Pixels:
    """Clockwise: the left column, read upwards, becomes the top row."""
    for _ in range(rotation // 90):
        pixels = np.array([column[::-1] for column in pixels.T])
    return np.array([row[::-1] for row in pixels]) if mirror else pixels


@pytest.mark.parametrize(("rotation", "mirror"), TURNS)
def test_the_crop_is_turned_clockwise_and_then_mirrored_bit_for_bit(rotation: int, mirror: bool) -> None:
    picture, box = film(), Box(12.5, 30, 99, 70)
    upright = cut(picture, CropRequest(box), 40)
    crop = cut(picture, CropRequest(box, rotation=rotation, mirror=mirror), 40)
    np.testing.assert_array_equal(crop.pixels, turned_by_hand(upright.pixels, rotation, mirror))
    assert crop.pixels.flags.c_contiguous
    assert (crop.rotation, crop.mirror) == (rotation, mirror)
    assert (crop.region, crop.box, crop.mm_per_pixel) == (upright.region, upright.box, upright.mm_per_pixel)


# The way back

turns = st.sampled_from(TURNS)
spacings = st.sampled_from([UNKNOWN, SQUARE, FILM, Spacing(0.1, 0.25, SpacingSource.pixel_spacing)])
asked = st.one_of(
    st.none(),
    st.builds(
        lambda x, y, w, h: Box(x, y, x + w, y + h),
        *(st.floats(-20, 80), st.floats(-20, 40), st.floats(25, 150), st.floats(25, 150)),
    ),
)
in_crop = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    *(st.floats(-50, 50), st.floats(-50, 50), st.floats(0, 60), st.floats(0, 60)),
)


def cut_any(picture: Radiograph, box: Box | None, turn: tuple[int, bool], margin: float) -> Crop:
    return cut(picture, CropRequest(box, rotation=turn[0], mirror=turn[1]), 48, margin)


@given(asked, turns, spacings, st.floats(0, 1), in_crop)
@settings(deadline=None)
def test_to_the_picture_and_back_is_where_one_was(
    box: Box | None, turn: tuple[int, bool], spacing: Spacing, margin: float, inner: Box
) -> None:
    crop = cut_any(film(60, 100, spacing), box, turn, margin)
    assert edges(crop.to_crop(crop.to_picture(inner))) == pytest.approx(edges(inner), abs=1e-9)
    assert edges(crop.to_picture(crop.to_crop(inner))) == pytest.approx(edges(inner), abs=1e-9)


@given(asked, turns, spacings, st.floats(0, 1))
@settings(deadline=None)
def test_the_whole_crop_is_the_region(
    box: Box | None, turn: tuple[int, bool], spacing: Spacing, margin: float
) -> None:
    crop = cut_any(film(60, 100, spacing), box, turn, margin)
    assert edges(crop.to_picture(Box(0, 0, 48, 48))) == pytest.approx(edges(crop.region))


@given(asked, turns, spacings, st.floats(0, 1), st.integers(0, 94), st.integers(0, 54))
@settings(deadline=None)
def test_a_bright_spot_of_the_picture_is_found_where_the_crop_says(
    box: Box | None, turn: tuple[int, bool], spacing: Spacing, margin: float, x: int, y: int
) -> None:
    pixels = np.zeros((60, 100), np.float32)
    pixels[y : y + 6, x : x + 6] = 1
    crop = cut_any(radiograph(pixels, spacing), box, turn, margin)
    spot = crop.to_crop(Box(x, y, x + 6, y + 6))
    found = np.argwhere(crop.pixels > 0.02) + 0.5
    near = 1 + 48 / min(crop.region.width, crop.region.height)
    assert all(
        spot.x0 - near <= column <= spot.x1 + near and spot.y0 - near <= row <= spot.y1 + near
        for row, column in found
    )
    middle = int((spot.y0 + spot.y1) / 2), int((spot.x0 + spot.x1) / 2)
    if min(edges(spot)) > 0 and max(edges(spot)) < 48 and min(spot.width, spot.height) > 2:
        assert crop.pixels[middle] > 0.4


# What is told


@given(asked, turns, spacings, st.floats(0, 1))
@settings(deadline=None)
def test_every_crop_is_square_plain_and_in_range(
    box: Box | None, turn: tuple[int, bool], spacing: Spacing, margin: float
) -> None:
    picture = film(60, 100, spacing)
    crop = cut_any(picture, box, turn, margin)
    assert crop.pixels.shape == (48, 48)
    assert crop.pixels.dtype == np.float32
    assert crop.pixels.flags.c_contiguous
    assert not np.shares_memory(crop.pixels, picture.pixels)
    assert 0 <= crop.pixels.min() <= crop.pixels.max() <= 1
    assert edges(crop.valid.intersect(Box(0, 0, 48, 48))) == pytest.approx(edges(crop.valid), abs=1e-9)
    assert not crop.valid.empty


def test_everything_but_the_pixels_goes_into_json() -> None:
    request = CropRequest(Box(-10, 20, 40, 60), rotation=90, mirror=True)
    told = cut(film(spacing=SQUARE), request, 20).to_json()
    assert json.loads(json.dumps(told)) == told
    assert told == {
        "size": 20,
        "region": [0, 20, 40, 60],
        "box": [0, 20, 40, 60],
        "valid": [0, 0, 20, 20],
        "mm_per_pixel": pytest.approx(0.3),
        "spacing_source": "pixel_spacing",
        "rotation": 90,
        "mirror": True,
        "cautions": [
            {
                "code": "box_clipped",
                "text": "the box reached outside the picture; [0, 20, 40, 60] is left",
            }
        ],
    }


def test_a_crop_is_frozen_and_tells_what_it_is_in_short() -> None:
    crop = cut(film(spacing=SQUARE), CropRequest(Box(0, 0, 40, 40)), 20)
    with pytest.raises(FrozenInstanceError):
        crop.rotation = 90  # type: ignore[misc]
    assert repr(crop) == "Crop(20 x 20 of [0, 0, 40, 40], 0.3 mm by pixel_spacing)"
