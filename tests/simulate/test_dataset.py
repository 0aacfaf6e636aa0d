"""A data set on disk: whole or not finished, the same bytes for a seed, resumed where it stopped."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlcalc.crops.manifest import read_manifest
from mlcalc.errors import FailedError, UsageError
from mlcalc.imaging import read as reading
from mlcalc.simulate.config import Config
from mlcalc.simulate.dataset import run
from mlcalc.simulate.dataset.claim import alone, check_folder, claim
from mlcalc.simulate.dataset.run import Order, make
from mlcalc.simulate.source import Simulation
from mlcalc.simulate.streams import split_seed
from mlcalc.vocabulary import vocabulary

SMALL = Config(size=96, regions=("knee", "ankle"))


def order(folder: Path, count: int = 6, **more: object) -> Order:
    return Order(SMALL, 3, count, folder, **more)  # type: ignore[arg-type]


def digests(folder: Path, parts: bool = False) -> dict[str, str]:
    """Hidden files too; parts only where they were cut alike."""
    files = (p for p in sorted(folder.rglob("*")) if p.is_file() and (parts or "parts" not in p.parts))
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def lines(manifest: Path) -> list[dict[str, str]]:
    with manifest.open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made") / "set"
    make(order(folder, 8), jobs=0)
    return folder


def test_every_crop_has_its_picture_its_mask_and_its_line(made: Path) -> None:
    rows = lines(made / "manifest.csv")
    assert [row["index"] for row in rows] == [str(i) for i in range(8)]
    for row in rows:
        for column in ("path", "mask"):
            with Image.open(made / row[column]) as picture:
                assert picture.size == (96, 96)
                assert picture.mode == "L"


def test_the_manifest_is_one_that_users_write(made: Path) -> None:
    manifest = read_manifest(made / "manifest.csv")
    rows = list(manifest.rows)
    assert len(rows) == 8
    for row in rows:
        assert row.usable, row.problems
        assert row.labels.density is not None
        assert row.path.is_file()
        assert row.mask is not None
        assert row.mask.is_file()
        assert row.split == "train"


def test_masks_agree_with_labels(made: Path) -> None:
    for row in lines(made / "manifest.csv"):
        with Image.open(made / row["mask"]) as picture:
            mask = np.asarray(picture)
        assert set(np.unique(mask)) <= {0, 255}
        assert bool(mask.any()) is (row["density"] != "no_focal_density")
        assert set(row["morphology"].split(";")) - {""} <= set(vocabulary().ids("morphology"))


def test_every_parameter_and_the_seed_stand_in_the_line(made: Path) -> None:
    for row in lines(made / "manifest.csv"):
        parameters = json.loads(row["parameters"])
        assert parameters["split_seed"] == split_seed(3, "train")
        assert {"kvp", "filter", "source", "kind", "side_mm"} <= set(parameters)
        assert row["density"] == "no_focal_density" or float(row["visibility"]) > 0


def test_the_card_counts_what_is_there(made: Path) -> None:
    text = (made / "card.md").read_text(encoding="utf-8")
    rows = lines(made / "manifest.csv")
    assert "All lesions are simulated" in text
    for density in vocabulary().ids("density"):
        assert f"| {density} | {sum(row['density'] == density for row in rows)} |" in text


def test_workers_do_not_change_a_byte(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "BATCH", 3)
    make(order(tmp_path / "set", 8), jobs=2)
    assert digests(tmp_path / "set") == digests(made)


def test_a_larger_count_adds_to_what_is_there(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "BATCH", 2)
    make(order(tmp_path / "set", 4), jobs=0)
    kept = tmp_path / "set/images/000/000002.png"
    before = kept.stat().st_mtime_ns
    make(order(tmp_path / "set", 8), jobs=0)
    assert digests(tmp_path / "set") == digests(made)
    assert kept.stat().st_mtime_ns == before


def test_a_smaller_count_is_a_smaller_manifest_over_the_same_pictures(tmp_path: Path, made: Path) -> None:
    folder = tmp_path / "set"
    shutil.copytree(made, folder)
    before = digests(folder, parts=True)
    make(order(folder, 3), jobs=0)
    assert [row["index"] for row in lines(folder / "manifest.csv")] == ["0", "1", "2"]
    assert "3 crops of" in (folder / "card.md").read_text(encoding="utf-8")
    make(order(folder, 8), jobs=0)
    assert digests(folder, parts=True) == before


def test_pictures_that_were_taken_away_or_are_empty_are_drawn_again(tmp_path: Path, made: Path) -> None:
    folder = tmp_path / "set"
    shutil.copytree(made, folder)
    (folder / "images/000/000002.png").unlink()
    (folder / "masks/000/000005.png").write_bytes(b"")
    told: list[int] = []
    make(order(folder, 8), 0, told.append)
    assert told == [0, 8]
    assert digests(folder) == digests(made)


@pytest.mark.parametrize("text", ["", "path,id\n", "\x00\n", "rubbish"])
def test_broken_lines_of_an_earlier_run_are_not_believed(tmp_path: Path, made: Path, text: str) -> None:
    folder = tmp_path / "set"
    shutil.copytree(made, folder)
    (folder / "parts/000000.csv").write_text(text)
    assert order(folder, 8).kept(range(8)) == []
    assert len(order(made, 8).kept(range(8))) == 8


def test_what_a_killed_run_left_half_written_is_swept_away(tmp_path: Path, made: Path) -> None:
    folder = tmp_path / "set"
    for place in ("", "parts", "images/000", "masks/000"):
        (folder / place).mkdir(parents=True, exist_ok=True)
    half = [folder / ".simulation.json.1.part", folder / "parts/.000000.csv.7.part"]
    half += [folder / f"{kind}/000/.000003.png.7.part" for kind in ("images", "masks")]
    shutil.copy(made / "simulation.json", folder / "simulation.json")
    for path in half:
        path.write_bytes(b"half")
    make(order(folder, 8), jobs=0)
    assert digests(folder, parts=True) == digests(made, parts=True)


def test_a_run_killed_at_its_very_start_leaves_a_folder_that_can_be_used(tmp_path: Path) -> None:
    (tmp_path / ".simulation.json.1.part").write_text("{")
    (tmp_path / ".DS_Store").write_text("")
    claim(tmp_path, {"seed": 1})
    assert json.loads((tmp_path / "simulation.json").read_text()) == {"seed": 1}


def test_two_runs_at_once_do_not_share_a_folder(tmp_path: Path) -> None:
    pytest.importorskip("fcntl")
    with alone(tmp_path), pytest.raises(UsageError, match="another run is writing"), alone(tmp_path):
        pass
    with alone(tmp_path):
        assert not list(tmp_path.iterdir())


class StopError(Exception):
    """Somebody pulled the plug."""


def test_an_interrupted_run_goes_on_and_is_not_finished_before(
    made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "BATCH", 2)
    done: list[int] = []

    def stop_after_four(crops: int) -> None:
        done.append(crops)
        if sum(done) >= 4:
            raise StopError

    with pytest.raises(StopError):
        make(order(tmp_path / "set", 8), 0, stop_after_four)
    assert not (tmp_path / "set/manifest.csv").exists()
    assert len(list((tmp_path / "set/parts").glob("*.csv"))) == 2
    told: list[int] = []
    make(order(tmp_path / "set", 8), 0, told.append)
    assert told == [4, 2, 2]
    assert digests(tmp_path / "set") == digests(made)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (Order(SMALL, 4, 6, Path()), "seed is 4 now and was 3"),
        (
            Order(Config(size=128, regions=("knee", "ankle")), 3, 6, Path()),
            "config.size is 128 now and was 96",
        ),
        (Order(SMALL, 3, 6, Path(), format="dicom"), "format is 'dicom' now and was 'png'"),
    ],
    ids=["seed", "config", "format"],
)
def test_another_order_in_the_same_folder_is_refused(made: Path, other: Order, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        make(Order(other.config, other.seed, 6, made, format=other.format), jobs=0)
    assert (made / "manifest.csv").exists()


RECORD: dict[str, object] = {"backgrounds": "aa", "versions": {"numpy": "2.0", "simulator": "cc"}, "seed": 1}


@pytest.mark.parametrize(
    ("now", "said"),
    [
        ({"backgrounds": "bb"}, "the clean films of --backgrounds, their regions or blocks are others now"),
        ({"backgrounds": None}, "--backgrounds is missing now and was given"),
        ({"versions": {"simulator": "cc"}}, "versions.numpy is None now and was '2.0'"),
        ({"versions": {"numpy": "2.0", "simulator": "dd"}}, "mlcalc draws otherwise now"),
        ({"versions": {"numpy": "2.1", "simulator": "cc"}}, "versions.numpy is '2.1' now and was '2.0'"),
        (
            {"seed": 2, "backgrounds": None},
            "--backgrounds is missing now and was given; seed is 2 now and was 1",
        ),
    ],
)
def test_what_differs_from_an_earlier_run_is_told_in_words(
    tmp_path: Path, now: dict[str, object], said: str
) -> None:
    claim(tmp_path, RECORD)
    with pytest.raises(UsageError) as raised:
        claim(tmp_path, RECORD | now)
    assert said in str(raised.value)
    assert "repeat the command it was begun with, or name another folder" in str(raised.value)


@pytest.mark.parametrize("text", ["", "{", "[1]", "3"])
def test_a_broken_record_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "simulation.json").write_text(text)
    with pytest.raises(UsageError, match=r"simulation.json cannot be read"):
        claim(tmp_path, RECORD)


def test_pictures_and_films_are_kept_apart(tmp_path: Path) -> None:
    films = tmp_path / "films"
    films.mkdir()
    with pytest.raises(UsageError, match="lies inside --backgrounds"):
        check_folder(films / "set", films)
    with pytest.raises(UsageError, match="lies inside --out"):
        check_folder(tmp_path, films)
    check_folder(tmp_path / "set", films)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="file is a file; name a folder"):
        make(order(tmp_path / "file"), jobs=0)


def test_a_crop_that_cannot_be_drawn_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Simulation, "_attempt", lambda *_: None)
    with pytest.raises(FailedError, match=r"crops 0 to 1: crop 0 of seed 3 cannot be drawn.*allow more"):
        make(order(tmp_path / "set", 2), jobs=0)


def test_more_workers_than_work_are_not_started(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(*_: object, jobs: int, **__: object) -> Iterator[tuple[range, int]]:
        asked.append(jobs)
        yield from ()

    monkeypatch.setattr(run, "run_isolated", counted)
    with pytest.raises(FailedError, match="crops 0 to 3 have gone"):
        make(order(tmp_path / "set", 4), jobs=100_000)
    assert asked == [1]


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="is not empty and holds no simulated data set"):
        make(order(tmp_path), jobs=0)
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_full_disk_is_told_and_leaves_nothing_that_looks_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(path: Path, *_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    monkeypatch.setattr("mlcalc.simulate.dataset.files.write_mask", full)
    with pytest.raises(FailedError, match=r"No space left on device.*free some space"):
        make(order(tmp_path / "set"), jobs=0)
    assert [path.name for path in (tmp_path / "set").iterdir() if path.is_file()] == ["simulation.json"]
    assert not (tmp_path / "set/parts").exists()


def test_dicom_reads_back_as_a_radiograph_with_its_spacing(tmp_path: Path) -> None:
    make(order(tmp_path / "set", 4, format="dicom"), jobs=0)
    for row in lines(tmp_path / "set/manifest.csv"):
        radiograph = reading.read_radiograph(tmp_path / "set" / row["path"])
        assert radiograph.pixels.shape == (96, 96)
        assert radiograph.facts.region == row["region"]
        assert radiograph.spacing.row_mm == pytest.approx(float(row["mm_per_pixel"]), rel=1e-3)


def test_simulated_patients_carry_their_context(tmp_path: Path) -> None:
    made = make(Order(Config(size=96, split="test"), 3, 4, tmp_path / "set", knowledge=True), jobs=0)
    for row in lines(made):
        assert row["entity"]
        assert row["sex"] in ("F", "M")
        assert 0 <= float(row["age"]) <= 120
        assert row["density"] != "no_focal_density"
    assert all(row.usable for row in read_manifest(made).rows)
