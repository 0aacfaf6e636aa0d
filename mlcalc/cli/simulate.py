"""``mlcalc simulate``: labelled crops by physics, and sheets of them to look at."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mlcalc.cli.inspect import cores
from mlcalc.errors import FailedError, UsageError

if TYPE_CHECKING:
    from mlcalc.simulate.config import Config
    from mlcalc.simulate.dataset.run import Order

NEEDED = "mlcalc simulate needs packages that the light install leaves out: pip install 'mlcalc[simulate]'"


class PictureFormat(StrEnum):
    """What the pictures are written as."""

    png = "png"
    dicom = "dicom"


def simulate(
    config: Annotated[
        Path | None,
        typer.Option(help="What to draw (configs/simulate/*.yaml; default: as its default.yaml)."),
    ] = None,
    count: Annotated[int, typer.Option(min=1, help="How many crops; more later adds to them.")] = 100,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes, whatever the workers.")] = 0,
    out: Annotated[Path | None, typer.Option(help="Folder of the data set; run again to go on.")] = None,
    sheet: Annotated[Path | None, typer.Option(help="Write a contact sheet (PNG) by class instead.")] = None,
    backgrounds: Annotated[Path | None, typer.Option(help="Folder of real radiographs to draw over.")] = None,
    format: Annotated[PictureFormat, typer.Option(help="PNG, or DICOM (CR).")] = PictureFormat.png,
    from_knowledge: Annotated[
        bool,
        typer.Option("--from-knowledge", help="Whole patients drawn from the rows (for tests end to end)."),
    ] = False,
    set: Annotated[list[str] | None, typer.Option("--set", help="Change one key: a.b=value.")] = None,
    workers: Annotated[
        int | None, typer.Option(min=0, help="Processes (default: one a core; 0: none).")
    ] = None,
) -> None:
    """Draw labelled radiograph crops: anatomy or a real film, a lesion or none, beam, detector, console.

    Writes pictures, masks, manifest.csv and card.md. Simulated pictures train and test software; nothing
    measured on them is a statement about patients. Exit code 0: done; 1: stopped before the end, and the same
    command goes on; 2: the command or a config is wrong.
    """
    if (out is None) == (sheet is None):
        raise UsageError(
            "name what to write: --out DIR for a data set, or --sheet FILE.png for a contact sheet"
        )
    if sheet is not None and from_knowledge:
        raise UsageError("--sheet shows single shapes by class, no patients: leave out --from-knowledge")
    with _ending(f"the same command goes on in {out}" if out else "no sheet was written"):
        _prepare()
        from mlcalc.config import read_config
        from mlcalc.simulate.config import Config
        from mlcalc.simulate.dataset.run import Order

        settings = read_config(Config, config, set or [])
        jobs = cores() if workers is None else workers
        if sheet is not None:
            _draw_sheet(sheet, settings, seed, backgrounds)
        elif out is not None:
            _make(Order(settings, seed, count, out, backgrounds, format.value, from_knowledge), jobs)


def _prepare() -> None:
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: maps are small, threads only wait
    missing = [package for package in ("pydantic", "scipy", "xraydb", "yaml") if find_spec(package) is None]
    if missing:
        raise UsageError(f"{NEEDED} (missing: {', '.join(missing)})")


@contextmanager
def _ending(stopped: str) -> Iterator[None]:
    """Exit code 1 with one line where it ends before it is done, also by Ctrl-C."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"mlcalc: stopped; {stopped}", err=True)
        raise typer.Exit(1) from None
    except FailedError as error:
        typer.echo(f"mlcalc: {error}", err=True)
        raise typer.Exit(1) from None


def _make(order: Order, jobs: int) -> None:
    from mlcalc.simulate.dataset.run import make

    with _bar("drawing", order.count) as (advance, note):
        manifest = make(order, jobs, advance, note)
    typer.echo(manifest)


def _draw_sheet(path: Path, settings: Config, seed: int, backgrounds: Path | None) -> None:
    from mlcalc.simulate.opening import open_simulation
    from mlcalc.simulate.sheet import check_writable, lines, write_sheet

    check_writable(path)
    simulation = open_simulation(settings, seed, backgrounds)
    with _bar("drawing lines", lines(simulation)) as (advance, note):
        for line in simulation.notes:
            note(line)
        write_sheet(path, simulation, progress=advance)
    typer.echo(path)


@contextmanager
def _bar(what: str, total: int) -> Iterator[tuple[Callable[[int], object], Callable[[str], object]]]:
    """Tells how far it is, on a terminal only, and notes above that, anywhere: on standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    errors = Console(stderr=True, highlight=False)
    with Progress(*columns, console=errors, disable=not sys.stderr.isatty()) as bar:
        task = bar.add_task(what, total=total)
        yield (
            lambda done: bar.advance(task, done),
            lambda line: errors.print(f"note: {line}", markup=False, soft_wrap=True),
        )
