"""What is left of a beam: the exact sum against another quadrature, the few energies against that sum."""

from __future__ import annotations

import csv
import hashlib
import math
import os
import subprocess
import sys

import numpy as np
import pytest
import xraydb
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcalc.simulate.grid import Map
from mlcalc.simulate.physics.beam import SPECTRA, beam
from mlcalc.simulate.physics.contrast import log_contrast
from mlcalc.simulate.physics.exact import exact_transmission
from mlcalc.simulate.physics.materials import Spectrum, materials
from mlcalc.simulate.physics.reduce import FewBins, few_bins
from mlcalc.simulate.physics.transmit import DARKEST, transmission

SIZE = 16
# region: cm of soft tissue, cm of bone, usual kVp
REGIONS = {
    "finger": ((1.0, 2.0), (0.0, 1.0), 50),
    "wrist": ((3.0, 5.0), (0.0, 2.0), 55),
    "knee": ((8.0, 14.0), (0.0, 5.0), 65),
    "shoulder": ((6.0, 15.0), (0.0, 3.0), 70),
    "pelvis": ((15.0, 30.0), (0.0, 5.0), 80),
    "chest": ((5.0, 20.0), (0.0, 3.0), 120),
}
LIGHT = sorted(name for name, material in materials().items() if not material.heavy)
HEAVY = sorted(name for name, material in materials().items() if material.heavy)


def even(cm: float) -> Map:
    return np.full((SIZE, SIZE), cm, np.float32)


def spread(random: np.random.Generator, low: float, high: float) -> Map:
    return random.uniform(low, high, (SIZE, SIZE)).astype(np.float32)


# -- the exact sum ---------------------------------------------------------------------------------------


def independent(kvp: int, aluminium_mm: float, glass_cm: float, water_cm: float, apatite_cm: float) -> float:
    """The same physics written out from xraydb and the shipped table alone; CsI of 200 mg/cm2."""
    with SPECTRA.open() as file:
        rows = [(float(row["kev"]), float(row[str(kvp)] or 0)) for row in csv.DictReader(file)]
    kev, photons = np.array(rows).T
    filtered = photons * np.exp(-mu("Al", kev, 2.699) * aluminium_mm / 10)
    total, photo = mu("CsI", kev, 1.0), mu("CsI", kev, 1.0, "photo")
    signal = filtered * kev * photo / total * (1 - np.exp(-total * 0.2))
    parts = [("SiO2", 0.73), ("Na2O", 0.14), ("CaO", 0.09), ("MgO", 0.04)]
    glass = sum(share * mu(name, kev, 2.5) for name, share in parts)
    depth = glass_cm * glass + water_cm * mu("H2O", kev, 1.0) + apatite_cm * mu("Ca10P6O26H2", kev, 3.16)
    return math.fsum(signal * np.exp(-depth)) / math.fsum(signal)


def mu(formula: str, kev: Spectrum, density: float, kind: str = "total") -> Spectrum:
    """Linear attenuation in 1/cm, straight from xraydb."""
    return np.asarray(xraydb.material_mu(formula, 1000 * kev, density, kind=kind), np.float64)


@pytest.mark.parametrize(
    ("kvp", "aluminium_mm", "glass_cm", "water_cm", "apatite_cm"),
    [(50, 2.5, 0.0, 2.0, 0.1), (70, 3.0, 1.0, 12.0, 0.0), (120, 4.0, 0.3, 28.0, 0.5)],
)
def test_the_exact_sum_is_that_of_an_independent_quadrature(
    kvp: int, aluminium_mm: float, glass_cm: float, water_cm: float, apatite_cm: float
) -> None:
    thickness = {"glass_soda_lime": glass_cm, "water": water_cm, "hydroxyapatite": apatite_cm}
    found = float(exact_transmission(beam(kvp, aluminium_mm), thickness))
    expected = independent(kvp, aluminium_mm, glass_cm, water_cm, apatite_cm)
    assert found == pytest.approx(expected, rel=1e-6)


# -- the few energies ------------------------------------------------------------------------------------


