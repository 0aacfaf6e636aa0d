"""Which films of a folder can be used, and what is said of the others."""

from __future__ import annotations

import csv
import hashlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlcalc.errors import KnowledgeError, UsageError
from mlcalc.simulate.backgrounds.folder import Backgrounds, open_backgrounds
from mlcalc.simulate.backgrounds.habits import habit, habits
from mlcalc.simulate.backgrounds.marks import audits
from mlcalc.simulate.backgrounds.places import places
from mlcalc.simulate.backgrounds.spots import tissues
from mlcalc.simulate.backgrounds.whereabouts import joints
from mlcalc.vocabulary import vocabulary
from tests.simulate.films import limb, save

MARKS = "file,sha256,verdict,joint,x,y,angle,width_px,width_mm,note\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for number in range(3):
        save(limb(tilt=0.1 * number, seed=number), tmp_path / f"film{number}.png")
    return tmp_path


def listing(folder: Path, *rows: str) -> None:
    (folder / "backgrounds.csv").write_text("\n".join(["path,region,block,notes", *rows]))


def test_every_picture_is_a_film_in_the_order_of_its_path(folder: Path) -> None:
    films = open_backgrounds(folder).films
    assert [film.path.name for film in films] == ["film0.png", "film1.png", "film2.png"]
    assert films[0].sha == hashlib.sha256((folder / "film0.png").read_bytes()).hexdigest()


def test_without_a_listing_each_film_is_a_block_of_its_own_without_region(folder: Path) -> None:
    backgrounds = open_backgrounds(folder)
    assert backgrounds.blocks == (0, 1, 2)
    assert {film.regions for film in backgrounds} == {()}


def test_the_listing_gives_regions_and_blocks(folder: Path) -> None:
    listing(folder, "film0.png,knee,4,", "film1.png,hand;wrist,4,")
    films = open_backgrounds(folder).films
    assert [film.regions for film in films] == [("knee",), ("hand", "wrist"), ()]
    assert [film.block for film in films] == [4, 4, 5]


def test_the_listing_may_stand_beside_the_folder(folder: Path) -> None:
    inner = folder / "films"
    inner.mkdir()
    (folder / "film0.png").rename(inner / "film0.png")
    listing(folder, "films/film0.png,elbow,7,")
    assert [(film.regions, film.block) for film in open_backgrounds(inner)] == [(("elbow",), 7)]


@pytest.mark.parametrize(
    ("row", "said"),
    [("film0.png,kne,1,", "did you mean 'knee'"), ("film0.png,knee,one,", "block 'one' is no whole number")],
)
def test_a_broken_listing_says_where(folder: Path, row: str, said: str) -> None:
    listing(folder, row)
    with pytest.raises(UsageError, match=f"line 2.*{said}"):
        open_backgrounds(folder)


def test_a_listing_without_its_columns_says_which(folder: Path) -> None:
    (folder / "backgrounds.csv").write_text("path,region\nfilm0.png,knee\n")
    with pytest.raises(UsageError, match="column block is missing"):
        open_backgrounds(folder)


def test_what_is_no_film_is_skipped_with_its_reason(folder: Path, radiographs: Path) -> None:
    rainbow = np.random.default_rng(0).integers(0, 255, (120, 120, 3), np.uint8)
    Image.fromarray(rainbow).save(folder / "photo.png")
    Image.fromarray(np.full((120, 120), 90, np.uint8)).save(folder / "blank.png")
    Image.fromarray(np.zeros((20, 30), np.uint8)).save(folder / "stamp.png")
    (folder / "film9.jpg").write_bytes(b"\xff\xd8\xff\xe0 broken")
    with (radiographs / "dicom.csv").open() as stream:
        others = [r["path"] for r in csv.DictReader(stream) if "modality" in r["expected_reason"].lower()]
    for number, path in enumerate(others[:1]):
        (folder / f"other{number}.dcm").write_bytes((radiographs / path).read_bytes())
    backgrounds = open_backgrounds(folder)
    reasons = dict(backgrounds.skipped)
    assert len(backgrounds) == 3
    assert "colour" in reasons["photo.png"]
    assert {"photo.png", "blank.png", "stamp.png", "film9.jpg"} <= reasons.keys()
    assert all(reasons.values())


