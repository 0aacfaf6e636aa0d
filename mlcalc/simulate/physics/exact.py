"""The whole sum over the spectrum: slow, and what the few energies are measured against."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mlcalc.errors import unknown_id
from mlcalc.simulate.physics.beam import Beam
from mlcalc.simulate.physics.materials import attenuation, materials
from mlcalc.simulate.physics.receptors import detected


def exact_transmission(
    open_beam: Beam, thickness: Mapping[str, ArrayLike], receptor: str = "csi"
) -> NDArray[np.float64]:
    """The primary signal behind the materials, relative to the open beam, summed over every bin.

    thickness: material id to cm along the beam, numbers or arrays of any one shape, which the answer has
    (float64, no floor). Raises ValueError for an unknown material or receptor.
    """
    signal = detected(open_beam, receptor)
    depth: NDArray[np.float64] = np.zeros(len(open_beam.kev))
    for name, cm in thickness.items():
        if name not in materials():
            raise ValueError(unknown_id(name, materials(), "material"))
        mu = attenuation(materials()[name], open_beam.kev)
        depth = depth + np.asarray(cm, np.float64)[..., None] * mu
    return np.asarray((np.exp(-depth) * signal).sum(axis=-1))
