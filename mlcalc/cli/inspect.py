"""``mlcalc inspect``: what the files of a folder are, before anything is predicted from them."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from mlcalc.intake.examine import Report
    from mlcalc.intake.gather import Gathered

GIGABYTE = 10**9


class Format(StrEnum):
    """How the reports are written."""

    table = "table"
    jsonl = "jsonl"


def cores() -> int:
    """The processor cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def inspect(
    paths: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders, patterns, manifests (CSV), DICOMDIRs, zips; @FILE for a list of them."
        ),
    ],
    format: Annotated[
        Format, typer.Option(help="A table to read, or one line of JSON a file.")
    ] = Format.table,
    invert: Annotated[
        bool, typer.Option("--invert", help="Light and dark are the other way round than the files say.")
    ] = False,
    file_density: Annotated[
        bool,
        typer.Option("--file-density", help="Take dots per inch of PNG, JPEG, TIFF, BMP for millimetres."),
    ] = False,
    jobs: Annotated[int | None, typer.Option(min=1, help="Processes (default: one a core).")] = None,
    seconds: Annotated[float, typer.Option(min=1, help="Most seconds for one file.")] = 60.0,
    max_pixels: Annotated[int, typer.Option(min=1, help="Most pixels of one picture.")] = 100_000_000,
    max_megabytes: Annotated[int, typer.Option(min=1, help="Most megabytes of one file.")] = 2_000,
    max_memory: Annotated[float, typer.Option(min=0.5, help="Most gigabytes of memory a process.")] = 6.0,
) -> None:
    """Tell what each file is, what was applied to its grey values, how large a pixel is and who says so.

    One line a file, in a stable order; a file that cannot be used says why. Exit code 0: all can be
    used; 1: some cannot; 2: the command is wrong.
    """
    from mlcalc.imaging.limits import MEGABYTE, ReadOptions
    from mlcalc.intake.examine import examine, refused
    from mlcalc.intake.gather import gather
    from mlcalc.intake.workers import WorkLimits, run_isolated

    options = ReadOptions(max_pixels, max_megabytes * MEGABYTE, invert, file_density)
    limits = WorkLimits(seconds, int(max_memory * GIGABYTE))
    found = gather(paths)
    work = run_isolated(partial(examine, options=options), found.sources, jobs=jobs or cores(), limits=limits)
    reports = (
        refused(source, result) if isinstance(result, Exception) else result for source, result in work
    )
    if not _write(reports, found, format):
        raise typer.Exit(1)


def _write(reports: Iterator[Report], found: Gathered, format: Format) -> bool:
    """Print the reports as they come, notes and a summary to standard error. Whether all are ok."""
    from rich.console import Console
    from rich.progress import track

    from mlcalc.outputs.inspection import json_line, print_table, summary

    errors = Console(stderr=True, highlight=False)
    for note in found.notes:
        errors.print(note, markup=False)
    total, shown, statuses = len(found.sources), list["Report"](), Counter[str]()
    quiet = not sys.stderr.isatty()
    progress = track(reports, "reading", total, console=errors, transient=True, disable=quiet)
    try:
        for report in progress:
            statuses[report.status] += 1
            if format is Format.jsonl:
                typer.echo(json_line(report))
            else:
                shown.append(report)
    finally:  # also on Ctrl-C: what was read is told
        if shown:
            print_table(Console(highlight=False), shown)
        errors.print(summary(statuses), markup=False)
        if statuses.total() < total:
            errors.print(f"stopped: {total - statuses.total()} files were not read", markup=False)
    return statuses.total() == statuses["ok"]
