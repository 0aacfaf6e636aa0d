"""Ossified lesions: organised bone that starts, ends and bridges where anatomy says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from mlcalc.simulate.grid import Grid, Map
from mlcalc.simulate.lesions.load import recipes
from mlcalc.simulate.lesions.registry import drawers

from .lesion_scenes import BODY_HALF, GAP, GRID, draw, extent, ground, recipe, site, total

OSSIFIED = tuple(sorted(n for n, d in drawers().items() if ".ossified." in d.__module__))
FINE = Grid(128, 0.15)


def ring_profile(depth: Map, rings: int = 10) -> Map:
    """Mean depth by distance from the outline of what is drawn: first entry at the outline, last inmost."""
    inside = ndimage.binary_fill_holes(depth > 0.04 * depth.max())
    away = ndimage.distance_transform_edt(inside)
    share = np.minimum((away / away.max() * rings).astype(int), rings - 1)
    totals, counts = (np.bincount(share[inside], w, rings) for w in (depth[inside], None))
    return np.asarray(totals / np.maximum(counts, 1), np.float32)


def joined(depth: Map, first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Whether one connected piece of mineral comes within 2 mm of both points."""
    parts, _ = ndimage.label(depth > 0.1, structure=np.ones((3, 3)))
    x, y = GRID.axis()[None, :], GRID.axis()[:, None]
    near = [set(parts[np.hypot(x - px, y - py) < 2.0]) - {0} for px, py in (first, second)]
    return bool(near[0] & near[1])


@pytest.mark.parametrize("drawer", OSSIFIED)
class TestEveryDrawer:
    def test_the_same_seed_draws_the_same_bytes(self, drawer: str) -> None:
        one, other = (total(draw(recipe(drawer), 15.0, seed=3)) for _ in range(2))
        assert one.tobytes() == other.tobytes()

    def test_another_seed_draws_something_else(self, drawer: str) -> None:
        one, other = (total(draw(recipe(drawer), 15.0, seed=s)) for s in (3, 4))
        assert not np.array_equal(one, other)

    @settings(max_examples=6)
    @given(seed=st.integers(0, 10**6), length=st.floats(2.0, 60.0))
    def test_depth_is_real_and_lies_in_the_tissue(self, drawer: str, seed: int, length: float) -> None:
        depth = total(draw(recipe(drawer), length, seed))
        assert depth.dtype == np.float32
        assert np.isfinite(depth).all()
        assert depth.min() >= 0
        assert depth.max() <= 30.0 + 1e-4
        assert not depth[~ground().body].any()

    def test_a_site_outside_the_crop_draws_nothing(self, drawer: str) -> None:
        far = site(path=np.array([(300.0, 300.0), (320.0, 340.0)]), ends=None)
        assert not total(draw(recipe(drawer), 8.0, at=far)).any()


@pytest.mark.parametrize("row", [r for r in recipes() if r.drawer in OSSIFIED], ids=lambda r: r.id)
def test_every_recipe_draws_something(row) -> None:  # type: ignore[no-untyped-def]
    at = site(row.compartments[0])
    assert any(total(draw(row, float(np.sqrt(np.prod(row.length))), seed, at)).any() for seed in range(3))


class TestOrganisation:
    def test_bone_is_densest_near_its_outline(self) -> None:
        # a body of even mineral, an ellipsoid, is densest in the middle: sqrt(1 - r^2)
        brightest = [int(np.argmax(ring_profile(self.ossicle(seed)))) for seed in range(12)]
        assert np.median(brightest) <= 3

    def test_marrow_is_lucent_but_not_empty(self) -> None:
        shares = [ring_profile(self.ossicle(seed)) for seed in range(12)]
        middle = np.median([p[-1] / p.max() for p in shares])
        assert 0.2 < middle < 0.9

    @staticmethod
    def ossicle(seed: int) -> Map:
        wanted = recipe("ossicle", "bipartite=0;gaps=0;marrow=0.2;cortex=0.2")
        return total(draw(wanted, 9.0, seed, site(path=np.array([(0, -6.0), (0, 6.0)])), ground(FINE)))

    @pytest.mark.parametrize("drawer", ["bone_mass", "ossicle", "zonal_mass"])
    def test_size_follows_the_length(self, drawer: str) -> None:
        sizes = [extent(total(draw(recipe(drawer), 12.0, seed))) for seed in range(10)]
        assert 8.0 < np.median(sizes) < 20.0

    def test_a_mass_outgrows_its_muscle_only_a_little(self) -> None:
        slim = site(width=4.0)
        widths = [np.ptp(np.nonzero(total(draw(recipe("bone_mass"), 40.0, s, slim)))[1]) for s in range(8)]
        assert max(widths) * GRID.mm < 2.5 * 4.0


