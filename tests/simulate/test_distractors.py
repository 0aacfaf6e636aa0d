"""Distractors and film marks: what looks like mineral and is none, and what says nothing about it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage as ndi

from mlcalc.simulate.choice import fits
from mlcalc.simulate.compose import added, put_in
from mlcalc.simulate.distractors.film_marks import film_marks, mark_kinds, marked
from mlcalc.simulate.distractors.laid import folded, laid
from mlcalc.simulate.distractors.skeleton import Skeleton
from mlcalc.simulate.grid import Grid, Map
from mlcalc.simulate.lesions.load import load_recipes
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.lesions.registry import drawers
from mlcalc.simulate.site import Ground, Site
from mlcalc.vocabulary import vocabulary

GRID = Grid(128, 0.6)
LIMB, SHAFT = 28.0, 11.0
"""Half widths of a limb that runs upright through the middle of the grid, and of its bone, mm."""
RECIPES = tuple(recipe for recipe in load_recipes() if recipe.density == "no_focal_density")
SITE = Site("joint_space", "knee", np.array([[-SHAFT, 0.0], [SHAFT, 0.0]]), 4.0, 40.0)
IN_BONE = {
    "enchondroma",
    "bone_island",
    "bone_lines",
    "bone_infarct",
    "cortical_defect",
    "coarse_bone",
    "bone_cleft",
}
FROM_BONE = {"osteochondroma", "osteophyte", "callus"}
LUCENT = {"lucent_line", "gas_bubbles"}


def ground(bone: bool = True) -> Ground:
    """An upright limb: 60 mm of patient, 20 mm of it bone in the middle third."""
    x = np.abs(GRID.axis())[None, :] + 0 * GRID.axis()[:, None]
    body = x < LIMB
    depth = np.where(body, 6.0, 0.0).astype(np.float32)
    shaft = np.where((x < SHAFT) & bone, 2.0, 0.0).astype(np.float32)
    return Ground(GRID, "knee", body, shaft, depth, (SITE,))


def drawn(recipe: Recipe, seed: int, on: Ground | None = None) -> Mineral:
    length = float(np.sqrt(recipe.length[0] * recipe.length[1]))
    scene = Scene(on or ground(), SITE, recipe, length, np.random.default_rng(seed))
    return drawers()[recipe.drawer](scene)


def total(mineral: Mineral) -> Map:
    return sum((layer.depth for layer in mineral.layers), GRID.zeros())


def thickness(on: Ground) -> dict[str, Map]:
    return {"soft_tissue": on.depth - on.bone, "cortical_bone": on.bone}


@pytest.fixture(params=RECIPES, ids=lambda recipe: recipe.id)
def recipe(request: pytest.FixtureRequest) -> Recipe:
    found: Recipe = request.param
    return found


class TestEveryDistractor:
    def test_has_no_morphology_and_names_why_it_is_no_lesion(self, recipe: Recipe) -> None:
        assert not recipe.morphology
        assert recipe.source.startswith(("vocabulary", "assumed"))

    def test_is_drawn_inside_the_grid_finite_and_not_negative(self, recipe: Recipe) -> None:
        shown = 0
        for seed in range(3):
            mineral = drawn(recipe, seed)
            for layer in mineral.layers:
                assert layer.depth.shape == (GRID.size, GRID.size)
                assert layer.depth.dtype == np.float32
                assert np.isfinite(layer.depth).all()
                assert layer.depth.min() >= 0
                assert layer.material in {*recipe.materials, "soft_tissue", *OTHER_MATERIALS}
            shown += int((total(mineral) > 0.02).sum() > 10)
        assert shown

    def test_is_the_same_for_the_same_seed(self, recipe: Recipe) -> None:
        first, again = drawn(recipe, 5), drawn(recipe, 5)
        assert [x.depth.tobytes() for x in first.layers] == [x.depth.tobytes() for x in again.layers]
        assert first.parameters == again.parameters

    def test_needs_no_bone_to_come_through(self, recipe: Recipe) -> None:
        bare = drawn(recipe, 7, ground(bone=False))
        if recipe.drawer in IN_BONE | FROM_BONE:
            assert not bare.layers, "a lesion of bone has nowhere to be"


OTHER_MATERIALS = {"textile", "plastic_pvc", "plastic_acrylic", "rubber", "hydroxyapatite"}
"""What drawers add besides the recipe's own material: cloth around a zip, insulation of a cable."""


