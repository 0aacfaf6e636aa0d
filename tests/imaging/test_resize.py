"""The one resize, against a slow definition written from its documentation, torch, and known pictures."""

from __future__ import annotations

import os
from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlcalc.imaging.box import Box
from mlcalc.imaging.radiograph import Pixels
from mlcalc.imaging.resize import resample, resample_mask

Matrix = NDArray[np.float64]


def noise(rows: int, columns: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).random((rows, columns), dtype=np.float32)


def whole(pixels: Pixels) -> Box:
    return Box(0, 0, pixels.shape[1], pixels.shape[0])


def shift(box: Box, x: float, y: float) -> Box:
    return Box(box.x0 + x, box.y0 + y, box.x1 + x, box.y1 + y)


def required(name: str) -> Any:
    """An optional package; where MLCALC_REQUIRE_SHARED=1 a missing one fails instead of skipping."""
    if os.environ.get("MLCALC_REQUIRE_SHARED") == "1":
        __import__(name)
    return pytest.importorskip(name, reason=f"{name} is not installed")


# The definition, pixel by pixel


def weights(lo: float, hi: float, count: int, length: int) -> tuple[Matrix, Matrix]:
    """(count, length) weight of every source pixel in every output pixel; (count,) share of it inside."""
    step = (hi - lo) / count
    weight, share = np.zeros((count, length)), np.zeros(count)
    for i in range(count):
        a, b = max(lo + i * step, 0), min(lo + (i + 1) * step, length)
        if (b - a) / step < 1e-5:
            continue
        share[i] = (b - a) / step
        half = max(b - a, 1)
        for j in range(length):
            weight[i, j] = max(0, 1 - abs(j + 0.5 - (a + b) / 2) / half)
        weight[i] /= weight[i].sum()
    return weight, share


def by_definition(pixels: Pixels, box: Box, size: tuple[int, int], pad: float = 0.0) -> Matrix:
    rows, row_share = weights(box.y0, box.y1, size[0], pixels.shape[0])
    columns, column_share = weights(box.x0, box.x1, size[1], pixels.shape[1])
    share = np.outer(row_share, column_share)
    return np.asarray(share * (rows @ pixels.astype(float) @ columns.T) + (1 - share) * pad)


edges = st.floats(-30, 50, allow_subnormal=False).map(lambda v: round(v, 3))
lengths = st.floats(0.01, 90).map(lambda v: round(v, 3))
boxes = st.builds(lambda x, y, w, h: Box(x, y, x + w, y + h), edges, edges, lengths, lengths)
inside_boxes = st.builds(
    lambda x, y, w, h: Box(x, y, x + w * (30 - x), y + h * (20 - y)),
    *(st.floats(0, 19.9),) * 2,
    *(st.floats(0.01, 1),) * 2,
)
counts = st.integers(1, 24)
sizes = st.tuples(counts, counts)


@given(st.tuples(st.integers(1, 40), st.integers(1, 40)), boxes, sizes, st.sampled_from([0.0, 0.25, 1.0]))
@settings(max_examples=200, deadline=None)
def test_every_pixel_is_what_the_definition_says(
    shape: tuple[int, int], box: Box, size: tuple[int, int], pad: float
) -> None:
    pixels = noise(*shape)
    np.testing.assert_allclose(
        resample(pixels, box, size, pad), by_definition(pixels, box, size, pad), atol=2e-5
    )


@pytest.mark.parametrize(
    ("shape", "size"),
    [((1, 5000), (1, 8)), ((5000, 1), (3, 3)), ((3, 700), (50, 2)), ((1, 1), (40, 40)), ((256, 2), (2, 256))],
)
def test_so_it_is_for_extreme_shapes(shape: tuple[int, int], size: tuple[int, int]) -> None:
    pixels = noise(*shape)
    expected = by_definition(pixels, whole(pixels), size)
    np.testing.assert_allclose(resample(pixels, whole(pixels), size), expected, atol=1e-6)


@pytest.mark.parametrize("shape", [(64, 64), (37, 91), (91, 37), (1, 50), (8, 8)])
@pytest.mark.parametrize("size", [(64, 64), (16, 16), (20, 33), (100, 7), (1, 1), (130, 200)])
def test_it_is_what_torch_calls_bilinear_with_antialias(
    shape: tuple[int, int], size: tuple[int, int]
) -> None:
    torch = required("torch")
    pixels = noise(*shape)
    theirs = torch.nn.functional.interpolate(
        torch.from_numpy(pixels)[None, None], size, mode="bilinear", antialias=True, align_corners=False
    )
    ours = resample(pixels, whole(pixels), size)
    np.testing.assert_allclose(ours, theirs[0, 0].numpy(), atol=1e-5)  # torch's weights are float32


