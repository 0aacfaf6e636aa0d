"""Spectra, materials and receptors against published values and other programs."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcalc.errors import KnowledgeError
from mlcalc.simulate.physics import materials as materials_module
from mlcalc.simulate.physics.beam import SPECTRA, beam
from mlcalc.simulate.physics.materials import (
    BIN_KEV,
    LOWEST_KEV,
    Spectrum,
    all_between_bins,
    attenuation,
    mass_attenuation,
    mass_shares,
    materials,
)
from mlcalc.simulate.physics.receptors import detected, receptors

NIST = [
    # cm2/g, total with coherent scattering: physics.nist.gov/PhysRefData/XrayMassCoef, tables 3 and 4
    ("water", 20.0, 0.8096),
    ("water", 60.0, 0.2059),
    ("water", 100.0, 0.1707),
    ("soft_tissue", 30.0, 0.3790),
    ("soft_tissue", 60.0, 0.2048),
    ("fat", 30.0, 0.3063),
    ("fat", 60.0, 0.1974),
    ("blood", 60.0, 0.2057),
    ("cortical_bone", 30.0, 1.331),
    ("cortical_bone", 60.0, 0.3148),
    ("cortical_bone", 100.0, 0.1855),
    ("aluminium", 30.0, 1.128),
    ("aluminium", 60.0, 0.2778),
    ("copper", 60.0, 1.593),
    ("lead", 60.0, 5.021),
]


@pytest.mark.parametrize(("material", "kev", "expected"), NIST)
def test_attenuation_is_that_of_nist(material: str, kev: float, expected: float) -> None:
    made = materials()[material]
    assert attenuation(made, np.array([kev]))[0] / made.density == pytest.approx(expected, rel=0.02)


@settings(max_examples=40, deadline=None)
@given(
    kev=st.floats(10, 119.5),
    material=st.sampled_from(sorted(n for n, m in materials().items() if not m.heavy)),
)
def test_between_the_bins_attenuation_is_that_of_the_tables(kev: float, material: str) -> None:
    """But for tungsten, molybdenum and the like, whose edges lie within the bins: they are heavy."""
    at = np.array([kev])
    assert all_between_bins(at)[material] == pytest.approx(attenuation(materials()[material], at), rel=1e-3)


def test_a_formula_means_the_mass_of_its_atoms() -> None:
    shares = mass_shares("H2O")
    assert shares["H"] == pytest.approx(2 * 1.008 / 18.015, rel=5e-4)
    assert math.fsum(shares.values()) == pytest.approx(1)
    # 38.9 % calcium and 18.5 % phosphorus by mass: the textbook numbers for hydroxyapatite
    apatite = materials()["hydroxyapatite"].composition
    assert apatite["Ca"] == pytest.approx(0.3989, abs=5e-4)
    assert apatite["P"] == pytest.approx(0.1850, abs=5e-4)


def test_a_composition_is_refused_when_its_shares_do_not_add_up() -> None:
    with pytest.raises(ValueError, match=r"add up to 0\.800, not 1"):
        mass_shares("H 0.3; O 0.5")


def test_a_broken_row_is_told_with_file_line_and_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "id,name,composition,density,source\nwater,water,H2O,1,x\nmud,mud,H 0.2,1,x\n"
    (tmp_path / "materials.csv").write_text(text, encoding="utf-8")
    monkeypatch.setattr(materials_module, "FOLDER", tmp_path)
    with pytest.raises(KnowledgeError, match=r"materials.csv, line 3 \(row mud\): shares of 'H 0.2'"):
        materials.__wrapped__()


def test_every_material_names_its_source_and_only_metals_and_contrast_are_heavy() -> None:
    assert all(material.source for material in materials().values())
    heavy = {name for name, material in materials().items() if material.heavy}
    metals = {"steel", "titanium", "copper", "brass", "lead", "gold", "cobalt_chrome"}
    assert heavy == metals | {"glass_lead", "barium_sulfate", "iodine_contrast"}


@pytest.mark.parametrize("kvp", [45, 70, 110])
def test_the_shipped_table_is_what_spekpy_gives(kvp: int) -> None:
    kev, photons = spekpy_beam(kvp)
    with SPECTRA.open() as file:
        rows = [(float(row["kev"]), float(row[str(kvp)])) for row in csv.DictReader(file) if row[str(kvp)]]
    shipped = np.array(rows)
    np.testing.assert_allclose(shipped[:, 0], kev[kev > LOWEST_KEV])
    np.testing.assert_allclose(shipped[:, 1] * BIN_KEV, photons[kev > LOWEST_KEV], rtol=1e-4)


@pytest.mark.parametrize(
    ("kvp", "aluminium_mm", "copper_mm"), [(45, 2.5, 0.0), (70, 3.0, 0.0), (110, 2.0, 0.1)]
)
def test_a_filtered_beam_is_that_of_spekpy(kvp: int, aluminium_mm: float, copper_mm: float) -> None:
    """As far as xraydb agrees with SpekPy's own table: to 1 % for aluminium, which takes e**5 and more."""
    kev, photons = spekpy_beam(kvp, ("Al", aluminium_mm), ("Cu", copper_mm))
    made = beam(kvp, aluminium_mm, copper_mm)
    assert made.photons.sum() == pytest.approx(photons.sum(), rel=0.01)
    mean = (made.kev * made.photons).sum() / made.photons.sum()
    assert mean == pytest.approx((kev * photons).sum() / photons.sum(), rel=0.003)
    top = (kev >= 20) & (photons > 0)
    np.testing.assert_allclose(np.interp(kev[top], made.kev, made.photons), photons[top], rtol=0.03)


