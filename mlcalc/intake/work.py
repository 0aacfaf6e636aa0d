"""Units of work: one crop of one frame of one file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mlcalc.crops.row import WHOLE, CropRequest
from mlcalc.crops.sidecar import read_sidecar
from mlcalc.errors import CaseError, FileError, RejectedError
from mlcalc.intake.sources import Source


@dataclass(frozen=True, slots=True)
class Unit:
    """One crop to be cut: of which frame (from 0), what of it, and who asks.

    asked_by: "manifest.csv, line 7", "knee.json", or "" for the whole picture of a file that nobody asks
    anything of. problem: why it cannot be cut, known before a pixel is read.
    """

    frame: int
    request: CropRequest = WHOLE
    asked_by: str = ""
    line: int | None = None
    problem: FileError | None = None


def units(source: Source, frames: int) -> Iterator[Unit]:
    """What is asked of a file of so many frames; a row that names no frame asks for each of them."""
    if source.rows:
        yield from _manifest_units(source, frames)
    elif source.sidecar is not None:
        yield from _sidecar_units(source, frames)
    else:
        yield from (Unit(frame) for frame in range(frames))


def _manifest_units(source: Source, frames: int) -> Iterator[Unit]:
    for row in source.rows:
        name = f"{row.manifest}, line {row.line}"
        if row.problems:
            reason = "; ".join(map(str, row.problems))
            yield Unit(row.frame or 0, asked_by=name, line=row.line, problem=RejectedError(reason))
        else:
            place = f"{name}, column frame"
            yield from _frames(row.frame, frames, row.crop, name, place, row.line)


def _sidecar_units(source: Source, frames: int) -> Iterator[Unit]:
    assert source.sidecar is not None
    try:
        asked = read_sidecar(source.sidecar)
    except CaseError as error:
        yield Unit(0, asked_by=source.sidecar.name, problem=RejectedError(str(error)))
        return
    for crop in asked:
        place = f"{source.sidecar.name}: frame"
        yield from _frames(crop.frame, frames, crop.crop, source.sidecar.name, place)


def _frames(
    wanted: int | None, frames: int, request: CropRequest, name: str, place: str, line: int | None = None
) -> Iterator[Unit]:
    if wanted is not None and wanted >= frames:
        reason = f"{place}: there is no frame {wanted}; the file has {frames}, counted from 0"
        yield Unit(wanted, request, name, line, RejectedError(reason))
        return
    for frame in range(frames) if wanted is None else (wanted,):
        yield Unit(frame, request, name, line)
