"""Tiny encoders for the tests: what Pillow and pydicom cannot write.

JPEG lossless (ITU-T T.81 H.1, process 14) of any precision and predictor, flat 8 x 8 blocks of the
12-bit extended process (T.81 F.1), RLE of any width (PS3.5 Annex G), and two ready HTJ2K streams. Slow
and obvious; nothing of the code under test is used.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

CODE_LENGTH = 5
"""Every Huffman code has five bits: category n has the code n, which is a valid code (T.81 C)."""


class Bits:
    """Entropy-coded bits, most significant first, 0xFF stuffed with 0x00 (T.81 F.1.2.3)."""

    def __init__(self) -> None:
        self._bits: list[int] = []

    def put(self, value: int, length: int) -> None:
        self._bits += [value >> shift & 1 for shift in reversed(range(length))]

    def put_difference(self, difference: int) -> None:
        """A category and the bits that single one number out of it (T.81 H.1.2.2, table H.2)."""
        category = abs(difference).bit_length()
        self.put(category, CODE_LENGTH)
        if category < 16:  # category 16 holds one number, 32768
            low = difference if difference > 0 else difference + (1 << category) - 1
            self.put(low, category)

    def to_bytes(self) -> bytes:
        padded = self._bits + [1] * (-len(self._bits) % 8)
        packed = np.packbits(np.array(padded, np.uint8)).tobytes()
        return packed.replace(b"\xff", b"\xff\x00")


def segment(marker: int, payload: bytes) -> bytes:
    """A marker with its length and content (T.81 B.1.1.4)."""
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2, "big") + payload


def huffman_table(table: int, symbols: Sequence[int]) -> bytes:
    """DHT: all codes of ``CODE_LENGTH`` bits (T.81 B.2.4.2)."""
    lengths = [len(symbols) if length == CODE_LENGTH else 0 for length in range(1, 17)]
    return segment(0xC4, bytes([table, *lengths, *symbols]))


def frame_header(marker: int, precision: int, shape: tuple[int, int], components: int, table: int) -> bytes:
    """SOFn: precision, lines, samples a line, components without subsampling (T.81 B.2.2)."""
    rows, columns = shape
    sizes = bytes([precision]) + rows.to_bytes(2, "big") + columns.to_bytes(2, "big")
    each = b"".join(bytes([c + 1, 0x11, table]) for c in range(components))
    return segment(marker, sizes + bytes([components]) + each)


def scan_header(components: int, start: int, end: int) -> bytes:
    """SOS: every component with table 0; start is the predictor in the lossless process (T.81 B.2.3)."""
    tables = b"".join(bytes([c + 1, 0x00]) for c in range(components))
    return segment(0xDA, bytes([components]) + tables + bytes([start, end, 0]))


def lossless(picture: NDArray[np.integer], precision: int, predictor: int = 1) -> bytes:
    """JPEG lossless of (rows, columns) or (rows, columns, 3) whole numbers below 2 ** precision."""
    planes = np.atleast_3d(picture).astype(int)
    rows, columns, components = planes.shape
    bits = Bits()
    for y in range(rows):
        for x in range(columns):
            for c in range(components):
                plane = planes[..., c]
                difference = int(plane[y, x]) - _predicted(plane, y, x, precision, predictor)
                # Differences are taken modulo 2^16 (T.81 H.1.2.1) and lie in (-32768, 32768].
                bits.put_difference((difference + 32767) % 65536 - 32767)
    head = frame_header(0xC3, precision, (rows, columns), components, 0) + huffman_table(0, range(17))
    return b"\xff\xd8" + head + scan_header(components, predictor, 0) + bits.to_bytes() + b"\xff\xd9"


def _predicted(plane: NDArray[np.int_], y: int, x: int, precision: int, predictor: int) -> int:
    """The guess from the neighbours (T.81 H.1.2.1, table H.1)."""
    if y == 0 and x == 0:
        return 1 << (precision - 1)
    if y == 0:
        return int(plane[y, x - 1])
    if x == 0:
        return int(plane[y - 1, x])
    a, b, c = int(plane[y, x - 1]), int(plane[y - 1, x]), int(plane[y - 1, x - 1])
    return [0, a, b, c, a + b - c, a + (b - c >> 1), b + (a - c >> 1), (a + b) // 2][predictor]


def extended_flat(levels: NDArray[np.integer], precision: int = 12) -> bytes:
    """JPEG extended (SOF1) of 8 x 8 blocks that are flat at the given levels: exact despite the DCT.

    A flat block of level v has one coefficient, 8 * (v - middle) (T.81 A.3.3); quantised by 8 it is
    v - middle, so a decoder gives v back.
    """
    middle, before, bits = 1 << (precision - 1), 0, Bits()
    for level in levels.astype(int).ravel():
        bits.put_difference(int(level) - middle - before)
        bits.put(0, CODE_LENGTH)  # no other coefficient: end of block
        before = int(level) - middle
    rows, columns = levels.shape
    tables = segment(0xDB, b"\x00" + bytes([8] * 64))
    tables += huffman_table(0x00, range(16)) + huffman_table(0x10, [0])
    head = tables + frame_header(0xC1, precision, (rows * 8, columns * 8), 1, 0)
    return b"\xff\xd8" + head + scan_header(1, 0, 63) + bits.to_bytes() + b"\xff\xd9"


def rle(words: NDArray[np.integer]) -> bytes:
    """RLE of (rows, columns) or (rows, columns, 3) words: a segment a byte plane, high byte first."""
    planes = np.atleast_3d(words)
    size = planes.dtype.itemsize
    byte_planes = [
        np.ascontiguousarray(planes[..., c]).astype(f">u{size}").view(np.uint8)[:, byte::size]
        for c in range(planes.shape[2])
        for byte in range(size)
    ]
    segments = [_rle_segment(plane) for plane in byte_planes]
    starts = np.cumsum([64, *map(len, segments)])[:-1].tolist()
    header = [len(segments), *starts] + [0] * (15 - len(segments))
    return np.array(header, "<u4").tobytes() + b"".join(segments)


def _rle_segment(plane: NDArray[np.uint8]) -> bytes:
    """Rows one after the other, each of replicate runs and literals of one; even length (PS3.5 G.3.1)."""
    coded = bytearray()
    for row in plane.tolist():
        while row:
            run = next((n for n, value in enumerate(row[:128]) if value != row[0]), min(len(row), 128))
            coded += bytes([257 - run if run > 1 else 0, row[0]])
            row = row[run:]  # noqa: PLW2901
    return bytes(coded) + b"\x00" * (len(coded) % 2)


HTJ2K_8 = b64decode(
    "/0//UQApQAAAAAAHAAAABQAAAAAAAAAAAAAABwAAAAUAAAAAAAAAAAABBwEB/1AACAACAAAAAf9SAAwAAgABAAEEBEAB"
    "/1wAByBISEhI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAEYAAf+TwC0Qf8ZmbgEzYKoHcPwWdBABtgDA"
    "KuAVkAmAQMlV/gAAKwjkVwDdiIUgAvsAAABsVgBJ8gQCdAD/2Q=="
)
HTJ2K_16 = b64decode(
    "/0//UQApQAAAAAAHAAAABQAAAAAAAAAAAAAABwAAAAUAAAAAAAAAAAABDwEB/1AACAACAAAACf9SAAwAAgABAAEEBEAB"
    "/1wAByCIiIiI/2QAFwABT3BlbkpQSCBWZXIgMC4yNi4zLv+QAAoAAAAAAGMAAf+TwAAt4P9/7JC1zHTgdgTRZ1qA1rRU"
    "WbAc4QD4AWcdAAG3AMAAK+AAFpQAAqAAQPHIaVU8/gBAK0jkVwDd0vCIbYFMPzwC0/oAhAAcVgCJR+LxJAJ0AP/Z"
)
"""`dicom_files.probe` of 8 and of 16 unsigned bits, written by OpenJPH 0.26.3 (lossless, RPCL)."""
