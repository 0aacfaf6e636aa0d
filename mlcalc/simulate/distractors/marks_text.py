"""Letters: lead side markers, text that a console prints, the plate with a patient's name."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage as ndi

from mlcalc.simulate.distractors.marked import KEPT, Film
from mlcalc.simulate.grid import Map

PLACES = 12
"""Places that are tried for letters; the one with least patient below wins."""
WORDS = [
    "AP",
    "PA",
    "LAT",
    "OBL",
    "AXIAL",
    "PORTABLE",
    "STANDING",
    "WT BEARING",
    "SUPINE",
    "ERECT",
    "INT ROT",
    "EXT ROT",
    "XTABLE",
    "COMPARE",
    "POST",
    "kV 60 mAs 4",
    "EI 412",
    "S=205",
    "DI -0.3",
    "14:32",
    "CR",
    "DX",
    "1/2",
    "[H]",
    "[F]",
    "[A]",
    "[P]",
    "2",
    "3",
    "7",
    "12",
]
"""What stands on radiographs; no words that name a finding."""


def side_marker(film: Film) -> None:
    """R or L, of lead or printed; with a technologist's initials; framed; turned as it was laid."""
    random = film.random
    text = str(random.choice(["L", "R"]))
    if film.whether("initials"):
        text += str(random.choice([" ", "\n", ""])) + _initials(random)
    lead = film.whether("lead")
    angle = float(random.normal(0, 12)) + 90.0 * float(random.choice([0, 0, 0, 1, 2, 3])) if lead else 0.0
    ink = letters(text, max(round(film.number("size") * film.size), 8), lead)
    if film.whether("boxed"):
        ink = _framed(ink, max(round(0.06 * max(ink.shape)), 1))
    if film.whether("mirrored"):
        ink = ink[:, ::-1]
    if angle:
        ink = np.clip(ndi.rotate(ink, angle, order=1), 0, 1)
    if lead:
        ink = ndi.gaussian_filter(np.pad(ink, 3), float(random.uniform(0.4, 1.3)))
    share = np.float32(random.uniform(0.55, 1.0) if lead else 1.0)
    put(film, ink * share, float(random.uniform(0.8, 1.0)))


def burnt_text(film: Film) -> None:
    """One to a few lines of small upright text, white, sometimes in a black box."""
    random = film.random
    count = int(random.integers(1, int(film.number("lines")) + 1))
    text = "\n".join(str(random.choice(WORDS)) for _ in range(count))
    ink = letters(text, max(round(film.number("size") * film.size), 7), False)
    if film.whether("boxed"):
        ink = np.pad(ink, 3)
        top, left = _free(film, ink.shape)
        where = (slice(top, top + ink.shape[0]), slice(left, left + ink.shape[1]))
        film.cover(0.0, np.ones(film.picture[where].shape, np.float32), where)
        film.cover(1.0, ink[: film.size, : film.size], where)
    else:
        put(film, ink, float(random.uniform(0.75, 1.0)))


def name_plate(film: Film) -> None:
    """The window of a cassette: an even box, white or black, with small unreadable lines."""
    random = film.random
    high = max(round(film.number("size") * film.size), 12)
    wide = min(round(high * float(random.uniform(1.5, 3.0))), film.size // 2)
    light = bool(random.random() < 0.5)
    top, left = _free(film, (high, wide))
    where = (slice(top, top + high), slice(left, left + wide))
    film.cover(0.95 if light else 0.05, np.full(film.picture[where].shape, 0.95, np.float32), where)
    rows, columns = film.picture[where].shape
    noise = np.repeat(random.random((rows, columns // 2 + 1)) < 0.5, 2, axis=1)[:, :columns]
    lines = (np.arange(rows) // 3 % 2 == 1)[:, None] & noise
    lines[:2], lines[-2:], lines[:, :3], lines[:, -3:] = False, False, False, False
    film.cover(0.2 if light else 0.85, 0.8 * lines.astype(np.float32), where)


def put(film: Film, ink: Map, grey: float) -> None:
    """Ink (rows, columns) in [0, 1] where the picture has room for it."""
    top, left = _free(film, (ink.shape[0], ink.shape[1]))
    where = (slice(top, top + ink.shape[0]), slice(left, left + ink.shape[1]))
    ink = ink[: film.size, : film.size]
    film.cover(grey, ink.astype(np.float32), where)


def _free(film: Film, shape: tuple[int, ...]) -> tuple[int, int]:
    """Top and left of the place beside the middle with least patient in it; may be cut by the border."""
    rows, columns = (min(n, film.size) for n in shape)
    spare = 4
    tops = film.random.integers(-spare, film.size - rows + spare + 1, PLACES)
    lefts = film.random.integers(-spare, film.size - columns + spare + 1, PLACES)
    tops, lefts = (np.clip(at, 0, film.size - n) for at, n in ((tops, rows), (lefts, columns)))
    low, high = film.size * (1 - KEPT) / 2, film.size * (1 + KEPT) / 2
    best, chosen = np.inf, (0, 0)
    for top, left in [*zip(tops.tolist(), lefts.tolist(), strict=True), (0, 0)]:
        down, right = min(high, top + rows) - max(low, top), min(high, left + columns) - max(low, left)
        middle = max(down, 0) * max(right, 0) / (rows * columns)
        cost = float(film.body[top : top + rows : 3, left : left + columns : 3].mean()) + 9 * middle
        if cost < best:
            best, chosen = cost, (top, left)
    return chosen


@lru_cache(maxsize=512)
def letters(text: str, size: int, bold: bool) -> Map:
    """Text in a size (pixels), as ink in [0, 1], (rows, columns) float32; not to be changed."""
    font = _font(size)
    image = Image.new("L", (1, 1))
    left, top, right, bottom = ImageDraw.Draw(image).multiline_textbbox((0, 0), text, font, spacing=2)
    wide = max(round(size / 14), 1) if bold else 0
    image = Image.new("L", (round(right - left) + 2 + 2 * wide, round(bottom - top) + 2 + 2 * wide))
    at = (1 + wide - left, 1 + wide - top)
    ImageDraw.Draw(image).multiline_text(at, text, 255, font, spacing=2, stroke_width=wide)
    ink: Map = np.asarray(image, np.float32) / np.float32(255)
    ink.flags.writeable = False
    return ink


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)


def _initials(random: np.random.Generator) -> str:
    count = int(random.integers(1, 4))
    signs = "ABCDEFGHJKLMNPRSTW" if random.random() < 0.6 else "0123456789"
    return "".join(signs[int(random.integers(len(signs)))] for _ in range(count))


def _framed(ink: Map, line: int) -> Map:
    inner = np.pad(ink, 3)
    return np.pad(inner, line, constant_values=1.0)


TEXT = {"side_marker": side_marker, "burnt_text": burnt_text, "name_plate": name_plate}
