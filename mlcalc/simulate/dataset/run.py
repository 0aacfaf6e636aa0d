"""Making a data set: batches of crops in worker processes, resumed where an earlier run stopped."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from mlcalc import __version__
from mlcalc.errors import FailedError, FileError, MlcalcError
from mlcalc.intake.workers import WorkLimits, run_isolated
from mlcalc.simulate.config import Config
from mlcalc.simulate.dataset.card import card
from mlcalc.simulate.dataset.claim import alone, check_folder, claim
from mlcalc.simulate.dataset.files import Format, as_csv, sweep, told, write_crop, write_text
from mlcalc.simulate.dataset.parts import kept, write_part
from mlcalc.simulate.opening import open_simulation
from mlcalc.simulate.simulated import CONTEXT_COLUMNS, LABEL_COLUMNS, OWN_COLUMNS
from mlcalc.simulate.source import Simulation
from mlcalc.simulate.versions import versions

BATCH = 16
"""Crops that a worker makes before it tells of them; Ctrl-C loses at most so many of each worker."""
LIMITS = WorkLimits(seconds=1200, memory_bytes=4 * 2**30)
CARD, MANIFEST = "card.md", "manifest.csv"


@dataclass(frozen=True)
class Order:
    """What to make. backgrounds: folder of radiographs. knowledge: whole patients drawn from the rows."""

    config: Config
    seed: int
    count: int
    folder: Path
    backgrounds: Path | None = None
    format: Format = "png"
    knowledge: bool = False

    def columns(self) -> tuple[str, ...]:
        """Columns of the manifest."""
        return (*LABEL_COLUMNS, *(CONTEXT_COLUMNS if self.knowledge else ()), *OWN_COLUMNS)

    def batches(self) -> list[range]:
        """Numbers of the crops of each batch."""
        return [range(i, min(i + BATCH, self.count)) for i in range(0, self.count, BATCH)]

    def kept(self, batch: range) -> list[str]:
        """Lines of a batch that is finished; none of one that is not."""
        return kept(self.folder, self.columns(), batch)


def make(
    order: Order, jobs: int, progress: Callable[[int], object] = int, note: Callable[[str], object] = str
) -> Path:
    """Makes the data set; returns its manifest.

    progress: told how many more crops are done. note: told what a user should know beforehand, line by line.
    Crops that an earlier run with the same order finished are kept; a larger ``count`` adds to them, a
    smaller one takes the first of them into the manifest and leaves the other pictures. Raises UsageError
    where the folder holds something else or another run is writing to it, FailedError where the disk refuses
    to write or a worker fails. On Ctrl-C finished batches stay and no manifest is left.
    """
    check_folder(order.folder, order.backgrounds)
    _opened.cache_clear()  # films may have changed since another order
    simulation = _opened(order.config.model_dump_json(), order.seed, order.backgrounds, order.knowledge)
    for line in simulation.notes:
        note(line)
    with told(order.folder):
        claim(order.folder, _record(order, simulation))
        with alone(order.folder):
            try:
                _draw(order, simulation, jobs, progress)
            finally:
                sweep(order.folder)
            return _finish(order, simulation)


def _draw(order: Order, simulation: Simulation, jobs: int, progress: Callable[[int], object]) -> None:
    """Draws what is not there yet."""
    waiting = [batch for batch in order.batches() if not order.kept(batch)]
    progress(order.count - sum(map(len, waiting)))
    if waiting:
        for name in (MANIFEST, CARD):
            (order.folder / name).unlink(missing_ok=True)
    task = partial(_batch, order, simulation.backgrounds_digest)
    try:
        with closing(run_isolated(task, waiting, jobs=min(jobs, len(waiting)), limits=LIMITS)) as work:
            for batch, result in work:
                if isinstance(result, FileError):
                    raise FailedError(f"{_told(batch)}: {result.reason}", result.hint)
                progress(len(batch))
    except RuntimeError as error:
        raise FailedError(f"no workers ({error})", "take fewer with --workers, or --workers 0") from error


def _batch(order: Order, films: str | None, batch: range) -> int:
    """In a worker: draws and writes the crops of a batch, then its lines. films: digest of the films."""
    try:
        simulation = _opened(order.config.model_dump_json(), order.seed, order.backgrounds, order.knowledge)
        if simulation.backgrounds_digest != films:
            raise FailedError(f"{order.backgrounds} changed while crops were drawn", "leave it and run again")
        rows = [_written(order, simulation, index) for index in batch]
    except FileError:
        raise
    except MlcalcError as error:  # its text would be lost between processes
        raise FailedError(str(error)) from error
    with told(order.folder):
        write_part(order.folder, order.columns(), rows, batch)
    return len(batch)


def _written(order: Order, simulation: Simulation, index: int) -> dict[str, str]:
    """The line of a crop whose picture and mask are written."""
    crop = simulation[index]
    with told(order.folder):
        return write_crop(order.folder, crop, order.config.split, order.config.bits, order.format)


def _told(batch: range) -> str:
    return f"crops {batch.start} to {batch.stop - 1}"


@lru_cache(maxsize=1)
def _opened(config: str, seed: int, backgrounds: Path | None, knowledge: bool) -> Simulation:
    return open_simulation(Config.model_validate_json(config), seed, backgrounds, knowledge)


def _record(order: Order, simulation: Simulation) -> dict[str, Any]:
    return {
        "mlcalc": __version__,
        "versions": versions(),
        "config": order.config.model_dump(mode="json"),
        "seed": order.seed,
        "format": order.format,
        "from_knowledge": order.knowledge,
        "backgrounds": simulation.backgrounds_digest,
    }


def _finish(order: Order, simulation: Simulation) -> Path:
    """The manifest of all parts, and the card."""
    lines: list[str] = []
    for batch in order.batches():
        found = order.kept(batch)
        if not found:
            gone = f"{_told(batch)} have gone from {order.folder}"
            raise FailedError(gone, "run the same command again: it draws them anew")
        lines += found
    text = as_csv(order.columns(), []) + "".join(lines)
    write_text(order.folder / CARD, card(text, order.config, order.seed, simulation.licences))
    write_text(order.folder / MANIFEST, text)
    return order.folder / MANIFEST
