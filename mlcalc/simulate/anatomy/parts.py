"""The parts that a region is laid out from, in millimetres of the region's own frame.

A layout is geometry only, cheap to make; `anatomy.raster` turns the part of it that a crop sees into
thickness maps. x points right, y down; the beam runs along z.

Bones are drawn best as a `Solid`: one closed outline for the whole bone (`long_bones.long_bone` makes one
from a shaft and its two ends, `shapes.spline` from a few points), shell of cortex and trabeculae inside.
`Tube` and `Plate` remain for plain shafts and flat bones. Lines inside a bone (epiphyseal scar, rim of a
fossa, glenoid rim, subchondral plate) are a `Ridge`. A trunk or palm whose edge is no swept tube is a
`Contour`; lungs, bowel gas and the like are a `Cavity`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlcalc.simulate.grid import Points
from mlcalc.simulate.site import Site, Value

Numbers = NDArray[np.float64]
Amount = float | Numbers
"""One number for all of a part, or one for each point of its outline, (n,)."""
UP = float(np.pi / 2)
"""The direction of the y axis, radians from the x axis."""


@dataclass(frozen=True, eq=False)
class Tube:
    """A bone (or limb) swept along a path: elliptic cross-section, shell of cortex, trabeculae inside.

    path: (n, 2) mm. radius: (n,) mm across the path, in the picture. flatness: depth along the beam over
    width in the picture. cortex: (n,) mm of the shell. spongy: share of the marrow space that is trabecular
    bone, (n,) in [0, 1] (low in the shaft, high at the ends). The ends are rounded.
    """

    path: Points
    radius: Numbers
    cortex: Numbers
    spongy: Numbers
    flatness: float = 1.0


@dataclass(frozen=True, eq=False)
class Plate:
    """A flat bone or any outline (n, 2) mm of even depth that thins to its edge over ``edge`` mm."""

    outline: Points
    depth: float
    cortex: float
    spongy: float
    edge: float = 3.0


@dataclass(frozen=True, eq=False)
class Solid:
    """A bone of any outline whose depth rises elliptically from the outline: carpal, head, vertebra, shaft.

    outline: closed polygon (n, 2) mm, smooth (see `shapes.spline`). depth: mm along the beam where it is
    thickest. cortex: mm of the shell, which follows the outline and covers front and back. spongy: share of
    the marrow space that is trabecular bone, in [0, 1]. rounding: mm inwards over which it reaches its full
    depth (half its width for a round bone, 2-3 for a plate). Each may vary along the outline. grain:
    direction of the load lines, radians from x towards y; None: the outline's long axis.
    """

    outline: Points
    depth: Amount
    cortex: Amount
    spongy: Amount
    rounding: Amount
    grain: float | None = None


@dataclass(frozen=True, eq=False)
class Ridge:
    """A line of dense bone within or on a bone: ``depth`` mm of cortical bone more, tapering at its ends.

    A negative depth is a groove.
    """

    path: Points
    width: float
    depth: float


@dataclass(frozen=True, eq=False)
class Envelope:
    """A limb or trunk: soft tissue swept along a path, with a layer of fat below the skin.

    path (n, 2), radius (n,), fat (n,) mm. Where several envelopes overlap (fingers, toes) the larger counts.
    """

    path: Points
    radius: Numbers
    fat: Numbers
    flatness: float = 1.0


@dataclass(frozen=True, eq=False)
class Contour:
    """A piece of body of any outline (palm, shoulder, neck, trunk); like an `Envelope` otherwise.

    outline: closed polygon (n, 2) mm. depth: mm along the beam. rounding: as of a `Solid`.
    fat: mm below the skin, at the outline and at front and back.
    """

    outline: Points
    depth: Amount
    fat: Amount
    rounding: Amount


@dataclass(frozen=True, eq=False)
class Cavity:
    """Another material in place of soft tissue: air of the lung, gas in the bowel, a fat pad.

    outline: closed polygon (n, 2) mm. depth: mm along the beam. rounding: as of a `Solid`.
    """

    outline: Points
    depth: Amount
    rounding: Amount
    material: str = "air"


@dataclass(frozen=True, eq=False)
class Cut:
    """A band taken out of bone: a growth plate, a nutrient canal. share: how much of the bone is gone.

    rim: how much denser the bone is right beside the band (a sclerotic line; 0 none).
    bone: name of the one bone it is cut out of; "" all.
    """

    path: Points
    width: float
    share: float
    rim: float = 0.0
    bone: str = ""


@dataclass(frozen=True, eq=False)
class Band:
    """A fat plane (material fat, positive depth) or a vessel, tendon or fold of skin (soft_tissue).

    depth: mm along the beam; it takes the place of the other soft tissue unless ``added`` (a fold of skin).
    """

    path: Points
    width: float
    depth: float
    material: str
    added: bool = False


Bone = Tube | Plate | Solid | Ridge
Flesh = Envelope | Contour


@dataclass(frozen=True, eq=False)
class Layout:
    """One region of one drawn person in one view.

    bones: (name, part) in any order. extent: radius (mm) about the origin within which all is drawn; a crop
    may look anywhere inside. sites: every place a lesion may be put. ossicles: names of bones that are
    labels by themselves (accessory ossicles, inconstant sesamoids). parameters: age in years, build, view ...
    """

    region: str
    bones: tuple[tuple[str, Bone], ...]
    envelopes: tuple[Flesh, ...]
    sites: tuple[Site, ...]
    extent: float
    cuts: tuple[Cut, ...] = ()
    bands: tuple[Band, ...] = ()
    ossicles: tuple[str, ...] = ()
    parameters: Mapping[str, Value] = field(default_factory=dict)
    cavities: tuple[Cavity, ...] = ()
