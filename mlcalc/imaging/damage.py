"""Damage to a picture file that Pillow does not notice, or answers with half a picture."""

from __future__ import annotations

import zlib
from io import BytesIO
from typing import BinaryIO

import numpy as np
from PIL import Image
from PIL.JpegImagePlugin import JpegImageFile

from mlcalc.errors import FailedError

STEP = 2**20
PIXELS = (b"tRNS", b"fdAT")
"""Chunks of a PNG that matter to the pixels though their names start with a small letter."""

MIDDLE = (127, 128)
"""What a decoder leaves where a JPEG has no data; inverted for CMYK."""
NOISE = b"\x5a\xa5\x36\xc9" * 256
END_OF_IMAGE = b"\xff\xd9"


def check_png(file: BinaryIO) -> None:
    """Raise `FailedError` where a chunk that matters fails its check sum, or the end is missing."""
    file.seek(8)
    while True:
        head = file.read(8)
        length, name = int.from_bytes(head[:4], "big"), head[4:]
        check = zlib.crc32(name)
        while length and (part := file.read(min(length, STEP))):
            check = zlib.crc32(part, check)
            length -= len(part)
        told = file.read(4)
        if len(told) < 4:
            raise FailedError("truncated: the PNG has no end")
        if check != int.from_bytes(told, "big") and (name[:1].isupper() or name in PIXELS):
            raise FailedError("corrupt: a check sum in the PNG is wrong")
        if name == b"IEND":
            return


def check_jpeg(file: BinaryIO, loaded: Image.Image) -> None:
    """Raise `FailedError` where the data of a decoded JPEG ends before its last block.

    A decoder fills what is missing with the middle grey, or leaves a progressive picture unrefined, and
    says nothing. Then data put in behind its own changes the picture; else it is left over.
    """
    if not (loaded.info.get("progressive") or _ends_in_middle_grey(loaded)):
        return
    file.seek(0)
    stream = file.read()
    end = stream.rfind(END_OF_IMAGE)
    longer = JpegImageFile(BytesIO(stream[:end] + NOISE + stream[end:]))
    try:
        same = np.array_equal(np.asarray(longer), np.asarray(loaded))
    except OSError:
        same = False
    if not same:
        raise FailedError("truncated: the JPEG ends before its last pixels")


def _ends_in_middle_grey(image: Image.Image) -> bool:
    last = image.getpixel((image.width - 1, image.height - 1))
    return all(value in MIDDLE for value in (last if isinstance(last, tuple) else (last,)))
