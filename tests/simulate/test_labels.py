"""Labels are true: recipes are drawn as they say and where they say, and pictures tell the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np
import pytest
from scipy.ndimage import binary_dilation, gaussian_filter

from mlcalc.case import Location
from mlcalc.simulate.anatomy.parts import Layout
from mlcalc.simulate.anatomy.raster import View, rasterise
from mlcalc.simulate.anatomy.regions import REGIONS, layouts
from mlcalc.simulate.anatomy.sites import seen
from mlcalc.simulate.choice import fits
from mlcalc.simulate.config import Config, Lesions, Negatives
from mlcalc.simulate.drawn import drawn_stand
from mlcalc.simulate.framing import inside
from mlcalc.simulate.grid import Grid
from mlcalc.simulate.lesions.load import recipes
from mlcalc.simulate.lesions.mineral import Scene
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.lesions.registry import drawers
from mlcalc.simulate.plan import Plan
from mlcalc.simulate.simulated import Simulated
from mlcalc.simulate.site import Site, Value
from mlcalc.simulate.source import Simulation
from mlcalc.simulate.visibility import outline
from tests.simulate.label_rules import (
    AT_BONE,
    VESSEL_SHAPES,
    Measured,
    auroc,
    measure,
    wrong_place,
    wrong_recipe,
    wrong_shapes,
)

PIXELS = 96
SHARE = 0.5
"""Length of a lesion over the side of the grid that it is tried on."""
ENOUGH_PIXELS = 10
SIZE = 96
NEGATIVES = Config(size=SIZE, densities={"no_focal_density": 1})
LESIONS = Config(
    size=SIZE,
    densities={"calcification": 1, "ossification": 1, "foreign_body": 1},
    lesions=Lesions(second=0, beside=0),
)
AWAY = 14
"""Pixels from a mask beyond which blur, masses and sharpening of a crop of 96 pixels do not reach."""


@cache
def laid_out(region: str) -> Layout:
    return layouts()[region](np.random.default_rng(1))


@cache
def focal() -> tuple[Recipe, ...]:
    return tuple(recipe for recipe in recipes() if recipe.density != "no_focal_density")


@dataclass(frozen=True)
class Tried:
    """One recipe drawn at one site of a drawn region."""

    recipe: Recipe
    length: float
    site: Site
    found: Measured
    told: Mapping[str, Value]

    @property
    def size(self) -> float:
        """What distances are compared with: the wanted length or the drawn one, mm."""
        return max(self.length, self.found.extent)

    def __str__(self) -> str:
        return f"{self.recipe.id} at {self.site.compartment}/{self.site.structure} of {self.site.region}"


def places(recipe: Recipe) -> list[tuple[str, Site]]:
    return [(region, site) for region in REGIONS for site in laid_out(region).sites if fits(recipe, site)]


def tried_at(recipe: Recipe, region: str, site: Site, seed: int) -> Tried | None:
    """A lesion of the recipe's middle length; None where the body of this person leaves no room there."""
    random = np.random.default_rng([seed, 5])
    length = float(np.sqrt(recipe.length[0] * recipe.length[1]))
    grid = Grid(PIXELS, max(length / SHARE, 20.0) / PIXELS)
    x, y = site.path[0] if site.compartment == "enthesis" else site.centre()
    view = View((float(x), float(y)))
    ground = rasterise(laid_out(region), view, grid, random)[1]
    placed = seen((site,), view, grid, ground.body)
    if not placed:
        return None
    here = inside(placed[0], 0.3 * 2 * grid.half)
    mineral = drawers()[recipe.drawer](Scene(ground, here, recipe, length, random))
    mask = outline(np.sum([layer.depth for layer in mineral.layers], axis=0, dtype=np.float32))
    return Tried(recipe, length, here, measure(mask, ground, here), mineral.parameters)


@pytest.fixture(scope="module")
def tried() -> tuple[Tried, ...]:
    """Every recipe at up to three sites until one has room for it."""
    found = []
    for number, recipe in enumerate(focal()):
        fitting = places(recipe)
        for attempt in range(3):
            region, site = fitting[(7 * number + 11 * attempt) % len(fitting)]
            one = tried_at(recipe, region, site, number + attempt)
            if one is not None and one.found.pixels >= ENOUGH_PIXELS:
                found.append(one)
                break
    return tuple(found)


def faults(tried: tuple[Tried, ...], holds: Callable[[Tried], bool]) -> list[str]:
    return [f"{one}: {one.found}" for one in tried if not holds(one)]


# What a label may say


@pytest.mark.parametrize("recipe", recipes(), ids=lambda recipe: recipe.id)
def test_density_shapes_materials_and_places_of_a_recipe_go_together(recipe: Recipe) -> None:
    assert list(wrong_recipe(recipe)) == []


