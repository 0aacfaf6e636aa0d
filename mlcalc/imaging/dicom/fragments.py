"""The fragments of encapsulated pixel data (PS3.5 A.4): are they all there?"""

from __future__ import annotations

import struct
from typing import BinaryIO

from mlcalc.errors import FailedError

ITEM = b"\xfe\xff\x00\xe0"
DELIMITER = b"\xfe\xff\xdd\xe0"


def check_fragments(file: BinaryIO, start: int) -> None:
    """Walk over the items from the offset table on; `FailedError` where one reaches beyond the file.

    A decoder given half a fragment may answer with half a picture. A missing sequence delimiter behind
    a last whole fragment is let pass: nothing of the picture is lost.
    """
    end = file.seek(0, 2)
    position = start
    while position + 8 <= end:
        file.seek(position)
        tag, length = struct.unpack("<4sL", file.read(8))
        if tag == DELIMITER:
            return
        if tag != ITEM:
            raise FailedError("corrupt: the compressed pixel data is not cut into items")
        position += 8 + length
        if position > end:
            raise FailedError(f"truncated: {position - end:,} bytes of compressed pixels are missing")
    if position == start:
        raise FailedError("truncated: the pixel data is empty")
