"""The detector: what scatter, blur, noise and saturation do to a known beam."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.random import Generator, default_rng
from scipy import ndimage

from mlcalc.errors import KnowledgeError
from mlcalc.simulate.detector.blur import with_focus, with_mtf
from mlcalc.simulate.detector.detect import (
    DetectorSettings,
    behind_patient,
    detect,
    draw_detector,
    expect,
)
from mlcalc.simulate.detector.lowpass import lowpass
from mlcalc.simulate.detector.noise import counted
from mlcalc.simulate.detector.ranges import DOMAINS, ranges
from mlcalc.simulate.detector.scatter import scatter_to_primary, with_scatter
from mlcalc.simulate.detector.settings import FOLDER, kinds
from mlcalc.simulate.grid import Grid, Map
from mlcalc.simulate.physics.receptors import receptors

GRID = Grid(128, 0.3)
WATER = 0.22
"""Attenuation of soft tissue per cm near the middle of a diagnostic spectrum."""


def random() -> Generator:
    return default_rng(1)


def even(value: float, grid: Grid = GRID) -> Map:
    return np.full((grid.size, grid.size), value, np.float32)


def behind(cm: float) -> Map:
    return even(float(np.exp(-WATER * cm)))


def sine(grid: Grid, per_mm: float) -> Map:
    x = grid.axis().astype(np.float64)
    return (even(1, grid) + 0.1 * np.sin(2 * np.pi * per_mm * x)[None, :]).astype(np.float32)


def half_step(grid: Grid = GRID) -> Map:
    """10 cm of patient on the left, air on the right."""
    cm = grid.zeros()
    cm[:, : grid.size // 2] = 10
    return cm


class TestLowpass:
    @given(st.floats(0.3, 70))
    @settings(max_examples=15, deadline=None)
    def test_is_a_gaussian_of_any_width(self, sigma: float) -> None:
        step: Map = half_step(Grid(256, 1.0)) / np.float32(10)
        exact = ndimage.gaussian_filter(step.astype(np.float64), sigma, mode="reflect", truncate=8)
        assert np.abs(lowpass(step, sigma) - exact).max() < 0.015

    def test_keeps_the_mean_of_what_it_blurs(self) -> None:
        values = random().random((256, 256)).astype(np.float32)
        assert lowpass(values, 20).mean() == pytest.approx(values.mean(), rel=1e-3)

    def test_works_on_sides_that_cannot_be_thinned(self) -> None:
        assert lowpass(np.ones((97, 97), np.float32), 9) == pytest.approx(1, rel=1e-4)


class TestScatter:
    @pytest.mark.parametrize("cm", [5, 10, 20, 30])
    def test_behind_an_even_patient_adds_the_ratio_of_the_table(self, cm: float) -> None:
        ratio = float(scatter_to_primary(even(cm))[0, 0])
        together = with_scatter(behind(cm), even(cm), GRID, DetectorSettings(scatter=1))
        assert together == pytest.approx(behind(cm) * (1 + ratio), rel=1e-3)

    def test_is_three_quarters_of_what_arrives_behind_twenty_centimetres(self) -> None:
        ratio = float(scatter_to_primary(even(20))[0, 0])
        assert ratio / (1 + ratio) == pytest.approx(0.75, abs=0.05)

    def test_rises_with_thickness(self) -> None:
        ratios = [float(scatter_to_primary(even(cm))[0, 0]) for cm in range(41)]
        assert ratios[0] == 0
        assert all(np.diff(ratios) > 0)

    def test_is_held_back_by_a_grid(self) -> None:
        bare = DetectorSettings(grid=False)
        screened = dataclasses.replace(bare, grid=True)
        cm, primary = even(20), behind(20)
        added = [(with_scatter(primary, cm, GRID, s) - primary).mean() for s in (screened, bare)]
        assert added[0] / added[1] == pytest.approx(bare.grid_transmission, rel=1e-3)

    def test_spills_over_the_edge_of_the_patient_and_is_absent_far_from_it(self) -> None:
        grid = Grid(256, 1.0)
        cm = half_step(grid)
        primary = np.exp(-WATER * cm).astype(np.float32)
        added = with_scatter(primary, cm, grid, DetectorSettings()) - primary
        assert added[128, 135] > 0.2 * added[128, 10]
        assert added[128, 250] < 0.02 * added[128, 10]

    def test_takes_contrast_as_one_over_one_plus_the_ratio(self) -> None:
        cm, ratio = even(20), float(scatter_to_primary(even(20))[0, 0])
        faint = behind(20)
        faint[60:64, 60:64] *= np.exp(-0.05)
        signal = expect(faint, cm, GRID, DetectorSettings())
        assert signal[62, 62] - signal[20, 20] == pytest.approx(0.05 / (1 + ratio), rel=0.06)


class TestBlur:
    @pytest.mark.parametrize("kind", list(kinds()))
    def test_by_the_detector_halves_a_pattern_at_its_half_frequency(self, kind: str) -> None:
        grid = Grid(256, 0.05)
        half = kinds()[kind].mtf_half
        frequency = round(half * 256 * 0.05) / (256 * 0.05)  # whole periods in the picture
        passed = with_mtf(sine(grid, frequency), grid, DetectorSettings(kind=kind, magnification=1.0))
        expected = 0.1 / (1 + (frequency / half) ** 2)
        assert np.ptp(passed) / 2 == pytest.approx(expected, rel=0.03)
        assert passed.mean() == pytest.approx(1, rel=1e-5)

    def test_by_the_detector_matters_less_for_a_magnified_object(self) -> None:
        pattern = sine(GRID, 1)
        near, far = (with_mtf(pattern, GRID, DetectorSettings(magnification=m)).std() for m in (1.0, 1.3))
        assert far > near

    @pytest.mark.parametrize("mm", [0.1, 0.2])
    def test_by_the_focus_is_its_penumbra_whatever_the_pixel(self, mm: float) -> None:
        grid, settings = Grid(128, mm), DetectorSettings(focal_mm=1.2, magnification=1.5)
        point = grid.zeros()
        point[64, 64] = 1
        profile = with_focus(point, grid, settings).sum(axis=0)
        spread = np.sqrt(np.sum(profile * (np.arange(128) - 64) ** 2)) * mm
        assert spread == pytest.approx(1.2 * 0.5 / 1.5 / 12**0.5, rel=0.02)


class TestNoise:
    @pytest.mark.parametrize("photons", [0.5, 5, 49, 51, 2000])
    def test_of_photons_has_the_variance_of_their_number(self, photons: float) -> None:
        drawn = counted(even(photons, Grid(256, 1)), random())
        assert drawn.mean() == pytest.approx(photons, rel=0.02)
        assert drawn.var() == pytest.approx(photons, rel=0.03)
        assert drawn.min() >= -1 / 8

    def test_follows_dose(self) -> None:
        spread = [
            detect(behind(10), even(10), GRID, DetectorSettings(dose=dose), random()).std()
            for dose in (50_000.0, 200_000.0)
        ]
        assert spread[0] / spread[1] == pytest.approx(2, rel=0.1)

    def test_is_stronger_behind_denser_parts(self) -> None:
        cm, passed = even(10), behind(10)
        passed[:, 64:] *= np.exp(-2)
        signal = detect(passed, cm, GRID, DetectorSettings(grid=True), random())
        assert signal[:, 80:120].std(axis=0).mean() > 1.5 * signal[:, 8:48].std(axis=0).mean()

    def test_is_as_large_as_the_photons_of_a_pixel_say(self) -> None:
        """On pixels far wider than the blur, with a clean detector: one over the root of their number."""
        grid, settings = Grid(128, 1.2), DetectorSettings(kind="a_se", dose=20_000, magnification=1.0)
        kind = kinds()["a_se"]
        photons = 20_000 * 1.2**2 * kind.dqe
        own = kind.electronic * (1.2 / kind.pitch_mm) / photons
        gain = kind.structure / (1.2 / kind.pitch_mm)
        expected = np.sqrt(1 / photons + own**2 + gain**2)
        signal = detect(behind(10), even(10), grid, settings, random())
        assert signal.std() == pytest.approx(expected, rel=0.06)


class TestSignal:
    @pytest.mark.parametrize("cm", [1, 10, 25])
    def test_is_the_expected_one_but_for_noise(self, cm: float) -> None:
        settings = DetectorSettings()
        signal = detect(behind(cm), even(cm), GRID, settings, random())
        assert signal.mean() == pytest.approx(expect(behind(cm), even(cm), GRID, settings).mean(), abs=0.005)

    def test_of_the_open_beam_is_zero_and_denser_is_larger(self) -> None:
        cm = half_step()
        signal = detect(np.exp(-WATER * cm).astype(np.float32), cm, GRID, DetectorSettings(), random())
        assert abs(signal[:, 110:].mean()) < 0.2  # some scatter spills over
        assert signal[:, :20].mean() > 1

    def test_saturates_in_air_beside_a_thick_patient_on_a_flat_panel_not_on_a_plate(self) -> None:
        cm = half_step() * 2.5
        passed = np.exp(-WATER * cm).astype(np.float32)
        air = {
            kind: detect(passed, cm, GRID, DetectorSettings(kind=kind), random())[:, 100:]
            for kind in ("csi", "cr_powder")
        }
        assert air["csi"].mean() > air["cr_powder"].mean() + 0.5
        assert air["csi"].std() < 1e-4

    def test_is_finite_behind_what_lets_nothing_through(self) -> None:
        signal = detect(GRID.zeros() + np.float32(1e-12), even(10), GRID, DetectorSettings(), random())
        assert np.isfinite(signal).all()
        assert signal.dtype == np.float32

    def test_keeps_the_exposure_of_the_ground_when_told(self) -> None:
        """A large piece of metal changes nothing beside it: the exposure is that of the body without it."""
        cm, bare, metal = even(10), behind(10), behind(10)
        metal[40:90, 40:90] *= 1e-3
        settings = DetectorSettings(scatter=0)
        level = behind_patient(np.exp(-expect(bare, cm, GRID, settings)), cm)
        one = detect(bare, cm, GRID, settings, random(), level)
        other = detect(metal, cm, GRID, settings, random(), level)
        assert one[:, :8].std() == pytest.approx(other[:, :8].std(), rel=0.02)

    def test_is_the_same_for_the_same_seed(self) -> None:
        draws = [detect(behind(5), even(5), GRID, DetectorSettings(), default_rng(s)) for s in (3, 3, 4)]
        assert draws[0].tobytes() == draws[1].tobytes() != draws[2].tobytes()


class TestSettings:
    def test_training_and_held_out_share_no_kind(self) -> None:
        seen = {domain: {draw_detector(default_rng(n), domain).kind for n in range(60)} for domain in DOMAINS}
        assert not seen["training"] & seen["held_out"]
        assert seen["training"] | seen["held_out"] == set(kinds())

    @pytest.mark.parametrize("domain", DOMAINS)
    def test_lie_in_their_ranges(self, domain: str) -> None:
        rows = ranges(FOLDER / "ranges.csv")[domain]
        for n in range(30):
            drawn = dataclasses.asdict(draw_detector(default_rng(n), domain))
            for name, row in rows.items():
                if name in drawn:
                    assert row.low <= drawn[name] <= row.high

    def test_have_a_grid_for_thick_parts_only(self) -> None:
        assert not any(draw_detector(default_rng(n), "training", 2).grid for n in range(20))
        assert all(draw_detector(default_rng(n), "training", 25).grid for n in range(20))

    def test_stand_in_the_manifest_as_plain_values(self) -> None:
        told = draw_detector(random(), "training").parameters
        assert told["detector_kind"] in kinds()
        assert all(type(value) in (str, int, float, bool) for value in told.values())

    def test_name_a_receptor_that_physics_knows(self) -> None:
        assert {kind.receptor for kind in kinds().values()} <= set(receptors())

    def test_unknown_kind_and_domain_are_refused_with_the_nearest(self) -> None:
        with pytest.raises(ValueError, match="cr_powder"):
            DetectorSettings(kind="cr_powdr").detector  # noqa: B018
        with pytest.raises(ValueError, match="training"):
            draw_detector(random(), "trainin")

    @pytest.mark.parametrize(
        ("row", "told"),
        [
            ("training,dose,5,1,linear,1,x", "no range"),
            ("training,dose,0,1,log,1,x", "no range"),
            ("training,dose,one,1,linear,1,x", "no number"),
            ("training,dose,0,1,cubic,1,x", "scale"),
            ("training,dose,0,1,linear,2,x", "chance"),
            ("training,dose,0,1,linear,1,", "source"),
        ],
    )
    def test_broken_range_is_told_with_its_line(self, tmp_path: Path, row: str, told: str) -> None:
        file = tmp_path / "ranges.csv"
        file.write_text(f"group,parameter,low,high,scale,chance,source\n{row}\n")
        with pytest.raises(KnowledgeError, match=f"line 2.*{told}"):
            ranges(file)
