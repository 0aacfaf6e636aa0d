"""A whole layout moved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlcalc.simulate.anatomy.parts import Bone, Contour, Flesh, Layout, Numbers, Plate, Solid
from mlcalc.simulate.site import Site


def shifted(layout: Layout, by: tuple[float, float]) -> Layout:
    """The layout with everything in it moved by (x, y) mm."""
    step = np.asarray(by, np.float64)
    return replace(
        layout,
        bones=tuple((name, _bone(part, step)) for name, part in layout.bones),
        envelopes=tuple(_flesh(part, step) for part in layout.envelopes),
        sites=tuple(_site(site, step) for site in layout.sites),
        cuts=tuple(replace(cut, path=cut.path + step) for cut in layout.cuts),
        bands=tuple(replace(band, path=band.path + step) for band in layout.bands),
        cavities=tuple(replace(one, outline=one.outline + step) for one in layout.cavities),
    )


def _bone(part: Bone, step: Numbers) -> Bone:
    if isinstance(part, Solid):
        return Solid(part.outline + step, part.depth, part.cortex, part.spongy, part.rounding, part.grain)
    if isinstance(part, Plate):
        return replace(part, outline=part.outline + step)
    return replace(part, path=part.path + step)


def _site(site: Site, step: Numbers) -> Site:
    ends = None if site.ends is None else site.ends + step
    return Site(
        site.compartment,
        site.region,
        site.path + step,
        site.width,
        site.depth,
        site.structure,
        site.outward,
        ends,
    )


def _flesh(part: Flesh, step: Numbers) -> Flesh:
    if isinstance(part, Contour):
        return replace(part, outline=part.outline + step)
    return replace(part, path=part.path + step)
