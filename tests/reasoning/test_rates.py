"""From rows to numbers: the documented rules, one by one, on worlds of a few rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from mlcalc.reasoning import Reasoner
from mlcalc.reasoning.rates import share_out

from .worlds import BANDS, background, log_odds, rate, read_case

World = Callable[..., Reasoner]

SPUR = "morphology=spur"
GOUT = "conditions=gout"


class TestSeveralRowsForOneFact:
    def test_two_documents_are_averaged(self, world: World) -> None:
        rows = """one conditions=gout typical
                  one conditions=gout occasional document=second"""
        assert rate(world(rows), "one", GOUT) == pytest.approx((0.85 + 0.1) / 2)

    def test_a_document_that_agrees_changes_nothing(self, world: World) -> None:
        once = world("one conditions=gout typical")
        twice = world("one conditions=gout typical\none conditions=gout typical document=second")
        case = read_case(context={"conditions": ["gout"]})
        assert log_odds(twice, case) == pytest.approx(log_odds(once, case), abs=1e-12)

    def test_a_document_that_repeats_itself_has_no_second_vote(self, world: World) -> None:
        rows = """one conditions=gout typical
                  one conditions=gout typical
                  one conditions=gout typical
                  one conditions=gout occasional document=second"""
        assert rate(world(rows), "one", GOUT) == pytest.approx((0.85 + 0.1) / 2)

    def test_rows_of_one_document_are_weighted(self, world: World) -> None:
        rows = """one conditions=gout typical
                  one conditions=gout occasional weight=0.25"""
        assert rate(world(rows), "one", GOUT) == pytest.approx((0.85 + 0.25 * 0.1) / 1.25)

    def test_a_row_of_weight_zero_is_not_counted(self, world: World) -> None:
        rows = """one conditions=gout typical
                  one conditions=gout rare weight=0 document=second"""
        assert rate(world(rows), "one", GOUT) == 0.85

    def test_a_fact_with_only_rows_of_weight_zero_stays_at_the_background(self, world: World) -> None:
        built = world("one conditions=gout typical weight=0")
        assert rate(built, "one", GOUT) == background(built, GOUT)


class TestNumbersAndWords:
    def test_a_number_stands_before_words(self, world: World) -> None:
        rows = """one conditions=gout 30%
                  one conditions=gout defining document=second"""
        assert rate(world(rows), "one", GOUT) == pytest.approx(0.3)

    @pytest.mark.parametrize(
        ("text", "number"),
        [("50-88%", 0.69), ("<=45%", 0.45), (">90%", 0.95), ("7/33", 7 / 33), ("80%", 0.8)],
    )
    def test_how_a_number_is_read(self, world: World, text: str, number: float) -> None:
        assert rate(world(f"one conditions=gout {text}"), "one", GOUT) == pytest.approx(number)

    @pytest.mark.parametrize("word", ["typical", "common", "occasional"])
    def test_can_occur_yields_to_a_word_for_a_frequency(self, world: World, word: str) -> None:
        rows = f"""one conditions=gout {word}
                   one conditions=gout possible document=second"""
        assert rate(world(rows), "one", GOUT) == BANDS[word]

    def test_a_row_of_half_weight_moves_the_number_half_way_from_the_background(self, world: World) -> None:
        built = world("one conditions=gout typical weight=0.5")
        assert rate(built, "one", GOUT) == pytest.approx((0.85 + background(built, GOUT)) / 2)

    @pytest.mark.parametrize("band", ["possible", "typical"])
    def test_an_example_makes_a_morphology_at_most_fivefold_likelier(self, world: World, band: str) -> None:
        name = "morphology=amorphous_cloudlike"
        built = world(f"one {name} {band}")
        fivefold = 5 * background(built, name)
        assert fivefold < BANDS["possible"]
        assert rate(built, "one", name) == (fivefold if band == "possible" else BANDS["typical"])

    def test_an_example_beside_stated_frequencies_is_the_small_share_that_it_says(self, world: World) -> None:
        """Seven tenths calcify, so the ossification that can occur is rarer than at large."""
        alone = world("one density=ossification possible")
        beside = world("one density=ossification possible\none density=calcification 70%")
        usual = background(alone, "density", "ossification")
        assert rate(alone, "one", "density", "ossification") == pytest.approx(usual)
        assert rate(beside, "one", "density", "ossification") == pytest.approx(BANDS["possible"])
        assert BANDS["possible"] < usual

    def test_can_occur_never_makes_a_value_rarer_than_the_background(self, world: World) -> None:
        built = world("one symptoms=pain possible\none conditions=gout possible")
        assert background(built, "symptoms=pain") > BANDS["possible"]
        assert rate(built, "one", "symptoms=pain") == background(built, "symptoms=pain")
        assert rate(built, "one", GOUT) == max(BANDS["possible"], background(built, GOUT))

    def test_rare_does_make_it_rarer(self, world: World) -> None:
        built = world("one symptoms=pain rare")
        assert rate(built, "one", "symptoms=pain") == BANDS["rare"] < background(built, "symptoms=pain")


class TestWhatTheShareIsOf:
    @pytest.mark.parametrize("of", ["calcified_films", "patients_with_disease"])
    def test_shares_of_films_and_patients_are_likelihoods(self, world: World, of: str) -> None:
        assert rate(world(f"one conditions=gout typical on={of}"), "one", GOUT) == 0.85

    @pytest.mark.parametrize("of", ["diseased_who_calcify", "population", "cases_with_finding"])
    def test_other_shares_are_not(self, world: World, of: str) -> None:
        built = world(f"one conditions=gout typical on={of}")
        assert rate(built, "one", GOUT) == background(built, GOUT)
        assert log_odds(built, read_case(context={"conditions": ["gout"]}))["one"] == pytest.approx(
            0, abs=1e-12
        )

    def test_the_share_that_calcifies_does_not_become_the_density(self, world: World) -> None:
        built = world("one density=calcification 30% on=diseased_who_calcify")
        assert rate(built, "one", "density", "calcification") == background(built, "density", "calcification")

    def test_a_share_of_people_of_an_age_becomes_the_age_by_bayes_rule(self, world: World) -> None:
        built = world("one age=85-120 45% on=population_of_age given=population=30%")
        at_large = background(built, "age", "85-120")
        assert rate(built, "one", "age", "85-120") == pytest.approx(min(0.95, at_large * 0.45 / 0.3))

    def test_a_share_within_a_region_counts_for_the_lesions_there(self, world: World) -> None:
        """Half of the lesions lie in the shoulder, and 80 % of those in the supraspinatus."""
        rows = """one region=shoulder 50%
                  one structure=supraspinatus 80% on=within_region given=region=shoulder"""
        built = world(rows)
        named = built.model.location.named["supraspinatus"][0]
        assert named == pytest.approx(0.8 * 0.5, rel=0.1)


STAGES = {"one": {"early": 0.5, "late": 0.5}}


class TestStages:
    def test_a_value_claimed_by_a_stage_counts_only_in_that_stage(self, world: World) -> None:
        built = world("one morphology=spur common\none[late] morphology=spur typical", stages=STAGES)
        assert rate(built, "one[late]", SPUR) == BANDS["typical"]
        assert rate(built, "one[early]", SPUR) <= background(built, SPUR)

    def test_values_that_no_stage_claims_count_in_all(self, world: World) -> None:
        rows = """one morphology=tram_track common
                  one[late] morphology=spur typical"""
        built = world(rows, stages=STAGES)
        assert rate(built, "one[early]", "morphology=tram_track") == BANDS["common"]
        assert rate(built, "one[late]", "morphology=tram_track") == BANDS["common"]

    def test_every_stage_lies_where_the_entity_lies(self, world: World) -> None:
        rows = """one region=shoulder typical
                  one[late] region=shoulder occasional
                  one[late] region=elbow common"""
        built = world(rows, stages=STAGES)
        shoulder = built.model.location.regions.atoms.index("shoulder")
        early, late = built.model.location.in_regions[:2, shoulder]
        usual = built.model.location.regions.background[shoulder]
        assert early > usual
        assert late > usual

    def test_the_stage_of_the_prior_is_split_by_share(self, world: World) -> None:
        built = world("one morphology=spur common", stages={"one": {"early": 0.2, "late": 0.6}})
        early, late = built.model.prior[:2]
        assert early / late == pytest.approx(1 / 3)
        assert built.model.entity_prior.sum() == pytest.approx(1)


FAMILY = {"family": "", "one": "family", "two": ""}


class TestGroupsOfEntities:
    def test_rows_of_a_group_serve_a_member_without_rows_of_its_own(self, world: World) -> None:
        built = world("family density=ossification typical", entities=FAMILY)
        assert rate(built, "one", "density", "ossification") == pytest.approx(0.85)
        assert rate(built, "two", "density", "ossification") == background(built, "density", "ossification")

    def test_a_members_own_density_replaces_the_groups(self, world: World) -> None:
        rows = "family density=ossification typical\none density=calcification typical"
        built = world(rows, entities=FAMILY)
        assert rate(built, "one", "density", "calcification") == pytest.approx(0.85)
        assert rate(built, "one", "density", "ossification") < background(built, "density", "ossification")

    def test_a_members_own_age_replaces_the_groups(self, world: World) -> None:
        built = world("family age=0-20 typical\none age=60-85 typical", entities=FAMILY)
        assert rate(built, "one", "age", "0-20") < background(built, "age", "0-20")

    @pytest.mark.parametrize("kind", ["morphology=spur morphology=tram_track", f"{GOUT} conditions=lupus"])
    def test_values_that_do_not_compete_add_to_a_members_own(self, world: World, kind: str) -> None:
        first, second = kind.split()
        built = world(f"family {first} typical\none {second} common", entities=FAMILY)
        assert rate(built, "one", first) == BANDS["typical"]
        assert rate(built, "one", second) == BANDS["common"]

    def test_a_members_own_row_for_the_same_value_wins(self, world: World) -> None:
        built = world("family morphology=spur typical\none morphology=spur rare", entities=FAMILY)
        assert rate(built, "one", SPUR) == BANDS["rare"]


class TestWhatIsLeft:
    def test_unlisted_values_share_what_is_left_like_the_background(self, world: World) -> None:
        built = world("one density=calcification 70%")
        left = {d: rate(built, "one", "density", d) for d in ("ossification", "foreign_body")}
        usual = {d: background(built, "density", d) for d in left}
        assert sum(left.values()) == pytest.approx(0.3)
        assert left["ossification"] / left["foreign_body"] == pytest.approx(
            usual["ossification"] / usual["foreign_body"]
        )

    def test_listed_values_leave_one_in_twenty(self, world: World) -> None:
        built = world("one density=calcification typical\none density=ossification typical")
        assert rate(built, "one", "density", "foreign_body") == pytest.approx(0.05)

    def test_listed_values_leave_what_the_largest_of_them_leaves(self, world: World) -> None:
        built = world("one density=calcification defining\none density=ossification typical")
        assert rate(built, "one", "density", "foreign_body") == pytest.approx(0.03)

    def test_what_is_left_never_makes_an_unlisted_value_likelier_than_at_large(self, world: World) -> None:
        built = world("one labs.pth=high typical")
        assert rate(built, "one", "labs.pth", "low") <= background(built, "labs.pth", "low")

    def test_an_unlisted_morphology_keeps_what_the_listed_ones_leave(self, world: World) -> None:
        built = world("one morphology=spur typical\none morphology=tram_track common")
        left = (1 - 0.85) * (1 - 0.6)
        assert rate(built, "one", "morphology=rice_grain") == pytest.approx(
            left * background(built, "morphology=rice_grain")
        )

    def test_an_unlisted_morphology_keeps_at_least_a_twentieth_of_its_background(self, world: World) -> None:
        rows = "\n".join(f"one morphology={m} defining" for m in ("spur", "tram_track", "sheet_like"))
        built = world(rows)
        assert rate(built, "one", "morphology=rice_grain") == pytest.approx(
            0.05 * background(built, "morphology=rice_grain")
        )

    def test_facts_that_are_not_listed_stay_at_the_background(self, world: World) -> None:
        built = world("one conditions=gout defining")
        assert rate(built, "one", "conditions=lupus") == background(built, "conditions=lupus")

    def test_a_fact_is_at_least_as_frequent_as_what_implies_it(self, world: World) -> None:
        built = world("one symptoms=acute_pain typical")
        assert rate(built, "one", "symptoms=pain") >= BANDS["typical"]

    def test_a_fact_that_implies_a_listed_one_keeps_its_share_of_it(self, world: World) -> None:
        built = world("one symptoms=pain typical")
        share = background(built, "symptoms=acute_pain") / background(built, "symptoms=pain")
        assert rate(built, "one", "symptoms=acute_pain") == pytest.approx(share * 0.85)

    def test_a_stated_interval_of_age_leaves_the_rest_to_other_ages(self, world: World) -> None:
        built = world("one age=40-60 60%")
        assert rate(built, "one", "age", "40-60") == pytest.approx(0.6)
        assert rate(built, "one", "age", "0-20") / rate(built, "one", "age", "20-40") == pytest.approx(
            background(built, "age", "0-20") / background(built, "age", "20-40")
        )


class TestExclusion:
    def test_only_a_row_excludes(self, world: World) -> None:
        """A value that is not listed keeps far more than an excluded one."""
        listed = world("one density=calcification defining")
        denied = world("one density=calcification defining\none density=ossification excluded")
        usual = background(listed, "density", "ossification")
        assert rate(listed, "one", "density", "ossification") > 0.01 * usual
        assert rate(denied, "one", "density", "ossification") < 0.002 * usual

    def test_an_excluded_place_speaks_louder_against_the_entity_than_one_that_is_not_listed(
        self, world: World
    ) -> None:
        rows = "one compartment=periarticular typical"
        cartilage = read_case(location={"compartment": "hyaline_cartilage"})
        unlisted = log_odds(world(rows), cartilage)["one"]
        excluded = log_odds(world(f"{rows}\none compartment=hyaline_cartilage excluded"), cartilage)["one"]
        assert excluded < unlisted < 0


class TestSilence:
    @pytest.mark.parametrize(
        "evidence",
        [
            {"density": "ossification"},
            {"morphology": ["rice_grain"]},
            {"morphology": {"rice_grain": 0.0}},
            {"location": {"compartment": "muscle", "region": "thigh"}},
            {"location": {"structure": "meniscus"}},
            {"context": {"age": 15}},
            {"context": {"sex": "M"}},
            {"context": {"labs": {"calcium": "high"}}},
            {"context": {"conditions": ["gout"]}},
            {"context": {"absent": ["gout"]}},
        ],
        ids=str,
    )
    def test_an_entity_without_rows_for_a_feature_has_ratio_one(
        self, world: World, evidence: dict[str, object]
    ) -> None:
        rows = """one density=calcification typical
                  one morphology=spur typical
                  one compartment=tendon typical
                  one age=60-85 typical
                  one conditions=gout common
                  one labs.calcium=normal typical"""
        built = world(rows)
        assert log_odds(built, read_case(**evidence))["two"] == pytest.approx(0, abs=1e-12)

    def test_an_entity_without_any_row_keeps_its_odds_against_other(self, world: World) -> None:
        built = world("one conditions=gout typical")
        everything = read_case(
            density="calcification",
            morphology={"spur": 0.7, "rice_grain": 0.1},
            location={"structure": "supraspinatus"},
            context={"age": 50, "conditions": ["gout"], "absent": ["lupus"]},
        )
        assert log_odds(built, everything)["two"] == pytest.approx(0, abs=1e-12)


def test_sharing_out_gives_a_distribution_whatever_is_listed() -> None:
    usual = np.array([0.5, 0.3, 0.2])
    for listed in ({}, {0: 0.4}, {0: 0.9, 1: 0.9}, {0: 0.2, 1: 0.2, 2: 0.2}):
        for denied in ({}, {2: 0.001} if 2 not in listed else {}):
            shares = share_out(listed, denied, usual)
            assert shares.sum() == pytest.approx(1)
            assert (shares > 0).all()
