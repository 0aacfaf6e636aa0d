"""A layout at few pixels, without texture or lines: what a film shows around a crop."""

from __future__ import annotations

import numpy as np

from mlcalc.simulate.anatomy.flesh import CM, flesh
from mlcalc.simulate.anatomy.lines import put_cavities
from mlcalc.simulate.anatomy.parts import Layout, Plate, Ridge, Solid, Tube
from mlcalc.simulate.anatomy.rings import Places
from mlcalc.simulate.anatomy.sections import Outlined, chord, outlined, sections
from mlcalc.simulate.anatomy.view import View
from mlcalc.simulate.grid import Grid, Map
from mlcalc.simulate.site import Ground

LEAST = 2.0
"""Pixels of the longer side that a bone must have to be worth drawing."""


def overview(layout: Layout, view: View, grid: Grid) -> tuple[dict[str, Map], Ground]:
    """Thickness maps as `rasterise` gives them, but smooth and quickly made; a ground without sites.

    Meant for exposure and window, which need to know how much of the film is how dense.
    """
    soft = (*layout.envelopes, *layout.cavities)
    found = sections(soft, view, grid)
    body = flesh(found[: len(layout.envelopes)], view.scale, grid, None)
    put_cavities(body, layout.cavities, found[len(layout.envelopes) :], grid)
    cortex, spongy, marrow = _bones(layout, view, grid)
    thickness = body.around(cortex + spongy + marrow, marrow)
    thickness["cortical_bone"], thickness["trabecular_bone"] = cortex * CM, spongy * CM
    bone = thickness["cortical_bone"] + thickness["trabecular_bone"]
    depth = bone + thickness["soft_tissue"] + thickness["fat"]
    return thickness, Ground(grid, layout.region, depth > np.float32(0.02), bone, depth, ())


def _bones(layout: Layout, view: View, grid: Grid) -> tuple[Map, Map, Map]:
    """mm of cortex, trabecular bone and marrow."""
    bones = [part for _, part in layout.bones if not isinstance(part, Ridge)]
    total = np.zeros((3, grid.size, grid.size), np.float32)
    for one in sections([part for part in bones if isinstance(part, Tube)], view, grid):
        if one is not None:
            total[:, *one.patch.index] += _layers(one.inwards, one.depth, one.rounding, *one.values)
    least = LEAST * grid.mm / view.scale
    large = [
        part
        for part in bones
        if isinstance(part, Solid | Plate) and np.ptp(part.outline, axis=0).max() > least
    ]
    closed = outlined(large, view, grid, finest=False)
    if closed is not None:
        place = _pixels(closed, grid)
        for k, layer in enumerate(_layers(*closed.fields)):
            summed = np.bincount(place.ravel(), layer.ravel(), grid.size**2 + 1)[:-1]
            total[k] += summed.reshape(grid.size, grid.size).astype(np.float32)
    return total[0], total[1], total[2]


def _layers(inwards: Map, depth: Map, rounding: Map, cortex: Map, spongy: Map) -> tuple[Map, Map, Map]:
    outer, inner = chord(inwards, depth, rounding), chord(inwards, depth, rounding, cortex)
    net = inner * np.minimum(spongy, 1)
    return outer - inner, net, inner - net


def _pixels(closed: Outlined, grid: Grid) -> Places:
    """For every node of the sheet the number of its pixel; for those outside the grid one beyond the last."""
    place = np.full(closed.sheet.shape, grid.size**2, np.int64)
    number = np.arange(grid.size**2).reshape(grid.size, grid.size)
    for k, net in enumerate(closed.sheet.nets):
        own, (top, left) = number[net.patch.index], net.pad
        rows, columns = closed.sheet.slot(k)
        place[rows, columns][top : top + own.shape[0], left : left + own.shape[1]] = own
    return place
