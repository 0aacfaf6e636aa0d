"""Dots per inch as millimetres: only plausible ones, and none that a program made up."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL.TiffImagePlugin import IFDRational

from mlcalc.imaging.density import file_density
from mlcalc.imaging.radiograph import SpacingSource


def test_25_4_millimetres_are_an_inch() -> None:
    spacing, cautions = file_density({"dpi": (254.0, 127.0)})
    assert (spacing.column_mm, spacing.row_mm) == pytest.approx((0.1, 0.2))
    assert spacing.source is SpacingSource.file_density
    assert cautions == []


def test_what_the_number_leaves_open_is_noted() -> None:
    spacing, _ = file_density({"dpi": (300, 300)})
    assert "only if the film was scanned at this density" in spacing.note


@settings(deadline=None)
@given(st.floats(100, 25000), st.floats(100, 25000))
def test_a_pixels_shape_is_its_height_over_its_width(across: float, down: float) -> None:
    spacing, _ = file_density({"dpi": (across, down)})
    assert spacing.row_mm is not None
    assert spacing.column_mm is not None
    assert spacing.aspect == pytest.approx(spacing.row_mm / spacing.column_mm)
    assert spacing.aspect == pytest.approx(across / down)


@settings(deadline=None)
@given(st.floats(100, 25000), st.floats(100, 25000))
def test_a_turn_by_90_degrees_exchanges_the_two(across: float, down: float) -> None:
    turned, _ = file_density({"dpi": (across, down)}, swapped=True)
    assert turned == file_density({"dpi": (down, across)})[0]


@pytest.mark.parametrize("dpi", [72, 96, 71.9836, 72.009, 95.9866, 96.012, 1])
@pytest.mark.parametrize("place", [0, 1])
def test_what_programs_write_that_know_no_density_is_unknown(dpi: float, place: int) -> None:
    both = [300.0, 300.0]
    both[place] = dpi
    spacing, cautions = file_density({"dpi": tuple(both)})
    assert not spacing.known
    assert spacing.source is SpacingSource.unknown
    assert [caution.code for caution in cautions] == ["spacing_placeholder"]
    assert f"{both[0]:g} x {both[1]:g} dots per inch" in cautions[0].text


@pytest.mark.parametrize("dpi", [-300, 2.4, 25500, 1e9, float("inf"), float("nan")])
def test_what_no_radiograph_has_is_unknown(dpi: float) -> None:
    spacing, cautions = file_density({"dpi": (300.0, dpi)})
    assert not spacing.known
    assert [caution.code for caution in cautions] == ["spacing_implausible"]


@pytest.mark.parametrize("dpi", [2.54, 25400])
def test_the_limits_themselves_are_plausible(dpi: float) -> None:
    assert file_density({"dpi": (dpi, dpi)})[0].known


@pytest.mark.parametrize(
    "info",
    [
        {},
        {"dpi": None},
        {"dpi": 300},
        {"dpi": ("a", "b")},
        {"dpi": (300,)},
        {"dpi": (1, 2, 3)},
        {"dpi": ((), ())},
    ],
)
def test_what_is_not_two_numbers_is_no_density(info: dict[str, Any]) -> None:
    spacing, cautions = file_density(info)
    assert not spacing.known
    assert cautions == []


def test_fractions_of_a_tiff_count_and_one_over_zero_does_not() -> None:
    assert file_density({"dpi": (IFDRational(600, 2), IFDRational(300))})[0].known
    assert not file_density({"dpi": (IFDRational(0, 0), IFDRational(300))})[0].known
