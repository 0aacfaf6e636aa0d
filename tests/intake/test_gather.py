"""Everything that a user names becomes one list: in one order, each file once, none lost."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcalc.errors import UsageError
from mlcalc.intake.archive import ArchiveLimits
from mlcalc.intake.gather import gather

from .gathered import paths, problems
from .indexes import write_files
from .zips import Lie, lying_zip, write_zip

# Files and folders


def test_files_keep_the_order_in_which_they_are_named_and_the_paths_as_given(folder: Path) -> None:
    write_files(folder, "b.dcm", "a/1.dcm")
    found = gather(["./b.dcm", str(folder / "a/1.dcm"), Path("a/1.dcm")])
    assert paths(found) == ["./b.dcm", str(folder / "a/1.dcm")]
    assert found.sources[1].file == folder / "a/1.dcm"
    assert found.notes == ()


def test_a_folder_stands_for_all_files_in_it(folder: Path) -> None:
    write_files(folder, "in/b/1.dcm", "in/a.png", "in/c.txt", ".git/x")
    assert paths(gather(["in"])) == paths(gather(["./in/"])) == ["in/a.png", "in/b/1.dcm", "in/c.txt"]
    assert paths(gather(["."])) == ["in/a.png", "in/b/1.dcm", "in/c.txt"]


def test_skipped_system_files_are_told_and_told_once(folder: Path) -> None:
    write_files(folder, "in/1.dcm", "in/.DS_Store", "in/.git/x")
    found = gather(["in", "in", str(folder / "in")])
    assert paths(found) == ["in/1.dcm"]
    assert found.notes == ("1 system file skipped (.DS_Store)", "1 hidden folder skipped (.git)")


def test_a_file_reached_twice_stands_where_it_was_first_reached(folder: Path) -> None:
    write_files(folder, "in/1.dcm", "in/2.dcm", "in/3.dcm")
    (folder / "link.dcm").symlink_to("in/2.dcm")
    assert paths(gather(["in/3.dcm", "link.dcm", "in", "in/*.dcm"])) == ["in/3.dcm", "link.dcm", "in/1.dcm"]


def test_a_pattern_gives_files_and_folders_unless_a_file_has_its_name(folder: Path) -> None:
    write_files(folder, "x[1].dcm", "x1.dcm", "xs/2.dcm")
    assert paths(gather(["x[1].dcm"])) == ["x[1].dcm"]
    assert paths(gather(["x*"])) == ["x1.dcm", "x[1].dcm", "xs/2.dcm"]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ("exprots", "no such file or folder: 'exprots'; did you mean 'exports'?"),
        ("exprots/*.dcm", "no file matches"),
        ("@file.txt", "no such file or folder: 'file.txt'; did you mean 'files.txt'?"),
        ("empty", "no files in empty"),
        ("", "no such file or folder: ''"),
        ("a\0b", "no such file or folder: 'a"),
    ],
)
def test_an_input_that_means_nothing_is_a_usage_error(folder: Path, given: str, text: str) -> None:
    write_files(folder, "exports/1.dcm", "files.txt")
    (folder / "empty").mkdir()
    with pytest.raises(UsageError) as error:
        gather(["exports", given])
    assert str(error.value).startswith(text)


def test_no_input_at_all_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="no files to read"):
        gather([])


def test_a_file_that_cannot_be_opened_is_listed_with_its_problem(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(folder, "in/1.dcm", "in/2.dcm")
    real = Path.open

    def refuse(path: Path, mode: str = "r") -> object:
        if path.name == "1.dcm":
            raise PermissionError(13, "Permission denied")
        return real(path, mode)

    monkeypatch.setattr(Path, "open", refuse)
    found = gather(["in"])
    assert paths(found) == ["in/1.dcm", "in/2.dcm"]
    assert problems(found) == {"in/1.dcm": "cannot be read: permission denied"}


def test_what_is_no_file_is_listed_with_its_problem(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    (folder / "gone").symlink_to("nowhere")
    assert problems(gather(["pipe", "gone"])) == {
        "pipe": "not a file but a device, a pipe or a socket",
        "gone": "a link to a file that is not there",
    }


def test_every_path_can_be_written_as_json_and_every_file_opened(folder: Path) -> None:
    name = os.fsdecode(b"knee\xff\n.dcm")
    write_files(folder, f"in/{name}")
    for asked in ("in", f"in/{name}"):
        [source] = gather([asked]).sources
        assert source.path == r"in/knee\udcff\n.dcm"
        assert json.dumps(source.path).encode("utf-8")
        assert source.read_bytes().endswith(b"knee\xff\n.dcm")


NAMES = st.text("abAB.é ", min_size=1, max_size=4).filter(lambda name: not name.startswith("."))


@settings(deadline=None)
@given(st.data(), st.lists(NAMES, min_size=1, max_size=6, unique=True))
def test_a_folder_gives_one_list_in_whatever_order_it_was_filled(
    data: st.DataObject, names: list[str]
) -> None:
    found = []
    for order in (names, data.draw(st.permutations(names))):
        with tempfile.TemporaryDirectory() as made:
            write_files(Path(made), *order)
            found.append([source.file.name for source in gather([made]).sources])
    assert found[0] == found[1] == sorted(names)


# Lists


def test_a_list_stands_for_what_it_names_and_a_missing_file_stops_no_other(folder: Path) -> None:
    write_files(folder, "lists/1.dcm", "lists/more/2.dcm", "lists/more/3.dcm")
    (folder / "lists/empty").mkdir()
    (folder / "lists/files.txt").write_text("1.dcm\ngone.dcm\nmore\nempty\n*.png\n@files.txt\n")
    found = gather(["@lists/files.txt"])
    assert paths(found) == [
        "lists/1.dcm",
        "lists/gone.dcm",
        "lists/more/2.dcm",
        "lists/more/3.dcm",
        "lists/empty",
        "lists/*.png",
        "lists/@files.txt",
    ]
    assert problems(found) == {
        "lists/gone.dcm": "no such file (files.txt, line 2)",
        "lists/empty": "no files in lists/empty (files.txt, line 4)",
        "lists/*.png": "no such file (files.txt, line 5)",
        "lists/@files.txt": "no such file (files.txt, line 6)",
    }


def test_a_list_in_a_folder_that_is_read_too_is_no_picture(folder: Path) -> None:
    write_files(folder, "in/1.dcm")
    (folder / "in/files.txt").write_text("1.dcm")
    assert paths(gather(["in", "@in/files.txt"])) == ["in/1.dcm"]


def test_a_file_whose_name_begins_with_an_at_sign_is_a_file(folder: Path) -> None:
    write_files(folder, "@1.dcm")
    assert paths(gather(["@1.dcm"])) == ["@1.dcm"]


# Sidecars


def test_the_json_beside_an_image_belongs_to_it_and_any_other_is_a_file(folder: Path) -> None:
    write_files(folder, "in/1.dcm", "in/1.json", "in/2.json", "in/3.png", "in/3.png.json", "in/sub/1.json")
    found = gather(["in"])
    assert {s.path: s.sidecar and s.sidecar.name for s in found.sources} == {
        "in/1.dcm": "1.json",
        "in/2.json": None,
        "in/3.png": "3.png.json",
        "in/sub/1.json": None,
    }
    assert found.notes == ("2 sidecar files found beside images",)


def test_a_sidecar_that_a_shell_lists_with_its_image_is_no_file_of_its_own(folder: Path) -> None:
    write_files(folder, "1.dcm", "1.json")
    assert paths(gather(["1.json", "1.dcm"])) == ["1.dcm"]
    assert paths(gather(["1.json"])) == ["1.json"]


def test_sidecars_are_files_like_others_where_they_are_not_wanted(folder: Path) -> None:
    write_files(folder, "1.dcm", "1.json")
    found = gather(["."], sidecars=False)
    assert [(source.path, source.sidecar) for source in found.sources] == [("1.dcm", None), ("1.json", None)]


# Duplicates


def test_copies_are_told_unless_they_are_not_wanted(folder: Path) -> None:
    (folder / "a.dcm").write_bytes(b"same")
    (folder / "b.dcm").write_bytes(b"same")
    os.link(folder / "a.dcm", folder / "c.dcm")
    found = [source.duplicate_of for source in gather(["."]).sources]
    assert found == [None, "a.dcm", "a.dcm"]
    assert not any(source.duplicate_of for source in gather(["."], duplicates=False).sources)


# Zips


def test_a_zip_stands_for_the_files_in_it_whatever_its_name(folder: Path) -> None:
    write_zip(folder / "export.bin", {"b/1.dcm": b"one", "a.dcm": b"two", "__MACOSX/b/._1.dcm": b"x"})
    write_files(folder, "in/z.dcm")
    write_zip(folder / "in/a.zip", {"1.dcm": b"three"})
    found = gather(["export.bin", "in", "export.bin"])
    assert paths(found) == ["export.bin!/a.dcm", "export.bin!/b/1.dcm", "in/a.zip!/1.dcm", "in/z.dcm"]
    assert [source.read_bytes() for source in found.sources] == [b"two", b"one", b"three", b"in/z.dcm"]
    assert [source.member for source in found.sources] == ["a.dcm", "b/1.dcm", "1.dcm", None]
    assert found.notes == ("1 hidden folder skipped (__MACOSX)",)


def test_every_entry_of_a_zip_is_listed_with_what_is_wrong_with_it(folder: Path) -> None:
    lying_zip(folder / "a.zip", [Lie(b"../1.dcm"), Lie(b"1.dcm"), Lie(b"1.dcm"), Lie(b"2.dcm", flags=1)])
    found = gather(["a.zip"])
    assert paths(found) == ["a.zip!/../1.dcm", "a.zip!/1.dcm", "a.zip!/1.dcm (2)", "a.zip!/2.dcm"]
    assert problems(found) == {
        "a.zip!/../1.dcm": "unsafe zip entry: a name that leads out of its folder",
        "a.zip!/2.dcm": "encrypted zip entry (unpack the zip with its password first)",
    }


def test_a_zip_of_no_use_is_one_file_with_its_problem(folder: Path) -> None:
    write_zip(folder / "in.zip", {"1.dcm": b"", "2.dcm": b""})
    write_zip(folder / "letter.docx", {"[Content_Types].xml": b""})
    write_zip(folder / "mac.zip", {"__MACOSX/._1": b""})
    (folder / "short.zip").write_bytes((folder / "in.zip").read_bytes()[:-30])
    found = gather(["."], limits=ArchiveLimits(max_entries=1))
    assert paths(found) == ["in.zip", "letter.docx", "mac.zip", "short.zip"]
    reasons = [problem.split(":")[0] for problem in problems(found).values()]
    assert reasons == ["too large", "not an image", "a zip without files", "damaged zip"]


def test_a_sidecar_in_a_zip_is_refused_rather_than_passed_over(folder: Path) -> None:
    write_zip(folder / "a.zip", {"1.dcm": b"1", "1.json": b"{}", "2.dcm.json": b"{}", "3/1.json": b"{}"})
    found = gather(["a.zip"])
    assert len(found.sources) == 4
    assert list(problems(found)) == ["a.zip!/1.json"]
    assert problems(gather(["a.zip"], sidecars=False)) == {}


# Real files


def test_the_real_radiographs_come_in_the_same_order_each_time(radiographs: Path) -> None:
    found = gather([radiographs / "dicom"])
    files = [path for path in (radiographs / "dicom").rglob("*") if path.is_file()]
    assert [source.file for source in found.sources] == sorted(files, key=lambda path: path.parts)
    assert len(found.sources) == 33
    assert problems(found) == {}
    assert paths(gather([radiographs / "dicom"])) == paths(found)
    assert paths(gather([f"{radiographs}/dicom/**/*.dcm"])) == paths(found)
