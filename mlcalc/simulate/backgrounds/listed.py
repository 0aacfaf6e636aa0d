"""``backgrounds.csv``: regions and blocks of the films of a folder."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from mlcalc.errors import KnowledgeError, unknown_id
from mlcalc.vocabulary import vocabulary
from mlcalc.vocabulary.registry import split_list

LISTING = "backgrounds.csv"
NEEDED = ("path", "region", "block")


@dataclass(frozen=True, slots=True)
class Listed:
    """regions: vocabulary ids; empty: unknown. block: None where the list names none."""

    regions: tuple[str, ...]
    block: int | None


def listing(folder: Path) -> Mapping[Path, Listed]:
    """Resolved path -> what a listing in the folder, else beside it, says; empty without one.

    Paths in it go from the folder that it stands in. Raises KnowledgeError with line and reason.
    """
    for home in (folder, folder.resolve().parent):
        if (home / LISTING).is_file():
            return _read(home / LISTING)
    return {}


def _read(file: Path) -> Mapping[Path, Listed]:
    found: dict[Path, Listed] = {}
    try:
        with file.open(newline="", encoding="utf-8-sig") as stream:
            rows = csv.DictReader(stream, strict=True)
            _check_columns(file, rows.fieldnames or ())
            for row in rows:
                found[(file.parent / row["path"]).resolve()] = _listed(file, rows.line_num, row)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise KnowledgeError(str(file), None, None, f"cannot be read: {error}") from error
    return found


def _check_columns(file: Path, columns: Iterable[str]) -> None:
    if missing := [name for name in NEEDED if name not in columns]:
        told = f"column {missing[0]} is missing; needed: {', '.join(NEEDED)}"
        raise KnowledgeError(str(file), 1, None, told)


def _listed(file: Path, line: int, row: Mapping[str, str | None]) -> Listed:
    regions = split_list(row["region"] or "")
    for region in regions:
        if region not in vocabulary().regions:
            raise KnowledgeError(
                str(file), line, row["path"], unknown_id(region, vocabulary().regions, "region")
            )
    block = (row["block"] or "").strip()
    if block and not block.isdecimal():
        raise KnowledgeError(str(file), line, row["path"], f"block {block!r} is no whole number")
    return Listed(regions, int(block) if block else None)
