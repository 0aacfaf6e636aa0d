"""A lesion put into thickness maps: what is added takes the place of soft tissue."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

import numpy as np

from mlcalc.simulate.grid import Map
from mlcalc.simulate.lesions.mineral import Mineral
from mlcalc.simulate.physics.hounsfield import hounsfield

CM = np.float32(0.1)
"""Centimetres in a millimetre."""
TISSUE = "soft_tissue"
BONES = ("cortical_bone", "trabecular_bone")

Thickness = dict[str, Map]
"""Material id -> cm that the beam passes, per pixel."""


def added(mineral: Mineral, hu: float) -> Thickness:
    """cm of each material of a lesion at so many Hounsfield units.

    Hounsfield units are those of the layer as a whole: mineral and the tissue that stays between it.
    """
    found: Thickness = {}
    for layer in mineral.layers:
        share = 1.0 if layer.solid else mineral_share(layer.material, hu * layer.share)
        cm = layer.depth * (CM * np.float32(share))
        found[layer.material] = found[layer.material] + cm if layer.material in found else cm
    return found


@lru_cache(4096)
def mineral_share(material: str, hu: float) -> float:
    """Share of a volume of soft tissue, in [0, 1], that pure ``material`` fills where CT shows so many HU.

    What is no denser than soft tissue holds none; what is denser than the pure material is pure.
    """
    tissue = hounsfield(TISSUE)
    return min(max((hu - tissue) / (hounsfield(material) - tissue), 0.0), 1.0)


def put_in(ground: Mapping[str, Map], mineral: Mineral, new: Mapping[str, Map]) -> Thickness:
    """The ground with a lesion: soft tissue makes way for it, swelling comes on top, eroded bone is gone.

    A layer of soft tissue itself comes on top as well.
    """
    result = dict(ground)
    soft = result[TISSUE]
    for material, cm in new.items():
        if material == TISSUE:
            soft = soft + cm
            continue
        result[material] = result[material] + cm if material in result else cm
        soft = soft - cm
    if mineral.swelling is not None:
        soft = soft + mineral.swelling * CM
    if mineral.bone is not None:
        lost = mineral.bone * CM
        for bone in BONES:
            if bone in result:
                gone = np.minimum(lost, result[bone])
                result[bone] = result[bone] - gone
                soft, lost = soft + gone, lost - gone
    result[TISSUE] = np.maximum(soft, 0)
    return result
