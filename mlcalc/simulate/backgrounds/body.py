"""Where the patient is on a film, how deep under the skin every pixel lies, and which way the limb runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage as ndi

from mlcalc.simulate.backgrounds.air import FLAT, SKIN, SMOOTH, Air, find_air, slabs
from mlcalc.simulate.grid import Map, Mask

GLOW, GLOW_REACH = 0.35, 8.0
"""Beside slabs and borders scatter lifts the air by up to this share of a body's grey, fading over pixels."""
LEAST_PIXELS, LEAST_SHARE = 150, 0.04
"""A part of the body has so many pixels, and so large a share of the largest part."""
LEAST_RADIUS, LEAST_RADIUS_SHARE = 3.5, 0.2
"""And is so thick (half, pixels), against the thickest part, too: no marker, no gap between two exposures."""
LEAST_LEVEL = 0.35
"""And so bright against the largest part."""
STRIP = 18.0
"""Light scattered along a border or a slab reaches no farther, in pixels."""
SMALL_HOLE = 60
"""Pixels of a hole that is filled whatever it looks like."""
DARK = 0.6
"""Share of the median grey below which nothing is taken for a patient."""
RADII = 14
"""Thicknesses that are told apart."""


@dataclass(frozen=True, eq=False)
class Body:
    """Maps over the film, (rows, columns), lengths in its pixels.

    inside: the patient, without saturated slabs. skin: distance to the skin (a border of the film is none).
    radius: half of the limb's width there. across: doubled angle of the direction across the limb, as
    (cosine, sine), (2, rows, columns). air: None where the patient fills the film.
    """

    inside: Mask
    field: Mask
    skin: Map
    radius: Map
    across: Map
    air: Air | None


def find_body(pixels: Map) -> Body:
    """The patient on a film of about 256 pixels a side, float32 in [0, 1], dense = bright."""
    field = ~slabs(pixels)
    air = find_air(pixels, field)
    inside = _not_dark(pixels, field) if air is None else _above(pixels, field, air)
    skin = _skin(inside, field)
    radius = _radius(skin)
    return Body(inside, field, skin, radius, _across(inside, skin, radius), air)


def _not_dark(pixels: Map, field: Mask) -> Mask:
    """Where no air is told from the patient, at least what is much darker than the rest is none."""
    smooth = ndi.gaussian_filter(pixels, 2 * SMOOTH)
    dark = DARK * float(np.median(smooth[field])) if field.any() else 0.0
    return np.asarray(field & (smooth > dark), np.bool_)


def _above(pixels: Map, field: Mask, air: Air) -> Mask:
    over = ndi.gaussian_filter(pixels, SMOOTH) - air.level
    least = max(4 * air.spread, SKIN)
    inside: Mask = np.asarray(field & (over > least), np.bool_)
    if not inside.any():
        return inside
    border = np.pad(field, 1)
    far = ndi.distance_transform_edt(border)[1:-1, 1:-1]
    glow = GLOW * float(np.median(over[inside])) * np.exp(-far / GLOW_REACH)
    inside = np.asarray(inside & (over > least + glow), np.bool_)
    inside = ndi.binary_opening(inside, iterations=2)
    whole = _without_holes(_parts(inside, over, far), pixels)
    return np.asarray(whole & field, np.bool_)


def _parts(inside: Mask, over: Map, far: Map) -> Mask:
    """Without what is too small, thin or faint to be a limb, or only a strip along a border or slab."""
    labels, count = ndi.label(inside)
    if not count:
        return inside
    numbers = np.arange(1, count + 1)
    area = np.bincount(labels.ravel(), minlength=count + 1)[1:]
    radius = ndi.maximum(ndi.distance_transform_edt(np.pad(inside, 1))[1:-1, 1:-1], labels, numbers)
    level = ndi.median(over, labels, numbers)
    keep = area > max(LEAST_PIXELS, LEAST_SHARE * area.max())
    keep &= radius > max(LEAST_RADIUS, LEAST_RADIUS_SHARE * radius.max())
    keep &= level > LEAST_LEVEL * level[int(np.argmax(area))]
    keep &= ndi.maximum(far, labels, numbers) > STRIP
    return np.asarray(np.concatenate([[False], keep])[labels], np.bool_)


def _without_holes(inside: Mask, pixels: Map) -> Mask:
    """Small holes, and dark ones that are not flat as air is (lung, bowel), belong to the body."""
    labels, count = ndi.label(~inside)
    if not count:
        return inside
    numbers = np.arange(1, count + 1)
    slope = ndi.gaussian_gradient_magnitude(pixels, 2.0)
    uneven = ndi.median(slope, labels, numbers) > FLAT
    small = np.bincount(labels.ravel(), minlength=count + 1)[1:] < SMALL_HOLE
    return np.asarray(inside | np.concatenate([[False], uneven | small])[labels], np.bool_)


def _skin(inside: Mask, field: Mask) -> Map:
    """Distance to air; where the film or the field ends the body goes on."""
    outside = field & ~inside
    if not outside.any():
        return np.full(inside.shape, float(max(inside.shape)) / 2, np.float32)
    return np.asarray(ndi.distance_transform_edt(~outside) * inside, np.float32)


def _radius(skin: Map) -> Map:
    """Radius of the largest disc within the body that covers a pixel; found on every second pixel."""
    coarse = skin[::2, ::2]
    radius = np.zeros(coarse.shape, np.float32)
    most = float(skin.max())
    if most < 2:
        return skin
    for size in np.geomspace(2, most * 0.98, RADII):
        radius[ndi.distance_transform_edt(coarse < size) <= size / 2] = size
    return np.maximum(finer(ndi.gaussian_filter(radius, 1), skin.shape), skin)


def finer(coarse: Map, shape: tuple[int, ...]) -> Map:
    """A map of every second pixel brought back to all pixels."""
    back = ndi.affine_transform(coarse, [0.5, 0.5], 0, shape, np.float32, order=1, mode="nearest")
    return np.asarray(back, np.float32)


def _across(inside: Mask, skin: Map, radius: Map) -> Map:
    """The direction that skin distance changes along, averaged over the width of the limb."""
    dy, dx = np.gradient(ndi.gaussian_filter(skin, 1.5))
    cosine, sine = (dx * dx - dy * dy) * inside, 2 * dx * dy * inside
    wide = float(np.clip(0.7 * np.median(radius[inside]), 3, 20)) if inside.any() else 3.0
    parts = (ndi.gaussian_filter(part[::2, ::2], wide / 2, truncate=2.5) for part in (cosine, sine))
    return np.stack([finer(part, skin.shape) for part in parts])
