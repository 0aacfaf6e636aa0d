"""JPEG frames whose data ends before their last pixels, though the stream has its end mark.

Decoders fill what is missing with the middle of the range and say nothing. Where a frame ends like that,
data is put in behind its own: in a whole stream it is left over, in a short one it becomes pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID, JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1

from mlcalc.errors import FailedError
from mlcalc.imaging.damage import END_OF_IMAGE, NOISE, check_jpeg_stream, ends_in_middle_grey

KEYWORDS = (
    *("Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation"),
    *("BitsAllocated", "BitsStored", "HighBit", "PixelRepresentation", "PlanarConfiguration"),
)
"""What pydicom needs of a header to decode a frame."""


def check_whole(array: NDArray[Any], ds: FileDataset, stream: Callable[[], bytes]) -> None:
    """Raise `FailedError` where a decoded JPEG was filled up. stream: reads the compressed bytes again."""
    syntax = UID(ds.file_meta.TransferSyntaxUID)
    if syntax in (JPEGBaseline8Bit, JPEGExtended12Bit) and ends_in_middle_grey(array):
        check_jpeg_stream(stream())
    if syntax in (JPEGLossless, JPEGLosslessSV1) and _ends_in_one_power_of_two(array):
        _check_lossless(array, ds, syntax, stream())


def _ends_in_one_power_of_two(array: NDArray[Any]) -> bool:
    """Whether the last row is what a decoder of lossless JPEG fills in: 2^(bits - 1) throughout."""
    last = array[-1].ravel()
    value = abs(int(last[0]))
    return value > 1 and value & (value - 1) == 0 and bool((last == last[0]).all())


def _check_lossless(array: NDArray[Any], ds: FileDataset, syntax: UID, stream: bytes) -> None:
    end = stream.rfind(END_OF_IMAGE)
    longer = Dataset()
    longer.file_meta = FileMetaDataset()
    longer.file_meta.TransferSyntaxUID = syntax
    for keyword in KEYWORDS:
        if keyword in ds:
            setattr(longer, keyword, ds[keyword].value)
    longer.add_new("PixelData", "OB", encapsulate([stream[:end] + NOISE + stream[end:]]))
    longer["PixelData"].is_undefined_length = True
    try:
        same = np.array_equal(pixel_array(longer, index=0), array)
    except Exception:  # what was put in cannot be decoded: it was not left over
        same = False
    if not same:
        raise FailedError("truncated: the JPEG ends before its last pixels")
