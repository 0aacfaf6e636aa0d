"""Where a lesion is and how well it can be seen."""

from __future__ import annotations

import numpy as np
import pytest

from mlcalc.simulate.grid import Grid, Map
from mlcalc.simulate.stand import Shown
from mlcalc.simulate.visibility import contrast, noise, outline, visibility

SIZE = 96


def disc(radius: float, height: float) -> Map:
    whole = Grid(SIZE, 1.0).whole()
    return np.where(whole.x**2 + whole.y**2 <= radius**2, np.float32(height), np.float32(0))


def shown(delta: Map, sigma: float, *, zoom: float = 1.0) -> Shown:
    grain = np.random.default_rng(0).normal(0, sigma, delta.shape).astype(np.float32)
    half = np.float32(0.5)
    return Shown(delta, delta, grain, (delta + grain) * half, grain * half, zoom)


def test_the_mask_is_where_attenuation_was_added() -> None:
    delta = disc(10, 0.3)
    np.testing.assert_array_equal(outline(delta), delta > 0)


def test_what_is_less_dense_than_tissue_has_a_mask_too() -> None:
    np.testing.assert_array_equal(outline(-disc(10, 0.3)), disc(10, 0.3) > 0)


def test_a_haze_far_below_the_lesion_is_outside_the_mask() -> None:
    delta = disc(10, 0.3) + np.float32(0.01)
    np.testing.assert_array_equal(outline(delta), disc(10, 0.3) > 0)


def test_nothing_has_no_mask_and_cannot_be_seen() -> None:
    nothing = shown(disc(0, 0) * 0, 0.01)
    mask = outline(nothing.delta)
    assert not mask.any()
    assert visibility(nothing, mask) == 0
    assert contrast(nothing, mask) == 0


def test_visibility_is_contrast_over_noise_times_the_root_of_pixels() -> None:
    delta = disc(10, 0.3)
    mask = outline(delta)
    expected = 0.3 / 0.05 * np.sqrt(mask.sum())
    assert visibility(shown(delta, 0.05), mask) == pytest.approx(expected, rel=0.1)
    assert visibility(shown(delta, 0.1), mask) == pytest.approx(expected / 2, rel=0.1)


def test_pixels_of_an_enlarged_film_count_as_the_film_has_them() -> None:
    delta = disc(10, 0.3)
    mask = outline(delta)
    plain, enlarged = visibility(shown(delta, 0.05), mask), visibility(shown(delta, 0.05, zoom=2), mask)
    assert plain == pytest.approx(2 * enlarged)


def test_slow_changes_and_edges_are_no_noise() -> None:
    grain = np.random.default_rng(1).normal(0, 0.02, (SIZE, SIZE)).astype(np.float32)
    slope = np.linspace(0, 2, SIZE, dtype=np.float32)[None, :]
    edge = np.where(np.arange(SIZE)[:, None] > 74, np.float32(1), np.float32(0))
    assert noise(grain + slope + edge, disc(12, 1) > 0) == pytest.approx(0.02, rel=0.25)


def test_contrast_is_in_grey_levels_of_the_picture() -> None:
    delta = disc(10, 0.3)
    assert contrast(shown(delta, 0.05), outline(delta)) == pytest.approx(0.15)
