"""Drawn ground: a layout, a look at it, thickness maps, and the whole chain from the tube to the console."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from mlcalc.simulate.anatomy.overview import overview
from mlcalc.simulate.anatomy.parts import Layout
from mlcalc.simulate.anatomy.raster import rasterise
from mlcalc.simulate.anatomy.regions import layouts
from mlcalc.simulate.anatomy.sites import seen
from mlcalc.simulate.anatomy.view import View
from mlcalc.simulate.choice import Choice, choose
from mlcalc.simulate.compose import Thickness, put_in
from mlcalc.simulate.config import Config
from mlcalc.simulate.detector.detect import behind_patient
from mlcalc.simulate.detector.lowpass import lowpass
from mlcalc.simulate.exposure import Chain, draw_chain
from mlcalc.simulate.framing import INSIDE, Frame, anchor, frame, inside
from mlcalc.simulate.grid import Grid, Map, Mask
from mlcalc.simulate.lesions.mineral import Mineral
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.physics.transmit import transmission
from mlcalc.simulate.plan import Plan
from mlcalc.simulate.site import Ground, Value
from mlcalc.simulate.stand import CANVAS_MARGIN, Shown
from mlcalc.simulate.streams import log_uniform, stream
from mlcalc.simulate.techniques import techniques
from mlcalc.simulate.visibility import change_inside, outline

TURN = 0.35
"""Standard deviation of the angle that a limb lies at on the film, radians."""
PEOPLE, GROWN, AGES = 40, 18.0, ("anatomy_age", "age")
"""People that are laid out until one is as old as the patient; years when bones are; what tells the age."""
FILM, FILM_PIXELS = 2.5, 64
"""Side of the film that a crop is a part of, over the crop's, and the pixels that stand for it."""
LOOK = 0.7
"""A plain look lies within this share of a layout's extent."""


@dataclass(frozen=True, eq=False)
class DrawnStand:
    """Drawn ground ready to be exposed; see `Stand`.

    around: more of the same person at few pixels, thickness and ground. Exposure and window are found there,
    as on a film of which the crop is a part, so that brightness says nothing about the lesion.
    """

    ground: Ground
    thickness: Thickness
    around: tuple[Thickness, Ground]
    chain: Chain
    choice: Choice | None
    frame: Frame
    drawn: dict[str, Value] = field(default_factory=dict)

    @property
    def region(self) -> str:
        """The layout's."""
        return self.ground.region

    @property
    def mm_per_pixel(self) -> float:
        """Of the crop, in the plane of the object."""
        return self.ground.grid.mm

    @property
    def group(self) -> str:
        """Every drawn crop is a person of its own."""
        return f"drawn-{self.chain.seed}-{self.chain.index:06d}"

    @property
    def kvp(self) -> float:
        """Tube voltage."""
        return self.chain.tube.kvp

    @property
    def parameters(self) -> dict[str, Value]:
        """What was drawn."""
        return {"source": "drawn"} | self.drawn | dict(self.ground.parameters) | self.chain.parameters

    def beside(self, mineral: Mineral, cm: Thickness) -> DrawnStand:
        """See `Stand.beside`."""
        return replace(self, thickness=put_in(self.thickness, mineral, cm))

    def outline(self, mineral: Mineral, cm: Thickness) -> Mask:
        """See `Stand.outline`."""
        before, alone, _ = self._transmitted(((Mineral(mineral.layers), cm),))
        return outline(np.log(before) - np.log(alone))

    def guess(self, minerals: tuple[tuple[Mineral, Thickness], ...]) -> float:
        """See `Stand.guess`: by the slope in the middle of the console's window."""
        before, alone, _ = self._transmitted(minerals)
        delta = np.log(before) - np.log(alone)
        blurred = lowpass(delta, self.chain.console.blur)
        return self.chain.slope(self._expected[0]) * change_inside(blurred, outline(delta))

    def expose(self, minerals: tuple[tuple[Mineral, Thickness], ...]) -> Shown:
        """The whole chain; see `Stand.expose`."""
        before, alone, after = self._transmitted(minerals)
        delta, change = np.log(before) - np.log(alone), np.log(before) - np.log(after)
        grid = self.ground.grid
        expected, behind = self._expected
        signal = self.chain.signal(after, self.ground.depth, grid, behind)
        bare = signal - change
        picture = self.chain.picture(signal, expected, grid)
        plain = self.chain.picture(bare, expected, grid) if minerals else picture
        console = self.chain.console
        return Shown(delta, lowpass(delta, console.blur), bare, picture, plain, zoom=max(console.copied, 1.0))

    def _transmitted(self, minerals: tuple[tuple[Mineral, Thickness], ...]) -> tuple[Map, Map, Map]:
        """The beam behind the ground, behind it with the minerals alone, and with all that they bring."""
        bins = self.chain.bins
        before = transmission(bins, self.thickness)
        if not minerals:
            return before, before, before
        whole, only = dict(self.thickness), dict(self.thickness)
        for mineral, cm in minerals:
            whole, only = put_in(whole, mineral, cm), put_in(only, Mineral(mineral.layers), cm)
        alone = transmission(bins, only)
        if all(m.swelling is None and m.bone is None for m, _ in minerals):
            return before, alone, alone
        return before, alone, transmission(bins, whole)

    @cached_property
    def _expected(self) -> tuple[Map, float]:
        """The signal around the crop, and the fluence behind the patient there."""
        thickness, ground = self.around
        transmitted = transmission(self.chain.bins, thickness)
        expected = self.chain.expected(transmitted, ground.depth, ground.grid)
        return expected, behind_patient(np.exp(-expected), ground.depth)


