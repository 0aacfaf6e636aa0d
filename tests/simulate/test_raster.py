"""What a layout becomes on a grid: thickness maps that add up, and a ground that says what is where."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcalc.simulate.anatomy.overview import overview
from mlcalc.simulate.anatomy.parts import (
    Band,
    Cavity,
    Contour,
    Cut,
    Envelope,
    Layout,
    Plate,
    Ridge,
    Solid,
    Tube,
)
from mlcalc.simulate.anatomy.raster import View, rasterise
from mlcalc.simulate.anatomy.regions import layouts
from mlcalc.simulate.anatomy.sections import section, sections
from mlcalc.simulate.anatomy.shapes import ellipse, spline
from mlcalc.simulate.grid import Grid, Map
from mlcalc.simulate.site import Ground, Site

GRID = Grid(128, 0.5)
LIMB = Envelope(np.array([(0.0, -200), (0, 200)]), np.array([25.0, 25]), np.array([4.0, 4]))
BALL = Solid(ellipse((0, 0), (10, 10), n=80), depth=20.0, cortex=1.0, spongy=0.5, rounding=10.0)


def drawn(*bones: object, view: View | None = None, **more: object) -> tuple[dict[str, Map], Ground]:
    named = tuple((f"bone_{k}", bone) for k, bone in enumerate(bones))
    made = Layout("forearm", named, (LIMB,), (), 60.0, **more)  # type: ignore[arg-type]
    return rasterise(made, view or View(), GRID, np.random.default_rng(3))


def at(field: Map, x: float, y: float) -> float:
    column, row = GRID.pixels(np.array([(x, y)]))[0]
    return float(field[int(row), int(column)])


def test_a_limb_is_as_deep_as_its_chord() -> None:
    maps, _ = drawn()
    total = maps["soft_tissue"] + maps["fat"]
    for x in (0.25, 10.25, 20.25):
        assert at(total, x, 0) == pytest.approx(2 * np.sqrt(25**2 - x**2) / 10, rel=0.02)


def test_subcutaneous_fat_lies_below_the_skin() -> None:
    maps, _ = drawn()
    share = maps["fat"] / np.maximum(maps["fat"] + maps["soft_tissue"], 1e-6)
    assert at(share, 21.7, 0) > 0.3
    assert at(share, 0.25, 0) < 0.25


def test_a_ball_of_bone_has_the_chords_of_a_sphere() -> None:
    found = section(BALL, View(), GRID)
    assert found is not None
    radius = np.hypot(found.patch.x, found.patch.y)
    true = 2 * np.sqrt(np.maximum(100 - radius**2, 0))
    inside = radius < 9.5
    assert np.abs(found.chord() - true)[inside].max() < 0.35


def test_cortex_is_densest_at_the_edge_and_trabeculae_in_the_middle() -> None:
    maps, _ = drawn(BALL)
    assert at(maps["cortical_bone"], 9.3, 0) > 1.8 * at(maps["cortical_bone"], 0.2, 0)
    assert at(maps["trabecular_bone"], 0.2, 0) > 5 * at(maps["trabecular_bone"], 9.6, 0)


def test_bone_takes_the_place_of_soft_tissue() -> None:
    empty, _ = drawn()
    full, ground = drawn(BALL)
    kinds = ("soft_tissue", "fat", "cortical_bone", "trabecular_bone")
    before, after = sum(empty[k] for k in kinds[:2]), sum(full[k] for k in kinds)
    assert np.abs(before - after).max() < 0.02
    assert np.allclose(ground.depth, after, atol=1e-5)
    assert np.allclose(ground.bone, full["cortical_bone"] + full["trabecular_bone"])


def test_no_map_is_ever_negative() -> None:
    ridge = Ridge(np.array([(-12.0, 0), (12, 0)]), 2.0, -3.0)
    plate = Plate(ellipse((0, 0), (40, 40)), 60.0, 2.0, 0.9)
    maps, _ = drawn(BALL, plate, ridge)
    assert min(float(field.min()) for field in maps.values()) >= 0


def test_a_tube_and_the_solid_of_its_outline_agree() -> None:
    tube = Tube(np.array([(0.0, -90), (0, 90)]), np.full(2, 6.0), np.full(2, 1.5), np.full(2, 0.2))
    box = np.array([(6.0, -90), (6, 90), (-6, 90), (-6, -90)])
    solid = Solid(spline(np.repeat(box, 2, axis=0) + 1e-6, 2), 12.0, 1.5, 0.2, 6.0)
    a, b = section(tube, View(), GRID), section(solid, View(), GRID)
    assert a is not None
    assert b is not None
    column_a, column_b = a.chord()[60], b.chord()[60]
    assert float(column_a.sum()) == pytest.approx(float(column_b.sum()), rel=0.03)


def test_a_growth_plate_takes_bone_out_of_the_named_bone_only() -> None:
    cut = Cut(np.array([(-12.0, 0), (12, 0)]), 2.0, 0.9, bone="bone_0")
    cut_one, _ = drawn(BALL, cuts=(cut,))
    other, _ = drawn(BALL, cuts=(replace(cut, bone="another"),))
    whole, _ = drawn(BALL)
    assert at(cut_one["trabecular_bone"], 0.2, 0) < 0.3 * at(whole["trabecular_bone"], 0.2, 0)
    assert np.array_equal(other["trabecular_bone"], whole["trabecular_bone"])


def test_a_ridge_adds_the_cortex_it_says() -> None:
    maps, _ = drawn(Ridge(np.array([(-20.0, 0), (20, 0)]), 2.0, 3.0))
    assert at(maps["cortical_bone"], 0, 0.1) == pytest.approx(0.3, rel=0.15)
    assert at(maps["cortical_bone"], 0, 6) == 0


def test_a_fat_plane_keeps_the_depth_and_changes_the_tissue() -> None:
    plain, _ = drawn()
    with_band, _ = drawn(bands=(Band(np.array([(-8.0, -90), (-8, 90)]), 4.0, 10.0, "fat"),))
    assert at(with_band["fat"], -8, 0) - at(plain["fat"], -8, 0) == pytest.approx(1.0, rel=0.1)
    before, after = (m["fat"] + m["soft_tissue"] for m in (plain, with_band))
    assert np.allclose(before, after, atol=1e-4)


def test_air_is_neither_tissue_nor_depth() -> None:
    plain, _ = drawn()
    gas = Cavity(ellipse((0, 0), (8, 8)), 20.0, 8.0)
    maps, ground = drawn(cavities=(gas,))
    assert "air" not in maps
    lost = at(plain["soft_tissue"] + plain["fat"], 0.2, 0) - at(ground.depth, 0.2, 0)
    assert lost == pytest.approx(2.0, rel=0.1)


def test_where_fingers_overlap_the_thicker_counts() -> None:
    twice = Layout("hand", (), (LIMB, LIMB), (), 60.0)
    once = Layout("hand", (), (LIMB,), (), 60.0)
    a = rasterise(twice, View(), GRID, np.random.default_rng(1))[1].depth
    b = rasterise(once, View(), GRID, np.random.default_rng(1))[1].depth
    assert float(a.max()) < 1.25 * float(b.max())


def test_a_palm_contour_ends_at_its_outline() -> None:
    palm = Contour(ellipse((0, 0), (20, 20)), 30.0, 3.0, 12.0)
    ground = rasterise(Layout("hand", (), (palm,), (), 60.0), View(), GRID, np.random.default_rng(1))[1]
    radius = np.hypot(GRID.axis()[None, :], GRID.axis()[:, None])
    assert ground.body[radius < 19].all()
    assert not ground.body[radius > 20.6].any()


def test_the_same_seed_gives_the_same_bytes_and_another_does_not() -> None:
    made = Layout("forearm", (("ball", BALL),), (LIMB,), (), 60.0)
    maps = [rasterise(made, View(), GRID, np.random.default_rng(seed))[0] for seed in (5, 5, 6)]
    assert all(maps[0][k].tobytes() == maps[1][k].tobytes() for k in maps[0])
    assert maps[0]["trabecular_bone"].tobytes() != maps[2]["trabecular_bone"].tobytes()


def test_an_ossicle_in_sight_is_told_and_one_out_of_sight_is_not() -> None:
    _, seen = drawn(BALL, ossicles=("bone_0",))
    assert seen.ossicles is not None
    assert seen.ossicles.sum() * GRID.mm**2 == pytest.approx(np.pi * 100, rel=0.05)
    _, away = drawn(BALL, ossicles=("bone_0",), view=View(centre=(0, 150)))
    assert away.ossicles is None


@settings(max_examples=25, deadline=None)
@given(
    x=st.floats(-60, 60),
    y=st.floats(-60, 60),
    angle=st.floats(-3.2, 3.2),
    mirror=st.booleans(),
    scale=st.floats(0.5, 2.0),
)
def test_bones_and_sites_move_together(x: float, y: float, angle: float, mirror: bool, scale: float) -> None:
    view = View((5.0, -3.0), angle, mirror, scale)
    site = Site("muscle", "forearm", np.array([(x - 1, y), (x, y), (x + 1, y)]), 4, 9, outward=(1.0, 0.0))
    ball = replace(BALL, outline=ellipse((x, y), (3, 3), n=60), depth=6.0, rounding=3.0)
    body = Contour(ellipse((0, 0), (500, 500)), 30.0, 3.0, 12.0)
    made = Layout("forearm", (("ball", ball),), (body,), (site,), 90.0)
    _, ground = rasterise(made, view, GRID, np.random.default_rng(0))
    for found in ground.sites:
        assert found.width == pytest.approx(4 * scale)
        middle = np.array(found.centre())
        if np.abs(middle).max() < GRID.half - 4 * scale:
            row, column = np.nonzero(ground.bone)
            centre = (np.array([column.mean(), row.mean()]) + 0.5) * GRID.mm - GRID.half
            assert np.hypot(*(centre - middle)) < 0.6
            along = np.cos(angle) * (-1 if mirror else 1), np.sin(angle) * (-1 if mirror else 1)
            assert found.outward == pytest.approx(along)
    if np.abs(view.place(np.array([(x, y)]))).max() < GRID.half - 1:
        assert len(ground.sites) == 1


def test_skin_is_where_the_skin_is_however_fat_the_person() -> None:
    for radius in (21.0, 25.0, 30.0):
        limb = Envelope(LIMB.path, np.full(2, radius), LIMB.fat)
        site = Site("dermal", "forearm", np.array([(25.0, -20), (25, 20)]), 2.0, 9)
        made = Layout("forearm", (), (limb,), (site,), 60.0)
        found = rasterise(made, View(), GRID, np.random.default_rng(0))[1].sites[0]
        assert np.abs(found.path[:, 0] - (radius - 1)).max() < 1.2


def test_a_site_in_the_air_is_brought_in_or_left_out() -> None:
    beside = Site("vein", "forearm", np.array([(28.0, -10), (28, 10)]), 4.0, 9)
    thin = Envelope(LIMB.path, np.full(2, 6.0), LIMB.fat)
    near = rasterise(Layout("forearm", (), (LIMB,), (beside,), 60.0), View(), GRID, np.random.default_rng(0))[
        1
    ]
    far = rasterise(Layout("forearm", (), (thin,), (beside,), 60.0), View(), GRID, np.random.default_rng(0))[
        1
    ]
    assert near.sites[0].path[:, 0].max() < 24
    assert far.sites == ()


def test_sites_beside_the_crop_are_left_out() -> None:
    far = Site("muscle", "forearm", np.array([(300.0, 0), (310, 0)]), 4, 9)
    through = Site("artery", "forearm", np.array([(0.0, -300), (0, 300)]), 4, 9)
    made = Layout("forearm", (), (LIMB,), (far, through), 60.0)
    _, ground = rasterise(made, View(), GRID, np.random.default_rng(0))
    assert [site.compartment for site in ground.sites] == ["artery"]


def test_a_part_is_the_same_alone_and_among_others() -> None:
    parts = [
        replace(BALL, outline=ellipse((x, 5.0 - x), (8 + x / 5, 5), x / 9, 60))
        for x in (-25.0, -9, 0, 12, 31)
    ]
    for part, among in zip(parts, sections(parts, View(), GRID), strict=True):
        alone = section(part, View(), GRID)
        assert alone is not None
        assert among is not None
        assert np.allclose(alone.chord(1.0), among.chord(1.0), atol=1e-3)


@pytest.mark.parametrize("region", ["hand", "knee", "thoracic_spine", "pelvis"])
def test_an_overview_shows_as_much_of_each_material_as_the_picture(region: str) -> None:
    made = layouts()[region](np.random.default_rng(2))
    grid = Grid(64, 2 * made.extent / 64)
    quick, ground = overview(made, View(), grid)
    maps, whole = rasterise(made, View(), grid, np.random.default_rng(1))
    assert ground.sites == ()
    assert (ground.body == whole.body).mean() > 0.98
    assert float(ground.depth.sum()) == pytest.approx(float(whole.depth.sum()), rel=0.02)
    bone = ground.bone.sum(), whole.bone.sum()
    assert float(bone[0]) == pytest.approx(float(bone[1]), rel=0.12)
    assert quick.keys() == maps.keys()
