"""Pillow as mlcalc needs it: no limit on pixels but its own, nothing printed, no half pictures."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from PIL import Image
from PIL.BmpImagePlugin import BmpImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.TiffImagePlugin import TiffImageFile
from PIL.WebPImagePlugin import WebPImageFile

from mlcalc.errors import FailedError, FileError, RejectedError
from mlcalc.imaging.silence import silent

CLASSES: dict[str, type[ImageFile]] = {
    "PNG": PngImageFile,
    "TIFF": TiffImageFile,
    "JPEG": JpegImageFile,
    "BMP": BmpImageFile,
    "WebP": WebPImageFile,
}
UNSUPPORTED = re.compile("unknown pixel mode|cannot handle|unsupported|not yet supported", re.IGNORECASE)
"""How Pillow says that a file is sound, but of a kind that it does not know."""
CUT_OFF = re.compile("truncated|corrupt", re.IGNORECASE)
"""How it warns that an entry of a TIFF's directory reaches beyond the file."""
HINT = "save it as PNG or uncompressed TIFF with 8 or 16 bits of grey"

ORIENTATION = 0x0112
"""Tag of EXIF and TIFF that says how the stored picture is to be turned."""
TURNS = {
    2: ("mirrored left-right", Image.Transpose.FLIP_LEFT_RIGHT),
    3: ("rotated by 180 degrees", Image.Transpose.ROTATE_180),
    4: ("mirrored top-bottom", Image.Transpose.FLIP_TOP_BOTTOM),
    5: ("transposed", Image.Transpose.TRANSPOSE),
    6: ("rotated by 90 degrees clockwise", Image.Transpose.ROTATE_270),
    7: ("transposed at the other diagonal", Image.Transpose.TRANSVERSE),
    8: ("rotated by 90 degrees anticlockwise", Image.Transpose.ROTATE_90),
}
SWAPS = (5, 6, 7, 8)
"""Orientations that exchange rows and columns."""


@contextmanager
def unbounded() -> Iterator[None]:
    """Pillow's limit on pixels lifted (the caller has checked its own), its warnings silenced."""
    with silent("PIL"):
        before = Image.MAX_IMAGE_PIXELS
        Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before


def open_image(file: BinaryIO, format: str) -> ImageFile:
    """The file's header read. Raises `RejectedError` for a kind that Pillow cannot read, `FailedError`."""
    file.seek(0)
    with _whole_directory(format):
        try:
            return CLASSES[format](file)
        except MemoryError:
            raise
        except Exception as error:
            if isinstance(error.__cause__, KeyError) or UNSUPPORTED.search(str(error)):
                raise RejectedError(f"unsupported kind of {format}", HINT) from error
            raise FailedError(f"corrupt: the {format} header cannot be read") from error


def go_to(image: ImageFile, frame: int, format: str) -> None:
    """Make a page, counted from 0, the current one. Raises `FailedError`."""
    with _whole_directory(format):
        try:
            image.seek(frame)
        except MemoryError:
            raise
        except Exception as error:
            raise FailedError(f"corrupt: page {frame + 1} cannot be found") from error


@contextmanager
def _whole_directory(format: str) -> Iterator[None]:
    """Raise `FailedError` where a TIFF's directory is cut off: Pillow warns, and goes on without the rest."""
    with warnings.catch_warnings(record=True) as complaints:
        warnings.simplefilter("always")
        try:
            yield
        except FileError:  # of what is cut off, Pillow knows less than it should
            _check_complaints(format, complaints)
            raise
        _check_complaints(format, complaints)


def _check_complaints(format: str, complaints: list[warnings.WarningMessage]) -> None:
    if format == "TIFF" and any(CUT_OFF.search(str(told.message)) for told in complaints):
        raise FailedError("truncated: the TIFF does not hold all that its directory lists")


def webp_size(file: BinaryIO) -> tuple[int, int]:
    """Rows and columns by the header of a WebP file (RFC 9649, 2.5 to 2.7). Raises `FailedError`."""
    file.seek(12)
    head = file.read(18)
    if len(head) < 18:
        raise FailedError("truncated: the WebP header is not whole")
    if head[:4] == b"VP8X":
        return int.from_bytes(head[15:18], "little") + 1, int.from_bytes(head[12:15], "little") + 1
    if head[:4] == b"VP8L":
        sizes = int.from_bytes(head[9:13], "little")
        return (sizes >> 14 & 0x3FFF) + 1, (sizes & 0x3FFF) + 1
    return int.from_bytes(head[16:18], "little") & 0x3FFF, int.from_bytes(head[14:16], "little") & 0x3FFF


def orientation(image: Image.Image) -> int:
    """1 to 8 as in EXIF; 1 where nothing is said."""
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # a broken EXIF block takes nothing from the pixels
        return 1


def load_upright(image: ImageFile, format: str) -> tuple[Image.Image, int]:
    """The decoded picture, and the orientation from which it was turned upright.

    Pillow itself turns TIFF files while it loads them. Raises `FailedError`.
    """
    turned = orientation(image) if format == "TIFF" else None
    try:
        image.load()
    except MemoryError:
        raise
    except Exception as error:
        kind = "truncated" if "truncated" in str(error).lower() else "corrupt"
        raise FailedError(f"{kind}: the {format} data could not be decoded") from error
    if turned is not None:
        return image, turned
    turned = orientation(image)  # only now: in a PNG it may stand behind the pixels
    return (image.transpose(TURNS[turned][1]) if turned in TURNS else image), turned
