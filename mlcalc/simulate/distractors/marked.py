"""A picture that marks are put on."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from mlcalc.simulate.grid import Grid, Map, Mask

KEPT = 0.56
"""Opaque marks stay off the middle square of this share of the side: lesions lie there."""


@dataclass(eq=False)
class Film:
    """picture: (size, size), changed in place. body, mm: see `film_marks.marked`. hidden: what marks cover.

    settings: of the mark that is being drawn.
    """

    picture: Map
    body: Mask
    random: np.random.Generator
    mm: float
    settings: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    hidden: Mask = field(init=False)

    def __post_init__(self) -> None:
        self.hidden = np.zeros(self.picture.shape, np.bool_)

    @property
    def size(self) -> int:
        """Pixels of a side."""
        return len(self.picture)

    @property
    def pixels(self) -> Grid:
        """A grid whose unit is the pixel, its origin the middle."""
        return Grid(self.size, 1.0)

    def number(self, name: str) -> float:
        """A setting: drawn from its range, even on the logarithm, or as it stands."""
        low, high = self.settings[name]
        return low if low == high else float(np.exp(self.random.uniform(math.log(low), math.log(high))))

    def whether(self, name: str) -> bool:
        """A throw of the dice by a setting that is a chance."""
        return bool(self.random.random() < self.settings[name][0])

    def cover(
        self, value: Map | float, share: Map, where: tuple[slice, slice] = (slice(None), slice(None))
    ) -> None:
        """Blend a grey value in, by ``share`` in [0, 1] per pixel."""
        view = self.picture[where]
        view += share * (np.float32(value) - view)
        self.hidden[where] |= share > 0.5

    def add(self, grey: Map, where: tuple[slice, slice] = (slice(None), slice(None))) -> None:
        """Brighter or darker; nothing is hidden."""
        self.picture[where] += grey


Mark = Callable[[Film], None]
