"""What `mlcalc inspect` prints: a table to read, or one line of JSON a file."""

from __future__ import annotations

import json
import os.path
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile

from rich.console import Console
from rich.table import Table
from rich.text import Text

from mlcalc.imaging.radiograph import Spacing
from mlcalc.intake.examine import Report

COLOURS = {"ok": "green", "rejected": "yellow", "failed": "red"}
CROPS_SHOWN = 3


def json_line(report: Report) -> str:
    """The report as one line; escaped where a name has characters that UTF-8 cannot carry."""
    return json.dumps(report.to_json(), ensure_ascii=False).encode("utf-8", "backslashreplace").decode()


def summary(statuses: Mapping[str, int]) -> str:
    """``33 files: 19 ok, 14 rejected, 0 failed``, from how many there are of each status."""
    told = ", ".join(f"{statuses.get(status, 0)} {status}" for status in COLOURS)
    count = sum(statuses.values())
    return f"{count} file{'' if count == 1 else 's'}: {told}"


def print_table(console: Console, reports: Sequence[Report]) -> None:
    """A row a file, then what each warning means."""
    folder = _common_folder([report.path for report in reports])
    if folder:
        console.print(Text(f"in {folder}"))
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column("file", overflow="fold", ratio=3)
    table.add_column("status", no_wrap=True)
    table.add_column("what it is, what was applied", ratio=5)
    table.add_column("remarks", ratio=4)
    for report in reports:
        status = Text(report.status, style=COLOURS[report.status])
        name = report.path[len(folder) :] if folder else report.path
        table.add_row(Text(name), status, Text("; ".join(_facts(report))), Text("; ".join(_remarks(report))))
    console.print(table)
    _print_warnings(console, reports)


def _print_warnings(console: Console, reports: Sequence[Report]) -> None:
    """Each code once, with its text where it was first met."""
    counts = Counter(caution.code for report in reports for caution in report.cautions)
    texts = {c.code: c.text for report in reversed(reports) for c in reversed(report.cautions)}
    if counts:
        console.print()
    for code, count in counts.most_common():
        told = "" if count == 1 else f" ({count} files)"
        console.print(Text.assemble((code, "bold"), told, f": {texts[code]}"), soft_wrap=False)


def _facts(report: Report) -> Iterator[str]:
    if report.encoding is None or report.spacing is None or report.greyscale is None:
        return
    code, facts, grey = report.encoding, report.facts, report.greyscale
    yield f"{code.format} {code.columns} x {code.rows}" + (
        f", {code.frames} frames" if code.frames > 1 else ""
    )
    header = [facts.modality, facts.region or facts.body_part, facts.view_position] if facts else []
    if any(header):
        yield " ".join(part for part in header if part)
    yield _millimetres(report.spacing)
    for step in (grey.modality, grey.voi, grey.presentation, code.orientation):
        if step != "identity" and not step.startswith("none"):
            yield step.split(" (", maxsplit=1)[0].split(",", maxsplit=1)[0]
    if report.field is not None and report.field.source != "whole":
        yield f"exposed field {report.field.box.to_json()}"


def _millimetres(spacing: Spacing) -> str:
    """Never a length without who says so."""
    if not spacing.known or spacing.row_mm is None or spacing.column_mm is None:
        return "spacing unknown"
    same = abs(spacing.row_mm - spacing.column_mm) < 1e-6
    value = f"{spacing.row_mm:.4g}" if same else f"{spacing.row_mm:.4g} x {spacing.column_mm:.4g}"
    return f"{value} mm a pixel by {spacing.source}"


def _remarks(report: Report) -> Iterator[str]:
    if report.reason is not None:
        yield report.reason + (f" ({report.hint})" if report.hint else "")
    yield from dict.fromkeys(caution.code for caution in report.cautions)
    asked = [crop for crop in report.crops if crop.unit.asked_by and crop.status == "ok"]
    for crop in asked[:CROPS_SHOWN]:
        yield f"crop {crop.box or 'whole'} of {crop.unit.asked_by}"
    if len(asked) > CROPS_SHOWN:
        yield f"{len(asked) - CROPS_SHOWN} more crops"


def _common_folder(paths: Sequence[str]) -> str:
    """The folder that all paths begin with, "" if there is none."""
    folders = [os.path.dirname(path).split(os.sep) for path in paths if os.sep in path]
    if len(folders) < len(paths):
        return ""
    shared = list(takewhile(lambda names: len(set(names)) == 1, zip(*folders, strict=False)))
    return "".join(names[0] + os.sep for names in shared)
