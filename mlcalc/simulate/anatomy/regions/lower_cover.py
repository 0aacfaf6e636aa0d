"""What lies below the skin, found from the envelopes: the build moves the skin, these sites move with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mlcalc.simulate.anatomy.parts import Envelope, Numbers
from mlcalc.simulate.anatomy.shapes import lengths, normals, resampled
from mlcalc.simulate.grid import Points
from mlcalc.simulate.site import Site

_SPACING = 9.0
"""mm between the points of a path along the skin."""
_LONGEST = 8
"""Points of such a path: a place of 6 to 7 cm, no longer than a lesion would need."""
_DEEP = 8.0
"""mm: what is wider than twice this is a belly or a sheet, whose edge may well lie at the skin."""
_SKIN = 1.6
"""mm of skin; atlas value for most of the body (1 to 2, sole 4)."""


def below_skin(points: Points, envelopes: Sequence[Envelope]) -> tuple[Numbers, Points]:
    """How deep points lie below the nearest skin of the whole body, (n,) mm, and the way inwards, (n, 2)."""
    best = np.full(len(points), -np.inf)
    inwards = np.zeros((len(points), 2))
    for part in envelopes:
        depth, way = _below(points, part)
        better = depth > best
        best[better], inwards[better] = depth[better], way[better]
    return best, inwards


def _below(points: Points, part: Envelope) -> tuple[Numbers, Points]:
    depth, away, _ = _nearest(points, part)
    return depth, away / np.maximum(np.hypot(away[:, 0], away[:, 1]), 1e-6)[:, None]


def _nearest(points: Points, part: Envelope) -> tuple[Numbers, Points, Numbers]:
    """Depth below an envelope's skin, the way to its path, and where that meets the path (in its points)."""
    start, step = part.path[:-1], np.diff(part.path, axis=0)
    square = np.maximum((step**2).sum(1), 1e-9)
    dx = points[:, :1] - start[:, 0]
    dy = points[:, 1:2] - start[:, 1]
    share = np.clip((dx * step[:, 0] + dy * step[:, 1]) / square, 0, 1)
    away_x, away_y = share * step[:, 0] - dx, share * step[:, 1] - dy
    depth = part.radius[:-1] + share * np.diff(part.radius) - np.hypot(away_x, away_y)
    segment = depth.argmax(1)
    at = np.arange(len(points)), segment
    return depth[at], np.stack([away_x[at], away_y[at]], 1), segment + share[at]


def padded(envelopes: Sequence[Envelope], bone: Points, least: float) -> tuple[Envelope, ...]:
    """Envelopes widened so that every point of bone (n, 2) lies at least so many mm below the skin.

    Each point widens only the envelope that covers it best, where it is nearest.
    """
    found = list(envelopes)
    for _ in range(2):
        nearest = [_nearest(bone, part) for part in found]
        owner = np.argmax([depth for depth, _, _ in nearest], axis=0)
        for number, (part, (depth, _, along)) in enumerate(zip(found, nearest, strict=True)):
            lack = np.where(owner == number, least - depth, 0)
            if not (lack > 0).any():
                continue
            near = np.clip(1.6 - np.abs(along[:, None] - np.arange(len(part.path))), 0, 1)
            radius = part.radius + (np.clip(lack, 0, None)[:, None] * near).max(0)
            found[number] = replace(part, radius=radius)
    return tuple(found)


def kept_inside(sites: Sequence[Site], envelopes: Sequence[Envelope]) -> list[Site]:
    """The sites with every point deep enough for the site's width: a thin leg pushes its veins inwards."""
    paths = np.concatenate([site.path for site in sites])
    wanted = np.concatenate([np.full(len(s.path), min(s.width / 2, _DEEP) + _SKIN) for s in sites])
    for _ in range(2):
        depth, inwards = below_skin(paths, envelopes)
        paths = paths + inwards * np.clip(wanted - depth, 0, None)[:, None]
    parts = np.split(paths, np.cumsum([len(site.path) for site in sites])[:-1])
    return [replace(site, path=path) for site, path in zip(sites, parts, strict=True)]


def cover_sites(region: str, envelopes: Sequence[Envelope], extent: float) -> list[Site]:
    """Subcutaneous and dermal places along both edges of each envelope and in front of it."""
    found: list[Site] = []
    for number, part in enumerate(envelopes):
        count = max(int(lengths(part.path)[-1] / _SPACING), 3)
        line = resampled(np.column_stack([part.path, part.radius, part.fat]), count)
        others = [*envelopes[:number], *envelopes[number + 1 :]]
        for side in (-1.0, 1.0):
            found += _edge(region, line, side, others, extent)
        found += _front(region, line, part.flatness, extent)
    return found


def _edge(region: str, line: Numbers, side: float, others: list[Envelope], extent: float) -> list[Site]:
    """Where the beam grazes the skin: the subcutis lies beside the muscles, the skin beside the subcutis."""
    way = normals(line) * side
    fat = line[:, 3]
    middle = line[:, :2] + way * (line[:, 2] - _SKIN - fat / 2)[:, None]
    edge = line[:, :2] + way * (line[:, 2] - _SKIN / 2)[:, None]
    covered = below_skin(edge, others)[0] > _SKIN if others else np.zeros(len(edge), bool)
    free = ~covered & (np.hypot(middle[:, 0], middle[:, 1]) < extent)
    depth = 1.6 * np.sqrt(np.maximum(line[:, 2] * fat, 1))  # about the chord through the layer of fat
    found = []
    for run in _runs(free):
        place = run[len(run) // 2]
        outward = (float(way[place, 0]), float(way[place, 1]))
        chord = float(depth[run].min())
        width = max(float(fat[run].mean()), 2.0)
        found.append(Site("subcutaneous", region, middle[run], width, chord, outward=outward))
        found.append(Site("dermal", region, edge[run], _SKIN, min(chord, 20.0), outward=outward))
    return found


def _front(region: str, line: Numbers, flatness: float, extent: float) -> list[Site]:
    """Where the beam meets the skin head on: the subcutis lies over everything."""
    within = np.hypot(line[:, 0], line[:, 1]) < extent
    found = []
    for run in _runs(within):
        radius, fat = float(line[run, 2].mean()), float(line[run, 3].mean())
        depth = max(fat * min(flatness, 1.3), 2.0)
        found.append(Site("subcutaneous", region, line[run, :2], radius, depth))
        found.append(Site("dermal", region, line[run, :2], radius, _SKIN))
    return found


def _runs(free: Numbers | np.typing.NDArray[np.bool_]) -> list[np.typing.NDArray[np.int64]]:
    """Stretches of neighbours that are free, cut into pieces of 3 to `_LONGEST`."""
    found = []
    for part in np.split(np.arange(len(free)), np.nonzero(~free)[0]):
        inner = part[free[part]]
        if len(inner) >= 3:
            found += np.array_split(inner, -(-len(inner) // _LONGEST))
    return [run for run in found if len(run) >= 3]
