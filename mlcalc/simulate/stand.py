"""What a lesion stands in, whether drawn or real: one interface for the steps that follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from mlcalc.simulate.choice import Choice
from mlcalc.simulate.compose import Thickness
from mlcalc.simulate.framing import Frame
from mlcalc.simulate.grid import Map, Mask
from mlcalc.simulate.lesions.mineral import Mineral
from mlcalc.simulate.site import Ground, Value

CANVAS_MARGIN = 16
"""Pixels drawn beyond each edge of the crop, so that blur and sharpening have something to look at."""


@dataclass(frozen=True, eq=False)
class Shown:
    """One exposure. All maps are (canvas, canvas) float32.

    delta: what the mineral adds to ln(open beam / signal), before any blur: the mask comes from it. effect:
    the same in the units of ``bare``, without swelling and lost bone, so that a mass alone is no visible
    lesion. bare: the unprocessed picture with its noise and without the lesion; noise is measured there.
    picture: what a reader sees, in [0, 1]; plain: the same without the lesion. zoom: pixels of the canvas for
    one that has noise of its own.
    """

    delta: Map
    effect: Map
    bare: Map
    picture: Map
    plain: Map
    zoom: float = 1.0


class Stand(Protocol):
    """A ground with a way to expose it."""

    @property
    def ground(self) -> Ground:
        """What the lesion is put into."""

    @property
    def region(self) -> str | None:
        """Region that the crop shows; None where nobody knows."""

    @property
    def choice(self) -> Choice | None:
        """The recipe and the site that it was laid out for; None for a plain look."""

    @property
    def frame(self) -> Frame:
        """Size of the lesion and of the crop."""

    @property
    def mm_per_pixel(self) -> float | None:
        """Of the crop; None where nobody knows."""

    @property
    def group(self) -> str:
        """Crops of one group stay in one split."""

    @property
    def kvp(self) -> float:
        """Tube voltage."""

    @property
    def parameters(self) -> dict[str, Value]:
        """What was drawn."""

    def beside(self, mineral: Mineral, cm: Thickness) -> Stand:
        """The same ground with something more in the beam, which belongs to no lesion and no mask."""

    def outline(self, mineral: Mineral, cm: Thickness) -> Mask:
        """Where one mineral alone adds (or takes) attenuation."""

    def guess(self, minerals: tuple[tuple[Mineral, Thickness], ...]) -> float:
        """About the mean contrast that the minerals will have, in grey levels, without exposing them."""

    def expose(self, minerals: tuple[tuple[Mineral, Thickness], ...]) -> Shown:
        """With these minerals (none: the insertion of nothing), and the cm of material that each adds."""
