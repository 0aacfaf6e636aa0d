"""Places: sets and parents, umbrellas and neighbours, structures, several places at once."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from mlcalc.case import Location
from mlcalc.errors import CaseError
from mlcalc.reasoning import Reasoner
from mlcalc.vocabulary import vocabulary

from .worlds import log_odds, probabilities, read_case

World = Callable[..., Reasoner]


def odds(reasoner: Reasoner, *places: dict[str, str]) -> dict[str, float]:
    first, *more = places
    return log_odds(reasoner, read_case(location=first, additional_locations=more))


class TestPartsAndWholes:
    def test_a_finger_speaks_for_an_entity_of_the_hand_as_much_as_the_hand_does(self, world: World) -> None:
        """A row about the hand holds for its fingers, so it loses nothing by the closer look."""
        built = world("one region=hand typical")
        hand, finger = odds(built, {"region": "hand"})["one"], odds(built, {"region": "finger"})["one"]
        assert finger > 0.5
        assert finger <= hand + 1e-9 or math.isclose(finger, hand, rel_tol=0.25)

    def test_the_hand_speaks_only_partly_for_an_entity_of_the_fingers(self, world: World) -> None:
        built = world("one region=finger typical")
        hand, finger = odds(built, {"region": "hand"})["one"], odds(built, {"region": "finger"})["one"]
        assert 0 < hand < finger

    def test_an_extremity_speaks_for_all_that_lies_in_it(self, world: World) -> None:
        built = world("one region=shoulder common\ntwo region=knee common")
        arm = odds(built, {"region": "upper_extremity"})
        assert arm["one"] > 0 > arm["two"]

    def test_a_row_about_an_extremity_counts_for_each_of_its_regions(self, world: World) -> None:
        built = world("one region=lower_extremity typical")
        for region in ("hip", "thigh", "knee", "lower_leg", "ankle", "foot", "toe"):
            assert odds(built, {"region": region})["one"] > 0, region
        assert odds(built, {"region": "shoulder"})["one"] < 0

    def test_a_neighbour_counts_partly(self, world: World) -> None:
        built = world("one region=knee typical")
        knee, thigh, skull = (odds(built, {"region": r})["one"] for r in ("knee", "thigh", "head"))
        assert knee > thigh > skull

    def test_a_neighbouring_compartment_counts_partly(self, world: World) -> None:
        built = world("one compartment=tendon typical")
        tendon, bursa, vein = (odds(built, {"compartment": c})["one"] for c in ("tendon", "bursa", "vein"))
        assert tendon > bursa > vein


class TestUmbrellas:
    @pytest.mark.parametrize(
        ("umbrella", "inside", "outside"),
        [
            ("soft_tissue", "muscle", "hyaline_cartilage"),
            ("articular", "fibrocartilage", "muscle"),
            ("vessel", "artery", "tendon"),
        ],
    )
    def test_an_umbrella_speaks_for_what_it_covers_and_against_the_rest(
        self, world: World, umbrella: str, inside: str, outside: str
    ) -> None:
        built = world(f"one compartment={inside} typical\ntwo compartment={outside} typical")
        found = odds(built, {"compartment": umbrella})
        assert found["one"] > 0 > found["two"]

    @pytest.mark.parametrize("umbrella", ["soft_tissue", "articular", "vessel"])
    def test_a_row_about_an_umbrella_is_shared_by_what_it_covers(self, world: World, umbrella: str) -> None:
        built = world(f"one compartment={umbrella} typical")
        covers = vocabulary().compartments[umbrella].covers
        for compartment in (name for name, weight in covers.items() if weight == 1):
            assert odds(built, {"compartment": compartment})["one"] > 0, compartment

    def test_the_named_compartment_speaks_louder_than_its_umbrella(self, world: World) -> None:
        built = world("one compartment=artery typical")
        assert (
            odds(built, {"compartment": "artery"})["one"] > odds(built, {"compartment": "vessel"})["one"] > 0
        )


class TestStructures:
    def test_a_structure_narrows_compartment_and_region(self, world: World) -> None:
        built = world(
            "one compartment=fibrocartilage typical\none region=knee typical\ntwo region=head typical"
        )
        found = odds(built, {"structure": "meniscus"})
        assert found["one"] > 0 > found["two"]

    def test_a_structure_without_rows_says_nothing_beyond_its_place(self, world: World) -> None:
        """The meniscus lies in the knee: naming it after the knee's cartilage adds little."""
        built = world("one compartment=fibrocartilage typical\none region=knee typical")
        place = {"compartment": "fibrocartilage", "region": "knee"}
        before, after = odds(built, place)["one"], odds(built, {**place, "structure": "meniscus"})["one"]
        assert abs(after - before) < 0.25 * before

    def test_a_row_about_the_structure_speaks_beyond_its_place(self, world: World) -> None:
        place = {"compartment": "tendon", "region": "shoulder"}
        rows = "one compartment=tendon typical\none region=shoulder typical"
        silent, named = world(rows), world(f"{rows}\none structure=supraspinatus 80%")
        supra, infra = ({**place, "structure": s} for s in ("supraspinatus", "infraspinatus"))
        assert odds(named, supra)["one"] > odds(silent, supra)["one"] + 0.5
        assert odds(named, supra)["one"] > odds(named, infra)["one"] + 0.5

    @pytest.mark.parametrize(
        ("place", "named"),
        [
            ({"structure": "meniscus", "compartment": "artery"}, "artery"),
            ({"structure": "achilles", "region": "shoulder"}, "shoulder"),
            ({"structure": "popliteal_artery", "compartment": "fascia"}, "fascia"),
        ],
    )
    def test_a_structure_outside_the_given_place_is_refused(self, place: dict[str, str], named: str) -> None:
        with pytest.raises(CaseError, match=named) as error:
            read_case(location=place)
        assert error.value.problems[0].field == "location.structure"

    @pytest.mark.parametrize(
        "place",
        [
            {"structure": "meniscus", "compartment": "articular"},
            {"structure": "popliteal_artery", "compartment": "vessel"},
            {"structure": "gluteus_maximus", "compartment": "soft_tissue"},
            {"structure": "supraspinatus", "region": "upper_extremity"},
            {"structure": "achilles", "region": "lower_extremity"},
        ],
        ids=str,
    )
    def test_a_structure_inside_an_umbrella_is_accepted(
        self, shipped: Reasoner, place: dict[str, str]
    ) -> None:
        assert sum(probabilities(shipped, read_case(location=place)).values()) == pytest.approx(1)


