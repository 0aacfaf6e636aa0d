"""Real ground: a crop of a film, a lesion put in as the film would show it, the console's last steps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from mlcalc.simulate.backgrounds.film import Film
from mlcalc.simulate.backgrounds.ground import RealGround, plain_ground, real_ground
from mlcalc.simulate.backgrounds.insert import insert
from mlcalc.simulate.backgrounds.landmarks import choices
from mlcalc.simulate.backgrounds.spots import candidates, tissues
from mlcalc.simulate.backgrounds.survey import SURVEYS
from mlcalc.simulate.backgrounds.want import Want
from mlcalc.simulate.backgrounds.whereabouts import region_at
from mlcalc.simulate.choice import Choice, choose
from mlcalc.simulate.compose import Thickness, put_in
from mlcalc.simulate.config import Config, Framing
from mlcalc.simulate.console.develop import RetouchSettings, retouch
from mlcalc.simulate.exposure import Tube, draw_film_retouch, draw_tube
from mlcalc.simulate.films import Films
from mlcalc.simulate.framing import INSIDE, SLACK, Frame, inside
from mlcalc.simulate.grid import Map, Mask
from mlcalc.simulate.lesions.mineral import Mineral
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.physics.transmit import transmission
from mlcalc.simulate.plan import Plan
from mlcalc.simulate.site import Ground, Site, Value
from mlcalc.simulate.stand import CANVAS_MARGIN, Shown
from mlcalc.simulate.streams import log_uniform, stream
from mlcalc.simulate.visibility import change_inside, outline

PLAIN_MM = (5.0, 60.0)
"""A plain look is framed as if for a lesion of such a length."""
LOOK = 1000
"""Number of the stream that chooses between the regions a film may show at one place."""
RECEPTOR = "csi"
"""Nobody knows what a film was taken with."""
CORTEX = 0.55
"""Share of the bone on a film that is taken for cortex; what a lesion adds hardly depends on it."""


@dataclass(frozen=True, eq=False)
class RealStand:
    """A crop of a film ready to be exposed; see `Stand`."""

    real: RealGround
    tube: Tube
    retouching: RetouchSettings
    choice: Choice | None
    frame: Frame
    seed: int
    index: int
    mm_per_pixel: None = None

    @property
    def ground(self) -> Ground:
        """What the lesion is put into."""
        return self.real.ground

    @property
    def region(self) -> str | None:
        """Of the site, else what the nearest landmark tells."""
        if self.choice is not None:
            return self.choice.site.region or None
        window, random = self.real.window, stream(self.seed, self.index, "ground", LOOK)
        shape = SURVEYS.of(self.real.film).pixels.shape
        return region_at(self.real.film, shape, window.x, window.y, random) or None

    @property
    def group(self) -> str:
        """Films of one block may show one patient."""
        return f"block-{self.real.film.block:03d}"

    @property
    def kvp(self) -> float:
        """Assumed tube voltage."""
        return self.tube.kvp

    @property
    def parameters(self) -> dict[str, Value]:
        """What was drawn; millimetres are assumed."""
        tube: dict[str, Value] = {"kvp": self.tube.kvp, "filter": self.tube.filter}
        tube |= {"source": "real", "assumed_mm_per_pixel": round(self.ground.grid.mm, 5)}
        return tube | dict(self.ground.parameters) | dict(self.retouching.parameters)

    def beside(self, mineral: Mineral, cm: Thickness) -> RealStand:
        """See `Stand.beside`."""
        pixels = insert(self.real, self._added(((mineral, cm),))[1], self._random(1))
        return replace(self, real=replace(self.real, pixels=pixels))

    def _random(self, number: int) -> np.random.Generator:
        return stream(self.seed, self.index, "detector", number)

    def _added(self, minerals: tuple[tuple[Mineral, Thickness], ...]) -> tuple[Map, Map]:
        """What minerals add to ln(open beam / signal): by themselves, and with swelling and lost bone."""
        bins, film = self.tube.bins(RECEPTOR), _film_thickness(self.ground)
        whole, only = dict(film), dict(film)
        for mineral, cm in minerals:
            whole, only = put_in(whole, mineral, cm), put_in(only, Mineral(mineral.layers), cm)
        before = np.log(transmission(bins, film))
        delta = before - np.log(transmission(bins, only))
        if all(m.swelling is None and m.bone is None for m, _ in minerals):
            return delta, delta
        return delta, before - np.log(transmission(bins, whole))

    def outline(self, mineral: Mineral, cm: Thickness) -> Mask:
        """See `Stand.outline`."""
        return outline(self._added(((Mineral(mineral.layers), cm),))[0])

    def guess(self, minerals: tuple[tuple[Mineral, Thickness], ...]) -> float:
        """See `Stand.guess`: on the film before it is retouched."""
        delta, _ = self._added(minerals)
        alone = insert(self.real, delta, self._random(0))
        return change_inside(alone - self.real.pixels, outline(delta))

    def expose(self, minerals: tuple[tuple[Mineral, Thickness], ...]) -> Shown:
        """What the minerals add in the log domain, shown as the film shows it; see `Stand.expose`."""
        grid, real = self.ground.grid, self.real
        delta, change = self._added(minerals) if minerals else (grid.zeros(), grid.zeros())
        pixels = insert(real, change, self._random(0))
        picture = self._retouched(pixels)
        plain = self._retouched(real.pixels) if minerals else picture
        alone = pixels if change is delta else insert(real, delta, self._random(0))
        return Shown(delta, alone - real.pixels, real.pixels, picture, plain, real.zoom)

    def _retouched(self, pixels: Map) -> Map:
        random = stream(self.seed, self.index, "console", 1)
        return retouch(pixels, self.retouching, random, self.ground.grid.mm)


def real_stand(
    plan: Plan, config: Config, films: Films, recipes: tuple[Recipe, ...], attempt: int
) -> RealStand | None:
    """A crop of one of the films that show the plan's region; None where no recipe fits it.

    recipes: those that may be drawn; none asks for a plain look.
    """
    random = stream(plan.seed, plan.index, "ground", attempt)
    showing = films.showing(plan.region)
    film = showing[int(random.integers(len(showing)))]
    choice = choose(recipes, tuple(places(film, plan.region, random)), random) if recipes else None
    if recipes and choice is None:
        return None
    want = _want(choice, config, random)
    real = (plain_ground if choice is None else real_ground)(film, random, want)
    if real is None:
        return None
    side = real.ground.grid.mm * config.size
    if choice is not None:
        choice = Choice(choice.recipe, inside(real.ground.sites[0], INSIDE * side))
    return RealStand(
        real=real,
        tube=draw_tube(stream(plan.seed, plan.index, "beam"), plan.region, config.picture),
        retouching=draw_film_retouch(plan.seed, plan.index, config.picture),
        choice=choice,
        frame=Frame(_length(want, choice, side, config.framing), side),
        seed=plan.seed,
        index=plan.index,
    )


def _want(choice: Choice | None, config: Config, random: np.random.Generator) -> Want:
    """What the crop must show: the chosen place, for a lesion of a length that the recipe allows."""
    framing, size = config.framing, config.size + 2 * CANVAS_MARGIN
    look = Want(
        share=framing.share,
        off_centre=framing.off_centre,
        film_pixels=framing.film_pixels,
        stretch=framing.stretch,
        size=size,
        crop=config.size,
    )
    if choice is None:
        return replace(look, length=log_uniform(random, *PLAIN_MM))
    site, lengths = choice.site, choice.recipe.length
    return replace(
        look,
        length=log_uniform(random, lengths[0] / SLACK, lengths[1] * SLACK),
        compartments=(site.compartment,),
        structures=(site.structure,) if site.structure else (),
        regions=(site.region,),
    )


def _length(want: Want, choice: Choice | None, side: float, framing: Framing) -> float:
    """So small a lesion on a film of few pixels is drawn as large as it must be to be seen."""
    if choice is None:
        return 0.0
    return float(np.clip(want.length, framing.share[0] * side, framing.share[1] * side))


def places(film: Film, region: str, random: np.random.Generator) -> Iterator[Site]:
    """What a film offers for a choice: compartment, structure and bridgeable ends; paths mean nothing."""
    found = SURVEYS.of(film)
    want = Want(regions=(region,))
    nowhere = np.zeros((2, 2))
    for name, tissue in tissues().items():
        if region not in tissue.without and len(candidates(found, tissue)):
            structures = tissue.structures.get(region, ())
            structure = structures[int(random.integers(len(structures)))] if structures else None
            yield Site(name, region, nowhere, 1.0, 1.0, structure)
    for place in (choice.place for choice in choices(found, want)):
        yield Site(place.compartment, place.region, nowhere, 1.0, 1.0, place.structure, ends=place.ends)


def _film_thickness(ground: Ground) -> Thickness:
    bone = ground.bone
    return {
        "soft_tissue": np.maximum(ground.depth - bone, 0),
        "cortical_bone": bone * np.float32(CORTEX),
        "trabecular_bone": bone * np.float32(1 - CORTEX),
    }
