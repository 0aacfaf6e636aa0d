"""A picture that was kept at fewer pixels than it is looked at with: shrunk, compressed, enlarged again."""

from __future__ import annotations

import numpy as np

from mlcalc.imaging.box import Box
from mlcalc.imaging.resize import resample
from mlcalc.simulate.console.store import enlarged, jpeg
from mlcalc.simulate.detector.lowpass import lowpass
from mlcalc.simulate.grid import Map

LEAST = 32
"""Fewest pixels along a side of the kept copy."""


def copied(picture: Map, zoom: float, blur: float, quality: int) -> Map:
    """What is left of a picture, (size, size) float32 in [0, 1], after a stay in a small file.

    zoom: pixels of the picture for one of the copy; 1 and below: no copy was made. blur: sigma of the copy's
    own blur in its pixels. quality: of its JPEG, 0 without. Things stay where they are.
    """
    if zoom <= 1:
        return picture
    size = len(picture)
    few = max(round(size / zoom), LEAST)
    soft = lowpass(np.clip(picture, 0, 1), blur * size / few)
    small = resample(soft, Box(0, 0, size, size), (few, few))
    return np.clip(enlarged(jpeg(small, quality) if quality else small, size), 0, 1)
