"""Tasks that `scripts/bench-imaging` sends to workers; they must lie in a module that can be imported."""

from __future__ import annotations

from collections.abc import Sequence

from pydicom.pixels.utils import pixel_array

from mlcalc.imaging.read import read_radiograph


def read_files(paths: Sequence[str]) -> float:
    """Read radiographs, many for one request, and tell one number: what is timed is the reading."""
    return float(sum(read_radiograph(path).pixels[0, 0] for path in paths))


def decode_bare(paths: Sequence[str]) -> float:
    """The same with pydicom alone."""
    return float(sum(pixel_array(path)[0, 0] for path in paths))
