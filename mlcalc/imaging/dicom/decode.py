"""Stored pixels of one frame, through pydicom and its permissively licensed plug-ins."""

from __future__ import annotations

from functools import partial
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import pixel_array
from pydicom.uid import UID, JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLSTransferSyntaxes, RLELossless

from mlcalc.errors import FailedError, RejectedError
from mlcalc.imaging.dicom import jpeg12
from mlcalc.imaging.dicom.early_end import check_whole
from mlcalc.imaging.dicom.element import PixelElement, check_pixels, read_stream
from mlcalc.imaging.dicom.tags import integer
from mlcalc.imaging.pillow import unbounded

PREFERRED = {
    JPEGBaseline8Bit: "pillow",
    JPEGExtended12Bit: "pillow",  # of 8 bits; GDCM ends the process where a table is missing
    **dict.fromkeys(JPEGLSTransferSyntaxes, "pyjpegls"),
    RLELossless: "pylibjpeg",
}
"""Where several plug-ins can: the one that is strictest about broken streams. Else pydicom's choice, which
for JPEG 2000 (gdcm) is one and a half times as fast as the alternative."""

JPEG12_HINT = "12-bit JPEG needs the extra: pip install 'mlcalc[jpeg12]'"
PLAIN_HINT = "save it uncompressed, e.g. with dcmconv"


def decode_frame(
    file: BinaryIO, ds: FileDataset, element: PixelElement, plugin: str, frame: int
) -> NDArray[Any]:
    """The decoded frame: (rows, columns) or (rows, columns, samples), colours as RGB.

    file: the open file. ds: its header, without pixels. element: where its pixels are. plugin: by
    `find_plugin`. Raises `FailedError` for pixel data that is cut off or broken.
    """
    syntax = UID(ds.file_meta.TransferSyntaxUID)
    check_pixels(file, ds, element, frame)
    if _is_plain(ds, syntax, element):
        return _plain_frame(file, ds, element, frame)
    array = _checked_shape(_decoded(file, ds, plugin, frame), ds)
    check_whole(array, ds, partial(read_stream, file, ds, element, frame))
    return array


def find_plugin(ds: FileDataset) -> str:
    """Name of pydicom's plug-in to use, "" for its own choice.

    Raises `RejectedError` for a transfer syntax that none can decode.
    """
    syntax, bits = UID(ds.file_meta.TransferSyntaxUID), integer(ds, "BitsStored") or 8
    if syntax == JPEGExtended12Bit and bits > 8:
        if not jpeg12.install():
            raise _unsupported(syntax, JPEG12_HINT)
        return jpeg12.LABEL
    if syntax.is_transfer_syntax and not syntax.is_encapsulated:
        return ""
    try:
        available = get_decoder(syntax).available_plugins
    except NotImplementedError:
        available = ()
    if not available:
        raise _unsupported(syntax, PLAIN_HINT)
    return PREFERRED[syntax] if PREFERRED.get(syntax) in available else ""


def _unsupported(syntax: UID, hint: str) -> RejectedError:
    """A name is told only where pydicom knows one: what stands in the file may be anything."""
    name = "unregistered" if syntax.is_private or syntax.name == syntax else syntax.name
    return RejectedError(f"unsupported transfer syntax: {name}", hint)


def _decoded(file: BinaryIO, ds: FileDataset, plugin: str, frame: int) -> NDArray[Any]:
    options: dict[str, Any] = {}
    if UID(ds.file_meta.TransferSyntaxUID) == RLELossless:
        # pydicom clears bits above Bits Stored; where High Bit lies higher, they are the value's own
        options["bits_stored"] = integer(ds, "BitsAllocated")
    file.seek(0)
    try:
        with unbounded():  # the limit on pixels has been checked
            return pixel_array(file, index=frame, decoding_plugin=plugin, **options)
    except BaseException as error:  # decoders raise what they like, and one written in Rust no Exception
        if isinstance(error, MemoryError) or not (isinstance(error, Exception) or _is_panic(error)):
            raise
        raise FailedError("corrupt: the pixel data could not be decoded") from error


def _is_panic(error: BaseException) -> bool:
    """Whether a library in Rust found a fault in itself; such an error has no type to import."""
    return type(error).__name__ == "PanicException"


def _is_plain(ds: FileDataset, syntax: UID, element: PixelElement) -> bool:
    """Uncompressed single samples of whole words: nothing needs to be decoded.

    Bytes in a big endian file may lie swapped in words, which is left to pydicom.
    """
    one_sample = (integer(ds, "SamplesPerPixel") or 1) == 1
    words = integer(ds, "BitsAllocated") in ((8, 16, 32) if syntax.is_little_endian else (16, 32))
    return one_sample and words and not syntax.is_encapsulated and not element.floats


def _plain_frame(file: BinaryIO, ds: FileDataset, element: PixelElement, frame: int) -> NDArray[Any]:
    """The words of one frame as they stand in the file, without the copies that pydicom makes."""
    rows, columns, bits = (integer(ds, key) or 0 for key in ("Rows", "Columns", "BitsAllocated"))
    size = rows * columns * bits // 8
    file.seek(element.start + frame * size)
    kind = "i" if integer(ds, "PixelRepresentation") == 1 else "u"
    order = "<" if UID(ds.file_meta.TransferSyntaxUID).is_little_endian else ">"
    return np.frombuffer(file.read(size), f"{order}{kind}{bits // 8}").reshape(rows, columns)


def _checked_shape(array: NDArray[Any], ds: FileDataset) -> NDArray[Any]:
    expected = (integer(ds, "Rows"), integer(ds, "Columns"))
    if array.shape[:2] != expected or array.ndim not in (2, 3) or not np.size(array):
        raise FailedError("corrupt: the decoded picture is not of the size that the header says")
    return array
