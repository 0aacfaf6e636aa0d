"""The deflated transfer syntax (PS3.5 A.5), unpacked within bounds."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import BinaryIO

from pydicom.filereader import read_dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian

from mlcalc.errors import FailedError, RejectedError
from mlcalc.imaging.dicom.tags import quiet, text

META_AT = 132
"""Where the file meta information starts, behind preamble and prefix (PS3.10 7.1)."""
META_WITHIN = 2**16
"""Bytes in which the meta information says the transfer syntax; it has a few hundred."""
STEP = 2**20


def plain(file: BinaryIO, most: int) -> BinaryIO:
    """The file itself, or for a deflated one its content in memory as explicit VR little endian.

    pydicom would unpack the whole of it, however large. most: bytes that it may unpack to;
    `RejectedError` beyond, `FailedError` where the data is broken.
    """
    deflated = str(DeflatedExplicitVRLittleEndian).encode()
    file.seek(0)
    if deflated not in file.read(META_WITHIN):
        return file
    if not (_is_deflated(file, implicit=False) or _is_deflated(file, implicit=True)):
        return file
    length = file.tell()
    file.seek(0)
    meta = file.read(length)
    same_length = str(ExplicitVRLittleEndian).encode().ljust(len(deflated), b"\0")
    whole = BytesIO()
    whole.write(meta.replace(deflated, same_length))
    _inflate(file, whole, most)
    return whole


def _is_deflated(file: BinaryIO, implicit: bool) -> bool:
    """Whether the meta information says so, read in the way of pydicom; the file stands behind it then."""
    file.seek(META_AT)
    try:
        with quiet():
            meta = read_dataset(file, implicit, True, stop_when=lambda tag, _vr, _length: tag >> 16 != 2)
            return text(meta, "TransferSyntaxUID") == DeflatedExplicitVRLittleEndian
    except MemoryError:
        raise
    except Exception:  # pydicom will trip over it again, and then say so
        return False


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
