"""Small DICOM files for the tests: `dataset` makes a header and words, `write` the bytes of a file.

The header is built from a `Chain` of the reference, so that a test states what it means only once.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian

from .reference import Chain, Layout, Lut, Rescale, Window

Words = NDArray[np.integer[Any]]
LutData = Literal["US", "OW", "OW packed", "OB"]
"""How LUT Data lies in the file: a word an entry as US or OW, or a byte an entry in OW or OB."""

CR = "1.2.840.10008.5.1.4.1.1.1"
XA = "1.2.840.10008.5.1.4.1.1.12.1"
RF = "1.2.840.10008.5.1.4.1.1.12.2"


def probe(layout: Layout, rows: int = 5, columns: int = 7) -> NDArray[np.int64]:
    """Stored values: both ends, all between, and neighbours around the middle, where the tests' edges lie."""
    middle = (layout.lowest + layout.highest + 1) // 2
    near = np.arange(middle - 8, middle + 9)
    far = np.linspace(layout.lowest, layout.highest, rows * columns - near.size).round()
    return np.concatenate([far, near]).astype(np.int64).reshape(rows, columns)


def words(values: NDArray[np.int64], layout: Layout, garbage: bool = False) -> Words:
    """Stored values as words of Bits Allocated; the bits around them hold old overlays if asked."""
    shift = layout.high + 1 - layout.stored
    mask = ((1 << layout.stored) - 1) << shift
    # Unused high bits of a signed value repeat its sign, which is what most writers do.
    bits = (values << shift) & ((1 << layout.allocated) - 1)
    if garbage:
        noise = np.random.default_rng(1).integers(0, 1 << layout.allocated, values.shape)
        bits = (bits & mask) | (noise & ~mask)
    return bits.astype(f"u{layout.allocated // 8}")


def dataset(
    pixels: Words | None,
    chain: Chain = Chain(),  # noqa: B008  (frozen)
    *,
    frames: int | None = None,
    sop_class: str = CR,
    modality: str = "CR",
) -> Dataset:
    """A header for the chain over (rows, columns) or (frames, rows, columns) words; None: no Pixel Data."""
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = sop_class, "1.2.3.4", modality
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.3.1", "1.2.3.2"
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, chain.photometric
    layout = chain.layout
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = layout.allocated, layout.stored, layout.high
    ds.PixelRepresentation = int(layout.signed)
    if frames is not None:
        ds.NumberOfFrames = frames
    if pixels is not None:
        ds.Rows, ds.Columns = pixels.shape[-2:]
        set_pixels(ds, pixels.astype(pixels.dtype.newbyteorder("<")).tobytes())
    _describe(ds, chain)
    return ds


def set_pixels(ds: Dataset, data: bytes, vr: str | None = None) -> None:
    """Native Pixel Data (little endian; `write` swaps it), padded to even length (PS3.5 8.1.1)."""
    ds.add_new("PixelData", vr or ("OB" if ds.BitsAllocated <= 8 else "OW"), data + b"\0" * (len(data) % 2))


def _describe(ds: Dataset, chain: Chain) -> None:
    _describe_modality(ds, chain)
    if isinstance(chain.voi, Lut):
        ds.VOILUTSequence = [lut_item(chain.voi, signed=_signed_after_modality(chain))]
    elif chain.voi is not None:
        set_window(ds, chain.voi)
    if chain.presentation is not None:
        ds.PresentationLUTSequence = [lut_item(chain.presentation)]
    if chain.shape is not None:
        ds.PresentationLUTShape = chain.shape
    if chain.padding is not None:
        set_padding(ds, chain.padding, "SS" if chain.layout.signed else "US")


def _describe_modality(ds: Dataset, chain: Chain) -> None:
    if isinstance(chain.modality, Lut):
        ds.ModalityLUTSequence = [lut_item(chain.modality, signed=chain.layout.signed)]
        ds.ModalityLUTSequence[0].ModalityLUTType = "US"
    elif isinstance(chain.modality, Rescale):
        ds.RescaleSlope, ds.RescaleIntercept = str(chain.modality.slope), str(chain.modality.intercept)
        ds.RescaleType = "US"


