"""A data set on disk: whole or not finished, the same bytes for a seed, resumed where it stopped."""

from __future__ import annotations

import csv
import errno
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlcalc.crops.manifest import read_manifest
from mlcalc.errors import FailedError, UsageError
from mlcalc.imaging import read as reading
from mlcalc.simulate.config import Config
from mlcalc.simulate.dataset import run
from mlcalc.simulate.dataset.run import Order, make
from mlcalc.vocabulary import vocabulary

SMALL = Config(size=96, regions=("knee", "ankle"))


def order(folder: Path, count: int = 6, **more: object) -> Order:
    return Order(SMALL, 3, count, folder, **more)  # type: ignore[arg-type]


def digests(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and "parts" not in path.parts)
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
        assert parameters["seed"] == 3
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


def test_a_larger_count_adds_to_what_is_there(made: Path, tmp_path: Path) -> None:
    make(order(tmp_path / "set", 5), jobs=0)
    first = (tmp_path / "set/images/000/000002.png").stat().st_mtime_ns
    make(order(tmp_path / "set", 8), jobs=0)
    assert digests(tmp_path / "set") == digests(made)
    assert first <= (tmp_path / "set/images/000/000002.png").stat().st_mtime_ns


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
    assert not (tmp_path / "set/manifest.csv").exists()
    assert not list((tmp_path / "set/parts").iterdir())


def test_dicom_reads_back_as_a_radiograph_with_its_spacing(tmp_path: Path) -> None:
    make(order(tmp_path / "set", 4, format="dicom"), jobs=0)
    for row in lines(tmp_path / "set/manifest.csv"):
        radiograph = reading.read_radiograph(tmp_path / "set" / row["path"])
        assert radiograph.pixels.shape == (96, 96)
        assert radiograph.facts.region == row["region"]
        assert radiograph.spacing.row_mm == pytest.approx(float(row["mm_per_pixel"]), rel=1e-3)


def test_simulated_patients_carry_their_context(tmp_path: Path) -> None:
    made = make(Order(Config(size=96), 3, 4, tmp_path / "set", knowledge=True), jobs=0)
    for row in lines(made):
        assert row["entity"]
        assert row["sex"] in ("F", "M")
        assert 0 <= float(row["age"]) <= 120
        assert row["density"] != "no_focal_density"
    assert all(row.usable for row in read_manifest(made).rows)
