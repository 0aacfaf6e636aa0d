"""Dots per inch of a raster file as millimetres, only where the user asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mlcalc.imaging.radiograph import Caution, Spacing, SpacingSource

MM_PER_INCH = 25.4
DEFAULTS = (1, 72, 96)
"""What programs write that know no density (screen conventions), to within rounding."""
FEWEST, MOST = 2.54, 25_400.0
"""Dots per inch of a radiograph: 10 mm and 1 micrometre a pixel."""


def file_density(info: Mapping[Any, Any], swapped: bool = False) -> tuple[Spacing, list[Caution]]:
    """Spacing from what Pillow tells of a file (``dpi``: across, down).

    swapped: whether the picture was turned by 90 degrees since. The densities that programs write when
    they know none, and what lies outside `FEWEST` and `MOST`, are unknown.
    """
    try:
        across, down = (float(value) for value in info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return Spacing(), []
    if swapped:
        across, down = down, across
    if any(abs(value - default) < 1 for value in (across, down) for default in DEFAULTS):
        text = f"{across:g} x {down:g} dots per inch is written where no density is known; spacing unknown"
        return Spacing(), [Caution("spacing_placeholder", text)]
    if not all(FEWEST <= value <= MOST for value in (across, down)):
        text = (
            f"a density of {across:g} x {down:g} dots per inch is not that of a radiograph; spacing unknown"
        )
        return Spacing(), [Caution("spacing_implausible", text)]
    note = "dots per inch of the file; of the patient only if the film was scanned at this density"
    row_mm, column_mm = MM_PER_INCH / down, MM_PER_INCH / across
    return Spacing(row_mm, column_mm, SpacingSource.file_density, row_mm / column_mm, note), []
