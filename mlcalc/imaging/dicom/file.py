"""A DICOM file, opened: checked once, then read frame by frame."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, BinaryIO, cast

from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.uid import UID, DeflatedExplicitVRLittleEndian, RLELossless

from mlcalc.errors import FailedError, RejectedError
from mlcalc.imaging.colour import luminance
from mlcalc.imaging.dicom.clipped import Clipped
from mlcalc.imaging.dicom.decode import decode_frame, find_plugin
from mlcalc.imaging.dicom.element import cut_off, find_pixels, left_over
from mlcalc.imaging.dicom.exposure import header_field
from mlcalc.imaging.dicom.facts import check_modality, header_facts
from mlcalc.imaging.dicom.greyscale import apply_greyscale
from mlcalc.imaging.dicom.inflate import plain
from mlcalc.imaging.dicom.palette import apply_palette
from mlcalc.imaging.dicom.spacing import spacing
from mlcalc.imaging.dicom.tags import integer, quiet, text
from mlcalc.imaging.limits import ReadOptions, check_frames, check_pixels
from mlcalc.imaging.orientation import QUARTERS, told, turn_box, turn_pixels, turn_spacing
from mlcalc.imaging.radiograph import Caution, Encoding, Greyscale, Pixels, Radiograph


class DicomFile:
    """A radiograph in DICOM; ``frames`` tells how many pictures it holds.

    Raises `RejectedError` for what is no radiograph, has no pixels or is too large, `FailedError` for
    what is broken. The modality is judged first: of a CT nobody wants to know what else is wrong.
    """

    def __init__(self, file: BinaryIO, options: ReadOptions):
        clipped = cast(BinaryIO, Clipped(file))
        self.file, self.options = plain(clipped, options.max_bytes), options
        with quiet():
            self.header = _read_header(self.file)
            pixel_offset = self.file.tell()
            self.cautions = check_modality(self.header)
            self.rows, self.columns = _size(self.header)
            check_pixels(self.rows, self.columns, options)
            self.plugin = find_plugin(self.header)
            self.element = find_pixels(self.file, self.header, pixel_offset)
            self.cautions += left_over(self.header, self.element)
            self.frames = max(integer(self.header, "NumberOfFrames") or 1, 1)
            self.facts, cautions = header_facts(self.header)
            self.syntax = UID(self.header.file_meta.TransferSyntaxUID)
            check_frames(self.frames, self.file)
        self.cautions += cautions
        self.unpacked = self.file is not clipped

    def radiograph(self, frame: int) -> Radiograph:
        """The picture of one frame, counted from 0."""
        if not 0 <= frame < self.frames:
            raise FailedError(f"there is no frame {frame}; the file has {self.frames}, counted from 0")
        with quiet():
            return self._radiograph(frame)

    def _radiograph(self, frame: int) -> Radiograph:
        array = decode_frame(self.file, self.header, self.element, self.plugin, frame)
        pixels, greyscale, cautions = self._pixels(array, frame)
        where, more = spacing(self.header, frame)
        field = header_field(self.header, self.rows, self.columns)
        rotation, mirror = _flags(self.header)
        if rotation or mirror:
            pixels = turn_pixels(pixels, rotation, mirror)
            where = turn_spacing(where, rotation)
            field = field and turn_box(field, (self.rows, self.columns), rotation, mirror)
        pixels.flags.writeable = False
        rows, columns = pixels.shape
        syntax, turned = self._syntax_name(), told(rotation, mirror)
        return Radiograph(
            pixels=pixels,
            encoding=Encoding("DICOM", rows, columns, frame, self.frames, syntax, turned),
            greyscale=greyscale,
            spacing=where,
            facts=self.facts,
            header_field=field,
            cautions=(*self.cautions, *more, *cautions),
        )

    def _syntax_name(self) -> str:
        return DeflatedExplicitVRLittleEndian.name if self.unpacked else self.syntax.name

    def _pixels(self, array: NDArray[Any], frame: int) -> tuple[Pixels, Greyscale, list[Caution]]:
        photometric = text(self.header, "PhotometricInterpretation")
        if array.ndim == 2 and photometric == "PALETTE COLOR":
            colours, bits = apply_palette(array, self.header, self.syntax.is_little_endian)
            return self._colour(colours, "PALETTE COLOR", bits)
        if array.ndim == 3:
            size = 8 * array.itemsize
            bits = min(max(integer(self.header, "BitsStored") or size, 1), size)
            return self._colour(array, "colour, taken as luminance", bits)
        packed = not self.syntax.is_encapsulated or self.syntax == RLELossless
        return apply_greyscale(array, self.header, frame=frame, packed=packed, invert=self.options.invert)

    def _colour(self, array: NDArray[Any], name: str, bits: int) -> tuple[Pixels, Greyscale, list[Caution]]:
        """Colour pictures have no VOI stage (C.11.2.1): they are as they are meant to be seen."""
        pixels, cautions = luminance(array, 2**bits - 1)
        record = Greyscale(name, bits, voi="none: colour pictures have none")
        if self.options.invert:
            pixels = 1 - pixels
            record = replace(record, inverted=True, presentation="inverted by --invert")
        return pixels, record, cautions


def _read_header(file: BinaryIO) -> FileDataset:
    file.seek(0)
    try:
        header = dcmread(file, stop_before_pixels=True)
        syntax = header.file_meta.get("TransferSyntaxUID")
    except MemoryError:
        raise
    except Exception as error:  # pydicom raises whatever a broken length leads it to
        raise FailedError("corrupt: the header cannot be read") from error
    if not syntax or not isinstance(syntax, str):
        raise FailedError("corrupt: the file meta header does not say the transfer syntax")
    return header


def _flags(header: FileDataset) -> tuple[int, bool]:
    """Degrees clockwise and mirroring that the header asks a viewer for (PS3.3 C.10.6).

    They belong to presentation states, but exports write them into pictures. What Field of View Rotation
    and Horizontal Flip (C.8.11.4) tell has been done to the pixels already.
    """
    rotation = integer(header, "ImageRotation") or 0
    return rotation if rotation in QUARTERS else 0, text(header, "ImageHorizontalFlip") == "Y"


def _size(header: FileDataset) -> tuple[int, int]:
    rows, columns = integer(header, "Rows"), integer(header, "Columns")
    if rows is None and columns is None:
        if cut_off(header):
            raise FailedError("truncated: the file ends within its header")
        raise RejectedError("no pixel data", "the header does not say the size of a picture")
    if not rows or not columns or rows < 0 or columns < 0:
        raise FailedError("corrupt: Rows and Columns are not both positive numbers")
    return rows, columns