# What stays as it is


@given(st.integers(0, 6), st.integers(0, 9), st.integers(1, 6), st.integers(1, 9))
def test_whole_pixels_at_their_own_size_come_back_bit_for_bit(x: int, y: int, w: int, h: int) -> None:
    pixels = noise(20, 20)
    box = Box(x, y, x + w, y + h)
    np.testing.assert_array_equal(resample(pixels, box, (h, w)), pixels[y : y + h, x : x + w])


@given(st.integers(-9, 9), st.integers(-9, 9), st.sampled_from([0.0, 0.5, 1.0]))
def test_so_do_those_inside_where_the_box_reaches_outside(x: int, y: int, pad: float) -> None:
    pixels = noise(8, 8)
    framed = np.pad(pixels, 10, constant_values=pad)[10 + y : 18 + y, 10 + x : 18 + x]
    np.testing.assert_array_equal(resample(pixels, Box(x, y, x + 8, y + 8), (8, 8), pad), framed)


@given(inside_boxes, sizes, st.sampled_from([0.0, 0.1, 1.0]))
def test_a_constant_picture_stays_constant_to_its_very_edge(
    box: Box, size: tuple[int, int], value: float
) -> None:
    pixels = np.full((20, 30), value, np.float32)
    result = resample(pixels, box, size)
    np.testing.assert_allclose(result, value, atol=1e-7)
    assert result.max() <= 1


steps = st.one_of(st.floats(0.05, 1), st.sampled_from([2.0, 3.0, 5.0]))


def ramp(box: Box, size: tuple[int, int]) -> Matrix:
    """Columns + 2 rows, over 300, at the centres of the output pixels."""
    across = box.x0 + (np.arange(size[1]) + 0.5) * box.width / size[1]
    down = box.y0 + (np.arange(size[0]) + 0.5) * box.height / size[0]
    return np.asarray((across[None, :] + 2 * down[:, None]) / 300)


@given(st.floats(10, 30), st.floats(10, 30), steps, steps)
def test_a_ramp_stays_a_ramp_larger_or_smaller_by_a_whole_number(
    x: float, y: float, across: float, down: float
) -> None:
    pixels = ramp(Box(0, 0, 100, 100), (100, 100)).astype(np.float32)
    box = Box(x, y, x + across * 9, y + down * 11)
    np.testing.assert_allclose(resample(pixels, box, (11, 9)), ramp(box, (11, 9)), atol=2e-6)


@given(st.floats(10, 30), st.floats(10, 30), st.floats(1, 6))
def test_at_other_scales_nothing_moves_by_more_than_a_tenth_of_a_source_pixel(
    x: float, y: float, step: float
) -> None:
    pixels = ramp(Box(0, 0, 100, 100), (100, 100)).astype(np.float32)
    box = Box(x, y, x + step * 9, y + step * 11)
    np.testing.assert_allclose(resample(pixels, box, (11, 9)), ramp(box, (11, 9)), atol=3 * 0.1 / 300)


@pytest.mark.parametrize("times", [1, 2, 3, 4, 7, 12])
def test_making_it_smaller_by_a_whole_number_keeps_the_mean(times: int) -> None:
    count = 108 // times
    cut = np.pad(noise(60, 60), 24)[: count * times, : count * times]
    small = resample(cut, whole(cut), (count, count))
    assert small.mean(dtype=float) == pytest.approx(cut.mean(dtype=float), rel=1e-6)


@given(st.integers(30, 60), st.integers(30, 60), st.floats(2, 12), st.floats(2, 12), st.integers(1, 6))
def test_a_dot_stays_where_it_is(row: int, column: int, x: float, y: float, step: int) -> None:
    pixels = np.zeros((100, 100), np.float32)
    pixels[row, column] = 1
    count = 72 // step
    small = resample(pixels, Box(x, y, x + count * step, y + count * step), (count, count)).astype(float)
    found = (np.arange(count) + 0.5) @ np.stack([small.sum(1), small.sum(0)], 1) / small.sum()
    assert found == pytest.approx([(row + 0.5 - y) / step, (column + 0.5 - x) / step], abs=1e-4)


