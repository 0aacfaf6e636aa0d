"""What is found on a film, against films of which everything is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage as ndi

from mlcalc.simulate.backgrounds.air import between_two, find_air, slabs
from mlcalc.simulate.backgrounds.body import find_body
from mlcalc.simulate.backgrounds.bones import find_tissues
from mlcalc.simulate.backgrounds.curve import Curve, fit_curve
from mlcalc.simulate.backgrounds.film import LONGEST, Film
from mlcalc.simulate.backgrounds.flow import along
from mlcalc.simulate.backgrounds.grain import noise, sharpness
from mlcalc.simulate.backgrounds.survey import Surveys, survey
from mlcalc.simulate.grid import Mask
from tests.simulate.films import AIR, BONE, limb, limb_mask, save


def overlap(a: Mask, b: Mask) -> float:
    return float((a & b).sum() / (a | b).sum())


@pytest.mark.parametrize("tilt", [0.0, 0.4, -0.7])
def test_the_body_is_the_limb(tilt: float) -> None:
    body = find_body(limb(tilt=tilt))
    assert overlap(body.inside, limb_mask(tilt)) > 0.94
    assert body.air is not None
    assert np.abs(body.air.level - AIR).max() < 0.02


def test_a_white_slab_is_no_body() -> None:
    pixels = limb()
    pixels[200:] = 0.9
    body = find_body(pixels)
    assert slabs(pixels)[205:].all()
    assert not body.inside[203:].any()
    assert overlap(body.inside[:195], limb_mask()[:195]) > 0.9


def test_air_may_grow_brighter_across_the_film() -> None:
    ramp = np.linspace(0, 0.05, 256, dtype=np.float32)[None, :]
    body = find_body(limb() + ramp)
    assert overlap(body.inside, limb_mask()) > 0.9


def test_a_film_full_of_body_has_no_air() -> None:
    rough = ndi.gaussian_filter(np.random.default_rng(0).normal(0, 1, (256, 256)), 6)
    pixels = (0.5 + 0.15 * rough / rough.std()).astype(np.float32)
    assert find_air(pixels, np.ones((256, 256), np.bool_)) is None


def test_two_classes_are_parted_between_them() -> None:
    random = np.random.default_rng(1)
    values = np.concatenate([random.normal(0.2, 0.02, 500), random.normal(0.7, 0.05, 300)])
    assert 0.25 < between_two(values.astype(np.float32)) < 0.6


def test_bone_stands_out_of_soft_tissue() -> None:
    pixels = limb()
    tissues = find_tissues(pixels, find_body(pixels))
    bone, inner = limb_mask(within=0.8 * BONE), limb_mask(within=35)
    beside = inner & ~limb_mask(within=1.3 * BONE)
    assert tissues.excess[bone].mean() > 5 * tissues.excess[beside].mean()
    assert 0.6 < tissues.dense / 0.3 < 1.3


@pytest.mark.parametrize("blur", [0.7, 1.0, 1.6])
def test_sharpness_of_steps_is_their_blur(blur: float) -> None:
    y, x = np.mgrid[:1024, :1024]
    steps = 0.2 + 0.4 * (np.hypot(x - 500, y - 500) < 300) + 0.2 * (np.abs((x + 0.3 * y) % 240 - 100) < 50)
    coarse = ndi.gaussian_filter(steps, 4 * blur).reshape(256, 4, 256, 4).mean(axis=(1, 3))
    pixels = (coarse + np.random.default_rng(0).normal(0, 0.003, coarse.shape)).astype(np.float32)
    expected = np.hypot(blur, 12**-0.5)  # a pixel's own width
    assert sharpness(pixels, np.ones(pixels.shape, np.bool_)) == pytest.approx(expected, rel=0.08)


@pytest.mark.parametrize("sigma", [0.004, 0.01, 0.03])
def test_noise_is_measured_beside_bones(sigma: float) -> None:
    assert noise(limb(noise=sigma), limb_mask()) == pytest.approx(sigma, rel=0.12)


@settings(max_examples=25)
@given(st.floats(0.05, 0.5), st.floats(0.3, 5), st.floats(0.03, 0.5), st.floats(0.2, 1.5), st.floats(0.01, 1))
def test_a_curve_rises_and_bone_is_as_bright_as_it_was(
    soft: float, soft_ln: float, bone: float, bone_ln: float, more: float
) -> None:
    curve = fit_curve(soft, soft_ln, bone, bone_ln, 1.0)
    at_soft = curve.scale * soft_ln**curve.exponent
    grown = curve.change(np.full((1, 1), at_soft, np.float32), np.full((1, 1), bone_ln, np.float32))
    assert float(grown[0, 0]) == pytest.approx(bone, rel=0.02)
    over = np.array([[0.02, 0.1, 0.3, 0.6]], np.float32)
    assert (curve.change(over, np.full_like(over, more)) > 0).all()
    assert (curve.change(over, np.full_like(over, -more)) <= 0).all()


def test_a_shoulder_keeps_pixels_below_white_and_small_changes_as_they_are() -> None:
    curve = Curve(0.2, 1.2)
    pixels = np.full((1, 3), 0.6, np.float32)
    bent = curve.shoulder(pixels, np.array([[0.05, 0.4, 5.0]], np.float32))
    assert bent[0, 0] == pytest.approx(0.65, abs=1e-3)
    assert bent[0, 0] < bent[0, 1] < bent[0, 2] <= 1.0


def test_millimetres_come_from_the_header_else_from_what_is_usual(tmp_path: Path) -> None:
    path = save(limb(), tmp_path / "film.png")
    told, guessed = survey(Film(path, "a", mm_per_pixel=0.7)), survey(Film(path, "b", ("knee",)))
    assert (told.mm, told.mm_source) == (0.7, "header")
    assert guessed.mm_source == "assumed"
    assert guessed.mm * 256 == pytest.approx(380)


def test_a_large_film_is_surveyed_on_a_smaller_copy(tmp_path: Path) -> None:
    large = ndi.zoom(limb(noise=0), 5, order=1)
    found = survey(Film(save(large, tmp_path / "large.png"), "c"))
    assert max(found.pixels.shape) == LONGEST
    assert found.step == LONGEST / 256
    assert overlap(found.inside, limb_mask()) > 0.9
    assert found.mm == pytest.approx(380 / LONGEST)


def test_paths_follow_the_limb_or_its_skin(tmp_path: Path) -> None:
    tilt = 0.4
    found = survey(Film(save(limb(tilt=tilt), tmp_path / "film.png"), "d"))
    for seed, skin in (((110.0, 140.0), False), ((92.0, 130.0), True)):
        path = along(found, seed, 80.0, skin)
        assert path is not None
        x, y = path[-1] - path[0]
        assert abs(x * np.cos(tilt) + y * np.sin(tilt)) < 0.12 * np.hypot(x, y)
        depths = found.skin[path[:, 1].astype(int), path[:, 0].astype(int)].astype(float)
        assert np.ptp(depths) < 8


def test_surveys_are_kept_within_bounds(tmp_path: Path) -> None:
    films = [Film(save(limb(seed=n), tmp_path / f"{n}.png"), str(n)) for n in range(3)]
    kept = Surveys(kept_bytes=int(2.5 * survey(films[0]).nbytes()))
    first = kept.of(films[0])
    assert kept.of(films[0]) is first
    kept.of(films[1])
    kept.of(films[2])
    assert kept.of(films[0]) is not first
