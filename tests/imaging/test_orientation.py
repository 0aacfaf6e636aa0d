"""Turns and mirrors: of pixels, boxes and spacing, and the flags in files that ask for them."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset

from mlcalc.imaging.box import Box
from mlcalc.imaging.orientation import QUARTERS, told, turn_box, turn_box_back, turn_pixels, turn_spacing
from mlcalc.imaging.radiograph import Spacing, SpacingSource
from mlcalc.imaging.read import read_radiograph

from .dicom_files import dataset, write

turns = st.tuples(st.sampled_from(QUARTERS), st.booleans())


@given(turn=turns, rows=st.integers(1, 9), columns=st.integers(1, 9), data=st.data())
def test_a_pixel_is_where_its_box_says(
    turn: tuple[int, bool], rows: int, columns: int, data: st.DataObject
) -> None:
    y, x = data.draw(st.integers(0, rows - 1)), data.draw(st.integers(0, columns - 1))
    picture = np.zeros((rows, columns), np.float32)
    picture[y, x] = 1
    turned = turn_pixels(picture, *turn)
    box = turn_box(Box(x, y, x + 1, y + 1), picture.shape, *turn)
    assert turned[int(box.y0), int(box.x0)] == 1
    assert turn_box_back(box, picture.shape, *turn) == Box(x, y, x + 1, y + 1)


def test_90_degrees_are_clockwise_and_the_mirror_comes_after() -> None:
    picture = np.array([[1, 2], [3, 4]])
    assert turn_pixels(picture, 90, False).tolist() == [[3, 1], [4, 2]]
    assert turn_pixels(picture, 90, True).tolist() == [[1, 3], [2, 4]]


def test_rows_and_columns_change_places_with_a_quarter() -> None:
    spacing = Spacing(0.2, 0.1, SpacingSource.pixel_spacing, 2.0)
    assert turn_spacing(spacing, 90) == Spacing(0.1, 0.2, SpacingSource.pixel_spacing, 0.5)
    assert turn_spacing(spacing, 180) == spacing


def test_what_was_done_is_told_in_words() -> None:
    assert told(0, False) == "identity"
    assert told(90, True) == "rotated by 90 degrees clockwise, mirrored left-right"


@pytest.mark.parametrize("rotation", QUARTERS)
@pytest.mark.parametrize("mirror", [False, True])
def test_the_flags_of_a_dicom_file_are_honoured(rotation: int, mirror: bool) -> None:
    """PS3.3 C.10.6: the rotation first, clockwise, then the horizontal flip."""
    words = np.arange(6, dtype=np.uint16).reshape(2, 3) * 100
    plain = read_radiograph(write(_windowed(words)))
    ds = _windowed(words)
    ds.ImageRotation, ds.ImageHorizontalFlip = rotation, "Y" if mirror else "N"
    ds.ImagerPixelSpacing = [0.2, 0.1]
    radiograph = read_radiograph(write(ds))
    assert np.array_equal(radiograph.pixels, turn_pixels(plain.pixels, rotation, mirror))
    assert (radiograph.encoding.rows, radiograph.encoding.columns) == radiograph.pixels.shape
    assert radiograph.encoding.orientation == told(rotation, mirror)
    assert radiograph.spacing.row_mm == (0.2 if rotation % 180 == 0 else 0.1)


@pytest.mark.parametrize("value", [45, -90, 7200])
def test_a_rotation_that_is_no_quarter_is_left_alone(value: int) -> None:
    ds = _windowed(np.arange(6, dtype=np.uint16).reshape(2, 3))
    ds.add_new("ImageRotation", "SS", value)
    assert read_radiograph(BytesIO(write(ds))).encoding.orientation == "identity"


def _windowed(words: np.ndarray[tuple[int, ...], np.dtype[np.uint16]]) -> Dataset:
    ds = dataset(words)
    ds.WindowCenter, ds.WindowWidth = 250, 600
    return ds


class TestAssumed:
    """A guessed spacing may scale a picture; lengths are never told from it."""

    def test_it_is_not_known(self) -> None:
        guess = Spacing(0.15, 0.15, SpacingSource.assumed)
        assert not guess.known
        assert guess.to_json()["row"] is None
        assert guess.to_json()["unit"] is None
