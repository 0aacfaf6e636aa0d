"""How a file is to be read, and how much of it at most."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import BinaryIO

from mlcalc.errors import FailedError, RejectedError

MEGABYTE = 10**6
FRAME_BYTES = 8
"""What any frame takes in a file: a fragment's tag and length in DICOM (PS3.5 A.4), more elsewhere."""


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """max_pixels: of one frame. max_bytes: of a file, unpacked. invert: the user's word that the header
    has the polarity wrong. file_density: whether the dots per inch of a PNG, JPEG, TIFF or BMP may be
    taken for millimetres; they mostly say nothing of the patient.
    """

    max_pixels: int = 100_000_000
    max_bytes: int = 2_000 * MEGABYTE
    invert: bool = False
    file_density: bool = False


def check_pixels(rows: int, columns: int, options: ReadOptions) -> None:
    """Raise `RejectedError` for a picture of more pixels than allowed; nothing has been decoded yet."""
    if rows * columns > options.max_pixels:
        told = f"{columns} x {rows} pixels, {options.max_pixels:,} are allowed"
        raise RejectedError(f"too large: {told}", "see --max-pixels")


def check_frames(frames: int, file: BinaryIO) -> None:
    """Raise `FailedError` for more frames than a file of this size can hold: each would be tried.

    The file is left at the position where it was.
    """
    before = file.tell()
    size = file.seek(0, os.SEEK_END)
    file.seek(before)
    if frames > max(size // FRAME_BYTES, 1):
        raise FailedError(f"corrupt: {frames:,} frames do not fit in {size:,} bytes")