def _signed_after_modality(chain: Chain) -> bool:
    """Which VR the VOI LUT's first value has (PS3.3 C.11.2.1.1)."""
    if isinstance(chain.modality, Lut):
        return False
    if chain.modality is None:
        return chain.layout.signed
    ends = (chain.layout.lowest, chain.layout.highest)
    return min(chain.modality.slope * end + chain.modality.intercept for end in ends) < 0


def set_window(ds: Dataset, window: Window) -> None:
    """The VOI LUT Module of one window; no function where the window names none."""
    ds.WindowCenter, ds.WindowWidth = str(window.center), str(window.width)
    if window.function is not None:
        ds.VOILUTFunction = window.function


def set_padding(ds: Dataset, ends: tuple[int, int], vr: str) -> None:
    """Pixel Padding Value, and Range Limit where the ends differ."""
    ds.add_new("PixelPaddingValue", vr, ends[0])
    if ends[1] != ends[0]:
        ds.add_new("PixelPaddingRangeLimit", vr, ends[1])


def lut_item(lut: Lut, signed: bool = False, data: LutData = "OW", vr: str | None = None) -> Dataset:
    """An item of a LUT sequence; ``vr`` of the descriptor is US or SS as ``signed`` unless given."""
    item, vr = Dataset(), vr or ("SS" if signed else "US")
    first = lut.first % 65536
    first -= 65536 * (vr == "SS" and first >= 32768)
    # Only the first value mapped can be signed; pydicom writes the others unsigned under either VR.
    item.add_new("LUTDescriptor", vr, [len(lut.entries) % 65536, first, lut.bits])
    if data == "US":
        item.add_new("LUTData", "US", list(lut.entries))
    else:
        size = 2 if data == "OW" else 1
        raw = np.array(lut.entries, f"<u{size}").tobytes()
        item.add_new("LUTData", data[:2], raw + b"\0" * (len(raw) % 2))
    return item


def encapsulated(
    ds: Dataset, frames: list[bytes], *, fragments: int = 1, offset_table: bool = True
) -> Dataset:
    """The data set with compressed frames for Pixel Data (PS3.5 A.4)."""
    ds.add_new("PixelData", "OB", encapsulate(frames, fragments_per_frame=fragments, has_bot=offset_table))
    ds["PixelData"].is_undefined_length = True
    return ds


def write(ds: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """The bytes of a DICOM file (PS3.10) in a transfer syntax; OW words are swapped for big endian."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = ds.SOPClassUID, ds.SOPInstanceUID
    meta.TransferSyntaxUID = UID(syntax)
    ds.file_meta = meta
    if syntax == ExplicitVRBigEndian:
        _swap_words(ds)
    file = BytesIO()
    # A private syntax tells pydicom nothing about the encoding.
    plain = {"implicit_vr": False, "little_endian": True} if UID(syntax).is_private else {}
    ds.save_as(file, enforce_file_format=True, **plain)
    return file.getvalue()


def _swap_words(ds: Dataset) -> None:
    """OW is a stream of 16-bit words in the byte order of the file (PS3.5 6.2)."""
    for element in _elements(ds):
        if element.VR == "OW" and isinstance(element.value, bytes):
            element.value = np.frombuffer(element.value, "<u2").byteswap().tobytes()


def _elements(ds: Dataset) -> Iterator[Any]:
    for element in ds:
        if element.VR == "SQ":
            for item in element.value:
                yield from _elements(item)
        yield element


def file_of(values: NDArray[np.int64], chain: Chain, syntax: str = ExplicitVRLittleEndian) -> bytes:
    """The file of stored values that the chain describes, clean around its values."""
    return write(dataset(words(values, chain.layout), chain), syntax)
