"""Calcifications look like the words that name them, stay in the tissue, and follow their structure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import ndimage

from mlcalc.knowledge import knowledge
from mlcalc.knowledge.quotes import read_document, readings, seeds_folder, stands_in
from mlcalc.simulate.grid import Grid, Map
from mlcalc.simulate.lesions.course import Course
from mlcalc.simulate.lesions.load import recipes
from mlcalc.simulate.lesions.mineral import Mineral, Scene
from mlcalc.simulate.lesions.noise import fractal
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.lesions.registry import drawers
from mlcalc.simulate.lesions.shapes import body, chord
from mlcalc.simulate.site import Ground, Site

MINE = (
    "amorphous_cloudlike",
    "arcs_and_rings",
    "chunky_irregular",
    "curvilinear_crescentic",
    "dense_nodular",
    "finely_speckled",
    "fluffy_ill_defined",
    "intraarticular_debris",
    "linear_stratified",
    "multilobulated_cystic",
    "multiple_round_bodies",
    "osteoid_cloud",
    "peripheral_rim",
    "punctate_flecks",
    "reticular_honeycomb",
    "rice_grain",
    "round_lucent_centre",
    "sheet_like",
    "tram_track",
)
ARTERIAL = ("tram_track", "chunky_irregular")
WIDTH = {"artery": 5.0, "vein": 5.0, "hyaline_cartilage": 3.0, "muscle": 40.0, "intervertebral_disc": 10.0}
SEEDS = range(5)
Labels = NDArray[np.int32]


@cache
def calcifications() -> tuple[Recipe, ...]:
    """The calcifications of the drawers of `calcium` and `vessels`."""
    modules = {name: draw.__module__.split(".")[3] for name, draw in drawers().items()}
    own = [r for r in recipes() if modules[r.drawer] in ("calcium", "vessels")]
    return tuple(r for r in own if r.density == "calcification")


def scene(
    recipe: Recipe, seed: int, length: float | None = None, size: int = 160, share: float = 0.5
) -> Scene:
    """The recipe in a cylinder of soft tissue whose axis is vertical; the site runs along it, a bit bent."""
    random = np.random.default_rng([seed, 7])
    length = length or float(np.sqrt(recipe.length[0] * recipe.length[1]))
    grid = Grid(size, length / (share * size))
    compartment = recipe.compartments[seed % len(recipe.compartments)]
    along = np.linspace(-1, 1, 12) * max(0.8 * length, 12.0)
    site = Site(
        compartment,
        "thigh",
        np.stack([0.05 * along**2 / length, along], 1),
        WIDTH.get(compartment, 8.0),
        150.0,
    )
    return Scene(limb(grid, (site,)), site, recipe, length, random)


def limb(grid: Grid, sites: tuple[Site, ...]) -> Ground:
    """A limb that just does not fill the grid; no bone."""
    x, radius = grid.axis()[None, :], np.float32(0.9 * grid.half)
    across = 2 * np.sqrt(np.maximum(radius**2 - x * x, 0)) / 10
    depth = np.broadcast_to(across, (grid.size, grid.size)).astype(np.float32)
    return Ground(grid, "thigh", depth > 0, np.zeros_like(depth), depth, sites)


def plain(drawer: str, compartment: str, length: float, chosen: Mapping[str, str] | None = None) -> Recipe:
    """A recipe of one drawer."""
    return Recipe(
        drawer, drawer, frozenset({drawer}), "calcification", (compartment,), (length, length), (100, 400),
        ("hydroxyapatite",), settings=chosen or {},
    )  # fmt: skip


def draw(view: Scene) -> Mineral:
    return drawers()[view.recipe.drawer](view)


def total(mineral: Mineral) -> Map:
    return np.asarray(sum(layer.depth for layer in mineral.layers), np.float32)


def seen(depth: Map) -> NDArray[np.bool_]:
    """Where a reader would say that mineral lies."""
    return depth > 0.15 * float(np.percentile(depth[depth > 0], 98))


def pieces(depth: Map) -> tuple[Labels, int]:
    labels, count = ndimage.label(seen(depth), np.ones((3, 3)))
    return labels, int(count)


def drawn(drawer: str, compartment: str, length: float, **chosen: str) -> list[tuple[Scene, Map]]:
    views = [scene(plain(drawer, compartment, length, chosen), seed) for seed in SEEDS]
    return [(view, total(draw(view))) for view in views]


# Every recipe


def test_every_morphology_has_several_recipes_and_places() -> None:
    for morphology in (m for m in MINE if m not in ARTERIAL):
        found = [r for r in calcifications() if morphology in r.morphology]
        assert len(found) >= 3, morphology
        assert len({c for r in found for c in r.compartments}) >= 4, morphology


def test_no_compartment_gives_its_morphology_away() -> None:
    kinds: dict[str, set[str]] = {}
    for recipe in calcifications():
        for compartment in recipe.compartments:
            kinds.setdefault(compartment, set()).update(recipe.morphology)
    assert {c: len(m) for c, m in kinds.items() if len(m) < 5} == {}


def test_combinations_name_what_they_draw() -> None:
    for recipe in calcifications():
        parts = recipe.settings.get("parts", recipe.drawer).split("|")
        assert frozenset(parts) == recipe.morphology, recipe.id


def test_quotes_stand_in_the_documents() -> None:
    folder = seeds_folder()
    if folder is None:
        pytest.skip("the documents are not here")
    texts = {d.id: readings(read_document(folder, d)) for d in knowledge().documents.values()}
    for recipe in calcifications():
        document = recipe.source.partition(":")[0]
        for segment in filter(None, (part.strip() for part in recipe.quote.split("..."))):
            assert stands_in(segment, texts[document]), (recipe.id, segment)


@pytest.mark.parametrize("part", range(4))
def test_every_recipe_stays_in_the_tissue_and_has_its_size(part: int) -> None:
    for number, recipe in enumerate(calcifications()[part::4]):
        view = scene(recipe, number, size=128)
        mineral = draw(view)
        depth = total(mineral)
        assert depth.dtype == np.float32
        assert np.isfinite(depth).all()
        assert depth.min() >= 0
        assert (depth[~view.ground.body] == 0).all(), recipe.id
        assert {layer.material for layer in mineral.layers} <= set(recipe.materials)
        rows, columns = np.nonzero(seen(depth))
        assert rows.size, recipe.id
        extent = max(np.ptp(rows), np.ptp(columns)) * view.grid.mm
        assert 0.15 * view.length < extent < 1.7 * view.length, recipe.id


def test_the_same_seed_draws_the_same_bytes() -> None:
    for recipe in calcifications()[::5]:
        first, again = (draw(scene(recipe, 3, size=96)) for _ in range(2))
        digests = [hashlib.sha256(total(m).tobytes()).hexdigest() for m in (first, again)]
        assert digests[0] == digests[1], recipe.id
        assert first.parameters == again.parameters


def test_nothing_is_deeper_than_the_tissue() -> None:
    recipe = plain("dense_nodular", "muscle", 60, {"most": "1"})
    view = scene(recipe, 0, share=0.9)
    assert (total(draw(view)) <= view.ground.depth * 10).all()


@pytest.mark.parametrize("away", [0.85, 0.97, 1.6])
def test_a_site_at_the_skin_or_outside_the_picture_is_no_error(away: float) -> None:
    for recipe in calcifications()[::3]:
        view = scene(recipe, 2, size=96)
        path = view.site.path + np.array([away * view.grid.half, 0.0])
        moved = replace(view, site=replace(view.site, path=path))
        depth = total(draw(moved))
        assert np.isfinite(depth).all(), recipe.id
        assert (depth[~view.ground.body] == 0).all(), recipe.id


# What the words say


def test_resting_chalk_is_even_and_well_defined_resorbed_chalk_fades() -> None:
    """Share of the deposit's area that is nearly as deep as its deepest part."""
    resting = [
        even(depth) for _, depth in drawn("amorphous_cloudlike", "tendon", 20, satellites="0", lobes="1")
    ]
    resorbed = [even(depth) for _, depth in drawn("fluffy_ill_defined", "tendon", 20)]
    assert min(resting) > 0.5
    assert max(resorbed) < min(resting)


