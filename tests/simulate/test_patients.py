"""Simulated patients: as the rows have them, drawable, and told without contradiction."""

from __future__ import annotations

import csv
import pickle
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcalc.case import Location
from mlcalc.crops.manifest import read_manifest
from mlcalc.reasoning import reasoner
from mlcalc.reasoning.draw import draw_states
from mlcalc.simulate.cases import SAME, cases
from mlcalc.simulate.choice import fits
from mlcalc.simulate.config import Backgrounds, Config, Patients
from mlcalc.simulate.dataset.run import Order, make
from mlcalc.simulate.lesions.load import recipes
from mlcalc.simulate.offered import offered
from mlcalc.simulate.patients import Ward
from mlcalc.simulate.plan import draw_plan
from mlcalc.simulate.portrayal import Portrayal, Subject
from mlcalc.simulate.source import Simulation
from mlcalc.simulate.told import context
from mlcalc.vocabulary import vocabulary

QUICK = settings(max_examples=12, deadline=None)
FEW = {"knee": 3, "hand": 5}


def ward(*regions: str, **patients: object) -> Ward:
    return Ward(reasoner(), recipes(), regions or Config().drawn_regions(), Patients.model_validate(patients))


EVERYWHERE = ward()


def hypothesis_of(entity: str) -> int:
    return [h.entity for h in EVERYWHERE.model.hypotheses].index(entity)


def shares(found: Ward) -> dict[str, float]:
    """Entity to share of patients."""
    by_entity: dict[str, float] = dict.fromkeys(found.model.entities, 0.0)
    for hypothesis, weight in zip(found.model.hypotheses, found.weights, strict=True):
        by_entity[hypothesis.entity] += float(weight)
    return by_entity


class TestWhoIsDrawn:
    def test_entities_by_the_prior_are_those_of_the_documents(self) -> None:
        prior = dict(zip(EVERYWHERE.model.entities, EVERYWHERE.model.entity_prior, strict=True))
        drawn = shares(EVERYWHERE)
        one = "hadd_calcific_tendinopathy"
        for entity, share in drawn.items():
            if share:
                assert share / drawn[one] == pytest.approx(prior[entity] / prior[one])

    def test_uniform_gives_every_entity_the_same_share_whatever_its_stages(self) -> None:
        drawn = [share for share in shares(ward(entities="uniform")).values() if share]
        assert drawn == pytest.approx([1 / len(drawn)] * len(drawn))

    def test_only_what_lies_where_nothing_can_be_drawn_is_left_out(self) -> None:
        assert {entity for entity, share in shares(EVERYWHERE).items() if not share} == {
            "other",
            "syphilis_ear_cartilage",
        }

    def test_an_entity_of_other_regions_is_not_forced_into_one(self) -> None:
        assert shares(ward("knee"))["crowned_dens_cppd"] == 0
        assert shares(ward("knee"))["cppd_deposition_disease"] > 0


