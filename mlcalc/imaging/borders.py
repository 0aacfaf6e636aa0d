"""How deep the flat border on each side of a picture is, found on a reduced copy.

A border (collimation, shutter, cassette frame, padding) differs from anatomy in something that does not
depend on brightness: along a line parallel to its side nothing happens. So each side is walked from the
outside in, and the first line on which something happens ends the border. What counts as something is
judged against the noise of that line or, where a strong jump ends the border, against that jump: a white
frame may be uneven by a few per cent if the field behind it is darker by half the grey scale.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcalc.imaging.islands import GAP, Island, island_at
from mlcalc.imaging.radiograph import Pixels

SMALLEST = 16
"""Lines without which nothing can be told."""
TRIM = 0.01
"""Share of the longer side left out at both ends of a line, where a tilted neighbouring border may reach."""
WINDOW = 0.02
"""Share of the longer side averaged along a line: less than a finger, enough against noise."""
MARGIN = 0.025
"""Share of the longer side kept before anything that rises out of the border gradually or in one place."""
EVEN = 0.008
"""Range along a noiseless line that is still flat: two grey levels of an 8-bit picture."""
NOISE = 2.5
"""Range along a line, in standard deviations of the pixel noise, that averaged noise alone reaches."""
STEPS_PER_SD = 2 / np.pi**0.5
"""Mean step between neighbours of normal noise, in its standard deviations."""
MOST = 0.06
"""No line with a wider range is flat, however noisy."""
STEP = 0.02
"""Change of level that ends a border, from one flat line to the next or little by little."""
EXTREME = 0.08
"""A border within a border is black or white: nearer to an end of the picture's range than this share of it.
A shaft of bone parallel to a side is as even along its lines as a frame, but is neither."""
EDGE, EDGE_NEAR, EDGE_FAR, EDGE_DONE = 0.03, 0.01, 0.04, 0.7
"""Half of a line changes by `EDGE` within `EDGE_NEAR` of the longer side, and this is `EDGE_DONE` of what
changes within `EDGE_FAR`: an edge of the border, no body that grows thicker from its skin inwards."""
JUMP, JUMP_REACH, JUMP_WIDE, UNEVEN = 0.4, 0.04, 0.75, 1 / 8
"""`JUMP_WIDE` of a line changes by `JUMP` within `JUMP_REACH`: before it, `UNEVEN` of that is still flat."""
ROUNDS = 6
"""Nested borders that can be peeled off one after the other."""


@dataclass(frozen=True, slots=True)
class Border:
    """Lines of the copy that belong to one side's border. sharp: an edge of its own ends it."""

    lines: int = 0
    sharp: bool = False


NONE = Border()


@dataclass(frozen=True, slots=True)
class Borders:
    """The border of each side; ``blank`` where nothing happens in the whole picture."""

    top: Border = NONE
    bottom: Border = NONE
    left: Border = NONE
    right: Border = NONE
    blank: bool = False

    def deeper(self, side: str, more: Border) -> Borders:
        """With more lines cut off a side; the same if there are none."""
        lines = getattr(self, side).lines + more.lines
        changed: dict[str, Any] = {side: Border(lines, more.sharp)}
        return replace(self, **changed) if more.lines else self


SIDES = ("top", "bottom", "left", "right")


def find_borders(copy: Pixels) -> Borders:
    """The borders of a copy of (rows, columns), best about 512 pixels long, values in [0, 1]."""
    found = Borders()
    if min(copy.shape) < SMALLEST:
        return found
    stacks = _Stack.across(copy), _Stack.across(np.ascontiguousarray(copy.T))
    for _ in range(ROUNDS):
        before = found
        for side in SIDES:
            more = _border(stacks, found, side)
            if more is None:
                return replace(found, blank=True) if found == Borders() else found
            found = found.deeper(side, more)
        if found == before:
            break
    return found