def even(depth: Map) -> float:
    mask = seen(depth)
    return float((depth[mask] > 0.75 * np.percentile(depth, 99.7)).mean())


def test_a_comet_has_a_tail_on_one_side() -> None:
    for view, depth in drawn("fluffy_ill_defined", "tendon", 30, tail="1"):
        rows, columns = np.nonzero(seen(depth))
        weights = depth[rows, columns]
        centre = np.array([np.average(rows, weights=weights), np.average(columns, weights=weights)])
        far = np.hypot(rows - centre[0], columns - centre[1])
        assert far.max() > 1.25 * np.sqrt(rows.size / np.pi), view.random


def test_lines_are_thin_and_keep_to_the_structure() -> None:
    for view, depth in drawn("linear_stratified", "hyaline_cartilage", 30):
        patch = view.grid.whole()
        _, across = Course.of(view.site.path).coordinates(patch)
        mask = seen(depth)
        assert np.abs(across[mask]).max() < view.site.width
        thickness = 2 * ndimage.distance_transform_edt(np.pad(mask, 1)).max() * view.grid.mm
        assert thickness < 2.5


def test_annular_lines_stand_across_the_disc() -> None:
    for _, depth in drawn("linear_stratified", "intervertebral_disc", 30, across="1"):
        labels, count = pieces(depth)
        largest = np.argmax(np.bincount(labels.ravel())[1:]) + 1
        rows, columns = np.nonzero(labels == largest)
        assert count >= 1
        assert np.ptp(columns) > np.ptp(rows)  # the disc's path is vertical here


