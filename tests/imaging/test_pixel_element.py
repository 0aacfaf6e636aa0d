"""The pixel data element: what a header promises of it, and what is told where it does not keep it."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image
from pydicom.uid import JPEGBaseline8Bit, JPEGLosslessSV1

from mlcalc.errors import FailedError, RejectedError
from mlcalc.imaging.read import count_frames, read_radiograph

from .dicom_files import dataset, encapsulated, write
from .reference import Chain, Layout, Window
from .streams import lossless

WORDS = np.arange(35, dtype=np.uint16).reshape(5, 7)
CHAIN = Chain(voi=Window(20, 40))


def codes(data: bytes) -> set[str]:
    return {caution.code for caution in read_radiograph(data).cautions}


def test_pixel_data_that_fits_needs_no_word() -> None:
    assert "pixels_left_over" not in codes(write(dataset(WORDS, CHAIN)))


def test_a_byte_of_padding_needs_none_either() -> None:
    eight = dataset(WORDS.astype(np.uint8), Chain(Layout(8, 8), voi=Window(20, 40)))
    assert len(eight.PixelData) == 36
    assert "pixels_left_over" not in codes(write(eight))


@pytest.mark.parametrize("keyword", ["Rows", "Columns"])
def test_a_size_that_leaves_pixels_over_is_told(keyword: str) -> None:
    ds = dataset(WORDS, CHAIN)
    setattr(ds, keyword, getattr(ds, keyword) - 1)
    assert "pixels_left_over" in codes(write(ds))


def test_a_file_that_ends_anywhere_in_its_header_is_truncated_or_has_no_pixels() -> None:
    """Never a picture; and only a cut between two elements can look like a header without pixels."""
    data = write(dataset(WORDS, CHAIN))
    pixels = data.rindex(b"\xe0\x7f\x10\x00")
    reasons = []
    for end in range(150, pixels):
        with pytest.raises((FailedError, RejectedError)) as caught:
            read_radiograph(data[:end])
        reasons.append(str(caught.value))
    assert sum("truncated" in reason or "corrupt" in reason for reason in reasons) > len(reasons) / 2


def test_frames_are_counted_within_the_users_own_limits() -> None:
    ds = dataset(np.stack([WORDS] * 3), CHAIN, frames=3)
    assert count_frames(write(ds)) == 3


def jpeg(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], kept: float = 1.0) -> bytes:
    """A baseline JPEG of which a part of the scan is kept, with an end mark all the same."""
    file = BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", quality=90)
    stream = file.getvalue()
    scan = stream.index(b"\xff\xda")
    return stream[: scan + int(kept * (len(stream) - 2 - scan))] + b"\xff\xd9"


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
def test_a_jpeg_that_ends_early_is_no_picture(kept: float) -> None:
    noise = np.random.default_rng(4).integers(0, 256, (64, 64)).astype(np.uint8)
    ds = dataset(noise, Chain(Layout(8, 8)))
    whole = encapsulated(ds, [jpeg(noise)])
    assert read_radiograph(write(whole, JPEGBaseline8Bit)).pixels.std() > 0.1
    with pytest.raises(FailedError, match=r"truncated|corrupt"):
        read_radiograph(write(encapsulated(ds, [jpeg(noise, kept)]), JPEGBaseline8Bit))


def test_a_grey_picture_is_no_damaged_one() -> None:
    grey = np.full((64, 64), 128, np.uint8)
    grey[:8] = 30
    ds = encapsulated(dataset(grey, Chain(Layout(8, 8))), [jpeg(grey)])
    assert "blank" not in codes(write(ds, JPEGBaseline8Bit))


class TestLossless:
    """JPEG lossless, whose decoder fills in half of the range."""

    layout = Layout(16, 12)

    def file(self, values: np.ndarray[tuple[int, ...], np.dtype[np.int64]], kept: float = 1.0) -> bytes:
        stream = lossless(values, 12)
        scan = stream.index(b"\xff\xda")
        short = stream[: scan + int(kept * (len(stream) - 2 - scan))].rstrip(b"\xff") + b"\xff\xd9"
        ds = dataset(values.astype(np.uint16), Chain(self.layout, voi=Window(2048, 4096)))
        return write(encapsulated(ds, [short]), JPEGLosslessSV1)

    @pytest.mark.parametrize("kept", [0.1, 0.5, 0.9])
    def test_one_that_ends_early_is_no_picture(self, kept: float) -> None:
        noise = np.random.default_rng(5).integers(0, 4096, (48, 40))
        with pytest.raises(FailedError, match=r"truncated|corrupt"):
            read_radiograph(self.file(noise, kept))

    def test_a_border_of_half_the_range_is_none_that_ends_early(self) -> None:
        picture = np.random.default_rng(6).integers(0, 4096, (48, 40))
        picture[-5:] = 2048
        assert read_radiograph(self.file(picture)).pixels.shape == (48, 40)


def test_a_picture_with_hardly_any_contrast_is_told() -> None:
    """As of a stream of few bits in a header of many: not black, but nothing to be seen."""
    assert "faint" in codes(write(dataset(WORDS, Chain(voi=Window(2048, 4096)))))
    assert "faint" not in codes(write(dataset(WORDS, CHAIN)))