class TestLesionsOfBone:
    @pytest.mark.parametrize("recipe", [r for r in RECIPES if r.drawer in IN_BONE], ids=lambda r: r.id)
    def test_lie_inside_bone(self, recipe: Recipe) -> None:
        outside = ~ndi.binary_dilation(ground().bone > 0)
        for seed in range(4):
            mineral = drawn(recipe, seed)
            assert total(mineral)[outside].sum() <= 0.05 * total(mineral).sum() + 1e-6
            if mineral.bone is not None:
                assert (mineral.bone <= 10 * ground().bone + 1e-4).all(), "more bone is gone than there is"

    @pytest.mark.parametrize("recipe", [r for r in RECIPES if r.drawer in FROM_BONE], ids=lambda r: r.id)
    def test_that_grow_outwards_stay_joined_to_the_bone_and_inside_the_patient(self, recipe: Recipe) -> None:
        on = ground()
        for seed in range(4):
            mineral = total(drawn(recipe, seed))
            assert not mineral[~on.body].any()
            pieces, count = ndi.label((mineral > 0.15) | (on.bone > 0))
            largest = np.bincount(pieces.ravel())[1:].max()
            assert largest >= 0.97 * (pieces > 0).sum(), f"{count} pieces"

    def test_arcs_and_rings_of_an_enchondroma_are_no_label(self) -> None:
        enchondroma = next(r for r in RECIPES if r.drawer == "enchondroma")
        assert enchondroma.density == "no_focal_density"


class TestThingsOnThePatient:
    @given(st.integers(0, 2**31), st.floats(0.1, 30))
    @settings(max_examples=15, deadline=None)
    def test_take_no_tissue_away(self, seed: int, mm: float) -> None:
        on = ground()
        before = thickness(on)
        depth = np.random.default_rng(seed).random((GRID.size, GRID.size), dtype=np.float32) * np.float32(mm)
        mineral = laid({"steel": depth})
        after = put_in(before, mineral, added(mineral, 0.0))
        assert np.allclose(after["soft_tissue"], before["soft_tissue"], atol=1e-4)
        assert np.allclose(after["steel"], depth / 10, rtol=1e-5)

    @given(st.integers(0, 2**31))
    @settings(max_examples=15, deadline=None)
    def test_a_fold_of_skin_is_so_much_more_soft_tissue(self, seed: int) -> None:
        on = ground()
        before = thickness(on)
        depth = np.random.default_rng(seed).random((GRID.size, GRID.size), dtype=np.float32) * np.float32(10)
        mineral = folded(depth * on.body)
        after = put_in(before, mineral, added(mineral, 0.0))
        assert np.allclose(
            (after["soft_tissue"] - before["soft_tissue"])[on.body], depth[on.body] / 10, atol=1e-4
        )

    @pytest.mark.parametrize("recipe", [r for r in RECIPES if r.drawer in LUCENT], ids=lambda r: r.id)
    def test_gas_and_fat_take_the_place_of_soft_tissue(self, recipe: Recipe) -> None:
        on = ground()
        mineral = drawn(recipe, 3)
        after = put_in(thickness(on), mineral, added(mineral, 0.0))
        changed = sum(after.values()) - sum(thickness(on).values())
        assert np.abs(changed).max() < 1e-3
        assert not total(mineral)[~on.body].any()

    def test_a_finger_ring_crosses_the_bone(self) -> None:
        ring = next(r for r in RECIPES if r.id == "finger_ring")
        crossing = [bool(total(drawn(ring, seed))[ground().bone > 0].any()) for seed in range(6)]
        assert sum(crossing) >= 4


class TestRecipes:
    def test_without_compartments_lie_anywhere(self) -> None:
        button = next(r for r in RECIPES if r.id == "safety_pin")
        assert set(button.compartments) == set(vocabulary().compartments)
        assert fits(button, SITE)

    def test_cover_every_region_with_bone_lesions_flesh_and_things_outside(self) -> None:
        anywhere = {r.drawer for r in RECIPES if not r.regions}
        assert {
            "bone_island",
            "bone_over",
            "gas_bubbles",
            "skin_fold",
            "seam",
            "cable",
            "wedge_mark",
        } <= anywhere