def test_arcs_and_rings_enclose_lucent_lobules() -> None:
    for _, depth in drawn("arcs_and_rings", "soft_tissue", 30):
        mask = seen(depth)
        holes = ndimage.label(ndimage.binary_fill_holes(mask) & ~mask)[1]
        assert holes >= 2


def test_bodies_are_several_and_round() -> None:
    for _, depth in drawn("multiple_round_bodies", "joint_space", 50):
        labels, count = pieces(depth)
        assert count >= 3
        filled = [ndimage.binary_fill_holes(labels == n) for n in range(1, count + 1)]
        fullness = [f.sum() / (np.ptp(np.nonzero(f), axis=1) + 1).prod() for f in filled if f.sum() > 20]
        assert np.median(fullness) > 0.6  # pi / 4 for a disc


def test_debris_is_of_every_size() -> None:
    for _, depth in drawn("intraarticular_debris", "joint_space", 40):
        areas = np.bincount(pieces(depth)[0].ravel())[1:]
        assert areas.size >= 3
        assert areas.max() > 3 * areas.min()


def test_globs_are_pressed_together_with_septa_between() -> None:
    for view, depth in drawn("multilobulated_cystic", "periarticular", 60):
        mask = seen(depth)
        assert mask.sum() * view.grid.mm**2 > 0.12 * view.length**2
        cores = ndimage.label(depth > 0.6 * ndimage.maximum_filter(depth, int(4 / view.grid.mm) * 2 + 1))[1]
        assert cores >= 4


def test_levels_are_horizontal_and_dense_below() -> None:
    upright = 0
    for view, depth in drawn("multilobulated_cystic", "periarticular", 60, levels="1"):
        fall = np.diff(depth, axis=0)
        strong = np.abs(fall) > 0.35 * depth.max()
        upright += bool(strong.sum() > 4 and (fall[strong] > 0).mean() > 0.6)
        assert view.length == 60
    assert upright >= 2  # some patients lie on their side


def test_a_phlebolith_is_lucent_in_the_middle_and_dense_at_the_rim() -> None:
    for view, depth in drawn("round_lucent_centre", "vein", 6, most="1"):
        rows, columns = np.nonzero(seen(depth))
        far = np.hypot(rows - rows.mean(), columns - columns.mean()) * view.grid.mm
        values = depth[rows, columns]
        rim = values[(far > 1.4) & (far < 2.4)].max()
        assert values[far < 1.2].min() < 0.8 * rim


def test_tram_tracks_are_two_lines_as_far_apart_as_the_vessel_is_wide() -> None:
    for view, depth in drawn("tram_track", "artery", 40, branch="0", whole="1"):
        calcified = depth[depth.max(axis=1) > 0.3 * depth.max()]
        rows = [(row, np.flatnonzero(row > 0.3 * row.max())) for row in calcified]
        apart = [np.ptp(places) * view.grid.mm for _, places in rows]
        between = [row[round(places.mean())] / row.max() for row, places in rows if np.ptp(places) > 3]
        assert 0.6 * view.site.width < np.median(apart) < 1.3 * view.site.width
        assert np.median(between) < 0.75