def test_a_folder_of_nothing_useful_is_an_error_that_says_why(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no such folder"):
        open_backgrounds(tmp_path / "nowhere")
    with pytest.raises(UsageError, match="no pictures in it"):
        open_backgrounds(tmp_path)
    (tmp_path / "a.png").write_bytes(b"nothing")
    with pytest.raises(UsageError, match=r"none of 1 files can be used.*a\.png"):
        open_backgrounds(tmp_path)


def test_blocks_and_regions_select(folder: Path) -> None:
    listing(folder, "film0.png,knee,1,", "film1.png,hand;wrist,2,", "film2.png,knee,3,")
    backgrounds = open_backgrounds(folder)
    assert [f.block for f in backgrounds.select(regions=["knee"])] == [1, 3]
    assert [f.block for f in backgrounds.select(blocks=[2, 3])] == [2, 3]
    assert [f.block for f in backgrounds.select(without_blocks=[2])] == [1, 3]
    with pytest.raises(UsageError, match="no block 9"):
        backgrounds.select(blocks=[9])
    with pytest.raises(UsageError, match="did you mean 'knee'"):
        backgrounds.select(regions=["knees"])
    with pytest.raises(UsageError, match="no background is left"):
        backgrounds.select(regions=["hip"])


def test_a_film_with_a_finding_is_not_clean(tmp_path: Path) -> None:
    table = tmp_path / "marks.csv"
    rows = [
        "a.jpg,s1,clean;physis,,,,,,,",
        "b.jpg,s2,mineral,,,,,,,",
        "b.jpg,s2,mineral,knee,128,64,10,50,80,",
    ]
    table.write_text(MARKS + "\n".join(rows))
    found = audits(table)
    assert found["s1"].verdict == {"clean", "physis"}
    assert "clean" not in found["s2"].verdict
    mark = found["s2"].marks[0]
    assert (mark.joint, mark.x, mark.y, mark.angle) == ("knee", 0.5, 0.25, 10)
    assert mark.width_mm / (mark.width * 256) == pytest.approx(80 / 50)


def test_notes_correct_the_regions_of_a_film(tmp_path: Path) -> None:
    table = tmp_path / "marks.csv"
    table.write_text(MARKS + "a.jpg,s1,clean,,,,,,,white slab; region=ankle;foot; dull film\n")
    assert audits(table)["s1"].regions == ("ankle", "foot")


def test_a_broken_row_of_marks_is_named(tmp_path: Path) -> None:
    table = tmp_path / "marks.csv"
    table.write_text(MARKS + "a.jpg,s1,nice,,,,,,,\n")
    with pytest.raises(KnowledgeError, match=r"line 2.*unknown verdict 'nice'"):
        audits(table)


def test_places_of_landmarks_are_possible_by_the_vocabulary() -> None:
    known = vocabulary()
    for joint, rows in places().items():
        assert joint in joints()
        assert all(row.region in known.regions and len(row.path) >= 2 for row in rows)
        assert all(row.beside in joints() for row in rows if row.beside)


def test_structures_of_the_masks_are_possible_by_the_vocabulary() -> None:
    for compartment, tissue in tissues().items():
        for region, ids in tissue.structures.items():
            for structure in ids:
                known = vocabulary().structures[structure]
                assert compartment in known.compartments
                assert region in known.regions


def test_a_part_of_a_region_takes_its_habits() -> None:
    assert habit(["finger"]) == habits()["hand"]
    assert habit([]) == habits()["any"]


def test_the_shared_films_are_all_read(radiographs: Path) -> None:
    backgrounds: Backgrounds = open_backgrounds(radiographs / "backgrounds")
    assert len(backgrounds) + len(backgrounds.skipped) == 300
    assert all("unusable" in why for _, why in backgrounds.skipped)
    assert len(backgrounds.blocks) == 28
    assert 150 < len(backgrounds.clean.films) < 300
