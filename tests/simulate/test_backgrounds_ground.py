"""Crops of films: places inside the patient, lesions that belong there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage as ndi

from mlcalc.simulate.backgrounds.film import Film
from mlcalc.simulate.backgrounds.folder import open_backgrounds
from mlcalc.simulate.backgrounds.ground import RealGround, plain_ground, real_ground
from mlcalc.simulate.backgrounds.insert import insert
from mlcalc.simulate.backgrounds.marks import Audit, Mark
from mlcalc.simulate.backgrounds.want import Want
from mlcalc.simulate.backgrounds.window import Window
from mlcalc.simulate.grid import Grid, Map
from tests.simulate.films import limb, limb_mask, save

FROM_MASKS = ("muscle", "subcutaneous", "dermal", "fascia", "artery", "vein", "soft_tissue")


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Film:
    return Film(save(limb(), tmp_path_factory.mktemp("films") / "limb.png"), "limb", ("thigh",))


@pytest.fixture(scope="module")
def marked(film: Film) -> Film:
    marks = (Mark("knee", 0.5, 0.5, 0, 0.2, 80), Mark("femoral_shaft", 0.55, 0.2, 0, 0.1, 30))
    return Film(film.path, "marked", ("knee",), audit=Audit(frozenset({"clean"}), (), marks))


def crop(film: Film, seed: int, **wanted: object) -> RealGround:
    found = real_ground(film, np.random.default_rng(seed), Want(**wanted))  # type: ignore[arg-type]
    assert found is not None
    return found


def disc(real: RealGround, radius: float, value: float) -> Map:
    grid = real.ground.grid
    x, y = real.ground.sites[0].centre()
    whole = grid.whole()
    return np.where(np.hypot(whole.x - x, whole.y - y) < radius, value, 0).astype(np.float32)


@pytest.mark.parametrize("compartment", FROM_MASKS)
def test_a_place_lies_in_the_patient_and_in_the_middle_of_the_crop(film: Film, compartment: str) -> None:
    for seed in range(4):
        real = crop(film, seed, compartments=(compartment,))
        site, grid = real.ground.sites[0], real.ground.grid
        assert (site.compartment, site.region) == (compartment, "thigh")
        column, row = grid.pixels(np.array([site.centre()]))[0].astype(int)
        near = ndi.binary_dilation(real.ground.body, iterations=4)
        assert near[row, column]
        assert abs(column - 128) <= 0.3 * 224 + 2
        assert abs(row - 128) <= 0.3 * 224 + 2
        assert site.width > 0
        assert site.depth > 0


def test_the_skin_is_outside_of_the_subcutis(film: Film) -> None:
    real = crop(film, 3, compartments=("subcutaneous",))
    site, grid = real.ground.sites[0], real.ground.grid
    assert site.outward is not None
    steps = np.linspace(0, 25, 26)[:, None] * grid.mm
    ray = grid.pixels(np.array(site.centre()) + steps * np.array(site.outward)).astype(int)
    ray = ray[((ray >= 0) & (ray < 256)).all(axis=1)]
    inside = real.ground.body[ray[:, 1], ray[:, 0]]
    assert inside[0] >= inside[-1]
    assert np.hypot(*site.outward) == pytest.approx(1, abs=1e-6)


def test_without_marks_there_are_no_joints(film: Film) -> None:
    assert real_ground(film, np.random.default_rng(0), Want(compartments=("joint_space",))) is None


def test_marks_add_joints(marked: Film) -> None:
    real = crop(marked, 1, compartments=("joint_space",))
    site = real.ground.sites[0]
    assert (site.compartment, site.structure, site.region) == ("joint_space", "tibiofemoral_joint", "knee")
    assert site.ends is not None
    assert real.ground.parameters["film_scale"] == "marks"


def test_regions_come_from_the_nearest_landmark(marked: Film) -> None:
    found = {crop(marked, seed, compartments=("muscle",)).ground.region for seed in range(12)}
    assert found <= {"knee", "thigh", "lower_leg"}
    assert len(found) > 1
    real = crop(marked, 5, compartments=("muscle", "artery"), regions=("thigh",))
    assert real.ground.region == "thigh"


def test_a_wanted_structure_is_the_one_that_comes(marked: Film) -> None:
    real = crop(marked, 2, structures=("popliteal_artery",))
    assert real.ground.sites[0].structure == "popliteal_artery"
    assert real_ground(marked, np.random.default_rng(0), Want(structures=("achilles",))) is None


def test_one_seed_gives_one_crop(film: Film) -> None:
    a, b = crop(film, 8), crop(film, 8)
    assert a.pixels.tobytes() == b.pixels.tobytes()
    assert a.ground.parameters == b.ground.parameters
    delta = disc(a, 4 * a.ground.grid.mm, 0.2)
    random = [np.random.default_rng(1) for _ in range(2)]
    assert insert(a, delta, random[0]).tobytes() == insert(b, delta, random[1]).tobytes()


def test_the_crop_shows_the_film(film: Film) -> None:
    """Each of some pixels is looked up on the film, by the window's own statement of where it lies."""
    real = crop(film, 4, share=(0.3, 0.3))
    pixels, window = film.pixels(), real.window
    rows, columns = np.mgrid[8:248:24, 8:248:24]
    spots = (np.stack([columns.ravel(), rows.ravel()], axis=1) + 0.5 - 128) * real.ground.grid.mm
    corner = window.points(np.array([[0.0, 0], [1, 0], [0, 1]]))
    back = np.linalg.inv(np.stack([corner[1] - corner[0], corner[2] - corner[0]], axis=1))
    x, y = back @ (spots - corner[0]).T
    smooth = ndi.gaussian_filter(pixels, 1.0)
    looked = ndi.map_coordinates(smooth, [y - 0.5, x - 0.5], order=1, mode="nearest")
    shown = ndi.gaussian_filter(real.pixels, real.zoom)[rows.ravel(), columns.ravel()]
    assert np.abs(looked - shown).max() < 0.02


