"""What is in a folder and in all folders below it, in an order that no file system decides."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mlcalc.errors import FailedError, FileError, RejectedError
from mlcalc.intake.disk import printable, unreadable

_SYSTEM_FILES = {".ds_store", "thumbs.db", "desktop.ini"}


@dataclass(frozen=True, slots=True)
class Found:
    """A file in a folder. identity: its path without links, one for each file. problem: why it is none."""

    file: Path
    identity: str
    problem: FileError | None = None


def system_file(name: str) -> bool:
    """Whether a file of this name is one that an operating system leaves in folders."""
    return name.lower() in _SYSTEM_FILES or name.startswith("._")


def hidden_folder(name: str) -> bool:
    """Whether a folder of this name is not meant to be seen: ``.git``, ``__MACOSX``."""
    return name.startswith(".") or name == "__MACOSX"


@dataclass(frozen=True, slots=True)
class Asides:
    """What is met and not listed: path without links -> name, for an index the number of files it names."""

    system_files: dict[str, str] = field(default_factory=dict)
    hidden_folders: dict[str, str] = field(default_factory=dict)
    indexes: dict[str, int] = field(default_factory=dict)

    def notes(self) -> list[str]:
        """``["3 system files skipped (.DS_Store, Thumbs.db)", …]``; empty where nothing was met."""
        skipped = ((self.system_files, "system file"), (self.hidden_folders, "hidden folder"))
        notes = [
            f"{count(len(names), what)} skipped ({_some(names.values())})" for names, what in skipped if names
        ]
        if self.indexes:
            what = "DICOMDIR" if len(self.indexes) == 1 else f"{len(self.indexes):,} DICOMDIRs"
            notes.append(f"{what} read as an index of {count(sum(self.indexes.values()), 'file')}")
        return notes


def count(number: int, what: str) -> str:
    """``"1 file"``, ``"3 files"``."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _some(names: Iterable[str]) -> str:
    kinds = sorted({"._*" if name.startswith("._") else printable(name) for name in names})
    return ", ".join(kinds[:4]) + (", …" if len(kinds) > 4 else "")


class Walk:
    """A folder and all folders below it, each walked once whatever links lead to it."""

    def __init__(self, asides: Asides | None = None):
        self._asides = Asides() if asides is None else asides

    def files(self, folder: Path) -> Iterator[Found]:
        """Every file, sorted by path parts; what cannot be looked into is found with its problem."""
        seen: set[tuple[int, int]] = set()
        waiting = [self._children(folder, os.path.realpath(folder), seen)]
        while waiting:
            item = next(waiting[-1], None)
            if item is None:
                waiting.pop()
            elif isinstance(item, Found):
                yield item
            else:
                waiting.append(self._children(*item, seen))

    def folders(self, folder: Path) -> Iterator[Path]:
        """The folder and every folder below it that is not hidden, parents first, sorted."""
        seen: set[tuple[int, int]] = set()
        waiting = [(folder, os.path.realpath(folder))]
        while waiting:
            path, real = waiting.pop()
            children = [child for child in self._children(path, real, seen) if not isinstance(child, Found)]
            waiting += reversed(children)
            yield path

    def _children(
        self, folder: Path, real: str, seen: set[tuple[int, int]]
    ) -> Iterator[Found | tuple[Path, str]]:
        """Files, and folders as (path, path without links), of one folder; none of a folder seen before."""
        try:
            status = os.stat(folder)
            if (status.st_dev, status.st_ino) in seen:
                return
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(folder) as scan:
                entries = sorted(scan, key=lambda entry: entry.name)
        except OSError as error:
            yield Found(folder, real, unreadable(error))
            return
        for entry in entries:
            path = folder / entry.name
            below = os.path.realpath(path) if entry.is_symlink() else os.path.join(real, entry.name)
            if _is_folder(entry):
                if hidden_folder(entry.name):
                    self._asides.hidden_folders[below] = entry.name
                else:
                    yield path, below
            elif system_file(entry.name):
                self._asides.system_files[below] = entry.name
            else:
                yield Found(path, below, None if _is_file(entry) else not_a_file(path))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        return False


def not_a_file(path: Path) -> FileError | None:
    """Why a path that is no folder is no file either; None where it is one."""
    try:
        path.stat()
    except FileNotFoundError:
        return FailedError("no such file" if not path.is_symlink() else "a link to a file that is not there")
    except (OSError, ValueError) as error:
        return unreadable(error)
    if path.is_dir():
        return RejectedError("a folder, where a file is wanted")
    return None if path.is_file() else RejectedError("not a file but a device, a pipe or a socket")
