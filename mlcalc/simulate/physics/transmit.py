"""What is left of the beam behind maps of thickness."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import numpy as np
from numpy.typing import NDArray

from mlcalc.errors import unknown_id
from mlcalc.simulate.grid import Map, Mask
from mlcalc.simulate.physics.materials import materials
from mlcalc.simulate.physics.reduce import FewBins, Nodes

DARKEST = np.float32(1e-7)
"""The least signal that is told from none; a receptor's own noise lies far above."""
CHUNK = 16384
"""Pixels worked on at once: they stay in the processor's cache."""
FAINT = 1e-3
"""A heavy material that takes less than this from the beam is told by the few energies like any other."""

Pixels = NDArray[np.float32]


def transmission(bins: FewBins, thickness: Mapping[str, Map]) -> Map:
    """The primary signal behind the materials, relative to the open beam, (size, size) float32 in [1e-7, 1].

    thickness: material id to (size, size) float32 cm along the beam, 0 or more; materials that are not there
    may be left out. Pixels behind a heavy material are summed over `FewBins.many`. Only sums and
    exponentials of single pixels: the bytes do not depend on how many threads run. Raises ValueError for no
    map at all, an unknown material or maps of unlike shapes.
    """
    return signal(bins, thickness, behind_heavy(bins, thickness))


def behind_heavy(bins: FewBins, thickness: Mapping[str, Map]) -> Mask | None:
    """Where a heavy material takes more than `FAINT` of the beam, (size, size) bool; None for nowhere."""
    behind: Mask | None = None
    for name, cm in thickness.items():
        if name in _heavy() and cm.any():
            here = cm > FAINT / bins.mu[name].max()
            behind = here if behind is None else behind | here
    return behind


def signal(bins: FewBins, thickness: Mapping[str, Map], many: Mask | None) -> Map:
    """`transmission`, with the pixels named that are summed over `FewBins.many`."""
    shape = _shape(bins, thickness)
    maps = {name: np.ascontiguousarray(cm, np.float32).ravel() for name, cm in thickness.items() if cm.any()}
    left = _sum(bins, maps, shape[0] * shape[1])
    if many is not None:
        here = np.flatnonzero(many)
        left[here] = _sum(bins.many, {name: cm[here] for name, cm in maps.items()}, len(here))
    return np.clip(left, DARKEST, np.float32(1), out=left).reshape(shape)


def _sum(nodes: Nodes, maps: Mapping[str, Pixels], size: int) -> Pixels:
    """The sum over the energies at each of ``size`` pixels."""
    total = np.zeros(size, np.float32)
    tables = [(-nodes.mu[name].astype(np.float32), cm) for name, cm in maps.items()]
    weights = nodes.weights.astype(np.float32)
    for first in range(0, size, CHUNK):
        chunk = slice(first, first + CHUNK)
        here = total[chunk]
        depth, part = np.empty_like(here), np.empty_like(here)
        for node, weight in enumerate(weights):
            depth.fill(0)
            for mu, cm in tables:
                depth += np.multiply(cm[chunk], mu[node], out=part)
            here += np.multiply(np.exp(depth, out=depth), weight, out=depth)
    return total


@cache
def _heavy() -> frozenset[str]:
    return frozenset(name for name, material in materials().items() if material.heavy)


def _shape(bins: FewBins, thickness: Mapping[str, Map]) -> tuple[int, int]:
    if not thickness:
        raise ValueError("no thickness map was given; pass at least one, of zeros if the beam is open")
    shapes = {cm.shape for cm in thickness.values()}
    if len(shapes) > 1 or any(len(shape) != 2 for shape in shapes):
        told = ", ".join(f"{name} {cm.shape}" for name, cm in thickness.items())
        raise ValueError(f"thickness maps must be (size, size) and alike; they are {told}")
    for name in thickness:
        if name not in bins.mu:
            raise ValueError(unknown_id(name, bins.mu, "material"))
    rows, columns = shapes.pop()
    return rows, columns
