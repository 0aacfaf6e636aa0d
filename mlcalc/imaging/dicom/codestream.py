"""What a compressed frame says of itself, read before a decoder is let near it.

A JPEG, JPEG-LS or JPEG 2000 stream carries its own size. Where it differs from the header's, a decoder
may take memory for the larger of both, or return fewer pixels than asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlcalc.errors import FailedError

START_OF_IMAGE = b"\xff\xd8"
END_OF_IMAGE = b"\xff\xd9"
"""Ends JPEG and JPEG-LS (EOI, T.81 B.1.1.3) and JPEG 2000 (EOC, T.800 A.4.4) streams alike."""
J2K_START = b"\xff\x4f\xff\x51"
JP2_START = b"\0\0\0\x0cjP  "
"""Of a JP2 file (T.800 I.5.1), which some writers put where a bare codestream belongs."""
FRAME_HEADERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
"""Start-of-frame markers of JPEG (T.81 table B.1) and JPEG-LS (T.87)."""
LOSSLESS, HUFFMAN, SCAN = 0xC3, 0xC4, 0xDA
JPEG_BITS = 16
"""Of the widest words in which JPEG and JPEG-LS samples are kept (PS3.5 8.2.1, 8.2.3)."""
J2K_HEADER = 42
"""Bytes up to the number of components in SIZ."""
SAMPLES = {
    **dict.fromkeys(("MONOCHROME1", "MONOCHROME2", "PALETTE COLOR"), 1),
    **dict.fromkeys(
        ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_PARTIAL_422", "YBR_PARTIAL_420", "YBR_ICT", "YBR_RCT"), 3
    ),
}
"""Samples a pixel by Photometric Interpretation (PS3.3 C.7.6.3.1.2)."""
TAIL = 64
"""A stream may be padded; its end marker stands within so many bytes of the end."""


@dataclass(frozen=True)
class StreamSize:
    """Size of a compressed frame by its own header."""

    rows: int
    columns: int
    samples: int


def check_stream(stream: bytes, rows: int, columns: int, samples: int) -> None:
    """Raise `FailedError` where a JPEG-family stream is cut off or is not of the header's size."""
    size = stream_size(stream)
    if size is None:
        raise FailedError("corrupt: the compressed pixel data does not start as its transfer syntax says")
    if (size.rows, size.columns) != (rows, columns):
        told = f"{size.columns} x {size.rows}"
        raise FailedError(
            f"corrupt: the compressed picture is {told}, but the header says {columns} x {rows}"
        )
    if size.samples != samples:
        raise FailedError(
            f"corrupt: the compressed picture has {size.samples} samples a pixel, the header says {samples}"
        )
    if END_OF_IMAGE not in stream[-TAIL:] and END_OF_IMAGE not in stream.rstrip(b"\0")[-TAIL:]:
        raise FailedError("truncated: the compressed picture has no end")


def check_samples(stream: bytes, photometric: str, samples: int, allocated: int) -> None:
    """Raise `FailedError` for a stream over which GDCM would end the whole process.

    That is: colours that do not fit the samples (it aborts), samples of more bits than a word has (it
    writes beyond its buffer), JPEG in 32-bit words, and a lossless JPEG without its Huffman table.
    stream: one that `check_stream` let pass. allocated: bits of a word.
    """
    if SAMPLES.get(photometric) != samples:
        raise FailedError("corrupt: Samples per Pixel does not fit Photometric Interpretation")
    jpeg = stream.startswith(START_OF_IMAGE)
    depths = set(_depths(stream, samples))
    if len(depths) != 1 or not 0 < max(depths) <= allocated or (jpeg and allocated > JPEG_BITS):
        told = " and ".join(map(str, sorted(depths)))
        raise FailedError(f"corrupt: samples of {told} bits in words of {allocated} bits")
    if jpeg and not _has_tables(stream):
        raise FailedError("corrupt: the lossless JPEG lacks a Huffman table")


def stream_size(stream: bytes) -> StreamSize | None:
    """The size in a JPEG, JPEG-LS or JPEG 2000 stream; None if it is none of them."""
    if stream.startswith(START_OF_IMAGE):
        return _jpeg_size(stream)
    start = stream.find(J2K_START) if stream.startswith(JP2_START) else 0
    return _j2k_size(stream[start : start + J2K_HEADER]) if stream.startswith(J2K_START, start) else None


def _depths(stream: bytes, samples: int) -> list[int]:
    """Bits of each sample of a pixel (T.81 B.2.2, T.800 A.5.1)."""
    if stream.startswith(START_OF_IMAGE):
        return [stream[at + 4] for marker, at in _segments(stream) if marker in FRAME_HEADERS]
    siz = stream.find(J2K_START) + J2K_HEADER
    return [(depth & 0x7F) + 1 for depth in stream[siz : siz + 3 * samples : 3]]


def _jpeg_size(stream: bytes) -> StreamSize | None:
    for marker, at in _segments(stream):
        if marker in FRAME_HEADERS:
            return StreamSize(_word(stream, at + 5), _word(stream, at + 7), stream[at + 9])
    return None


def _has_tables(stream: bytes) -> bool:
    """Whether the tables that the first scan of a lossless JPEG names are there (T.81 B.2.3, B.2.4.2)."""
    tables: set[int] = set()
    lossless = False
    for marker, at in _segments(stream):
        lossless |= marker == LOSSLESS
        if marker == HUFFMAN:
            tables |= _tables(stream[at + 4 : at + 2 + _word(stream, at + 2)])
        if marker == SCAN:
            named = stream[at + 6 : at + 5 + 2 * stream[at + 4] : 2]
            return not lossless or all(both >> 4 in tables for both in named)
    return not lossless


def _tables(content: bytes) -> set[int]:
    """Numbers of the tables for differences (class 0) in a DHT segment."""
    found, at = set(), 0
    while at + 17 <= len(content):
        found.add(content[at])
        at += 17 + sum(content[at + 1 : at + 17])
    return found


def _segments(stream: bytes) -> Iterator[tuple[int, int]]:
    """Marker and place of each segment of a JPEG or JPEG-LS stream, to the first scan or what is none."""
    at, marker = 2, 0
    while at + 10 <= len(stream) and stream[at] == 0xFF and marker != SCAN:
        marker = stream[at + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker (T.81 B.1.1.2)
            at += 1
            continue
        yield marker, at
        at += 2 + _word(stream, at + 2)


def _j2k_size(stream: bytes) -> StreamSize | None:
    """SIZ (T.800 A.5.1): picture size is the far corner less the offset."""
    if len(stream) < J2K_HEADER:
        return None
    far_x, far_y, near_x, near_y = (int.from_bytes(stream[at : at + 4], "big") for at in (8, 12, 16, 20))
    return StreamSize(far_y - near_y, far_x - near_x, _word(stream, 40))


def _word(stream: bytes, at: int) -> int:
    return int.from_bytes(stream[at : at + 2], "big")
