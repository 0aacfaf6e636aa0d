"""A lesion put into a real film: as bright, as blurred and as noisy as if it had been there."""

from __future__ import annotations

import numpy as np
from scipy import ndimage as ndi

from mlcalc.simulate.backgrounds.ground import RealGround
from mlcalc.simulate.grid import Map

REACH = 3.0
"""Sigmas of blur around a lesion that are computed."""
MOST_DELTA = 2.0
"""Attenuation above which noise grows no more: the film is saturated there."""


def insert(real: RealGround, delta: Map, random: np.random.Generator) -> Map:
    """The film's pixels with a lesion, (size, size) float32 in [0, 1].

    delta: ln attenuation that the lesion adds (negative: takes away), (size, size), sharp as drawn; without
    blur, scatter and noise, which are taken from the film. 0 everywhere gives the untouched pixels, exactly.
    """
    rows, columns = np.any(delta, axis=1).nonzero()[0], np.any(delta, axis=0).nonzero()[0]
    pixels = real.pixels.copy()
    if not len(rows):
        return pixels
    reach = int(np.ceil(REACH * real.blur)) + 1
    box = (
        slice(max(rows[0] - reach, 0), rows[-1] + reach + 1),
        slice(max(columns[0] - reach, 0), columns[-1] + reach + 1),
    )
    pixels[box] = _changed(real, box, delta[box], random)
    return pixels


def _changed(real: RealGround, box: tuple[slice, slice], delta: Map, random: np.random.Generator) -> Map:
    blurred = ndi.gaussian_filter(delta, real.blur, truncate=REACH, mode="nearest")
    before = real.pixels[box]
    grown = real.curve.change(before - real.air[box], blurred)
    extra = _noise(real, blurred, random)
    return np.clip(real.curve.shoulder(before, grown + extra), 0, 1)


def _noise(real: RealGround, blurred: Map, random: np.random.Generator) -> Map:
    """What fewer photons add to the noise that is there: variance grows as the attenuation, exp(delta).

    As coarse as the film's own, which was enlarged with it.
    """
    more = np.sqrt(np.maximum(np.expm1(np.minimum(blurred, MOST_DELTA)), 0)) * np.float32(real.noise)
    rows, columns = (int(np.ceil(n / real.zoom)) + 2 for n in blurred.shape)
    grain = random.standard_normal((rows, columns), dtype=np.float32)
    if real.zoom > 1.05:
        grain = ndi.zoom(grain, real.zoom, order=1)
    return np.asarray(grain[: blurred.shape[0], : blurred.shape[1]] * more, np.float32)
