"""The bytes of one file in a zip, in memory, and never more of them than the zip claims."""

from __future__ import annotations

import bz2
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from mlcalc.errors import FailedError, RejectedError
from mlcalc.intake.archive import DAMAGED_HINT, SHARED_BYTES, Entry
from mlcalc.intake.disk import open_file

_LOCAL_HEADER = struct.Struct("<4s22xHH")
"""Signature, length of the name, length of the extra field (APPNOTE 4.3.7)."""
_CHUNK = 1 << 20


def unpack(file: Path, entry: Entry) -> Iterator[bytes]:
    """The bytes of an entry, in chunks of at most 1 MiB, never more of them than it claims.

    Raises the entry's own problem, or FailedError where the zip does not keep what its table of contents
    says: truncated, more or fewer bytes, other content (CRC-32).
    """
    if entry.problem is not None:
        raise entry.problem.with_traceback(None)  # it may be raised many times
    left, crc = entry.size, 0
    with open_file(file) as stream:
        try:
            for chunk in _inflated(_packed_chunks(stream, entry), entry.method):
                left, crc = left - len(chunk), zlib.crc32(chunk, crc)
                if left < 0:
                    raise FailedError("damaged zip entry: it holds more bytes than the zip says")
                yield chunk
        except (zlib.error, OSError, EOFError) as error:
            raise FailedError("damaged zip entry: it cannot be unpacked", DAMAGED_HINT) from error
    if left or crc != entry.crc:
        what = "its checksum is wrong" if not left else "it is cut short"
        raise FailedError(f"damaged zip entry: {what}", DAMAGED_HINT)


def _packed_chunks(stream: BinaryIO, entry: Entry) -> Iterator[bytes]:
    """The entry's bytes as packed, from behind its local header."""
    stream.seek(entry.offset)
    header = stream.read(_LOCAL_HEADER.size)
    if len(header) < _LOCAL_HEADER.size:
        raise FailedError("damaged zip entry: the zip is cut short", DAMAGED_HINT)
    signature, name_length, extra_length = _LOCAL_HEADER.unpack(header)
    if signature != b"PK\x03\x04" or stream.read(name_length) != entry.stored_name:
        raise FailedError("damaged zip entry: it is not where the zip's table of contents says")
    start = stream.seek(extra_length, os.SEEK_CUR)
    if start + entry.packed > entry.end:
        raise RejectedError(SHARED_BYTES)
    left = entry.packed
    while left and (chunk := stream.read(min(left, _CHUNK))):
        left -= len(chunk)
        yield chunk


def _inflated(chunks: Iterator[bytes], method: int) -> Iterator[bytes]:
    """Packed chunks unpacked, at most 1 MiB at a time however much one of them holds."""
    if method == zipfile.ZIP_STORED:
        yield from chunks
    elif method == zipfile.ZIP_DEFLATED:
        yield from _deflated(chunks)
    else:
        yield from _bzipped(chunks)


def _deflated(chunks: Iterator[bytes]) -> Iterator[bytes]:
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)  # raw deflate, without the header of zlib
    for chunk in chunks:
        data = inflater.decompress(chunk, _CHUNK)
        while data:
            yield data
            data = inflater.decompress(inflater.unconsumed_tail, _CHUNK)


def _bzipped(chunks: Iterator[bytes]) -> Iterator[bytes]:
    inflater = bz2.BZ2Decompressor()
    for chunk in chunks:
        if inflater.eof:
            return
        data = inflater.decompress(chunk, _CHUNK)
        while data:
            yield data
            data = b"" if inflater.eof else inflater.decompress(b"", _CHUNK)
