"""What a lesion changes on a film whose ground is known only by estimate."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from mlcalc.simulate.grid import Map
from mlcalc.simulate.physics.reduce import FewBins
from mlcalc.simulate.physics.transmit import behind_heavy, signal


def log_contrast(
    bins: FewBins, ground_cm: Mapping[str, Map | float], added_cm: Mapping[str, Map | float]
) -> Map:
    """How much -ln(signal) rises where materials are added to a ground; float32.

    ground_cm, added_cm: material id to cm along the beam, (size, size) float32 or a number that holds
    everywhere; the answer is (size, size), or of no dimension where all are numbers. added may be negative
    (tissue displaced, bone gone), as long as ground and added together are not. Above 0 is denser: brighter
    on the usual picture. Raises ValueError as `transmission` does.
    """
    names = dict.fromkeys([*ground_cm, *added_cm])
    shape = np.broadcast_shapes(*(np.shape(cm) for cm in (*ground_cm.values(), *added_cm.values())))
    ground, added = (
        {
            name: np.zeros(shape or (1, 1), np.float32) + np.asarray(given.get(name, 0), np.float32)
            for name in names
        }
        for given in (ground_cm, added_cm)
    )
    both = {name: ground[name] + added[name] for name in names}
    # The same energies before and after, so that their small errors cancel.
    many = behind_heavy(bins, both)
    before, after = signal(bins, ground, many), signal(bins, both, many)
    return np.asarray(np.log(before / after), np.float32).reshape(shape)
