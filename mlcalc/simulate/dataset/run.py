"""Making a data set: batches of crops in worker processes, resumed where an earlier run stopped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

from mlcalc import __version__
from mlcalc.errors import FailedError, FileError, UsageError
from mlcalc.intake.workers import WorkLimits, run_isolated
from mlcalc.simulate.config import Config
from mlcalc.simulate.dataset.card import card
from mlcalc.simulate.dataset.files import Format, as_csv, told, write_crop, write_text
from mlcalc.simulate.simulated import CONTEXT_COLUMNS, LABEL_COLUMNS, OWN_COLUMNS
from mlcalc.simulate.source import Simulation, open_simulation
from mlcalc.simulate.versions import versions

BATCH = 32
"""Crops that a worker makes before it tells of them; Ctrl-C loses at most so many of each worker."""
LIMITS = WorkLimits(seconds=1200, memory_bytes=4 * 2**30)
RECORD = "simulation.json"
MANIFEST = "manifest.csv"


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

    def part(self, batch: range) -> Path:
        """Where the lines of a batch are."""
        return self.folder / "parts" / f"{batch.start:06d}-{batch.stop:06d}.csv"


def make(order: Order, jobs: int, progress: Callable[[int], object] = int) -> Path:
    """Makes the data set; returns its manifest. progress: told how many more crops are done.

    Crops that an earlier run with the same order finished are kept; a larger ``count`` adds to them.
    Raises UsageError where the folder holds something else, FailedError where the disk refuses to write or
    a worker fails. On Ctrl-C finished batches stay and no manifest is left.
    """
    simulation = open_simulation(order.config, order.seed, order.backgrounds, order.knowledge)
    with told():
        _claim(order, simulation)
        waiting = [batch for batch in order.batches() if not order.part(batch).exists()]
        progress(order.count - sum(map(len, waiting)))
        (order.folder / MANIFEST).unlink(missing_ok=True)
    for batch, result in run_isolated(partial(_batch, order), waiting, jobs=jobs, limits=LIMITS):
        if isinstance(result, FileError):
            raise FailedError(f"crops {batch.start} to {batch.stop - 1}: {result.reason}", result.hint)
        progress(len(batch))
    with told():
        return _finish(order, simulation)


def _batch(order: Order, batch: range) -> int:
    """In a worker: draws and writes the crops of a batch, then its lines."""
    simulation = _opened(order.config.model_dump_json(), order.seed, order.backgrounds, order.knowledge)
    with told():
        config = order.config
        rows = [
            write_crop(order.folder, simulation[i], config.split, config.bits, order.format) for i in batch
        ]
        write_text(order.part(batch), as_csv(order.columns(), rows))
    return len(batch)


@lru_cache(maxsize=1)
def _opened(config: str, seed: int, backgrounds: Path | None, knowledge: bool) -> Simulation:
    return open_simulation(Config.model_validate_json(config), seed, backgrounds, knowledge)


def _claim(order: Order, simulation: Simulation) -> None:
    """Notes in the folder what is made in it; refuses one in which something else is."""
    record, path = _record(order, simulation), order.folder / RECORD
    if path.exists():
        _same(record, path)
    elif order.folder.exists() and any(order.folder.iterdir()):
        raise UsageError(f"{order.folder} is not empty and holds no simulated data set; name another folder")
    (order.folder / "parts").mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write_text(path, json.dumps(record, indent=1, sort_keys=True) + "\n")


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


def _same(record: dict[str, Any], path: Path) -> None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read ({error}); name another folder") from error
    for key, value in _flat(record):
        other = dict(_flat(found)).get(key)
        if other != value:
            reason = f"{key} is {value!r} now and was {other!r}"
            raise UsageError(f"{path.parent} holds a data set made otherwise ({reason}); name another folder")


def _flat(record: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in record.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _finish(order: Order, simulation: Simulation) -> Path:
    """The manifest of all parts, and the card."""
    lines: Sequence[str] = [
        line
        for batch in order.batches()
        for line in order.part(batch).read_text(encoding="utf-8").splitlines(keepends=True)[1:]
    ]
    text = as_csv(order.columns(), []) + "".join(lines)
    write_text(order.folder / "card.md", card(text, order.config, order.seed, simulation.licences))
    write_text(order.folder / MANIFEST, text)
    return order.folder / MANIFEST
