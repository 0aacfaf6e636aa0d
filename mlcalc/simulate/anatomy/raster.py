"""A layout seen by a crop: centimetres of every material along the beam, and the ground for a lesion."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mlcalc.simulate.anatomy.flesh import flesh
from mlcalc.simulate.anatomy.lines import cut_away, put_bands, put_cavities
from mlcalc.simulate.anatomy.parts import Layout, Numbers, Ridge
from mlcalc.simulate.anatomy.ridges import ridges
from mlcalc.simulate.anatomy.sections import Section, sections
from mlcalc.simulate.anatomy.sites import seen
from mlcalc.simulate.anatomy.texture import bone
from mlcalc.simulate.anatomy.view import View
from mlcalc.simulate.grid import Grid, Map, Mask
from mlcalc.simulate.site import Ground, Value

CM = np.float32(0.1)
"""Centimetres in a millimetre."""

__all__ = ["View", "rasterise"]


@dataclass(frozen=True)
class Grain:
    """How the bone of one person looks: drawn once a crop.

    contrast: of trabeculae against their mean. coarse: stretch of the trabecular net. uneven: of the cortex.
    """

    contrast: float
    coarse: float
    uneven: float

    @classmethod
    def draw(cls, random: np.random.Generator) -> Grain:
        """Fine and even to coarse and sparse."""
        return cls(random.uniform(0.22, 0.5), random.uniform(0.8, 1.5), random.uniform(0.05, 0.12))


@dataclass(eq=False)
class Bones:
    """Millimetres of cortex, trabecular bone and marrow fat, summed over all bones of a crop."""

    cortex: Map
    spongy: Map
    marrow: Map

    @property
    def total(self) -> Map:
        """mm of everything within the outer surface of the bones."""
        return self.cortex + self.spongy + self.marrow


def rasterise(
    layout: Layout, view: View, grid: Grid, random: np.random.Generator
) -> tuple[dict[str, Map], Ground]:
    """Thickness maps (material id -> cm, (size, size) float32) and the ground, as the view sees the layout.

    Bone takes the place of soft tissue. The maps always hold soft_tissue, fat, cortical_bone and
    trabecular_bone; air is left out. The same layout, view, grid and generator state give the same bytes.
    """
    grain = Grain.draw(random)
    solid = [(name, part) for name, part in layout.bones if not isinstance(part, Ridge)]
    parts = (*layout.envelopes, *(part for _, part in solid), *layout.cavities)
    found = sections(parts, view, grid)
    body = flesh(found[: len(layout.envelopes)], view.scale, grid, random)
    bones = Bones(grid.zeros(), grid.zeros(), grid.zeros())
    ossicles = np.zeros((grid.size, grid.size), bool)
    offsets = random.uniform(1000, 1100, (len(solid), 2)).astype(np.float32)
    for (name, _), one, offset in zip(solid, found[len(layout.envelopes) :], offsets, strict=False):
        if one is None:
            continue
        maps = _bone(one, grain, offset, grid.mm)
        cut_away(maps, one, [cut for cut in layout.cuts if cut.bone in ("", name)], view)
        for total, share in zip((bones.cortex, bones.spongy, bones.marrow), maps, strict=True):
            total[one.patch.index] += share
        if name in layout.ossicles:
            ossicles[one.patch.index] |= one.inwards > 0
    ridges(bones.cortex, [part for _, part in layout.bones if isinstance(part, Ridge)], view, grid)
    put_cavities(body, layout.cavities, found[len(parts) - len(layout.cavities) :], grid)
    put_bands(body, layout.bands, view, grid)
    thickness = body.around(bones.total, bones.marrow)
    thickness["cortical_bone"] = np.maximum(bones.cortex, 0) * CM
    thickness["trabecular_bone"] = bones.spongy * CM
    return thickness, _ground(layout, view, grid, thickness, ossicles)


def _bone(found: Section, grain: Grain, offset: Numbers, mm: float) -> list[Map]:
    """mm of cortex, trabecular bone and marrow of one bone."""
    stretch = np.float32(1 / grain.coarse)
    uneven, net = bone().at((found.along + offset[0]) * stretch, (found.across + offset[1]) * stretch, mm)
    cortex = found.values[0] * np.clip(1 + np.float32(grain.uneven) * uneven, 0.4, 1.8)
    outer, inner = found.chord(), found.chord(cortex)
    share = found.values[1] * np.clip(1 + np.float32(grain.contrast) * net, 0.05, 2.2)
    spongy = inner * np.minimum(share, 1)
    return [(outer - inner) * (1 + np.float32(0.04) * uneven), spongy, inner - spongy]


def _ground(layout: Layout, view: View, grid: Grid, thickness: dict[str, Map], ossicles: Mask) -> Ground:
    bone = thickness["cortical_bone"] + thickness["trabecular_bone"]
    depth = bone + thickness["soft_tissue"] + thickness["fat"]
    parameters: dict[str, Value] = {
        **layout.parameters,
        "view_x": float(view.centre[0]),
        "view_y": float(view.centre[1]),
        "view_angle": float(view.angle),
        "view_mirror": view.mirror,
        "view_scale": float(view.scale),
    }
    body = np.asarray(depth > np.float32(0.02))
    return Ground(
        grid=grid,
        region=layout.region,
        body=body,
        bone=bone,
        depth=depth,
        sites=seen(layout.sites, view, grid, body),
        ossicles=ossicles if ossicles.any() else None,
        parameters=parameters,
    )
