"""The console: from a signal to grey, alike for all that is in the picture."""

from __future__ import annotations

import dataclasses
import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng

from mlcalc.simulate.console.copied import copied
from mlcalc.simulate.console.detail import HELD, denoised, enhanced, unsharp
from mlcalc.simulate.console.develop import (
    ConsoleSettings,
    RetouchSettings,
    develop,
    draw_console,
    draw_retouch,
    retouch,
)
from mlcalc.simulate.console.equalise import LEVELS, equalised
from mlcalc.simulate.console.settings import FOLDER, styles
from mlcalc.simulate.console.window import window
from mlcalc.simulate.detector.ranges import DOMAINS, ranges
from mlcalc.simulate.grid import Map

SIZE = 128
PLAIN = ConsoleSettings(bits=12)
seeds = st.integers(0, 2**32)


def random() -> Generator:
    return default_rng(1)


def limb() -> Map:
    """Air left and right, 6 cm of soft tissue, a shaft of bone: a logarithmic signal."""
    x = np.linspace(-1.3, 1.3, SIZE)
    soft = 1.3 * np.sqrt(np.clip(1 - x**2, 0, None))
    bone = 0.8 * np.sqrt(np.clip(1 - (x / 0.3) ** 2, 0, None))
    return np.broadcast_to((soft + bone).astype(np.float32), (SIZE, SIZE)).copy()


def with_deposit(depth: float = 0.3) -> Map:
    """A deposit on one per cent of the crop."""
    signal = limb()
    signal[60:73, 92:105] += np.float32(depth)
    return signal


class TestWindow:
    @given(st.floats(0.02, 8), st.floats(95, 97.5))
    @settings(max_examples=25, deadline=None)
    def test_barely_moves_with_a_small_deposit(self, depth: float, high: float) -> None:
        """However dense it is. (Consoles that cut off less are moved more, by metal for one.)"""
        robust = dataclasses.replace(PLAIN, high=high)
        (black, white), (other, brighter) = window(limb(), robust), window(with_deposit(depth), robust)
        assert abs(other - black) < 0.02 * (white - black)
        assert abs(brighter - white) < 0.05 * (white - black)

    def test_says_nothing_of_the_deposit_where_the_ground_is_told(self) -> None:
        one = develop(limb(), PLAIN, random(), limb())
        other = develop(with_deposit(), PLAIN, random(), limb())
        beside = np.ones((SIZE, SIZE), bool)
        beside[60:73, 92:105] = False
        assert np.array_equal(one[beside], other[beside])
        assert (other - one)[66, 98] > 0.05

    def test_does_not_stretch_an_even_part_to_its_noise(self) -> None:
        even = np.full((SIZE, SIZE), 2, np.float32)
        even += 0.01 * random().standard_normal(even.shape, np.float32)
        black, white = window(even, dataclasses.replace(PLAIN, air=0, latitude=1.2))
        assert white - black == pytest.approx(1.2, rel=0.05)

    def test_leaves_air_out(self) -> None:
        airy = np.concatenate([np.zeros((SIZE, 4 * SIZE), np.float32), limb()], axis=1)
        assert window(airy, PLAIN) == pytest.approx(window(limb(), PLAIN), abs=0.08)

    def test_lets_thin_parts_go_dark_beside_thick_ones_but_not_the_middle_of_the_body(self) -> None:
        trunk = np.concatenate([np.linspace(0.2, 4.5, 2000), np.linspace(4.5, 5.5, 8000)]).astype(np.float32)
        narrow = dataclasses.replace(PLAIN, widest=0.2, above=0.0)
        black, white = window(trunk, narrow)
        middle = float(np.median(trunk))
        assert window(trunk, PLAIN)[0] < 1
        assert 3 < black < middle - 0.4 * (white - black)
        assert window(limb(), narrow)[0] < 0.8

    def test_of_air_alone_is_fixed(self) -> None:
        black, white = window(np.zeros((SIZE, SIZE), np.float32), PLAIN)
        assert white > black

    def test_may_come_from_a_coarser_map_of_any_shape(self) -> None:
        whole, thinned = window(limb(), PLAIN), window(limb()[::4, ::4], PLAIN)
        assert whole == pytest.approx(thinned, abs=0.05)


