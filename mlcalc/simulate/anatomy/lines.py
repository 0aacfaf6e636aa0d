"""Lines in the picture: growth plates, ridges of bone, fat planes, vessels, folds and cavities."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mlcalc.simulate.anatomy.flesh import Body
from mlcalc.simulate.anatomy.lattice import lattice, swept
from mlcalc.simulate.anatomy.parts import Band, Cavity, Cut, Layout, Ridge
from mlcalc.simulate.anatomy.sections import SMOOTH_TO, Section, section
from mlcalc.simulate.anatomy.shapes import lengths, spline
from mlcalc.simulate.anatomy.view import View
from mlcalc.simulate.grid import Grid, Map, Patch, Points


def _line(path: Points, view: View) -> Points:
    placed = view.place(path)
    return spline(placed, max(2, SMOOTH_TO // len(placed)), closed=False) if 2 < len(placed) < 12 else placed


def _beside(path: Points, width: float, grid: Grid, room: float = 1.0) -> tuple[Patch, Map, Map] | None:
    """The patch round a path; distance over half its width; share of its length to the nearer end."""
    half = max(width / 2, 1e-3)
    low, high = path.min(axis=0) - half * room, path.max(axis=0) + half * room
    patch = grid.patch(low[0], low[1], high[0], high[1])
    if patch.empty:
        return None
    net = lattice(grid, patch, max(half / 2, grid.mm))
    square, along, *_ = net.full(swept(net, path, np.full(len(path), half), np.zeros((len(path), 0))))
    whole = np.float32(max(lengths(path)[-1], 1e-6))
    return patch, np.sqrt(np.maximum(square, 0)), np.minimum(along, whole - along) / whole


def ridge(cortex: Map, part: Ridge, view: View, grid: Grid) -> None:
    """Adds a line of dense bone, in mm of cortex."""
    found = _beside(_line(part.path, view), part.width * view.scale, grid, room=1.6)
    if found is not None:
        patch, ratio, end = found
        height = np.exp(-2 * ratio**2) * np.clip(end * 5, 0, 1)
        cortex[patch.index] += height * np.float32(part.depth * view.scale)


def cut_away(maps: list[Map], bone: Section, cuts: Sequence[Cut], view: View) -> None:
    """Takes the cuts out of one bone's maps (cortex, spongy, marrow), in place."""
    for cut in cuts:
        where = _here(_line(cut.path, view), cut.width * view.scale, bone.patch)
        if where is None:
            continue
        gone = np.float32(cut.share) / (1 + np.exp(np.clip((where - 1) * 6, -30, 30)))
        dense = np.float32(cut.rim) * np.exp(-(((where - 1.7) / 0.6) ** 2))
        for k, one in enumerate(maps):
            maps[k] = np.asarray(one * (1 - gone), np.float32)
        more = np.minimum(maps[2], dense * (maps[1] + np.float32(0.2) * maps[2]))
        maps[0], maps[2] = maps[0] + np.float32(0.5) * more, maps[2] - np.float32(0.5) * more


def _here(path: Points, width: float, patch: Patch) -> Map | None:
    """Distance to a path over half its width, within a given patch; None if it lies far away."""
    x, y = patch.x.ravel(), patch.y.ravel()
    low, high = path.min(axis=0) - 2 * width, path.max(axis=0) + 2 * width
    if low[0] > x[-1] or low[1] > y[-1] or high[0] < x[0] or high[1] < y[0]:
        return None
    mm = float(x[1] - x[0]) if x.size > 1 else 1.0
    net = lattice(Grid(max(x.size, y.size), mm), patch, max(width / 4, mm))
    found = swept(net, path, np.full(len(path), width / 2), np.zeros((len(path), 0)))
    return np.asarray(np.sqrt(np.maximum(net.full(found[:1])[0], 0)))


def put_bands(body: Body, layout: Layout, view: View, grid: Grid) -> None:
    """Puts the layout's bands and cavities into the soft tissue, in place."""
    for cavity in layout.cavities:
        _cavity(body, cavity, view, grid)
    for band in layout.bands:
        _band(body, band, view, grid)


def _cavity(body: Body, part: Cavity, view: View, grid: Grid) -> None:
    found = section(part, view, grid)
    if found is not None:
        _swap(body, found.patch, found.chord(), part.material, grid)


def _band(body: Body, band: Band, view: View, grid: Grid) -> None:
    found = _beside(_line(band.path, view), band.width * view.scale, grid)
    if found is None:
        return
    patch, ratio, _ = found
    mm = np.float32(band.depth * view.scale) * np.sqrt(np.maximum(1 - ratio * ratio, 0))
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
