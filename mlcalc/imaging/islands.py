"""Side markers and burned-in text: small bright or dark islands that lie wholly in a flat border."""

from __future__ import annotations

from dataclasses import dataclass

from numpy.typing import NDArray

from mlcalc.imaging.radiograph import Pixels

HEIGHT, WIDTH, AREA = 0.06, 0.25, 0.01
"""Largest island: shares of the longer side, and of the square over it. A line of text is long and low."""
CONTRAST = 0.2
"""Letters and lead are far from the level of the border; soft tissue that stands alone is not."""
GAP = 0.03
"""Share of the longer side that lies empty between an island and the field. The gaps between the bones of
a finger whose soft tissue is burned out are a tenth of it."""


@dataclass(frozen=True, slots=True)
class Island:
    """Half-open ranges on the lines of a side: ``top:bottom`` in depth, ``left:right`` along."""

    top: int
    bottom: int
    left: int
    right: int


def island_at(lines: Pixels, depth: int, level: float, tolerance: float, longer: int) -> Island | None:
    """The island whose first line is ``depth``, or None if what begins there is no island.

    lines: (depth, along), outermost first, flat before ``depth`` at about ``level``.
    longer: pixels of the picture's longer side, on the same copy.
    """
    high, wide = round(HEIGHT * longer), round(WIDTH * longer)
    window = lines[depth : depth + high + 1]
    differs = abs(window - level) > tolerance
    first = int(differs[0].argmax())
    island = _grown(differs, first, high, wide)
    if island is None or island.bottom * (island.right - island.left) > AREA * longer**2:
        return None
    inside = window[: island.bottom, island.left : island.right]
    if abs(inside - level).max() < CONTRAST:
        return None
    return Island(depth, depth + island.bottom, island.left, island.right)


def _grown(differs: NDArray, first: int, high: int, wide: int) -> Island | None:  # type: ignore[type-arg]
    """The box around the first line's pixel ``first`` that grew until nothing differs right outside it."""
    bottom, left, right = 1, first, first + 1
    rows, columns = differs.shape
    while True:
        if bottom >= min(rows, high + 1) or left == 0 or right == columns or right - left > wide:
            return None
        if differs[bottom, left - 1 : right + 1].any():
            bottom += 1
        elif differs[:bottom, left - 1].any():
            left -= 1
        elif differs[:bottom, right].any():
            right += 1
        else:
            return Island(0, bottom, left, right)
