"""Whose folder it is: one data set a folder, made by one run at a time, always by the same order."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mlcalc.errors import UsageError
from mlcalc.simulate.dataset.files import write_text

RECORD = "simulation.json"
TOLD = 3
"""So many differences stand in a message."""
WORDS: Mapping[str, str] = {
    "backgrounds": "the clean films of --backgrounds, their regions or blocks are others now",
    "versions.simulator": "mlcalc draws otherwise now than the one that began it",
}
"""What is said instead of two digests."""


def check_folder(folder: Path, backgrounds: Path | None) -> None:
    """Raises UsageError for a file, and where pictures and films would get mixed up."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"--out {folder} is a file; name a folder that is new or empty")
    if backgrounds is None:
        return
    made, films = folder.resolve(), backgrounds.resolve()
    if made.is_relative_to(films):
        place = f"--out {folder} lies inside --backgrounds {backgrounds}"
        raise UsageError(f"{place}: its pictures would be taken for films; name a folder outside of it")
    if films.is_relative_to(made):
        place = f"--backgrounds {backgrounds} lies inside --out {folder}"
        raise UsageError(f"{place}: what was drawn is no film; name another folder")


def claim(folder: Path, record: Mapping[str, Any]) -> None:
    """Notes in the folder what is made in it. Raises UsageError for one in which something else is.

    Files whose names begin with a dot do not count: systems leave them, and so does a run that was killed.
    """
    path = folder / RECORD
    if path.exists():
        _same(record, path)
        return
    if folder.exists() and any(not entry.name.startswith(".") for entry in folder.iterdir()):
        told = "is not empty and holds no simulated data set"
        raise UsageError(f"--out {folder} {told} (no {RECORD}); name another folder")
    folder.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(record, indent=1, sort_keys=True) + "\n")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keeps a second run out of the folder for as long as this process lives; leaves no file behind.

    Raises UsageError where one is at work. Does nothing where the system or the disk knows no such locks.
    """
    try:
        import fcntl  # noqa: PLC0415  not on Windows
    except ImportError:
        yield
        return
    held = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # some network disks
            _lock(fcntl.flock, held, fcntl.LOCK_EX | fcntl.LOCK_NB, folder)
        yield
    finally:
        os.close(held)


def _lock(flock: Any, held: int, how: int, folder: Path) -> None:
    try:
        flock(held, how)
    except BlockingIOError as error:
        told = f"another run is writing to {folder}"
        raise UsageError(f"{told}; wait until it has ended, or name another folder") from error


def _same(record: Mapping[str, Any], path: Path) -> None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        known = dict(_flat(found))
    except (OSError, ValueError, AttributeError) as error:
        raise UsageError(f"{path} cannot be read ({error}); name another folder") from error
    now = dict(_flat(record))
    keys = [*now, *(key for key in known if key not in now)]
    others = [_told(key, now.get(key), known.get(key)) for key in keys if now.get(key) != known.get(key)]
    if others:
        more = f"; and {len(others) - TOLD} more" if len(others) > TOLD else ""
        reason = f"{'; '.join(others[:TOLD])}{more}"
        hint = "repeat the command it was begun with, or name another folder"
        raise UsageError(f"{path.parent} holds a data set made otherwise ({reason}); {hint}")


def _told(key: str, now: object, before: object) -> str:
    if now is None or before is None:
        what = "--backgrounds" if key == "backgrounds" else key
        return f"{what} is {_shown(now, key)} now and was {_shown(before, key)}"
    return WORDS.get(key, f"{key} is {now!r} now and was {before!r}")


def _shown(value: object, key: str) -> str:
    if key != "backgrounds":
        return repr(value)
    return "missing" if value is None else "given"


def _flat(record: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value
