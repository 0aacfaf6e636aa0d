"""DICOM files that hold no picture, or not the one that they promise: a clear reason, never a black image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pydicom import uid
from pydicom.dataset import Dataset

from mlcalc.errors import FailedError, FileError, RejectedError
from mlcalc.imaging.read import count_frames, read_radiograph

from .compressed import CODECS, whole
from .dicom_files import dataset, encapsulated, probe, set_pixels, words, write
from .reference import Chain, Layout

TWELVE = Layout(16, 12)
NATIVE = {
    "implicit": uid.ImplicitVRLittleEndian,
    "explicit": uid.ExplicitVRLittleEndian,
    "deflated": uid.DeflatedExplicitVRLittleEndian,
    "big-endian": uid.ExplicitVRBigEndian,
}


def sound() -> Dataset:
    return dataset(words(probe(TWELVE), TWELVE), Chain(TWELVE, voi=whole(TWELVE)))


def reason_of(error: type[FileError], data: bytes) -> str:
    with pytest.raises(error) as caught:
        read_radiograph(data)
    reason = caught.value.reason
    assert reason[0].islower()
    return reason


def test_the_sound_file_is_read() -> None:
    assert read_radiograph(write(sound())).pixels.shape == (5, 7)


@pytest.mark.parametrize("syntax", NATIVE)
def test_a_file_without_pixel_data_is_rejected(syntax: str) -> None:
    ds = sound()
    del ds.PixelData
    assert reason_of(RejectedError, write(ds, NATIVE[syntax])).startswith("no pixel data")


def test_a_compressed_file_without_pixel_data_is_rejected() -> None:
    ds = sound()
    del ds.PixelData
    assert reason_of(RejectedError, write(ds, uid.JPEG2000Lossless)).startswith("no pixel data")


def test_a_report_is_rejected() -> None:
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = "1.2.840.10008.5.1.4.1.1.88.11", "1.2.3.4", "SR"
    assert reason_of(RejectedError, write(ds))


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize("length", [2, 34, 68])
def test_pixel_data_shorter_than_the_picture_has_failed(length: int, syntax: str) -> None:
    ds = sound()
    set_pixels(ds, ds.PixelData[:length])
    reason_of(FailedError, write(ds, NATIVE[syntax]))


@pytest.mark.parametrize("syntax", ["implicit", "explicit", "big-endian"])
@pytest.mark.parametrize("missing", [1, 2, 35, 69])
def test_a_file_cut_within_its_pixels_has_failed(missing: int, syntax: str) -> None:
    reason_of(FailedError, write(sound(), NATIVE[syntax])[:-missing])


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.95])
def test_a_deflated_file_that_is_cut_has_failed(kept: float) -> None:
    data = write(sound(), uid.DeflatedExplicitVRLittleEndian)
    start = data.index(uid.DeflatedExplicitVRLittleEndian.encode()) + 30
    reason_of(FailedError, data[: start + int((len(data) - start) * kept)])


@pytest.mark.parametrize("syntax", NATIVE)
def test_empty_pixel_data_is_no_black_picture(syntax: str) -> None:
    ds = sound()
    set_pixels(ds, b"")
    assert reason_of(FileError, write(ds, NATIVE[syntax]))


@pytest.mark.parametrize("name", CODECS)
def test_no_frame_in_a_compressed_file_has_failed(name: str) -> None:
    header = sound()
    header.BitsStored, header.HighBit = 8, 7  # more bits of JPEG extended need an extra
    ds = encapsulated(header, [b"\0\0"])
    ds["PixelData"].value = b"\xfe\xff\x00\xe0\x00\x00\x00\x00"  # an empty offset table, and nothing else
    reason_of(FailedError, write(ds, CODECS[name].syntax))


@pytest.mark.parametrize("syntax", ["implicit", "explicit"])
@pytest.mark.parametrize("value", [None, 0], ids=["missing", "zero"])
@pytest.mark.parametrize("keyword", ["Rows", "Columns"])
def test_a_picture_without_a_size_has_failed(keyword: str, value: int | None, syntax: str) -> None:
    ds = sound()
    if value is None:
        delattr(ds, keyword)
    else:
        setattr(ds, keyword, value)
    assert keyword in reason_of(FailedError, write(ds, NATIVE[syntax]))


@pytest.mark.parametrize(
    "name", ["rle", "jpeg-lossless-sv1", "jpeg-ls", "jpeg-2000-lossless", "jpeg-baseline"]
)
@pytest.mark.parametrize("keyword", ["Rows", "Columns"])
def test_a_compressed_picture_without_a_size_has_failed(keyword: str, name: str) -> None:
    codec = CODECS[name]
    values, layout = codec.picture(codec.layouts[0]), codec.layouts[0]
    ds = dataset(words(values, layout), Chain(layout, voi=whole(layout)))
    delattr(ds, keyword)
    reason_of(FailedError, write(encapsulated(ds, [codec.encode(values, layout)]), codec.syntax))


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("BitsAllocated", None),
        ("BitsAllocated", 0),
        ("BitsAllocated", 12),
        ("BitsAllocated", 128),
        ("BitsStored", None),
        ("BitsStored", 0),
        ("BitsStored", 17),
        ("HighBit", 3),
        ("HighBit", 16),
        ("PixelRepresentation", 7),
        ("SamplesPerPixel", 0),
        ("SamplesPerPixel", 2),
        ("SamplesPerPixel", 3),
        ("PhotometricInterpretation", None),
        ("PhotometricInterpretation", "RGB"),
        ("PhotometricInterpretation", "PALETTE COLOR"),
        ("PhotometricInterpretation", "NOT A THING"),
        ("NumberOfFrames", 0),
        ("NumberOfFrames", -1),
        ("NumberOfFrames", 100000),
        ("Rows", 65535),
        ("Columns", 65535),
    ],
)
@pytest.mark.parametrize("name", ["native", "rle", "jpeg-lossless-sv1", "jpeg-ls"])
def test_a_lying_header_gives_a_status_and_never_a_crash(name: str, keyword: str, value: Any) -> None:
    """What comes out is a picture of the promised size, or one of the two errors that say why not."""
    ds, syntax = sound(), str(uid.ExplicitVRLittleEndian)
    if name != "native":
        syntax = CODECS[name].syntax
        ds = encapsulated(ds, [CODECS[name].encode(np.resize(probe(TWELVE), (5, 7)), TWELVE)])
    if value is None:
        delattr(ds, keyword)
    else:
        setattr(ds, keyword, value)
    try:
        pixels = read_radiograph(write(ds, syntax)).pixels
    except FileError:
        return
    assert pixels.shape == (5, 7)
    assert np.all((pixels >= 0) & (pixels <= 1))


@pytest.mark.parametrize("text", [b"12x4567", b"NaN    ", b"inf    ", b"1e99999", b"1\\2    ", b"       "])
@pytest.mark.parametrize(
    "keyword", ["WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept", "NumberOfFrames"]
)
def test_a_number_that_is_none_gives_a_status_and_never_a_crash(keyword: str, text: bytes) -> None:
    ds = sound()
    ds.RescaleSlope, ds.RescaleIntercept, ds.NumberOfFrames = "1", "0", "1"
    setattr(ds, keyword, "7654321")
    try:
        pixels = read_radiograph(write(ds).replace(b"7654321", text)).pixels
    except FileError:
        return
    assert pixels.shape == (5, 7)
    assert np.all((pixels >= 0) & (pixels <= 1))


def test_counting_frames_of_what_is_no_picture_is_refused_in_the_same_words() -> None:
    with pytest.raises(FileError):
        count_frames(b"")
    with pytest.raises(FileError):
        count_frames(write(sound())[:100])


@pytest.mark.parametrize("length", [0, 1, 100, 131, 132, 140, 200, 300])
def test_a_file_that_ends_within_its_header_has_a_status(length: int) -> None:
    reason_of(FileError, write(sound())[:length])
