"""The sites of a layout that a crop sees, kept inside the body."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from mlcalc.simulate.anatomy.parts import Numbers
from mlcalc.simulate.anatomy.shapes import splines
from mlcalc.simulate.anatomy.view import View
from mlcalc.simulate.grid import Grid, Map, Mask, Points
from mlcalc.simulate.site import Site

Indices = NDArray[np.int64]
COARSE = 8
"""Paths of 3 to so many points become smooth curves."""
STEP = 2
"""Pixels between the places where the distance to the skin is known."""
NEAR = 10.0
"""mm from the skin within which a site of the skin is brought to it."""
FAR = 20.0
"""mm outside the body beyond which a site is given up."""


def seen(sites: Sequence[Site], view: View, grid: Grid, body: Mask) -> tuple[Site, ...]:
    """Those that lie on the grid at least in part, in its millimetres.

    People are thinner and thicker than the layout says: what would lie outside is brought inside, and skin
    to the skin. A site that even so lies outside is left out.
    """
    if not sites:
        return ()
    found = _placed([sites[k] for k in np.flatnonzero(_on_grid(sites, view, grid)).tolist()], view)
    depth = _below_skin(body, grid)
    if depth is None or not found:
        return tuple(found)
    kept = []
    for site, path, inside in zip(found, *_brought_in(found, depth, grid), strict=True):
        if inside:
            kept.append(replace(site, path=path))
    return tuple(kept)


def _on_grid(sites: Sequence[Site], view: View, grid: Grid) -> Mask:
    counts = np.array([len(site.path) for site in sites])
    points = view.place(np.concatenate([site.path for site in sites]))
    first = np.cumsum(counts) - counts
    before = np.concatenate([points[:1], points[:-1]])
    before[first] = points[first]
    share = np.linspace(0, 1, 5)[:, None, None]
    inside = (np.abs(before + share * (points - before)) < grid.half).all(axis=2).any(axis=0)
    return np.asarray(np.logical_or.reduceat(inside, first))


def _placed(sites: Sequence[Site], view: View) -> list[Site]:
    """Sites in the millimetres of the grid, their paths smooth."""
    if not sites:
        return []
    whole = view.place(np.concatenate([site.path for site in sites]))
    paths = np.split(whole, np.cumsum([len(site.path) for site in sites])[:-1])
    coarse = [k for k, path in enumerate(paths) if 2 < len(path) <= COARSE]
    for k, curve in zip(coarse, splines([paths[k] for k in coarse], 4), strict=True):
        paths[k] = curve
    turned = View(angle=view.angle, mirror=view.mirror)
    ways = turned.place(np.array([site.outward or (0.0, 0.0) for site in sites])).tolist()
    return [
        Site(
            site.compartment,
            site.region,
            path,
            site.width * view.scale,
            site.depth * view.scale,
            site.structure,
            None if site.outward is None else (way[0], way[1]),
            None if site.ends is None else view.place(site.ends),
        )
        for site, path, way in zip(sites, paths, ways, strict=True)
    ]


def _below_skin(body: Mask, grid: Grid) -> Map | None:
    """mm to the body's edge, inside positive, every ``STEP`` pixels; None if no edge is in sight."""
    coarse = body[::STEP, ::STEP]
    if coarse.all() or not coarse.any():
        return None
    inwards = ndi.distance_transform_edt(coarse) - ndi.distance_transform_edt(~coarse)
    smooth = ndi.uniform_filter(inwards.astype(np.float32), 3, mode="nearest")
    return np.asarray((smooth - np.sign(smooth) * np.float32(0.5)) * np.float32(STEP * grid.mm))


def _brought_in(sites: Sequence[Site], depth: Map, grid: Grid) -> tuple[list[Points], list[bool]]:
    """Every path moved at right angles to the skin as far as it must be; whether it lies inside then."""
    counts = [len(site.path) for site in sites]
    points = np.concatenate([site.path for site in sites])
    skin = np.repeat([site.compartment == "dermal" for site in sites], counts)
    below = [site.width / 2 + (1.6 if site.compartment == "subcutaneous" else 0.3) for site in sites]
    wanted = np.where(skin, np.repeat([site.width / 2 for site in sites], counts), np.repeat(below, counts))
    spacing, parts = STEP * grid.mm, np.cumsum(counts)[:-1]
    down, right = np.gradient(depth, spacing, axis=0), np.gradient(depth, spacing, axis=1)
    on_grid = (np.abs(points) < grid.half).all(axis=1)
    for _ in range(2):
        row, column = _cell(points, grid, depth.shape)
        now = depth[row, column]
        off = np.where((now < wanted) | (skin & (now < NEAR)), wanted - now, 0)
        off = _evened(np.where(on_grid & (now > -FAR), off, 0), parts)
        points = points + off[:, None] * np.stack([right[row, column], down[row, column]], 1)
    row, column = _cell(points, grid, depth.shape)
    inside = np.where(on_grid, depth[row, column] > -0.5, True)
    return np.split(points, parts), [bool(part.mean() > 0.7) for part in np.split(inside, parts)]


def _evened(off: Numbers, parts: Indices) -> Numbers:
    """Smoothed along every path, so that a straight vessel does not become a jagged one."""
    even = off.copy()
    even[1:-1] = (off[:-2] + 2 * off[1:-1] + off[2:]) / 4
    edges = np.concatenate([[0], parts, parts - 1, [len(off) - 1]])
    even[edges] = off[edges]
    return even


def _cell(points: Points, grid: Grid, shape: tuple[int, ...]) -> tuple[Indices, Indices]:
    cell = np.clip(grid.pixels(points) / STEP, 0, np.array(shape)[::-1] - 1).astype(np.int64)
    return cell[:, 1], cell[:, 0]
