"""The grey scale of a film as a function of attenuation, estimated from its own air, soft tissue and bone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from mlcalc.simulate.grid import Map

STEEPEST, FLATTEST = 1.25, 0.7
"""Bounds of the exponent: vendors' curves are convex at their toe, hardly concave before their shoulder."""
KNEE = 4
"""How sharply a curve bends into its shoulder."""
LEAST_GREY = 0.01
TOE = 0.1
"""Attenuation below which the slope is that of here: at the toe a power has none."""


@dataclass(frozen=True, slots=True)
class Curve:
    """grey over air = scale * (ln attenuation) ** exponent, up to a shoulder at ``top``."""

    scale: float
    exponent: float
    top: float = 1.0

    def attenuation(self, over_air: Map) -> Map:
        """ln attenuation of grey values over air (at least `TOE`), float32."""
        base = np.maximum(over_air, LEAST_GREY) / np.float32(self.scale)
        return np.maximum(np.power(base, np.float32(1 / self.exponent)), np.float32(TOE))

    def slope(self, attenuation: float) -> float:
        """Grey per ln attenuation, without the shoulder."""
        return float(self.scale * self.exponent * max(attenuation, TOE) ** (self.exponent - 1))

    def change(self, over_air: Map, delta: Map) -> Map:
        """What the grey values grow by when ln attenuation grows by ``delta``; exactly 0 where that is 0."""
        before = self.attenuation(over_air)
        after = np.maximum(before + delta, np.float32(TOE))
        power = np.float32(self.exponent)
        grown = np.float32(self.scale) * (np.power(after, power) - np.power(before, power))
        return np.where(delta == 0, np.float32(0), grown)

    def shoulder(self, pixels: Map, grown: Map) -> Map:
        """Pixels with a change, bent smoothly so that they stay below ``top`` (or where they were)."""
        room = np.maximum(np.float32(self.top) - pixels, np.float32(1e-3))
        share = np.maximum(grown, 0) / room
        bent = room * share / np.power(1 + share**KNEE, np.float32(1 / KNEE))
        return np.maximum(pixels + np.where(grown > 0, bent, grown), 0)


def fit_curve(soft_grey: float, soft_ln: float, bone_grey: float, bone_ln: float, top: float) -> Curve:
    """The curve on which soft tissue of ``soft_ln`` is ``soft_grey`` over air, bone ``bone_grey`` brighter.

    Grey values in [0, 1]. Both ln values are assumptions about the region (see regions.csv). Where the two
    do not fit any curve in bounds the step from soft tissue to bone counts: a lesion is seen beside it.
    """
    soft_grey, bone_grey = max(soft_grey, LEAST_GREY), max(bone_grey, LEAST_GREY)
    soft_ln, bone_ln = max(soft_ln, TOE), max(bone_ln, TOE)
    exponent = math.log(1 + bone_grey / soft_grey) / math.log(1 + bone_ln / soft_ln)
    exponent = min(max(exponent, FLATTEST), STEEPEST)
    step = (soft_ln + bone_ln) ** exponent - soft_ln**exponent
    return Curve(bone_grey / step, exponent, top)
