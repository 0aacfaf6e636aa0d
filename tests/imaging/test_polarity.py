"""A picture that plainly contradicts its polarity is suspect; a right one is not, whatever its borders."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from mlcalc.imaging.polarity import polarity_suspect
from mlcalc.imaging.radiograph import Pixels
from mlcalc.imaging.read import read_radiograph

from .phantoms import framed, letter, limb, noisy, trunk


def suspect(pixels: Pixels) -> bool:
    return polarity_suspect(pixels) is not None


def turned(pixels: Pixels, degrees: float, level: float) -> Pixels:
    """A picture that lies slanted in a flat border."""
    large = framed(pixels, (60, 60, 60, 60), level)
    return np.asarray(Image.fromarray(large).rotate(degrees, fillcolor=level))


BORDERS: dict[str, Callable[[Pixels], Pixels]] = {
    "none": lambda p: p,
    "white": lambda p: framed(p, (20, 30, 25, 40), 1),
    "black": lambda p: framed(p, (20, 30, 25, 40), 0),
    "black in white": lambda p: framed(framed(p, (20, 30, 25, 40), 0), (12, 9, 15, 20), 1),
    "white in black": lambda p: framed(framed(p, (20, 30, 25, 40), 1), (12, 9, 15, 20), 0),
    "white on one side": lambda p: framed(p, (0, 0, 0, 70), 1),
    "white on two sides": lambda p: framed(p, (0, 30, 25, 0), 1),
    "marker": lambda p: letter(p, 20, 20, 3),
}


# Limbs


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", [100, 256, 600])
def test_a_right_picture_is_not_suspect_whatever_its_borders(border: str, size: int) -> None:
    assert not suspect(BORDERS[border](limb(size, size)))


@pytest.mark.parametrize("border", BORDERS)
@pytest.mark.parametrize("size", [256, 600])
def test_an_inverted_picture_is_suspect_whatever_its_borders(border: str, size: int) -> None:
    assert suspect(BORDERS[border](1 - limb(size, size)))


@pytest.mark.parametrize("degrees", [3, -8, 15])
def test_a_slanted_white_frame_round_a_right_picture_is_no_background(degrees: float) -> None:
    assert not suspect(turned(limb(), degrees, 1))


@pytest.mark.parametrize("gamma", [0.5, 1, 2])
def test_the_curve_of_the_greys_does_not_matter(gamma: float) -> None:
    right = limb() ** np.float32(gamma)
    assert not suspect(right)
    assert suspect(1 - right)


def test_a_low_contrast_does_not_matter() -> None:
    assert not suspect(np.float32(0.4) + limb() * np.float32(0.1))
    assert suspect(np.float32(0.6) - limb() * np.float32(0.1))


def test_noise_does_not_matter() -> None:
    assert not suspect(noisy(limb(1024, 1024), 0.03))
    assert suspect(noisy(1 - limb(1024, 1024), 0.03))


# Pictures without a background


def test_a_trunk_that_fills_the_picture_is_never_suspect() -> None:
    assert not suspect(trunk())
    assert not suspect(1 - trunk())


@pytest.mark.parametrize("level", [0, 1])
def test_a_collimated_trunk_is_never_suspect(level: float) -> None:
    assert not suspect(framed(trunk(), (30, 30, 30, 30), level))


def test_a_white_plate_over_half_the_picture_is_no_background_all_round() -> None:
    picture = limb()
    picture[140:] = 1
    assert not suspect(picture)


@pytest.mark.parametrize("level", [0.0, 0.5, 1.0])
def test_a_blank_picture_is_not_suspect(level: float) -> None:
    assert not suspect(np.full((300, 200), level, np.float32))
    assert not suspect(noisy(np.full((300, 200), level), 0.02))


@pytest.mark.parametrize("shape", [(1, 1), (1, 400), (400, 1), (15, 15), (9, 3000), (3000, 20)])
def test_too_small_a_picture_is_not_suspect(shape: tuple[int, int]) -> None:
    assert not suspect(np.linspace(0, 1, shape[0] * shape[1], dtype=np.float32).reshape(shape))


# What always holds


def test_the_caution_has_its_code_and_says_what_to_do() -> None:
    caution = polarity_suspect(1 - limb())
    assert caution is not None
    assert caution.code == "polarity_suspect"
    assert "bright all round" in caution.text
    assert "--invert" in caution.text


@settings(max_examples=200, deadline=None)
@given(
    arrays.arrays(
        np.float32,
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=60),
        elements=st.floats(0, 1, width=32),
        fill=st.floats(0, 1, width=32),
    )
)
def test_a_picture_and_its_inverse_are_never_both_suspect(pixels: Pixels) -> None:
    assert not (suspect(pixels) and suspect(1 - pixels))


@pytest.mark.parametrize("border", BORDERS)
def test_flipping_or_transposing_changes_nothing(border: str) -> None:
    for picture in (BORDERS[border](limb()), BORDERS[border](1 - limb())):
        found = {suspect(view) for view in (picture, picture[::-1], picture[:, ::-1], picture.T)}
        assert len(found) == 1


def test_the_picture_is_left_as_it_was() -> None:
    picture = 1 - limb()
    before = picture.copy()
    picture.flags.writeable = False
    polarity_suspect(picture)
    np.testing.assert_array_equal(picture, before)


# Real radiographs. The floors leave some room below what scripts/measure-borders prints.


def backgrounds(folder: Path) -> list[Pixels]:
    with (folder / "backgrounds.csv").open(encoding="utf-8", newline="") as file:
        return [read_radiograph(folder / row["path"]).pixels for row in csv.DictReader(file)]


def test_real_limbs_are_not_suspect_and_inverted_ones_are(radiographs: Path) -> None:
    pictures = backgrounds(radiographs)
    assert np.mean([suspect(pixels) for pixels in pictures]) <= 0.01  # measured: none of 300
    assert np.mean([suspect(1 - pixels) for pixels in pictures]) >= 0.8  # measured: 87 %


def test_real_limbs_in_a_white_frame_are_not_suspect(radiographs: Path) -> None:
    framed_ = [framed(pixels, (18, 25, 12, 30), 1) for pixels in backgrounds(radiographs)]
    assert np.mean([suspect(pixels) for pixels in framed_]) <= 0.02


def test_the_one_dicom_file_whose_header_is_wrong_is_suspect(radiographs: Path) -> None:
    picture = read_radiograph(radiographs / "dicom" / "syntax_cases" / "Fake_MONOHR1.dcm")
    assert "polarity_suspect" in [caution.code for caution in picture.cautions]


@pytest.mark.parametrize("folder", ["real_cr", "mg_lut", "ddh_pelvis_dx"])
def test_no_other_dicom_file_is_suspect(radiographs: Path, folder: str) -> None:
    files = sorted((radiographs / "dicom" / folder).glob("*.dcm"))
    assert len(files) >= 2
    assert [path.name for path in files if suspect(read_radiograph(path).pixels)] == []
