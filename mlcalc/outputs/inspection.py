"""What `mlcalc inspect` prints: a table to read, or one line of JSON a file."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlcalc.imaging.radiograph import Spacing
from mlcalc.intake.examine import Report

COLOURS = {"ok": "green", "rejected": "yellow", "failed": "red"}
CROPS_SHOWN = 3


def json_line(report: Report) -> str:
    """The report as one line, in characters that every terminal can carry."""
    return json.dumps(report.to_json(), ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def make_table() -> Table:
    """The empty table; a row a file is added by `add_row`."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("file", overflow="fold", ratio=3)
    table.add_column("status")
    table.add_column("what it is", ratio=2)
    table.add_column("mm per pixel", ratio=2)
    table.add_column("grey values", ratio=3)
    table.add_column("remarks", ratio=4)
    return table


def add_row(table: Table, report: Report) -> None:
    """One file: what it is, what was applied, and what to beware of."""
    table.add_row(
        Text(report.path),
        Text(report.status, style=COLOURS[report.status]),
        Text(_what(report)),
        Text(_millimetres(report.spacing)),
        Text(_greys(report)),
        Text(_remarks(report)),
    )


def summary(reports: Iterable[Report]) -> str:
    """``33 files: 19 ok, 14 rejected, 0 failed``."""
    statuses = [report.status for report in reports]
    counts = Counter(statuses)
    told = ", ".join(f"{counts[status]} {status}" for status in COLOURS)
    return f"{len(statuses)} file{'' if len(statuses) == 1 else 's'}: {told}"


def print_table(console: Console, reports: Iterable[Report]) -> None:
    """The whole table."""
    table = make_table()
    for report in reports:
        add_row(table, report)
    console.print(table)


def _what(report: Report) -> str:
    if report.encoding is None:
        return ""
    code, facts = report.encoding, report.facts
    size = f"{code.format} {code.columns} x {code.rows}"
    frames = f", {code.frames} frames" if code.frames > 1 else ""
    header = [] if facts is None else [facts.modality, facts.region or facts.body_part, facts.view_position]
    return "\n".join([size + frames, " ".join(part for part in header if part)]).strip()


def _millimetres(spacing: Spacing | None) -> str:
    """Never a length without who says so."""
    if spacing is None:
        return ""
    if not spacing.known:
        return "unknown"
    assert spacing.row_mm is not None
    assert spacing.column_mm is not None
    same = abs(spacing.row_mm - spacing.column_mm) < 1e-6
    value = f"{spacing.row_mm:.4g}" if same else f"{spacing.row_mm:.4g} x {spacing.column_mm:.4g}"
    return f"{value}\n{spacing.source}"


def _greys(report: Report) -> str:
    grey = report.greyscale
    if grey is None:
        return ""
    steps = [step for step in (grey.modality, grey.voi, grey.presentation) if step != "identity"]
    return "\n".join([f"{grey.photometric}, {grey.bits} bit", *steps])


def _remarks(report: Report) -> str:
    lines = [] if report.reason is None else [report.reason + (f" ({report.hint})" if report.hint else "")]
    if report.field is not None and report.field.source != "whole":
        lines.append(f"exposed field {report.field.box.to_json()} ({report.field.source})")
    lines += [f"{caution.code}: {caution.text}" for caution in report.cautions]
    asked = [crop for crop in report.crops if crop.unit.asked_by and crop.status == "ok"]
    lines += [f"crop {crop.box or 'whole'} of {crop.unit.asked_by}" for crop in asked[:CROPS_SHOWN]]
    if len(asked) > CROPS_SHOWN:
        lines.append(f"and {len(asked) - CROPS_SHOWN} more crops")
    return "\n".join(lines)