def spekpy_beam(kvp: int, *filters: tuple[str, float]) -> tuple[Spectrum, Spectrum]:
    """Energies and 1e6 photons per bin, straight from SpekPy; skips where it is not installed."""
    spekpy = pytest.importorskip("spekpy")
    tube = spekpy.Spek(kvp=kvp, th=12, dk=0.5).multi_filter(list(filters))
    kev, photons = tube.get_spectrum(edges=False)
    return np.asarray(kev, np.float64), np.asarray(photons, np.float64) * 0.5 / 1e6


def test_between_whole_kilovolts_the_beam_lies_between() -> None:
    low, between, high = (beam(kvp).photons.sum() for kvp in (70, 70.25, 71))
    assert between == pytest.approx(0.75 * low + 0.25 * high)
    assert beam(120).kev[-1] == pytest.approx(119.75)


@pytest.mark.parametrize(("kvp", "aluminium_mm", "message"), [(30, 2.5, "kvp is 30"), (70, 0.5, "0.5 mm Al")])
def test_a_beam_outside_the_tables_is_refused(kvp: float, aluminium_mm: float, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        beam(kvp, aluminium_mm)


def test_the_shipped_table_is_small() -> None:
    assert SPECTRA.stat().st_size < 250_000


@pytest.mark.parametrize("receptor", ["csi", "cr", "ase", "gos"])
def test_a_receptor_counts_energy_and_stops_fewer_of_the_harder_photons(receptor: str) -> None:
    open_beam = beam(80)
    signal = detected(open_beam, receptor)
    assert signal.sum() == pytest.approx(1)
    efficiency = signal / (open_beam.photons * open_beam.kev)
    at = [np.searchsorted(open_beam.kev, kev) for kev in (55, 65, 75)]
    assert efficiency[at[0]] > efficiency[at[1]] > efficiency[at[2]]


def test_a_k_edge_shows_in_what_a_receptor_stops() -> None:
    kev = np.array([35.0, 37.0])
    iodide = receptors()["csi"].composition
    before, after = mass_attenuation(iodide, kev)
    assert after > before  # caesium's edge at 36 keV


def test_an_unknown_receptor_is_told_with_the_nearest() -> None:
    with pytest.raises(ValueError, match="unknown receptor 'csl'; did you mean 'csi'"):
        detected(beam(80), "csl")
