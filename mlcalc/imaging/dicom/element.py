"""The pixel data element: where it is, and whether it holds what the header promises."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import BinaryIO

from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileDataset
from pydicom.encaps import get_frame
from pydicom.uid import UID, JPEG2000TransferSyntaxes, JPEGLSTransferSyntaxes, JPEGTransferSyntaxes

from mlcalc.errors import FailedError, RejectedError
from mlcalc.imaging.dicom.codestream import check_samples, check_stream
from mlcalc.imaging.dicom.fragments import check_fragments
from mlcalc.imaging.dicom.tags import integer, text
from mlcalc.imaging.radiograph import Caution

PIXEL_DATA, FLOATS = 0x0010, (0x0008, 0x0009)
"""Elements of group 7FE0: Pixel Data; Float and Double Float Pixel Data (PS3.3 C.7.6.3, .24, .25)."""
STREAMS = {*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *JPEG2000TransferSyntaxes}
"""Transfer syntaxes whose frames carry their own size."""
UNDEFINED = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class PixelElement:
    """start: offset of the value in the file. length: in bytes, as told. floats: whether it holds floats."""

    start: int
    length: int
    floats: bool


def find_pixels(file: BinaryIO, ds: FileDataset, offset: int) -> PixelElement:
    """The pixel data element at ``offset``, where reading the header stopped.

    Raises `RejectedError` if there is none, `FailedError` if the file was cut off before it.
    """
    syntax = UID(ds.file_meta.TransferSyntaxUID)
    order = "<" if syntax.is_little_endian else ">"
    file.seek(offset)
    head = file.read(12)
    if len(head) < 12 or struct.unpack(f"{order}H", head[:2])[0] != 0x7FE0:
        if head or cut_off(ds):
            raise FailedError("truncated: the file ends within its header")
        raise RejectedError("no pixel data", "the file holds a header only")
    element = struct.unpack(f"{order}H", head[2:4])[0]
    explicit = not syntax.is_implicit_VR
    length = struct.unpack(f"{order}L", head[8:12] if explicit else head[4:8])[0]
    if element not in (PIXEL_DATA, *FLOATS) or length == 0:
        raise RejectedError("no pixel data", "the element is empty")
    return PixelElement(offset + (12 if explicit else 8), length, element in FLOATS)


def cut_off(ds: FileDataset) -> bool:
    """Whether the last element of the header is shorter than it says."""
    if not len(ds):
        return True
    try:
        last = ds.get_item(max(ds.keys()))
    except Exception:  # an element of a kind that pydicom does not know: what is read there is no header
        return True
    if not isinstance(last, RawDataElement) or last.length == UNDEFINED or last.value is None:
        return False
    return len(last.value) < last.length


def check_pixels(file: BinaryIO, ds: FileDataset, element: PixelElement, frame: int) -> None:
    """That the element holds what the header promises; raises `FailedError` before anything is decoded."""
    syntax = UID(ds.file_meta.TransferSyntaxUID)
    if not syntax.is_encapsulated:
        _check_length(file, ds, element)
        return
    check_fragments(file, element.start)
    if syntax in STREAMS:
        stream = read_stream(file, ds, element, frame)
        rows, columns = integer(ds, "Rows") or 0, integer(ds, "Columns") or 0
        samples = integer(ds, "SamplesPerPixel") or 1
        check_stream(stream, rows, columns, samples)
        photometric = text(ds, "PhotometricInterpretation") or ""
        check_samples(stream, photometric, samples, integer(ds, "BitsAllocated") or 0)


def _check_length(file: BinaryIO, ds: FileDataset, element: PixelElement) -> None:
    needed = _needed(ds)
    there = min(element.length, max(file.seek(0, 2) - element.start, 0))
    if there < needed:
        raise FailedError(f"truncated: {needed:,} bytes of pixels expected, {there:,} found")


def _needed(ds: FileDataset) -> int:
    """Bytes of uncompressed pixels that the header promises."""
    rows, columns, bits = (integer(ds, key) or 0 for key in ("Rows", "Columns", "BitsAllocated"))
    frames, samples = (max(integer(ds, key) or 1, 1) for key in ("NumberOfFrames", "SamplesPerPixel"))
    needed = rows * columns * frames * samples * bits // 8
    if samples == 3 and text(ds, "PhotometricInterpretation") == "YBR_FULL_422":
        needed = needed // 3 * 2  # two colour samples for every two of luminance (C.7.6.3.1.2)
    return needed


def left_over(ds: FileDataset, element: PixelElement) -> list[Caution]:
    """A caution where uncompressed pixel data is longer than the header's sizes need.

    One byte may fill it up to an even length (PS3.5 8.1.1); more means that some size is wrong, and rows
    of a wrong length shear a picture.
    """
    more = element.length - _needed(ds)
    if UID(ds.file_meta.TransferSyntaxUID).is_encapsulated or element.length == UNDEFINED or more <= 1:
        return []
    told = f"{more:,} bytes more of pixel data than Rows, Columns and frames account for"
    return [Caution("pixels_left_over", f"{told}; one of them may be wrong")]


def read_stream(file: BinaryIO, ds: FileDataset, element: PixelElement, frame: int) -> bytes:
    """The compressed bytes of a frame; `FailedError` where they are not in the file."""
    frames = max(integer(ds, "NumberOfFrames") or 1, 1)
    file.seek(element.start)
    try:
        offsets = None
        if "ExtendedOffsetTable" in ds and "ExtendedOffsetTableLengths" in ds:
            offsets = (ds.ExtendedOffsetTable, ds.ExtendedOffsetTableLengths)
        return get_frame(file, frame, number_of_frames=frames, extended_offsets=offsets)
    except MemoryError:
        raise
    except Exception as error:
        raise FailedError(f"corrupt: frame {frame + 1} of {frames} is not in the file") from error
