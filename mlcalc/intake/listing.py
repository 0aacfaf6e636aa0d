"""The files that a pattern or a list means, and what is said where there are none."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from mlcalc.crops.cells import resolve
from mlcalc.errors import FileError, UsageError, nearest
from mlcalc.intake.disk import printable, read_file
from mlcalc.intake.walk import Walk

MAGIC = re.compile(r"[*?\[]")
"""What makes a path a pattern."""

_MOST_NAMES = 5_000
_LARGEST_LIST = 256 * 1024**2


def is_there(path: str | Path) -> bool:
    """Whether there is a file, a folder or a link, be it one that must not be looked at."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError:
        return True
    return True


def matches(pattern: str) -> list[Path]:
    """The files and folders that a pattern with ``*``, ``?``, ``[…]`` and ``**`` means, sorted.

    Names that begin with a dot are meant only where the pattern says so.
    """
    parts = Path(pattern).parts
    fixed = next(i for i, part in enumerate(parts) if MAGIC.search(part))
    found = _expand(Path(*parts[:fixed]), parts[fixed:])
    return sorted(dict.fromkeys(found), key=lambda path: path.parts)


def _expand(folder: Path, parts: Sequence[str]) -> Iterator[Path]:
    if not parts:
        yield folder
        return
    first, *rest = parts
    if first == "**":
        for below in Walk().folders(folder):
            yield from _expand(below, rest or ["*"])
    elif os.path.lexists(folder / first):  # brackets may be part of a name
        yield from _expand(folder / first, rest)
    else:
        for name in _names(folder):
            if fnmatch.fnmatch(name, first) and (first.startswith(".") or not name.startswith(".")):
                yield from _expand(folder / name, rest)


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def read_list(file: Path) -> list[tuple[int, str]]:
    """The paths on a list, each with its line; those not absolute are found from the list's folder.

    Blank lines and lines that begin with ``#`` are left out. Names that are no UTF-8 keep their bytes.
    """
    try:
        data = read_file(file, _LARGEST_LIST)
    except FileError as error:
        raise UsageError(f"the list {printable(file)} is of no use: {error.reason}") from error
    utf_16 = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    text = data.decode("utf-16" if utf_16 else "utf-8-sig", "replace" if utf_16 else "surrogateescape")
    if "\0" in text:
        raise UsageError(f"{printable(file)} is no list of files: it is not a text file")
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), start=1)]
    paths = [(number, line) for number, line in lines if line and not line.startswith("#")]
    if not paths:
        raise UsageError(f"no paths on the list {printable(file)}")
    return [(number, str(resolve(file.parent, line))) for number, line in paths]


def nothing_at(path: str) -> UsageError:
    """The error for a path at which there is nothing, with the nearest names that there are."""
    pattern = MAGIC.search(path)
    what = "no file matches" if pattern else "no such file or folder:"
    whole = Path(path)
    folder = next((parent for parent in whole.parents if os.path.isdir(parent)), Path())
    parts = whole.parts[len(folder.parts) :]
    if not parts or MAGIC.search(parts[0]):
        return UsageError(f"{what} {printable(path)!r}")
    known = {_fold(name): name for name in _names(folder)[:_MOST_NAMES]}
    known = {name: known[name] for name in known if len(name) > 2}
    close = [printable(folder / known[name]) for name in nearest(_fold(parts[0]), known)]
    hint = f"; did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
    return UsageError(f"{what} {printable(path)!r}{hint}")


def _fold(name: str) -> str:
    """As `nearest` folds what it looks for."""
    return name.lower().replace("-", "_").replace(" ", "_")
