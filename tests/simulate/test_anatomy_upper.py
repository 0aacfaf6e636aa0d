"""Regions of the upper body: where their bones and places lie, and that the vocabulary allows them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy import ndimage as ndi

from mlcalc.simulate.anatomy.parts import Layout, Solid
from mlcalc.simulate.anatomy.person import GROWN, draw_person, fitted
from mlcalc.simulate.anatomy.raster import View, rasterise
from mlcalc.simulate.anatomy.regions import layouts
from mlcalc.simulate.anatomy.regions.upper_hand import hand
from mlcalc.simulate.anatomy.regions.upper_spine import column
from mlcalc.simulate.grid import Grid
from mlcalc.vocabulary.registry import vocabulary

UPPER = [
    "shoulder",
    "upper_arm",
    "elbow",
    "forearm",
    "wrist",
    "hand",
    "finger",
    "neck",
    "cervical_spine",
    "thoracic_spine",
    "chest_wall",
]
SEEDS = range(8)
COMPARTMENTS = {
    "shoulder": "tendon enthesis muscle bursa hyaline_cartilage fibrocartilage joint_space synovium capsule "
    "ligament artery vein nerve lymph_node subcutaneous dermal fascia periarticular soft_tissue",
    "upper_arm": "tendon enthesis muscle fascia artery vein nerve lymph_node subcutaneous dermal ligament",
    "elbow": "tendon enthesis muscle bursa hyaline_cartilage joint_space synovium capsule ligament artery",
    "forearm": "tendon enthesis muscle fascia ligament artery vein nerve subcutaneous dermal",
    "wrist": "tendon enthesis fibrocartilage ligament hyaline_cartilage joint_space synovium capsule nerve",
    "hand": "tendon enthesis fibrocartilage ligament joint_space muscle artery nerve subcutaneous dermal",
    "finger": "tendon enthesis ligament joint_space capsule artery subcutaneous dermal periarticular",
    "neck": "ligament lymph_node artery muscle intervertebral_disc extra_articular_cartilage nerve",
    "cervical_spine": "intervertebral_disc facet_joint ligament tendon synovium enthesis artery lymph_node",
    "thoracic_spine": "intervertebral_disc facet_joint ligament enthesis joint_space muscle artery",
    "chest_wall": "muscle artery lymph_node extra_articular_cartilage subcutaneous dermal joint_space bursa",
}


@cache
def several(region: str) -> list[Layout]:
    return [layouts()[region](np.random.default_rng(seed)) for seed in SEEDS]


@pytest.mark.parametrize("region", UPPER)
def test_sites_are_what_the_vocabulary_allows(region: str) -> None:
    known = vocabulary()
    for made in several(region):
        assert made.region == region
        for site in made.sites:
            assert site.compartment in known.compartments
            assert site.region == region
            assert len(site.path) >= 2
            assert site.width > 0
            assert site.depth > 0
            if site.structure is not None:
                structure = known.structures[site.structure]
                assert site.compartment in structure.compartments, site.structure
                assert region in structure.regions, site.structure
            if site.outward is not None:
                assert np.hypot(*site.outward) == pytest.approx(1)


@pytest.mark.parametrize("region", UPPER)
def test_a_region_has_the_compartments_it_should(region: str) -> None:
    found = {site.compartment for made in several(region) for site in made.sites}
    assert set(COMPARTMENTS[region].split()) <= found


@pytest.mark.parametrize("region", UPPER)
def test_every_site_within_reach_lies_in_the_body(region: str) -> None:
    for made in several(region)[:3]:
        size = 256
        grid = Grid(size, 2 * made.extent / size)
        _, ground = rasterise(made, View(), grid, np.random.default_rng(1))
        body = ndi.binary_dilation(ground.body)
        for site in ground.sites:
            points = grid.pixels(site.path).astype(int)
            inside = points[((points >= 0) & (points < size)).all(axis=1)]
            if len(inside):
                share = body[inside[:, 1], inside[:, 0]].mean()
                assert share >= 0.6, (site.compartment, site.structure, made.parameters)


@pytest.mark.parametrize("region", UPPER)
def test_the_middle_of_a_region_shows_bone_within_flesh(region: str) -> None:
    for made in several(region)[:3]:
        grid = Grid(96, 2 * made.extent / 96)
        maps, ground = rasterise(made, View(), grid, np.random.default_rng(1))
        assert 0.03 < (ground.bone > 0.1).mean() < 0.97
        assert ground.body.mean() > 0.08
        assert all(np.isfinite(field).all() and field.dtype == np.float32 for field in maps.values())
        assert {"view", "age", "sex"} <= set(ground.parameters)


@pytest.mark.parametrize("region", UPPER)
def test_a_seed_always_gives_the_same_region(region: str) -> None:
    one, two = (layouts()[region](np.random.default_rng(4)) for _ in range(2))
    assert [name for name, _ in one.bones] == [name for name, _ in two.bones]
    assert all(np.array_equal(a.path, b.path) for a, b in zip(one.sites, two.sites, strict=True))


def test_views_differ() -> None:
    views = {region: {made.parameters["view"] for made in several(region)} for region in UPPER}
    assert views["wrist"] >= {"ap", "lateral"}
    assert views["elbow"] == {"ap", "lateral"}
    assert views["cervical_spine"] == {"ap", "lateral"}


def test_tendons_end_at_bone() -> None:
    """The last point of a tendon with a named insertion lies within a few millimetres of bone."""
    for seed in SEEDS:
        made = layouts()["shoulder"](np.random.default_rng(seed))
        site = next(s for s in made.sites if (s.compartment, s.structure) == ("tendon", "supraspinatus"))
        humerus = dict(made.bones)["humerus"]
        assert isinstance(humerus, Solid)
        gap = np.hypot(*(humerus.outline - site.path[-1]).T).min()
        assert gap < 4


def test_the_metacarpals_have_the_lengths_of_the_table() -> None:
    made = hand(np.random.default_rng(0), draw_person(np.random.default_rng(1)))
    lengths = {k: np.hypot(*np.subtract(s.end, s.start)) for k, s in made.segments.items()}
    assert lengths[2, "metacarpal"] == pytest.approx(68)
    assert lengths[5, "metacarpal"] < lengths[4, "metacarpal"] < lengths[3, "metacarpal"]


def test_vertebrae_stand_one_below_another() -> None:
    levels = column("C3", "T1", "lateral", "C5", -3.0, np.random.default_rng(0))
    assert [v.name for v in levels] == ["C3", "C4", "C5", "C6", "C7", "T1"]
    assert levels[2].middle == (0, 0)
    heights = [v.middle[1] for v in levels]
    assert heights == sorted(heights)


def test_children_are_smaller_and_have_growth_plates() -> None:
    rng = np.random.default_rng(0)
    people = [draw_person(rng, children=0.5) for _ in range(200)]
    child = next(p for p in people if p.age < 9)
    adult = next(p for p in people if p.age > GROWN)
    assert child.size < adult.size
    small, large = (hand(np.random.default_rng(2), person) for person in (child, adult))
    assert small.cuts
    assert not large.cuts


def test_old_women_have_thin_cortex() -> None:
    rng = np.random.default_rng(0)
    people = [draw_person(rng) for _ in range(400)]
    old = np.mean([p.cortex for p in people if p.age > 75 and p.sex == "F"])
    young = np.mean([p.cortex for p in people if 20 < p.age < 40])
    assert old < 0.8 * young


def test_fitting_scales_bones_and_sites_alike() -> None:
    person = draw_person(np.random.default_rng(3), children=1.0)
    made = layouts()["elbow"](np.random.default_rng(0))
    small = fitted(made, person)
    assert small.extent == pytest.approx(made.extent * person.size)
    assert np.allclose(small.sites[0].path, made.sites[0].path * person.size)


def test_few_people_have_an_accessory_ossicle() -> None:
    having = [bool(layouts()["elbow"](np.random.default_rng(s)).ossicles) for s in range(150)]
    assert 0 < np.mean(having) <= 0.08