@settings(max_examples=12)
@given(st.floats(-3, 3), st.booleans(), st.floats(60, 150))
def test_a_window_of_a_plain_film_is_plain(angle: float, mirror: bool, side: float) -> None:
    window = Window(130, 120, side, angle, mirror, Grid(256, 0.5))
    shown = window.sample(np.full((256, 256), 0.3, np.float32))
    assert np.allclose(shown, 0.3, atol=1e-5)


def test_the_millimetres_of_the_grid_are_those_of_the_film(film: Film) -> None:
    real = crop(film, 6, stretch=(1.0, 1.0))
    film_mm = float(real.ground.parameters["film_mm_per_pixel"])
    assert real.ground.grid.mm * real.zoom == pytest.approx(film_mm, rel=1e-3)
    halved = crop(film, 6, stretch=(0.5, 0.5))
    assert halved.ground.grid.mm * halved.zoom == pytest.approx(film_mm / 2, rel=1e-3)


def test_nothing_put_in_changes_nothing(film: Film) -> None:
    real = crop(film, 0)
    assert insert(real, real.ground.grid.zeros(), np.random.default_rng(0)).tobytes() == real.pixels.tobytes()


def test_only_the_place_of_a_lesion_changes(film: Film) -> None:
    real = crop(film, 1, compartments=("muscle",))
    delta = disc(real, 12 * real.ground.grid.mm, 0.3)
    changed = insert(real, delta, np.random.default_rng(0)) != real.pixels
    reach = int(3 * real.blur) + 3
    assert not (changed & ~ndi.binary_dilation(delta > 0, iterations=2 * reach)).any()
    assert changed[delta > 0].mean() > 0.95


def test_a_lesion_is_as_bright_as_bone_of_the_same_attenuation(film: Film) -> None:
    """The bone of the drawn film adds about 0.3 at its densest; it stands for 0.9 by the region's row."""
    real = crop(film, 2, compartments=("muscle",))
    delta = disc(real, 14 * real.ground.grid.mm, 0.9)
    core = disc(real, 7 * real.ground.grid.mm, 1) > 0
    grown = (insert(real, delta, np.random.default_rng(0)) - real.pixels)[core].mean()
    assert 0.15 < grown < 0.4


