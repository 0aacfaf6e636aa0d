"""Stored pixels of one frame, through pydicom and its permissively licensed plug-ins."""

from __future__ import annotations

import struct
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import FileDataset
from pydicom.encaps import get_frame
from pydicom.pixels.decoders.base import get_decoder
from pydicom.pixels.utils import pixel_array
from pydicom.uid import (
    UID,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLSTransferSyntaxes,
    JPEGTransferSyntaxes,
    RLELossless,
)

from mlcalc.errors import FailedError, RejectedError
from mlcalc.imaging.dicom import jpeg12
from mlcalc.imaging.dicom.codestream import check_stream
from mlcalc.imaging.dicom.fragments import check_fragments
from mlcalc.imaging.dicom.tags import integer

STREAMS = {*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *JPEG2000TransferSyntaxes}
"""Transfer syntaxes whose frames carry their own size."""

PREFERRED = {
    JPEGBaseline8Bit: "pillow",
    **dict.fromkeys(JPEGLSTransferSyntaxes, "pyjpegls"),
    RLELossless: "pylibjpeg",
}
"""Where several plug-ins can: the one that is strictest about broken streams. Else pydicom's choice, which
for JPEG 2000 (gdcm) is one and a half times as fast as the alternative."""

JPEG12_HINT = "12-bit JPEG needs the extra: pip install 'mlcalc[jpeg12]'"


def decode_frame(file: BinaryIO, ds: FileDataset, pixel_offset: int, frame: int) -> NDArray[Any]:
    """The decoded frame: (rows, columns) or (rows, columns, samples), colours as RGB.

    file: the open file. ds: its header, without pixels. pixel_offset: where its pixel data element
    starts. Raises `RejectedError` for a transfer syntax that no
    plug-in knows, `FailedError` for pixel data that is cut off or broken.
    """
    syntax = UID(ds.file_meta.TransferSyntaxUID)
    plugin = _plugin(syntax, integer(ds, "BitsStored") or 8)
    element = _check_pixel_data(file, ds, pixel_offset, frame)
    if _is_plain(ds, syntax):
        return _plain_frame(file, ds, element, frame)
    file.seek(0)
    try:
        array = pixel_array(file, index=frame, decoding_plugin=plugin)
    except MemoryError:
        raise
    except Exception as error:  # decoders raise what they like
        raise FailedError(f"corrupt: the pixel data could not be decoded ({type(error).__name__})") from error
    return _checked_shape(array, ds)


def _plugin(syntax: UID, bits: int) -> str:
    """Name of the plug-in to use, "" for pydicom's choice."""
    name = syntax.name if not syntax.is_private and syntax.name != syntax else "unregistered"
    if syntax == JPEGExtended12Bit and bits > 8:
        if not jpeg12.install():
            raise RejectedError(f"unsupported transfer syntax: {name}", JPEG12_HINT)
        return jpeg12.LABEL
    if not syntax.is_transfer_syntax or syntax.is_encapsulated:
        try:
            available = get_decoder(syntax).available_plugins
        except NotImplementedError:
            available = ()
        if not available:
            raise RejectedError(
                f"unsupported transfer syntax: {name}", "save it uncompressed, e.g. with dcmconv"
            )
        return PREFERRED[syntax] if PREFERRED.get(syntax) in available else ""
    return ""


def _is_plain(ds: FileDataset, syntax: UID) -> bool:
    """Uncompressed single samples of whole little-endian words: nothing needs to be decoded."""
    one_sample = (integer(ds, "SamplesPerPixel") or 1) == 1
    words = integer(ds, "BitsAllocated") in (8, 16, 32)
    return one_sample and words and syntax.is_little_endian and not syntax.is_encapsulated


def _plain_frame(file: BinaryIO, ds: FileDataset, start: int, frame: int) -> NDArray[Any]:
    """The words of one frame as they stand in the file, without the copies that pydicom makes."""
    rows, columns, bits = (integer(ds, key) or 0 for key in ("Rows", "Columns", "BitsAllocated"))
    size = rows * columns * bits // 8
    file.seek(start + frame * size)
    kind = "i" if integer(ds, "PixelRepresentation") == 1 else "u"
    return np.frombuffer(file.read(size), f"<{kind}{bits // 8}").reshape(rows, columns)


def _check_pixel_data(file: BinaryIO, ds: FileDataset, offset: int, frame: int) -> int:
    """Where the pixels start; checks that they are what the header promises, before decoding any."""
    syntax = UID(ds.file_meta.TransferSyntaxUID)
    file.seek(offset)
    header = file.read(12)
    length = (
        struct.unpack("<L" if syntax.is_little_endian else ">L", header[-4:])[0] if len(header) == 12 else 0
    )
    start = offset + 12
    if syntax.is_implicit_VR:
        length, start = struct.unpack("<L", header[4:8])[0], offset + 8
    if syntax.is_encapsulated:
        check_fragments(file, start)
        if syntax in STREAMS:
            _check_stream(file, ds, start, frame)
    else:
        _check_length(file, ds, start, length)
    return start


def _check_length(file: BinaryIO, ds: FileDataset, start: int, length: int) -> None:
    cells = (integer(ds, key) or 0 for key in ("Rows", "Columns", "BitsAllocated"))
    rows, columns, bits = cells
    frames, samples = integer(ds, "NumberOfFrames") or 1, integer(ds, "SamplesPerPixel") or 1
    needed = rows * columns * frames * samples * bits // 8
    if ds.get("PhotometricInterpretation") == "YBR_FULL_422":
        needed = needed // 3 * 2  # two colour samples for every four of luminance (C.7.6.3.1.2)
    end = file.seek(0, 2)
    there = min(length, max(end - start, 0))
    if there < needed:
        raise FailedError(f"truncated: {needed:,} bytes of pixels expected, {there:,} found")


def _check_stream(file: BinaryIO, ds: FileDataset, start: int, frame: int) -> None:
    file.seek(start)
    frames = integer(ds, "NumberOfFrames") or 1
    offsets = None
    if "ExtendedOffsetTable" in ds and "ExtendedOffsetTableLengths" in ds:
        offsets = (ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths)
    try:
        stream = get_frame(file, frame, number_of_frames=frames, extended_offsets=offsets)
    except Exception as error:
        raise FailedError(f"corrupt: frame {frame + 1} of {frames} is not in the file") from error
    rows, columns = integer(ds, "Rows") or 0, integer(ds, "Columns") or 0
    check_stream(stream, rows, columns, integer(ds, "SamplesPerPixel") or 1)


def _checked_shape(array: NDArray[Any], ds: FileDataset) -> NDArray[Any]:
    expected = (integer(ds, "Rows"), integer(ds, "Columns"))
    if array.shape[:2] != expected or array.ndim not in (2, 3) or not np.size(array):
        raise FailedError("corrupt: the decoded picture is not of the size that the header says")
    return array