class TestWhatIsDrawn:
    @QUICK
    @given(seed=st.integers(0, 10**6))
    def test_the_recipes_show_the_patients_density_and_shapes_in_the_patients_region(self, seed: int) -> None:
        random = np.random.default_rng(seed)
        patient = EVERYWHERE.patient(EVERYWHERE.hypothesis(random), random)
        assert patient is not None
        drawn = patient.drawn
        assert {recipe.density for recipe in patient.recipes} == {drawn.density}
        assert frozenset(m for r in patient.recipes for m in r.morphology) == drawn.morphology
        for recipe in patient.recipes:
            assert any(fits(recipe, site) for site in offered(drawn.location.region or ""))

    @QUICK
    @given(seed=st.integers(0, 10**6))
    def test_ossification_shows_bone(self, seed: int) -> None:
        found = EVERYWHERE.patient(hypothesis_of("pellegrini_stieda"), np.random.default_rng(seed))
        assert found is not None
        if found.drawn.density == "ossification":
            assert found.drawn.morphology & {
                "trabecular_cortical",
                "bridging_bone",
                "spur",
                "zonal_peripheral",
            }

    def test_density_and_compartment_keep_the_frequencies_of_the_rows(self) -> None:
        at, count = hypothesis_of("hadd_calcific_bursitis"), 400
        random, model = np.random.default_rng(0), EVERYWHERE.model
        found = [p.drawn for _ in range(count) if (p := EVERYWHERE.patient(at, random))]
        assert len(found) == count
        density = Counter(patient.density for patient in found)
        for state, rate in zip(model.variables["density"].states, model.rates["density"][at], strict=True):
            assert density[state] / count == pytest.approx(rate, abs=0.07)
        places = Counter(patient.location.compartment for patient in found)
        for name, rate in zip(
            model.location.compartments.atoms, model.location.in_compartments[at], strict=True
        ):
            assert places[name] / count == pytest.approx(rate, abs=0.07)

    def test_rows_without_a_morphology_take_a_picture_made_for_the_entity(self) -> None:
        entity = "lymph_node_metastasis"
        made = {r.morphology for r in recipes() if entity in r.entities}
        random = np.random.default_rng(0)
        found = [EVERYWHERE.patient(hypothesis_of(entity), random) for _ in range(60)]
        assert sum(p is not None and p.drawn.morphology in made for p in found) > 10


class TestPortrayal:
    PORTRAYAL = Portrayal(recipes())

    def subject(self, compartment: str, region: str, structure: str | None = None) -> Subject:
        place = Location(compartment, structure, region)
        return Subject("hadd_calcific_tendinopathy", "formative_resting", "calcification", place)

    def test_a_structure_that_can_be_drawn_is_where_it_is_drawn(self) -> None:
        subject = self.subject("tendon", "shoulder", "supraspinatus")
        found = self.PORTRAYAL.cover(subject, frozenset({"amorphous_cloudlike"}), np.random.default_rng(0))
        assert {recipe.structures for recipe in found} == {("supraspinatus",)}

    def test_a_shape_that_is_not_drawn_there_is_drawn_in_a_neighbouring_compartment(self) -> None:
        """No recipe has a rice grain at an enthesis."""
        shape = frozenset({"rice_grain"})
        assert not any(r.morphology == shape and "enthesis" in r.compartments for r in recipes())
        found = self.PORTRAYAL.cover(self.subject("enthesis", "knee"), shape, np.random.default_rng(0))
        covered = vocabulary().compartments["enthesis"].covers
        assert found
        assert all(compartment in covered for recipe in found for compartment in recipe.compartments)

    def test_nothing_is_drawn_in_a_region_without_such_a_place(self) -> None:
        assert not self.PORTRAYAL.usable(self.subject("intervertebral_disc", "finger"))
        assert not self.PORTRAYAL.usable(self.subject("extra_articular_cartilage", "ear"))

    def test_a_conflicting_shape_is_never_drawn(self) -> None:
        """Visible bone makes it an ossification by definition (conflicts.csv)."""
        subject = self.subject("muscle", "thigh")
        shapes = frozenset({"trabecular_cortical"})
        assert not self.PORTRAYAL.cover(subject, shapes, np.random.default_rng(0))


def states(entity: str, seed: int) -> Mapping[str, str]:
    return draw_states(EVERYWHERE.model, hypothesis_of(entity), np.random.default_rng(seed))


ENTITIES = st.sampled_from([e for e in EVERYWHERE.model.entities if e != "other"])


