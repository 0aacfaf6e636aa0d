"""The grey-scale order, pixel for pixel: stored value, modality, values of interest, polarity, [0, 1].

Expected values come from `reference`, which follows the standard one pixel at a time.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import ExplicitVRLittleEndian, ImplicitVRLittleEndian

from mlcalc.imaging.limits import ReadOptions
from mlcalc.imaging.radiograph import Radiograph
from mlcalc.imaging.read import read_radiograph

from .dicom_files import (
    RF,
    XA,
    dataset,
    file_of,
    probe,
    set_padding,
    set_window,
    words,
    write,
)
from .reference import (
    Chain,
    Layout,
    Lut,
    Rescale,
    Window,
    modality_value,
    picture,
)

PHOTOMETRICS = ["MONOCHROME1", "MONOCHROME2"]
SYNTAXES = {"implicit": ImplicitVRLittleEndian, "explicit": ExplicitVRLittleEndian}


def shown(data: bytes, flip: bool = False) -> Radiograph:
    return read_radiograph(data, options=ReadOptions(invert=flip))


def codes(radiograph: Radiograph) -> set[str]:
    return {caution.code for caution in radiograph.cautions}


def assert_shows(radiograph: Radiograph, expected: NDArray[np.floating]) -> None:
    assert radiograph.pixels.dtype == np.float32
    assert radiograph.pixels.shape == expected.shape
    np.testing.assert_allclose(radiograph.pixels, expected, rtol=0, atol=1e-6)
    assert 0 <= radiograph.pixels.min() <= radiograph.pixels.max() <= 1


# The table


LAYOUTS = {
    "8in8": (8, 8, None, False),
    "8in16": (16, 8, None, False),
    "10in16": (16, 10, None, False),
    "12in16": (16, 12, None, False),
    "12in16-garbage": (16, 12, None, True),
    "12in16-highbit15": (16, 12, 15, False),
    "15in16": (16, 15, None, False),
    "16in16": (16, 16, None, False),
}

# Each is placed around a stored value: the tables' ends and the windows' edges lie beside it.
MODALITIES: dict[str, Callable[[int], Rescale | Lut | None]] = {
    "identity": lambda _: None,
    "rescale": lambda _: Rescale(1, -1024),
    "falling": lambda _: Rescale(-1, 1000),
    "modlut8": lambda at: Lut(at - 3, (100, 105, 103, 109, 114, 111), 8),
    "modlut16": lambda at: Lut(at - 3, (20000, 20005, 20003, 20009, 20014, 20011), 16),
}
VOIS: dict[str, Callable[[int], Window | Lut]] = {
    "default": lambda at: Window(at, 10),
    "linear": lambda at: Window(at + 0.5, 401, "LINEAR"),
    "exact": lambda at: Window(at, 9.5, "LINEAR_EXACT"),
    "sigmoid": lambda at: Window(at + 1, 20, "SIGMOID"),
    "voilut8": lambda at: Lut(at - 2, (3, 50, 90, 140, 200, 255), 8),
    "voilut12": lambda at: Lut(at - 5, (0, 700, 4095, 20, 1, 3000, 2999, 11, 9, 5), 12),
    "voilut16": lambda at: Lut(at - 3, (9, 40000, 65535, 30000, 12345, 54321, 7), 16),
}


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("photometric", PHOTOMETRICS)
@pytest.mark.parametrize("voi", VOIS)
@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_pixel_is_what_the_standard_says(
    layout: str, signed: bool, modality: str, voi: str, photometric: str, syntax: str
) -> None:
    allocated, stored, high, garbage = LAYOUTS[layout]
    form = Layout(allocated, stored, signed, high)
    middle = (form.lowest + form.highest + 1) // 2
    first_step = MODALITIES[modality](middle)
    second_step = VOIS[voi](round(modality_value(middle, first_step)))
    chain = Chain(form, first_step, second_step, photometric=photometric)
    file_words = words(probe(form), form, garbage)
    radiograph = shown(write(dataset(file_words, chain), SYNTAXES[syntax]))
    assert_shows(radiograph, picture(file_words, chain))
    assert radiograph.greyscale.inverted is chain.inverted
    assert (radiograph.greyscale.photometric, radiograph.greyscale.bits) == (photometric, stored)
    assert radiograph.greyscale.signed is signed
    expected = (second_step.center, second_step.width) if isinstance(second_step, Window) else None
    assert radiograph.greyscale.window == expected


# Wide integers: 32 bits are read too, and lose nothing


@pytest.mark.parametrize("photometric", PHOTOMETRICS)
@pytest.mark.parametrize("modality", ["identity", "rescale", "falling"])
@pytest.mark.parametrize("voi", ["default", "linear", "exact", "sigmoid"])
@pytest.mark.parametrize(
    "layout",
    [Layout(32, 32), Layout(32, 32, signed=True), Layout(32, 24), Layout(32, 20, signed=True)],
    ids=lambda form: f"{form.stored}in32-{'signed' if form.signed else 'unsigned'}",
)
def test_32_bit_pixels_keep_their_precision(
    layout: Layout, voi: str, modality: str, photometric: str
) -> None:
    middle = (layout.lowest + layout.highest + 1) // 2
    step = MODALITIES[modality](middle)
    window = VOIS[voi](round(modality_value(middle, step)))
    chain = Chain(layout, step, window, photometric=photometric)
    file_words = words(probe(layout), layout)
    assert_shows(shown(write(dataset(file_words, chain))), picture(file_words, chain))


# Rescale


@pytest.mark.parametrize("slope", [0.25, 1.5, 2, -0.5])
@pytest.mark.parametrize("intercept", [0, -100.75, 7])
@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_slope_and_intercept_may_be_fractions(slope: float, intercept: float, function: str) -> None:
    form = Layout(16, 12)
    center = slope * 2048 + intercept
    chain = Chain(form, Rescale(slope, intercept), Window(center, 6.25, function))
    assert_shows(shown(file_of(probe(form), chain)), picture(words(probe(form), form), chain))


# Windows


ODD_WINDOWS = [
    Window(2048.25, 7.5),
    Window(2047.5, 1),  # one step: everything above the centre - 0.5 is white
    Window(2048, 1),
    Window(2048, 1, "LINEAR"),
    Window(2048, 2),
    Window(2048, 4096),
    Window(-5000, 10),  # beside all values
    Window(90000, 10),
    Window(2048, 0.5, "LINEAR_EXACT"),
    Window(2048.5, 1, "LINEAR_EXACT"),
    Window(2048, 0.5, "SIGMOID"),
    Window(2048, 0.001, "SIGMOID"),  # exp of a huge number: no overflow
    Window(0, 1e6, "SIGMOID"),
]


@pytest.mark.parametrize("photometric", PHOTOMETRICS)
@pytest.mark.parametrize("window", ODD_WINDOWS, ids=str)
def test_windows_at_the_edge_of_what_is_allowed(window: Window, photometric: str) -> None:
    form = Layout(16, 12)
    chain = Chain(form, voi=window, photometric=photometric)
    radiograph = shown(file_of(probe(form), chain))
    assert_shows(radiograph, picture(words(probe(form), form), chain))
    assert "window_invalid" not in codes(radiograph)


BAD_WINDOWS = [
    Window(2048, 0.5),
    Window(2048, 0),
    Window(2048, -10),
    Window(2048, 0.99, "LINEAR"),
    Window(2048, 0, "LINEAR_EXACT"),
    Window(2048, -1, "LINEAR_EXACT"),
    Window(2048, 0, "SIGMOID"),
    Window(2048, -400, "SIGMOID"),
]


@pytest.mark.parametrize("photometric", PHOTOMETRICS)
@pytest.mark.parametrize("window", BAD_WINDOWS, ids=str)
def test_an_impossible_window_is_as_if_there_were_none_and_is_told(window: Window, photometric: str) -> None:
    values = probe(Layout(16, 12))
    without = shown(file_of(values, Chain(photometric=photometric)))
    radiograph = shown(file_of(values, Chain(voi=window, photometric=photometric)))
    assert "window_invalid" in codes(radiograph)
    assert "window_invalid" not in codes(without)
    assert_shows(radiograph, without.pixels)


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
def test_of_several_windows_the_first_is_taken_and_recorded(function: str) -> None:
    form = Layout(16, 12)
    chain = Chain(form, voi=Window(2050, 12, function))
    ds = dataset(words(probe(form), form), chain)
    ds.WindowCenter, ds.WindowWidth = ["2050", "100", "3000"], ["12", "50", "4000"]
    ds.WindowCenterWidthExplanation = ["A", "B", "C"]
    radiograph = shown(write(ds))
    assert_shows(radiograph, picture(words(probe(form), form), chain))
    assert radiograph.greyscale.window == (2050, 12)


def test_a_voi_lut_goes_before_a_window() -> None:
    form = Layout(16, 12)
    chain = Chain(form, voi=Lut(2040, tuple(range(0, 4000, 200)), 12))
    ds = dataset(words(probe(form), form), chain)
    set_window(ds, Window(2048, 10))
    radiograph = shown(write(ds))
    assert_shows(radiograph, picture(words(probe(form), form), chain))
    assert radiograph.greyscale.window is None


# Polarity


@pytest.mark.parametrize("flip", [False, True], ids=["", "invert"])
@pytest.mark.parametrize("shape", [None, "IDENTITY", "INVERSE"])
@pytest.mark.parametrize("photometric", PHOTOMETRICS)
def test_one_inversion_whoever_asks_for_it_and_a_caution_if_they_contradict(
    photometric: str, shape: str | None, flip: bool
) -> None:
    form = Layout(16, 12)
    chain = Chain(form, voi=Window(2048, 16), photometric=photometric, shape=shape, flip=flip)
    radiograph = shown(file_of(probe(form), chain), flip)
    assert_shows(radiograph, picture(words(probe(form), form), chain))
    assert radiograph.greyscale.inverted is chain.inverted
    conflict = (photometric, shape) in {("MONOCHROME2", "INVERSE"), ("MONOCHROME1", "IDENTITY")}
    assert ("polarity_conflict" in codes(radiograph)) is conflict


def test_the_presentation_lut_shape_is_read_without_its_padding() -> None:
    form = Layout(16, 12)
    ds = dataset(words(probe(form), form), Chain(form, voi=Window(2048, 16), shape="INVERSE "))
    assert shown(write(ds)).greyscale.inverted


# Padding


PADDINGS = {
    "value": (2047, 2047),
    "lowest": (0, 0),
    "highest": (4095, 4095),
    "range": (2045, 2050),
    "range-reversed": (2050, 2045),
    "range-from-lowest": (0, 2042),
    "nothing-there": (1, 1),
}


@pytest.mark.parametrize("flip", [False, True], ids=["", "invert"])
@pytest.mark.parametrize("photometric", PHOTOMETRICS)
@pytest.mark.parametrize(
    "voi", [Window(2048, 16), Lut(2040, tuple(range(100, 120)), 8)], ids=["window", "lut"]
)
@pytest.mark.parametrize("padding", PADDINGS)
def test_padding_is_black_whatever_the_polarity(
    padding: str, voi: Window | Lut, photometric: str, flip: bool
) -> None:
    form = Layout(16, 12)
    chain = Chain(form, None, voi, photometric=photometric, padding=PADDINGS[padding], flip=flip)
    radiograph = shown(file_of(probe(form), chain), flip)
    assert_shows(radiograph, picture(words(probe(form), form), chain))
    assert radiograph.greyscale.padding == (min(PADDINGS[padding]), max(PADDINGS[padding]))


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("stored", [12, 16])
@pytest.mark.parametrize("ends", [(-2000, -2000), (-2000, -1), (3, -4)], ids=str)
@pytest.mark.parametrize("modality", ["rescale", "modlut16"])
def test_padding_is_compared_with_stored_values_signed_as_they_are(
    modality: str, ends: tuple[int, int], stored: int, syntax: str
) -> None:
    form = Layout(16, stored, signed=True)
    step = MODALITIES[modality](0)
    chain = Chain(form, step, Window(modality_value(0, step), 20), padding=ends)
    values = probe(form)
    values[0] = -2000
    assert_shows(shown(file_of(values, chain, SYNTAXES[syntax])), picture(words(values, form), chain))


def test_padding_of_signed_pixels_written_as_unsigned_is_still_found() -> None:
    # The VR shall be SS here (PS3.5 6.2, PS3.6); writers that always say US mean the same 16 bits.
    form = Layout(16, 16, signed=True)
    chain = Chain(form, voi=Window(0, 20), padding=(-2000, -2000))
    values = probe(form)
    values[0] = -2000
    ds = dataset(words(values, form), chain)
    set_padding(ds, (65536 - 2000, 65536 - 2000), "US")
    assert_shows(shown(write(ds)), picture(words(values, form), chain))


@pytest.mark.parametrize("photometric", PHOTOMETRICS)
def test_a_picture_of_nothing_but_padding_is_black(photometric: str) -> None:
    chain = Chain(photometric=photometric, padding=(5, 5))
    assert_shows(shown(file_of(np.full((5, 7), 5), chain)), np.zeros((5, 7)))


# Modality LUTs that are not for the eye


def _xray(values: NDArray[np.int64], chain: Chain, sop_class: str, relationship: str) -> Dataset:
    modality = {XA: "XA", RF: "RF"}.get(sop_class, "CR")
    ds = dataset(words(values, chain.layout), chain, sop_class=sop_class, modality=modality)
    ds.PixelIntensityRelationship = relationship
    return ds


@pytest.mark.parametrize("relationship", ["LIN", "LOG", "DISP"])
@pytest.mark.parametrize("sop_class", [XA, RF, "1.2.840.10008.5.1.4.1.1.1"], ids=["XA", "RF", "CR"])
def test_the_modality_lut_of_angiography_that_leads_back_to_linear_is_not_for_display(
    sop_class: str, relationship: str
) -> None:
    """PS3.4 N.2.1.2 and PS3.3 C.8.7.1.1.2: only for XA and XRF, only LOG and DISP."""
    form = Layout(16, 12)
    lut = Lut(2040, tuple(range(2100, 2000, -5)), 16)
    skipped = sop_class in (XA, RF) and relationship != "LIN"
    ds = _xray(probe(form), Chain(form, lut, Window(2048, 50)), sop_class, relationship)
    applied = Chain(form, None if skipped else lut, Window(2048, 50))
    assert_shows(shown(write(ds)), picture(words(probe(form), form), applied))
