"""The asked frame and no other, however the frames lie in the file."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom import uid
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, encapsulate_extended

from mlcalc.errors import FailedError
from mlcalc.imaging.read import count_frames, read_radiograph

from .compressed import CODECS, Codec, distinct, whole
from .dicom_files import XA, Words, dataset, encapsulated, lut_item, probe, set_window, words, write
from .reference import Chain, Layout, Lut, Rescale, Window, picture

NATIVE = {
    "implicit": uid.ImplicitVRLittleEndian,
    "explicit": uid.ExplicitVRLittleEndian,
    "deflated": uid.DeflatedExplicitVRLittleEndian,
    "big-endian": uid.ExplicitVRBigEndian,
}
# The ready HTJ2K streams hold one picture only, so their frames cannot be told apart.
SEVERAL = [name for name, codec in CODECS.items() if not name.startswith("htj2k")]
FRAGMENTED = [name for name in SEVERAL if not name.startswith("rle")]  # RLE: one fragment (PS3.5 G.5)
TWELVE = Layout(16, 12)
ENHANCED_XA = "1.2.840.10008.5.1.4.1.1.12.1.1"


def assert_frame(data: bytes, frame: int, expected: NDArray[np.float64], within: float = 0) -> None:
    radiograph = read_radiograph(data, frame=frame)
    np.testing.assert_allclose(radiograph.pixels, expected, rtol=0, atol=within + 1e-6)
    assert radiograph.encoding.frame == frame


# Uncompressed


@pytest.mark.parametrize("shape", [(5, 7), (3, 3), (4, 6)], ids=str)
@pytest.mark.parametrize("layout", [Layout(8, 8), TWELVE, Layout(16, 16, True)], ids=str)
@pytest.mark.parametrize("syntax", NATIVE)
def test_uncompressed_frames(syntax: str, layout: Layout, shape: tuple[int, int]) -> None:
    values = np.random.default_rng(9).integers(layout.lowest, layout.highest + 1, (3, *shape))
    chain = Chain(layout, voi=whole(layout), photometric="MONOCHROME1")
    frames = words(values, layout)
    data = write(dataset(frames, chain, frames=3), NATIVE[syntax])
    assert count_frames(data) == 3
    for number, frame in enumerate(frames):
        assert_frame(data, number, picture(frame, chain))
    assert read_radiograph(data).encoding.frames == 3


@pytest.mark.parametrize("number", [None, 1, "absent"])
def test_a_file_without_a_number_of_frames_has_one(number: int | str | None) -> None:
    chain = Chain(TWELVE, voi=whole(TWELVE))
    ds = dataset(words(probe(TWELVE), TWELVE), chain)
    if number != "absent":
        ds.NumberOfFrames = number
    assert count_frames(write(ds)) == 1
    assert_frame(write(ds), 0, picture(words(probe(TWELVE), TWELVE), chain))


@pytest.mark.parametrize("frame", [3, 99, -1, -3])
@pytest.mark.parametrize("compressed", [False, True], ids=["native", "rle"])
def test_a_frame_that_is_not_there_has_failed(compressed: bool, frame: int) -> None:
    values = np.stack(distinct(probe(TWELVE), 3))
    ds = dataset(words(values, TWELVE), Chain(TWELVE, voi=whole(TWELVE)), frames=3)
    if compressed:
        ds = encapsulated(ds, [CODECS["rle"].encode(one, TWELVE) for one in values])
    with pytest.raises(FailedError):
        read_radiograph(write(ds, uid.RLELossless if compressed else uid.ExplicitVRLittleEndian), frame=frame)


def test_the_only_frame_is_the_first() -> None:
    with pytest.raises(FailedError):
        read_radiograph(write(dataset(words(probe(TWELVE), TWELVE), Chain(voi=whole(TWELVE)))), frame=1)


@pytest.mark.parametrize("syntax", NATIVE)
def test_a_frame_missing_at_the_end_has_failed_and_the_others_may_be_read(syntax: str) -> None:
    values = np.stack(distinct(probe(TWELVE), 3))
    chain = Chain(TWELVE, voi=whole(TWELVE))
    ds = dataset(words(values, TWELVE), chain, frames=4)
    with pytest.raises(FailedError):
        read_radiograph(write(ds, NATIVE[syntax]), frame=3)


# Compressed


def frames_of(name: str) -> tuple[Codec, Layout, Chain, list[bytes], list[Words]]:
    codec = CODECS[name]
    layout = codec.layouts[0]
    pictures = distinct(codec.picture(layout), 3)
    streams = [codec.encode(values, layout) for values in pictures]
    return codec, layout, Chain(layout, voi=whole(layout)), streams, [words(v, layout) for v in pictures]


@pytest.mark.parametrize("offset_table", [True, False], ids=["bot", "no-bot"])
@pytest.mark.parametrize(
    ("name", "fragments"),
    [(name, fragments) for name in SEVERAL for fragments in ((1, 2, 3) if name in FRAGMENTED else (1,))],
)
def test_compressed_frames(name: str, fragments: int, offset_table: bool) -> None:
    codec, layout, chain, streams, frames = frames_of(name)
    ds = dataset(np.stack(frames), chain, frames=3)
    data = write(encapsulated(ds, streams, fragments=fragments, offset_table=offset_table), codec.syntax)
    assert count_frames(data) == 3
    within = codec.error / (layout.highest - layout.lowest)
    for number, frame in enumerate(frames):
        assert_frame(data, number, picture(frame, chain), within)


@pytest.mark.parametrize("name", SEVERAL)
def test_frames_found_by_an_extended_offset_table(name: str) -> None:
    """PS3.3 C.7.6.3.1.8: the Basic Offset Table is empty then."""
    codec, layout, chain, streams, frames = frames_of(name)
    ds = dataset(np.stack(frames), chain, frames=3)
    data, offsets, lengths = encapsulate_extended(streams)
    ds.add_new("PixelData", "OB", data)
    ds["PixelData"].is_undefined_length = True
    ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths = offsets, lengths
    within = codec.error / (layout.highest - layout.lowest)
    for number, frame in enumerate(frames):
        assert_frame(write(ds, codec.syntax), number, picture(frame, chain), within)


@pytest.mark.parametrize("offset_table", [True, False], ids=["bot", "no-bot"])
@pytest.mark.parametrize("fragments", [2, 5])
@pytest.mark.parametrize("name", [name for name in CODECS if not name.startswith("rle")])
def test_one_frame_in_several_fragments(name: str, fragments: int, offset_table: bool) -> None:
    codec = CODECS[name]
    layout = codec.layouts[0]
    values = codec.picture(layout)
    chain = Chain(layout, voi=whole(layout))
    stream = codec.encode(values, layout)
    ds = encapsulated(
        dataset(words(values, layout), chain), [stream], fragments=fragments, offset_table=offset_table
    )
    within = codec.error / (layout.highest - layout.lowest)
    assert_frame(write(ds, codec.syntax), 0, picture(words(values, layout), chain), within)


@pytest.mark.parametrize("parts", [(1, 2, 3), (3, 1, 1)], ids=str)
@pytest.mark.parametrize("name", FRAGMENTED)
def test_frames_of_different_numbers_of_fragments(name: str, parts: tuple[int, ...]) -> None:
    codec, layout, chain, streams, frames = frames_of(name)
    items = [
        encapsulate([one], fragments_per_frame=n, has_bot=False)[8:]
        for one, n in zip(streams, parts, strict=True)
    ]
    starts = np.cumsum([0, *map(len, items[:-1])]).astype("<u4").tobytes()
    table = b"\xfe\xff\x00\xe0" + len(starts).to_bytes(4, "little") + starts
    ds = dataset(np.stack(frames), chain, frames=3)
    ds.add_new("PixelData", "OB", table + b"".join(items))
    ds["PixelData"].is_undefined_length = True
    within = codec.error / (layout.highest - layout.lowest)
    for number, frame in enumerate(frames):
        assert_frame(write(ds, codec.syntax), number, picture(frame, chain), within)


# Frames with their own look: enhanced multi-frame files keep it in functional groups


def group_of(chain: Chain, window: Window | None) -> Dataset:
    """Pixel Value Transformation (C.7.6.16.2.9) and Frame VOI LUT (C.7.6.16.2.10) of a frame or of all."""
    group = Dataset()
    if isinstance(chain.modality, Rescale):
        step = Dataset()
        step.RescaleSlope, step.RescaleIntercept = str(chain.modality.slope), str(chain.modality.intercept)
        step.RescaleType = "US"
        group.PixelValueTransformationSequence = [step]
    if window is not None:
        item = Dataset()
        set_window(item, window)
        group.FrameVOILUTSequence = [item]
    return group


def enhanced(values: NDArray[np.int64]) -> Dataset:
    frames = words(values, TWELVE)
    return dataset(frames, Chain(TWELVE), frames=len(frames), sop_class=ENHANCED_XA, modality="XA")


@pytest.mark.parametrize("shared_rescale", [False, True], ids=["own-rescale", "shared-rescale"])
@pytest.mark.parametrize("shared_window", [False, True], ids=["own-window", "shared-window"])
def test_functional_groups_of_all_frames_and_of_each(shared_window: bool, shared_rescale: bool) -> None:
    values = np.stack(distinct(probe(TWELVE), 3))
    ds = enhanced(values)
    rescales = [Rescale(1 + n * (not shared_rescale), -1024) for n in range(3)]
    windows = [
        Window(1024 + 700 * n * (not shared_window), 2000, ["LINEAR", "SIGMOID"][n % 2 * (not shared_window)])
        for n in range(3)
    ]
    ds.SharedFunctionalGroupsSequence = [
        group_of(
            Chain(modality=rescales[0] if shared_rescale else None), windows[0] if shared_window else None
        )
    ]
    ds.PerFrameFunctionalGroupsSequence = [
        group_of(Chain(modality=None if shared_rescale else r), None if shared_window else w)
        for r, w in zip(rescales, windows, strict=True)
    ]
    for number in range(3):
        chain = Chain(TWELVE, rescales[number], windows[number])
        radiograph = read_radiograph(write(ds), frame=number)
        expected = picture(words(values[number], TWELVE), chain)
        np.testing.assert_allclose(radiograph.pixels, expected, rtol=0, atol=1e-6)
        assert radiograph.greyscale.window == (windows[number].center, windows[number].width)


def test_a_voi_lut_of_one_frame() -> None:
    values = np.stack(distinct(probe(TWELVE), 2))
    ds = enhanced(values)
    luts = [Lut(2040, tuple(range(0, 250, 17)), 8), Lut(2044, (90, 20, 255, 0), 8)]
    ds.PerFrameFunctionalGroupsSequence = [Dataset(), Dataset()]
    for group, lut in zip(ds.PerFrameFunctionalGroupsSequence, luts, strict=True):
        item = Dataset()
        item.VOILUTSequence = [lut_item(lut)]
        group.FrameVOILUTSequence = [item]
    for number, lut in enumerate(luts):
        chain = Chain(TWELVE, voi=lut)
        assert_frame(write(ds), number, picture(words(values[number], TWELVE), chain))


def test_one_window_is_for_all_frames_of_an_ordinary_run() -> None:
    values = np.stack(distinct(probe(TWELVE), 2))
    chain = Chain(TWELVE, voi=Window(2048, 300))
    data = write(dataset(words(values, TWELVE), chain, frames=2, sop_class=XA, modality="XA"))
    for number in range(2):
        assert_frame(data, number, picture(words(values[number], TWELVE), chain))
