"""Damage to a picture file that Pillow does not notice, or answers with half a picture."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from mlcalc.errors import FailedError

STEP = 2**20
PNG_HEADER = 8
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
"""Of a pixel, by the colour type of a PNG."""
ADAM7 = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column and row, and steps between columns and rows, of the passes of an interlaced PNG."""
PIXELS = (b"tRNS", b"fdAT")
"""Chunks of a PNG that matter to the pixels though their names start with a small letter."""

MIDDLE = (127, 128)
"""What a decoder leaves where a JPEG has no data; inverted for CMYK."""
NOISE = b"\x5a\xa5\x36\xc9" * 256
END_OF_IMAGE = b"\xff\xd9"


def check_png(file: BinaryIO) -> None:
    """Raise `FailedError` where a chunk that matters fails its check sum, or the end is missing.

    A sound file is left at the position where it was.
    """
    before = file.tell()
    file.seek(PNG_HEADER)
    for name, content in _chunks(file):
        check = zlib.crc32(name)
        for part in content:
            check = zlib.crc32(part, check)
        told = file.read(4)
        if len(told) < 4:
            break
        if check != int.from_bytes(told, "big") and (name[:1].isupper() or name in PIXELS):
            raise FailedError("corrupt: a check sum in the PNG is wrong")
        if name == b"IEND":
            file.seek(before)
            return
    raise FailedError("truncated: the PNG has no end")


def check_png_rows(file: BinaryIO, loaded: Image.Image) -> None:
    """Raise `FailedError` where the data of a decoded PNG, though sound, fills only some of its rows.

    A decoder leaves the others black; so whoever ends in a row that is not, is whole.
    """
    interlaced = loaded.info.get("interlace")
    if not interlaced and np.asarray(loaded.crop((0, loaded.height - 1, *loaded.size))).any():
        return
    size = _size_of_rows(file)
    try:
        held = _unpacked(file, size)
    except zlib.error as error:
        raise FailedError("corrupt: the PNG data cannot be unpacked") from error
    if held < size:
        raise FailedError("truncated: the PNG does not hold all of its rows")


def _unpacked(file: BinaryIO, enough: int) -> int:
    """Bytes to which the pixel data of a PNG unpacks; counted up to ``enough`` only."""
    engine, count = zlib.decompressobj(), 0
    file.seek(PNG_HEADER)
    for name, content in _chunks(file):
        for part in content:
            waiting = part if name == b"IDAT" else b""
            while waiting and count < enough:
                count += len(engine.decompress(waiting, STEP))
                waiting = engine.unconsumed_tail
        file.seek(4, 1)
    return count


def _chunks(file: BinaryIO) -> Iterator[tuple[bytes, Iterator[bytes]]]:
    """Name and content, part by part, of every chunk; the file then stands at the check sum (PNG 5.3)."""
    while len(head := file.read(8)) == 8:
        yield head[4:], _parts(file, int.from_bytes(head[:4], "big"))


def _parts(file: BinaryIO, length: int) -> Iterator[bytes]:
    while length and (part := file.read(min(length, STEP))):
        yield part
        length -= len(part)


def _size_of_rows(file: BinaryIO) -> int:
    """Bytes of the unpacked rows, each with its filter byte, by the header (PNG 7.2, 8.2, 11.2.1)."""
    file.seek(16)
    columns, rows, depth, colour, *_, interlaced = struct.unpack(">LLBBBBB", file.read(13))
    bits = depth * CHANNELS.get(colour, 1)
    size = 0
    for x, y, across, down in ADAM7 if interlaced else ((0, 0, 1, 1),):
        wide, high = -(-(columns - x) // across), -(-(rows - y) // down)
        size += high * (1 + (wide * bits + 7) // 8) if wide > 0 and high > 0 else 0
    return size


def check_tiff(opened: ImageFile) -> None:
    """Raise `FailedError` where the strips or tiles of a TIFF do not cover the picture."""
    covered = {extents for _, extents, *_ in opened.tile if extents}
    area = sum((x1 - x0) * (y1 - y0) for x0, y0, x1, y1 in covered)
    if area < opened.width * opened.height:
        raise FailedError("truncated: the TIFF does not list all of its strips")


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


def check_jpeg_stream(stream: bytes) -> None:
    """`check_jpeg` for the bytes of a JPEG of 8-bit samples; one that Pillow cannot read is let pass."""
    try:
        loaded = JpegImageFile(BytesIO(stream))
        loaded.load()
    except (OSError, SyntaxError, ValueError):
        return
    check_jpeg(BytesIO(stream), loaded)


def ends_in_middle_grey(pixels: NDArray[Any]) -> bool:
    """Whether the last pixel of (rows, columns) or (rows, columns, samples) is what a decoder fills in."""
    return bool(np.isin(pixels[-1, -1], MIDDLE).all())


def _ends_in_middle_grey(image: Image.Image) -> bool:
    last = image.getpixel((image.width - 1, image.height - 1))
    return all(value in MIDDLE for value in (last if isinstance(last, tuple) else (last,)))
