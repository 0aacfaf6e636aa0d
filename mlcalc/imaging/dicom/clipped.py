"""A file of which nobody can ask for more than it holds."""

from __future__ import annotations

import io
import os
from typing import BinaryIO


class Clipped(io.BufferedIOBase):
    """The file, with every read cut to what is left of it.

    Python sets memory aside for all the bytes asked for before it reads any, so that one wrong length in
    a header of a few bytes would ask for gigabytes.
    """

    def __init__(self, file: BinaryIO):
        self._file, self._size = file, file.seek(0, os.SEEK_END)

    def seekable(self) -> bool:
        """Always."""
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """As of any file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As of any file."""
        return self._file.tell()

    def read(self, size: int | None = -1, /) -> bytes:
        """At most ``size`` bytes; all that are left where it is None or negative."""
        left = max(self._size - self._file.tell(), 0)
        return self._file.read(left if size is None or size < 0 else min(size, left))
