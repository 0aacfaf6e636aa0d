"""Files on disk, opened with errors that say what was wrong, and shown with names that can be printed."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO

from mlcalc.errors import FailedError, RejectedError

HEAD_BYTES = 1024
"""Enough to tell a zip or a DICOMDIR from anything else."""

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line ends, changes of direction, and bytes that are no UTF-8."""


def printable(path: str | Path) -> str:
    """The path with ``\\x1b`` or ``\\udcff`` for each character that a terminal or JSON cannot hold.

    Any other path stays as it is.
    """
    return _UNPRINTABLE.sub(lambda found: ascii(found.group())[1:-1], str(path))


def open_file(file: Path, limit: int | None = None) -> BinaryIO:
    """The file, open for reading; raises FailedError where that fails and RejectedError above the limit.

    limit: bytes.
    """
    try:
        size = file.stat().st_size
        if limit is not None and size > limit:
            raise too_large(size, limit)
        return file.open("rb")
    except (OSError, ValueError) as error:
        raise unreadable(error) from error


def head(file: Path) -> bytes:
    """The first 1024 bytes; raises FailedError."""
    with open_file(file) as stream:
        try:
            return stream.read(HEAD_BYTES)
        except OSError as error:
            raise unreadable(error) from error


def read_file(file: Path, limit: int) -> bytes:
    """All bytes; raises as `open_file` does."""
    with open_file(file, limit) as stream:
        try:
            size = os.fstat(stream.fileno()).st_size
            data = stream.read(min(size, limit) + 1)  # asking for more would set that much memory aside
        except OSError as error:
            raise unreadable(error) from error
    if len(data) > limit:
        raise too_large(len(data), limit)
    return data


def unreadable(error: Exception) -> FailedError:
    """What the system says of a file that cannot be read, in one sentence."""
    if isinstance(error, FileNotFoundError):
        return FailedError("no such file")
    said = error.strerror if isinstance(error, OSError) and error.strerror else "not a possible file name"
    return FailedError(f"cannot be read: {said.lower()}")


def too_large(size: int, limit: int, unpacked: str = "") -> RejectedError:
    """The sentence for ``size`` bytes where at most ``limit`` are read."""
    there, most = in_words(size), in_words(limit)
    if there == most:
        there, most = f"{size:,} bytes", f"{limit:,} bytes"
    return RejectedError(f"too large: {there}{unpacked}, at most {most} are read")


def in_words(count: int) -> str:
    """A number of bytes: ``"2.0 GiB"``."""
    for unit, size in (("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
