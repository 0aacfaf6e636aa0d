"""A lesion takes the place of soft tissue, by the amount of mineral that its Hounsfield units mean."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcalc.simulate.compose import added, mineral_share, put_in
from mlcalc.simulate.grid import Map
from mlcalc.simulate.lesions.mineral import Layer, Mineral
from mlcalc.simulate.physics.hounsfield import hounsfield


def flat(value: float) -> Map:
    return np.full((4, 4), value, np.float32)


@settings(max_examples=40, deadline=None)
@given(hu=st.floats(60, 1400))
def test_the_mixture_has_the_hounsfield_units_it_was_asked_for(hu: float) -> None:
    share = mineral_share("hydroxyapatite", hu)
    mixed = hounsfield("hydroxyapatite", share) + hounsfield("soft_tissue", 1 - share)
    assert mixed == pytest.approx(hu, abs=0.5)


def test_no_share_is_below_nothing_or_above_all() -> None:
    assert mineral_share("hydroxyapatite", -100) == 0
    assert mineral_share("hydroxyapatite", 1e6) == 1


def test_mineral_displaces_as_much_soft_tissue_as_it_takes() -> None:
    ground = {"soft_tissue": flat(5), "cortical_bone": flat(1)}
    lesion = Mineral((Layer("hydroxyapatite", flat(20)),))
    new = added(lesion, 600)
    whole = put_in(ground, lesion, new)
    assert float(new["hydroxyapatite"][0, 0]) == pytest.approx(
        2 * mineral_share("hydroxyapatite", 600), rel=1e-5
    )
    np.testing.assert_allclose(sum(whole.values()), 6, rtol=1e-6)
    np.testing.assert_array_equal(ground["soft_tissue"], 5)


def test_layers_of_one_material_add_up_and_a_denser_one_holds_more() -> None:
    twice = Mineral((Layer("cpp", flat(10)), Layer("cpp", flat(10), share=2.0)))
    cm = float(added(twice, 300)["cpp"][0, 0])
    assert cm == pytest.approx(mineral_share("cpp", 300) + mineral_share("cpp", 600), rel=1e-5)


def test_a_solid_is_itself_whatever_the_hounsfield_units() -> None:
    glass = Mineral((Layer("glass_soda_lime", flat(3), solid=True),))
    assert added(glass, 100)["glass_soda_lime"][0, 0] == pytest.approx(0.3)
    assert added(glass, 900)["glass_soda_lime"][0, 0] == pytest.approx(0.3)


def test_eroded_bone_becomes_soft_tissue_and_never_less_than_none() -> None:
    ground = {"soft_tissue": flat(1), "cortical_bone": flat(0.2), "trabecular_bone": flat(0.3)}
    eroded = put_in(ground, Mineral((), bone=flat(4)), {})
    assert float(eroded["cortical_bone"][0, 0]) == 0
    assert float(eroded["trabecular_bone"][0, 0]) == pytest.approx(0.1, abs=1e-6)
    assert float(eroded["soft_tissue"][0, 0]) == pytest.approx(1.4)
    gone = put_in(ground, Mineral((), bone=flat(100)), {})
    assert float(gone["soft_tissue"][0, 0]) == pytest.approx(1.5)


def test_swelling_adds_soft_tissue_and_a_loss_stops_at_none() -> None:
    ground = {"soft_tissue": flat(1)}
    assert put_in(ground, Mineral((), swelling=flat(5)), {})["soft_tissue"][0, 0] == pytest.approx(1.5)
    assert put_in(ground, Mineral((), swelling=flat(-50)), {})["soft_tissue"][0, 0] == 0


def test_a_layer_of_soft_tissue_comes_on_top() -> None:
    fold = Mineral((Layer("soft_tissue", flat(5), solid=True),))
    assert put_in({"soft_tissue": flat(1)}, fold, added(fold, 100))["soft_tissue"][0, 0] == pytest.approx(1.5)