class TestSeveralPlaces:
    def test_several_places_are_the_mean_of_their_ratios_to_other(self, world: World) -> None:
        built = world("one region=shoulder typical\ntwo region=knee typical")
        places = [Location(region="shoulder"), Location(region="knee")]
        case = read_case(location={"region": "shoulder"}, additional_locations=[{"region": "knee"}])
        each = [built.model.location.likelihood(place) for place in places]
        expected = built.model.prior * np.mean([likelihood / likelihood[-1] for likelihood in each], axis=0)
        np.testing.assert_allclose(built.infer([case]).hypotheses[0], expected / expected.sum(), atol=1e-12)

    def test_the_same_place_twice_is_the_place_once(self, shipped: Reasoner) -> None:
        knee = {"compartment": "fibrocartilage", "region": "knee"}
        once, twice = odds(shipped, knee), odds(shipped, knee, knee)
        assert twice == pytest.approx(once, abs=1e-12)

    @pytest.mark.parametrize(
        "wide", [{"region": "lower_extremity"}, {"compartment": "articular"}, {"region": "knee"}]
    )
    def test_a_wider_word_for_a_place_that_is_given_changes_nothing(
        self, shipped: Reasoner, wide: dict[str, str]
    ) -> None:
        meniscus = {"structure": "meniscus", "compartment": "fibrocartilage", "region": "knee"}
        assert odds(shipped, meniscus, wide) == pytest.approx(odds(shipped, meniscus), abs=1e-12)

    @pytest.mark.parametrize("again", [{"region": "knee"}, {"compartment": "articular"}, {}])
    def test_the_same_place_in_other_words_is_not_lost(
        self, shipped: Reasoner, again: dict[str, str]
    ) -> None:
        meniscus = {"structure": "meniscus"}
        for first, second in ((meniscus, {**meniscus, **again}), ({**meniscus, **again}, meniscus)):
            both = odds(shipped, first, second)
            assert both["cppd_deposition_disease"] == pytest.approx(
                odds(shipped, meniscus)["cppd_deposition_disease"], abs=0.5
            )
            assert both["cppd_deposition_disease"] > 1

    def test_an_umbrella_alone_adds_nothing_to_itself_with_a_region(self, shipped: Reasoner) -> None:
        thigh = {"compartment": "soft_tissue", "region": "thigh"}
        assert odds(shipped, thigh, {"compartment": "soft_tissue"}) == pytest.approx(odds(shipped, thigh))

    def test_a_vague_second_place_does_not_drown_a_precise_first_one(self, shipped: Reasoner) -> None:
        meniscus = {"structure": "meniscus", "compartment": "fibrocartilage", "region": "knee"}
        both = odds(shipped, meniscus, {"compartment": "soft_tissue", "region": "upper_extremity"})
        assert both["cppd_deposition_disease"] > both["hadd_calcific_tendinopathy"]

    def test_a_second_place_in_which_an_entity_lies_does_not_rule_it_out(self, shipped: Reasoner) -> None:
        knee, wrist = {"region": "knee"}, {"region": "wrist"}
        assert odds(shipped, knee, wrist)["cppd_deposition_disease"] > 0


class TestEveryRegisteredPlace:
    @pytest.mark.parametrize("part", ["structure", "compartment", "region"])
    def test_is_possible_for_every_hypothesis(self, shipped: Reasoner, part: str) -> None:
        for name in vocabulary().ids(part):
            likelihood = shipped.model.location.likelihood(Location(**{part: name}))
            assert np.isfinite(likelihood).all(), name
            assert (likelihood > 0).all(), name

    def test_structures_are_possible_with_each_of_their_own_compartments_and_regions(
        self, shipped: Reasoner
    ) -> None:
        for name, structure in vocabulary().structures.items():
            for compartment in structure.compartments:
                for region in structure.regions:
                    place = Location(compartment, name, region)
                    assert (shipped.model.location.likelihood(place) > 0).all(), place

    def test_of_a_hypothesis_spread_over_the_body_sums_to_one(self, shipped: Reasoner) -> None:
        location = shipped.model.location
        np.testing.assert_allclose(location.in_compartments.sum(axis=1), 1, atol=1e-12)
        np.testing.assert_allclose(location.in_regions.sum(axis=1), 1, atol=1e-12)

    def test_an_unknown_place_is_no_evidence(self, shipped: Reasoner) -> None:
        assert shipped.model.location.likelihood(Location()) == pytest.approx(1)
