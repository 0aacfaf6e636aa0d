"""What ``scripts/fuzz-imaging`` has found: files over which a decoder died, or that asked for the moon."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from pydicom import uid

from mlcalc.errors import FailedError, FileError
from mlcalc.imaging.dicom.clipped import Clipped
from mlcalc.imaging.dicom.codestream import check_samples
from mlcalc.imaging.read import count_frames, read_radiograph

from .compressed import CODECS
from .dicom_files import dataset, encapsulated, probe, set_pixels, words, write
from .fuzz_lies import repair_png
from .fuzz_seeds import seeds
from .reference import Chain, Layout
from .streams import HTJ2K_8, lossless, rle

EIGHT, TWELVE = Layout(8, 8), Layout(16, 12)
JPEG = lossless(probe(TWELVE), 12)
COLOUR = lossless(np.full((4, 4, 3), 7), 8)


def reason_of(data: bytes | Path) -> str:
    with pytest.raises(FailedError) as caught:
        read_radiograph(data)
    return caught.value.reason


# GDCM ends the process: these are looked at without it


def test_a_sound_stream_is_let_pass() -> None:
    check_samples(JPEG, "MONOCHROME1", 1, 16)
    check_samples(COLOUR, "RGB", 3, 8)
    check_samples(HTJ2K_8, "MONOCHROME2", 1, 8)


@pytest.mark.parametrize("photometric", ["RGB", "YBR_ICT", "CMYK", "ARGB", "", "NOT A THING"])
def test_colours_that_need_other_samples_have_failed(photometric: str) -> None:
    with pytest.raises(FailedError, match="Photometric Interpretation"):
        check_samples(JPEG, photometric, 1, 16)
    if photometric not in ("RGB", "YBR_ICT"):
        with pytest.raises(FailedError, match="Photometric Interpretation"):
            check_samples(COLOUR, photometric, 3, 8)


@pytest.mark.parametrize("bits", [0, 17, 244])
def test_more_bits_than_a_word_has_have_failed(bits: int) -> None:
    stream = bytearray(JPEG)
    stream[stream.index(b"\xff\xc3") + 4] = bits
    with pytest.raises(FailedError, match=f"{bits} bits in words of 16"):
        check_samples(bytes(stream), "MONOCHROME2", 1, 16)


@pytest.mark.parametrize("allocated", [0, 8, 32])
def test_jpeg_in_words_of_another_size_has_failed(allocated: int) -> None:
    with pytest.raises(FailedError, match=f"12 bits in words of {allocated}"):
        check_samples(JPEG, "MONOCHROME2", 1, allocated)


def test_components_of_different_depth_have_failed() -> None:
    """T.800 A.5.1 allows it; DICOM, with one Bits Stored for all, does not."""
    stream = bytearray(HTJ2K_8)
    stream[40:42] = (3).to_bytes(2, "big")
    stream[42:45] = bytes([255, 1, 1]) + bytes([7, 1, 1]) * 2
    with pytest.raises(FailedError, match="bits"):
        check_samples(bytes(stream), "RGB", 3, 8)


@pytest.mark.parametrize(
    "marker", [b"\xff\xc4\x00\x02", b"\xff\xdb", b"\x00\xc4"], ids=["empty", "other", "none"]
)
def test_a_lossless_jpeg_without_its_huffman_table_has_failed(marker: bytes) -> None:
    at = JPEG.index(b"\xff\xc4")
    stream = JPEG[:at] + marker + JPEG[at + len(marker) :]
    with pytest.raises(FailedError, match="Huffman"):
        check_samples(stream, "MONOCHROME2", 1, 16)


def test_a_scan_that_names_another_table_has_failed() -> None:
    at = JPEG.index(b"\xff\xda") + 6
    with pytest.raises(FailedError, match="Huffman"):
        check_samples(JPEG[:at] + b"\x10" + JPEG[at + 1 :], "MONOCHROME2", 1, 16)


def test_an_extended_jpeg_without_a_table_is_read_with_the_one_of_the_standard() -> None:
    """T.81 K.3, as for motion JPEG; GDCM ends the process instead."""
    codec = CODECS["jpeg-extended-8"]
    stream = codec.encode(codec.picture(EIGHT), EIGHT)
    ds = dataset(words(codec.picture(EIGHT), EIGHT), Chain(EIGHT))
    lacking = stream.replace(b"\xff\xc4\x00\x1f", b"\x00\x00\x00\x1f", 1)
    assert lacking != stream
    whole, without = (read_radiograph(write(encapsulated(ds, [s]), codec.syntax)) for s in (stream, lacking))
    assert np.array_equal(without.pixels, whole.pixels)


# A decoder in Rust panics, with an exception that is none


def test_an_rle_segment_longer_than_its_plane_has_failed() -> None:
    values = words(probe(TWELVE), TWELVE)
    stream = rle(values)
    longer = stream[:64] + b"\x81\x00" * 3 + stream[70:]  # three runs of 128 where 35 bytes belong
    ds = encapsulated(dataset(values, Chain(TWELVE)), [longer])
    assert reason_of(write(ds, uid.RLELossless)).startswith("corrupt")


# More than a file can hold


@pytest.mark.parametrize("frames", ["2147483647", "99999"])
@pytest.mark.parametrize("name", ["native", "jpeg-ls"])
def test_frames_beyond_any_file_of_this_size_are_not_counted(name: str, frames: str) -> None:
    """Each would be tried in turn."""
    ds, syntax = dataset(words(probe(TWELVE), TWELVE), Chain(TWELVE)), str(uid.ExplicitVRLittleEndian)
    if name != "native":
        codec = CODECS[name]
        values = codec.picture(TWELVE)
        syntax = codec.syntax
        ds = encapsulated(dataset(words(values, TWELVE), Chain(TWELVE)), [codec.encode(values, TWELVE)])
    ds.NumberOfFrames = frames
    with pytest.raises(FailedError, match="frames do not fit"):
        count_frames(write(ds, syntax))


def test_pictures_beyond_any_png_of_this_size_are_not_counted() -> None:
    data = next(seed.data for seed in seeds() if seed.name == "png-frames.png")
    at = data.index(b"acTL") + 4
    lying = repair_png(data[:at] + (2**31 - 1).to_bytes(4, "big") + data[at + 4 :])
    with pytest.raises(FailedError, match="frames do not fit"):
        count_frames(lying)


def test_a_length_of_gigabytes_takes_no_gigabytes(tmp_path: Path) -> None:
    """An open file is asked for as many bytes as an element says."""
    data = write(dataset(words(probe(TWELVE), TWELVE), Chain(TWELVE)), uid.ImplicitVRLittleEndian)
    at = data.index(b"\x28\x00\x10\x00") + 4
    file = tmp_path / "lying.dcm"
    file.write_bytes(data[:at] + (0xF0000000).to_bytes(4, "little") + data[at + 4 :])
    tracemalloc.start()
    try:
        with pytest.raises(FailedError):
            read_radiograph(file)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()


def test_a_clipped_file_reads_as_the_file_does(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(bytes(range(100)))
    with file.open("rb") as opened:
        clipped = Clipped(opened)
        assert clipped.seekable()
        assert clipped.seek(90) == clipped.tell() == 90
        assert clipped.read(1 << 40) == bytes(range(90, 100))
        assert clipped.read(5) == clipped.read() == b""
        clipped.seek(-2, 2)
        assert clipped.read(None) == b"\x62\x63"
        clipped.seek(200)
        assert clipped.read(5) == b""


# Words and numbers that a header should not hold


def test_fewer_than_no_frames_make_no_pixel_data_long_enough() -> None:
    ds = dataset(words(probe(TWELVE), TWELVE), Chain(TWELVE))
    set_pixels(ds, ds.PixelData[:40])
    ds.NumberOfFrames = -1
    assert reason_of(write(ds)).startswith("truncated")


def test_a_name_of_colours_makes_no_grey_pixel_data_long_enough() -> None:
    """Two bytes a pixel are enough for YBR_FULL_422 of three samples, not for one of 16 bits."""
    ds = dataset(words(probe(TWELVE), TWELVE), Chain(TWELVE, photometric="YBR_FULL_422"))
    set_pixels(ds, ds.PixelData[:50])
    assert reason_of(write(ds)).startswith("truncated")


@pytest.mark.parametrize("stored", [0, 1024, 65535])
def test_bits_stored_beyond_the_word_are_those_of_the_word(stored: int) -> None:
    colours = np.full((4, 4, 3), 255, np.uint8)
    ds = dataset(None, Chain(EIGHT, photometric="RGB"))
    ds.SamplesPerPixel, ds.PlanarConfiguration, ds.Rows, ds.Columns = 3, 0, 4, 4
    ds = encapsulated(ds, [rle(colours)])
    ds.BitsStored = stored
    try:
        assert read_radiograph(write(ds, uid.RLELossless)).pixels.max() == pytest.approx(1)
    except FileError:
        return


def test_two_transfer_syntaxes_have_failed() -> None:
    ds = dataset(words(probe(TWELVE), TWELVE), Chain(TWELVE))
    data = write(ds).replace(b"1.2.840.10008.1.2.1\0", b"1.2.840.1\\008.1.2.1\0")
    with pytest.raises(FileError):
        read_radiograph(data)


def test_an_element_of_no_known_kind_before_the_end_has_a_status() -> None:
    data = write(dataset(words(probe(TWELVE), TWELVE), Chain(TWELVE)))
    at = data.index(b"\xe0\x7f\x10\x00OW")
    with pytest.raises(FileError):
        read_radiograph(data[:at] + b"\x7f\x10\x00\x4f\x57\x00\x04\x00" + bytes(6))
