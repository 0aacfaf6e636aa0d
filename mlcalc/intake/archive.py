"""Zips as folders that are only ever looked into: nothing is extracted, nothing grows without bound.

The table of contents at a zip's end is only a claim, and each entry is checked against the limits twice:
as claimed when it is listed, and as it is when it is read. Format: PKWARE APPNOTE 6.3.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO, Final

from mlcalc.errors import FailedError, FileError, RejectedError
from mlcalc.intake.disk import open_file, too_large, unreadable


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What a zip may hold, by its own table of contents; bytes are those of unpacked files.

    max_ratio: unpacked over packed, looked at in entries above ``ratio_from_bytes`` only, since small
    files of one grey pack to almost nothing.
    """

    max_entries: int = 100_000
    max_total_bytes: int = 64 * 1024**3
    max_entry_bytes: int = 2 * 1024**3
    max_ratio: float = 1000
    ratio_from_bytes: int = 10_000_000


DEFAULT_LIMITS: Final = ArchiveLimits()

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
"""How a zip begins: with its first file, or, if empty, with its end."""
_DIRECTORY_BYTES_PER_ENTRY = 1024
"""Names and comments may be 64 KiB long; that all of them are is not believed."""
_DIRECTORY_ENTRY = b"PK\x01\x02"
_LOCAL_HEADER_BYTES = 30
_UTF8_NAME, _ENCRYPTED, _PATCH, _MASKED = 0x800, 0x1 | 0x40, 0x20, 0x2000
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
_DOCUMENTS = {"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF", "AndroidManifest.xml"}
_DRIVE = re.compile(r"[A-Za-z]:")
DAMAGED_HINT: Final = "copy or download it again"
SHARED_BYTES: Final = "unsafe zip entry: it shares its bytes with another entry"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file in a zip, with all it takes to read it without the table of contents.

    name: with ``/`` between its parts. stored_name: as the zip spells it. offset: of its local header, in
    bytes. end: where the next entry begins. packed, size: claimed bytes in the zip and unpacked.
    problem: why it must not be read.
    """

    name: str
    stored_name: bytes
    offset: int
    end: int
    packed: int
    size: int
    crc: int
    method: int
    problem: FileError | None = None


def looks_like_zip(head: bytes) -> bool:
    """Whether a file that begins with ``head`` is a zip; the preamble of a DICOM file may look like one."""
    return head.startswith(_MAGIC) and head[128:132] != b"DICM"


def entries(file: Path, limits: ArchiveLimits = DEFAULT_LIMITS) -> tuple[Entry, ...]:
    """The files in a zip, sorted by the parts of their names; folders are left out.

    Raises RejectedError where the whole zip is of no use (an office document, above the limits) and
    FailedError where its table of contents is missing or damaged.
    """
    with open_file(file) as stream:
        try:
            with zipfile.ZipFile(_Bounded(stream, limits)) as opened:
                infos, directory = opened.infolist(), opened.start_dir
        except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OverflowError) as error:
            raise FailedError("damaged zip: its table of contents cannot be read", DAMAGED_HINT) from error
        except OSError as error:
            raise unreadable(error) from error
    files = [info for info in infos if not _is_folder(info)]
    _check_whole(files, limits)
    listed = [_entry(info, directory, limits) for info in files]
    return tuple(sorted(_without_overlaps(listed), key=lambda entry: (entry.name.split("/"), entry.offset)))


class _Bounded(io.BufferedIOBase):
    """A zip that refuses to hand out more table of contents than the limits allow.

    `zipfile` reads the table into memory before anything in it can be counted.
    """

    def __init__(self, stream: BinaryIO, limits: ArchiveLimits):
        self._stream, self._limits, self._entries = stream, limits, 0
        self._left = (limits.max_entries + 1024) * _DIRECTORY_BYTES_PER_ENTRY

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        return self._stream.seek(offset, whence)

    def tell(self) -> int:
        return self._stream.tell()

    def read(self, size: int | None = -1) -> bytes:
        data = self._stream.read(self._left + 1 if size is None or size < 0 else min(size, self._left + 1))
        self._left -= len(data)
        self._entries += data.count(_DIRECTORY_ENTRY)
        if self._left < 0 or self._entries > 2 * self._limits.max_entries + 2048:  # may be read twice
            raise _too_many(self._limits)
        return data


def _too_many(limits: ArchiveLimits) -> RejectedError:
    return RejectedError(f"too large: more than {limits.max_entries:,} files in one zip")


def _check_whole(files: list[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    if not files:
        raise RejectedError("a zip without files")
    if len(files) > limits.max_entries:
        raise _too_many(limits)
    if any(info.filename in _DOCUMENTS for info in files):
        raise RejectedError("not an image: an office document or a program in a zip container")
    total = sum(info.file_size for info in files)
    if total > limits.max_total_bytes:
        raise too_large(total, limits.max_total_bytes, " unpacked")


def _is_folder(info: zipfile.ZipInfo) -> bool:
    return info.orig_filename.endswith(("/", "\\")) and not info.file_size


def _entry(info: zipfile.ZipInfo, directory: int, limits: ArchiveLimits) -> Entry:
    stored = info.orig_filename.encode("utf-8" if info.flag_bits & _UTF8_NAME else "cp437")
    name = _utf8(stored) or info.orig_filename
    entry = Entry(
        name=_plain(name),
        stored_name=stored,
        offset=info.header_offset,
        end=directory,
        packed=info.compress_size,
        size=info.file_size,
        crc=info.CRC,
        method=info.compress_type,
    )
    problem = unsafe_name(name) or _wrong_kind(info) or _impossible(entry, limits)
    return replace(entry, problem=problem)


def _utf8(stored: bytes) -> str | None:
    """The name, where it is UTF-8; several archivers (macOS) write that without saying so."""
    try:
        return stored.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _plain(name: str) -> str:
    """The name with ``/`` between its parts and without the parts that mean nothing."""
    kept = [part for part in name.replace("\\", "/").split("/") if part not in ("", ".")]
    return "/".join(kept)


def unsafe_name(name: str) -> RejectedError | None:
    """Why a name in a zip could lead out of the zip's own folder on some system; None where it cannot."""
    slashed = name.replace("\\", "/")
    if "\0" in slashed:
        return RejectedError("unsafe zip entry: a NUL character in its name")
    if slashed.startswith("/") or _DRIVE.match(slashed) or _DRIVE.match(_plain(name)):
        return RejectedError("unsafe zip entry: an absolute name")
    if ".." in slashed.split("/"):
        return RejectedError("unsafe zip entry: a name that leads out of its folder")
    if not _plain(name):
        return RejectedError("unsafe zip entry: no name")
    return None


