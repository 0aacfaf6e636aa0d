"""Reading header values: what is sound comes out, garbage is absent, nothing raises, warns or logs."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import config
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from mlcalc.imaging.dicom import tags

KEYWORDS = (
    "PatientAge", "PatientName", "PatientBirthDate", "Rows", "PixelSpacing", "PixelPaddingValue",
    "CollimatorLeftVerticalEdge", "AnatomicRegionSequence", "SOPClassUID", "PixelAspectRatio",
)  # fmt: skip
VRS = (None, "AS", "CS", "DA", "DS", "IS", "LO", "PN", "SQ", "UI", "UN", "US", "FD", "AT", "OB", "XX")


def raw(keyword: str, value: bytes, vr: str | None) -> Dataset:
    """A header as it comes from a file: one element of that kind, not yet decoded."""
    ds = Dataset()
    tag = Tag(tag_for_keyword(keyword) or 0)
    ds[tag] = RawDataElement(tag, vr, len(value), value, 0, vr is None, True)
    return ds


def test_text_is_the_first_value_without_padding() -> None:
    ds = raw("ImageType", b"DERIVED \\ SECONDARY\\OTHER ", "CS")
    assert tags.text(ds, "ImageType") == "DERIVED"
    assert tags.texts(ds, "ImageType") == ("DERIVED", "SECONDARY", "OTHER")


def test_an_empty_value_keeps_its_place() -> None:
    assert tags.texts(raw("PatientOrientation", b"\\F ", "CS"), "PatientOrientation") == ("", "F")
    assert tags.text(raw("PatientOrientation", b"\\F ", "CS"), "PatientOrientation") is None


@pytest.mark.parametrize("value", [b"", b"  ", b"\0\0", b"\\ "])
def test_blank_is_absent(value: bytes) -> None:
    ds = raw("BodyPartExamined", value, "CS")
    assert tags.text(ds, "BodyPartExamined") is None
    assert tags.texts(ds, "BodyPartExamined") == ()


def test_numbers_of_every_numeric_kind() -> None:
    ds = Dataset()
    ds.Rows, ds.PixelSpacing, ds.ShutterLeftVerticalEdge = 2048, ["0.143", "1.5e-1"], "-3"
    assert tags.integer(ds, "Rows") == 2048
    assert tags.numbers(ds, "PixelSpacing") == (0.143, 0.15)
    assert tags.number(ds, "ShutterLeftVerticalEdge") == -3


@pytest.mark.parametrize(
    "value", [b"nan\\1", b"0.1\\inf", b"0,1\\0,1", b"1_0\\2", b"a\\b", b"0.1\\", b"1e999\\1"]
)
def test_one_bad_number_spoils_them_all(value: bytes) -> None:
    assert tags.numbers(raw("PixelSpacing", value, "LO"), "PixelSpacing") == ()


def test_numbers_may_be_stored_as_text() -> None:
    assert tags.numbers(raw("PixelSpacing", b"0.1\\0.2", "LO"), "PixelSpacing") == (0.1, 0.2)


def test_a_fraction_is_no_integer() -> None:
    assert tags.integer(raw("Rows", b"3.5 ", "DS"), "Rows") is None
    assert tags.integer(raw("Rows", b"3.0 ", "DS"), "Rows") == 3


def test_items_of_a_sequence() -> None:
    ds, item = Dataset(), Dataset()
    item.CodeValue = "T-15460"
    ds.AnatomicRegionSequence = [item]
    assert [tags.text(i, "CodeValue") for i in tags.sequence(ds, "AnatomicRegionSequence")] == ["T-15460"]
    assert tags.sequence(ds, "FrameAnatomySequence") == []


def test_a_date_is_text_even_where_pydicom_makes_it_a_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config, "datetime_conversion", True)
    assert tags.text(raw("PatientBirthDate", b"19560312", "DA"), "PatientBirthDate") == "19560312"


@pytest.mark.parametrize(
    ("value", "there"), [(b"12", True), (b"\xff\xfe", True), (b"", False), (b"    ", False), (b"\0\0", False)]
)
def test_present_means_not_blank_whether_readable_or_not(value: bytes, there: bool) -> None:
    assert tags.present(raw("PixelSpacing", value, "DS"), "PixelSpacing") is there
    assert not tags.present(Dataset(), "PixelSpacing")


def test_an_unknown_keyword_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(KeyError, match="PixelSpacings"):
        tags.text(Dataset(), "PixelSpacings")


@given(
    st.sampled_from(KEYWORDS),
    st.sampled_from(VRS),
    st.binary(max_size=24) | st.sampled_from([b"1\\2\\3", b"\xfe\xff\x00\xe0\xff\xff\xff\xff", b"9" * 40]),
)
def test_garbage_never_raises_and_never_warns(keyword: str, vr: str | None, value: bytes) -> None:
    readers: tuple[Callable[[Dataset, str], object], ...] = (
        tags.text, tags.texts, tags.number, tags.numbers, tags.integer, tags.sequence, tags.present
    )  # fmt: skip
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for read in readers:
            read(raw(keyword, value, vr), keyword)


def test_header_values_do_not_reach_the_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        tags.text(raw("PatientAge", b"Doe^Jane", "AS"), "PatientAge")
        tags.numbers(raw("PixelSpacing", b"Doe^Jane", "DS"), "PixelSpacing")
    assert "Doe" not in caplog.text


def test_quiet_leaves_the_log_of_pydicom_as_it_was() -> None:
    log = logging.getLogger("pydicom")
    with tags.quiet(), tags.quiet():
        assert not log.isEnabledFor(logging.CRITICAL)
    assert log.isEnabledFor(logging.CRITICAL)
