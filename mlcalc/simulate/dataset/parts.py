"""What is finished of a data set: lines of batches of crops, believed only where their pictures are there."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlcalc.simulate.dataset.files import as_csv, write_text


def write_part(folder: Path, columns: Sequence[str], rows: Sequence[Mapping[str, str]], batch: range) -> None:
    """Keeps the lines of a batch whose pictures are written."""
    write_text(_path(folder, batch), as_csv(columns, rows))


def kept(folder: Path, columns: Sequence[str], batch: range) -> list[str]:
    """Lines of a batch as they stand in the manifest; none unless all its crops are there.

    A batch that was longer serves a shorter one, so that fewer crops may be asked for than before.
    """
    try:
        text = _path(folder, batch).read_text(encoding="utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return []
    header, *lines = text.split("\n")[:-1] or [""]
    lines = lines[: len(batch)]
    rows = list(csv.DictReader(io.StringIO("\n".join(lines)), columns))
    whole = header == ",".join(columns) and [row["index"] for row in rows] == [str(i) for i in batch]
    return [f"{line}\n" for line in lines] if whole and all(_there(folder, row) for row in rows) else []


def _there(folder: Path, row: Mapping[str, str]) -> bool:
    """Whether nobody took away the picture or the mask, and no power cut left it empty."""
    try:
        return all((folder / row[column]).stat().st_size > 0 for column in ("path", "mask"))
    except FileNotFoundError:
        return False


def _path(folder: Path, batch: range) -> Path:
    return folder / "parts" / f"{batch.start:06d}.csv"
