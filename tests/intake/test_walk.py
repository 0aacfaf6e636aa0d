"""What is in a folder comes in one order, and nothing in it can make the walk go on for ever."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcalc.intake.walk import Asides, Walk

from .indexes import write_files


def names(folder: Path, asides: Asides | None = None) -> list[str]:
    return [str(found.file.relative_to(folder)) for found in Walk(asides).files(folder)]


# Order


def test_files_and_folders_are_sorted_together_by_the_parts_of_their_paths(tmp_path: Path) -> None:
    write_files(tmp_path, "b/1", "b.dcm", "a/z/1", "a/b", "c", "B", "a-b/1")
    assert names(tmp_path) == ["B", "a/b", "a/z/1", "a-b/1", "b/1", "b.dcm", "c"]


NAMES = st.text("abAB1.é- ", min_size=1, max_size=3).filter(lambda name: not name.startswith("."))
PATHS = st.lists(NAMES, min_size=1, max_size=3).map("/".join)


@settings(deadline=None)
@given(st.data(), st.lists(PATHS, max_size=8, unique=True))
def test_the_order_does_not_depend_on_the_order_of_creation(data: st.DataObject, paths: list[str]) -> None:
    folders = {str(parent) for path in paths for parent in Path(path).parents}
    files = [path for path in paths if path not in folders]
    found = []
    for order in (files, data.draw(st.permutations(files))):
        with tempfile.TemporaryDirectory() as folder:
            write_files(Path(folder), *order)
            found.append(names(Path(folder)))
    assert found[0] == found[1] == sorted(files, key=lambda path: Path(path).parts)


def test_a_deep_tree_is_walked_to_its_end(tmp_path: Path) -> None:
    folders = [tmp_path]
    for _ in range(1200):  # more than Python's functions may call themselves
        folders.append(folders[-1] / "d")
        folders[-1].mkdir()
    (folders[-1] / "1.dcm").touch()
    try:
        assert [found.file for found in Walk().files(tmp_path)] == [folders[-1] / "1.dcm"]
    finally:
        (folders[-1] / "1.dcm").unlink()
        for folder in reversed(folders[1:]):
            folder.rmdir()


# What is passed over


def test_system_files_and_hidden_folders_are_counted_and_passed_over(tmp_path: Path) -> None:
    system = [".DS_Store", "a/.DS_Store", "a/Thumbs.db", "a/desktop.ini", "a/._1.dcm"]
    write_files(tmp_path, "a/1.dcm", *system, ".git/config", "__MACOSX/a/._1.dcm", "a/.cache/x")
    asides = Asides()
    assert names(tmp_path, asides) == ["a/1.dcm"]
    assert asides.notes() == [
        "5 system files skipped (.DS_Store, ._*, Thumbs.db, desktop.ini)",
        "3 hidden folders skipped (.cache, .git, __MACOSX)",
    ]


def test_any_other_file_is_found_whatever_its_name(tmp_path: Path) -> None:
    odd = [".hidden.dcm", "1", "1.2.840.113619", "a b", "notes.txt", "thumbs.dbx", "désktop.ini"]
    write_files(tmp_path, *odd)
    assert sorted(names(tmp_path)) == sorted(odd)


def test_a_hidden_folder_that_is_named_is_walked(tmp_path: Path) -> None:
    write_files(tmp_path, ".exports/1.dcm")
    assert names(tmp_path / ".exports") == ["1.dcm"]


def test_names_that_are_no_utf_8_are_found_and_can_be_opened(tmp_path: Path) -> None:
    name = os.fsdecode(b"knee\xff.dcm")
    write_files(tmp_path, name)
    [found] = Walk().files(tmp_path)
    assert found.file.name == name
    assert found.file.read_bytes() == b"knee\xff.dcm"


# Links


def test_a_linked_file_is_found_under_its_own_name_and_known_by_the_file_it_means(tmp_path: Path) -> None:
    write_files(tmp_path, "z")
    (tmp_path / "a").symlink_to("z")
    a, z = Walk().files(tmp_path)
    assert (a.file.name, z.file.name) == ("a", "z")
    assert a.identity == z.identity == os.path.realpath(tmp_path / "z")


def test_a_linked_folder_is_walked_once(tmp_path: Path) -> None:
    write_files(tmp_path, "outside/1", "in/z/2")
    (tmp_path / "in" / "a").symlink_to(tmp_path / "outside")
    (tmp_path / "in" / "b").symlink_to(tmp_path / "outside")
    (tmp_path / "in" / "c").symlink_to(tmp_path / "in" / "z")
    assert names(tmp_path / "in") == ["a/1", "c/2"]


def test_folders_that_hold_each_other_are_walked_once(tmp_path: Path) -> None:
    write_files(tmp_path, "a/1", "b/2")
    (tmp_path / "a" / "up").symlink_to("..")
    (tmp_path / "b" / "over").symlink_to("../a")
    (tmp_path / "b" / "self").symlink_to(".")
    assert names(tmp_path) == ["a/1", "b/2"]
    assert [path.name for path in Walk().folders(tmp_path)] == [tmp_path.name, "a", "up", "b", "over", "self"]


def test_a_link_to_nothing_and_a_link_to_itself_are_found_with_their_problem(tmp_path: Path) -> None:
    (tmp_path / "gone").symlink_to("nowhere")
    (tmp_path / "self").symlink_to("self")
    gone, itself = Walk().files(tmp_path)
    assert "a link to a file that is not there" in str(gone.problem)
    assert "cannot be read" in str(itself.problem)


# What cannot be read


def test_a_pipe_is_found_and_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    [found] = Walk().files(tmp_path)
    assert "not a file" in str(found.problem)


def test_a_folder_that_must_not_be_read_is_found_with_its_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, "a/1", "b/2", "c/3")
    real = os.scandir

    def scandir(path: Path) -> object:
        if Path(path).name == "b":
            raise PermissionError(13, "Permission denied")
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    found = list(Walk().files(tmp_path))
    assert [str(f.file.relative_to(tmp_path)) for f in found] == ["a/1", "b", "c/3"]
    assert str(found[1].problem) == "cannot be read: permission denied"
