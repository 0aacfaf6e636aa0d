"""``mlcalc simulate``: crops, sheets, and clear words for what cannot be done."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlcalc.errors import FailedError
from tests.simulate.films import limb, save

from .conftest import Mlcalc

QUICK = ("--set", "size=96", "--set", "regions=[knee]", "--workers", "0")


def test_a_data_set_by_one_command(mlcalc: Mlcalc, tmp_path: Path) -> None:
    outcome = mlcalc("simulate", "--count", "3", "--seed", "4", "--out", tmp_path / "set", *QUICK)
    assert outcome.code == 0, outcome.err
    assert outcome.out.strip() == str(tmp_path / "set" / "manifest.csv")
    with (tmp_path / "set/manifest.csv").open(newline="") as stream:
        assert len(list(csv.DictReader(stream))) == 3
    assert (tmp_path / "set/card.md").is_file()


def test_the_same_command_again_changes_nothing(mlcalc: Mlcalc, tmp_path: Path) -> None:
    command = ("simulate", "--count", "2", "--out", tmp_path / "set", *QUICK)
    assert mlcalc(*command).code == 0
    picture = tmp_path / "set/images/000/000001.png"
    before = picture.stat().st_mtime_ns
    assert mlcalc(*command).code == 0
    assert picture.stat().st_mtime_ns == before


def test_a_sheet_shows_every_shape_of_a_class(mlcalc: Mlcalc, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    only = ("--set", "densities={no_focal_density: 1}")
    outcome = mlcalc("simulate", "--sheet", sheet, *only, *QUICK)
    assert outcome.code == 0, outcome.err
    with Image.open(sheet) as picture:
        assert np.asarray(picture).std() > 10


def test_films_of_a_folder_stand_behind_the_lesions(
    mlcalc: Mlcalc, tmp_path: Path, radiographs: Path
) -> None:
    films = radiographs / "backgrounds"
    real = ("--backgrounds", films, "--set", "backgrounds.share=1", "--set", "backgrounds.blocks=[3]")
    outcome = mlcalc("simulate", "--count", "4", "--out", tmp_path / "set", *real, *QUICK)
    assert outcome.code == 0, outcome.err
    with (tmp_path / "set/manifest.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert {row["patient"] for row in rows if row["source"] == "real"} == {"block-003"}
    assert "FracAtlas" in (tmp_path / "set/card.md").read_text()


def photograph(path: Path) -> None:
    random = np.random.default_rng(0)
    Image.fromarray(random.integers(0, 255, (120, 120, 3), dtype=np.uint8)).save(path)


def test_a_folder_of_photographs_is_no_folder_of_films(mlcalc: Mlcalc, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    photograph(tmp_path / "films/holiday.png")
    outcome = mlcalc("simulate", "--out", tmp_path / "set", "--backgrounds", tmp_path / "films", *QUICK)
    assert outcome.code == 2
    assert "holiday.png: a colour picture" in " ".join(outcome.err.split())
    assert not (tmp_path / "set").exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "name what to write"),
        (("--out", "a", "--sheet", "b.png"), "name what to write"),
        (("--out", "a", "--config", "nowhere.yaml"), "nowhere.yaml: cannot be read"),
        (("--out", "a", "--set", "sise=3"), "did you mean 'size'"),
        (("--out", "a", "--backgrounds", "nowhere"), "nowhere: no such folder"),
        (("--out", "a", "--count", "0"), "--count"),
        (("--out", "a", "--seed", "-1"), "--seed"),
        (("--out", "a", "--format", "gif"), "--format"),
        (("--sheet", "nowhere/a.png"), "there is no folder nowhere; make it, or name another file"),
        (("--sheet", "a.jpg"), "name a file that ends in .png"),
        (("--sheet", "a.png", "--from-knowledge"), "leave out --from-knowledge"),
    ],
)
def test_a_wrong_command_is_told_and_writes_nothing(
    mlcalc: Mlcalc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = mlcalc("simulate", *arguments)
    assert outcome.code == 2
    assert said in " ".join(outcome.err.split())
    assert not list(tmp_path.iterdir())


def test_films_without_a_region_are_told_and_how_to_name_it(mlcalc: Mlcalc, tmp_path: Path) -> None:
    folder = tmp_path / "films"
    folder.mkdir()
    save(limb(), folder / "a.png")
    save(limb(seed=1), folder / "b.png")
    command = ("simulate", "--count", "1", "--out", tmp_path / "set", "--backgrounds", folder, *QUICK)
    outcome = mlcalc(*command)
    assert outcome.code == 2
    assert "2 of unknown region (backgrounds.csv in the folder" in " ".join(outcome.err.split())
    (folder / "backgrounds.csv").write_text("path,region,block\na.png,wrist,0\n")
    outcome = mlcalc(*command)
    assert outcome.code == 2
    assert "no film shows a region of the config (knee); they show wrist" in " ".join(outcome.err.split())
    (folder / "backgrounds.csv").write_text("path,region,block\na.png,knee,0\n")
    outcome = mlcalc(*command)
    assert outcome.code == 0, outcome.err
    assert outcome.err.startswith("note: 1 film used; not used: 1 of unknown region")


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (KeyboardInterrupt(), "stopped; the same command goes on in"),
        (FailedError("cannot write into set: No space left", "free some"), "No space left (free some)"),
    ],
    ids=["ctrl-c", "full-disk"],
)
def test_a_run_that_stops_early_says_so_in_one_line_with_code_1(
    mlcalc: Mlcalc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, said: str
) -> None:
    def stop(*_: object) -> None:
        raise error

    monkeypatch.setattr("mlcalc.simulate.dataset.run._draw", stop)
    outcome = mlcalc("simulate", "--count", "3", "--out", tmp_path / "set", *QUICK)
    assert outcome.code == 1
    assert outcome.out == ""
    assert outcome.err.startswith("mlcalc: ")
    assert said in outcome.err
    assert outcome.err.count("\n") == 1
    assert not (tmp_path / "set/manifest.csv").exists()


def test_an_empty_folder_of_backgrounds_is_told(mlcalc: Mlcalc, tmp_path: Path) -> None:
    (tmp_path / "films").mkdir()
    outcome = mlcalc("simulate", "--out", tmp_path / "set", "--backgrounds", tmp_path / "films", *QUICK)
    assert outcome.code == 2
    assert "no pictures in it" in " ".join(outcome.err.split())


def test_without_its_packages_the_verb_says_what_to_install(
    mlcalc: Mlcalc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mlcalc.cli.simulate.find_spec", lambda name: None if name == "scipy" else name)
    outcome = mlcalc("simulate", "--out", tmp_path / "set")
    assert outcome.code == 2
    assert "pip install 'mlcalc[simulate]' (missing: scipy)" in " ".join(outcome.err.split())
