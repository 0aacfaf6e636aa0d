"""Zips for tests: sound ones by `zipfile`, and ones that lie, byte by byte (PKWARE APPNOTE 4.3)."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


def write_zip(file: Path, files: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """A sound zip."""
    with zipfile.ZipFile(file, "w", method) as opened:
        for name, data in files.items():
            opened.writestr(name, data)
    return file


@dataclass
class Lie:
    """One entry, whose table of contents may say something else than what is there (None: the truth)."""

    name: bytes
    data: bytes = b"data"
    size: int | None = None
    packed_size: int | None = None
    crc: int | None = None
    flags: int = 0
    method: int = 0
    mode: int = 0
    offset: int | None = None
    local_name: bytes | None = None

    @property
    def packed(self) -> bytes:
        if self.method != zipfile.ZIP_DEFLATED:
            return self.data
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        return packer.compress(self.data) + packer.flush()


def lying_zip(file: Path, entries: list[Lie]) -> Path:
    """A zip of these entries."""
    body, directory = io.BytesIO(), io.BytesIO()
    for entry in entries:
        offset = body.tell() if entry.offset is None else entry.offset
        name = entry.name if entry.local_name is None else entry.local_name
        local = (b"PK\x03\x04", 20, entry.flags, entry.method, 0, 0, 0, 0, 0, len(name), 0)
        body.write(struct.pack("<4s5H3L2H", *local) + name + entry.packed)
        crc = zlib.crc32(entry.data) if entry.crc is None else entry.crc
        size = len(entry.data) if entry.size is None else entry.size
        packed = len(entry.packed) if entry.packed_size is None else entry.packed_size
        central = (b"PK\x01\x02", 20, 20, entry.flags, entry.method, 0, 0, crc, packed, size)
        rest = (len(entry.name), 0, 0, 0, 0, entry.mode << 16, offset)
        directory.write(struct.pack("<4s6H3L", *central) + struct.pack("<5H2L", *rest) + entry.name)
    start, size = body.tell(), directory.tell()
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, len(entries), len(entries), size, start, 0)
    file.write_bytes(body.getvalue() + directory.getvalue() + end)
    return file
