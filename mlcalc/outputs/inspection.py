"""What `mlcalc inspect` prints: a table to read, or one line of JSON a file."""

from __future__ import annotations

import json
import os.path
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mlcalc.imaging.radiograph import Spacing
from mlcalc.intake.examine import Report

COLOURS = {"ok": "green", "rejected": "yellow", "failed": "red"}
CROPS_SHOWN = 6
"""Crops, and reasons, listed of one file."""


def json_line(report: Report) -> str:
    """The report as one line; escaped where a name has characters that UTF-8 cannot carry."""
    return json.dumps(report.to_json(), ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def summary(statuses: Mapping[str, int]) -> str:
    """``33 files: 19 ok, 14 rejected, 0 failed``, from how many there are of each status."""
    told = ", ".join(f"{statuses.get(status, 0)} {status}" for status in COLOURS)
    count = sum(statuses.values())
    return f"{count} file{'' if count == 1 else 's'}: {told}"


def print_table(console: Console, reports: Sequence[Report]) -> None:
    """A block a file (name, what it is and what was applied, remarks), then what each word means."""
    folder = _common_folder([report.path for report in reports])
    if folder:
        console.print(Text(f"in {folder}"), soft_wrap=True)
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column("status", no_wrap=True)
    table.add_column("file", overflow="fold")
    for report in reports:
        facts = "; ".join(_facts(report))
        below = [Text(facts, style="dim")] if facts else []
        below += [Text(remark) for remark in _remarks(report)]
        name = Text(report.path[len(folder) :])
        block = Group(name, *(Padding(line, (0, 0, 0, 2)) for line in below))
        table.add_row(Text(report.status, style=COLOURS[report.status]), block)
    console.print(table)
    _print_legend(console, reports)


def _print_legend(console: Console, reports: Sequence[Report]) -> None:
    """Each warning once, with its text where it was first met, and each source of millimetres."""
    counts = Counter(caution.code for report in reports for caution in report.cautions)
    texts = {c.code: c.text for report in reversed(reports) for c in reversed(report.cautions)}
    sources = {str(r.spacing.source): r.spacing.note for r in reports if r.spacing and r.spacing.note}
    if counts or sources:
        console.print()
    for code, count in counts.most_common():
        told = "" if count == 1 else f" ({count} times)"
        console.print(Text.assemble((code, "bold"), f"{told}: {texts[code]}"))
    for source, note in sources.items():
        console.print(Text.assemble((source, "bold"), f": {note}"))


def _facts(report: Report) -> Iterator[str]:
    if report.encoding is None or report.spacing is None or report.greyscale is None:
        return
    code, facts, grey = report.encoding, report.facts, report.greyscale
    frames = f", {code.frames} frames" if code.frames > 1 else ""
    yield f"{code.format} {code.columns} wide, {code.rows} high{frames}"
    header = [facts.modality, facts.region or facts.body_part, facts.view_position] if facts else []
    if any(header):
        yield " ".join(part for part in header if part)
    yield _millimetres(report.spacing)
    for step in (grey.modality, grey.voi):
        if step != "identity" and not step.startswith("none"):
            yield step.split(" (", maxsplit=1)[0].split(",", maxsplit=1)[0]
    for step in (grey.presentation, code.orientation):
        if step != "identity":
            yield step
    if report.field is not None and report.field.source != "whole":
        box = report.field.box
        yield f"exposed x {box.x0:g} to {box.x1:g}, y {box.y0:g} to {box.y1:g}"


def _millimetres(spacing: Spacing) -> str:
    """Never a length without who says so."""
    if not spacing.known or spacing.row_mm is None or spacing.column_mm is None:
        return "spacing unknown"
    same = abs(spacing.row_mm - spacing.column_mm) < 1e-6
    value = f"{spacing.row_mm:.4g}" if same else f"{spacing.row_mm:.4g} x {spacing.column_mm:.4g}"
    return f"{value} mm a pixel by {spacing.source}"


def _remarks(report: Report) -> Iterator[str]:
    """Why it cannot be used, the crops asked of it, and the codes of its warnings."""
    asked = [crop for crop in report.crops if crop.unit.asked_by]
    refused = [crop.reason for crop in report.crops if crop.status != "ok" and crop.reason]
    if refused and asked:
        yield from refused[:CROPS_SHOWN]
        more = len(refused) - CROPS_SHOWN
        yield f"{len(report.crops) - len(refused)} of {len(report.crops)} crops can be used" + (
            f"; {more} more reasons are in --format jsonl" if more > 0 else ""
        )
    elif report.reason is not None:
        yield report.reason + (f" ({report.hint})" if report.hint else "")
    usable = [crop for crop in asked if crop.status == "ok"]
    for crop in usable[:CROPS_SHOWN]:
        yield f"crop {_box(crop.box)} by {crop.unit.asked_by}"
    if len(usable) > CROPS_SHOWN:
        yield f"{len(usable) - CROPS_SHOWN} more crops"
    codes = dict.fromkeys(caution.code for caution in report.cautions)
    if codes:
        yield "! " + ", ".join(codes)


def _box(box: Sequence[float] | None) -> str:
    if box is None:
        return "of the whole picture"
    x0, y0, x1, y1 = box
    return f"x {x0:g} to {x1:g}, y {y0:g} to {y1:g}"


def _common_folder(paths: Sequence[str]) -> str:
    """The folder that all paths begin with, "" if there is none."""
    folders = [os.path.dirname(path).split(os.sep) for path in paths if os.sep in path]
    if len(folders) < len(paths):
        return ""
    shared = list(takewhile(lambda names: len(set(names)) == 1, zip(*folders, strict=False)))
    return "".join(names[0] + os.sep for names in shared)
