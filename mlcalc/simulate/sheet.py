"""Contact sheets: what the simulator draws, by class, to look at."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from mlcalc.errors import UsageError
from mlcalc.simulate.plan import Kind
from mlcalc.simulate.render import SimulationError
from mlcalc.simulate.simulated import Simulated
from mlcalc.simulate.source import Simulation
from mlcalc.vocabulary import FOCAL_DENSITIES, vocabulary

SIDE, GAP, LABEL, HEAD, NAME = 192, 4, 230, 34, 20
"""Pixels of a picture, between pictures, of the names on the left, of a heading, of a name below."""
INK, PAPER, OUTLINE = "#e8e8e8", "#202020", (255, 196, 0)
TRIED = 6
"""Crops that an overview chooses from."""
MOST = 200
"""Numbers that are tried for one line."""
KINDS: tuple[Kind, ...] = ("nothing", "plain", "distractor")


@dataclass(frozen=True)
class Line:
    """One line of a sheet."""

    title: str
    crops: tuple[Simulated, ...]


def check_writable(path: Path) -> None:
    """Raises UsageError where no sheet can be written to the path: said before minutes of drawing."""
    if path.suffix.lower() != ".png":
        raise UsageError(f"--sheet {path}: a sheet is a PNG; name a file that ends in .png")
    if path.is_dir():
        raise UsageError(f"--sheet {path} is a folder; name a file in it")
    if not path.parent.is_dir():
        raise UsageError(f"--sheet {path}: there is no folder {path.parent}; make it, or name another file")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise UsageError(f"--sheet {path}: may not be written here; name another file")


def lines(simulation: Simulation) -> int:
    """How many lines a sheet has."""
    return sum(1 for density in _classes(simulation) for _ in _subjects(simulation, density))


def write_sheet(
    path: Path, simulation: Simulation, each: int = 7, progress: Callable[[int], object] = int
) -> None:
    """A PNG with ``each`` crops of every morphology, by density class, and of every kind of negative.

    Only classes with a weight in the config are drawn. The last picture of a line of lesions shows the
    outline of its mask. progress: told how many more lines are done. Raises UsageError where the file cannot
    be written.
    """
    blocks: list[tuple[str, list[Line]]] = []
    for density in _classes(simulation):
        blocks.append((density, []))
        for line in _lines(simulation, density, each):
            blocks[-1][1].append(line)
            progress(1)
    rows = sum(len(lines) for _, lines in blocks)
    size = LABEL + each * (SIDE + GAP) + GAP, HEAD * (len(blocks) + 1) + rows * (SIDE + GAP)
    sheet = Image.new("RGB", size, PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((8, 8), "mlcalc: simulated crops, no patients", INK, ImageFont.load_default(16))
    top = HEAD
    for density, lines in blocks:
        draw.text((8, top + 8), _name(density), INK, ImageFont.load_default(18))
        top += HEAD
        for line in lines:
            _put(sheet, line, top)
            top += SIDE + GAP
    _save(sheet, path, "PNG", optimize=True)


def write_overview(path: Path, simulation: Simulation, columns: int = 6, quality: int = 82) -> None:
    """A small JPEG with one crop of every morphology of the config's classes, its name below it.

    For a README: what a sheet of `write_sheet` shows at length. Of `TRIED` lesions of a morphology the one
    that is seen best; of negatives all of them. Raises UsageError as `write_sheet` does.
    """
    tiles = [
        (line.title, crop)
        for density in _classes(simulation)
        for line in _lines(simulation, density, TRIED)
        for crop in _best(line)
    ]
    rows = -(-len(tiles) // columns)
    width, height = columns * (SIDE + GAP) + GAP, rows * (SIDE + NAME + GAP) + GAP
    sheet = Image.new("RGB", (width, height), PAPER)
    draw = ImageDraw.Draw(sheet)
    for number, (title, crop) in enumerate(tiles):
        left = GAP + (number % columns) * (SIDE + GAP)
        top = GAP + (number // columns) * (SIDE + NAME + GAP)
        sheet.paste(_picture(crop, outlined=False), (left, top))
        draw.text((left + 3, top + SIDE + 2), title.replace("_", " "), INK, ImageFont.load_default(13))
    _save(sheet.convert("L"), path, "JPEG", quality=quality, optimize=True)


def _best(line: Line) -> tuple[Simulated, ...]:
    seen = max(line.crops, key=lambda crop: crop.visibility, default=None)
    return line.crops if seen is None or not seen.visibility else (seen,)


def _save(sheet: Image.Image, path: Path, format: str, **options: int | bool) -> None:
    try:
        sheet.save(path, format, **options)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror or error}") from error


def _name(density: str) -> str:
    return vocabulary().terms["density"][density].name


def _classes(simulation: Simulation) -> list[str]:
    return [density for density, weight in simulation.config.densities.items() if weight]


def _lines(simulation: Simulation, density: str, each: int) -> Iterator[Line]:
    return (_line(title, density, only, each) for title, only in _subjects(simulation, density))


def _subjects(simulation: Simulation, density: str) -> Iterator[tuple[str, Simulation]]:
    """What each line of a class shows, and the simulation that draws nothing else."""
    config = simulation.config.model_copy(update={"densities": {density: 1.0}})
    if density not in FOCAL_DENSITIES:
        for kind in KINDS:
            weights: dict[str, float] = {name: float(name == kind) for name in KINDS}
            negatives = config.negatives.model_copy(update=weights)
            yield kind, simulation.with_config(config.model_copy(update={"negatives": negatives}))
        return
    recipes = [recipe for recipe in simulation.recipes if recipe.density == density]
    for morphology in vocabulary().ids("morphology"):
        showing = tuple(recipe for recipe in recipes if morphology in recipe.morphology)
        chosen = tuple(recipe for recipe in showing if len(recipe.morphology) == 1) or showing
        if chosen:
            yield morphology, simulation.with_config(config, chosen)
    bare = tuple(recipe for recipe in recipes if not recipe.morphology)
    if bare:
        yield "no_morphology", simulation.with_config(config, bare)


def _line(title: str, density: str, only: Simulation, each: int) -> Line:
    """Crops of numbers of its own: a line shows other people than most other lines do."""
    first = sum(f"{density} {title}".encode()) * MOST
    return Line(title, tuple(islice(_drawable(only, first), each)))


def _drawable(only: Simulation, first: int) -> Iterator[Simulated]:
    """Crops from a number on; a shape cannot be drawn in every region."""
    for index in range(first, first + MOST):
        with suppress(SimulationError):
            yield only[index]


def _put(sheet: Image.Image, line: Line, top: int) -> None:
    draw = ImageDraw.Draw(sheet)
    for number, word in enumerate(_folded(line.title)):
        draw.text((8, top + 8 + 20 * number), word, INK, ImageFont.load_default(16))
    for number, crop in enumerate(line.crops):
        outlined = number == len(line.crops) - 1 and bool(crop.mask.any())
        left = LABEL + GAP + number * (SIDE + GAP)
        sheet.paste(_picture(crop, outlined), (left, top))
        draw.text((left + 4, top + SIDE - 14), _told(crop), INK, ImageFont.load_default(10))


def _folded(title: str) -> list[str]:
    words, lines = title.replace("_", " ").split(), [""]
    for word in words:
        if len(lines[-1]) + len(word) > 22:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _told(crop: Simulated) -> str:
    recipe = crop.parameters.get("lesion_recipe", "")
    return f"{crop.location.region} {recipe}"[:34]


def _picture(crop: Simulated, outlined: bool) -> Image.Image:
    grey = np.round(crop.pixels * 255).astype(np.uint8)
    colours = np.repeat(grey[:, :, None], 3, axis=2)
    if outlined:
        inner = crop.mask.copy()
        inner[1:-1, 1:-1] &= (
            crop.mask[:-2, 1:-1] & crop.mask[2:, 1:-1] & crop.mask[1:-1, :-2] & crop.mask[1:-1, 2:]
        )
        colours[crop.mask & ~inner] = OUTLINE
    return Image.fromarray(colours).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
