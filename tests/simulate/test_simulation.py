"""Crops end to end: the same for a number, honest twins, masks that agree with what was added."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mlcalc.simulate.backgrounds.folder import open_backgrounds
from mlcalc.simulate.backgrounds.ground import plain_ground
from mlcalc.simulate.backgrounds.insert import insert
from mlcalc.simulate.choice import Choice
from mlcalc.simulate.compose import added
from mlcalc.simulate.config import Backgrounds, Config, Lesions
from mlcalc.simulate.drawn import drawn_stand
from mlcalc.simulate.films import Films, kept_films
from mlcalc.simulate.label import labelled
from mlcalc.simulate.lesion import Lesion, covers, densest
from mlcalc.simulate.lesions.load import recipes
from mlcalc.simulate.lesions.mineral import Layer, Mineral
from mlcalc.simulate.opening import open_simulation
from mlcalc.simulate.plan import draw_plan
from mlcalc.simulate.render import LEAST_PIXELS, Finished
from mlcalc.simulate.simulated import Simulated
from mlcalc.simulate.site import Site
from mlcalc.simulate.source import Simulation
from mlcalc.vocabulary import DENSITIES, FOCAL_DENSITIES, vocabulary

COUNT = 24
LESIONS = {"calcification": 1.0, "ossification": 1.0, "foreign_body": 1.0}


@pytest.fixture(scope="module")
def drawn() -> list[Simulated]:
    simulation = Simulation(Config(size=128), seed=7)
    return [simulation[index] for index in range(COUNT)]


@pytest.fixture(scope="module")
def lesions() -> Simulation:
    return Simulation(Config(size=128, densities=LESIONS), seed=7)


@pytest.fixture(scope="module")
def over_films(radiographs: Path) -> Simulation:
    config = Config(size=128, densities=LESIONS, backgrounds={"share": 1.0})  # type: ignore[arg-type]
    return open_simulation(config, 7, radiographs / "backgrounds")


def test_pictures_are_grey_and_fill_their_range(drawn: list[Simulated]) -> None:
    for crop in drawn:
        assert crop.pixels.shape == (128, 128)
        assert crop.pixels.dtype == np.float32
        assert 0 <= crop.pixels.min() <= crop.pixels.max() <= 1
        assert np.isfinite(crop.pixels).all()


def test_labels_are_of_the_vocabulary(drawn: list[Simulated]) -> None:
    known = vocabulary()
    for crop in drawn:
        assert crop.density in DENSITIES
        assert crop.morphology <= set(known.ids("morphology"))
        assert crop.location.region in known.regions
        assert crop.location.compartment is None or crop.location.compartment in known.compartments
        assert crop.location.structure is None or crop.location.structure in known.structures


def test_negatives_have_no_mask_no_shape_and_no_compartment(drawn: list[Simulated]) -> None:
    for crop in drawn:
        if crop.density == "no_focal_density":
            assert not crop.mask.any()
            assert not crop.morphology
            assert crop.location.compartment is None
            assert crop.visibility == 0
        else:
            assert crop.mask.any()
            assert crop.visibility > 0


def test_a_crop_is_the_same_in_whatever_order_it_is_drawn(drawn: list[Simulated]) -> None:
    simulation = Simulation(Config(size=128), seed=7)
    for index in (5, 0, 3):
        again = simulation[index]
        np.testing.assert_array_equal(again.pixels, drawn[index].pixels)
        np.testing.assert_array_equal(again.mask, drawn[index].mask)
        assert again.parameters == drawn[index].parameters


def test_another_seed_draws_other_crops(drawn: list[Simulated]) -> None:
    other = Simulation(Config(size=128), seed=8)
    assert not any(np.array_equal(other[i].pixels, drawn[i].pixels) for i in range(3))


def pairs(simulation: Simulation, count: int) -> Iterator[tuple[Simulated, Simulated]]:
    for index in range(count):
        crop = simulation[index]
        if crop.parameters["kind"] == "lesion":
            yield crop, simulation.draw(index, nothing=True)


def check_twins(simulation: Simulation, count: int) -> None:
    found = list(pairs(simulation, count))
    assert found
    for crop, twin in found:
        assert twin.density == "no_focal_density"
        assert not twin.mask.any()
        same = {k: v for k, v in crop.parameters.items() if k in twin.parameters and k != "extent_pixels"}
        assert same == {k: twin.parameters[k] for k in same}
        changed = np.abs(crop.pixels - twin.pixels)
        assert changed[crop.mask].mean() > 2 * changed[~crop.mask].mean()


def test_the_twin_without_the_lesion_differs_where_the_lesion_is(lesions: Simulation) -> None:
    check_twins(lesions, 10)


def test_over_a_film_as_well(over_films: Simulation) -> None:
    check_twins(over_films, 10)


def test_masks_agree_with_the_added_attenuation(lesions: Simulation, over_films: Simulation) -> None:
    """Most of what is added is inside the mask, and every pixel of the mask got its share."""
    for simulation in (lesions, over_films):
        for index in range(8):
            stands = exposures(simulation, index)
            for delta, mask in stands:
                added = np.abs(delta)
                assert added[mask].sum() > 0.8 * added.sum()
                assert added[mask].min() > 0.1 * np.percentile(added[added > 0], 98)


def exposures(simulation: Simulation, index: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """(added attenuation, mask) of the lesions of a crop, on the canvas."""
    found = []

    def keep(*args: object) -> Simulated:
        done = args[2]
        found.append((done.shown.delta, done.mask))  # type: ignore[attr-defined]
        return labelled(*args)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("mlcalc.simulate.source.labelled", keep)
        simulation[index]
    return found


def test_over_a_film_nothing_put_in_leaves_the_film(radiographs: Path) -> None:
    """The insertion of nothing runs through the same step and changes no pixel of the film."""
    simulation = open_simulation(Config(), 1, radiographs / "backgrounds")
    assert simulation.films is not None
    film = simulation.films.films[0]
    real = plain_ground(film, np.random.default_rng(0))
    assert real is not None
    changed = insert(real, real.ground.grid.zeros(), np.random.default_rng(1))
    np.testing.assert_array_equal(changed, real.pixels)


def test_only_clean_films_are_used(radiographs: Path) -> None:
    simulation = open_simulation(Config(), 0, radiographs / "backgrounds")
    assert isinstance(simulation.films, Films)
    assert 0 < len(simulation.films) < 300
    assert all("clean" in film.verdict for film in simulation.films.films)


def test_millimetres_are_known_where_anatomy_is_drawn_only(
    drawn: list[Simulated], over_films: Simulation
) -> None:
    assert all(crop.mm_per_pixel is not None and crop.mm_per_pixel > 0 for crop in drawn)
    assert over_films[0].mm_per_pixel is None
    assert float(over_films[0].parameters["assumed_mm_per_pixel"]) > 0


def test_films_of_one_block_are_one_group(over_films: Simulation) -> None:
    for index in range(5):
        crop = over_films[index]
        if crop.parameters["source"] == "real":
            assert crop.group == f"block-{crop.parameters['film_block']:03d}"


@pytest.mark.parametrize("density", FOCAL_DENSITIES)
def test_every_class_can_be_drawn_alone(density: str) -> None:
    simulation = Simulation(Config(size=96, densities={density: 1.0}), seed=1)
    assert {simulation[index].density for index in range(4)} == {density}


def test_a_negative_number_is_no_crop() -> None:
    with pytest.raises(IndexError, match="from 0"):
        Simulation(Config(), 0)[-1]


def test_a_faint_second_lesion_keeps_its_mask() -> None:
    """Every lesion that is a label has pixels in the mask, however dense the other is."""
    config = Config(size=128, densities={"ossification": 1.0}, lesions=Lesions(second=1.0))
    simulation, found = Simulation(config, seed=3), 0
    for index in range(12):
        with pytest.MonkeyPatch.context() as patch:
            kept: list[Finished] = []
            patch.setattr(
                "mlcalc.simulate.source.labelled", lambda *a, kept=kept: kept.append(a[2]) or labelled(*a)
            )
            simulation[index]
        (done,) = kept
        found += len(done.lesions) > 1
        assert all(mask[16:-16, 16:-16].sum() >= LEAST_PIXELS for mask in done.masks)
        np.testing.assert_array_equal(np.logical_or.reduce(done.masks), done.mask)
    assert found > 3


def test_without_a_word_about_blocks_films_kept_for_tests_are_left_out(radiographs: Path) -> None:
    drawn = open_simulation(Config(), 0, radiographs / "backgrounds").films
    every = open_simulation(
        Config(backgrounds=Backgrounds(without_blocks=())), 0, radiographs / "backgrounds"
    ).films
    assert drawn is not None
    assert every is not None
    assert len(drawn) < len(every)
    assert not {film.block for film in drawn.films} & set(kept_films().values())


def test_kept_films_are_known_by_themselves_and_not_by_a_block_of_that_number(
    radiographs: Path, tmp_path: Path
) -> None:
    """In a folder without a list blocks are counted from 0; block 2 of it is no test film for that."""
    for name in sorted((radiographs / "backgrounds").iterdir())[40:120]:
        shutil.copy(name, tmp_path)
    films = open_simulation(Config(), 0, tmp_path).films
    assert films is not None
    usable = {film.sha for film in open_backgrounds(tmp_path) if film.clean and film.regions}
    assert usable & set(kept_films())
    assert {film.sha for film in films.films} == usable - set(kept_films())
    assert any(film.block in kept_films().values() for film in films.films)


def lesion(depth: np.ndarray, *, solid: bool = False) -> Lesion:
    layer = Layer("hydroxyapatite", depth.astype(np.float32), solid=solid)
    choice = Choice(recipes()[0], Site("muscle", "knee", np.zeros((2, 2)), 1.0, 1.0))
    mineral = Mineral((layer,))
    return Lesion(choice, 10.0, mineral, 300.0, added(mineral, 300.0))


def test_what_lies_beside_may_not_cover_a_lesion() -> None:
    below, above, away = (np.zeros((20, 20)) for _ in range(3))
    below[5:10, 5:10] = above[5:10, 7:15] = away[15:, 15:] = 1
    assert covers(lesion(above), [lesion(below)])
    assert not covers(lesion(away), [lesion(below)])
    assert not covers(lesion(above), [])


def test_only_mineral_is_made_denser_and_no_denser_than_it_is_pure() -> None:
    glass, calcium = lesion(np.ones((4, 4)), solid=True), lesion(np.ones((4, 4)))
    assert glass.denser(5) is glass
    assert calcium.denser(2).hu > calcium.hu
    assert calcium.denser(1e6).hu == pytest.approx(densest(calcium.mineral))
    assert calcium.denser(0.5) is calcium


@pytest.mark.parametrize("child", [True, False])
def test_a_patient_is_drawn_as_a_child_or_grown(child: bool) -> None:
    config = Config(size=64)
    for index in range(4):
        plan = replace(draw_plan(config, 0, index, {}), region="knee", kind="plain", child=child)
        stand = drawn_stand(plan, config, (), 0)
        assert stand is not None
        assert (float(stand.parameters["anatomy_age"]) < 18) is child


def test_blocks_of_films_that_are_not_there_are_told() -> None:
    (note,) = Simulation(Config(backgrounds=Backgrounds(blocks=(3,))), 0).notes
    assert "without --backgrounds all anatomy is drawn" in note
    assert not Simulation(Config(), 0).notes
