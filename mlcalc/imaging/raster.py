"""PNG, TIFF, JPEG, BMP and WebP through Pillow.

Such a file was mostly exported from a viewer: 8-bit values are as they were meant to be seen and stay
as they are. 16-bit values rarely fill their range; they get a window from the pixels, as a DICOM file
without one does. Dense is taken to be bright, which only the polarity check can contradict.
"""

from __future__ import annotations

import re
from typing import BinaryIO

from PIL import Image
from PIL.ImageFile import ImageFile

from mlcalc.errors import FailedError
from mlcalc.imaging.damage import check_jpeg, check_png, check_png_rows, check_tiff
from mlcalc.imaging.density import file_density
from mlcalc.imaging.limits import ReadOptions, check_frames, check_pixels
from mlcalc.imaging.pillow import SWAPS, TURNS, go_to, load_upright, open_image, unbounded, webp_size
from mlcalc.imaging.radiograph import Caution, Encoding, Radiograph, Spacing
from mlcalc.imaging.raster_grey import to_grey
from mlcalc.imaging.tiff import values_of

PAGED = ("TIFF", "PNG", "WebP")
"""Formats that may hold several pictures; what follows a JPEG's first is its thumbnail or the like."""
WIDE = re.compile(";16[BLN]")
"""In Pillow's name of how pixels are stored: 16 bits a channel."""


class RasterFile:
    """A picture file without a header worth the name.

    ``frames`` counts the pages of a TIFF, or the pictures of an animation. Raises `RejectedError` for a
    kind that cannot be read and a picture that is too large, `FailedError` for what is broken.
    """

    def __init__(self, file: BinaryIO, format: str, options: ReadOptions):
        self.file, self.format, self.options = file, format, options
        with unbounded():
            self.image = self._open()
            self.frames = self._count() if format in PAGED else 1
        check_frames(self.frames, file)
        self.loaded: int | None = None

    def radiograph(self, frame: int) -> Radiograph:
        """The picture of one page, counted from 0."""
        if not 0 <= frame < self.frames:
            raise FailedError(f"there is no page {frame}; the file has {self.frames}, counted from 0")
        with unbounded():
            self._go_to(frame)
            return self._radiograph(frame)

    def _radiograph(self, frame: int) -> Radiograph:
        values, reduced = values_of(self.image), _reduced(self.image)
        image, turn = self._load()
        pixels, greyscale, cautions = to_grey(image, values, self.options.invert)
        pixels.flags.writeable = False
        spacing, more = (
            file_density(image.info, turn in SWAPS) if self.options.file_density else (Spacing(), [])
        )
        rows, columns = pixels.shape
        orientation = TURNS[turn][0] if turn in TURNS else "identity"
        return Radiograph(
            pixels=pixels,
            encoding=Encoding(self.format, rows, columns, frame, self.frames, orientation=orientation),
            greyscale=greyscale,
            spacing=spacing,
            cautions=(*more, *reduced, *cautions),
        )

    def _open(self) -> ImageFile:
        if self.format == "WebP":  # Pillow takes memory for the picture while it opens the file
            check_pixels(*webp_size(self.file), self.options)
        image = open_image(self.file, self.format)
        check_pixels(image.height, image.width, self.options)
        return image

    def _count(self) -> int:
        try:
            return int(getattr(self.image, "n_frames", 1))
        except MemoryError:
            raise
        except Exception as error:
            raise FailedError("corrupt: the pages cannot be counted") from error

    def _go_to(self, frame: int) -> None:
        if self.loaded is None and self.format == "PNG":
            check_png(self.file)
        if self.loaded is not None and frame <= self.loaded:
            self.image = self._open()  # what has been decoded, perhaps in vain, is no start
        self.loaded = frame
        go_to(self.image, frame, self.format)
        check_pixels(self.image.height, self.image.width, self.options)

    def _load(self) -> tuple[Image.Image, int]:
        if self.format == "TIFF":
            check_tiff(self.image)
        image, turn = load_upright(self.image, self.format)
        if self.format == "JPEG":
            check_jpeg(self.file, self.image)
        if self.format == "PNG" and self.frames == 1:
            check_png_rows(self.file, self.image)
        return image, turn


def _reduced(image: ImageFile) -> list[Caution]:
    """A caution for colours of 16 bits, of which Pillow keeps the upper 8."""
    if len(image.getbands()) == 1 or not any(WIDE.search(str(tile[3])) for tile in image.tile):
        return []
    return [Caution("bits_reduced", "16-bit colour, or grey with opacity, is read with 8 bits")]
