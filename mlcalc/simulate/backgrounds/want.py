"""What a crop of a real film should show."""

from __future__ import annotations

from dataclasses import dataclass

Range = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Want:
    """compartments: any of these (empty: any). structures, regions: likewise; a site without a structure
    fits where none are named. length: mm, the largest extent that the lesion will have.

    share: of that over the side of the crop, [low, high]. off_centre: most distance of the site from the
    crop's middle, over its side. film_pixels: side of the crop on the film, in pixels of a film of 256 (a
    larger film has as many more), [low, high]. stretch: the film's millimetres per pixel are multiplied by
    a factor of [low, high]: its true scale is not known, and lesions are wanted in several sizes. size, crop:
    sides of canvas and crop, pixels; the crop is the canvas's middle.
    """

    length: float = 12.0
    compartments: tuple[str, ...] = ()
    structures: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    share: Range = (0.12, 0.75)
    off_centre: float = 0.22
    film_pixels: Range = (80.0, 200.0)
    stretch: Range = (0.35, 1.0)
    size: int = 256
    crop: int = 224
