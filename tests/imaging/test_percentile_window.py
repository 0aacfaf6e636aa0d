"""Where the header says nothing about the values of interest: what a robust window must keep to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from mlcalc.imaging.radiograph import Radiograph
from mlcalc.imaging.read import read_radiograph

from .dicom_files import dataset, file_of, probe, words, write
from .reference import Chain, Layout, Lut, Rescale

PHOTOMETRICS = ["MONOCHROME1", "MONOCHROME2"]
LAYOUTS = [
    Layout(8, 8),
    Layout(16, 10),
    Layout(16, 12, signed=True),
    Layout(16, 12, high_bit=15),
    Layout(16, 16),
    Layout(16, 16, signed=True),
    Layout(32, 32),
    Layout(32, 24, signed=True),
]
SIXTEEN = Layout(16, 16)


def ramp(low: int = 1000, high: int = 3000, size: int = 64) -> NDArray[np.int64]:
    """(size, size) values from low to high in no order of place."""
    values = np.linspace(low, high, size * size).round().astype(np.int64)
    return np.random.default_rng(2).permutation(values).reshape(size, size)


def shown(values: NDArray[np.int64], chain: Chain) -> Radiograph:
    return read_radiograph(file_of(values, chain))


@pytest.mark.parametrize("photometric", PHOTOMETRICS)
@pytest.mark.parametrize("layout", LAYOUTS, ids=str)
def test_it_keeps_the_order_of_the_values_and_uses_the_whole_range(layout: Layout, photometric: str) -> None:
    values = ramp(layout.lowest, layout.highest)
    radiograph = shown(values, Chain(layout, photometric=photometric))
    bright = radiograph.pixels.ravel()[np.argsort(values, axis=None, kind="stable")]
    bright = 1 - bright if photometric == "MONOCHROME1" else bright
    assert np.all(np.diff(bright) >= -1e-6)
    assert bright[0] == pytest.approx(0, abs=0.02)
    assert bright[-1] == pytest.approx(1, abs=0.02)
    assert bright[bright.size // 2] == pytest.approx(0.5, abs=0.1)
    assert radiograph.greyscale.inverted is (photometric == "MONOCHROME1")


@given(st.lists(st.integers(0, 4095), min_size=4, max_size=40), st.sampled_from(PHOTOMETRICS))
@settings(max_examples=50, deadline=None)
def test_any_picture_keeps_its_order_and_its_range(numbers: list[int], photometric: str) -> None:
    values = np.array(numbers).reshape(1, -1)
    pixels = shown(values, Chain(photometric=photometric)).pixels
    assert np.all((pixels >= 0) & (pixels <= 1))
    bright = pixels.ravel()[np.argsort(values, axis=None)]
    assert np.all(np.diff(bright if photometric == "MONOCHROME2" else -bright) >= -1e-6)


@pytest.mark.parametrize("photometric", PHOTOMETRICS)
@pytest.mark.parametrize("outlier", [0, 65535])
def test_a_few_outliers_do_not_move_it(outlier: int, photometric: str) -> None:
    chain = Chain(SIXTEEN, photometric=photometric)
    plain, marked = ramp(30000, 33000), ramp(30000, 33000)
    marked[[3, 20, 40], [5, 50, 9]] = outlier
    same = plain == marked
    difference = shown(plain, chain).pixels[same] - shown(marked, chain).pixels[same]
    assert np.abs(difference).max() < 0.02


@pytest.mark.parametrize("photometric", PHOTOMETRICS)
@pytest.mark.parametrize("ends", [(0, 0), (65535, 65535), (0, 5), (65535, 60000)], ids=str)
def test_padding_does_not_move_it_and_stays_black(ends: tuple[int, int], photometric: str) -> None:
    values = ramp(30000, 33000)
    border = np.random.default_rng(0).integers(min(ends), max(ends) + 1, (64, 96))
    chain = Chain(SIXTEEN, photometric=photometric, padding=ends)
    padded = shown(np.hstack([values, border]), chain).pixels
    np.testing.assert_allclose(padded[:, :64], shown(values, chain).pixels, rtol=0, atol=1e-3)
    assert not padded[:, 64:].any()


def test_what_is_no_padding_moves_it() -> None:
    values = ramp(30000, 33000)
    bordered = np.hstack([values, np.zeros((64, 96), np.int64)])
    moved = shown(bordered, Chain(SIXTEEN)).pixels[:, :64]
    assert np.abs(moved - shown(values, Chain(SIXTEEN)).pixels).max() > 0.2


@pytest.mark.parametrize("photometric", PHOTOMETRICS)
@pytest.mark.parametrize("value", [0, 7, 65535])
@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (1, 9)], ids=str)
def test_a_picture_of_one_value_is_a_picture_of_one_grey(
    shape: tuple[int, int], value: int, photometric: str
) -> None:
    pixels = shown(np.full(shape, value), Chain(SIXTEEN, photometric=photometric)).pixels
    assert pixels.shape == shape
    assert 0 <= pixels[0, 0] <= 1
    assert np.all(pixels == pixels[0, 0])


@pytest.mark.parametrize("step", [Rescale(2, -300), Rescale(0.125, 17), Rescale(1, -1024)], ids=str)
def test_the_units_of_the_values_do_not_matter(step: Rescale) -> None:
    plain, rescaled = shown(ramp(), Chain()), shown(ramp(), Chain(modality=step))
    np.testing.assert_allclose(rescaled.pixels, plain.pixels, rtol=0, atol=1e-4)


def test_it_looks_at_the_values_behind_the_modality_step() -> None:
    falling = shown(ramp(), Chain(modality=Rescale(-1, 4095))).pixels
    np.testing.assert_allclose(falling, shown(4095 - ramp(), Chain()).pixels, rtol=0, atol=1e-4)
    table = Lut(0, tuple(min(value, 2000) for value in range(4096)), 16)
    clipped = shown(ramp(), Chain(modality=table)).pixels
    np.testing.assert_allclose(clipped, shown(np.minimum(ramp(), 2000), Chain()).pixels, rtol=0, atol=1e-4)


@pytest.mark.parametrize(
    "missing", [["WindowCenter"], ["WindowWidth"], ["WindowCenter", "WindowWidth"]], ids=str
)
@pytest.mark.parametrize("how", ["absent", "empty"])
def test_half_a_window_or_an_empty_one_is_none(how: str, missing: list[str]) -> None:
    form = Layout(16, 12)
    ds: Dataset = dataset(words(probe(form), form), Chain(form))
    without = read_radiograph(write(ds)).pixels
    ds.WindowCenter, ds.WindowWidth = "2048", "10"
    for keyword in missing:
        if how == "absent":
            delattr(ds, keyword)
        else:
            setattr(ds, keyword, None)
    np.testing.assert_array_equal(read_radiograph(write(ds)).pixels, without)