class TestPicture:
    @given(seeds, st.sampled_from(DOMAINS))
    @settings(max_examples=20, deadline=None)
    def test_is_grey_on_its_bits_and_the_same_for_the_same_seed(self, seed: int, domain: str) -> None:
        drawn = draw_console(default_rng(seed), domain)
        picture = develop(with_deposit(), drawn, default_rng(seed))
        assert picture.shape == (SIZE, SIZE)
        assert picture.dtype == np.float32
        assert picture.min() >= 0
        assert picture.max() <= 1
        levels = picture * (255 if drawn.jpeg else 2**drawn.bits - 1)
        assert np.abs(levels - np.round(levels)).max() < 1e-3
        assert picture.tobytes() == develop(with_deposit(), drawn, default_rng(seed)).tobytes()

    @given(seeds, st.sampled_from(DOMAINS))
    @settings(max_examples=20, deadline=None)
    def test_shows_dense_bright(self, seed: int, domain: str) -> None:
        picture = develop(limb(), draw_console(default_rng(seed), domain), random())
        air, bone = picture[:, :12].mean(), picture[:, 58:70].mean()
        soft = picture[:, 30:40].mean()
        assert air < soft < bone

    @given(seeds)
    @settings(max_examples=15, deadline=None)
    def test_without_local_steps_never_turns_the_order_of_densities(self, seed: int) -> None:
        drawn = draw_console(default_rng(seed), "training")
        window_and_curve = (
            *("low", "high", "air", "above", "latitude", "widest"),
            *("shift", "toe", "gamma", "sigmoid", "centre"),
        )
        drawn = dataclasses.replace(PLAIN, **{name: getattr(drawn, name) for name in window_and_curve})
        ramp = np.tile(np.linspace(0, 4, SIZE, dtype=np.float32), (SIZE, 1))
        assert (np.diff(develop(ramp, drawn, random(), limb()), axis=1) >= 0).all()

    @given(st.floats(0.02, 0.3))
    @settings(max_examples=8, deadline=None)
    def test_toe_fades_where_a_line_would_cut_off(self, toe: float) -> None:
        ramp = np.tile(np.linspace(-1, 2, SIZE, dtype=np.float32), (SIZE, 1))
        hard = develop(ramp, PLAIN, random(), limb())
        soft = develop(ramp, dataclasses.replace(PLAIN, toe=toe), random(), limb())
        assert np.unique(soft[0]).size > np.unique(hard[0]).size
        assert soft[0] == pytest.approx(hard[0], abs=toe)
        assert (np.diff(soft, axis=1) >= 0).all()

    def test_s_shaped_curve_keeps_the_ends(self) -> None:
        curve = dataclasses.replace(PLAIN, sigmoid=6.0)
        black, white = window(limb(), curve)
        ends = np.full((2, 2), white, np.float32)
        ends[0] = black
        assert develop(ends, curve, random(), limb())[:, 0] == pytest.approx([0, 1], abs=1e-3)


class TestDetail:
    @given(st.sampled_from((0.2, 0.4)), st.floats(1, 4))
    @settings(max_examples=8, deadline=None)
    def test_halo_of_the_mask_is_as_wide_in_millimetres_whatever_the_pixel(
        self, mm: float, sigma: float
    ) -> None:
        step = np.zeros((256, 256), np.float32)
        step[:, 128:] = 1
        undershoot = -unsharp(step, 1.0, sigma, mm)[128, :128]
        width = undershoot.sum() * mm
        beside = (1 - math.erf(mm / 2 / sigma / 2**0.5)) / 2  # half a pixel from the edge
        assert undershoot.max() == pytest.approx(beside, abs=0.02)
        assert width == pytest.approx(sigma / (2 * np.pi) ** 0.5, rel=0.06)

    def test_of_even_areas_stays_even(self) -> None:
        even = np.full((64, 64), 0.5, np.float32)
        strong = dataclasses.replace(PLAIN, fine=1.0, middle=1.0, coarse=1.0, squeeze=0.3)
        assert np.ptp(enhanced(even, strong, 0.3)) < 1e-5
        held = np.full((64, 64), HELD, np.float32)
        assert enhanced(held, strong, 0.3) == pytest.approx(HELD, abs=1e-5)
        assert unsharp(even, 2.0, 3.0, 0.3) == pytest.approx(0.5, abs=1e-5)

    def test_weak_gains_more_than_strong(self) -> None:
        settings_ = dataclasses.replace(PLAIN, middle=1.0)
        gains = []
        for height in (0.01, 0.5):
            blob = np.zeros((64, 64), np.float32)
            blob[30:34, 30:34] = height
            gains.append(float(np.ptp(enhanced(blob, settings_, 0.3)) / height))
        assert gains[0] > 1.2
        assert gains[0] > gains[1] > 1

    def test_range_is_squeezed_and_small_things_gain(self) -> None:
        squeezed = dataclasses.replace(PLAIN, squeeze=0.4, squeeze_mm=8)
        wide = np.tile(np.repeat(np.array([0, 1], np.float32), 256), (512, 1))
        assert np.ptp(enhanced(wide, squeezed, 0.3)[:, [0, -1]]) == pytest.approx(0.6 * 1.4, abs=0.015)
        dot = np.zeros((256, 256), np.float32)
        dot[128, 128] = 1
        assert np.ptp(enhanced(dot, squeezed, 0.3)) == pytest.approx(1.4, abs=0.02)

    def test_noise_is_taken_out_where_nothing_is_and_edges_stay(self) -> None:
        noisy = limb() + 0.02 * random().standard_normal((SIZE, SIZE), np.float32)
        cleaned = denoised(noisy, 0.8, 0.3)
        even = np.s_[:, 5:11]
        assert cleaned[even].std() < 0.6 * noisy[even].std()
        edge = np.s_[:, 48:52]
        before, after = (np.ptp(p[edge].mean(axis=0)) for p in (noisy, cleaned))
        assert after == pytest.approx(before, rel=0.1)


