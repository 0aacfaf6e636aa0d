"""What a TIFF says of its values and Pillow passes over."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from mlcalc.errors import FailedError, RejectedError

BITS_PER_SAMPLE, PHOTOMETRIC, SAMPLE_FORMAT = 258, 262, 339
"""Tags of TIFF 6.0."""
WHITE_IS_ZERO = 0
UNSIGNED, SIGNED = 1, 2
BIG_ENDIAN = b"MM"


@dataclass(frozen=True)
class Values:
    """How the file's numbers are to be read.

    bits: of one of them; None where the picture's own kind tells. white_is_zero: whether the lowest is
    white. signed: whether they may be negative.
    """

    bits: int | None = None
    white_is_zero: bool = False
    signed: bool = False

    def grey(self, image: Image.Image) -> NDArray[np.generic]:
        """(rows, columns) numbers of a loaded picture of one channel, in native byte order.

        Pillow has no kind of its own for 8-bit signed and 32-bit unsigned numbers and shows others.
        """
        array = np.asarray(image)
        if self.signed and image.mode == "L":
            return array.view(np.int8)
        if not self.signed and self.bits == 32 and image.mode == "I":
            return array.view(np.uint32)
        return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def values_of(image: Image.Image) -> Values:
    """How the values of an opened file are to be read; every format but TIFF says nothing of it.

    Raises `RejectedError` for kinds that Pillow misreads, `FailedError` where a TIFF leaves open which
    end of its values is white.
    """
    if not isinstance(image, TiffImageFile):
        return Values()
    tags = image.tag_v2
    photometric = tags.get(PHOTOMETRIC)  # a broken tag is "in" the tags, and yet there is no value
    if photometric is None:
        raise FailedError("corrupt: the TIFF does not say whether 0 is black (PhotometricInterpretation)")
    if tags.prefix == BIG_ENDIAN and image.mode in ("I", "F") and image.info.get("compression") != "raw":
        told = "compressed big-endian TIFF of signed, 32-bit or floating-point values"
        raise RejectedError(f"unsupported: {told}", "save it uncompressed or little-endian")
    bits, formats = tags.get(BITS_PER_SAMPLE, (1,)), tags.get(SAMPLE_FORMAT, (UNSIGNED,))
    return Values(max(bits), photometric == WHITE_IS_ZERO, SIGNED in formats)
