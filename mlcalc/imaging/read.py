"""Any file to `Radiograph`s, or a clear reason why not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np

from mlcalc.errors import FailedError, RejectedError
from mlcalc.imaging.limits import ReadOptions
from mlcalc.imaging.polarity import polarity_suspect
from mlcalc.imaging.radiograph import Caution, Radiograph
from mlcalc.imaging.sniff import BARE_DICOM, HEAD, READABLE, sniff

__all__ = [
    "FileLike",
    "PictureFile",
    "ReadOptions",
    "count_frames",
    "open_pictures",
    "read_frame",
    "read_radiograph",
]

FileLike = str | os.PathLike[str] | bytes | BinaryIO


BLANK = Caution("blank", "all pixels have one value; there is nothing to see")
BY_USER = "inverted by --invert"
SUSPECT_BY_USER = Caution(
    "polarity_suspect", "with --invert the background is bright all round, as if bone were dark; is it meant?"
)
SPARSE = 16
"""Every so many-th pixel tells mostly that a picture is not blank."""
FAINT = 0.02
"""Share of the grey scale within which hardly anything can be seen, by a network no more than by an eye."""


class PictureFile(Protocol):
    """An opened file; ``frames`` pictures are in it."""

    frames: int

    def radiograph(self, frame: int) -> Radiograph:
        """The picture of one frame, counted from 0."""
        ...


def read_radiograph(source: FileLike, *, frame: int = 0, options: ReadOptions | None = None) -> Radiograph:
    """One picture of a file.

    source: a path, the file's content, or a file open for reading. frame: counted from 0 (pages of a
    TIFF, frames of a DICOM run). Raises `RejectedError` for what is nothing for mlcalc (no image, no
    radiograph, no pixels, unsupported, too large) and `FailedError` for what is broken.
    """
    with open_pictures(source, options or ReadOptions()) as pictures:
        return read_frame(pictures, frame)


def read_frame(pictures: PictureFile, frame: int) -> Radiograph:
    """One picture of an open file, its polarity looked at."""
    try:
        radiograph = pictures.radiograph(frame)
    except OSError as error:
        raise _unreadable(error) from error
    suspect = polarity_suspect(radiograph.pixels)
    if suspect is not None and BY_USER in radiograph.greyscale.presentation:
        suspect = SUSPECT_BY_USER
    found = [suspect, _blank(radiograph)]
    new = [caution for caution in found if caution is not None and caution not in radiograph.cautions]
    return replace(radiograph, cautions=(*radiograph.cautions, *new)) if new else radiograph


def _blank(radiograph: Radiograph) -> Caution | None:
    """A caution where there is nothing, or hardly anything, to see."""
    pixels = radiograph.pixels
    if np.ptp(pixels[::SPARSE, ::SPARSE]) >= FAINT:
        return None
    span = float(np.ptp(pixels))
    if span >= FAINT:
        return None
    told = f"all pixels lie within {span:.1%} of the grey scale; a window or a number of bits may be wrong"
    return Caution("faint", told) if span > 0 else BLANK


def count_frames(source: FileLike, *, options: ReadOptions | None = None) -> int:
    """How many pictures a file holds; raises as `read_radiograph` does, without decoding any."""
    with open_pictures(source, options or ReadOptions()) as pictures:
        return pictures.frames


@contextmanager
def open_pictures(source: FileLike, options: ReadOptions) -> Iterator[PictureFile]:
    """Open a file for reading picture by picture; its header has been checked then."""
    with _opened(source) as file:
        try:
            _check_bytes(file, options)
            file.seek(0)
            pictures = _recognise(file, sniff(file.read(HEAD)), options)
        except OSError as error:  # a medium that fails, a pipe that cannot go back
            raise _unreadable(error) from error
        yield pictures


@contextmanager
def _opened(source: FileLike) -> Iterator[BinaryIO]:
    if isinstance(source, bytes):
        yield BytesIO(source)
        return
    if not isinstance(source, str | os.PathLike):
        yield source
        return
    try:
        if Path(source).exists() and not Path(source).is_file():
            raise FailedError("not a file: a folder, a device, a pipe or a socket")
        file = Path(source).open("rb")  # noqa: SIM115  an error while it is open is none of opening it
    except OSError as error:
        raise FailedError(f"cannot be opened: {error.strerror}") from error
    except ValueError as error:
        raise FailedError("cannot be opened: the path holds a character that no path can") from error
    with file:
        yield file


def _unreadable(error: OSError) -> FailedError:
    return FailedError(f"cannot be read to its end: {error.strerror or type(error).__name__}")


def _check_bytes(file: BinaryIO, options: ReadOptions) -> None:
    size = file.seek(0, os.SEEK_END)
    if size > options.max_bytes:
        told = f"{size:,} bytes, {options.max_bytes:,} are allowed"
        raise RejectedError(f"too large: {told}", "see --max-megabytes")


def _recognise(file: BinaryIO, format: str, options: ReadOptions) -> PictureFile:
    if format == "DICOM":
        from mlcalc.imaging.dicom.file import DicomFile  # noqa: PLC0415  pydicom only where it is needed

        return DicomFile(file, options)
    if format in READABLE:
        from mlcalc.imaging.raster import RasterFile  # noqa: PLC0415

        return RasterFile(file, format, options)
    if format == BARE_DICOM:
        raise RejectedError("no DICOM file meta header", "export it again, or add one, e.g. with dcmconv")
    if format == "empty":
        raise FailedError("empty file")
    hint = f"it reads {', '.join(READABLE)}" if format != "JSON" else "a sidecar has the name of its picture"
    raise RejectedError(f"not an image that mlcalc reads: {format}", hint)
