"""Where the numbers stand by which a file tells its sizes, and what a liar would write there.

Each function takes a file and finds `Place`s, so that a lie reaches the code behind the checks of a
format instead of breaking on its first magic number.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydicom import uid
from pydicom.datadict import tag_for_keyword

Rng = np.random.Generator


@dataclass(frozen=True)
class Place:
    """A whole number in a file: ``size`` bytes from ``at`` on."""

    at: int
    size: int
    order: Literal["little", "big"] = "little"

    def read(self, data: bytes) -> int:
        return int.from_bytes(data[self.at : self.at + self.size], self.order)

    def write(self, data: bytes, value: int) -> bytes:
        number = (value % (1 << 8 * self.size)).to_bytes(self.size, self.order)
        return data[: self.at] + number + data[self.at + self.size :]


def tell_lie(data: bytes, format: str, rng: Rng) -> bytes:
    """One number of the file replaced by one that looks just as good to a careless reader."""
    finders = FINDERS.get(format.split(maxsplit=1)[0], ())
    found = [place for find in finders for place in find(data) if place.at + place.size <= len(data)]
    if not found:
        return data
    place = found[rng.integers(len(found))]
    lied = place.write(data, _lie(place, place.read(data), rng))
    return repair_png(lied) if format == "PNG" else lied


def _lie(place: Place, true: int, rng: Rng) -> int:
    most = (1 << 8 * place.size) - 1
    near = (true - 1, true + 1, true * 2, true // 2, true + 256, -true)
    known = (0, 1, 2, 3, 7, 16, 1000, 5000, 40_000, most, most - 1, most // 2, most // 2 + 1)
    drawn = (int(rng.integers(0, most, endpoint=True)), int(rng.integers(0, 64)))
    values = (*near, *known, *drawn)
    return values[rng.integers(len(values))]


# DICOM

_VRS = b"AE|AS|CS|DA|DS|IS|LO|PN|SH|SQ|TM|UI|UL|US|SS|OB|OW|UN|LT"
_GROUPS = rb"[\x02\x08\x10\x18\x20\x28\x40\x54\xe0]"
_LITTLE = re.compile(_GROUPS + rb"[\x00\x20\x7f]..(" + _VRS + rb")", re.DOTALL)
_BIG = re.compile(rb"[\x00\x20\x7f]" + _GROUPS + rb"..(" + _VRS + rb")", re.DOTALL)
_IMPLICIT = re.compile(rb"[\x08\x10\x18\x20\x28]\x00..(..\x00\x00)", re.DOTALL)
_ITEM = re.compile(rb"\xfe\xff\x00\xe0....", re.DOTALL)
_LONG = (b"OB", b"OW", b"SQ", b"UN")
_NUMBERS = {b"US": 2, b"SS": 2, b"UL": 4}


def elements(data: bytes) -> Iterator[Place]:
    """Lengths and binary values of data elements (PS3.5 7.1.2, 7.1.3)."""
    if _syntax(data) == uid.ImplicitVRLittleEndian:
        yield from _implicit_elements(data)
    elif _syntax(data) == uid.ExplicitVRBigEndian:
        yield from _explicit_elements(data, _BIG, "big")
    else:
        yield from _explicit_elements(data, _LITTLE, "little")


def _explicit_elements(
    data: bytes, pattern: re.Pattern[bytes], order: Literal["little", "big"]
) -> Iterator[Place]:
    for found in pattern.finditer(data, 128):
        long = found[1] in _LONG
        length = Place(found.end() + 2 * long, 4 if long else 2, order)
        yield length
        size = _NUMBERS.get(found[1], 0)
        for part in range(min(length.read(data) // size, 4) if size else 0):
            yield Place(found.end() + 2 + part * size, size, order)


def _implicit_elements(data: bytes) -> Iterator[Place]:
    for found in _IMPLICIT.finditer(data, 300):
        yield Place(found.start(1), 4)
        if found[1][:2] == b"\x02\x00":
            yield Place(found.end(), 2)


def fragments(data: bytes) -> Iterator[Place]:
    """Lengths of items, the offset table, and the header of RLE segments (PS3.5 A.4, G.5)."""
    for found in _ITEM.finditer(data):
        yield Place(found.start() + 4, 4)
        yield Place(found.end(), 4)
        if _syntax(data) == uid.RLELossless:
            yield from (Place(found.end() + 4 * number, 4) for number in range(1, 5))


def _syntax(data: bytes) -> str:
    found = re.search(rb"\x02\x00\x10\x00UI..([0-9.]+)", data, re.DOTALL)
    return found[1].decode() if found else ""


# Streams, alone and in DICOM

_JPEG_SEGMENT = re.compile(rb"\xff([\xc0-\xcf\xda-\xdd\xf7])(..)", re.DOTALL)
_JPEG_FRAMES = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
_J2K_SEGMENT = re.compile(rb"\xff([\x51\x52\x5c\x90])(..)", re.DOTALL)
_J2K_NUMBERS = {
    0x51: (*((at, 4) for at in range(6, 38, 4)), (38, 2), (40, 1), (41, 1), (42, 1)),  # SIZ, T.800 A.5.1
    0x52: ((4, 1), (5, 1), (6, 2), (8, 1), (9, 1), (10, 1), (11, 1), (12, 1), (13, 1)),  # COD, A.6.1
    0x5C: ((4, 1), (5, 1), (6, 1)),  # QCD, A.6.4
    0x90: ((4, 2), (6, 4), (10, 1), (11, 1)),  # SOT, A.4.2
}


def jpeg(data: bytes) -> Iterator[Place]:
    """Lengths of segments; precision, size and components of frame headers (T.81 B.2.2), scan headers."""
    for found in _JPEG_SEGMENT.finditer(data):
        at, marker = found.start(), found[1][0]
        yield Place(at + 2, 2, "big")
        if marker in _JPEG_FRAMES:
            yield from (Place(at + 5, 2, "big"), Place(at + 7, 2, "big"))
            yield from (Place(at + offset, 1) for offset in (4, 9, 10, 11, 12, 14))
        elif marker in (0xDA, 0xDB, 0xC4):
            yield from (Place(at + offset, 1) for offset in range(4, 11))
        elif marker == 0xDD:
            yield Place(at + 4, 2, "big")


def j2k(data: bytes) -> Iterator[Place]:
    """Numbers of SIZ, COD, QCD and SOT; huge tiles and many components among their lies."""
    if b"\xff\x4f\xff\x51" not in data:
        return
    for found in _J2K_SEGMENT.finditer(data):
        yield Place(found.start() + 2, 2, "big")
        for offset, size in _J2K_NUMBERS[found[1][0]]:
            yield Place(found.start() + offset, size, "big")


# Rasters


def png(data: bytes) -> Iterator[Place]:
    """Lengths of chunks and the fields of the small ones."""
    for start, length, kind in png_chunks(data):
        yield Place(start, 4, "big")
        if kind in (b"IHDR", b"acTL", b"fcTL", b"pHYs"):
            yield from (Place(start + 8 + at, 4, "big") for at in range(0, min(length, 28) - 3, 4))
        if kind == b"IHDR":
            yield from (Place(start + at, 1) for at in range(16, 21))


def png_chunks(data: bytes, at: int = 8) -> Iterator[tuple[int, int, bytes]]:
    """Place, length and kind of each chunk from ``at`` on."""
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        yield at, length, data[at + 4 : at + 8]
        at += 12 + length


def repair_png(data: bytes) -> bytes:
    """The checksum of every chunk made right again, so that a reader goes on to what the chunk says."""
    repaired = bytearray(data)
    for start, length, _ in png_chunks(data):
        end = start + 8 + length
        if end + 4 <= len(data):
            repaired[end : end + 4] = struct.pack(">I", zlib.crc32(data[start + 4 : end]))
    return bytes(repaired)


def tiff(data: bytes) -> Iterator[Place]:
    """Tag, type, count and value of the entries of each directory, and where the next directory is."""
    order: Literal["little", "big"] = "little" if data[:2] == b"II" else "big"
    yield Place(4, 4, order)
    at, seen = Place(4, 4, order).read(data), set[int]()
    while 0 < at < len(data) - 2 and at not in seen:
        seen.add(at)
        count = Place(at, 2, order).read(data)
        yield Place(at, 2, order)
        for entry in range(at + 2, min(at + 2 + 12 * count, len(data) - 12), 12):
            yield from (
                Place(entry + offset, size, order) for offset, size in ((0, 2), (2, 2), (4, 4), (8, 4))
            )
        last = Place(at + 2 + 12 * count, 4, order)
        yield last
        at = last.read(data)


def bmp(data: bytes) -> Iterator[Place]:  # noqa: ARG001  all bitmaps alike
    """The two headers."""
    numbers = ((2, 4), (10, 4), (14, 4), (18, 4), (22, 4), (26, 2), (28, 2), (30, 4), (34, 4), (46, 4))
    yield from (Place(*number) for number in numbers)


def webp(data: bytes) -> Iterator[Place]:
    """Lengths of chunks; canvas, frame and picture sizes."""
    yield Place(4, 4)
    for found in re.finditer(rb"VP8X|VP8 |VP8L|ANMF|ANIM|ALPH|EXIF", data):
        at = found.end()
        yield Place(at, 4)
        if found[0] in (b"VP8X", b"ANMF"):
            yield from (Place(at + offset, 3) for offset in (4, 7, 8, 10, 11, 13, 16))
        elif found[0] == b"VP8 ":
            yield from (Place(at + 10, 2), Place(at + 12, 2))
        elif found[0] == b"VP8L":
            yield Place(at + 5, 4)


def zip_directory(data: bytes) -> Iterator[Place]:
    """What the table of contents, the local headers and the end say of an entry (APPNOTE 4.3)."""
    for found in re.finditer(rb"PK\x01\x02", data):
        numbers = ((8, 2), (10, 2), (16, 4), (20, 4), (24, 4), (28, 2), (30, 2), (32, 2), (38, 4), (42, 4))
        yield from (Place(found.start() + at, size) for at, size in numbers)
    for found in re.finditer(rb"PK\x03\x04", data):
        local = ((6, 2), (8, 2), (18, 4), (22, 4), (26, 2), (28, 2))
        yield from (Place(found.start() + at, size) for at, size in local)
    end = data.rfind(b"PK\x05\x06")
    if end >= 0:
        yield from (Place(end + at, size) for at, size in ((8, 2), (10, 2), (12, 4), (16, 4), (20, 2)))


FINDERS: dict[str, tuple[Callable[[bytes], Iterator[Place]], ...]] = {
    "DICOM": (elements, fragments, jpeg, j2k),
    "DICOMDIR": (elements,),
    "PNG": (png,),
    "TIFF": (tiff,),
    "JPEG": (jpeg,),
    "BMP": (bmp,),
    "WebP": (webp,),
    "zip": (zip_directory,),
}

# Words of a DICOM header

_NUMBERS_IN_WORDS = (
    b"0", b"-1", b"1", b"nan", b"inf", b"1e308", b"-1e308", b"1e-320", b"99999999999999999999", b"1e9", b"",
    b"x", b"1\\2\\3\\4\\5", b"\\", b"2147483647", b"0x10", b"\xff\xfe", b"1" * 200,
)  # fmt: skip
_SYNTAXES = tuple(
    str(syntax).encode()
    for syntax in (
        uid.ImplicitVRLittleEndian, uid.ExplicitVRLittleEndian, uid.ExplicitVRBigEndian,
        uid.DeflatedExplicitVRLittleEndian, uid.RLELossless, uid.JPEGBaseline8Bit, uid.JPEGExtended12Bit,
        uid.JPEGLossless, uid.JPEGLosslessSV1, uid.JPEGLSLossless, uid.JPEGLSNearLossless,
        uid.JPEG2000Lossless, uid.JPEG2000, uid.HTJ2K, uid.HTJ2KLossless, uid.MPEG2MPML,
    )
)  # fmt: skip
_PHOTOMETRICS = (
    b"MONOCHROME1", b"MONOCHROME2", b"PALETTE COLOR", b"RGB", b"YBR_FULL", b"YBR_FULL_422",
    b"YBR_ICT", b"YBR_RCT", b"CMYK", b"NOT A THING", b"",
)  # fmt: skip
WORDS: dict[str, tuple[bytes, ...]] = {
    "TransferSyntaxUID": _SYNTAXES,
    "PhotometricInterpretation": _PHOTOMETRICS,
    "Modality": (b"CT", b"CR", b"OT", b"", b"XA\\RF", b"Zyxwvut^Fuzz"),
    "SOPClassUID": (b"1.2.840.10008.5.1.4.1.1.2", b"1.2", b"", b"1.2.840.10008.5.1.4.1.1.7"),
    "VOILUTFunction": (b"LINEAR_EXACT", b"SIGMOID", b"LINEAR", b"x"),
    "PatientAge": (b"999Y", b"-1", b"", b"045YY", b"Zyxw"),
    **dict.fromkeys(
        (
            "NumberOfFrames", "WindowCenter", "WindowWidth", "RescaleSlope", "RescaleIntercept",
            "ImagerPixelSpacing", "EstimatedRadiographicMagnificationFactor", "RadiusOfCircularShutter",
            "CenterOfCircularShutter", "CollimatorLeftVerticalEdge", "CollimatorLowerHorizontalEdge",
        ),
        _NUMBERS_IN_WORDS,
    ),
}  # fmt: skip


def tell_tale(data: bytes, format: str, rng: Rng) -> bytes:
    """One word of a DICOM header replaced by another, its length made right."""
    if format.split(maxsplit=1)[0] not in ("DICOM", "DICOMDIR"):
        return data
    known = [(found, keyword) for keyword in WORDS if (found := _element(data, keyword))]
    if not known:
        return data
    found, keyword = known[rng.integers(len(known))]
    value = WORDS[keyword][rng.integers(len(WORDS[keyword]))]
    return _replaced(data, found, value + b" " * (len(value) % 2))


def _element(data: bytes, keyword: str) -> re.Match[bytes] | None:
    """(tag and VR), (length) of an element of text."""
    tag = int(tag_for_keyword(keyword) or 0)
    implicit = _syntax(data) == uid.ImplicitVRLittleEndian and tag > 0x20000
    big = _syntax(data) == uid.ExplicitVRBigEndian and tag > 0x20000
    written = re.escape(struct.pack(">HH" if big else "<HH", tag >> 16, tag & 0xFFFF))
    rest = rb")(..\0\0)" if implicit else rb"(?:" + _VRS + rb"))(..)"
    return re.search(rb"(" + written + rest, data, re.DOTALL)


def _replaced(data: bytes, found: re.Match[bytes], value: bytes) -> bytes:
    big = found[1][:1] == b"\0"
    length = int.from_bytes(found[2], "big" if big else "little")
    written = len(value).to_bytes(len(found[2]), "big" if big else "little")
    changed = data[: found.start(2)] + written + value + data[found.end() + length :]
    if found[1][:2] != b"\x02\x00":
        return changed
    group = Place(140, 4)  # File Meta Information Group Length (PS3.10 7.1)
    return group.write(changed, group.read(data) + len(value) - length)
