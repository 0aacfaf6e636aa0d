"""How well a lesion can be seen: contrast to noise, times the square root of its pixels (Rose, 1948)."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_dilation, gaussian_filter

from mlcalc.simulate.grid import Map, Mask
from mlcalc.simulate.stand import Shown

MASK_SHARE = 0.12
"""Where the added attenuation reaches this share of its 98th percentile the lesion is said to be."""
RING = 8
"""Pixels around the mask in which noise is measured,"""
GAP = 4
"""beyond so many that hold what blur has spread of the lesion itself."""
TREND = 4.0
"""Sigma in pixels of what counts as a slow change of the ground and not as its noise."""
MAD = 1.4826
"""Standard deviation over median absolute deviation, of a normal distribution."""
LEAST_NOISE = 1e-3


def outline(delta: Map) -> Mask:
    """Where a lesion adds (or takes) attenuation, before any blur; delta is in units of ln signal."""
    strength = np.abs(delta)
    touched = strength[strength > 0]
    if touched.size == 0:
        return np.zeros(delta.shape, np.bool_)
    return strength > MASK_SHARE * float(np.percentile(touched, 98))


def noise(ground: Map, mask: Mask) -> float:
    """Standard deviation of the ground around a mask: grain and fine texture, without slow changes.

    By the median, so that edges of bones count little.
    """
    rest = ground - gaussian_filter(ground, TREND)
    near = binary_dilation(mask, iterations=GAP)
    ring = binary_dilation(near, iterations=RING) & ~near
    values = rest[ring] if ring.any() else rest.ravel()
    return max(MAD * float(np.median(np.abs(values - np.median(values)))), LEAST_NOISE)


def change_inside(change: Map, mask: Mask) -> float:
    """Size of the mean change in a mask; 0 for an empty one."""
    return abs(float(change[mask].mean())) if mask.any() else 0.0


def contrast(shown: Shown, mask: Mask) -> float:
    """Mean change in the mask in grey levels of what a reader sees, whose range is 1. 0 for an empty mask."""
    return change_inside(shown.picture - shown.plain, mask)


def visibility(shown: Shown, mask: Mask) -> float:
    """Mean contrast in the mask over the noise around it, times sqrt(pixels). 0 for an empty mask.

    Pixels are those that have noise of their own: an enlarged film has fewer.
    """
    pixels = int(mask.sum()) / max(shown.zoom, 1.0) ** 2
    if not pixels:
        return 0.0
    return abs(float(shown.effect[mask].mean())) / noise(shown.bare, mask) * float(np.sqrt(pixels))
