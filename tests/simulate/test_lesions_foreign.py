"""Foreign bodies: solid forms with the volume, edges and order that their makers or nature gave them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mlcalc.simulate.compose import added, put_in
from mlcalc.simulate.grid import Grid, Map
from mlcalc.simulate.lesions.foreign.place import Pose, bone_axis
from mlcalc.simulate.lesions.foreign.threads import Screw, from_side
from mlcalc.simulate.lesions.forms import ball, chip, convex, rod, slab, turned
from mlcalc.simulate.lesions.load import recipes
from mlcalc.simulate.lesions.registry import drawers
from mlcalc.simulate.lesions.shapes import Canvas
from mlcalc.simulate.physics.beam import beam
from mlcalc.simulate.physics.reduce import few_bins
from mlcalc.simulate.physics.transmit import transmission

from .lesion_scenes import GRID, draw, ground, recipe, site, total

FOREIGN = tuple(sorted(n for n, d in drawers().items() if ".lesions.foreign." in d.__module__))
STEEL = ("steel",)
FINE = Grid(240, 0.05)


def volume(depth: Map, grid: Grid) -> float:
    """mm3 of a depth map."""
    return float(depth.sum(dtype=np.float64)) * grid.mm**2


class TestForms:
    def test_a_ball_has_the_volume_of_a_sphere(self) -> None:
        depth = ball(FINE.whole(), (0.3, -0.2), 3.0)
        assert volume(depth, FINE) == pytest.approx(4 / 3 * np.pi * 27, rel=2e-3)

    @pytest.mark.parametrize("radius", [0.01, 0.1, 0.4, 2.0])
    def test_a_rod_keeps_its_cross_section_however_thin(self, radius: float) -> None:
        mm = 0.5
        n = ((np.arange(21) - 10) * mm + 0.13).astype(np.float32)
        assert rod(n, radius, mm).sum() * mm == pytest.approx(np.pi * radius**2, rel=1e-3)

    def test_a_slab_face_on_is_as_deep_as_thick(self) -> None:
        outline = np.array([(-3.0, -2.0), (3.0, -2.0), (3.0, 2.0), (-3.0, 2.0)])
        depth = convex(FINE.whole(), (0.0, 0.0), slab(outline, 1.5), FINE.mm)
        assert depth.max() == pytest.approx(1.5)
        assert volume(depth, FINE) == pytest.approx(6 * 4 * 1.5, rel=5e-3)

    @settings(max_examples=15)
    @given(seed=st.integers(0, 10**6))
    def test_turning_a_solid_keeps_its_volume(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        outline = np.array([(-3.0, -2.0), (3.0, -1.0), (2.0, 2.0), (-2.0, 1.5)])
        planes = turned(slab(outline, 1.2), random, (0.0, np.pi / 2))
        x, y = outline.T  # the shoelace formula gives the area of the outline
        area = 0.5 * abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))
        assert volume(convex(FINE.whole(), (0.0, 0.0), planes, FINE.mm), FINE) == pytest.approx(
            1.2 * area, rel=0.02
        )

    def test_more_faces_make_a_stone_rounder(self) -> None:
        def filled(faces: int) -> float:
            random = np.random.default_rng(5)
            planes = [chip(random, (2.0, 2.0, 2.0), faces, uneven=0.0) for _ in range(8)]
            # a solid whose faces all touch a sphere from outside holds more than it
            drawn = [convex(FINE.whole(), (0.0, 0.0), p, FINE.mm) for p in planes]
            return float(np.median([volume(d, FINE) for d in drawn])) / (4 / 3 * np.pi * 8)

        assert 1.0 < filled(24) < filled(10)


@pytest.mark.parametrize("drawer", FOREIGN)
class TestEveryDrawer:
    def test_the_same_seed_draws_the_same_bytes(self, drawer: str) -> None:
        one, other = (total(draw(recipe(drawer, materials=STEEL), 15.0, seed=3)) for _ in range(2))
        assert one.tobytes() == other.tobytes()

    @settings(max_examples=6)
    @given(seed=st.integers(0, 10**6), length=st.floats(1.5, 60.0), bone=st.sampled_from([0.0, 1.2]))
    def test_it_lies_inside_the_patient(self, drawer: str, seed: int, length: float, bone: float) -> None:
        depth = total(draw(recipe(drawer, materials=STEEL), length, seed, on=ground(bone_cm=bone)))
        assert np.isfinite(depth).all()
        assert depth.min() >= 0
        assert depth.max() <= 80.5
        assert not depth[~ground().body].any()

    def test_its_density_is_its_materials_not_the_recipes(self, drawer: str) -> None:
        layers = draw(recipe(drawer, materials=STEEL), 12.0).layers
        assert all(layer.solid for layer in layers)


@pytest.mark.parametrize("row", [r for r in recipes() if r.drawer in FOREIGN], ids=lambda r: r.id)
def test_every_recipe_draws_something(row) -> None:  # type: ignore[no-untyped-def]
    at = site(row.compartments[0])
    assert any(total(draw(row, float(np.sqrt(np.prod(row.length))), seed, at)).any() for seed in range(3))


COMMON = ("glass_shards", "stones", "metal_splinters", "needle", "wire", "screws", "plate", "pins")
RARE = ("coil", "swab_marker", "silicone_implant", "silicone_spacer", "cement")


@pytest.mark.parametrize("rare", RARE)
def test_what_is_common_is_drawn_more_often_than_what_is_rare(rare: str) -> None:
    weights = {name: sum(r.weight for r in recipes() if r.drawer == name) for name in (*COMMON, rare)}
    assert all(weights[name] > 4 * weights[rare] for name in COMMON)


class TestShapes:
    def test_a_lone_pellet_is_round(self) -> None:
        for seed in range(6):
            mineral = draw(recipe("pellets", "count=1;size=5,5", STEEL), 5.0, seed)
            rows, columns = np.nonzero(total(mineral) > 0.5)
            assert np.ptp(rows) == pytest.approx(np.ptp(columns), abs=5)

    def test_crests_of_a_thread_stand_a_pitch_apart_and_half_of_it_across(self) -> None:
        canvas, pitch = Canvas(FINE), 1.2
        from_side(canvas, Pose((0.0, 0.0), 0.0), Screw(10.0, 1.5, pitch, 1.0, 0.0))
        flanks = canvas.depth[:, 60:180]  # clear of the tip
        far = FINE.axis()[:, None]  # what lies beyond the core is thread
        upper, lower = ((flanks * side).sum(axis=0) for side in (far < -1.1, far > 1.1))
        wave = np.fft.rfft(upper - upper.mean())
        found = 120 * FINE.mm / int(np.argmax(np.abs(wave)))
        assert found == pytest.approx(pitch, rel=0.02)
        half = round(pitch / 2 / FINE.mm)
        assert np.corrcoef(upper[half:], lower[:-half])[0, 1] > 0.9
        assert np.corrcoef(upper, lower)[0, 1] < 0

    def test_a_plate_from_its_face_has_holes_or_screws_in_them(self) -> None:
        for seed in range(20):
            made = draw(recipe("plate", materials=STEEL), 30.0, seed, on=ground(bone_cm=1.0))
            if made.parameters["view"] == "face":
                depth = total(made)
                plate = ndimage.binary_fill_holes(depth > 0)
                level = np.median(depth[depth > 0])
                assert ((depth < 0.3 * level) & plate).any() or (depth > 1.5 * level).any()
                return
        pytest.fail("no plate was drawn from its face")

    def test_hardware_lies_along_the_bone(self) -> None:
        axis = bone_axis(ground(bone_cm=1.0))
        assert axis is not None
        assert abs(np.sin(axis.angle)) > 0.98  # the bone stands upright
        assert axis.centre[0] == pytest.approx(GRID.size / 6 * GRID.mm / 2, abs=1.5)

    def test_without_bone_there_is_no_axis(self) -> None:
        assert bone_axis(ground()) is None

    def test_a_stent_is_as_wide_as_its_vessel(self) -> None:
        depth = total(draw(recipe("stent", materials=STEEL), 20.0, 1, site("artery", width=6.0)))
        columns = GRID.axis()[np.nonzero(depth.max(axis=0) > 0.01)[0]]
        assert float(np.ptp(columns)) == pytest.approx(6.0, abs=1.2)


class TestContrast:
    @pytest.mark.parametrize(
        ("drawer", "material", "darker"),
        [
            ("splinter", "wood_dry", True),
            ("plastic_piece", "plastic_pe", True),
            ("plastic_piece", "plastic_pvc", False),
            ("silicone_droplets", "silicone", False),
            ("glass_shards", "glass_soda_lime", False),
        ],
    )
    def test_the_material_decides_whether_it_is_dark_or_bright(
        self, drawer: str, material: str, darker: bool
    ) -> None:
        here = ground()
        mineral = draw(recipe(drawer, materials=(material,)), 12.0, 1)
        before = {"soft_tissue": here.depth}
        bins = few_bins(beam(60.0))
        change = np.log(transmission(bins, before)) - np.log(
            transmission(bins, put_in(before, mineral, added(mineral, 100.0)))
        )
        where = total(mineral) > 0.5
        assert (float(change[where].mean()) < 0) is darker
