"""Units of work: one crop of one frame of one file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mlcalc.crops.row import WHOLE, CropRequest
from mlcalc.crops.sidecar import read_sidecar
from mlcalc.errors import CaseError, FileError, RejectedError
from mlcalc.intake.sources import Source


@dataclass(frozen=True, slots=True)
class Unit:
    """One crop to be cut: of which frame (from 0), what of it, and who asks.

    asked_by: "manifest.csv, line 7", "knee.json", or "" for the whole picture of a file that nobody asks
    anything of. box_at: where the box stands in there. problem: why it cannot be cut,
    known before a pixel is read.
    """

    frame: int
    request: CropRequest = WHOLE
    asked_by: str = ""
    box_at: str = ""
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
            unit = Unit(0, row.crop, name, f"{name}, columns x0 to y1", row.line)
            yield from _frames(unit, row.frame, frames, f"{name}, column frame")


def _sidecar_units(source: Source, frames: int) -> Iterator[Unit]:
    assert source.sidecar is not None
    try:
        asked = read_sidecar(source.sidecar)
    except CaseError as error:
        yield Unit(0, asked_by=source.sidecar.name, problem=RejectedError(str(error)))
        return
    name = source.sidecar.name
    for crop in asked:
        yield from _frames(Unit(0, crop.crop, name, f"{name}: box"), crop.frame, frames, f"{name}: frame")


def _frames(unit: Unit, wanted: int | None, frames: int, frame_at: str) -> Iterator[Unit]:
    """The unit on the frame that is wanted, or on each; frame_at: where the wanted number stands."""
    if wanted is not None and wanted >= frames:
        reason = f"{frame_at}: there is no frame {wanted}; the file has {frames}, counted from 0"
        yield replace(unit, frame=wanted, problem=RejectedError(reason))
        return
    for frame in range(frames) if wanted is None else (wanted,):
        yield replace(unit, frame=frame)