class TestZones:
    def test_the_rim_is_denser_than_the_centre(self) -> None:
        for seed in range(8):
            profile = ring_profile(total(draw(recipe("zonal_mass", "weeks=30,31"), 12.0, seed)))
            assert profile[1:5].max() > 1.3 * profile[-2:].mean()

    def test_the_rim_stands_out_more_as_weeks_pass(self) -> None:
        def prominence(weeks: str) -> float:
            drawn = (ring_profile(total(draw(recipe("zonal_mass", weeks), 12.0, s))) for s in range(12))
            return float(np.median([p[1:4].mean() / max(p[-2:].mean(), 1e-3) for p in drawn]))

        assert prominence("weeks=52,53") > prominence("weeks=6,7")

    def test_a_young_cloud_has_no_rim(self) -> None:
        profiles = [ring_profile(total(draw(recipe("young_cloud"), 14.0, seed))) for seed in range(12)]
        assert np.median([p[0] / p[5:].mean() for p in profiles]) < 0.6

    def test_the_week_is_told(self) -> None:
        told = draw(recipe("zonal_mass", "weeks=8,9"), 12.0).parameters["weeks_since_onset"]
        assert isinstance(told, float)
        assert 8 <= told <= 9


class TestAttachment:
    def test_a_spur_grows_from_the_first_point_of_the_enthesis(self) -> None:
        at = site("enthesis", path=np.array([(0.0, 10.0), (0.0, -20.0)]))
        for seed in range(6):
            rows = np.nonzero(total(draw(recipe("bone_spur"), 12.0, seed, at)).max(axis=1) > 0.1)[0]
            low, high = GRID.axis()[rows.min()], GRID.axis()[rows.max()]
            assert 9.0 < high < 15.0  # a broad root lies obliquely in the bone
            assert -4.0 < low < 4.0

    def test_where_a_tendon_is_seen_in_part_it_grows_from_the_nearest_bone(self) -> None:
        beside = site("tendon", path=np.array([(-14.0, -20.0), (-14.0, 0.0)]))
        depth = total(draw(recipe("bone_spur"), 8, at=beside, on=ground(bone_cm=1.0)))
        across = GRID.axis() @ depth.sum(axis=0) / depth.sum()
        assert -10 < across < 0  # the bone begins at 0, the tendon's end lies 14 mm to its left

    def test_a_calcified_one_thins_out_from_the_bone(self) -> None:
        at = site("enthesis", path=np.array([(0.0, -10.0), (0.0, 10.0)]))
        depth = total(draw(recipe("calcified_spur", "slender=2;grains=0"), 16, at=at))
        rows = depth.sum(axis=1)
        near, far = (rows[np.abs(GRID.axis() - y) < 3].sum() for y in (-7.0, 3.0))
        assert near > 1.5 * far

    def test_of_a_tendon_it_grows_from_the_last(self) -> None:
        rows = np.nonzero(total(draw(recipe("bone_spur"), 12.0, 1, site("tendon"))).max(axis=1))[0]
        assert GRID.axis()[rows.max()] > 20

    def test_a_strand_keeps_its_distance_from_the_bone(self) -> None:
        wanted = recipe("bone_strand", "from_bone=10,14;pieces=1")
        for seed in range(6):
            rows = np.nonzero(total(draw(wanted, 10.0, seed, site("tendon"))).max(axis=1) > 0.2)[0]
            assert 8.0 < 24.0 - GRID.axis()[rows.max()] < 17.0

    def test_an_avulsed_flake_is_bare_towards_its_bed(self) -> None:
        at = site("ligament", path=np.array([(0.0, -24.0), (0.0, 14.0)]))
        depth = total(draw(recipe("avulsed_fragment", "gaps=0"), 10.0, 2, at))
        rows = np.nonzero(depth.max(axis=1) > 0.1)[0]
        assert GRID.axis()[rows.max()] < 14.0


