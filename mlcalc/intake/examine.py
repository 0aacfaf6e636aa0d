"""What one file is: read as for a prediction, and told instead of predicted."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from typing import Any

from mlcalc.crops.crop import box_cautions
from mlcalc.crops.geometry import box_in_pixels, clip, effective_spacing
from mlcalc.errors import FileError
from mlcalc.imaging.exposed import Field, find_field
from mlcalc.imaging.limits import ReadOptions
from mlcalc.imaging.radiograph import Caution, Encoding, Greyscale, HeaderFacts, Radiograph, Spacing
from mlcalc.imaging.read import PictureFile, open_pictures, read_frame
from mlcalc.intake.sources import Source
from mlcalc.intake.work import Unit, units


@dataclass(frozen=True)
class CropReport:
    """One unit of work: what was asked for, and whether it can be had."""

    unit: Unit
    status: str = "ok"
    reason: str | None = None
    box: list[float] | None = None
    spacing: Spacing = field(default_factory=Spacing)
    cautions: tuple[Caution, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The report by its names; box in pixels of the upright picture, null for the exposed field."""
        location = self.unit.request.location
        return {
            "frame": self.unit.frame,
            "line": self.unit.line,
            "asked_by": self.unit.asked_by or None,
            "status": self.status,
            "reason": self.reason,
            "box": self.box,
            "spacing": self.spacing.to_json(),
            "location": {part: value for part, value in asdict(location).items() if value is not None},
            "warnings": [caution.code for caution in self.cautions],
        }


@dataclass(frozen=True)
class Report:
    """What a file is, what was applied to it, and what is the matter with it.

    path: as shown, in printable characters. file: what to open, the zip for a file in one. status: ok,
    rejected or failed: the worst of the file and of what is asked of it. The facts are those of the first
    frame that could be read; None where none could.
    """

    path: str
    status: str
    file: str = ""
    reason: str | None = None
    hint: str | None = None
    encoding: Encoding | None = None
    greyscale: Greyscale | None = None
    spacing: Spacing | None = None
    facts: HeaderFacts | None = None
    field: Field | None = None
    cautions: tuple[Caution, ...] = ()
    crops: tuple[CropReport, ...] = ()
    duplicate_of: str | None = None
    sidecar: str | None = None
    milliseconds: float | None = None

    def to_json(self) -> dict[str, Any]:
        """One line of ``mlcalc inspect --format jsonl``; null where a fact is unknown."""
        told = {name: getattr(self, name) for name in ("path", "file", "status", "reason", "hint")}
        for name in ("encoding", "greyscale", "spacing", "facts", "field"):
            part = getattr(self, name)
            told[name] = None if part is None else part.to_json()
        told["region"] = self.facts.region if self.facts else None
        told["warnings"] = list(dict.fromkeys(caution.code for caution in self.cautions))
        told["warning_texts"] = [caution.text for caution in self.cautions]
        told["crops"] = [crop.to_json() for crop in self.crops]
        told |= {"duplicate_of": self.duplicate_of, "sidecar": self.sidecar}
        took = None if self.milliseconds is None else round(self.milliseconds, 1)
        return told | {"milliseconds": took}


def examine(source: Source, options: ReadOptions) -> Report:
    """Read every frame that is asked for; never raises for what a file holds."""
    start = time.perf_counter()
    try:
        with source.open(options.max_bytes) as file, open_pictures(file, options) as pictures:
            report = _report(source, pictures)
    except FileError as error:
        report = refused(source, error)
    return _finished(report, source, (time.perf_counter() - start) * 1000)


def refused(source: Source, error: FileError) -> Report:
    """The report of a file that could not be read at all."""
    return Report(source.path, error.status, os.fspath(source.file), error.reason, error.hint or None)


def _report(source: Source, pictures: PictureFile) -> Report:
    """Every frame once, however many crops it is asked for."""
    asked: dict[int, list[Unit]] = {}
    for unit in units(source, pictures.frames):
        asked.setdefault(unit.frame, []).append(unit)
    report = Report(source.path, "ok", os.fspath(source.file))
    for frame, wanted in sorted(asked.items()):
        report = _add_frame(report, wanted, partial(read_frame, pictures, frame))
    return report


def _add_frame(report: Report, wanted: list[Unit], read: Callable[[], Radiograph]) -> Report:
    impossible = [_crop_refused(unit, unit.problem) for unit in wanted if unit.problem]
    possible = [unit for unit in wanted if not unit.problem]
    crops: list[CropReport] = []
    if possible:
        try:
            radiograph = read()
        except FileError as error:
            crops = [_crop_refused(unit, error) for unit in possible]
        else:
            report = _add_facts(report, radiograph)
            crops = [_place(unit, radiograph) for unit in possible]
    together = [*report.crops, *impossible, *crops]
    return replace(report, crops=tuple(sorted(together, key=lambda crop: crop.unit.line or 0)))


def _add_facts(report: Report, radiograph: Radiograph) -> Report:
    new = tuple(caution for caution in radiograph.cautions if caution not in report.cautions)
    report = replace(report, cautions=(*report.cautions, *new))
    if report.encoding is not None:
        return report
    return replace(
        report,
        encoding=radiograph.encoding,
        greyscale=radiograph.greyscale,
        spacing=radiograph.spacing,
        facts=radiograph.facts,
        field=find_field(radiograph.pixels, radiograph.header_field),
    )


def _place(unit: Unit, radiograph: Radiograph) -> CropReport:
    spacing = effective_spacing(radiograph.spacing, unit.request.mm_per_pixel)
    if unit.request.box is None:
        return CropReport(unit, spacing=spacing)
    try:
        box, clipped = clip(box_in_pixels(unit.request.box, unit.request.unit, spacing), radiograph.box)
    except FileError as error:
        return CropReport(unit, error.status, f"{unit.box_at}: {error}")
    cautions = tuple(
        Caution(caution.code, f"{unit.box_at}: {caution.text}") for caution in box_cautions(box, clipped)
    )
    return CropReport(unit, box=box.to_json(), spacing=spacing, cautions=cautions)


def _crop_refused(unit: Unit, error: FileError) -> CropReport:
    """A row's own problems name their places already; what a picture says against it does not."""
    told = unit.problem is not None or not unit.asked_by
    reason = error.reason if told else f"{unit.asked_by}: {error.reason}"
    return CropReport(unit, error.status, reason)


def _finished(report: Report, source: Source, milliseconds: float) -> Report:
    """The worst status of the crops is the file's; the facts of where it was found are added."""
    bad = [crop for crop in report.crops if crop.status != "ok"]
    if bad and report.status == "ok":
        worst = next((crop for crop in bad if crop.status == "failed"), bad[0])
        more = f" (and {len(bad) - 1} more of its crops)" if len(bad) > 1 else ""
        report = replace(report, status=worst.status, reason=f"{worst.reason}{more}")
    cautions = [caution for crop in report.crops for caution in crop.cautions]
    if source.duplicate_of is not None:
        cautions.append(Caution("duplicate", f"the same bytes as {source.duplicate_of}"))
    return replace(
        report,
        cautions=(*report.cautions, *cautions),
        duplicate_of=source.duplicate_of,
        sidecar=None if source.sidecar is None or source.rows else source.sidecar.name,
        milliseconds=milliseconds,
    )
