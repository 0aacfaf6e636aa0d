"""Look-up tables as they lie in files: descriptors, packings, signs, chains, and broken ones."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import (
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from mlcalc.imaging.read import read_radiograph

from .dicom_files import LutData, Words, dataset, file_of, lut_item, probe, words, write
from .reference import Chain, Layout, Lut, Rescale, Window, picture

SYNTAXES = {
    "implicit": ImplicitVRLittleEndian,
    "explicit": ExplicitVRLittleEndian,
    "deflated": DeflatedExplicitVRLittleEndian,
    "big-endian": ExplicitVRBigEndian,
}
SEQUENCES = {
    "modality": "ModalityLUTSequence",
    "voi": "VOILUTSequence",
    "presentation": "PresentationLUTSequence",
}
PHOTOMETRICS = ["MONOCHROME1", "MONOCHROME2"]
TWELVE = Layout(16, 12)
WINDOW = Window(2048, 16)


def assert_shows(data: bytes, file_words: Words, chain: Chain) -> None:
    radiograph = read_radiograph(data)
    np.testing.assert_allclose(radiograph.pixels, picture(file_words, chain), rtol=0, atol=1e-6)
    assert "lut_broken" not in {caution.code for caution in radiograph.cautions}


def entries(count: int, bits: int, seed: int = 3) -> tuple[int, ...]:
    """Numbers of that many bits without an order; the largest occurs."""
    drawn = np.random.default_rng(seed).integers(0, 1 << bits, count)
    drawn[count // 2] = (1 << bits) - 1
    return tuple(int(number) for number in drawn)


# How the entries lie in the file


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("count", [8, 9], ids=["even", "odd"])
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize(
    ("bits", "data"),
    [
        (8, "US"),
        (8, "OW"),
        (8, "OW packed"),
        (8, "OB"),
        (10, "US"),
        (10, "OW"),
        (12, "US"),
        (12, "OW"),
        (14, "OW"),
        (15, "US"),
        (16, "US"),
        (16, "OW"),
    ],
)
@pytest.mark.parametrize("step", ["modality", "voi", "presentation"])
def test_lut_data_is_read_however_it_is_packed(
    step: str, bits: int, data: LutData, signed: bool, count: int, syntax: str
) -> None:
    """PS3.3 C.11.1.1: a byte or a word an entry, to be told apart by the length of the data."""
    form = Layout(16, 12, signed)
    at = (form.lowest + form.highest + 1) // 2
    lut = Lut(0 if step == "presentation" else at - 4, entries(count, bits), bits)
    item = lut_item(lut, signed and step != "presentation", data)
    if step == "modality":
        chain = Chain(form, modality=lut, voi=Window(1 << (bits - 1), 1 << bits))
    elif step == "voi":
        chain = Chain(form, voi=lut)
    else:
        center = at + count % 2 / 2  # so that every grey step of the window meets an entry
        chain = Chain(form, voi=Window(center, count), presentation=lut)
    ds = dataset(words(probe(form), form), chain)
    setattr(ds, SEQUENCES[step], [item])
    assert_shows(write(ds, SYNTAXES[syntax]), words(probe(form), form), chain)


# The first value mapped, and the number of entries


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("vr", ["SS", "US"])
@pytest.mark.parametrize("first", [-1024, -3, 0, 5])
@pytest.mark.parametrize("step", ["modality", "voi"])
def test_with_signed_pixels_the_first_value_is_signed(step: str, first: int, vr: str, syntax: str) -> None:
    """C.11.1.1.1 and C.11.2.1.1 leave only SS; a writer that always says US means the same 16 bits."""
    form = Layout(16, 12, signed=True)
    lut = Lut(first, entries(12, 16), 16)
    chain = Chain(form, lut, Window(30000, 65535)) if step == "modality" else Chain(form, voi=lut)
    values = probe(form)
    values[0] = range(first - 2, first + 5)
    ds = dataset(words(values, form), chain)
    setattr(ds, SEQUENCES[step], [lut_item(lut, vr=vr)])
    assert_shows(write(ds, SYNTAXES[syntax]), words(values, form), chain)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("first", [-1024, -2, 7])
def test_after_a_rescale_that_may_be_negative_the_voi_lut_begins_signed(
    first: int, signed: bool, syntax: str
) -> None:
    """C.11.2.1.1: SS if the output of slope and intercept may be signed, whatever the pixels are."""
    form = Layout(16, 12, signed)
    chain = Chain(form, Rescale(1, -1024), Lut(first, entries(12, 12), 12))
    values = probe(form)
    values[0] = range(first + 1024 - 3, first + 1024 + 4)
    assert_shows(file_of(values, chain, SYNTAXES[syntax]), words(values, form), chain)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize("first", [32000, 40000, 65533])
def test_after_a_modality_lut_the_voi_lut_begins_unsigned(first: int, signed: bool, syntax: str) -> None:
    """C.11.2.1.1: US otherwise; the output of a Modality LUT is never negative."""
    form = Layout(16, 12, signed)
    at = 0 if signed else 2048
    outputs = (min(value, 65535) for value in range(first - 2, first + 5))
    chain = Chain(form, Lut(at - 3, tuple(outputs), 16), Lut(first, (5, 40, 20, 255, 0), 8))
    assert_shows(file_of(probe(form), chain, SYNTAXES[syntax]), words(probe(form), form), chain)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("first", [32766, 40000, 65530])
@pytest.mark.parametrize("step", ["modality", "voi"])
def test_with_unsigned_pixels_the_first_value_may_be_above_32767(step: str, first: int, syntax: str) -> None:
    form = Layout(16, 16)
    lut = Lut(first, entries(6, 12), 12)
    chain = Chain(form, lut, Window(2000, 4096)) if step == "modality" else Chain(form, voi=lut)
    values = probe(form)
    values[0] = range(first - 1, first + 6)
    values = np.minimum(values, 65535)
    assert_shows(file_of(values, chain, SYNTAXES[syntax]), words(values, form), chain)


@pytest.mark.parametrize("syntax", SYNTAXES)
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize(
    ("data", "count"),  # more than 65534 bytes of US do not fit an element
    [("US", 1), ("OW", 1), ("US", 32767), ("OW", 32768), ("OW", 40000), ("OW", 65535), ("OW", 65536)],
)
@pytest.mark.parametrize("step", ["modality", "voi"])
def test_a_table_may_have_one_or_65536_entries(
    step: str, count: int, signed: bool, data: LutData, syntax: str
) -> None:
    """The number of entries is unsigned even where the descriptor is SS; 65536 does not fit and is 0."""
    form = Layout(16, 16, signed)
    lut = Lut(form.lowest, entries(count, 16), 16)
    chain = Chain(form, lut, Window(30000, 65536)) if step == "modality" else Chain(form, voi=lut)
    ds = dataset(words(probe(form), form), chain)
    setattr(ds, SEQUENCES[step], [lut_item(lut, signed, data)])
    assert_shows(write(ds, SYNTAXES[syntax]), words(probe(form), form), chain)


# Chains


@pytest.mark.parametrize("photometric", PHOTOMETRICS)
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
def test_the_output_of_the_modality_lut_is_the_input_of_the_voi_lut(signed: bool, photometric: str) -> None:
    form = Layout(16, 12, signed)
    at = 0 if signed else 2048
    modality = Lut(at - 4, (300, 308, 299, 305, 302, 320, 301), 16)
    chain = Chain(form, modality, Lut(300, entries(9, 12), 12), photometric=photometric)
    assert_shows(file_of(probe(form), chain), words(probe(form), form), chain)


def test_where_both_a_modality_lut_and_a_rescale_stand_the_lut_wins() -> None:
    chain = Chain(TWELVE, Lut(2044, (2040, 2049, 2045, 2051), 16), WINDOW)
    ds = dataset(words(probe(TWELVE), TWELVE), chain)
    ds.RescaleSlope, ds.RescaleIntercept = "2", "-1000"
    assert_shows(write(ds), words(probe(TWELVE), TWELVE), chain)


def test_of_several_voi_luts_the_first_is_taken() -> None:
    chain = Chain(TWELVE, voi=Lut(2044, entries(8, 10), 10))
    ds = dataset(words(probe(TWELVE), TWELVE), chain)
    ds.VOILUTSequence.append(lut_item(Lut(2040, (1, 2, 3), 8)))
    assert_shows(write(ds), words(probe(TWELVE), TWELVE), chain)


@pytest.mark.parametrize(("bits", "count"), [(8, 256), (10, 1024), (12, 4096), (16, 65536)])
@pytest.mark.parametrize("voi", ["window", "lut"])
def test_a_presentation_lut_takes_the_whole_range_of_the_values_of_interest(
    voi: str, bits: int, count: int
) -> None:
    """C.11.2.1: the output of the VOI step is scaled to the full input range of the next step."""
    first_step = Window(count / 2, count) if voi == "window" else Lut(2040, entries(16, bits, 5), bits)
    presentation = Lut(0, entries(count, 12), 12)
    chain = Chain(TWELVE, voi=first_step, presentation=presentation)
    assert_shows(file_of(probe(TWELVE), chain), words(probe(TWELVE), TWELVE), chain)


# Broken tables: the step is left out, and the user is told


def _short(item: Dataset) -> None:
    item["LUTData"].value = item.LUTData[:6]


def _empty(item: Dataset) -> None:
    item["LUTData"].value = b""


def _no_data(item: Dataset) -> None:
    del item.LUTData


def _no_descriptor(item: Dataset) -> None:
    del item.LUTDescriptor


def _two_numbers(item: Dataset) -> None:
    item["LUTDescriptor"].value = [8, 2044]


def _no_bits(item: Dataset) -> None:
    item["LUTDescriptor"].value = [8, 2044, 0]


DAMAGES = {
    "short": _short,
    "empty": _empty,
    "no-data": _no_data,
    "no-descriptor": _no_descriptor,
    "descriptor-of-two": _two_numbers,
    "entries-of-0-bits": _no_bits,
}


@pytest.mark.parametrize("photometric", PHOTOMETRICS)
@pytest.mark.parametrize("syntax", ["implicit", "explicit"])
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("step", SEQUENCES)
def test_a_broken_table_is_left_out_and_told(step: str, damage: str, syntax: str, photometric: str) -> None:
    voi = None if step == "voi" else WINDOW
    ds = dataset(words(probe(TWELVE), TWELVE), Chain(TWELVE, voi=voi, photometric=photometric))
    without = read_radiograph(write(ds))
    item = lut_item(Lut(2044, entries(8, 12), 12))
    DAMAGES[damage](item)
    setattr(ds, SEQUENCES[step], [item])
    radiograph = read_radiograph(write(ds, SYNTAXES[syntax]))
    assert "lut_broken" in {caution.code for caution in radiograph.cautions}
    np.testing.assert_array_equal(radiograph.pixels, without.pixels)


@pytest.mark.parametrize("step", SEQUENCES)
def test_an_empty_sequence_is_no_table_and_no_defect(step: str) -> None:
    chain = Chain(TWELVE, voi=WINDOW)
    ds = dataset(words(probe(TWELVE), TWELVE), chain)
    setattr(ds, SEQUENCES[step], [])
    assert_shows(write(ds), words(probe(TWELVE), TWELVE), chain)
