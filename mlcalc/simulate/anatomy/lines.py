"""Lines and gaps in the picture: growth plates, fat planes, vessels, folds and cavities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlcalc.simulate.anatomy.flesh import Body
from mlcalc.simulate.anatomy.lattice import lattice, swept
from mlcalc.simulate.anatomy.parts import Band, Cavity, Cut
from mlcalc.simulate.anatomy.sections import Section
from mlcalc.simulate.anatomy.shapes import smooth_line
from mlcalc.simulate.anatomy.view import View
from mlcalc.simulate.grid import Grid, Map, Patch, Points


def _beside(path: Points, width: float, grid: Grid) -> tuple[Patch, Map] | None:
    """The patch round a path, and the square of the distance to it over half its width."""
    half = max(width / 2, 1e-3)
    low, high = path.min(axis=0) - half, path.max(axis=0) + half
    patch = grid.patch(low[0], low[1], high[0], high[1])
    if patch.empty:
        return None
    net = lattice(grid, patch, max(half / 2, grid.mm))
    return patch, net.full(swept(net, path, np.full(len(path), half), np.zeros((len(path), 0)))[:1])[0]


def cut_away(maps: list[Map], bone: Section, cuts: Sequence[Cut], view: View) -> None:
    """Takes the cuts out of one bone's maps (cortex, spongy, marrow), in place."""
    for cut in cuts:
        found = _near(smooth_line(view.place(cut.path)), cut.width * view.scale, bone.patch)
        if found is None:
            continue
        index, where = found
        cortex, spongy, marrow = (one[index] for one in maps)
        left = 1 - np.float32(cut.share) / (1 + np.exp(np.clip((where - 1) * 6, -30, 30)))
        dense = np.float32(cut.rim) * np.exp(-(((where - 1.7) / 0.6) ** 2))
        cortex *= left
        spongy *= left
        marrow *= left
        more = np.minimum(marrow, dense * (spongy + np.float32(0.2) * marrow)) * np.float32(0.5)
        cortex += more
        marrow -= more


def _near(path: Points, width: float, patch: Patch) -> tuple[tuple[slice, slice], Map] | None:
    """The part of a patch near a path, and the distance to the path over half its width; None if far."""
    x, y = patch.x.ravel(), patch.y.ravel()
    low, high = path.min(axis=0) - 2 * width, path.max(axis=0) + 2 * width
    columns = slice(*np.searchsorted(x, (low[0], high[0])))
    rows = slice(*np.searchsorted(y, (low[1], high[1])))
    part = Patch((rows, columns), patch.x[:, columns], patch.y[rows])
    if part.empty:
        return None
    mm = float(x[1] - x[0]) if x.size > 1 else 1.0
    net = lattice(Grid(max(x.size, y.size), mm), part, max(width / 4, mm))
    found = swept(net, path, np.full(len(path), width / 2), np.zeros((len(path), 0)))
    return part.index, np.sqrt(np.maximum(net.full(found[:1])[0], 0))


def put_cavities(body: Body, cavities: Sequence[Cavity], found: Sequence[Section | None], grid: Grid) -> None:
    """Puts cavities, as their sections show them, into the soft tissue, in place."""
    for cavity, one in zip(cavities, found, strict=True):
        if one is not None:
            _swap(body, one.patch, one.chord(), cavity.material, grid)


def put_bands(body: Body, bands: Sequence[Band], view: View, grid: Grid) -> None:
    """Puts fat planes, vessels and folds into the soft tissue, in place."""
    for band in bands:
        _band(body, band, view, grid)


def _band(body: Body, band: Band, view: View, grid: Grid) -> None:
    found = _beside(smooth_line(view.place(band.path)), band.width * view.scale, grid)
    if found is None:
        return
    patch, square = found
    mm = np.float32(band.depth * view.scale) * np.sqrt(np.clip(1 - square, 0, 1))
    if not band.added:
        _swap(body, patch, mm, band.material, grid)
        return
    inside = body.soft[patch.index] + body.fat[patch.index] > 0
    into = body.fat if band.material == "fat" else body.soft
    into[patch.index] += mm * inside


def _swap(body: Body, patch: Patch, mm: Map, material: str, grid: Grid) -> None:
    """So many mm of the tissue there become another material; never more than there is."""
    soft, fat = body.soft[patch.index], body.fat[patch.index]
    if material == "soft_tissue":
        mm = np.minimum(mm, fat)
        soft += mm
        fat -= mm
        return
    from_soft = np.minimum(mm, soft)
    soft -= from_soft
    if material == "fat":
        fat += from_soft
        return
    from_fat = np.minimum(mm - from_soft, fat)
    fat -= from_fat
    other = body.other.setdefault(material, grid.zeros())
    other[patch.index] += from_soft + from_fat