@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize("receptor", ["csi", "cr"])
def test_few_energies_hold_over_the_thickness_of_a_region(region: str, receptor: str) -> None:
    """1 % in the signal and 2 % in the contrast of a lesion; every light material, two tube voltages."""
    tissue, bone, usual = REGIONS[region]
    random = np.random.default_rng(1)
    for kvp in (max(usual - 10, 40), min(usual + 15, 120)):
        bins = few_bins(beam(kvp, 2.5), receptor)
        ground = {"soft_tissue": spread(random, *tissue), "cortical_bone": spread(random, *bone)}
        for lesion in LIGHT:
            cm = spread(random, 0.01, 0.5 if lesion in ("hydroxyapatite", "cpp") else 1.0)
            whole = {**ground, lesion: ground.get(lesion, np.float32(0)) + cm}
            before, after = (exact_transmission(beam(kvp, 2.5), maps, receptor) for maps in (ground, whole))
            np.testing.assert_allclose(transmission(bins, whole), after, rtol=0.01)
            contrast = log_contrast(bins, ground, {lesion: cm})
            np.testing.assert_allclose(contrast, np.log(before / after), rtol=0.02, atol=5e-6)


@pytest.mark.parametrize("metal", HEAVY)
def test_behind_heavy_elements_the_signal_holds_to_a_twentieth_down_to_the_floor(metal: str) -> None:
    random = np.random.default_rng(2)
    for kvp in (45, 70, 120):
        cm = np.geomspace(1e-3, 2, SIZE * SIZE, dtype=np.float32).reshape(SIZE, SIZE)
        maps = {"soft_tissue": spread(random, 1, 15), "cortical_bone": spread(random, 0, 2), metal: cm}
        exact = np.maximum(exact_transmission(beam(kvp), maps), DARKEST)
        np.testing.assert_allclose(transmission(few_bins(beam(kvp)), maps), exact, rtol=0.06)


def test_the_edge_of_iodine_keeps_its_contrast() -> None:
    """From 45 to 60 kVp more photons come to lie above 33 keV: iodine's contrast falls less than bone's."""

    def kept(material: str) -> float:
        low, high = (
            log_contrast(few_bins(beam(kvp)), {"water": even(5)}, {material: even(0.02)}) for kvp in (45, 60)
        )
        return float(high[0, 0] / low[0, 0])

    assert kept("iodine_contrast") > 0.8
    assert kept("hydroxyapatite") < 0.7


@settings(max_examples=12, deadline=None)
@given(
    kvp=st.integers(40, 120), aluminium=st.sampled_from([1.5, 2.5, 4.0]), copper=st.sampled_from([0.0, 0.2])
)
def test_any_beam_is_told_by_five_energies_that_are_one_together(
    kvp: int, aluminium: float, copper: float
) -> None:
    bins = few_bins(beam(kvp, aluminium, copper))
    assert len(bins.kev) == len(bins.weights) == 5
    assert bins.weights.min() > 0
    assert bins.weights.sum() == pytest.approx(1)
    assert 5 < bins.kev[0] < bins.kev[-1] < kvp


# -- the physics of contrast -----------------------------------------------------------------------------


def test_contrast_of_mineral_falls_with_the_tube_voltage_as_single_energies_say() -> None:
    """The energy at which xraydb's attenuation equals the contrast rises with kVp, and lies in the beam."""

    energies = np.arange(20, 110, 0.25)
    tissue = [("H", 0.102), ("C", 0.143), ("N", 0.034), ("O", 0.708), ("Na", 0.002)]
    tissue += [("P", 0.003), ("S", 0.003), ("Cl", 0.002), ("K", 0.003)]
    soft = sum(share * mu(element, energies, 1.06) for element, share in tissue)
    table = mu("Ca10P6O26H2", energies, 3.16) - soft
    ground, cm = {"soft_tissue": even(10)}, 0.01
    effective = []
    for kvp in (45, 55, 65, 75, 90, 110):
        added = {"hydroxyapatite": even(cm), "soft_tissue": even(-cm)}
        contrast = float(log_contrast(few_bins(beam(kvp)), ground, added)[0, 0]) / cm
        effective.append(float(np.interp(-contrast, -table, energies)))
        assert 0.45 * kvp < effective[-1] < 0.8 * kvp
    assert effective == sorted(effective)


