"""The same picture out of every transfer syntax; and what no syntax may let through."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from pydicom import uid

from mlcalc.errors import FailedError, RejectedError
from mlcalc.imaging.read import count_frames, read_radiograph

from .compressed import CODECS, Codec, whole
from .dicom_files import dataset, encapsulated, probe, set_pixels, words, write
from .reference import Chain, Layout, picture
from .streams import extended_flat

PHOTOMETRICS = ["MONOCHROME1", "MONOCHROME2"]
NATIVE = {
    "implicit": uid.ImplicitVRLittleEndian,
    "explicit": uid.ExplicitVRLittleEndian,
    "deflated": uid.DeflatedExplicitVRLittleEndian,
    "big-endian": uid.ExplicitVRBigEndian,
}
TWELVE = Layout(16, 12)


def name_of(layout: Layout) -> str:
    high = "" if layout.high_bit is None else f"-highbit{layout.high_bit}"
    return f"{layout.stored}in{layout.allocated}{high}-{'signed' if layout.signed else 'unsigned'}"


# Uncompressed


@pytest.mark.parametrize("photometric", PHOTOMETRICS)
@pytest.mark.parametrize("garbage", [False, True], ids=["", "garbage"])
@pytest.mark.parametrize("shape", [(5, 7), (17, 2)], ids=str)
@pytest.mark.parametrize("signed", [False, True], ids=["unsigned", "signed"])
@pytest.mark.parametrize(
    "bits", [(8, 8, None), (16, 8, None), (16, 12, None), (16, 12, 15), (16, 12, 13), (16, 16, None)], ids=str
)
@pytest.mark.parametrize("syntax", NATIVE)
def test_uncompressed(
    syntax: str,
    bits: tuple[int, int, int | None],
    signed: bool,
    shape: tuple[int, int],
    garbage: bool,
    photometric: str,
) -> None:
    form = Layout(bits[0], bits[1], signed, bits[2])
    chain = Chain(form, voi=whole(form), photometric=photometric)
    file_words = words(probe(form, *shape), form, garbage)
    radiograph = read_radiograph(write(dataset(file_words, chain), NATIVE[syntax]))
    np.testing.assert_allclose(radiograph.pixels, picture(file_words, chain), rtol=0, atol=1e-6)
    assert (radiograph.encoding.rows, radiograph.encoding.columns) == shape


@pytest.mark.parametrize("shape", [(5, 7), (4, 6)], ids=["odd", "even"])
@pytest.mark.parametrize("vr", ["OB", "OW"])
@pytest.mark.parametrize("syntax", NATIVE)
def test_bytes_may_be_held_as_bytes_or_in_words(syntax: str, vr: str, shape: tuple[int, int]) -> None:
    """PS3.5 8.1.1 and A.3: in big endian the two pixels of an OW word are swapped in the file."""
    form = Layout(8, 8)
    chain = Chain(form, voi=whole(form))
    values = np.random.default_rng(4).integers(0, 256, shape)
    ds = dataset(words(values, form), chain)
    set_pixels(ds, values.astype("u1").tobytes(), vr)
    pixels = read_radiograph(write(ds, NATIVE[syntax])).pixels
    np.testing.assert_allclose(pixels, picture(words(values, form), chain), rtol=0, atol=1e-6)


# Compressed


TABLE = [
    pytest.param(name, layout, id=f"{name}-{name_of(layout)}")
    for name, codec in CODECS.items()
    for layout in codec.layouts
]


def file_of_frame(codec: Codec, layout: Layout, chain: Chain, fragments: int = 1) -> bytes:
    values = codec.picture(layout)
    ds = dataset(words(values, layout), chain)
    return write(encapsulated(ds, [codec.encode(values, layout)], fragments=fragments), codec.syntax)


@pytest.mark.parametrize("photometric", PHOTOMETRICS)
@pytest.mark.parametrize(("name", "layout"), TABLE)
def test_compressed(name: str, layout: Layout, photometric: str) -> None:
    codec = CODECS[name]
    chain = Chain(layout, voi=whole(layout), photometric=photometric)
    radiograph = read_radiograph(file_of_frame(codec, layout, chain))
    expected = picture(words(codec.picture(layout), layout), chain)
    within = codec.error / (layout.highest - layout.lowest) + 1e-6
    np.testing.assert_allclose(radiograph.pixels, expected, rtol=0, atol=within)
    assert radiograph.greyscale.inverted is chain.inverted


@pytest.mark.parametrize("name", [name for name, codec in CODECS.items() if not codec.error])
def test_padding_is_found_in_compressed_pictures_too(name: str) -> None:
    codec = CODECS[name]
    layout = codec.layouts[0]
    edge = int(np.sort(codec.picture(layout), axis=None)[5])
    chain = Chain(layout, voi=whole(layout), photometric="MONOCHROME1", padding=(layout.lowest, edge))
    pixels = read_radiograph(file_of_frame(codec, layout, chain)).pixels
    expected = picture(words(codec.picture(layout), layout), chain)
    np.testing.assert_allclose(pixels, expected, rtol=0, atol=1e-6)


# 12-bit JPEG: only with the extra


LEVELS = np.array([[0, 700, 4095], [2048, 2049, 1]])


def twelve_bit_jpeg() -> tuple[bytes, Chain]:
    chain = Chain(TWELVE, voi=whole(TWELVE))
    ds = dataset(words(np.kron(LEVELS, np.ones((8, 8), np.int64)), TWELVE), chain)
    return write(encapsulated(ds, [extended_flat(LEVELS)]), uid.JPEGExtended12Bit), chain


READ_WITHOUT_IMAGECODECS = """
import json, sys
sys.modules["imagecodecs"] = None  # as if it were not installed
from mlcalc.errors import FileError
from mlcalc.imaging.read import read_radiograph
for path in sys.argv[1:]:
    try:
        read_radiograph(path)
        print(json.dumps(["ok", "", ""]))
    except FileError as error:
        print(json.dumps([error.status, error.reason, error.hint]))