@pytest.mark.parametrize(
    ("density", "shapes"),
    [
        ("foreign_body", {"trabecular_cortical"}),
        ("calcification", {"geometric_sharp"}),
        ("calcification", {"trabecular_cortical", "fluffy_ill_defined"}),
        ("ossification", {"fluffy_ill_defined"}),
        ("ossification", {"trabecular_cortical", "geometric_sharp"}),
        ("no_focal_density", {"arcs_and_rings"}),
        ("calcification", set()),
    ],
)
def test_the_rules_refuse_what_the_vocabulary_excludes(density: str, shapes: set[str]) -> None:
    assert list(wrong_shapes(density, shapes))


def test_only_a_horizontal_beam_shows_levels(tried: tuple[Tried, ...]) -> None:
    calcified = [one for one in tried if one.recipe.density == "calcification"]
    levels = {one.recipe.id for one in calcified if one.told.get("levels")}
    assert levels
    assert levels == {recipe.id for recipe in focal() if recipe.view == "horizontal_beam"}


@pytest.mark.parametrize("region", REGIONS)
def test_named_structures_lie_in_their_compartments_and_regions(region: str) -> None:
    places = {Location(s.compartment, s.structure, s.region) for s in laid_out(region).sites}
    assert [wrong for place in places for wrong in wrong_place(place)] == []


# What is drawn


def test_every_recipe_is_drawn_somewhere(tried: tuple[Tried, ...]) -> None:
    assert {recipe.id for recipe in focal()} - {one.recipe.id for one in tried} == set()


def test_mineral_lies_inside_the_patient(tried: tuple[Tried, ...]) -> None:
    assert faults(tried, lambda one: one.found.inside > 0.98) == []


def test_a_lesion_is_as_long_as_its_recipe_says(tried: tuple[Tried, ...]) -> None:
    """Twice the range up; down to a third where the structure, or the person, is smaller than the lesion."""

    def fitting(one: Tried) -> bool:
        low, high = one.recipe.length
        return low / 3 <= one.found.extent <= 2 * high

    assert len(faults(tried, fitting)) <= 0.01 * len(tried), faults(tried, fitting)


def test_a_lesion_is_about_as_long_as_was_asked(tried: tuple[Tried, ...]) -> None:
    ratio = np.array([one.found.extent / one.length for one in tried])
    assert 0.85 < np.median(ratio) < 1.15
    assert np.mean((ratio > 0.5) & (ratio < 1.6)) > 0.9


def test_a_lesion_touches_its_structure(tried: tuple[Tried, ...]) -> None:
    def touching(one: Tried) -> bool:
        return one.found.nearest <= one.site.width / 2 + 0.1 * one.size + 1

    assert faults(tuple(one for one in tried if one.recipe.drawer not in AT_BONE), touching) == []


def test_most_of_a_lesion_lies_along_its_structure(tried: tuple[Tried, ...]) -> None:
    def along(one: Tried) -> bool:
        return one.found.middle <= one.site.width / 2 + 0.4 * one.size

    found = faults(tuple(one for one in tried if one.recipe.drawer not in AT_BONE), along)
    assert len(found) <= 0.01 * len(tried), found


def test_calcified_walls_are_the_vessels(tried: tuple[Tried, ...]) -> None:
    walls = [o for o in tried if o.recipe.morphology <= VESSEL_SHAPES and o.site.compartment == "artery"]
    assert len(walls) >= 4
    assert faults(tuple(walls), lambda one: one.found.middle <= 0.6 * one.site.width) == []


def test_deposits_of_tendons_lie_in_the_tendon(tried: tuple[Tried, ...]) -> None:
    deposits = tuple(o for o in tried if o.site.compartment == "tendon" and "hadd" in o.recipe.id)
    assert len(deposits) >= 5
    assert faults(deposits, lambda one: one.found.middle <= one.site.width / 2 + 0.25 * one.size) == []


def test_spurs_bridges_and_hardware_of_bones_stand_on_bone(tried: tuple[Tried, ...]) -> None:
    rooted = [o for o in tried if o.recipe.morphology & {"spur", "bridging_bone"}]
    rooted += [o for o in tried if o.recipe.drawer in AT_BONE and o.recipe.drawer != "cement"]
    assert faults(tuple(rooted), lambda one: one.found.to_bone <= 2) == []


# What a crop shows


@pytest.fixture(scope="module")
def pairs() -> list[tuple[Simulated, Simulated]]:
    simulation = Simulation(LESIONS, seed=21)
    return [(simulation[i], simulation.draw(i, nothing=True)) for i in range(18)]


