"""Everything that is found out about a film once, and kept."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from mlcalc.imaging.box import Box
from mlcalc.imaging.resize import resample
from mlcalc.simulate.backgrounds.body import Body, find_body
from mlcalc.simulate.backgrounds.bones import Tissues, find_tissues
from mlcalc.simulate.backgrounds.curve import Curve, fit_curve
from mlcalc.simulate.backgrounds.film import Film
from mlcalc.simulate.backgrounds.grain import noise, sharpness
from mlcalc.simulate.backgrounds.habits import Habit, habit
from mlcalc.simulate.grid import Map, Mask

WORKING = 256
"""Longest side of the copy on which tissues are found, in pixels."""
KEPT_BYTES = 512 * 2**20
"""Surveys that are kept: some 400 films of 256 pixels."""
Half = NDArray[np.float16]
"""A map that is kept for long."""
SATURATED = 0.975
DEEPEST_CM = 25.0
"""A body that fills its film is taken to be no deeper than this."""


@dataclass(frozen=True, eq=False)
class Survey:
    """A film and what was found on it.

    pixels: (rows, columns) float32 in [0, 1]. The maps below lie on a copy that is ``step`` times smaller.
    inside: patient; usable: patient, and neither saturated nor hidden by a slab. skin: pixels (of the copy)
    below the skin; radius: half of the limb's width, likewise. across: doubled angle across the limb, (2, …).
    bone: cm of cortical bone that would look as bright (estimate). depth: cm of patient (estimate). air: grey
    of the open beam. mm: millimetres per pixel of ``pixels`` (``mm_source``: header, marks or assumed). blur:
    sigma of a step, pixels; noise: standard deviation, grey values.
    """

    film: Film
    pixels: Map
    step: float
    inside: Mask
    usable: Mask
    skin: Half
    radius: Half
    across: Half
    bone: Half
    depth: Half
    air: Half
    mm: float
    mm_source: str
    curve: Curve
    blur: float
    noise: float

    @cached_property
    def copy_mm(self) -> float:
        """Millimetres per pixel of the maps."""
        return self.mm * self.step

    def nbytes(self) -> int:
        """Memory that it holds."""
        maps = (self.pixels, self.inside, self.usable, self.skin, self.radius, self.across, self.bone)
        return sum(m.nbytes for m in (*maps, self.depth, self.air))


def survey(film: Film) -> Survey:
    """Look at a film, some 100 ms for one of 256 pixels; raises `mlcalc.errors.FileError` if it is gone."""
    pixels = film.pixels()
    copy, step = _copy(pixels)
    body = find_body(copy)
    tissues = find_tissues(copy, body)
    mm, source = _scale(film, pixels)
    usual = habit(film.regions)
    depth = _depth(body, tissues, usual, mm * step)
    air = np.full_like(copy, _black(copy, body)) if body.air is None else body.air.level
    usable = body.inside & ~ndi.binary_dilation(copy > SATURATED, iterations=1)
    return Survey(
        film=film,
        pixels=pixels,
        step=step,
        inside=body.inside,
        usable=usable,
        skin=body.skin.astype(np.float16),
        radius=body.radius.astype(np.float16),
        across=body.across.astype(np.float16),
        bone=_bone(tissues, usual).astype(np.float16),
        depth=depth.astype(np.float16),
        air=air.astype(np.float16),
        mm=mm,
        mm_source=source,
        curve=_curve(copy, body, tissues, depth, usual),
        blur=sharpness(pixels, _grown(body.inside, pixels.shape)),
        noise=noise(pixels, _grown(body.inside, pixels.shape)),
    )


def _copy(pixels: Map) -> tuple[Map, float]:
    rows, columns = pixels.shape
    step = max(1.0, max(rows, columns) / WORKING)
    if step == 1.0:
        return pixels, 1.0
    size = math.ceil(rows / step), math.ceil(columns / step)
    copy: Map = resample(pixels, Box(0, 0, size[1] * step, size[0] * step), size)
    return copy, step


def _grown(mask: Mask, shape: tuple[int, ...]) -> Mask:
    if mask.shape == shape:
        return mask
    rows = np.minimum(np.arange(shape[0]) * mask.shape[0] // shape[0], mask.shape[0] - 1)
    columns = np.minimum(np.arange(shape[1]) * mask.shape[1] // shape[1], mask.shape[1] - 1)
    grown: Mask = mask[rows[:, None], columns[None, :]]
    return grown


def _scale(film: Film, pixels: Map) -> tuple[float, str]:
    """Millimetres per pixel: by the header, by bones of usual width, else by a usual film."""
    if film.mm_per_pixel is not None:
        return film.mm_per_pixel, "header"
    told = [m.width_mm / (m.width * pixels.shape[1]) for m in film.marks if m.width > 0 and m.width_mm > 0]
    if told:
        return float(np.median(told)), "marks"
    return habit(film.regions).film_mm / max(pixels.shape), "assumed"


def _depth(body: Body, tissues: Tissues, usual: Habit, mm: float) -> Map:
    cm = 2 * body.radius * tissues.chord * (mm / 10 * usual.flatness)
    depth: Map = (np.minimum(cm, DEEPEST_CM) * body.inside).astype(np.float32)
    return depth


def _bone(tissues: Tissues, usual: Habit) -> Map:
    cortical_per_cm = 3.0 * usual.soft_per_cm  # xraydb: cortical bone over soft tissue, 50 to 75 kVp
    cm = tissues.excess * (usual.bone_ln / max(tissues.dense, 1e-3) / cortical_per_cm)
    return cm.astype(np.float32)


def _black(copy: Map, body: Body) -> float:
    return max(0.0, float(np.percentile(copy[body.field], 1)) - 0.02) if body.field.any() else 0.0


def _curve(copy: Map, body: Body, tissues: Tissues, depth: Map, usual: Habit) -> Curve:
    """Through the middle of the soft tissue that is not near the skin, and through bone."""
    inner = body.inside & (body.skin > 0.4 * body.radius)
    if not inner.any():
        return fit_curve(0.3, 1.0, 0.25, usual.bone_ln, 1.0)
    soft, deep = float(np.median(tissues.soft[inner])), float(np.median(depth[inner]))
    top = min(max(float(np.percentile(copy, 99.9)), 0.9), 1.0)
    return fit_curve(soft, deep * usual.soft_per_cm, tissues.dense, usual.bone_ln, top)


class Surveys:
    """Surveys of films, the ones used longest ago given up when there are too many."""

    def __init__(self, kept_bytes: int = KEPT_BYTES):
        self._kept: OrderedDict[str, Survey] = OrderedDict()
        self._bytes, self._limit = 0, kept_bytes

    def of(self, film: Film) -> Survey:
        """The survey of a film, made now or before."""
        key = f"{film.sha} {film.path}"
        found = self._kept.get(key)
        if found is None:
            found = self._kept[key] = survey(film)
            self._bytes += found.nbytes()
            while self._bytes > self._limit and len(self._kept) > 1:
                _, given_up = self._kept.popitem(last=False)
                self._bytes -= given_up.nbytes()
        self._kept.move_to_end(key)
        return found


SURVEYS = Surveys()
"""Of this process."""