def test_more_attenuation_is_brighter_and_never_beyond_white(film: Film) -> None:
    real = crop(film, 2, compartments=("muscle",))
    core = disc(real, 7 * real.ground.grid.mm, 1) > 0
    means = [
        insert(real, disc(real, 14 * real.ground.grid.mm, ln), np.random.default_rng(0))[core].mean()
        for ln in (-0.2, 0, 0.05, 0.2, 0.8, 3.0, 12.0)
    ]
    assert means == sorted(means)
    assert means[-1] <= 1


def test_the_edge_of_a_lesion_is_blurred_and_more_so_on_a_blurred_film(tmp_path: Path) -> None:
    """A straight edge across the place: between 16 and 84 % of its rise lie two sigmas."""
    widths = []
    for blur in (0.6, 1.2, 2.0):
        path = save(limb(blur=blur, noise=0, coins=0.25), tmp_path / f"film{blur}.png")
        film = Film(path, f"blurred {blur}", ("thigh",))
        real = crop(film, 5, compartments=("muscle",), film_pixels=(90.0, 90.0))
        column = int(real.ground.grid.pixels(np.array([real.ground.sites[0].centre()]))[0, 0])
        widths.append(_edge(real, column))
        assert widths[-1] == pytest.approx(real.blur, rel=0.15)
        assert real.blur > 0.9 * blur * real.zoom
    assert widths == sorted(widths)


def _edge(real: RealGround, column: int) -> float:
    delta = real.ground.grid.zeros()
    delta[90:166, column : column + 50] = 0.05
    grown = (insert(real, delta, np.random.default_rng(0)) - real.pixels)[120:136].mean(axis=0)
    edge = grown[column - 24 : column + 24] / grown[column + 24 : column + 28].mean()
    return float(np.interp(0.84, edge, np.arange(48)) - np.interp(0.16, edge, np.arange(48))) / 2


def test_a_denser_place_is_no_smoother_than_the_film(tmp_path: Path) -> None:
    path = save(limb(noise=0.02), tmp_path / "film.png")
    real = crop(Film(path, "noisy", ("thigh",)), 7, compartments=("muscle",))
    delta = disc(real, 16 * real.ground.grid.mm, 0.4)
    core = disc(real, 12 * real.ground.grid.mm, 1) > 0
    rough = [
        float((pixels - ndi.gaussian_filter(pixels, 2))[core].std())
        for pixels in (real.pixels, insert(real, delta, np.random.default_rng(0)))
    ]
    assert 0.9 < rough[1] / rough[0] < 2.0


def test_plain_crops_show_some_of_the_patient(film: Film) -> None:
    for seed in range(5):
        real = plain_ground(film, np.random.default_rng(seed))
        assert real is not None
        assert real.ground.sites == ()
        assert real.ground.body.mean() > 0.1
        assert real.ground.ossicles is None


def test_estimates_of_depth_and_bone_have_their_order(film: Film) -> None:
    real = crop(film, 9, film_pixels=(200.0, 200.0), stretch=(1.0, 1.0))
    width_cm = 2 * 45 * float(real.ground.parameters["film_mm_per_pixel"]) / 10
    assert 0.6 < real.ground.depth.max() / width_cm < 1.2
    assert 0.2 < real.ground.bone.max() < 4
    assert not real.ground.bone[~real.ground.body].any()
    assert limb_mask().any()


def test_shared_films_have_places_in_most_compartments(radiographs: Path) -> None:
    random = np.random.default_rng(0)
    films = open_backgrounds(radiographs / "backgrounds").clean.films[::60]
    for film in films:
        real = real_ground(film, random)
        assert real is not None
        site = real.ground.sites[0]
        column, row = real.ground.grid.pixels(np.array([site.centre()]))[0].astype(int)
        assert ndi.binary_dilation(real.ground.body, iterations=5)[row, column]
        delta = disc(real, 3 * real.zoom * real.ground.grid.mm, 0.3)
        assert np.isfinite(insert(real, delta, random)).all()
