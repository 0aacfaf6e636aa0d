"""One file to be read: where it is, what is asked of it, and what is wrong with it already."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from mlcalc.crops.row import ManifestRow
from mlcalc.errors import FailedError, FileError
from mlcalc.intake.archive import DEFAULT_LIMITS, Entry
from mlcalc.intake.disk import open_file, read_file, too_large
from mlcalc.intake.unpack import unpack


@dataclass(frozen=True, slots=True)
class Source:
    """A file on disk or in a zip.

    path: as shown to the user, unique in a run; a file in a zip is ``exports.zip!/knee/1.dcm``.
    file: on disk, the zip itself for a file in it. entry: where in the zip. rows: the crops that
    manifests ask for, none for the whole picture. sidecar: the JSON beside the file. problem: why the
    file is of no use already (gone, an unsafe zip entry). duplicate_of: path of the first source with
    the same bytes. May be sent to other processes.
    """

    path: str
    file: Path
    entry: Entry | None = None
    rows: tuple[ManifestRow, ...] = ()
    sidecar: Path | None = None
    problem: FileError | None = None
    duplicate_of: str | None = None

    @property
    def member(self) -> str | None:
        """The name inside the zip; None for a file on disk."""
        return None if self.entry is None else self.entry.name

    def read_bytes(self, limit: int = DEFAULT_LIMITS.max_entry_bytes) -> bytes:
        """All bytes of the file; ``limit`` is the most of them that are ever held.

        Raises the source's own problem, RejectedError where there are more bytes, and FailedError where
        they cannot be read.
        """
        if self.problem is not None:
            raise self.problem.with_traceback(None)  # it may be raised many times
        if self.entry is None:
            return read_file(self.file, limit)
        if self.entry.size > limit:
            raise too_large(self.entry.size, limit)
        whole = io.BytesIO()
        for chunk in unpack(self.file, self.entry):
            whole.write(chunk)
        return whole.getvalue()

    def open(self, limit: int = DEFAULT_LIMITS.max_entry_bytes) -> BinaryIO:
        """The file for reading, a file of a zip in memory; raises as `read_bytes` does."""
        if self.problem is None and self.entry is None:
            return open_file(self.file, limit)
        return io.BytesIO(self.read_bytes(limit))

    def chunks(self, size: int = 1 << 20) -> Iterator[bytes]:
        """The bytes, ``size`` of a file on disk at a time; raises as `read_bytes` does, but for the size."""
        if self.problem is not None:
            raise self.problem.with_traceback(None)  # it may be raised many times
        if self.entry is not None:
            yield from unpack(self.file, self.entry)
            return
        with open_file(self.file) as stream:
            try:
                while chunk := stream.read(size):
                    yield chunk
            except OSError as error:
                raise FailedError("cannot be read to its end") from error