class TestCopy:
    """A picture that was kept small."""

    @given(st.floats(1.1, 2.8), st.floats(0.2, 1.1))
    @settings(max_examples=10, deadline=None)
    def test_keeps_things_where_they_are_and_blurs_them_as_told(self, zoom: float, blur: float) -> None:
        x = np.arange(256, dtype=np.float32)
        away = (x[:, None] - 60) ** 2 + (x[None, :] - 180) ** 2
        blob: Map = np.asarray(np.exp(-away / 32), np.float32)
        spread = copied(blob, zoom, blur, 0)
        down, across = spread.sum(axis=1) / spread.sum(), spread.sum(axis=0) / spread.sum()
        assert (down @ x, across @ x) == pytest.approx((60, 180), abs=0.1)
        told = dataclasses.replace(PLAIN, copied=zoom, copied_blur=blur).blur
        assert across @ (x - 180) ** 2 == pytest.approx(4**2 + told**2, rel=0.1)

    def test_that_was_not_made_changes_nothing(self) -> None:
        film = develop(limb(), PLAIN, random())
        assert np.array_equal(copied(film, 0.0, 0.5, 60), film)
        assert PLAIN.blur == 0

    def test_is_worse_the_more_its_file_was_compressed(self) -> None:
        noisy = 0.3 * limb()
        noisy += 0.02 * random().standard_normal((SIZE, SIZE), np.float32)
        whole = copied(noisy, 2.0, 0.3, 0)
        lost = [np.abs(copied(noisy, 2.0, 0.3, quality) - whole).mean() for quality in (95, 60, 20)]
        assert 0 < lost[0] < lost[1] < lost[2]


class TestLocalContrast:
    def test_leaves_an_even_histogram_as_it_is(self) -> None:
        every: Map = np.tile(np.arange(LEVELS, dtype=np.float32) / np.float32(LEVELS - 1), (LEVELS, 1))
        assert equalised(every, 1, 3.0) == pytest.approx(every, abs=0.005)

    def test_without_a_limit_is_the_rank_of_a_grey_value(self) -> None:
        picture = (random().random((64, 64)) ** 3).astype(np.float32)
        levels = np.round(picture * 255)
        ranks = [(levels < v).mean() + (levels == v).mean() / 2 for v in levels[0]]
        assert equalised(picture, 1, 1e6)[0] == pytest.approx(ranks, abs=1e-4)

    def test_limit_holds_back_contrast(self) -> None:
        faint = (0.5 + 0.02 * random().standard_normal((64, 64))).astype(np.float32)
        spreads = [equalised(faint, 4, clip).std() for clip in (1.5, 3.0, 1e6)]
        assert spreads[0] < spreads[1] < spreads[2]

    def test_mixes_its_tiles_without_seams(self) -> None:
        ramp = np.add.outer(np.linspace(0, 0.5, 128), np.linspace(0, 0.5, 128)).astype(np.float32)
        assert np.abs(np.diff(equalised(ramp, 4, 2.0), axis=1)).max() < 0.05


class TestRetouch:
    def test_that_does_nothing_gives_the_film(self) -> None:
        film = develop(limb(), PLAIN, random())
        assert np.array_equal(retouch(film, RetouchSettings(bits=12), random()), film)

    @given(seeds, st.sampled_from(DOMAINS))
    @settings(max_examples=15, deadline=None)
    def test_is_mild_and_the_same_for_the_same_seed(self, seed: int, domain: str) -> None:
        drawn, film = draw_retouch(default_rng(seed), domain), develop(limb(), PLAIN, random())
        picture = retouch(film, drawn, default_rng(seed))
        assert picture.dtype == np.float32
        assert np.corrcoef(picture.ravel(), film.ravel())[0, 1] > 0.93
        assert picture.tobytes() == retouch(film, drawn, default_rng(seed)).tobytes()


class TestSettings:
    @pytest.mark.parametrize("draw", [draw_console, draw_retouch])
    def test_training_and_held_out_share_no_style(self, draw: type) -> None:
        seen = {d: {draw(default_rng(n), d).style for n in range(80)} for d in DOMAINS}
        assert not seen["training"] & seen["held_out"]
        kind = "develop" if draw is draw_console else "retouch"
        assert seen["training"] | seen["held_out"] == {s.id for s in styles().values() if s.kind == kind}

    def test_rows_name_known_styles_and_settings(self) -> None:
        known = {"develop": ConsoleSettings, "retouch": RetouchSettings}
        for group, rows in ranges(FOLDER / "ranges.csv").items():
            kind = group if group in known else styles()[group].kind
            assert set(rows) <= {field.name for field in dataclasses.fields(known[kind])}

    @pytest.mark.parametrize("draw", [draw_console, draw_retouch])
    def test_stand_in_the_manifest_as_plain_values(self, draw: type) -> None:
        told = draw(random(), "training").parameters
        assert all(re.fullmatch("console_[a-z_]+", key) for key in told)
        assert all(type(value) in (str, int, float, bool) for value in told.values())

    def test_unknown_domain_is_refused(self) -> None:
        with pytest.raises(ValueError, match="held_out"):
            draw_console(random(), "heldout")
