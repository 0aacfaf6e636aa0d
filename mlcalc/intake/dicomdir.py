"""The index of a hospital CD: which files a DICOMDIR names (PS3.3 F, PS3.10 8).

Nothing else is taken from it; the rest of a DICOMDIR is who the patients are.
"""

from __future__ import annotations

import io
import os
import re
import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pydicom
from pydicom.dataelem import RawDataElement

from mlcalc.errors import FailedError, FileError, RejectedError

LARGEST = 256 * 1024**2
"""Bytes; a DICOMDIR of a full DVD has a tenth of this."""

NAMED_IN_VAIN = "no such file, though a DICOMDIR names it"

_MEDIA_STORAGE_DIRECTORY = re.compile(
    rb"\x02\x00\x02\x00UI..1\.2\.840\.10008\.1\.3\.10[\x00 ]?(?![.0-9])", re.S
)
"""Media Storage SOP Class UID (0002,0002) as every file meta group holds it (PS3.10 7.1)."""
_DEFLATED = re.compile(rb"\x02\x00\x10\x00....[\x00 ]*1\.2\.840\.10008\.1\.2\.1\.99", re.S)
_VERSION = re.compile(r";[0-9]+$")


@dataclass(frozen=True, slots=True)
class Reference:
    """A file that a DICOMDIR names: the parts of its path from the DICOMDIR's folder.

    record: number of the directory record, from 1. problem: why it must not be followed; ``parts`` is
    empty then.
    """

    record: int
    parts: tuple[str, ...] = ()
    problem: FileError | None = None


def looks_like_dicomdir(head: bytes) -> bool:
    """Whether a file that begins with ``head`` (1024 bytes) is a DICOMDIR, whatever its name."""
    return head[128:132] == b"DICM" and _MEDIA_STORAGE_DIRECTORY.search(head, 132) is not None


def read_references(content: bytes) -> tuple[Reference, ...]:
    """The files that a DICOMDIR names, in its order; records out of use and those without a file left out.

    Raises FailedError where it cannot be read and RejectedError where it is compressed, which PS3.10 8.6
    does not allow.
    """
    if _DEFLATED.search(content):
        raise RejectedError("a compressed DICOMDIR", "give the folder of the CD instead")
    try:
        # pydicom's warnings and errors quote values, which may be names of patients.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            records = _records(content)
    except Exception:
        raise FailedError("damaged DICOMDIR", "give the folder of the CD instead") from None
    return tuple(_reference(number, parts) for number, parts in records)


def _records(content: bytes) -> list[tuple[int, tuple[str, ...]]]:
    dataset = pydicom.dcmread(io.BytesIO(content), specific_tags=["DirectoryRecordSequence"])
    raw = dataset.get_item("DirectoryRecordSequence")
    if isinstance(raw, RawDataElement) and raw.length != len(raw.value or b""):
        raise EOFError("cut short, which pydicom passes over")
    found = []
    for number, record in enumerate(dataset.DirectoryRecordSequence, start=1):
        file_id = _parts(record.get("ReferencedFileID"))
        if file_id and record.get("RecordInUseFlag") != 0:  # 0: the record is out of use
            found.append((number, file_id))
    return found


def _parts(file_id: Any) -> tuple[str, ...]:
    """One string a part (PS3.3 F.3.2.2); some writers put a whole path with slashes into one."""
    if not file_id:
        return ()
    values: Iterable[Any] = [file_id] if isinstance(file_id, str) else file_id
    return tuple(part for value in values for part in str(value).strip(" \0").split("/"))


def _reference(number: int, parts: tuple[str, ...]) -> Reference:
    unsafe = "unsafe DICOMDIR reference: it leads out of the DICOMDIR's folder"
    if not parts[0] or ".." in parts or any(set(part) & {"\0", ":", "\\"} for part in parts):
        return Reference(number, problem=RejectedError(unsafe))
    return Reference(number, tuple(part for part in parts if part not in ("", ".")))


class Folder:
    """A folder in which the files of a DICOMDIR are looked up, in whatever case a CD's names were copied."""

    def __init__(self, path: Path):
        self._path = path
        self._names: dict[Path, Mapping[str, str]] = {}

    def find(self, parts: Sequence[str]) -> Path | None:
        """The file with these path parts; None where there is none."""
        exact = self._path.joinpath(*parts)
        if exact.is_file():
            return exact
        found = self._path
        for part in parts:
            name = self._folded(found).get(fold(part))
            if name is None:
                return None
            found = found / name
        return found if found.is_file() else None

    def _folded(self, folder: Path) -> Mapping[str, str]:
        if folder not in self._names:
            try:
                self._names[folder] = {fold(name): name for name in sorted(os.listdir(folder))}
            except OSError:
                self._names[folder] = {}
        return self._names[folder]


def fold(name: str) -> str:
    """What two spellings of a name on a CD have in common: no case, no ``;1`` of ISO 9660, no last dot."""
    return _VERSION.sub("", name).rstrip(".").lower()


def fold_parts(parts: Iterable[str]) -> tuple[str, ...]:
    """The same of each part of a path."""
    return tuple(fold(part) for part in parts)