"""


def test_without_the_extra_only_12_bit_jpeg_is_rejected_and_told_its_name(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in (*CODECS, "twelve")]
    for path, codec in zip(paths[:-1], CODECS.values(), strict=True):
        layout = codec.layouts[0]
        path.write_bytes(file_of_frame(codec, layout, Chain(layout, voi=whole(layout))))
    paths[-1].write_bytes(twelve_bit_jpeg()[0])
    command = [sys.executable, "-c", READ_WITHOUT_IMAGECODECS, *map(str, paths)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    answers = {
        path.name: json.loads(line) for path, line in zip(paths, done.stdout.split("\n"), strict=False)
    }
    status, reason, hint = answers.pop("twelve")
    assert status == "rejected"
    assert reason.startswith("unsupported transfer syntax")
    assert "jpeg12" in hint
    assert answers == {name: ["ok", "", ""] for name in CODECS}


@pytest.mark.skipif(
    find_spec("imagecodecs") is None, reason="imagecodecs (the extra jpeg12) is not installed"
)
def test_12_bit_jpeg_with_the_extra_is_read() -> None:
    data, chain = twelve_bit_jpeg()
    expected = np.kron(picture(words(LEVELS, TWELVE), chain), np.ones((8, 8)))
    np.testing.assert_allclose(read_radiograph(data).pixels, expected, rtol=0, atol=1e-6)


# Syntaxes that hold no radiograph


@pytest.mark.parametrize(
    "syntax",
    [
        uid.MPEG2MPML,
        uid.MPEG4HP41,
        uid.HEVCMP51,
        "1.2.840.10008.1.2.4.52",  # JPEG extended, retired
        "1.2.3.4.5",
    ],
)
def test_an_unknown_syntax_is_rejected(syntax: str) -> None:
    ds = encapsulated(dataset(words(probe(TWELVE), TWELVE), Chain()), [b"\x00\x00\x01\xb3 not for us"])
    with pytest.raises(RejectedError) as caught:
        read_radiograph(write(ds, syntax))
    assert caught.value.reason.startswith("unsupported transfer syntax")


def test_a_syntax_that_the_standard_does_not_know_is_rejected() -> None:
    ds = encapsulated(dataset(words(probe(TWELVE), TWELVE), Chain()), [b"no picture"])
    data = write(ds, uid.MPEG4HP41).replace(b"1.2.840.10008.1.2.4.102", b"1.2.840.10008.1.2.4.999")
    with pytest.raises(RejectedError) as caught:
        read_radiograph(data)
    assert caught.value.reason.startswith("unsupported transfer syntax")


# Streams that lie


@pytest.mark.parametrize(
    ("rows", "columns"), [(1, 0), (0, 1), (-1, 0), (0, -1), (1, -1)], ids=lambda change: f"{change:+}"
)
@pytest.mark.parametrize("name", [name for name, codec in CODECS.items() if codec.sized])
def test_a_stream_of_another_size_than_the_header_says_has_failed(name: str, rows: int, columns: int) -> None:
    codec = CODECS[name]
    layout = codec.layouts[0]
    values = codec.picture(layout)
    ds = dataset(words(values, layout), Chain(layout, voi=whole(layout)))
    ds.Rows, ds.Columns = values.shape[0] + rows, values.shape[1] + columns
    with pytest.raises(FailedError):
        read_radiograph(write(encapsulated(ds, [codec.encode(values, layout)]), codec.syntax))


@pytest.mark.parametrize("name", [name for name, codec in CODECS.items() if codec.sized])
def test_a_lying_picture_is_not_read_as_its_equal_in_pixels(name: str) -> None:
    """Rows and columns swapped: as many pixels, another picture."""
    codec = CODECS[name]
    layout = codec.layouts[0]
    values = codec.picture(layout)
    ds = dataset(words(values.T, layout), Chain(layout, voi=whole(layout)))
    with pytest.raises(FailedError):
        read_radiograph(write(encapsulated(ds, [codec.encode(values, layout)]), codec.syntax))


@pytest.mark.parametrize("kept", [0.1, 0.5, 0.8])
@pytest.mark.parametrize("name", CODECS)
def test_a_stream_that_ends_too_early_has_failed(name: str, kept: float) -> None:
    codec = CODECS[name]
    layout = codec.layouts[-1]
    values = codec.picture(layout)
    stream = codec.encode(values, layout)
    ds = dataset(words(values, layout), Chain(layout, voi=whole(layout)))
    cut = stream[: int(len(stream) * kept)]
    with pytest.raises(FailedError):
        read_radiograph(write(encapsulated(ds, [cut]), codec.syntax))


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("name", CODECS)
def test_a_file_that_ends_within_its_stream_has_failed(name: str, kept: float) -> None:
    codec = CODECS[name]
    layout = codec.layouts[-1]
    data = file_of_frame(codec, layout, Chain(layout, voi=whole(layout)))
    size = len(codec.encode(codec.picture(layout), layout))
    with pytest.raises(FailedError):
        read_radiograph(data[: len(data) - 8 - round(size * (1 - kept))])


@pytest.mark.parametrize("name", CODECS)
def test_noise_for_a_stream_has_failed(name: str) -> None:
    codec = CODECS[name]
    layout = codec.layouts[0]
    noise = np.random.default_rng(8).integers(0, 256, 300, np.uint8).tobytes()
    ds = dataset(words(codec.picture(layout), layout), Chain(layout, voi=whole(layout)))
    with pytest.raises(FailedError):
        read_radiograph(write(encapsulated(ds, [noise]), codec.syntax))


@pytest.mark.parametrize("name", CODECS)
def test_frames_are_counted_without_being_decoded(name: str) -> None:
    codec = CODECS[name]
    layout = codec.layouts[0]
    ds = dataset(words(codec.picture(layout), layout), Chain(layout), frames=3)
    assert count_frames(write(encapsulated(ds, [b"no stream at all"] * 3), codec.syntax)) == 3
