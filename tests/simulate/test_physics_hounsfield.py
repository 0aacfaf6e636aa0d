"""Hounsfield units to shares of mineral and back."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcalc.simulate.physics.hounsfield import hounsfield, volume_fraction
from mlcalc.simulate.physics.materials import materials


@given(hu=st.floats(0, 1500), material=st.sampled_from(["hydroxyapatite", "cpp", "calcium_carbonate"]))
def test_the_share_gives_its_hounsfield_units_back(hu: float, material: str) -> None:
    assert hounsfield(material, volume_fraction(material, hu)) == pytest.approx(hu, abs=1e-9)


@given(share=st.floats(0, 1), material=st.sampled_from(sorted(set(materials()) - {"water"})))
def test_hounsfield_units_give_their_share_back(share: float, material: str) -> None:
    assert volume_fraction(material, hounsfield(material, share)) == pytest.approx(share, abs=1e-9)


def test_water_is_nought_and_air_minus_a_thousand() -> None:
    assert hounsfield("water") == 0
    assert hounsfield("air") == pytest.approx(-1000, abs=2)


@pytest.mark.parametrize(
    ("material", "low", "high"),
    [("fat", -120, -60), ("soft_tissue", 30, 70), ("blood", 35, 75), ("trabecular_bone", 150, 400),
     ("cortical_bone", 1000, 2000), ("titanium", 5000, 20000), ("wood_dry", -600, -300)],
)  # fmt: skip
def test_tissues_have_the_values_of_textbooks(material: str, low: float, high: float) -> None:
    assert low <= hounsfield(material) <= high


def test_mineral_rises_as_calibration_phantoms_do() -> None:
    """1.2 to 1.7 HU for each mg/cm3 of apatite at 120 kVp (McCollough et al, Radiology 243:527, 2007)."""
    for hu in (100, 400, 700, 1500):
        milligrams = 1000 * 3.16 * volume_fraction("hydroxyapatite", hu)
        assert 1.2 <= hu / milligrams <= 1.7


def test_the_denser_a_mineral_the_less_of_it_is_needed() -> None:
    minerals = ["hydroxyapatite", "calcium_carbonate", "cpp", "calcium_phosphate_paste", "urate"]
    shares = [volume_fraction(mineral, 300) for mineral in minerals]
    assert shares == sorted(shares)


@pytest.mark.parametrize(("material", "hu"), [("urate", 2000), ("fat", 50), ("hydroxyapatite", -20)])
def test_what_no_share_can_have_is_refused(material: str, hu: float) -> None:
    with pytest.raises(ValueError, match=f"{material} in water cannot have {hu} HU: the pure material has"):
        volume_fraction(material, hu)


def test_an_unknown_material_is_told_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="did you mean 'urate'"):
        volume_fraction("urat", 100)
