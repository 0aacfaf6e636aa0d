"""What a compressed frame says of itself, read before a decoder is let near it.

A JPEG, JPEG-LS or JPEG 2000 stream carries its own size. Where it differs from the header's, a decoder
may take memory for the larger of both, or return fewer pixels than asked for.
"""

from __future__ import annotations

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
J2K_HEADER = 42
"""Bytes up to the number of components in SIZ."""
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


def stream_size(stream: bytes) -> StreamSize | None:
    """The size in a JPEG, JPEG-LS or JPEG 2000 stream; None if it is none of them."""
    if stream.startswith(START_OF_IMAGE):
        return _jpeg_size(stream)
    start = stream.find(J2K_START) if stream.startswith(JP2_START) else 0
    return _j2k_size(stream[start : start + J2K_HEADER]) if stream.startswith(J2K_START, start) else None


def _jpeg_size(stream: bytes) -> StreamSize | None:
    position = 2
    while position + 10 <= len(stream):
        if stream[position] != 0xFF:
            return None
        marker = stream[position + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker (T.81 B.1.1.2)
            position += 1
            continue
        if marker in FRAME_HEADERS:
            rows, columns = _word(stream, position + 5), _word(stream, position + 7)
            return StreamSize(rows, columns, stream[position + 9])
        position += 2 + _word(stream, position + 2)
    return None


def _j2k_size(stream: bytes) -> StreamSize | None:
    """SIZ (T.800 A.5.1): picture size is the far corner less the offset."""
    if len(stream) < J2K_HEADER:
        return None
    far_x, far_y, near_x, near_y = (int.from_bytes(stream[at : at + 4], "big") for at in (8, 12, 16, 20))
    return StreamSize(far_y - near_y, far_x - near_x, _word(stream, 40))


def _word(stream: bytes, at: int) -> int:
    return int.from_bytes(stream[at : at + 2], "big")
