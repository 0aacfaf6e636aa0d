"""Which recipe goes where: what the anatomy allows, every morphology alike."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from mlcalc.simulate.choice import choose, fits, share_of_class
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.site import Site


def recipe(name: str, *morphology: str, compartments: str = "muscle", **more: object) -> Recipe:
    return Recipe(
        id=name,
        drawer="x",
        morphology=frozenset(morphology),
        density="calcification",
        compartments=tuple(compartments.split()),
        length=(5, 10),
        hu=(100, 400),
        materials=("hydroxyapatite",),
        **more,  # type: ignore[arg-type]
    )


def site(compartment: str = "muscle", region: str = "finger", **more: object) -> Site:
    return Site(compartment, region, np.zeros((2, 2)), 1.0, 1.0, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("made", "place", "expected"),
    [
        (recipe("r"), site(), True),
        (recipe("r"), site("tendon"), False),
        (recipe("r", regions=("finger",)), site(), True),
        (recipe("r", regions=("hand",)), site(), True),
        (recipe("r", regions=("upper_extremity",)), site(), True),
        (recipe("r", regions=("foot",)), site(), False),
        (recipe("r", regions=("finger",)), site(region="hand"), False),
        (recipe("r", structures=("biceps",)), site(), False),
        (recipe("r", structures=("biceps",)), site(structure="biceps"), True),
        (recipe("r", settings={"needs": "ends"}), site(), False),
        (recipe("r", settings={"needs": "ends"}), site(ends=np.zeros((2, 2))), True),
    ],
)
def test_a_recipe_fits_where_its_row_says(made: Recipe, place: Site, expected: bool) -> None:
    assert fits(made, place) is expected


def test_a_recipe_without_compartments_fits_anywhere() -> None:
    assert fits(recipe("r", compartments=""), site("dermal"))


def test_morphologies_come_alike_however_many_recipes_and_sites_they_have() -> None:
    known = [recipe(f"a{i}", "rice_grain") for i in range(9)] + [recipe("b", "sheet_like")]
    random = np.random.default_rng(0)
    counts = Counter[str]()
    for _ in range(2000):
        found = choose(known, [site()] * 3, random)
        assert found is not None
        counts.update(found.recipe.morphology)
    assert 900 < counts["rice_grain"] < 1100


def test_a_morphology_that_is_rare_in_a_class_comes_rarely_there() -> None:
    """Phleboliths may ossify: in the tables of recipes that is the exception."""
    known = [
        replace(recipe("a", "round_lucent_centre"), density="ossification"),
        replace(recipe("b", "trabecular_cortical"), density="ossification"),
    ]
    random = np.random.default_rng(0)
    found = [choose(known, [site()], random) for _ in range(1000)]
    assert np.mean([c is not None and c.recipe.id == "a" for c in found]) < 0.25
    assert share_of_class("calcification", "round_lucent_centre") > 0.75


def test_a_morphology_may_not_be_crowded_out_by_the_common_compartment() -> None:
    known = [recipe("a", "rice_grain", compartments="muscle subcutaneous")]
    random = np.random.default_rng(0)
    places = [site()] * 9 + [site("subcutaneous")]
    found = [choose(known, places, random) for _ in range(1000)]
    share = np.mean([c is not None and c.site.compartment == "subcutaneous" for c in found])
    assert 0.4 < share < 0.6


def test_weights_divide_recipes_of_one_morphology() -> None:
    known = [recipe("often", "rice_grain", weight=9.0), recipe("seldom", "rice_grain", weight=1.0)]
    random = np.random.default_rng(0)
    found = [choose(known, [site()], random) for _ in range(1000)]
    assert 850 < sum(c is not None and c.recipe.id == "often" for c in found) < 950


def test_nothing_fits_nowhere() -> None:
    assert choose([recipe("r")], [site("tendon")], np.random.default_rng(0)) is None
    assert choose([], [site()], np.random.default_rng(0)) is None
