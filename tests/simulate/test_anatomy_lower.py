"""The lower body is laid out as anatomy says, wherever a crop looks."""

from __future__ import annotations

import csv
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import mlcalc.vocabulary
from mlcalc.simulate.anatomy.parts import Layout, Ridge, Solid
from mlcalc.simulate.anatomy.raster import View, rasterise
from mlcalc.simulate.anatomy.regions import lower_layout as drawing
from mlcalc.simulate.anatomy.regions.lower_cover import below_skin
from mlcalc.simulate.anatomy.regions.lower_person import Person, draw_person
from mlcalc.simulate.anatomy.regions.lower_tables import rows
from mlcalc.simulate.grid import Grid

REGIONS = (
    *("pelvis", "hip", "thigh", "knee", "lower_leg", "ankle"),
    *("foot", "toe", "gluteal", "abdomen", "lumbar_spine", "sacrum"),
)
VOCABULARY = Path(mlcalc.vocabulary.__file__).parent
ADULT = Person(age=35, sex="M", size=1, cortex=1, spongy=0.8, fat=1, muscle=1)


def table(name: str, key: str = "id") -> dict[str, dict[str, str]]:
    with (VOCABULARY / f"{name}.csv").open(encoding="utf-8") as file:
        return {row[key]: row for row in csv.DictReader(file)}


def region_module(region: str) -> Any:
    return import_module(f"mlcalc.simulate.anatomy.regions.{region}")


def drawn(
    region: str, view: str, monkeypatch: pytest.MonkeyPatch, person: Person = ADULT, seed: int = 1
) -> Layout:
    monkeypatch.setattr(drawing, "draw_person", lambda _: person)
    (row,) = (row for row in drawing.views(region) if row["view"] == view)
    return drawing.lay_out_view(row, np.random.default_rng(seed))


def extent_of(layout: Layout, name: str) -> tuple[float, float]:
    """Width and height of one bone, mm."""
    (part,) = (part for bone, part in layout.bones if bone == name and isinstance(part, Solid))
    width, height = np.ptp(part.outline, axis=0)
    return float(width), float(height)


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_is_drawn_and_a_seed_always_draws_the_same(region: str) -> None:
    layout = region_module(region).layout
    first, second, other = (layout(np.random.default_rng(seed)) for seed in (5, 5, 6))
    assert first.region == region
    assert [name for name, _ in first.bones] == [name for name, _ in second.bones]
    for (_, one), (_, two) in zip(first.bones, second.bones, strict=True):
        assert isinstance(one, Solid | Ridge)
        assert isinstance(two, Solid | Ridge)
        a, b = (p.path if isinstance(p, Ridge) else p.outline for p in (one, two))
        assert np.array_equal(a, b)
    assert first.parameters == second.parameters != other.parameters


def test_every_site_says_what_the_vocabulary_knows() -> None:
    compartments, structures, regions = table("compartments"), table("structures"), table("regions")
    for row in rows("sites"):
        assert row["compartment"] in compartments
        for region in row["regions"].split(";"):
            assert region in regions
            if row["structure"]:
                known = structures[row["structure"]]
                assert row["compartment"] in known["compartments"].split(";"), row
                assert region in known["regions"].split(";"), row


@pytest.mark.parametrize("region", REGIONS)
def test_a_region_offers_the_compartments_that_it_has(region: str) -> None:
    found = {row["compartment"] for row in rows("sites") if region in row["regions"].split(";")}
    assert {"tendon", "enthesis", "muscle", "fascia", "artery", "soft_tissue"} <= found
    covered = {site.compartment for site in drawing.lay_out(region, np.random.default_rng(2)).sites}
    assert {"subcutaneous", "dermal"} <= covered


@settings(max_examples=12, deadline=None)
@given(region=st.sampled_from(REGIONS), seed=st.integers(0, 10_000))
def test_every_site_lies_below_the_skin(region: str, seed: int) -> None:
    layout = drawing.lay_out(region, np.random.default_rng(seed))
    for site in layout.sites:
        depth, _ = below_skin(site.path, layout.envelopes)  # type: ignore[arg-type]
        assert depth.min() > 0, (site.compartment, site.structure)
        assert site.width > 0
        assert site.depth > 0
        assert np.isfinite(site.path).all()
        if site.outward is not None:
            assert np.hypot(*site.outward) == pytest.approx(1, abs=1e-6)
        if site.ends is not None:
            assert site.ends.shape == (2, 2)


