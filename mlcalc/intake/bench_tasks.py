"""Tasks that `scripts/bench-imaging` sends to workers; they must lie in a module that can be imported."""

from __future__ import annotations

from pydicom.pixels.utils import pixel_array

from mlcalc.imaging.read import read_radiograph


def read_file(path: str) -> float:
    """Read a radiograph and tell one pixel, so that nothing large travels back."""
    return float(read_radiograph(path).pixels[0, 0])


def decode_bare(path: str) -> float:
    """The same with pydicom alone."""
    return float(pixel_array(path)[0, 0])
