"""The exposed field: borders are cut off, the patient never is."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from mlcalc.imaging.box import Box
from mlcalc.imaging.exposed import Field, find_field, reduced
from mlcalc.imaging.radiograph import Pixels
from mlcalc.imaging.read import read_radiograph

from .phantoms import AIR, chord, cut_off, framed, letter, limb, noisy, trunk

Sides = tuple[int, int, int, int]
ROUND: Sides = (30, 40, 50, 60)


def close(pixels: Pixels, found: tuple[float, ...], sides: tuple[float, ...], share: float = 0.01) -> bool:
    """Whether every edge is right to a share of the longer side."""
    return bool(np.abs(np.subtract(found, sides)).max() <= share * max(pixels.shape))


def skin(picture: Pixels) -> tuple[int, int]:
    """First and last column of a `limb`."""
    columns = np.flatnonzero((picture > AIR + 0.02).sum(axis=0) > 3)
    return int(columns[0]), int(columns[-1])


# Borders of every kind


@pytest.mark.parametrize("level", [0.0, 0.3, 0.5, 1.0])
@pytest.mark.parametrize("sides", [ROUND, (0, 0, 50, 0), (70, 0, 0, 0), (0, 25, 0, 90), (1, 2, 3, 4)])
def test_a_flat_border_is_cut_off_to_the_pixel(level: float, sides: Sides) -> None:
    assert cut_off(framed(trunk(), sides, level)) == sides


@pytest.mark.parametrize("side", [300, 700, 1500, 2047])
def test_the_edge_is_exact_in_pictures_larger_than_the_copy_that_is_searched(side: int) -> None:
    picture = framed(trunk(side, side), (37, 61, 83, 103), 0)
    assert np.abs(np.subtract(cut_off(picture), (37, 61, 83, 103))).max() <= 1


@pytest.mark.parametrize(("level", "noise"), [(0.0, 0.01), (0.03, 0.01), (0.95, 0.02), (0.5, 0.015)])
def test_a_noisy_border_is_cut_off(level: float, noise: float) -> None:
    picture = framed(trunk(), ROUND, level, noise)
    assert close(picture, cut_off(picture), ROUND)


@pytest.mark.parametrize(("inner", "outer"), [(0.0, 1.0), (1.0, 0.0), (0.5, 0.0)])
def test_nested_borders_are_peeled_off_one_after_the_other(inner: float, outer: float) -> None:
    picture = framed(framed(trunk(), ROUND, inner), (12, 9, 20, 7), outer)
    assert cut_off(picture) == (42, 49, 70, 67)


def test_four_borders_of_four_levels_are_cut_off_whatever_their_corners_show() -> None:
    picture = trunk()
    for sides, level in (
        ((0, 0, 20, 0), 1.0),
        ((30, 0, 0, 0), 0.0),
        ((0, 0, 0, 40), 0.6),
        ((0, 25, 0, 0), 0.1),
    ):
        picture = framed(picture, sides, level)
    assert cut_off(picture) == (30, 25, 20, 40)


def test_a_penumbra_goes_with_its_border() -> None:
    picture = framed(limb(), (0, 0, 60, 60), 1)
    picture[:, 54:66] = np.linspace(1, AIR, 12, dtype=np.float32)
    assert 59 <= cut_off(picture)[2] < 60 + skin(limb())[0]


def test_an_uneven_white_frame_is_cut_off_where_a_strong_jump_ends_it() -> None:
    picture = framed(trunk() * np.float32(0.5), (0, 0, 40, 0), 1)
    picture[:, :40] -= np.linspace(0, 0.08, 256, dtype=np.float32)[:, None]
    assert cut_off(picture) == (0, 0, 40, 0)


@pytest.mark.parametrize("degrees", [-15, -4, 2, 10])
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_of_a_slanted_field_the_box_round_it_is_kept(degrees: float, level: float) -> None:
    large = framed(trunk() * np.float32(0.9) + np.float32(0.05), (72, 72, 72, 72), -1)
    large[:72], large[-72:], large[:, :72], large[:, -72:] = -1, -1, -1, -1
    turned = np.asarray(Image.fromarray(large).rotate(degrees, fillcolor=-1))
    rows, columns = np.nonzero(turned >= 0)
    box = find_field(np.where(turned >= 0, turned, np.float32(level))).box
    inside = rows.min() - box.y0, columns.min() - box.x0, box.y1 - 1 - rows.max(), box.x1 - 1 - columns.max()
    assert min(inside) >= 0
    assert max(inside) <= 0.03 * 400


@pytest.mark.parametrize("places", [[(14, 20)], [(8, 150)], [(150, 8), (30, 20), (350, 200)]])
def test_markers_wholly_within_a_border_go_with_it(places: list[tuple[int, int]]) -> None:
    picture = framed(trunk(), (60, 60, 60, 60), 0, 0.003)
    for row, column in places:
        picture = letter(picture, row, column, 2)
    assert close(picture, cut_off(picture), (60, 60, 60, 60))


def test_a_line_of_burned_in_text_goes_with_its_border() -> None:
    picture = framed(trunk(512, 512), (60, 0, 0, 0), 0)
    for column in range(20, 130, 8):
        picture = letter(picture, 10, column, 2)
    assert close(picture, cut_off(picture), (60, 0, 0, 0))


# What must not be cut off


def test_a_limb_is_kept_from_skin_to_skin() -> None:
    picture = limb()
    _, _, left, right = cut_off(picture)
    assert left < skin(picture)[0]
    assert 256 - right > skin(picture)[1]


@pytest.mark.parametrize("contrast", [0.03, 0.06, 0.2])
@pytest.mark.parametrize("noise", [0.0, 0.005])
def test_a_faint_fingertip_in_a_dark_border_is_kept(contrast: float, noise: float) -> None:
    y, x = np.mgrid[:512, :512]
    tip = 100
    finger = contrast * chord(np.abs(x - 250.0), 14) * np.clip((y - tip) / 20, 0, 1) ** 0.5
    hand = 0.5 * chord(np.hypot(x - 256.0, y - 420.0), 140)
    top = cut_off(noisy(0.02 + finger + hand, noise))[0]
    assert top < tip


def test_a_second_film_in_a_corner_is_kept() -> None:
    picture = np.zeros((400, 400), np.float32)
    picture[150:, 150:] = trunk(250, 250)
    picture[10:70, 10:70] = trunk(60, 60, seed=1)
    assert max(cut_off(picture)) <= 10


def test_bones_whose_soft_tissue_is_burned_out_are_kept_though_they_look_like_islands() -> None:
    picture = np.zeros((512, 512), np.float32)
    for top, height in ((40, 16), (60, 24), (90, 36)):  # phalanges, 4 pixels of joint between them
        picture[top : top + height, 246:256] = 0.8
    picture[132:, 200:300] = trunk(380, 100)
    assert cut_off(picture)[0] <= 40


def test_a_marker_beside_the_field_is_kept_with_what_it_may_belong_to() -> None:
    picture = letter(framed(trunk(), (60, 0, 0, 0), 0), 46, 120, 2)
    assert cut_off(picture)[0] <= 46


def test_what_stands_alone_and_faint_is_no_marker() -> None:
    picture = framed(trunk(), (60, 0, 0, 0), 0)
    picture[12:20, 100:108] = 0.1
    assert cut_off(picture)[0] <= 12


def test_a_trunk_that_fills_the_picture_is_whole() -> None:
    assert find_field(trunk()) == Field(Box(0, 0, 256, 256), "whole")


# Blank and small pictures


@pytest.mark.parametrize("level", [0.0, 0.4, 1.0])
@pytest.mark.parametrize("noise", [0.0, 0.01])
def test_a_blank_picture_is_whole_and_called_blank(level: float, noise: float) -> None:
    picture = noisy(np.full((200, 300), level), noise)
    assert find_field(picture) == Field(Box(0, 0, 300, 200), "whole", "blank")


def test_a_speck_is_no_field() -> None:
    picture = np.zeros((300, 300), np.float32)
    picture[150:153, 150:153] = 1
    assert find_field(picture).source == "whole"


@settings(max_examples=200, deadline=None)
@given(
    arrays.arrays(
        np.float32,
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=80),
        elements=st.floats(0, 1, width=32),
        fill=st.floats(0, 1, width=32),
    )
)
def test_the_field_of_any_picture_lies_inside_it_and_holds_something(pixels: Pixels) -> None:
    box = find_field(pixels, Box(1.5, 2, 30, 40)).box
    assert not box.empty
    assert box.intersect(Box(0, 0, pixels.shape[1], pixels.shape[0])) == box


def test_long_strips_are_no_trouble() -> None:
    for shape in ((1, 1), (1, 5000), (5000, 3), (20, 3000)):
        assert find_field(np.zeros(shape, np.float32)).source == "whole"


# Symmetries

bordered = st.builds(
    lambda seed, size, sides, level, noise: framed(trunk(size, size - 40, seed), sides, level, noise),
    st.integers(0, 9),
    st.sampled_from([200, 330, 700]),
    st.tuples(*[st.sampled_from([0, 12, 44, 80])] * 4),
    st.sampled_from([0.0, 0.02, 0.9, 1.0]),
    st.sampled_from([0.0, 0.005]),
)


@settings(max_examples=25, deadline=None)
@given(bordered)
def test_flipping_or_transposing_the_picture_does_so_with_the_field(picture: Pixels) -> None:
    top, bottom, left, right = cut_off(picture)
    assert close(picture, cut_off(picture[::-1]), (bottom, top, left, right))
    assert close(picture, cut_off(picture[:, ::-1]), (top, bottom, right, left))
    assert close(picture, cut_off(picture.T), (left, right, top, bottom))


@settings(max_examples=25, deadline=None)
@given(bordered)
def test_the_field_of_the_inverted_picture_is_the_same(picture: Pixels) -> None:
    assert close(picture, cut_off(1 - picture), cut_off(picture))


@settings(max_examples=25, deadline=None)
@given(st.tuples(*[st.integers(0, 90)] * 4), st.sampled_from([0.0, 1.0]), st.sampled_from([180, 400, 900]))
def test_a_border_of_k_pixels_is_found_to_be_k_pixels(sides: Sides, level: float, size: int) -> None:
    picture = framed(trunk(size, size), sides, level)
    assert close(picture, cut_off(picture), sides)


def test_the_picture_is_left_as_it_was() -> None:
    picture = letter(framed(trunk(), ROUND, 0), 10, 10, 2)
    before = picture.copy()
    picture.flags.writeable = False
    find_field(picture)
    np.testing.assert_array_equal(picture, before)


# The header's field


def collimated() -> Pixels:
    """A field whose border is too busy to be found: scatter with a gradient along every side."""
    picture = trunk(400, 400)
    y, x = np.mgrid[:400, :400] / 400
    outside = np.ones((400, 400), bool)
    outside[100:300, 80:320] = False
    return np.where(outside, 0.05 + 0.1 * x * y, picture).astype(np.float32)


def test_the_header_narrows_the_field_where_little_is_seen_outside_it() -> None:
    field = find_field(collimated(), Box(80, 100, 320, 300))
    assert (field.box, field.source) == (Box(80, 100, 320, 300), "header")


def test_fractions_of_the_header_are_rounded_outwards() -> None:
    assert find_field(collimated(), Box(80.6, 100.9, 319.2, 299.1)).box == Box(80, 100, 320, 300)


def test_header_and_picture_are_intersected() -> None:
    picture = framed(collimated(), (0, 0, 100, 0), 1)
    header = Box(0, 100, 420, 300)
    assert find_field(picture, header).box == find_field(picture).box.intersect(header)


@pytest.mark.parametrize(
    "header", [Box(0, 0, 128, 256), Box(100, 100, 120, 120), Box(300, 0, 500, 256), Box(-50, -50, -1, -1)]
)
def test_a_header_that_would_cut_off_the_patient_is_left_aside(header: Box) -> None:
    field = find_field(trunk(), header)
    assert (field.box, field.source) == (Box(0, 0, 256, 256), "whole")
    assert "header does not fit" in field.note


def test_a_header_that_adds_nothing_changes_nothing() -> None:
    picture = framed(trunk(), ROUND, 0)
    assert find_field(picture, Box(-5, 0, 1000, 1000)) == find_field(picture)


def test_a_field_is_told_in_json_with_its_source() -> None:
    assert find_field(framed(trunk(), (0, 0, 50, 0), 0)).to_json() == {
        "box": [50, 0, 306, 256],
        "source": "picture",
        "note": "flat border cut off: left",
    }


def test_the_copy_is_made_of_means_over_squares() -> None:
    picture = trunk(21, 31)
    copy, factor = reduced(picture, 10)
    assert (factor, copy.shape) == (4, (5, 7))
    np.testing.assert_allclose(copy[2, 3], picture[8:12, 12:16].mean(), rtol=1e-6)


# Real radiographs. The floors leave some room below what scripts/measure-borders prints.


def backgrounds(folder: Path, every: int) -> list[Pixels]:
    with (folder / "backgrounds.csv").open(encoding="utf-8", newline="") as file:
        return [read_radiograph(folder / row["path"]).pixels for row in list(csv.DictReader(file))[::every]]


def test_real_limbs_lose_little(radiographs: Path) -> None:
    deepest = [max(cut_off(pixels)) / 256 for pixels in backgrounds(radiographs, 1)]
    assert np.mean(np.greater(deepest, 0.05)) < 0.05  # measured: 2.0 %, all of them air or white plates


@pytest.mark.parametrize("level", [0.0, 1.0])
def test_borders_added_to_real_limbs_are_found_and_no_more(radiographs: Path, level: float) -> None:
    errors: list[float] = []
    for pixels in backgrounds(radiographs, 8):
        found = cut_off(framed(pixels, ROUND, level))
        excess = np.subtract(found, ROUND)
        errors += list(np.where(excess > 0, np.maximum(excess - cut_off(pixels), 0), excess))
    assert np.mean(np.abs(errors) <= 0.03 * 356) > 0.95
    assert max(errors) <= 0.01 * 356


def test_the_fields_of_real_dicom_files(radiographs: Path) -> None:
    def field(path: str) -> list[float]:
        return find_field(read_radiograph(radiographs / "dicom" / path).pixels).box.to_json()

    x0, y0, x1, y1 = field("real_cr/RG3_J2KR.dcm")  # a leg between two broad unexposed margins
    assert (y0, y1) == (0, 1760)
    assert 300 < x0 < 460
    assert 1250 < x1 < 1450
    assert field("real_cr/CR-ModalitySequenceLUT.dcm") == pytest.approx([75, 622, 1926, 1504], abs=4)
    assert field("mg_lut/GH133.dcm") == pytest.approx([1086, 0, 2394, 3062], abs=40)
    assert field("real_cr/RG1_J2KI.dcm") == [0, 0, 1841, 1955]


def test_no_infant_pelvis_loses_anything(radiographs: Path) -> None:
    for path in sorted((radiographs / "dicom" / "ddh_pelvis_dx").glob("*.dcm")):
        assert cut_off(read_radiograph(path).pixels) == (0, 0, 0, 0), path.name


@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("across", [False, True])
@pytest.mark.parametrize("bone", [0.3, 0.6])
@pytest.mark.parametrize("deposit", [False, True])
def test_a_shaft_parallel_to_a_side_is_no_frame(
    inverted: bool, across: bool, bone: float, deposit: bool
) -> None:
    """Nothing happens along the lines of a long bone either; only its level tells it from a border."""
    x = np.linspace(0, 1, 300)
    profile = (
        0.05 + 0.4 * np.sqrt(np.clip(1 - ((x - 0.5) / 0.35) ** 2, 0, None)) + bone * (abs(x - 0.45) < 0.1)
    )
    noise = np.random.default_rng(2).normal(0, 0.003, (400, 300))
    picture = (profile[None] + noise).clip(0, 1)
    if deposit:
        picture[150:200, 180:200] += 0.2
    body = np.flatnonzero(profile > 0.1)
    picture = (1 - picture if inverted else picture).astype(np.float32)
    box = find_field(np.ascontiguousarray(picture.T) if across else picture).box
    low, high = (box.y0, box.y1) if across else (box.x0, box.x1)
    assert low <= body[0]
    assert high > body[-1]
