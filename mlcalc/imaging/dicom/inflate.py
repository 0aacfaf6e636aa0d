"""The deflated transfer syntax (PS3.5 A.5), unpacked within bounds."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import BinaryIO

from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from mlcalc.errors import FailedError, RejectedError

GROUP_LENGTH = b"\x02\x00\x00\x00UL\x04\x00"
"""First element of a file meta header (PS3.10 7.1): how long the rest of it is."""
META_AT = 132
STEP = 2**20


def plain(file: BinaryIO, most: int) -> BinaryIO:
    """The file itself, or for a deflated one its content in memory as explicit VR little endian.

    most: bytes that it may unpack to; `RejectedError` beyond, `FailedError` where the data is broken.
    """
    file.seek(0)
    head = file.read(META_AT + 12)
    if head[META_AT : META_AT + 8] != GROUP_LENGTH:
        return file
    meta = file.read(int.from_bytes(head[-4:], "little")) if len(head) == META_AT + 12 else b""
    deflated = str(DeflatedExplicitVRLittleEndian).encode()
    if deflated not in meta:
        return file
    same_length = str(ExplicitVRLittleEndian).encode().ljust(len(deflated), b"\0")
    whole = BytesIO()
    whole.write(head + meta.replace(deflated, same_length))
    _inflate(file, whole, most)
    return whole


def _inflate(file: BinaryIO, whole: BytesIO, most: int) -> None:
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    waiting = b""
    try:
        while not engine.eof:
            waiting = waiting or file.read(STEP)
            if not waiting:
                raise FailedError("truncated: the deflated data has no end")
            whole.write(engine.decompress(waiting, STEP))
            waiting = engine.unconsumed_tail
            if whole.tell() > most:
                raise RejectedError(f"too large: unpacks to more than {most:,} bytes", "see --max-megabytes")
    except zlib.error as error:
        raise FailedError("corrupt: the deflated data cannot be unpacked") from error