def drawn_stand(plan: Plan, config: Config, recipes: tuple[Recipe, ...], attempt: int) -> DrawnStand | None:
    """A layout of the plan's region, laid out for one of the recipes; None where none fits.

    recipes: those that may be drawn; none asks for a plain look.
    """
    random = stream(plan.seed, plan.index, "ground", attempt)
    layout = _person(plan, random)
    if recipes:
        choice = choose(recipes, layout.sites, random)
        if choice is None:
            return None
        found = frame(choice.recipe, techniques()[plan.region].side, config.framing, random)
        centre = anchor(choice.site, random)
    else:
        choice, found = None, _plain(plan, layout, random)
        centre = _anywhere(layout, random)
    view = _view(centre, found, config, random)
    grid = Grid(config.size + 2 * CANVAS_MARGIN, found.side / config.size)
    thickness, ground = rasterise(layout, view, grid, random)
    chain = draw_chain(plan.seed, plan.index, plan.region, _middle(ground.depth), config.picture)
    if choice is not None:
        sites = seen((choice.site,), view, grid, ground.body)
        if not sites:
            return None
        choice = Choice(choice.recipe, inside(sites[0], INSIDE * found.side))
    reach = min(FILM * found.side, max(2 * layout.extent, found.side))
    around = overview(layout, view, Grid(FILM_PIXELS, reach / FILM_PIXELS))
    return DrawnStand(ground, thickness, around, chain, choice, found, dict(layout.parameters))


def _person(plan: Plan, random: np.random.Generator) -> Layout:
    """A layout of the region; of a patient who is told to be a child or grown, one of such a person."""
    for _ in range(PEOPLE):
        layout = layouts()[plan.region](random)
        age = next((float(layout.parameters[k]) for k in AGES if k in layout.parameters), None)
        if plan.child is None or age is None or (age < GROWN) == plan.child:
            break
    return layout


def _plain(plan: Plan, layout: Layout, random: np.random.Generator) -> Frame:
    low, high = techniques()[plan.region].side
    return Frame(0.0, log_uniform(random, low, min(high, 2 * layout.extent)))


def _anywhere(layout: Layout, random: np.random.Generator) -> tuple[float, float]:
    """Near a site mostly: there is anatomy; the middle of a layout may be air."""
    site = layout.sites[int(random.integers(len(layout.sites)))]
    x, y = site.path[int(random.integers(len(site.path)))]
    limit = LOOK * layout.extent
    return float(np.clip(x, -limit, limit)), float(np.clip(y, -limit, limit))


def _view(centre: tuple[float, float], found: Frame, config: Config, random: np.random.Generator) -> View:
    """The centre is moved off by chance, the limb turned, left and right alike."""
    reach = config.framing.off_centre * found.side
    dx, dy = random.uniform(-reach, reach, 2)
    angle = float(random.normal(0, TURN))
    return View((centre[0] + float(dx), centre[1] + float(dy)), angle, bool(random.random() < 0.5), 1.0)


def _middle(depth: Map) -> float:
    """Thickness of the patient in the crop, cm."""
    seen = depth[depth > 0.3]
    return float(np.median(seen)) if seen.size else 1.0
