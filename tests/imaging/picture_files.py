"""Small picture files for the tests: by Pillow where it can, byte by byte where it cannot."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlcalc.imaging.limits import ReadOptions
from mlcalc.imaging.radiograph import Radiograph
from mlcalc.imaging.read import read_radiograph

Numbers = NDArray[np.generic]
ByteOrder = Literal["<", ">"]


def ramp(rows: int = 13, columns: int = 29) -> NDArray[np.uint8]:
    """Many 8-bit values with 0 and 255 among them, alike under no rotation or reflection."""
    return np.linspace(0, 255, rows * columns).round().astype(np.uint8).reshape(rows, columns)


def every_byte() -> NDArray[np.uint8]:
    """Each 8-bit value once."""
    return np.arange(256, dtype=np.uint8).reshape(8, 32)


def speckled(rows: int = 61, columns: int = 83) -> NDArray[np.uint8]:
    """Noise: a file of it is long and breaks everywhere."""
    return np.random.default_rng(5).integers(0, 256, (rows, columns), dtype=np.uint8)


def coloured(rows: int = 13, columns: int = 29) -> NDArray[np.uint8]:
    """(rows, columns, 3) of values that differ between the channels."""
    red = ramp(rows, columns)
    return np.stack([red, red[::-1], np.roll(red, 7, axis=1)], axis=-1)


LOSSLESS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "TIFF": {},
    "BMP": {},
    "WEBP": {"lossless": True, "exact": True},
}
BT601 = np.array([0.299, 0.587, 0.114])


def of_255(values: NDArray[Any]) -> NDArray[np.float32]:
    """k / 255, rounded once to float32."""
    return (values.astype(np.float64) / 255).astype(np.float32)


def luminance(colours: NDArray[np.uint8]) -> NDArray[np.float64]:
    weighed: NDArray[np.float64] = colours.astype(np.float64) @ BT601
    return weighed / 255


def picture(source: Numbers | Image.Image, format: str, **options: Any) -> bytes:
    """The file that Pillow writes."""
    file = BytesIO()
    image = source if isinstance(source, Image.Image) else Image.fromarray(source)
    image.save(file, format, **options)
    return file.getvalue()


def read(data: bytes, frame: int = 0, **options: Any) -> Radiograph:
    return read_radiograph(data, frame=frame, options=ReadOptions(**options))


def codes(radiograph: Radiograph) -> set[str]:
    return {caution.code for caution in radiograph.cautions}


# PNG by hand (W3C PNG, 5.3)

PNG_START = b"\x89PNG\r\n\x1a\n"


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content)) + name + content + struct.pack(">L", zlib.crc32(name + content))


def png(
    columns: int,
    rows: int,
    bits: int,
    packed_rows: bytes,
    *,
    colour: int = 0,
    interlaced: bool = False,
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """A PNG of rows that each start with a filter byte; chunks may be put before and after the pixels."""
    header = chunk(b"IHDR", struct.pack(">LLBBBBB", columns, rows, bits, colour, 0, 0, interlaced))
    data = chunk(b"IDAT", zlib.compress(packed_rows, 9))
    return PNG_START + header + before + data + after + chunk(b"IEND", b"")


def unfiltered(rows: Numbers) -> bytes:
    """Rows as PNG wants them: big-endian, each after a zero."""
    return b"".join(b"\0" + row.astype(row.dtype.newbyteorder(">")).tobytes() for row in rows)


# TIFF by hand (TIFF 6.0, section 2)


@dataclass(frozen=True)
class Tiff:
    """A TIFF of one strip. photometric: None leaves the tag out. tags: tag -> 16-bit number."""

    order: ByteOrder = "<"
    photometric: int | None = 1
    deflated: bool = False
    tags: tuple[tuple[int, int], ...] = ()
    dpi: tuple[int, int] | None = None

    def file(self, values: Numbers) -> bytes:
        """The values, whose dtype says bits and sample format, as a file."""
        kind = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
        return self.of_bytes(self._stored(values), values.shape, 8 * values.itemsize, kind)

    def of_bytes(self, data: bytes, shape: tuple[int, ...], bits: int, sample_format: int = 1) -> bytes:
        """Rows of packed samples, as a file."""
        strip = zlib.compress(data) if self.deflated else data
        entries = {256: shape[1], 257: shape[0], 258: bits, 259: 8 if self.deflated else 1, 277: 1}
        entries |= {278: shape[0], 339: sample_format, **dict(self.tags)}
        if self.photometric is not None:
            entries[262] = self.photometric
        return self._directory(entries, strip)

    def _stored(self, values: Numbers) -> bytes:
        return values.astype(values.dtype.newbyteorder(self.order)).tobytes()

    def _directory(self, shorts: dict[int, int], strip: bytes) -> bytes:
        """Header, strip, resolutions, then the directory."""
        rationals = struct.pack(f"{self.order}LLLL", self.dpi[0], 1, self.dpi[1], 1) if self.dpi else b""
        strip += b"\0" * (len(strip) % 2)
        at = 8 + len(strip)
        fields = {tag: self._field(tag, 3, struct.pack(f"{self.order}HH", n, 0)) for tag, n in shorts.items()}
        fields[273] = self._field(273, 4, struct.pack(f"{self.order}L", 8))
        fields[279] = self._field(279, 4, struct.pack(f"{self.order}L", len(strip)))
        if self.dpi:
            fields[282] = self._field(282, 5, struct.pack(f"{self.order}L", at))
            fields[283] = self._field(283, 5, struct.pack(f"{self.order}L", at + 8))
            fields[296] = self._field(296, 3, struct.pack(f"{self.order}HH", 2, 0))
        mark = b"II*\0" if self.order == "<" else b"MM\0*"
        start = mark + struct.pack(f"{self.order}L", at + len(rationals))
        directory = struct.pack(f"{self.order}H", len(fields)) + b"".join(
            fields[tag] for tag in sorted(fields)
        )
        return start + strip + rationals + directory + bytes(4)

    def _field(self, tag: int, kind: int, value: bytes) -> bytes:
        return struct.pack(f"{self.order}HHL", tag, kind, 1) + value


UPRIGHT = {
    1: lambda stored: stored,
    2: np.fliplr,
    3: lambda stored: np.rot90(stored, 2),
    4: np.flipud,
    5: lambda stored: stored.T,
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: np.rot90(stored, 2).T,
    8: lambda stored: np.rot90(stored, 1),
}
"""EXIF 2.3, tag 0x0112: where the 0th row and the 0th column of the stored picture belong."""
