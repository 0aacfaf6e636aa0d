"""PALETTE COLOR: one table a channel (PS3.3 C.7.6.3.1.5, C.7.6.3.1.6)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.pixels.processing import apply_color_lut

from mlcalc.errors import FailedError
from mlcalc.imaging.dicom.lut import BrokenLutError, read_lut

CHANNELS = ("Red", "Green", "Blue")


def apply_palette(array: NDArray[Any], ds: Dataset, little_endian: bool) -> tuple[NDArray[Any], int]:
    """(rows, columns) indices to (rows, columns, 3) colours, and the bits of a colour value.

    Raises `FailedError` where the palette cannot be used.
    """
    if any(f"Segmented{channel}PaletteColorLookupTableData" in ds for channel in CHANNELS):
        return _segmented(array, ds)
    try:
        tables = [
            read_lut(ds, bool(array.dtype.kind == "i"), little_endian, f"{channel}PaletteColorLookupTable")
            for channel in CHANNELS
        ]
    except BrokenLutError as error:
        raise FailedError(f"corrupt: the colour palette cannot be used: {error}") from error
    bits = max(table.bits for table in tables)
    values = array.astype(np.float64)
    return np.stack([table(values) for table in tables], axis=-1), bits


def _segmented(array: NDArray[Any], ds: Dataset) -> tuple[NDArray[Any], int]:
    """C.7.9.2, which pydicom expands."""
    try:
        colours = apply_color_lut(array, ds)
    except Exception as error:
        raise FailedError("corrupt: the segmented colour palette cannot be used") from error
    return colours, 8 * colours.itemsize