@dataclass(frozen=True, slots=True)
class _Stack:
    """The lines of a copy in one direction. smooth: averaged along each line; noise: |differences| along."""

    smooth: Pixels
    noise: Pixels
    window: int
    longer: int

    @classmethod
    def across(cls, copy: Pixels) -> _Stack:
        longer = max(copy.shape)
        window = min(max(5, round(WINDOW * longer)), copy.shape[1] // 3)
        count = copy.shape[1] - window + 1
        smooth = sum((copy[:, i : i + count] for i in range(1, window)), copy[:, :count]) / np.float32(window)
        return cls(smooth, np.abs(np.diff(copy, axis=1)), window, longer)


def _border(stacks: tuple[_Stack, _Stack], found: Borders, side: str) -> Border | None:
    """What more can be peeled off a side inside what is ``found``; None if nothing happens up to the end."""
    vertical = side in ("top", "bottom")
    stack = stacks[0 if vertical else 1]
    ends = (found.left, found.right) if vertical else (found.top, found.bottom)
    depths = (found.top, found.bottom) if vertical else (found.left, found.right)
    trim = max(2, round(TRIM * stack.longer))
    deep = slice(depths[0].lines, len(stack.smooth) - depths[1].lines)
    start, stop = ends[0].lines + trim, stack.smooth.shape[1] + stack.window - 1 - ends[1].lines - trim
    if deep.stop - deep.start < SMALLEST or stop - start - stack.window < SMALLEST // 2:
        return NONE
    lines, noise = stack.smooth[deep, start : stop - stack.window + 1], stack.noise[deep, start:stop]
    if side in ("bottom", "right"):
        lines, noise = lines[::-1], noise[::-1]
    if np.ptp(lines[0]) > UNEVEN:  # by no measure flat: most sides of most pictures
        return NONE
    return _Side(lines, noise.mean(axis=1), stack.longer).border()


class _Side:
    """The lines parallel to one side, outermost first."""

    def __init__(self, lines: Pixels, noise: Pixels, longer: int):
        self.lines, self.longer = lines, longer
        self.high, self.low = lines.max(axis=1), lines.min(axis=1)
        self.even = np.minimum(EVEN + NOISE / STEPS_PER_SD * noise, MOST)
        self.islands: list[Island] = []

    def border(self) -> Border | None:
        """The border of this side; None where every line is flat."""
        depth = self._flat()
        while depth and (island := self._island(depth)):
            self._forget(island)
            depth = self._flat()
        if depth == len(self.lines):
            return None
        uneven = self._before_jump()
        found = Border(uneven, True) if uneven >= depth else self._end(depth)
        return self._clear_of_islands(found)

    def _flat(self) -> int:
        """Lines before the first one that is not flat or not of a border's level."""
        depth = _first(self.high - self.low > self.even)
        level = (self.high[:depth] + self.low[:depth]) / 2
        start = 0
        while start < depth:
            leaves = start + _first(np.abs(level[start:] - np.median(level[start : start + 3])) > STEP)
            if leaves == depth:
                break
            wide = self._pixels(EDGE_NEAR)
            next_levels = range(leaves + wide, leaves + self._pixels(JUMP_REACH) + 1)
            frames = (at for at in next_levels if self._is_frame(level[at : at + wide]))
            start = next(frames, 0)
            if not start:
                return leaves
        return depth

    def _is_frame(self, level: Pixels) -> bool:
        """Whether these levels, next to a border, are another one: constant, and black or white."""
        if len(level) < self._pixels(EDGE_NEAR) or np.ptp(level) > STEP / 2:
            return False
        low, high = float(self.low.min()), float(self.high.max())
        from_an_end = min(abs(float(level[0]) - low), abs(high - float(level[0])))
        return from_an_end <= EXTREME * (high - low)

    def _before_jump(self) -> int:
        """Lines before the first that is uneven, as measured by the jump that ends the border; 0 without."""
        spread, middle = self.high - self.low, (self.high + self.low) / 2
        uneven = _first(spread > UNEVEN)
        if uneven in (0, len(self.lines)):
            return 0
        end = min(uneven + self._pixels(JUMP_REACH), len(self.lines) - 1)
        jump = np.quantile(np.abs(self.lines[end] - middle[0]), 1 - JUMP_WIDE)
        if jump < JUMP:
            return 0
        depth = _first((spread > UNEVEN * jump) | (np.abs(middle - middle[0]) > jump / 2))
        return depth if uneven - depth <= self._pixels(JUMP_REACH) else 0  # else a body rises, no border ends

    def _end(self, depth: int) -> Border:
        """Where the border before the line ``depth`` ends: at an edge, else at a step, else in a margin."""
        if depth == 0 or self._is_edge(depth):
            return Border(depth, depth > 0)
        level = (self.high[:depth] + self.low[:depth]) / 2
        steps = np.flatnonzero(np.abs(np.diff(level)) > STEP)
        step = int(steps[-1]) + 1 if len(steps) else 0
        margin = depth - self._pixels(MARGIN)
        return Border(step, True) if step >= margin else Border(margin)

    def _is_edge(self, depth: int) -> bool:
        """Whether half of the line or more leaves the border's level at once."""
        level = np.median(self.lines[depth - 1])
        last = len(self.lines) - 1
        near, far = (
            np.median(np.abs(self.lines[min(depth + self._pixels(reach), last)] - level))
            for reach in (EDGE_NEAR, EDGE_FAR)
        )
        return bool(near >= EDGE and near >= EDGE_DONE * far)

    def _island(self, depth: int) -> Island | None:
        if depth >= len(self.lines):
            return None
        level = float(np.median(self.lines[depth - 1]))
        return island_at(self.lines, depth, level, 2 * float(self.even[depth - 1]), self.longer)

    def _forget(self, island: Island) -> None:
        """Fill an island with the level before it."""
        if not self.islands:
            self.lines = self.lines.copy()
        self.islands.append(island)
        rows = slice(island.top, island.bottom)
        self.lines[rows, island.left : island.right] = np.median(self.lines[island.top - 1])
        self.high[rows], self.low[rows] = self.lines[rows].max(axis=1), self.lines[rows].min(axis=1)

    def _clear_of_islands(self, found: Border) -> Border:
        """Less, where an island lies so near to the field that it may belong to it."""
        for island in reversed(self.islands):
            gap = max(self._pixels(GAP), island.bottom - island.top)
            if island.top < found.lines < island.bottom + gap:
                found = Border(max(0, island.top - self._pixels(MARGIN)))
        return found

    def _pixels(self, share: float) -> int:
        return max(2, round(share * self.longer))


def _first(where: NDArray[np.bool_]) -> int:
    """Index of the first True, or the length without one."""
    return int(where.argmax()) if where.any() else len(where)