class TestWhatIsTold:
    @QUICK
    @given(entity=ENTITIES, seed=st.integers(0, 10**6))
    def test_never_contradicts_itself(self, entity: str, seed: int) -> None:
        cells = context(states(entity, seed), 1.0, np.random.default_rng(seed))
        spread = set(cells.get("distribution", "").split(";"))
        felt = set(cells.get("symptoms", "").split(";"))
        assert not {"unilateral", "bilateral"} <= spread
        assert not ({"unilateral", "solitary"} & spread and "symmetric" in spread)
        assert felt == {"asymptomatic"} or "asymptomatic" not in felt or not felt & {"pain", "acute_pain"}
        assert "asymptomatic" not in felt or "weeks_since_onset" not in cells
        ill = {"chronic_kidney_disease", "haemodialysis"} & set(cells.get("conditions", "").split(";"))
        assert not (ill and cells.get("labs.renal_function") == "normal")
        assert float(cells.get("weeks_since_onset", 0)) <= 52 * float(cells["age"])

    @QUICK
    @given(entity=ENTITIES, seed=st.integers(0, 10**6))
    def test_leaves_out_what_is_implied_what_the_picture_shows_and_what_comes_later(
        self, entity: str, seed: int
    ) -> None:
        cells = context(states(entity, seed), 1.0, np.random.default_rng(seed))
        assert not cells.keys() & {"findings", "tests", "absent"}
        for kind in ("conditions", "history", "symptoms", "distribution"):
            names = [name for name in cells.get(kind, "").split(";") if name]
            assert not set(names) & {g for name in names for g in vocabulary().implied(kind, name)}

    def test_a_product_is_a_number_of_its_level(self) -> None:
        drawn = {**states("renal_failure_calcinosis", 0), "labs.phosphate": "high"}
        for level, low, high in (("0-60", 15, 60), ("60-70", 60, 70), ("70-1000", 70, 110)):
            drawn["labs.calcium_phosphate_product"] = level
            told = context(drawn, 1.0, np.random.default_rng(1))["labs.calcium_phosphate_product"]
            assert low <= float(told) <= high

    def test_age_and_sex_are_always_told_and_nothing_else_if_so_asked(self) -> None:
        assert context(states("gout_mineralised_tophus", 0), 0.0, np.random.default_rng(0)).keys() == {
            "age",
            "sex",
        }


class TestCases:
    def test_every_attempt_has_the_entity_and_stage_of_the_first(self) -> None:
        plan = draw_plan(Config(), 1, 4, {})
        found = [patient.drawn for _, _, patient in cases(plan, EVERYWHERE, (), 0)]
        kept = found[: len(found) * SAME // 8]
        assert len({(drawn.entity, drawn.stage) for drawn in kept}) == 1

    def test_films_are_taken_only_of_regions_they_show_and_then_the_ground_is_drawn(self) -> None:
        config = Config(backgrounds=Backgrounds(share=1))
        plans = (draw_plan(config, 1, index, FEW) for index in range(20))
        for plan in plans:
            for attempt, (own, _, patient) in zip(range(12), cases(plan, EVERYWHERE, FEW, 8), strict=False):
                assert own.region == patient.location.region
                assert own.real == (own.region in FEW and attempt < 8)

    def test_a_simulation_travels_to_workers_without_the_model(self) -> None:
        simulation = Simulation(Config(size=64), 1, patients=True)
        drawn = simulation[0]
        assert len(pickle.dumps(simulation)) < 10**6
        again = pickle.loads(pickle.dumps(simulation))[0]
        assert (again.pixels == drawn.pixels).all()
        assert (again.entity, again.context) == (drawn.entity, drawn.context)


def test_every_row_of_the_manifest_reads_back_as_the_patient(tmp_path: Path) -> None:
    config = Config(size=64, split="test", patients=Patients(told=1))
    made = make(Order(config, 2, 4, tmp_path / "set", knowledge=True), jobs=0)
    simulation = Simulation(config, 2, patients=True)
    read = read_manifest(made)
    with made.open(newline="") as stream:
        cells = list(csv.DictReader(stream))
    for row, told, crop in zip(read.rows, cells, simulation, strict=False):
        assert row.usable
        assert not row.problems
        assert row.entity == crop.entity
        assert row.crop.location == crop.location
        assert row.labels.density == crop.density
        assert row.crop.context.age == float(told["age"])
        recipe_shapes = {m for r in recipes() if r.id in told["parameters"] for m in r.morphology}
        assert crop.morphology <= recipe_shapes
