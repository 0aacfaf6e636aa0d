"""One frame of stored values as each compressed transfer syntax holds it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydicom import uid
from pydicom.dataset import FileMetaDataset
from pydicom.pixels.encoders.base import get_encoder

from .dicom_files import dataset, probe, words
from .reference import Chain, Layout, Window
from .streams import HTJ2K_8, HTJ2K_16, lossless, rle

Values = NDArray[np.int64]
Encode = Callable[[Values, Layout], bytes]


def whole(layout: Layout) -> Window:
    """The window in which every stored value has its own grey: lowest 0, highest 1."""
    return Window((layout.lowest + layout.highest + 1) / 2, layout.highest - layout.lowest + 1)


def slope(layout: Layout, rows: int = 5, columns: int = 7) -> Values:
    """A smooth picture over the middle half of the values, kind to lossy codecs."""
    y, x = np.mgrid[:rows, :columns]
    part = 0.25 + 0.5 * (y / rows + x / columns) / 2
    values: Values = (layout.lowest + part * (layout.highest - layout.lowest)).astype(np.int64)
    return values


def lossless_jpeg(predictor: int) -> Encode:
    def encode(values: Values, layout: Layout) -> bytes:
        # Signed values are coded as their bits (PS3.5 8.2.1).
        return lossless(values & ((1 << layout.stored) - 1), layout.stored, predictor)

    return encode


def by_pydicom(syntax: str, **options: Any) -> Encode:
    """JPEG-LS by pyjpegls, JPEG 2000 by OpenJPEG."""

    def encode(values: Values, layout: Layout) -> bytes:
        ds = dataset(words(values, layout), Chain(layout))
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
        return get_encoder(syntax).encode(ds, **options)

    return encode


def by_pillow(form: str, **options: Any) -> Encode:
    """JPEG baseline, and JPEG 2000 of pictures too small for pydicom's encoder."""

    def encode(values: Values, layout: Layout) -> bytes:
        file = BytesIO()
        Image.fromarray(values.astype(f"u{layout.allocated // 8}")).save(file, form, **options)
        return file.getvalue()

    return encode


def rle_of(garbage: bool) -> Encode:
    return lambda values, layout: rle(words(values, layout, garbage))


def ready_htj2k(values: Values, layout: Layout) -> bytes:
    """No encoder is at hand in a light install: the stream was written before (`streams`)."""
    assert np.array_equal(values, probe(Layout(layout.allocated, layout.stored)))
    return HTJ2K_8 if layout.stored == 8 else HTJ2K_16


LARGE = (33, 37)
"""The smallest picture with an odd side that OpenJPEG's default of six resolutions takes."""

_PLAIN = tuple(
    Layout(allocated, stored, signed)
    for allocated, stored in ((8, 8), (16, 10), (16, 12), (16, 16))
    for signed in (False, True)
)
_NARROW = (Layout(16, 8), Layout(16, 15), Layout(16, 12, True, 15), Layout(16, 12, False, 15))
_SMALL = (Layout(8, 8), Layout(16, 16))
_TINY_J2K = {"num_resolutions": 1, "no_jp2": True}


@dataclass(frozen=True)
class Codec:
    """error: how far a stored value may be off. layouts and shape: what the encoder takes."""

    syntax: str
    encode: Encode
    layouts: tuple[Layout, ...] = _PLAIN
    shape: tuple[int, int] = (5, 7)
    error: float = 0

    @property
    def sized(self) -> bool:
        """Whether the stream itself says how large the picture is."""
        return self.syntax != uid.RLELossless

    def picture(self, layout: Layout) -> Values:
        """What to encode: hard values, or a smooth picture where the codec loses something."""
        return slope(layout, *self.shape) if self.error else probe(layout, *self.shape)


CODECS: dict[str, Codec] = {
    "rle": Codec(uid.RLELossless, rle_of(garbage=False), (*_PLAIN, *_NARROW, Layout(32, 32))),
    "rle-garbage": Codec(uid.RLELossless, rle_of(garbage=True), (*_PLAIN, *_NARROW)),
    **{
        f"jpeg-lossless-{predictor}": Codec(uid.JPEGLossless, lossless_jpeg(predictor))
        for predictor in range(1, 8)
    },
    "jpeg-lossless-sv1": Codec(uid.JPEGLosslessSV1, lossless_jpeg(1), (*_PLAIN, *_NARROW[:2])),
    "jpeg-ls": Codec(uid.JPEGLSLossless, by_pydicom(uid.JPEGLSLossless), (*_PLAIN, *_NARROW[:2]), (9, 11)),
    "jpeg-ls-near": Codec(
        uid.JPEGLSNearLossless, by_pydicom(uid.JPEGLSNearLossless, jls_error=2), _PLAIN[::2], (9, 11), error=2
    ),
    "jpeg-2000-lossless": Codec(
        uid.JPEG2000Lossless, by_pydicom(uid.JPEG2000Lossless), (*_PLAIN, *_NARROW[:2]), LARGE
    ),
    "jpeg-2000-lossless-tiny": Codec(uid.JPEG2000Lossless, by_pillow("JPEG2000", **_TINY_J2K), _SMALL),
    "jpeg-2000-in-lossy-syntax": Codec(uid.JPEG2000, by_pillow("JPEG2000", **_TINY_J2K), _SMALL),
    "jpeg-2000-8": Codec(uid.JPEG2000, by_pydicom(uid.JPEG2000, j2k_psnr=[70]), _PLAIN[:2], LARGE, error=2),
    "jpeg-2000-12": Codec(uid.JPEG2000, by_pydicom(uid.JPEG2000, j2k_psnr=[80]), _PLAIN[2:6], LARGE, error=8),
    "htj2k-lossless": Codec(uid.HTJ2KLossless, ready_htj2k, _SMALL),
    "htj2k-lossless-rpcl": Codec(uid.HTJ2KLosslessRPCL, ready_htj2k, _SMALL),
    "htj2k": Codec(uid.HTJ2K, ready_htj2k, _SMALL),
    "jpeg-baseline": Codec(uid.JPEGBaseline8Bit, by_pillow("JPEG", quality=95), _PLAIN[:1], error=3),
    "jpeg-extended-8": Codec(uid.JPEGExtended12Bit, by_pillow("JPEG", quality=95), _PLAIN[:1], error=3),
}


def distinct(values: Values, count: int) -> list[Values]:
    """Frames of the same values, each moved sideways against the one before."""
    return [np.roll(values, number * 3, axis=1) for number in range(count)]