def test_fine_detail_is_averaged_and_not_picked() -> None:
    checks = (np.indices((64, 64)).sum(0) % 2).astype(np.float32)
    np.testing.assert_allclose(resample(checks, whole(checks), (16, 16))[1:-1, 1:-1], 0.5, atol=1e-6)


@pytest.mark.parametrize("column", range(32, 40))
def test_a_thin_line_never_falls_between_the_pixels(column: int) -> None:
    pixels = np.zeros((80, 80), np.float32)
    pixels[:, column] = 1
    assert resample(pixels, whole(pixels), (10, 10)).sum(1) == pytest.approx(np.full(10, 1 / 8))


# What it commutes with


@given(boxes, sizes, st.integers(-5, 5), st.integers(-5, 5))
def test_moving_picture_and_box_together_changes_nothing(
    box: Box, size: tuple[int, int], x: int, y: int
) -> None:
    pixels = np.pad(noise(20, 20), 300)
    moved = np.roll(pixels, (y, x), (0, 1))
    box = shift(box, 300, 300)
    np.testing.assert_allclose(
        resample(moved, shift(box, x, y), size), resample(pixels, box, size), atol=2e-5
    )


@given(boxes, sizes)
def test_flips_commute(box: Box, size: tuple[int, int]) -> None:
    pixels = noise(20, 30)
    result = resample(pixels, box, size)
    across = resample(pixels[:, ::-1], Box(30 - box.x1, box.y0, 30 - box.x0, box.y1), size)
    down = resample(pixels[::-1], Box(box.x0, 20 - box.y1, box.x1, 20 - box.y0), size)
    np.testing.assert_allclose(across[:, ::-1], result, atol=2e-5)
    np.testing.assert_allclose(down[::-1], result, atol=2e-5)


@given(boxes, sizes)
def test_rows_and_columns_are_treated_alike(box: Box, size: tuple[int, int]) -> None:
    pixels = noise(20, 30)
    turned = resample(pixels.T, Box(box.y0, box.x0, box.y1, box.x1), size[::-1])
    np.testing.assert_allclose(turned.T, resample(pixels, box, size), atol=2e-6)


@given(st.floats(-20, 20), st.floats(-20, 20), st.floats(0.3, 4))
def test_neighbouring_boxes_fit_together_without_a_seam(x: float, y: float, step: float) -> None:
    pixels = noise(20, 30)
    both = resample(pixels, Box(x, y, x + 16 * step, y + 8 * step), (8, 16))
    left = resample(pixels, Box(x, y, x + 8 * step, y + 8 * step), (8, 8))
    right = resample(pixels, Box(x + 8 * step, y, x + 16 * step, y + 8 * step), (8, 8))
    np.testing.assert_allclose(np.hstack([left, right]), both, atol=2e-5)


# Outside the picture


@given(boxes, sizes)
def test_outside_is_the_padding_inside_the_picture_and_between_them_their_shares(
    box: Box, size: tuple[int, int]
) -> None:
    across, down = box.width / size[1], box.height / size[0]
    expected = np.zeros(size)
    for i, j in product(range(size[0]), range(size[1])):
        x, y = box.x0 + j * across, box.y0 + i * down
        seen = Box(x, y, x + across, y + down).intersect(Box(0, 0, 30, 20))
        expected[i, j] = 0 if seen.empty else seen.width * seen.height / (across * down)
    white = resample(np.ones((20, 30), np.float32), box, size, pad=0)
    np.testing.assert_allclose(white, expected, atol=4e-6)
    assert (white[expected < 1e-9] == 0).all()
    assert (white[expected > 1 - 1e-9] > 1 - 1e-6).all()
    black = resample(np.zeros((20, 30), np.float32), box, size, pad=1)
    np.testing.assert_allclose(black, 1 - expected, atol=4e-6)
    assert (black[expected > 1 - 1e-9] == 0).all()


BESIDE = [Box(-9, 0, -1, 8), Box(8, 0, 16, 8), Box(0, 8, 8, 9), Box(0, -2, 8, 0)]
FAR = [Box(-900, 0, -100, 8), Box(500, 0, 600, 8), Box(0, 1e9, 8, 2e9), Box(0, -1e9, 8, -9e8)]


