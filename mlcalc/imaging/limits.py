"""How a file is to be read, and how much of it at most."""

from __future__ import annotations

from dataclasses import dataclass

from mlcalc.errors import RejectedError

MEGABYTE = 10**6


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
