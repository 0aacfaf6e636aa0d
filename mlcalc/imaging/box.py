"""A rectangle of pixels."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """Half-open rectangle in pixels of the upright picture: x0 <= x < x1 (columns), y0 <= y < y1 (rows).

    Pixel (0, 0) covers [0, 1) x [0, 1), so edges may be fractions and may lie outside the picture.
    """

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Columns covered."""
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        """Rows covered."""
        return self.y1 - self.y0

    @property
    def empty(self) -> bool:
        """Whether nothing lies inside."""
        return not (self.width > 0 and self.height > 0)

    def intersect(self, other: Box) -> Box:
        """What both cover; `empty` where they do not meet."""
        return Box(
            max(self.x0, other.x0), max(self.y0, other.y0), min(self.x1, other.x1), min(self.y1, other.y1)
        )

    def to_json(self) -> list[float]:
        """``[x0, y0, x1, y1]``, whole numbers without a fraction."""
        return [
            int(v) if float(v).is_integer() else round(v, 3) for v in (self.x0, self.y0, self.x1, self.y1)
        ]
