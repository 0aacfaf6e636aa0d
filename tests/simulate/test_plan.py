"""What a crop shall show is decided before it is drawn, and by its label last of all things."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from mlcalc.config import read_config
from mlcalc.errors import ConfigError
from mlcalc.simulate.config import Config
from mlcalc.simulate.films import kept_films
from mlcalc.simulate.plan import Plan, draw_plan
from mlcalc.simulate.streams import STEPS, log_uniform, pick, stream

CONFIGS = sorted((Path(__file__).parents[2] / "configs" / "simulate").glob("*.yaml"))
REAL = {"knee": 64, "foot": 16, "pelvis": 4}
COUNT = 4000


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    config = Config(backgrounds={"share": 0.6})  # type: ignore[arg-type]
    return [draw_plan(config, 5, index, REAL) for index in range(COUNT)]


def test_classes_come_as_often_as_the_config_says(plans: list[Plan]) -> None:
    counts = Counter(plan.label for plan in plans)
    weights = Config().densities
    for density, weight in weights.items():
        assert counts[density] / COUNT == pytest.approx(weight / sum(weights.values()), abs=0.03)


def test_negatives_are_divided_as_the_config_says(plans: list[Plan]) -> None:
    kinds = Counter(str(plan.kind) for plan in plans if plan.label == "no_focal_density")
    for kind, weight in Config().negatives.model_dump().items():
        assert kinds[kind] / kinds.total() == pytest.approx(weight, abs=0.05)


def test_negatives_borrow_the_framing_of_lesions_as_often_as_there_are_such(plans: list[Plan]) -> None:
    lesions = Counter(plan.density for plan in plans if plan.kind == "lesion")
    negatives = Counter(plan.density for plan in plans if plan.kind == "nothing")
    for density in lesions:
        assert negatives[density] / negatives.total() == pytest.approx(
            lesions[density] / lesions.total(), abs=0.07
        )


def test_neither_source_nor_region_tells_the_label(plans: list[Plan]) -> None:
    for real in (True, False):
        shares = [np.mean([p.label != "no_focal_density" for p in plans if p.real is real])]
        assert shares[0] == pytest.approx(0.7, abs=0.04)
    for region in REAL:
        focal = [p.label != "no_focal_density" for p in plans if p.region == region]
        assert np.mean(focal) == pytest.approx(0.7, abs=0.08)


def test_regions_of_films_come_by_the_root_of_their_films(plans: list[Plan]) -> None:
    counts = Counter(plan.region for plan in plans if plan.real)
    assert counts["knee"] / counts["foot"] == pytest.approx(2, rel=0.15)
    assert counts["foot"] / counts["pelvis"] == pytest.approx(2, rel=0.2)


def test_without_films_all_is_drawn() -> None:
    assert not any(draw_plan(Config(), 0, index, {}).real for index in range(100))


def test_a_region_left_out_never_comes() -> None:
    config = Config(without_regions=("knee",))
    assert "knee" not in {draw_plan(config, 0, index, {}).region for index in range(800)}


def test_seed_zero_is_a_seed_of_its_own() -> None:
    first = [draw_plan(Config(), 0, index, {}) for index in range(50)]
    assert first == [draw_plan(Config(), 0, index, {}) for index in range(50)]
    assert [p.region for p in first] != [draw_plan(Config(), 1, index, {}).region for index in range(50)]


def test_every_step_has_a_stream_of_its_own() -> None:
    draws = {(step, i): stream(3, i, step).random() for step in STEPS for i in range(5)}
    assert len(set(draws.values())) == len(draws)
    assert stream(3, 1, "ground", 1).random() != stream(3, 1, "ground").random()


def test_weights_of_zero_are_never_picked() -> None:
    random = np.random.default_rng(0)
    assert {pick(random, {"a": 0.0, "b": 1.0, "c": 0.0}) for _ in range(200)} == {"b"}


def test_log_uniform_has_an_even_logarithm() -> None:
    random = np.random.default_rng(0)
    values = np.log([log_uniform(random, 1, 100) for _ in range(4000)])
    assert np.median(values) == pytest.approx(np.log(10), abs=0.12)


@pytest.mark.parametrize("file", CONFIGS, ids=lambda file: file.stem)
def test_every_shipped_config_reads(file: Path) -> None:
    assert read_config(Config, file).name == file.stem


def test_the_default_config_shows_the_defaults() -> None:
    assert read_config(Config, Path(CONFIGS[0]).with_name("default.yaml")) == Config()


def test_no_film_of_training_is_in_another_split() -> None:
    read = {file.stem: read_config(Config, file).backgrounds for file in CONFIGS}
    others = {name: set(read[name].blocks or ()) for name in ("val", "calibration", "test_same")}
    kept = set(kept_films().values())
    assert set().union(*others.values()) == kept
    assert sum(map(len, others.values())) == len(kept)
    assert read["test_shifted"].blocks == read["patients"].blocks == read["test_same"].blocks
    assert read["default"].without_blocks is None


def test_splits_of_one_seed_draw_other_people() -> None:
    of = {split: Config(split=split) for split in ("train", "val", "calibration", "test")}
    drawn = {split: [draw_plan(config, 0, i, {}).seed for i in range(3)] for split, config in of.items()}
    assert len({tuple(seeds) for seeds in drawn.values()}) == 4
    assert draw_plan(of["test"], 0, 0, {}).seed != draw_plan(of["train"], 1, 0, {}).seed


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("densities={calcfication: 1}", "did you mean 'calcification'"),
        ("densities={calcification: 0}", "above 0"),
        ("regions=[sholder]", "did you mean 'shoulder'"),
        ("regions=[head]", "unknown region that can be drawn 'head'"),
        ("framing.share=[0.9, 0.1]", "must be [low, high]"),
        ("picture.kvp=[20, 80]", "greater than or equal to 40"),
        ("picture.detectors=heldout", "'held_out'"),
        ("size=12", "greater than or equal to 64"),
        ("negatives.nothin=1", "did you mean 'nothing'"),
        ("negatives={nothing: 0, plain: 0, distractor: 0}", "at least one weight must be above 0"),
    ],
)
def test_a_wrong_value_is_told_with_what_was_meant(change: str, said: str) -> None:
    with pytest.raises(ConfigError, match=r"--set ") as raised:
        read_config(Config, None, [change])
    assert said in str(raised.value)


def test_a_config_that_leaves_no_region_is_refused() -> None:
    with pytest.raises(ConfigError, match="leave no region"):
        read_config(Config, None, ["regions=[knee]", "without_regions=[knee]"])