def test_plaques_are_coarse_and_leave_bare_stretches() -> None:
    for view, depth in drawn("chunky_irregular", "artery", 60):
        s, across = Course.of(view.site.path).coordinates(view.grid.whole())
        mask = seen(depth)
        assert np.abs(across[mask]).max() < 1.5 * view.site.width
        covered = np.histogram(s[mask], bins=30, range=(s[mask].min(), s[mask].max()))[0] > 0
        assert pieces(depth)[1] >= 2 or not covered.all()


def test_rice_grains_are_elongated_along_the_fibres() -> None:
    for _, depth in drawn("rice_grain", "muscle", 80, astray="0"):
        labels, count = pieces(depth)
        assert count >= 3
        leans = [spread(labels == n) for n in range(1, count + 1) if (labels == n).sum() > 12]
        assert np.median([longest for longest, _ in leans]) > 1.7
        assert np.median([abs(upright) for _, upright in leans]) > 0.85


def spread(mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Ratio of the axes, and the row component of the long axis."""
    values, vectors = np.linalg.eigh(np.cov(np.array(np.nonzero(mask))) + 0.05 * np.eye(2))
    return float(np.sqrt(values[1] / values[0])), float(vectors[0, 1])


@pytest.mark.parametrize("form", ["crescent", "streak", "coil", "serpentine"])
def test_curved_mineral_is_a_line_that_fills_little_of_its_box(form: str) -> None:
    for _, depth in drawn("curvilinear_crescentic", "bursa", 30, form=form):
        mask = seen(depth)
        inner = ndimage.distance_transform_edt(np.pad(mask, 1)).max()
        assert mask.sum() > 6 * inner**2  # longer than it is thick


def test_sheets_run_along_the_plane() -> None:
    ratios = [spread(seen(depth)) for _, depth in drawn("sheet_like", "fascia", 90)]
    assert np.median([longest for longest, _ in ratios]) > 2
    assert np.median([abs(upright) for _, upright in ratios]) > 0.9


def test_nodules_are_even_and_compact() -> None:
    for _, depth in drawn("dense_nodular", "subcutaneous", 20):
        labels, count = pieces(depth)
        holes = ndimage.binary_fill_holes(labels > 0) & (labels == 0)
        assert 1 <= count <= 9
        assert holes.sum() < 0.05 * (labels > 0).sum()


def test_a_nodule_is_no_larger_than_nodules_are() -> None:
    for view, depth in drawn("dense_nodular", "muscle", 120, largest="12", knobbly="0"):
        _, count = pieces(depth)
        assert count >= 2
        radius = ndimage.distance_transform_edt(np.pad(seen(depth), 1)).max() * view.grid.mm
        assert radius < 8  # two that touch may make a wider one


@pytest.mark.parametrize("drawer", MINE)
def test_across_a_thin_limb_a_lesion_is_no_longer_than_the_limb_is_wide(drawer: str) -> None:
    for seed in SEEDS:
        view = scene(plain(drawer, "joint_space", 60), seed, 60)
        thin = view.ground.body & (np.abs(view.grid.axis())[None, :] < 8)
        ground = replace(view.ground, body=thin)
        site = replace(view.site, path=np.array([(-7.0, 0.0), (7.0, 0.0)]))
        depth = total(draw(replace(view, ground=ground, site=site)))
        rows = np.flatnonzero(seen(depth).any(axis=1))
        assert np.ptp(rows) * view.grid.mm < 32, seed


def test_a_mass_lifts_the_skin_only_gently() -> None:
    recipe = plain("osteoid_cloud", "subcutaneous", 40, {"mass": "1"})
    for seed in SEEDS:
        view = scene(recipe, seed, 40)
        skin = 0.9 * view.grid.half
        path = view.site.path + np.array([skin - 6, 0.0])
        swelling = draw(replace(view, site=replace(view.site, path=path))).swelling
        assert swelling is not None
        far = np.broadcast_to(view.grid.axis()[None, :] > skin + 12, swelling.shape)
        assert swelling[far].max(initial=0) < 0.2 * swelling.max()


def test_speckles_cannot_be_counted_flecks_can() -> None:
    for _, depth in drawn("finely_speckled", "muscle", 80):
        peaks = (depth == ndimage.maximum_filter(depth, 3)) & (depth > 0.05 * depth.max())
        assert peaks.sum() > 100
    for _, depth in drawn("punctate_flecks", "muscle", 40):
        assert 2 <= pieces(depth)[1] <= 30


def test_a_rim_is_a_thin_shell() -> None:
    """Along rays from the middle the deepest place lies far out, and little lies at half way."""
    for _, depth in drawn("peripheral_rim", "muscle", 40, second="0"):
        rows, columns = np.nonzero(seen(depth))
        row, column = (rows.min() + rows.max()) / 2, (columns.min() + columns.max()) / 2
        ways = [np.array([np.sin(a), np.cos(a)]) for a in np.linspace(0, 2 * np.pi, 48, endpoint=False)]
        steps = np.linspace(0, 60, 121)
        rays = [
            ndimage.map_coordinates(depth, [row + w[0] * steps, column + w[1] * steps], order=1) for w in ways
        ]
        rims = [(ray.argmax(), ray.max(), ray[ray.argmax() // 2]) for ray in rays]
        assert np.median([rim / max(middle, 1e-3) for _, rim, middle in rims]) > 1.8


def test_a_net_has_many_meshes() -> None:
    for _, depth in drawn("reticular_honeycomb", "subcutaneous", 60, torn="0"):
        mask = seen(depth)
        meshes, count = ndimage.label(~mask)
        areas = np.bincount(meshes.ravel())[1:]
        assert count >= 8
        assert np.sort(areas)[-2] < 0.1 * mask.size


def test_an_osteoid_cloud_lies_in_a_mass_and_thins_out() -> None:
    for seed in SEEDS:
        view = scene(plain("osteoid_cloud", "muscle", 70, {"mass": "1"}), seed)
        mineral = draw(view)
        depth = total(mineral)
        assert mineral.swelling is not None
        core = ndimage.gaussian_filter(depth, 3) > 0.5 * depth.max()
        assert (mineral.swelling[core & view.ground.body] > 0).mean() > 0.9
        assert even(depth) < 0.6


def test_a_combination_shows_each_part() -> None:
    for recipe in calcifications():
        if recipe.drawer == "combined":
            layers = draw(scene(recipe, 1, size=128)).layers
            deep = [float(np.percentile(layer.depth[layer.depth > 0], 90)) for layer in layers]
            assert len(deep) == len(recipe.morphology), recipe.id
            assert max(deep) < 30 * min(deep), recipe.id


# Shapes


@given(s=st.floats(8, 40), t=st.floats(-4, 4), bend=st.floats(-0.01, 0.01))
@settings(max_examples=25, deadline=None)
def test_coordinates_along_a_path_are_those_it_was_laid_out_by(s: float, t: float, bend: float) -> None:
    along = np.linspace(-25, 25, 21)
    course = Course.of(np.stack([along, bend * along**2], 1))
    grid = Grid(240, 0.25)
    x, y = course.at(s, t)[0]
    found_s, found_t = course.coordinates(grid.whole())
    column, row = (grid.pixels(np.array([x, y])) - 0.5).round().astype(int)
    if 0 <= column < 240 and 0 <= row < 240:
        assert found_s[row, column] == pytest.approx(s, abs=0.8)
        assert found_t[row, column] == pytest.approx(t, abs=0.5)


@given(radius=st.floats(2, 20), deep=st.floats(1, 30))
@settings(max_examples=20, deadline=None)
def test_a_smooth_body_has_the_volume_of_an_ellipsoid(radius: float, deep: float) -> None:
    grid = Grid(200, 0.25)
    patch, inside = body(np.random.default_rng(0), grid, (0.0, 0.0), (radius, radius), rough=0)
    volume = float(chord(inside, deep).sum()) * grid.mm**2
    assert patch.index[0].stop > 100
    assert volume == pytest.approx(4 / 3 * np.pi * radius * radius * deep / 2, rel=0.03)


def test_noise_has_mean_0_and_deviation_1() -> None:
    grid = Grid(256, 0.5)
    noise = np.stack([fractal(np.random.default_rng(k), grid.whole(), 8) for k in range(20)])
    assert abs(float(noise.mean())) < 0.1
    assert float(noise.std()) == pytest.approx(1, abs=0.15)