def test_the_contrast_of_fat_is_negative_and_of_nothing_nought() -> None:
    bins, ground = few_bins(beam(60)), {"soft_tissue": even(5)}
    assert (log_contrast(bins, ground, {"soft_tissue": even(-1), "fat": even(1)}) < 0).all()
    assert (log_contrast(bins, ground, {"hydroxyapatite": even(0)}) == 0).all()


def test_contrast_of_numbers_is_that_of_even_maps() -> None:
    bins = few_bins(beam(60))
    number = log_contrast(bins, {"soft_tissue": 5.0}, {"hydroxyapatite": 0.02, "soft_tissue": -0.02})
    whole = log_contrast(bins, {"soft_tissue": even(5)}, {"hydroxyapatite": 0.02, "soft_tissue": -0.02})
    assert number.shape == ()
    np.testing.assert_array_equal(whole, even(float(number)))


def test_a_beam_hardens() -> None:
    """Twice the thickness takes less than twice the logarithm."""
    bins = few_bins(beam(70))
    one, two = (float(transmission(bins, {"cortical_bone": even(cm)})[0, 0]) for cm in (1.0, 2.0))
    assert math.log(two) > 2 * math.log(one)


# -- maps ------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(cm=st.floats(0, 40), material=st.sampled_from(sorted(materials())), kvp=st.sampled_from([50, 70, 110]))
def test_more_material_leaves_less_and_never_nothing(cm: float, material: str, kvp: int) -> None:
    bins = few_bins(beam(kvp))
    thin = transmission(bins, {material: even(cm)})
    thick = transmission(bins, {material: even(cm + 1)})
    assert thin.dtype == np.float32
    assert DARKEST <= thick.min() <= thin.max() <= 1
    assert (thick < thin).all() or thin.max() == DARKEST


def test_the_open_beam_is_one_and_empty_maps_change_nothing() -> None:
    bins, random = few_bins(beam(60)), np.random.default_rng(3)
    np.testing.assert_allclose(transmission(bins, {"air": even(0)}), 1, rtol=1e-6)
    tissue = spread(random, 1, 5)
    alone, beside = transmission(bins, {"soft_tissue": tissue}), {"soft_tissue": tissue, "steel": even(0)}
    assert alone.tobytes() == transmission(bins, beside).tobytes()


def test_a_wire_changes_only_the_pixels_behind_it() -> None:
    bins, tissue, wire = few_bins(beam(60)), spread(np.random.default_rng(4), 1, 5), even(0)
    wire[10:12] = 0.05
    with_wire = transmission(bins, {"soft_tissue": tissue, "steel": wire})
    without = transmission(bins, {"soft_tissue": tissue})
    assert (np.delete(with_wire, [10, 11], axis=0) == np.delete(without, [10, 11], axis=0)).all()
    assert (with_wire[10:12] < without[10:12]).all()


@pytest.fixture
def bins() -> FewBins:
    return few_bins(beam(70))


def test_wrong_maps_are_told(bins: FewBins) -> None:
    with pytest.raises(ValueError, match="unknown material 'hydroxyapatit'; did you mean 'hydroxyapatite'"):
        transmission(bins, {"hydroxyapatit": even(1)})
    with pytest.raises(ValueError, match=r"alike; they are water \(16, 16\), fat \(4, 4\)"):
        transmission(bins, {"water": even(1), "fat": np.zeros((4, 4), np.float32)})
    with pytest.raises(ValueError, match="no thickness map"):
        transmission(bins, {})


def test_bytes_do_not_depend_on_threads() -> None:
    program = """
import hashlib, numpy as np
from mlcalc.simulate.physics.beam import beam
from mlcalc.simulate.physics.reduce import few_bins
from mlcalc.simulate.physics.transmit import transmission
random = np.random.default_rng(0)
maps = {m: random.random((256, 256), np.float32) for m in ("soft_tissue", "cortical_bone", "steel")}
print(hashlib.sha256(transmission(few_bins(beam(66)), maps).tobytes()).hexdigest())
"""
    found = set()
    for threads in ("1", "2"):
        environment = {**os.environ, "OMP_NUM_THREADS": threads, "OPENBLAS_NUM_THREADS": threads}
        found.add(
            subprocess.check_output([sys.executable, "-c", program], env=environment, text=True).strip()
        )
    assert len(found) == 1
    assert len(found.pop()) == hashlib.sha256().digest_size * 2
