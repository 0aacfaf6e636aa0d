"""A whole layout moved."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mlcalc.simulate.anatomy.parts import Bone, Contour, Flesh, Layout, Plate, Solid


def shifted(layout: Layout, by: tuple[float, float]) -> Layout:
    """The layout with everything in it moved by (x, y) mm."""
    step = np.asarray(by, np.float64)
    return replace(
        layout,
        bones=tuple((name, _bone(part, step)) for name, part in layout.bones),
        envelopes=tuple(_flesh(part, step) for part in layout.envelopes),
        sites=tuple(
            replace(s, path=s.path + step, ends=None if s.ends is None else s.ends + step)
            for s in layout.sites
        ),
        cuts=tuple(replace(cut, path=cut.path + step) for cut in layout.cuts),
        bands=tuple(replace(band, path=band.path + step) for band in layout.bands),
        cavities=tuple(replace(one, outline=one.outline + step) for one in layout.cavities),
    )


def _bone(part: Bone, step: np.ndarray) -> Bone:
    if isinstance(part, Solid | Plate):
        return replace(part, outline=part.outline + step)
    return replace(part, path=part.path + step)


def _flesh(part: Flesh, step: np.ndarray) -> Flesh:
    if isinstance(part, Contour):
        return replace(part, outline=part.outline + step)
    return replace(part, path=part.path + step)