def _wrong_kind(info: zipfile.ZipInfo) -> RejectedError | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return RejectedError("unsafe zip entry: a symbolic link")
    if kind not in (0, stat.S_IFREG):
        return RejectedError("unsafe zip entry: not a plain file")
    if info.flag_bits & (_ENCRYPTED | _MASKED):
        return RejectedError("encrypted zip entry", "unpack the zip with its password first")
    if info.compress_type not in _METHODS or info.flag_bits & _PATCH:
        return RejectedError(
            f"unsupported zip compression: method {info.compress_type}", "unpack the zip first"
        )
    return None


def _impossible(entry: Entry, limits: ArchiveLimits) -> FileError | None:
    if entry.offset + _LOCAL_HEADER_BYTES + entry.packed > entry.end or entry.offset < 0:
        return FailedError("damaged zip entry: it reaches beyond the end of the zip", DAMAGED_HINT)
    if entry.size > limits.max_entry_bytes:
        return too_large(entry.size, limits.max_entry_bytes, " unpacked")
    if entry.size > limits.ratio_from_bytes and entry.size > limits.max_ratio * entry.packed:
        times = f"{entry.size / max(entry.packed, 1):,.0f} times"
        return RejectedError(
            f"too large: the zip entry grows {times} in unpacking, at most {limits.max_ratio:g}"
        )
    return None


def _without_overlaps(listed: Iterable[Entry]) -> list[Entry]:
    """Each entry with its true end; those that share bytes are of no use.

    Bytes that unpack twice make small zips grow without bound at any ratio (Fifield, "A better zip bomb",
    WOOT 2019).
    """
    ordered = sorted(listed, key=lambda entry: entry.offset)
    overlapping: set[int] = set()
    reach = 0  # index of the entry that reaches furthest so far
    for i in range(1, len(ordered)):
        if ordered[i].offset < _least_end(ordered[reach]):
            overlapping |= {reach, i}
        if _least_end(ordered[i]) > _least_end(ordered[reach]):
            reach = i
    ends = [entry.offset for entry in ordered[1:]] + [entry.end for entry in ordered[-1:]]
    shared = RejectedError(SHARED_BYTES)
    return [
        replace(entry, end=end, problem=entry.problem or (shared if i in overlapping else None))
        for i, (entry, end) in enumerate(zip(ordered, ends, strict=True))
    ]


def _least_end(entry: Entry) -> int:
    return entry.offset + _LOCAL_HEADER_BYTES + len(entry.stored_name) + entry.packed