@pytest.mark.parametrize(
    ("region", "view", "bone", "width", "height"),
    [
        # Usual sizes of an adult man in mm, rounded, with the spread between people.
        ("knee", "ap", "tibia", (72, 84), (340, 420)),
        ("knee", "ap", "patella", (40, 50), (40, 50)),
        ("foot", "dorsoplantar", "metatarsal_1", (16, 30), (54, 68)),
        ("ankle", "lateral", "calcaneus", (76, 98), (36, 54)),
        ("pelvis", "ap", "sacrum", (98, 126), (84, 125)),
        ("lumbar_spine", "ap", "spine_l3", (44, 58), (26, 36)),
        ("lumbar_spine", "lateral", "spine_l3", (31, 42), (25, 36)),
    ],
)
def test_bones_have_the_size_of_an_adults(
    region: str,
    view: str,
    bone: str,
    width: tuple[float, float],
    height: tuple[float, float],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    across, along = extent_of(drawn(region, view, monkeypatch), bone)
    assert width[0] <= across <= width[1]
    assert height[0] <= along <= height[1]


def test_the_hips_lie_as_far_apart_as_in_people(monkeypatch: pytest.MonkeyPatch) -> None:
    layout = drawn("pelvis", "ap", monkeypatch)
    femora = [
        p.outline[:, 0] for name, p in layout.bones if name.startswith("femur_") and isinstance(p, Solid)
    ]
    across = max(x.max() for x in femora) - min(x.min() for x in femora)
    assert 290 < across < 350  # from one greater trochanter to the other about 32 cm


def test_growth_plates_are_open_in_the_child_and_closed_in_the_adult(monkeypatch: pytest.MonkeyPatch) -> None:
    child = Person(age=8, sex="F", size=0.74, cortex=0.75, spongy=0.75, fat=0.7, muscle=0.9)
    young = {name for name, _ in drawn("knee", "ap", monkeypatch, child).bones}
    grown = {name for name, _ in drawn("knee", "ap", monkeypatch).bones}
    assert {"femur_distal_femur", "tibia_proximal_tibia"} <= young
    assert not {"femur_distal_femur", "tibia_proximal_tibia"} & grown
    toddler = Person(age=2.2, sex="F", size=0.5, cortex=0.6, spongy=0.7, fat=1, muscle=0.95)
    assert "patella" not in {name for name, _ in drawn("knee", "ap", monkeypatch, toddler).bones}


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 100_000))
def test_people_are_possible(seed: int) -> None:
    person = draw_person(np.random.default_rng(seed))
    assert 2 <= person.age <= 92
    assert 0.4 < person.size < 1.2
    assert 0.3 < person.cortex < 1.6
    assert person.child == (person.age < 19)


def test_ossicles_are_rare_and_listed() -> None:
    random = np.random.default_rng(0)
    found = [drawing.lay_out("foot", random).ossicles for _ in range(60)]
    assert sum(bool(names) for names in found) < 15
    listed = {row["bone"] for row in rows("bones") if row["chance"]}
    assert {name for names in found for name in names} <= listed


@pytest.mark.parametrize(("region", "view"), [("knee", "ap"), ("foot", "lateral"), ("hip", "ap")])
def test_a_crop_shows_bone_in_flesh(region: str, view: str, monkeypatch: pytest.MonkeyPatch) -> None:
    layout = drawn(region, view, monkeypatch)
    maps, ground = rasterise(layout, View(), Grid(128, 1.0), np.random.default_rng(0))
    assert ground.body.mean() > 0.2
    assert ground.bone.max() > 0.5
    outside = ground.bone[~ground.body]
    assert not outside.size or outside.max() < 0.05
    assert all(np.isfinite(one).all() and (one >= 0).all() for one in maps.values())


def test_a_bent_knee_keeps_its_kneecap_before_the_femur(monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(4):
        layout = drawn("knee", "lateral", monkeypatch, seed=seed)
        parts = {name: part.outline for name, part in layout.bones if isinstance(part, Solid)}
        gap = np.hypot(*(parts["patella"][:, None] - parts["femur"][None]).transpose(2, 0, 1)).min()
        assert 0.3 < gap < 14