@pytest.mark.parametrize("box", BESIDE + FAR)
def test_a_box_beside_the_picture_is_all_padding(box: Box) -> None:
    np.testing.assert_array_equal(resample(noise(8, 8), box, (5, 4), pad=0.25), np.full((5, 4), 0.25))


def test_a_box_may_be_much_larger_than_memory() -> None:
    small = resample(np.ones((100, 100), np.float32), Box(-1e9, -1e9, 1e9, 1e9), (5, 5))
    assert small[2, 2] == pytest.approx((100 / 4e8) ** 2)
    assert np.count_nonzero(small) == 1


@pytest.mark.parametrize("side", [1e-12, 1e-6, 0.1, 0.999])
def test_a_box_may_be_smaller_than_a_pixel(side: float) -> None:
    pixels = noise(9, 9)
    box = Box(4.5 - side / 2, 4.5 - side / 2, 4.5 + side / 2, 4.5 + side / 2)
    assert resample(pixels, box, (3, 3))[1, 1] == pytest.approx(pixels[4, 4], abs=1e-5)


def test_a_box_a_hair_off_the_grid_is_on_it() -> None:
    pixels = noise(8, 8)
    for hair in (-1e-9, 1e-9):
        result = resample(pixels, Box(hair - 8, hair, hair + 16, hair + 8), (4, 12))
        expected = np.pad(resample(pixels, whole(pixels), (4, 4)), ((0, 0), (4, 4)))
        np.testing.assert_allclose(result, expected, atol=1e-6)
        assert (result[expected == 0] == 0).all()


# What comes back


@given(boxes, sizes, st.sampled_from(["as_is", "fixed", "strided", "turned"]))
def test_the_result_is_a_fresh_plain_array_in_range_and_the_picture_is_left_alone(
    box: Box, size: tuple[int, int], kind: str
) -> None:
    pixels = {"strided": noise(40, 60)[::2, ::2], "turned": noise(30, 20).T}.get(kind, noise(20, 30))
    pixels.flags.writeable = kind != "fixed"
    before = pixels.copy()
    result = resample(pixels, box, size)
    assert result.shape == size
    assert result.dtype == np.float32
    assert result.flags.c_contiguous
    assert result.flags.writeable
    assert not np.shares_memory(result, pixels)
    assert result.min() >= 0
    assert result.max() <= 1
    np.testing.assert_array_equal(pixels, before)


@pytest.mark.parametrize(
    ("box", "size", "pad", "reason"),
    [
        (Box(3, 0, 3, 5), (4, 4), 0.0, "x0 < x1"),
        (Box(0, 5, 3, 4), (4, 4), 0.0, "y0 < y1"),
        (Box(0, 0, float("nan"), 4), (4, 4), 0.0, "finite"),
        (Box(0, 0, float("inf"), 4), (4, 4), 0.0, "finite"),
        (Box(0, 0, 4, 4), (0, 4), 0.0, "at least one row"),
        (Box(0, 0, 4, 4), (4, 4), 1.5, r"in \[0, 1\]"),
    ],
)
def test_nonsense_is_refused(box: Box, size: tuple[int, int], pad: float, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        resample(noise(8, 8), box, size, pad)


# Masks


@given(boxes, sizes)
def test_the_mask_of_a_picture_lies_on_the_picture(box: Box, size: tuple[int, int]) -> None:
    mask = np.zeros((20, 30), np.bool_)
    mask[5:12, 8:25] = True
    small = resample_mask(mask, box, size)
    assert small.dtype == np.bool_
    np.testing.assert_array_equal(small, resample(mask.astype(np.float32), box, size) > 0.5)


@pytest.mark.parametrize("times", [1, 2, 4, 5])
def test_a_block_of_the_mask_keeps_its_borders(times: int) -> None:
    mask = np.zeros((40, 40), np.bool_)
    mask[times * 2 : times * 6, times * 3 : times * 8] = True
    small = resample_mask(mask, Box(0, 0, 40, 40), (40 // times, 40 // times))
    expected = np.zeros_like(small)
    expected[2:6, 3:8] = True
    np.testing.assert_array_equal(small, expected)


def test_a_mask_is_false_outside_the_picture() -> None:
    mask = np.ones((8, 8), np.bool_)
    np.testing.assert_array_equal(
        resample_mask(mask, Box(-8, 0, 8, 8), (8, 16)), np.pad(mask, ((0, 0), (8, 0)))
    )
