"""The files of a zip as sources, by the same rules as those of a folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from posixpath import splitext

from mlcalc.errors import FailedError, FileError, RejectedError
from mlcalc.intake.archive import ArchiveLimits, Entry, entries
from mlcalc.intake.dicomdir import (
    LARGEST,
    NAMED_IN_VAIN,
    Reference,
    fold_parts,
    looks_like_dicomdir,
    read_references,
)
from mlcalc.intake.disk import HEAD_BYTES, printable
from mlcalc.intake.sources import Source
from mlcalc.intake.walk import Asides, hidden_folder, system_file

_SIDECAR_HINT = "unpack the zip, or say in a manifest what to cut out"


def zip_sources(
    shown: str, file: Path, limits: ArchiveLimits, asides: Asides, *, sidecars: bool = True
) -> tuple[Source, ...]:
    """Every file of the zip, sorted; those of no use carry their problem. None of them is read yet.

    ``shown`` is the zip's path as given. System files are left out and counted in ``asides``. A JSON
    beside an image of the same stem is refused, where ``sidecars`` are wanted: what it says would be lost.
    Raises FileError where the whole zip is of no use.
    """
    kept = [entry for entry in entries(file, limits) if not _skip(entry, file, asides)]
    if sidecars:
        kept = _without_sidecars(kept)
    names: set[str] = set()
    sources = [
        Source(f"{shown}!/{_unique(entry.name, names)}", file, entry, problem=entry.problem) for entry in kept
    ]
    listed = _without_indexes(shown, sources, asides)
    if not listed:
        raise RejectedError("a zip without files")
    return listed


def _skip(entry: Entry, file: Path, asides: Asides) -> bool:
    """Whether an entry is a system file or lies in a hidden folder; if so it is counted."""
    *folders, name = entry.name.split("/")
    for depth, folder in enumerate(folders, start=1):
        if hidden_folder(folder) and folder != "..":
            asides.hidden_folders["/".join([str(file), *folders[:depth]])] = folder
            return True
    if system_file(name):
        asides.system_files[f"{file}/{entry.name}"] = name
        return True
    return False


def _unique(name: str, names: set[str]) -> str:
    """The name to show; a zip may hold several files of one name."""
    shown, number = printable(name), 1
    while shown in names:
        number += 1
        shown = f"{printable(name)} ({number})"
    names.add(shown)
    return shown


def _without_sidecars(kept: Sequence[Entry]) -> list[Entry]:
    """Entries with a problem for each JSON that would be a sidecar in a folder."""
    names = [entry.name for entry in kept if not entry.name.endswith(".json")]
    beside = {f"{name}.json" for name in names} | {f"{splitext(name)[0]}.json" for name in names}
    problem = RejectedError("a sidecar in a zip is not read", _SIDECAR_HINT)
    return [
        replace(entry, problem=entry.problem or problem) if entry.name in beside else entry for entry in kept
    ]


def _without_indexes(shown: str, sources: Sequence[Source], asides: Asides) -> tuple[Source, ...]:
    """The sources without each DICOMDIR among them, and after them the files that one names in vain."""
    found = {fold_parts(_parts(source)) for source in sources}
    listed: list[Source] = []
    missing: list[Source] = []
    for source in sources:
        references = _references(source)
        if references is None:
            listed.append(source)
            continue
        asides.indexes[f"{source.file}!/{source.member}"] = len(references)
        *folder, _ = _parts(source)
        for reference in references:
            parts = (*folder, *reference.parts)
            if reference.problem:
                path = f"{source.path} (record {reference.record})"
                missing.append(Source(path, source.file, problem=reference.problem))
            elif fold_parts(parts) not in found:
                path = f"{shown}!/{printable('/'.join(parts))}"
                missing.append(Source(path, source.file, problem=FailedError(NAMED_IN_VAIN)))
    return (*listed, *missing)


def _references(source: Source) -> tuple[Reference, ...] | None:
    """The files that the DICOMDIR of a zip names; None for any other file and for one that is damaged."""
    if _parts(source)[-1].upper() != "DICOMDIR":
        return None
    try:
        content = source.read_bytes(LARGEST)
        return read_references(content) if looks_like_dicomdir(content[:HEAD_BYTES]) else None
    except FileError:
        return None


def _parts(source: Source) -> list[str]:
    """The parts of the name of a source in a zip."""
    return (source.member or "").split("/")
