"""What a data set is on disk, and how it is written so that nothing half-written looks finished.

::

    DIR/simulation.json      what is made here: config, seed, format, versions; written first
    DIR/images/000/000123.png, DIR/masks/000/000123.png
    DIR/parts/000064.csv     lines of one batch of crops, written when their pictures are there
    DIR/manifest.csv         all lines; written last: without it the set is not finished
    DIR/card.md              the data card, beside the manifest

The manifest says what belongs to the set. Where fewer crops are asked for than before, pictures of higher
numbers stay, so that asking for more again finds them; they stand in no manifest.
"""

from __future__ import annotations

import csv
import errno
import io
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from mlcalc.errors import FailedError
from mlcalc.simulate.console.store import Header, write_dicom, write_mask, write_png
from mlcalc.simulate.simulated import Simulated, row

Format = Literal["png", "dicom"]
UID_STEP = 10**9
"""Crops of two seeds never share a UID while there are fewer crops than this."""
FULL = "free some space and run the same command again: it goes on where it stopped"
FORBIDDEN = "name a folder that you may write to"
HINTS: Mapping[int, str] = {
    **dict.fromkeys((errno.ENOSPC, errno.EDQUOT), FULL),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), FORBIDDEN),
    **dict.fromkeys((errno.ENOENT, errno.ENOTDIR), "name another folder"),
}
"""What to do about what a disk refuses."""
SUFFIX: Mapping[str, str] = {"png": ".png", "dicom": ".dcm"}


PART = ".part"
HALF = tuple(f"{place}.*{PART}" for place in ("", "parts/", "images/*/", "masks/*/"))
"""Files that were being written when a process was killed (`console.store` names its own like this too)."""


def write_text(path: Path, text: str) -> None:
    """Written beside and moved into place, so that it is there whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    try:
        beside.write_text(text, encoding="utf-8", newline="")
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def sweep(folder: Path) -> None:
    """Takes away what was half-written when a process was killed."""
    for pattern in HALF:
        for path in folder.glob(pattern):
            path.unlink(missing_ok=True)


def as_csv(columns: Sequence[str], rows: Iterable[Mapping[str, str]], header: bool = True) -> str:
    """Lines of CSV; a cell that a row lacks is empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write_crop(folder: Path, crop: Simulated, split: str, bits: int, format: Format) -> dict[str, str]:
    """Picture and mask of one crop; its line of the manifest. Negatives have an empty mask."""
    name = f"{crop.index // 1000:03d}/{crop.index:06d}"
    picture, mask = f"images/{name}{SUFFIX[format]}", f"masks/{name}.png"
    for path in (folder / picture, folder / mask):
        path.parent.mkdir(parents=True, exist_ok=True)
    cells = row(crop, split, picture, mask)
    if format == "png":
        write_png(folder / picture, crop.pixels, bits)
    else:
        write_dicom(folder / picture, crop.pixels, header(crop))
    write_mask(folder / mask, crop.mask)
    return cells


def header(crop: Simulated) -> Header:
    """What the DICOM header of a crop tells; every other one is stored dense = dark."""
    drawn = crop.parameters
    age = crop.context.get("age") or drawn.get("age")
    return Header(
        region=crop.location.region or "",
        mm=crop.mm_per_pixel,
        seed=int(drawn.get("split_seed", 0)) * UID_STEP + crop.index,
        view=str(drawn.get("view", "")),
        kvp=crop.kvp,
        magnification=float(drawn.get("detector_magnification", 1.0)),
        inverted=crop.index % 2 == 1,
        age=None if age is None else float(age),
        sex=crop.context.get("sex", ""),
    )


@contextmanager
def told(folder: Path) -> Iterator[None]:
    """Turns what the disk refuses below a folder into a FailedError that says so."""
    try:
        yield
    except OSError as error:
        hint = HINTS.get(error.errno or 0, "run the same command again: it goes on where it stopped")
        named = error.filename is not None and not str(error.filename).endswith(PART)
        place = error.filename if named else f"into {folder}"
        raise FailedError(f"cannot write {place}: {error.strerror}", hint) from error
