"""A config says what it is wrong about: file, line, key, value, and what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcalc.config import Settings, as_yaml, read_config
from mlcalc.errors import ConfigError


class Schedule(Settings):
    warmup: int = 3
    rate: float = 0.1


class Run(Settings):
    name: str = "run"
    schedule: Schedule = Schedule()
    stages: tuple[Schedule, ...] = ()


def read(tmp_path: Path, text: str, *overrides: str) -> Run:
    file = tmp_path / "run.yaml"
    file.write_text(text)
    return read_config(Run, file, overrides)


def problems(tmp_path: Path, text: str, *overrides: str) -> list[str]:
    with pytest.raises(ConfigError) as raised:
        read(tmp_path, text, *overrides)
    return [str(problem).replace(f"{tmp_path}/", "") for problem in raised.value.problems]


def test_keys_left_out_have_their_defaults(tmp_path: Path) -> None:
    assert read(tmp_path, "schedule: {rate: 0.5}\n") == Run(schedule=Schedule(rate=0.5))
    assert read(tmp_path, "") == Run()
    assert read_config(Run, None) == Run()


def test_zero_is_a_value_like_any_other(tmp_path: Path) -> None:
    assert read(tmp_path, "schedule: {warmup: 0, rate: 0}\n").schedule == Schedule(warmup=0, rate=0)


def test_all_problems_come_at_once_with_their_lines(tmp_path: Path) -> None:
    text = "nam: x\nschedule:\n  warmup: soon\n  rat: 1\nstages:\n  - rate: 1\n  - rate: high\n"
    found = problems(tmp_path, text)
    assert len(found) == 4
    assert "run.yaml, line 1, nam: unknown key 'nam'; did you mean 'name'?" in found
    assert "run.yaml, line 4, schedule.rat: unknown key 'rat'; did you mean 'rate'?" in found
    assert any(f.startswith("run.yaml, line 3, schedule.warmup: ") and "'soon'" in f for f in found)
    assert any(f.startswith("run.yaml, line 7, stages.1.rate: ") and "'high'" in f for f in found)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path) -> None:
    assert problems(tmp_path, "name: a\nschedule:\n  rate: 1\n  rate: 2\n") == [
        "run.yaml, line 4, schedule.rate: stands twice (first in line 3)"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- 1\n- 2\n", "must hold keys and values"),
        ("name: [1\n", "is not YAML"),
        ("name: 'a\n", "is not YAML"),
        ("name: 2021-13-45\n", "is not YAML"),
        ("name: \x07\n", "is not YAML"),
    ],
)
def test_what_is_no_mapping_is_refused(tmp_path: Path, text: str, said: str) -> None:
    (found,) = problems(tmp_path, text)
    assert said in found


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere.yaml: cannot be read"):
        read_config(Run, tmp_path / "nowhere.yaml")


def test_overrides_count_more_than_the_file(tmp_path: Path) -> None:
    found = read(tmp_path, "schedule: {rate: 0.5, warmup: 9}\n", "schedule.rate=0", "name=a b")
    assert found == Run(name="a b", schedule=Schedule(rate=0, warmup=9))


@pytest.mark.parametrize(
    ("assignment", "said"),
    [
        ("schedule.rat=1", "--set schedule.rat: unknown key 'rat'; did you mean 'rate'?"),
        ("schedule.rate", "--set schedule.rate: expected a.b=value"),
        ("=1", "--set =1: expected a.b=value"),
        ("name=2021-13-45", "--set name=2021-13-45: '2021-13-45' is not YAML"),
        ("name.x=1", "--set name.x=1: name is a single value and has no parts"),
    ],
)
def test_a_wrong_override_is_told_as_such(tmp_path: Path, assignment: str, said: str) -> None:
    assert problems(tmp_path, "name: x\n", assignment) == [said]


def test_a_resolved_config_reads_back_the_same(tmp_path: Path) -> None:
    run = Run(name="é: x", stages=(Schedule(rate=2), Schedule(warmup=0)))
    assert read(tmp_path, as_yaml(run)) == run