class TestBridges:
    ENDS = ((0.0, -GAP / 2), (0.0, GAP / 2))

    @pytest.mark.parametrize("seed", range(6))
    def test_a_bridge_joins_both_ends(self, seed: int) -> None:
        assert joined(total(draw(recipe("bone_bridge", "gaps=0"), 8.0, seed)), *self.ENDS)

    @pytest.mark.parametrize("seed", range(6))
    def test_facing_spurs_do_not_meet(self, seed: int) -> None:
        wide = site(ends=np.array([(0.0, -10.0), (0.0, 10.0)]))
        depth = total(draw(recipe("facing_spurs", "gap=3,5;gaps=0"), 20.0, seed, wide))
        assert depth.any()
        assert not joined(depth, (0.0, -10.0), (0.0, 10.0))

    def test_a_bridge_bulges_away_from_the_joint(self) -> None:
        depth = total(draw(recipe("bone_bridge", "bulge=0.8;count=1"), 8.0))
        assert (depth * GRID.axis()[None, :]).sum() > 0  # outward is +x

    def test_a_fused_joint_is_as_thick_as_the_bones_beside_it(self) -> None:
        on = ground()
        on.bone[np.abs(GRID.axis()) > 3] = 1.5
        across = site("joint_space", path=np.array([(-12.0, 0.0), (12.0, 0.0)]), width=6.0)
        depth = total(draw(recipe("joint_fusion"), 20, at=across, on=on))
        inside = np.abs(GRID.axis()) < 2
        assert depth[inside].max() > 5
        assert depth[~inside & (on.bone[:, 0] > 0)].max() < 0.3 * depth[inside].max()

    def test_a_fused_joint_is_filled_along_its_space(self) -> None:
        level = site("joint_space", path=np.array([(-10.0, 0.0), (10.0, 0.0)]), width=3.0)
        depth = total(draw(recipe("joint_fusion"), 20.0, 1, level))
        middle = depth[GRID.size // 2]
        assert (middle > 0).sum() * GRID.mm > 8.0

    @pytest.mark.parametrize("kind", ["thin", "flowing"])
    def test_a_syndesmophyte_spans_the_disc_at_its_edge(self, kind: str) -> None:
        disc = site("intervertebral_disc", path=np.array([(-12.0, 0.0), (12.0, 0.0)]), width=8.0)
        for seed in range(4):
            depth = total(draw(recipe("syndesmophyte", f"kind={kind};gaps=0"), 12.0, seed, disc))
            columns = np.abs(GRID.axis()[np.nonzero(depth.max(axis=0) > 0.1)[0]])
            rows = GRID.axis()[np.nonzero(depth.max(axis=1) > 0.1)[0]]
            assert columns.min() > 3.0
            assert rows.min() < -3.5
            assert rows.max() > 3.5


def test_a_bone_net_leaves_meshes() -> None:
    wide = site("subcutaneous", width=20.0)
    depth = total(draw(recipe("bone_net"), 40.0, 3, wide))
    inside = ndimage.binary_closing(depth > 0.4 * depth.max(), iterations=8)
    holes, count = ndimage.label(inside & (depth < 0.3 * depth.max()))
    assert holes.max() == count
    assert count >= 3


def test_the_limb_of_these_tests_ends_inside_the_grid() -> None:
    assert GRID.half > BODY_HALF
