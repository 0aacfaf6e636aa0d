"""What lies below the skin, found from the envelopes: the build moves the skin, these sites move with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mlcalc.simulate.anatomy.parts import Envelope, Numbers
from mlcalc.simulate.anatomy.shapes import lengths, normals, resampled
from mlcalc.simulate.grid import Mask, Points
from mlcalc.simulate.site import Site

_SPACING = 9.0
"""mm between the points of a path along the skin."""
_LONGEST = 8
"""Points of such a path: a place of 6 to 7 cm, no longer than a lesion would need."""
_DEEP = 8.0
"""mm: what is wider than twice this is a belly or a sheet, whose edge may well lie at the skin."""
_SKIN = 1.6
"""mm of skin over most of the body (usually 1 to 2, the sole 4; from memory)."""


def below_skin(points: Points, envelopes: Sequence[Envelope]) -> tuple[Numbers, Points]:
    """How deep points lie below the nearest skin of the whole body, (n,) mm, and the way inwards, (n, 2)."""
    depth, away, _ = _nearest(points, envelopes)
    best = np.arange(len(points)), depth.argmax(1)
    way = away[best]
    return depth[best], way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-6)[:, None]


def _nearest(points: Points, envelopes: Sequence[Envelope]) -> tuple[Numbers, Points, Numbers]:
    """Depth below each envelope's skin (n, m), the way to its path (n, m, 2), where that meets the path.

    The last in points of the path, (n, m).
    """
    start = np.concatenate([part.path[:-1] for part in envelopes])
    step = np.concatenate([part.path[1:] - part.path[:-1] for part in envelopes])
    radius = np.concatenate([part.radius[:-1] for part in envelopes])
    wider = np.concatenate([part.radius[1:] - part.radius[:-1] for part in envelopes])
    dx, dy = points[:, :1] - start[:, 0], points[:, 1:2] - start[:, 1]
    square = np.maximum(step[:, 0] ** 2 + step[:, 1] ** 2, 1e-9)
    share = np.clip((dx * step[:, 0] + dy * step[:, 1]) / square, 0, 1)
    away_x, away_y = share * step[:, 0] - dx, share * step[:, 1] - dy
    depth = radius + share * wider - np.sqrt(away_x * away_x + away_y * away_y)
    counts = [len(part.path) - 1 for part in envelopes]
    first = [sum(counts[:k]) for k in range(len(counts))]
    best = np.stack([depth[:, a : a + n].argmax(1) + a for a, n in zip(first, counts, strict=True)], 1)
    at = np.arange(len(points))[:, None], best
    return depth[at], np.stack([away_x[at], away_y[at]], 2), best - np.array(first) + share[at]


def padded(envelopes: Sequence[Envelope], bone: Points, least: float) -> tuple[Envelope, ...]:
    """Envelopes widened so that every point of bone (n, 2) lies at least so many mm below the skin.

    Each point widens only the envelope that covers it best, where it is nearest.
    """
    found = list(envelopes)
    for _ in range(2):
        depth, _, along = _nearest(bone, found)
        owner = depth.argmax(1)
        bare = least - depth.max(1)
        for number, part in enumerate(found):
            here = np.flatnonzero((owner == number) & (bare > 0))
            if len(here):
                near = np.clip(1.6 - np.abs(along[here, number, None] - np.arange(len(part.path))), 0, 1)
                found[number] = replace(part, radius=part.radius + (bare[here, None] * near).max(0))
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
    lines = [
        resampled(
            np.column_stack([part.path, part.radius, part.fat]),
            max(int(lengths(part.path)[-1] / _SPACING), 3),
        )
        for part in envelopes
    ]
    ways = [normals(line) * side for line in lines for side in (-1.0, 1.0)]
    edges = [_skin(lines[k // 2], way) for k, way in enumerate(ways)]
    depth = _nearest(np.concatenate(edges), envelopes)[0]
    own = np.repeat(np.arange(len(edges)) // 2, [len(edge) for edge in edges])
    depth[np.arange(len(own)), own] = -np.inf
    free = np.split(depth.max(1) <= _SKIN, np.cumsum([len(edge) for edge in edges])[:-1])
    found: list[Site] = []
    for number, (part, line) in enumerate(zip(envelopes, lines, strict=True)):
        for k in (2 * number, 2 * number + 1):
            found += _edge(region, line, ways[k], free[k], extent)
        found += _front(region, line, part.flatness, extent)
    return found


def _skin(line: Numbers, way: Points) -> Points:
    return np.asarray(line[:, :2] + way * (line[:, 2] - _SKIN / 2)[:, None])


def _edge(region: str, line: Numbers, way: Points, free: Mask, extent: float) -> list[Site]:
    """Where the beam grazes the skin: the subcutis lies beside the muscles, the skin beside the subcutis.

    free: where no other envelope covers it.
    """
    fat = line[:, 3]
    middle = line[:, :2] + way * (line[:, 2] - _SKIN - fat / 2)[:, None]
    edge = _skin(line, way)
    free = free & (np.hypot(middle[:, 0], middle[:, 1]) < extent)
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


def _runs(free: Mask) -> list[np.typing.NDArray[np.int64]]:
    """Stretches of neighbours that are free, cut into pieces of 3 to `_LONGEST`."""
    at = np.flatnonzero(free)
    ends = [*(1 + np.flatnonzero(np.diff(at) > 1)).tolist(), len(at)]
    found = []
    for start, end in zip([0, *ends[:-1]], ends, strict=True):
        pieces = max(-(-(end - start) // _LONGEST), 1)
        cuts = [start + (end - start) * k // pieces for k in range(pieces + 1)]
        found += [at[cuts[k] : cuts[k + 1]] for k in range(pieces)]
    return [run for run in found if len(run) >= 3]
