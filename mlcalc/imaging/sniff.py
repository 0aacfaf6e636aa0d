"""What a file is, by its content; names lie."""

from __future__ import annotations

import re

DICOM_MAGIC_AT = 128
HEAD = 512
"""Bytes that are enough to tell."""

_MAGIC = (
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"II\*\0|MM\0\*|II\+\0|MM\0\+", "TIFF"),
    (rb"RIFF....WEBP", "WebP"),
    (rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", "BMP"),
    (rb"GIF8[79]a", "GIF"),
    (rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51", "JPEG 2000 outside DICOM"),
    (rb"....ftyp(avif|heic|heix|mif1)", "HEIF or AVIF"),
    (rb"%PDF-", "PDF"),
    (rb"PK\x03\x04|PK\x05\x06", "zip archive"),
    (rb"\x1f\x8b", "gzip archive"),
    (rb"7z\xbc\xaf\x27\x1c|Rar!", "archive"),
    (rb"\x5c\x01\0\0|\0\0\x01\x5c", "NIfTI"),
    (rb"\x89HDF", "HDF5"),
    (rb"(\xef\xbb\xbf)?\s*<(?i:\?xml|!doctype|html|svg)", "XML or HTML"),
)
FORMATS = tuple((re.compile(pattern, re.DOTALL), name) for pattern, name in _MAGIC)

READABLE = ("DICOM", "PNG", "TIFF", "JPEG", "BMP", "WebP")
BARE_DICOM = "DICOM without file meta header"
_ELEMENT = re.compile(rb"[\x02\x08\x10]\0..(?:AE|AS|CS|DA|LO|OB|PN|SH|TM|UI|UL)", re.DOTALL)
"""Tag and explicit VR of an element that may stand near the start of a data set (PS3.5 7.1.2)."""
SURELY = 3
"""So many of them are no accident."""


def sniff(head: bytes) -> str:
    """The format's name by the first `HEAD` bytes: one of `READABLE`, or what else it looks like."""
    if head[DICOM_MAGIC_AT : DICOM_MAGIC_AT + 4] == b"DICM":
        return "DICOM"
    for pattern, name in FORMATS:
        if pattern.match(head):
            return name
    if not head:
        return "empty"
    if _starts_with_an_element(head):
        return BARE_DICOM
    if not _is_text(head):
        return "unknown data"
    return "JSON" if head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[") else "text"


def _starts_with_an_element(head: bytes) -> bool:
    """Whether elements of a data set stand where the preamble should be."""
    if head[:4] == b"DICM" or len(_ELEMENT.findall(head)) >= SURELY:
        return True
    implicit_length = int.from_bytes(head[4:8], "little")
    return len(head) >= 12 and head[:2] in (b"\x02\0", b"\x08\0") and implicit_length < 256


def _is_text(head: bytes) -> bool:
    """Printable as UTF-8, a character cut in half at the end aside."""
    text = head.decode("utf-8", errors="ignore")
    lost = len(head) - len(text.encode())
    return lost < 4 and all(c.isprintable() or c.isspace() for c in text)
