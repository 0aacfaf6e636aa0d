"""How large a lesion and its crop are, and which part of a long structure is looked at."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcalc.simulate.config import Framing
from mlcalc.simulate.framing import SLACK, anchor, frame, inside
from mlcalc.simulate.lesions.recipe import Recipe
from mlcalc.simulate.site import Site

FRAMING = Framing()


def recipe(low: float, high: float) -> Recipe:
    return Recipe("r", "x", frozenset(), "calcification", ("muscle",), (low, high), (100, 400), ())


def path(*points: tuple[float, float], compartment: str = "artery") -> Site:
    return Site(compartment, "knee", np.array(points, float), 4.0, 10.0)


@settings(max_examples=60, deadline=None)
@given(low=st.floats(1, 40), ratio=st.floats(1, 5), seed=st.integers(0, 10**6))
def test_lengths_follow_the_recipe_and_sides_the_region(low: float, ratio: float, seed: int) -> None:
    found = frame(recipe(low, low * ratio), (40, 240), FRAMING, np.random.default_rng(seed))
    assert 40 <= found.side <= 240
    assert found.length <= max(low * ratio * SLACK, FRAMING.share[0] * found.side) * 1.001
    assert found.length >= FRAMING.share[0] * found.side * 0.999


def test_the_crop_looks_at_the_bone_end_of_a_tendon_mostly() -> None:
    tendon = path((0, 0), (0, 50), compartment="tendon")
    random = np.random.default_rng(0)
    at_bone = [anchor(tendon, random) == (0.0, 50.0) for _ in range(300)]
    assert 0.7 < np.mean(at_bone) < 0.9


def test_of_an_enthesis_it_looks_at_the_first_point() -> None:
    random = np.random.default_rng(0)
    found = [anchor(path((3, 4), (0, 50), compartment="enthesis"), random) for _ in range(50)]
    assert found.count((3.0, 4.0)) > 30


def test_a_bridge_is_looked_at_in_its_middle() -> None:
    site = Site("joint_space", "knee", np.zeros((2, 2)), 1, 1, ends=np.array([[0, 0], [4.0, 8.0]]))
    assert anchor(site, np.random.default_rng(0)) == (2.0, 4.0)


def test_a_long_vessel_is_cut_to_what_the_crop_sees() -> None:
    cut = inside(path((-200, 3), (200, 3)), 30)
    assert np.abs(cut.path).max() <= 30
    assert np.ptp(cut.path[:, 0]) > 50


def test_a_path_that_leaves_and_comes_back_keeps_the_run_nearest_the_middle() -> None:
    cut = inside(path((-20, 25), (-20, 90), (0, 90), (0, 0)), 30)
    assert np.hypot(*cut.path.T).min() < 2
    assert (cut.path[:, 0] > -1).all()


@pytest.mark.parametrize("points", [((0, 0), (5, 5)), ((300, 300), (400, 400))])
def test_short_and_distant_paths_stay_as_they_are(points: tuple[tuple[float, float], ...]) -> None:
    site = path(*points)
    assert inside(site, 30) is site