def test_a_crop_is_labelled_as_its_recipe(pairs: list[tuple[Simulated, Simulated]]) -> None:
    known = {recipe.id: recipe for recipe in recipes()}
    for crop, _ in pairs:
        recipe = known[str(crop.parameters["lesion_recipe"])]
        assert crop.density == recipe.density
        assert crop.morphology <= recipe.morphology
        assert not crop.complete or crop.morphology == recipe.morphology
        assert (
            list(wrong_shapes(crop.density, crop.morphology, crop.complete and bool(recipe.morphology))) == []
        )
        assert list(wrong_place(crop.location)) == []
        assert crop.location.compartment in (*recipe.compartments, None)
        assert crop.mask.any()


def test_a_twin_shows_the_same_without_the_lesion(pairs: list[tuple[Simulated, Simulated]]) -> None:
    """Scatter and the console's local contrast reach far, but only just."""
    changes = []
    for crop, twin in pairs:
        assert twin.density == "no_focal_density"
        assert not twin.mask.any()
        assert twin.kvp == crop.kvp
        away = ~binary_dilation(crop.mask, iterations=AWAY)
        if away.sum() > 500:
            changes.append(float(np.abs(crop.pixels - twin.pixels)[away].mean()))
    assert np.median(changes) < 0.004
    assert max(changes) < 0.05


def test_a_lesion_changes_the_picture_where_its_mask_is(pairs: list[tuple[Simulated, Simulated]]) -> None:
    for crop, twin in pairs:
        change = np.abs(gaussian_filter(crop.pixels - twin.pixels, 0.7))
        assert change[crop.mask].mean() > 3 * change[~binary_dilation(crop.mask, iterations=AWAY)].mean()


def test_visibility_agrees_with_the_twins(pairs: list[tuple[Simulated, Simulated]]) -> None:
    """By other means: pixels of both pictures, and the spread of the twin's around their neighbours' mean."""
    factors = np.array([visible(*pair) / pair[0].visibility for pair in pairs])
    known = factors[np.isfinite(factors)]
    assert 0.4 < np.median(known) < 2.5
    assert np.mean((known > 0.2) & (known < 5)) >= 0.8


def visible(crop: Simulated, twin: Simulated) -> float:
    near, far = (binary_dilation(crop.mask, iterations=reach) for reach in (4, 12))
    if not (far & ~near).any():
        return float("nan")
    low, high = np.percentile((twin.pixels - gaussian_filter(twin.pixels, 4))[far & ~near], [16, 84])
    change = abs(float((crop.pixels - twin.pixels)[crop.mask].mean()))
    return float(change / max((high - low) / 2, 1 / 255) * crop.mask.sum() ** 0.5)


@pytest.mark.parametrize("kind", ["nothing", "plain", "distractor"])
def test_a_crop_without_focal_density_holds_nothing_that_is_one(kind: str) -> None:
    only = {name: float(name == kind) for name in ("nothing", "plain", "distractor")}
    simulation = Simulation(NEGATIVES.model_copy(update={"negatives": Negatives(**only)}), seed=22)
    for index in range(4):
        crop = simulation[index]
        assert not crop.mask.any()
        assert crop.density == "no_focal_density"
        assert crop.morphology == frozenset()
        assert crop.visibility == 0
        assert ("lesion_recipe" in crop.parameters) is (kind == "distractor")
        if kind != "distractor":
            np.testing.assert_array_equal(crop.pixels, simulation.draw(index, nothing=True).pixels)


@pytest.mark.parametrize("region", ["finger", "abdomen"])
def test_the_insertion_of_nothing_adds_no_attenuation(region: str) -> None:
    stand = None
    for attempt in range(4):
        stand = stand or drawn_stand(
            Plan(5, 0, "nothing", "calcification", False, region), LESIONS, focal(), attempt
        )
    assert stand is not None
    shown = stand.expose(())
    assert not shown.delta.any()
    assert not shown.effect.any()


def test_levels_are_told_with_a_horizontal_beam() -> None:
    levels = tuple(recipe for recipe in focal() if recipe.view == "horizontal_beam")
    only = Config(size=SIZE, densities={"calcification": 1}, lesions=Lesions(second=0, beside=0))
    crops = [Simulation(only, 23, chosen=levels)[i] for i in range(3)]
    assert all(crop.parameters["horizontal_beam"] is True for crop in crops)


def test_the_area_under_the_curve_is_the_share_of_pairs_in_order() -> None:
    some, others = [1.0, 2, 3, 4, 6], [5.0, 7, 8, 9, 10]
    assert auroc(some, others)[0] == pytest.approx(24 / 25)
    assert auroc(others, some) == pytest.approx(auroc(some, others))
