"""The reference itself: worked examples of the standard, and pydicom where pydicom follows it."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.pixels.processing import apply_modality_lut, apply_voi_lut

from .dicom_files import file_of, probe, words
from .reference import (
    Chain,
    Layout,
    Lut,
    Rescale,
    Window,
    full_scale,
    modality_value,
    picture,
    stored_value,
    windowed,
)


@pytest.mark.parametrize(
    ("window", "x", "expected"),
    [
        # C.11.2.1.2.1, the notes' examples: 2048/4096, 2048/1, 0/100 and 0/1
        (Window(2048, 4096), 0, 0),
        (Window(2048, 4096), 4095, 1),
        (Window(2048, 4096), 1365, 1 / 3),
        (Window(2048, 1), 2047, 0),
        (Window(2048, 1), 2048, 1),
        (Window(0, 100), -50, 0),
        (Window(0, 100), -49, 1 / 99),
        (Window(0, 100), 49, 1),
        (Window(0, 100), 48, 98 / 99),
        (Window(0, 1), -1, 0),
        (Window(0, 1), 0, 1),
        # C.11.2.1.3.2: 2048/4096 maps 0 to 0 and 4096 to the maximum
        (Window(2048, 4096, "LINEAR_EXACT"), 0, 0),
        (Window(2048, 4096, "LINEAR_EXACT"), 2048, 0.5),
        (Window(2048, 4096, "LINEAR_EXACT"), 4096, 1),
        (Window(0, 100, "LINEAR_EXACT"), 25, 0.75),
        # C.11.2.1.3.1
        (Window(10, 4, "SIGMOID"), 10, 0.5),
        (Window(10, 4, "SIGMOID"), 11, 0.7310585786300049),
        (Window(10, 4, "SIGMOID"), 9, 1 - 0.7310585786300049),
    ],
)
def test_worked_examples(window: Window, x: float, expected: float) -> None:
    assert windowed(x, window) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("word", "layout", "expected"),
    [
        (0xF123, Layout(16, 12), 0x123),
        (0xF923, Layout(16, 12, signed=True), 0x923 - 0x1000),
        (0x7FFF, Layout(16, 12, signed=True), -1),
        (0x1234, Layout(16, 12, high_bit=15), 0x123),
        (0x9234, Layout(16, 12, signed=True, high_bit=15), 0x923 - 0x1000),
        (0xFF80, Layout(16, 8), 0x80),
        (0x80, Layout(8, 8, signed=True), -128),
        (0xFFFF, Layout(16, 16, signed=True), -1),
    ],
)
def test_stored_values_of_words(word: int, layout: Layout, expected: int) -> None:
    assert stored_value(word, layout) == expected


@pytest.mark.parametrize("garbage", [False, True])
@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("high", [None, 13, 15])
@pytest.mark.parametrize("stored", [8, 10, 12, 14])
def test_words_are_made_so_that_they_hold_their_values(
    stored: int, high: int | None, signed: bool, garbage: bool
) -> None:
    form = Layout(16, stored, signed, high)
    back = [stored_value(int(word), form) for word in words(probe(form), form, garbage).flat]
    assert back == probe(form).ravel().tolist()


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("stored", [8, 12, 16])
@pytest.mark.parametrize("step", ["identity", "rescale", "modlut"])
@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_pydicom_agrees_about_windows(function: str, step: str, stored: int, signed: bool) -> None:
    form = Layout(16, stored, signed)
    at = 0 if signed else 1 << (stored - 1)
    steps = {"identity": None, "rescale": Rescale(1, -1024), "modlut": Lut(at - 2, (9, 50, 40, 70, 60), 16)}
    center = modality_value(at, steps[step])
    chain = Chain(form, steps[step], Window(center, 12, function))
    ds = dcmread(BytesIO(file_of(probe(form), chain)))
    values = apply_modality_lut(ds.pixel_array.astype(np.int64), ds)  # its 16-bit indices overflow
    expected = [[modality_value(int(value), chain.modality) for value in row] for row in probe(form)]
    np.testing.assert_array_equal(values, expected)
    # pydicom's output runs over the range of the modality values: back to 0 to 1 by its own ends.
    with np.errstate(over="ignore"):
        ends = apply_voi_lut(np.array([center - 10000.0, center + 10000.0]), ds)
        scaled = (apply_voi_lut(values, ds) - ends[0]) / (ends[1] - ends[0])
    np.testing.assert_allclose(scaled, picture(words(probe(form), form), chain), rtol=0, atol=1e-9)


@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("bits", [12, 16])  # with 8 its indices are 8-bit too, and wrap around
def test_pydicom_agrees_about_voi_luts(bits: int, signed: bool) -> None:
    form = Layout(16, 12, signed)
    lut = Lut(-3 if signed else 2045, (5, 0, (1 << bits) - 1, 17, 40, 3, 2, 99), bits)
    chain = Chain(form, voi=lut)
    ds = dcmread(BytesIO(file_of(probe(form), chain)))
    values = apply_voi_lut(ds.pixel_array, ds) / full_scale(lut)
    np.testing.assert_allclose(values, picture(words(probe(form), form), chain), rtol=0, atol=1e-12)
