"""Manifests and DICOMDIRs say which files to read; what they name in vain is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlcalc.errors import UsageError
from mlcalc.intake.gather import Gathered, gather

from .gathered import paths, problems
from .indexes import write_files, write_index
from .zips import write_zip


def lines(gathered: Gathered) -> dict[str, list[int]]:
    return {source.path: [row.line for row in source.rows] for source in gathered.sources}


# Manifests


def test_the_files_of_a_manifest_come_in_the_order_of_their_first_rows_with_all_rows(folder: Path) -> None:
    write_files(folder, "data/b.png", "data/films/a.png")
    (folder / "data/m.csv").write_text("path,id\nb.png,1\nfilms/a.png,2\nfilms/../b.png,3\nb.png,4\n")
    found = gather(["data/m.csv"])
    assert lines(found) == {"data/b.png": [2, 4, 5], "data/films/a.png": [3]}
    assert problems(found) == {}


def test_a_missing_file_is_listed_with_manifest_line_and_column(folder: Path) -> None:
    write_files(folder, "a.png", "folder/1.png")
    (folder / "m.csv").write_text("id,path\n1,gone.png\n2,a.png\n3,gone.png\n4,folder\n")
    found = gather(["m.csv"])
    assert lines(found) == {"gone.png": [2, 4], "a.png": [3], "folder": [5]}
    assert problems(found) == {
        "gone.png": "no such file (m.csv, line 2, column path)",
        "folder": "a folder, where a file is wanted (m.csv, line 5, column path)",
    }


def test_a_row_that_names_no_file_is_listed_by_its_line(folder: Path) -> None:
    write_files(folder, "a.png")
    (folder / "m.csv").write_text("id,path\n1,\n2,a.png\n3,\n")
    found = gather(["m.csv"])
    assert lines(found) == {"m.csv (line 2)": [2], "a.png": [3], "m.csv (line 4)": [4]}
    assert problems(found)["m.csv (line 4)"] == "no file is named (m.csv, line 4, column path)"


def test_rows_with_problems_are_kept_for_the_caller_to_tell(folder: Path) -> None:
    write_files(folder, "a.png")
    (folder / "m.csv").write_text("path,region\na.png,neverland\n")
    [source] = gather(["m.csv"]).sources
    assert source.problem is None
    assert "neverland" in str(source.rows[0].problems[0])


def test_rows_of_all_manifests_and_the_folder_come_together_in_one_source(folder: Path) -> None:
    write_files(folder, "in/a.png", "in/b.png")
    (folder / "one.csv").write_text("path\nin/b.png\n")
    (folder / "two.csv").write_text("path\n\nin/b.png\n")
    found = gather(["in", "one.csv", "two.csv", "one.csv"])
    assert lines(found) == {"in/a.png": [], "in/b.png": [2, 3]}


def test_a_manifest_met_in_a_folder_is_a_file_with_a_note_unless_it_is_named_too(folder: Path) -> None:
    write_files(folder, "in/a.png")
    (folder / "in/m.csv").write_text("path\na.png\n")
    found = gather(["in"])
    assert lines(found) == {"in/a.png": [], "in/m.csv": []}
    assert found.notes == ("in/m.csv looks like a manifest; to have its rows read, name it itself",)
    found = gather(["in", "in/m.csv"])
    assert lines(found) == {"in/a.png": [2]}
    assert found.notes == ()


def test_a_manifest_on_a_list_or_behind_a_pattern_is_a_manifest(folder: Path) -> None:
    write_files(folder, "a.png")
    (folder / "m.csv").write_text("path\na.png\n")
    (folder / "files.txt").write_text("m.csv\n")
    assert lines(gather(["@files.txt"])) == lines(gather(["*.csv"])) == {"a.png": [2]}


def test_cautions_of_a_manifest_are_notes(folder: Path) -> None:
    write_files(folder, "a.png")
    (folder / "m.csv").write_text("path,morfology\na.png,\n")
    [note] = gather(["m.csv"]).notes
    assert "morfology" in note


def test_a_manifest_of_no_use_is_a_usage_error(folder: Path) -> None:
    for text in ("path,path\n", "path\n"):
        (folder / "m.csv").write_text(text)
        with pytest.raises(UsageError, match=r"m\.csv"):
            gather(["m.csv"])


# DICOMDIRs


def test_a_dicomdir_stands_for_the_files_it_names_in_its_order(folder: Path) -> None:
    write_files(folder, "cd/IMAGES/IM1", "cd/IMAGES/IM2", "cd/README")
    write_index(folder / "cd", ["IMAGES", "IM2"], ["IMAGES", "IM1"], ["IMAGES", "IM2"])
    found = gather(["cd/DICOMDIR"])
    assert paths(found) == ["cd/IMAGES/IM2", "cd/IMAGES/IM1"]
    assert found.notes == ("DICOMDIR read as an index of 3 files",)


def test_files_that_a_dicomdir_names_are_found_in_any_case_or_told_as_missing(folder: Path) -> None:
    write_files(folder, "cd/images/im1")
    write_index(folder / "cd", ["IMAGES", "IM1"], ["IMAGES", "IM2"])
    found = gather(["cd/DICOMDIR"])
    assert paths(found) == ["cd/images/im1", "cd/IMAGES/IM2"]
    assert problems(found) == {"cd/IMAGES/IM2": "no such file, though a DICOMDIR names it"}


def test_a_reference_out_of_the_folder_is_told_by_its_record_and_never_followed(folder: Path) -> None:
    write_files(folder, "SECRET", "cd/IM1")
    write_index(folder / "cd", ["..", "SECRET"], "IM1")
    found = gather(["cd/DICOMDIR"])
    assert paths(found) == ["cd/DICOMDIR (record 2)", "cd/IM1"]  # record 1 is the patient
    assert list(problems(found)) == ["cd/DICOMDIR (record 2)"]


def test_a_dicomdir_in_a_folder_adds_what_it_names_and_the_walk_does_not_meet(folder: Path) -> None:
    write_files(folder, "cd/Z/IM1", "cd/A/IM2", "cd/.H/IM3")
    write_index(folder / "cd", ["GONE"], ["Z", "IM1"], [".H", "IM3"], name="index.bin")
    found = gather(["cd"])
    assert paths(found) == ["cd/A/IM2", "cd/Z/IM1", "cd/GONE", "cd/.H/IM3"]
    assert list(problems(found)) == ["cd/GONE"]
    assert found.notes == (
        "1 hidden folder skipped (.H)",
        "DICOMDIR read as an index of 3 files",
    )


def test_a_damaged_dicomdir_is_a_file_with_its_problem_beside_the_others(folder: Path) -> None:
    write_files(folder, "cd/IM1")
    index = write_index(folder / "cd", "IM1")
    index.write_bytes(index.read_bytes()[:-10])
    found = gather(["cd", "cd/DICOMDIR"])
    assert sorted(paths(found)) == ["cd/DICOMDIR", "cd/IM1"]
    assert "damaged DICOMDIR" in problems(found)["cd/DICOMDIR"]


def test_a_cd_in_a_zip_is_read_as_a_cd_in_a_folder(folder: Path) -> None:
    index = write_index(folder, ["IMAGES", "IM1"], ["IMAGES", "IM2"], ["..", "SECRET"]).read_bytes()
    write_zip(folder / "cd.zip", {"cd/DICOMDIR": index, "cd/images/im1": b"1", "DICOMDIR": b"no index"})
    found = gather(["cd.zip"])
    assert paths(found) == [
        "cd.zip!/DICOMDIR",
        "cd.zip!/cd/images/im1",
        "cd.zip!/cd/IMAGES/IM2",
        "cd.zip!/cd/DICOMDIR (record 4)",
    ]
    assert list(problems(found)) == ["cd.zip!/cd/IMAGES/IM2", "cd.zip!/cd/DICOMDIR (record 4)"]
    assert found.notes == ("DICOMDIR read as an index of 3 files",)


def test_an_index_that_names_nothing_leaves_nothing_to_read(folder: Path) -> None:
    write_index(folder)
    with pytest.raises(UsageError, match="no files to read; DICOMDIR read as an index of 0 files"):
        gather(["DICOMDIR"])
