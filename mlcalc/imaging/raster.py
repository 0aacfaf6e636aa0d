"""PNG, TIFF, JPEG, BMP and WebP through Pillow.

Such a file was mostly exported from a viewer: 8-bit values are as they were meant to be seen and stay
as they are. 16-bit values rarely fill their range; they get a window from the pixels, as a DICOM file
without one does. Dense is taken to be bright, which only the polarity check can contradict.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from mlcalc.errors import FailedError, RejectedError
from mlcalc.imaging.colour import luminance
from mlcalc.imaging.density import file_density
from mlcalc.imaging.limits import ReadOptions, check_pixels
from mlcalc.imaging.radiograph import Caution, Encoding, Greyscale, Pixels, Radiograph, Spacing
from mlcalc.imaging.voi import percentile_window

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
PHOTOMETRIC = 262
WHITE_IS_ZERO = 0


class RasterFile:
    """A picture file without a header worth the name; ``frames`` counts the pages of a TIFF."""

    def __init__(self, file: BinaryIO, format: str, options: ReadOptions):
        self.format, self.options = format, options
        with _pillow():
            self.image = _open(file, format)
            self.frames = int(getattr(self.image, "n_frames", 1))
        check_pixels(self.image.height, self.image.width, options)

    def radiograph(self, frame: int) -> Radiograph:
        """The picture of one page, counted from 0."""
        if not 0 <= frame < self.frames:
            raise FailedError(f"there is no page {frame}; the file has {self.frames}, counted from 0")
        with _pillow():
            self._go_to(frame)
            spacing, cautions = self._spacing()
            turn = self._turn()
            image = self._loaded(turn)
            pixels, greyscale, more = _grey(image, self._white_is_zero())
        if self.options.invert:
            pixels = _inverted(pixels, image)
            greyscale = _told_inverted(greyscale)
        rows, columns = pixels.shape
        orientation = TURNS[turn][0] if turn in TURNS else "identity"
        pixels.flags.writeable = False
        return Radiograph(
            pixels=pixels,
            encoding=Encoding(self.format, rows, columns, frame, self.frames, orientation=orientation),
            greyscale=greyscale,
            spacing=spacing,
            cautions=(*cautions, *more),
        )

    def _go_to(self, frame: int) -> None:
        try:
            self.image.seek(frame)
        except Exception as error:
            raise FailedError(f"corrupt: page {frame + 1} of {self.frames} cannot be found") from error
        check_pixels(self.image.height, self.image.width, self.options)

    def _turn(self) -> int:
        try:
            return int(self.image.getexif().get(ORIENTATION, 1))
        except Exception:  # a broken EXIF block takes nothing from the pixels
            return 1

    def _loaded(self, turn: int) -> Image.Image:
        """The upright picture; Pillow itself turns TIFF files while loading."""
        try:
            self.image.load()
        except MemoryError:
            raise
        except Exception as error:
            kind = "truncated" if "truncated" in str(error).lower() else "corrupt"
            raise FailedError(f"{kind}: the {self.format} data could not be decoded") from error
        if turn in TURNS and self.format != "TIFF":
            return self.image.transpose(TURNS[turn][1])
        return self.image

    def _spacing(self) -> tuple[Spacing, list[Caution]]:
        if not self.options.file_density:
            return Spacing(), []
        swapped = self.format != "TIFF" and self._turn() in SWAPS
        return file_density(self.image.info, swapped)

    def _white_is_zero(self) -> bool:
        """TIFF files with more than 8 bits, which Pillow leaves as they are."""
        tags = getattr(self.image, "tag_v2", {})
        return self.image.mode not in ("1", "L") and tags.get(PHOTOMETRIC) == WHITE_IS_ZERO


@contextmanager
def _pillow() -> Iterator[None]:
    """Pillow without its own limit on pixels (mlcalc has one) and without its warnings."""
    before = Image.MAX_IMAGE_PIXELS
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        Image.MAX_IMAGE_PIXELS = None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = before


def _open(file: BinaryIO, format: str) -> Image.Image:
    file.seek(0)
    try:
        return Image.open(file, formats=[format])
    except UnidentifiedImageError as error:
        hint = "16-bit grey or 8-bit files are read" if format == "TIFF" else ""
        raise FailedError(f"corrupt, or a kind of {format} that cannot be read", hint) from error
    except MemoryError:
        raise
    except Exception as error:
        raise FailedError(f"corrupt: the {format} header cannot be read ({type(error).__name__})") from error


def _grey(image: Image.Image, white_is_zero: bool) -> tuple[Pixels, Greyscale, list[Caution]]:
    """Grey values of a loaded picture; transparent pixels become 0."""
    if image.mode in ("I;16", "I;16L", "I;16B", "I;16N", "I", "F"):
        return _deep(np.asarray(image), white_is_zero)
    if image.mode in ("1", "L"):
        grey = np.asarray(image.convert("L"), np.float32) / np.float32(255)
        return grey, Greyscale("grey", 1 if image.mode == "1" else 8), []
    alpha = _alpha(image)
    cautions: list[Caution] = []
    if image.mode == "LA":
        grey, name = np.asarray(image.getchannel("L"), np.float32) / np.float32(255), "grey"
    elif image.mode in ("P", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"):
        grey, cautions = luminance(np.asarray(image.convert("RGB")), 255)
        name = "colour, taken as luminance"
    else:
        raise RejectedError(f"unsupported pixels: Pillow mode {image.mode}")
    if alpha is not None:
        grey = np.where(alpha, np.float32(0), grey)
    return grey, Greyscale(name, 8), cautions


def _alpha(image: Image.Image) -> NDArray[np.bool_] | None:
    """Which pixels are wholly transparent; None where there are none."""
    if not image.has_transparency_data:
        return None
    clear = np.asarray(image.convert("RGBA"))[..., 3] == 0
    return clear if clear.any() else None


def _deep(values: NDArray[Any], white_is_zero: bool) -> tuple[Pixels, Greyscale, list[Caution]]:
    """More than 8 bits: a window from the pixels."""
    found = values.astype(np.float64)
    finite = np.isfinite(found)
    present, counts = np.unique(found[finite], return_counts=True)
    window = percentile_window(present, counts, dense_is_high=not white_is_zero)
    bits = 8 * values.dtype.itemsize
    if window is None:
        record = Greyscale("grey", bits, voi="none: all pixels are alike")
        cautions = [Caution("blank", "all pixels have one value; there is nothing to see")]
        return np.zeros(values.shape, np.float32), record, cautions
    grey = window(np.where(finite, found, window.center - window.width))
    if white_is_zero:
        grey = 1 - grey
    record = Greyscale(
        "grey, white is zero" if white_is_zero else "grey",
        bits,
        voi=f"window {window.center:g} / {window.width:g} from the pixels; such a file has none",
        presentation="inverted" if white_is_zero else "identity",
        window=(window.center, window.width),
        inverted=white_is_zero,
    )
    return np.where(finite, grey, 0).astype(np.float32), record, []


def _inverted(pixels: Pixels, image: Image.Image) -> Pixels:
    alpha = _alpha(image)
    turned = 1 - pixels
    return turned if alpha is None else np.where(alpha, np.float32(0), turned)


def _told_inverted(record: Greyscale) -> Greyscale:
    steps = [record.presentation] if record.presentation != "identity" else []
    steps.append("inverted by --invert")
    return replace(record, inverted=not record.inverted, presentation=", ".join(steps))
