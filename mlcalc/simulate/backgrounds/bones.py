"""How much bone the beam has passed: what is brighter than soft tissue of that thickness would be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage as ndi

from mlcalc.simulate.backgrounds.body import Body, finer
from mlcalc.simulate.grid import Map

ROUNDS = 10
ABOVE = 0.05
"""Weight of a pixel above the present estimate of soft tissue, against one below it."""
LEAST_CHORD = 0.25
"""Near the skin a limb is taken to be as thick as this share of its width: no division by nothing."""
RIM = 3.0
"""Pixels from the skin over which blur makes the grey unsure."""
NO_AIR = 0.02
"""Where no air is seen it is taken to be this much darker than the darkest pixels."""
ANY_BONE, DENSE_BONE = 0.35, 97
"""Above this share of the 97th percentile of the excess a pixel shows bone."""


@dataclass(frozen=True, eq=False)
class Tissues:
    """soft: grey value over air of the soft tissue alone; excess: what bone adds to it; both (rows, columns).

    chord: depth along the beam over the limb's width there, if it were round. dense: grey value that bones
    of the film add, 90th percentile of all pixels with bone.
    """

    soft: Map
    excess: Map
    chord: Map
    dense: float


def find_tissues(pixels: Map, body: Body) -> Tissues:
    """Soft tissue as a smooth lower envelope of the grey, after taking out the roundness of the limb."""
    chord = _chord(body)
    divisor = np.maximum(chord, LEAST_CHORD)
    over = ndi.gaussian_filter(pixels, 0.7) - _air(pixels, body)
    soft = _envelope(over / divisor, body) * divisor
    excess = np.where(body.inside, over - soft, 0).astype(np.float32)
    return Tissues(np.asarray(soft, np.float32), np.maximum(excess, 0), chord, _dense(excess, body))


def _air(pixels: Map, body: Body) -> Map | float:
    if body.air is not None:
        return body.air.level
    return max(0.0, float(np.percentile(pixels[body.field], 1)) - NO_AIR) if body.field.any() else 0.0


def _chord(body: Body) -> Map:
    """Half chord of a circle over its radius, at each pixel's distance from the skin."""
    share = np.clip(body.skin / np.maximum(body.radius, 1), 0, 1)
    return np.sqrt(share * (2 - share)).astype(np.float32)


def _envelope(values: Map, body: Body) -> Map:
    """A smooth surface that pixels above it hardly pull up (asymmetric least squares)."""
    if not body.inside.any():
        return np.zeros_like(values)
    trusted = (body.inside * np.clip(body.skin / RIM, 0, 1))[::2, ::2]
    coarse = values[::2, ::2]
    sigma = float(np.clip(0.45 * np.median(body.radius[body.inside]), 5, 16)) / 2
    weights, base = trusted, coarse
    for _ in range(ROUNDS):
        total = ndi.gaussian_filter(weights, sigma, truncate=2.5) + 1e-6
        base = ndi.gaussian_filter(weights * coarse, sigma, truncate=2.5) / total
        weights = trusted * np.where(coarse > base, ABOVE, 1)
    return finer(np.asarray(base, np.float32), values.shape)


def _dense(excess: Map, body: Body) -> float:
    seen = excess[body.inside]
    if not seen.size:
        return 0.0
    bone = seen[seen > ANY_BONE * np.percentile(seen, DENSE_BONE)]
    return float(np.percentile(bone, 90)) if bone.size else 0.0