class TestSkeleton:
    def test_finds_axis_width_and_inside_of_a_shaft(self) -> None:
        spot = Skeleton.of(ground()).interior(np.random.default_rng(0))
        assert spot is not None
        assert abs(abs(np.degrees(spot.angle)) - 90) < 3, "the shaft stands upright"
        assert spot.half_width == pytest.approx(SHAFT, abs=1.5)
        assert spot.long > 2

    def test_looks_away_from_the_bone_at_its_margin(self) -> None:
        for seed in range(6):
            spot = Skeleton.of(ground()).margin(np.random.default_rng(seed))
            assert spot is not None
            assert np.cos(spot.angle) * np.sign(spot.x) > 0.9

    def test_finds_nothing_without_bone(self) -> None:
        assert Skeleton.of(ground(bone=False)).interior(np.random.default_rng(0)) is None
        assert Skeleton.of(ground(bone=False)).margin(np.random.default_rng(0)) is None


@pytest.fixture(scope="module")
def film() -> tuple[Map, np.ndarray]:
    on = ground()
    picture: Map = (0.1 + 0.3 * on.body + 0.2 * (on.bone > 0)).astype(np.float32)
    return picture, on.body


class TestFilmMarks:
    @given(st.integers(0, 2**31), st.sampled_from(sorted(mark_kinds())))
    @settings(max_examples=60, deadline=None)
    def test_keep_the_picture_a_picture(self, seed: int, name: str) -> None:
        on = ground()
        picture = np.full((GRID.size, GRID.size), 0.4, np.float32)
        found = marked(picture, on.body, np.random.default_rng(seed), GRID.mm, 1.0, (name,))
        assert found.picture.dtype == np.float32
        assert found.picture.shape == picture.shape
        assert found.picture.min() >= 0
        assert found.picture.max() <= 1
        assert set(str(found.parameters["film_marks"]).split(";")) == {name}
        assert (picture == np.float32(0.4)).all(), "the picture that was given stays as it is"

    @pytest.mark.parametrize("name", sorted(mark_kinds()))
    def test_change_something_and_hide_nothing_in_the_middle(
        self, name: str, film: tuple[Map, np.ndarray]
    ) -> None:
        changed, middle = 0, slice(round(0.3 * GRID.size), round(0.7 * GRID.size))
        for seed in range(12):
            found = marked(*film, np.random.default_rng(seed), GRID.mm, 1.0, (name,))
            changed += int(not np.array_equal(found.picture, film[0]))
            assert found.hidden[middle, middle].mean() < 0.02
        assert changed >= 9

    def test_come_as_often_as_they_are_asked_for(self, film: tuple[Map, np.ndarray]) -> None:
        told = [
            film_marks(*film, np.random.default_rng(seed), GRID.mm)[1]["film_marks"] for seed in range(300)
        ]
        share = sum(bool(names) for names in told) / len(told)
        assert 0.18 < share < 0.32
        assert max(str(names).count(";") for names in told) <= 1, "never more than two"
        assert not any(
            film_marks(*film, np.random.default_rng(s), GRID.mm, rate=0)[1]["film_marks"] for s in range(40)
        )

    def test_are_the_same_for_the_same_seed(self, film: tuple[Map, np.ndarray]) -> None:
        def once(seed: int) -> tuple[bytes, Mapping[str, object]]:
            picture, told = film_marks(*film, np.random.default_rng(seed), GRID.mm, rate=1.0)
            return picture.tobytes(), told

        assert all(once(seed) == once(seed) for seed in range(20))

    def test_draw_as_many_chances_whatever_the_picture(self, film: tuple[Map, np.ndarray]) -> None:
        """Whether a crop is marked, and how, cannot depend on what it shows."""
        other = np.float32(1) - film[0]
        for seed in range(40):
            first = film_marks(*film, np.random.default_rng(seed), GRID.mm, rate=1.0)[1]
            assert first == film_marks(other, film[1], np.random.default_rng(seed), GRID.mm, rate=1.0)[1]

    def test_refuse_a_body_of_another_shape(self) -> None:
        with pytest.raises(ValueError, match="same square"):
            film_marks(
                np.zeros((8, 8), np.float32), np.zeros((9, 9), np.bool_), np.random.default_rng(0), 0.3
            )
