"""Bones drawn as outlines in data rows, made into solids."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType

import numpy as np

from mlcalc.simulate.anatomy.parts import Numbers, Solid
from mlcalc.simulate.anatomy.shapes import placed, roughened, spline
from mlcalc.simulate.grid import Points


@dataclass(frozen=True, eq=False)
class Trace:
    """One outline.

    points: (n, 5): x, y, cortex, spongy, depth (mm, 0: by flatness). flatness: depth along the beam over
    the width of the bone there. deepest: mm, no part is deeper. rounding: mm, the widest rounding of its
    edge (a plate has 2-4).
    """

    points: Numbers
    flatness: float
    deepest: float
    rounding: float
    grain: float | None

    @cached_property
    def smooth(self) -> Numbers:
        """The points and what belongs to them on a smooth curve."""
        return spline(self.points, 5 if len(self.points) < 40 else 3)

    @cached_property
    def width(self) -> Numbers:
        """How wide the bone is at each point of the smooth curve, mm."""
        return inward_width(self.smooth[:, :2])

    def solid(
        self,
        random: np.random.Generator,
        origin: tuple[float, float] = (0.0, 0.0),
        angle: float = 0.0,
        scale: float | tuple[float, float] = 1.0,
        rough: float = 0.25,
    ) -> Solid:
        """The bone placed (see `shapes.placed`), its outline uneven by ``rough`` mm."""
        table = roughened(placed(self.smooth, origin, angle, scale), random, rough)
        outline = table[:, :2]
        width = self.width * float(np.mean(np.abs(scale)))
        rounding = np.minimum(width / 2, self.rounding)
        depth = np.where(table[:, 4] > 0.5, table[:, 4], np.minimum(width * self.flatness, self.deepest))
        return Solid(
            outline,
            depth=depth,
            cortex=np.maximum(table[:, 2], 0.2),
            spongy=np.clip(table[:, 3], 0, 1),
            rounding=np.maximum(rounding, 0.5),
            grain=None if self.grain is None else self.grain + angle,
        )


def inward_width(outline: Points) -> Numbers:
    """How wide a closed outline is, measured straight inwards from each of its points, (n,) mm."""
    n = len(outline)
    ahead = np.roll(outline, -1, 0) - np.roll(outline, 1, 0)
    x, y = outline.T
    way = np.sign(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))
    inward = np.stack([-ahead[:, 1], ahead[:, 0]], 1) * way
    inward /= np.maximum(np.hypot(inward[:, 0], inward[:, 1]), 1e-9)[:, None]
    edge = np.roll(outline, -1, 0) - outline
    offset = outline[None] - outline[:, None]
    cross = inward[:, None, 0] * edge[None, :, 1] - inward[:, None, 1] * edge[None, :, 0]
    cross = np.where(np.abs(cross) < 1e-9, 1e-9, cross)
    reach = (offset[..., 0] * edge[None, :, 1] - offset[..., 1] * edge[None, :, 0]) / cross
    share = (offset[..., 0] * inward[:, None, 1] - offset[..., 1] * inward[:, None, 0]) / cross
    hit = np.where((share >= 0) & (share <= 1) & (reach > 0.05), reach, np.inf).min(axis=1)
    hit = np.where(np.isfinite(hit), hit, np.median(hit[np.isfinite(hit)]))
    kernel = np.hanning(max(n // 12, 3) + 2)
    padded = np.concatenate([hit[-n // 2 :], hit, hit[: n // 2]])
    smooth = np.convolve(padded, kernel / kernel.sum(), mode="same")
    return np.asarray(smooth[len(hit[-n // 2 :]) :][:n])


@cache
def traces(file: Path, frame: str = "") -> Mapping[str, Trace]:
    """The outlines of a csv file by name, those of one ``frame`` if the file has that column.

    Columns: bone, flatness, deepest, rounding, cortex, spongy, grain (degrees, may be empty), outline
    (``x y``, ``x y cortex spongy`` or ``x y cortex spongy depth`` in mm, separated by ``;``), source.
    """
    with file.open(newline="", encoding="utf-8") as lines:
        rows = [row for row in csv.DictReader(lines) if row.get("frame", "") == frame]
    return MappingProxyType({row["bone"]: _trace(row) for row in rows})


@cache
def numbers(text: str) -> Numbers:
    """``x y ...;x y ...`` as a table, (n, k); kept, so it cannot be written to."""
    table = np.array([[float(number) for number in point.split()] for point in text.split(";")])
    table.flags.writeable = False
    return table


@cache
def curve(text: str, steps: int = 4, closed: bool = True) -> Numbers:
    """The smooth curve through the points of a cell, (m, k); kept, so it cannot be written to."""
    line = spline(numbers(text), steps, closed)
    line.flags.writeable = False
    return line


def _trace(row: Mapping[str, str]) -> Trace:
    cortex, spongy = float(row["cortex"]), float(row["spongy"])
    points = []
    for point in row["outline"].split(";"):
        given = [float(number) for number in point.split()]
        points.append(given + [0.0, 0.0, cortex, spongy, 0.0][len(given) :])
    return Trace(
        np.array(points),
        float(row["flatness"]),
        float(row["deepest"]),
        float(row["rounding"]),
        np.deg2rad(float(row["grain"])) if row["grain"] else None,
    )
