"""What must hold of every report, whatever file it is of."""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from mlcalc.errors import FileError
from mlcalc.imaging.radiograph import Radiograph
from mlcalc.intake.examine import Report, refused
from mlcalc.intake.sources import Source

STATUSES = ("ok", "rejected", "failed")
ENDINGS = {
    "late": "decoding took longer",
    "memory": "needs more memory",
    "crashed": "the decoder crashed",
    "internal": "internal error",
}
"""How a worker's own endings are told from what the reader found out, by the start of the reason."""


def report_of(source: Source, result: Report | FileError) -> Report:
    """As the command makes one of what a worker sends."""
    return refused(source, result) if isinstance(result, FileError) else result


def ending(report: Report) -> str:
    """ok, rejected or failed; or what ended the worker: late, memory, crashed, internal."""
    reason = report.reason or ""
    return next((name for name, start in ENDINGS.items() if reason.startswith(start)), report.status)


def complaints(report: Report, source: Source, secrets: tuple[str, ...], seconds: float) -> list[str]:
    """What is wrong with a report, in words; nothing mostly.

    secrets: lower-case words that tell the patient; they may stand in the path of a file only.
    """
    told = report.to_json()
    wrong = []
    if report.path != source.path:
        wrong.append("the report is of another file")
    if report.status not in STATUSES:
        wrong.append(f"unknown status {report.status!r}")
    if (report.status == "ok") is bool(report.reason):
        wrong.append(f"status {report.status} with the reason {report.reason!r}")
    if report.status == "ok" and report.encoding is None:
        wrong.append("ok, though no picture was read")
    if ending(report) == "internal":
        wrong.append(report.reason or "")
    if report.milliseconds is not None and report.milliseconds > seconds * 1000 + 500:
        wrong.append(f"took {report.milliseconds:.0f} ms")
    return wrong + _in_text(told, secrets)


def _in_text(told: dict[str, Any], secrets: tuple[str, ...]) -> list[str]:
    try:
        line = json.dumps(told, allow_nan=False, ensure_ascii=False)
        line.encode()
    except ValueError as error:
        return [f"no strict JSON: {error}"]
    text = line.lower()
    for path in (told["path"], told["duplicate_of"]):
        text = text.replace(json.dumps(path, ensure_ascii=False).lower().strip('"'), "")
    return [f"tells the patient: {word}" for word in secrets if word in text]


def wrong_pixels(radiograph: Radiograph, most: int) -> list[str]:
    """What is wrong with the pixels, in words."""
    pixels, encoding = radiograph.pixels, radiograph.encoding
    wrong = []
    if pixels.dtype != np.float32 or pixels.shape != (encoding.rows, encoding.columns):
        wrong.append(
            f"pixels {pixels.dtype} {pixels.shape} of a picture {encoding.rows} x {encoding.columns}"
        )
    if pixels.size > most:
        wrong.append(f"{pixels.size} pixels, {most} are allowed")
    if not (np.isfinite(pixels).all() and pixels.min() >= 0 and pixels.max() <= 1):
        wrong.append("values outside [0, 1]")
    if pixels.flags.writeable:
        wrong.append("the pixels are writable")
    return wrong
