"""From what the user names to the list of files to read: one order, each file once, none lost."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from mlcalc.crops.manifest import looks_like_manifest, read_manifest
from mlcalc.crops.row import ManifestRow
from mlcalc.crops.sidecar import find_sidecar
from mlcalc.errors import FailedError, FileError, UsageError
from mlcalc.imaging.sniff import HEAD, sniff
from mlcalc.intake import listing
from mlcalc.intake.archive import DEFAULT_LIMITS, ArchiveLimits, looks_like_zip
from mlcalc.intake.dicomdir import LARGEST, NAMED_IN_VAIN, Folder, looks_like_dicomdir, read_references
from mlcalc.intake.disk import head, printable, read_file
from mlcalc.intake.duplicates import mark_duplicates
from mlcalc.intake.members import zip_sources
from mlcalc.intake.sources import Source
from mlcalc.intake.walk import Asides, Found, Walk, count, not_a_file


@dataclass(frozen=True)
class Gathered:
    """sources: every file once, in order. notes: what else was met, in words."""

    sources: tuple[Source, ...]
    notes: tuple[str, ...] = ()


def gather(
    inputs: Sequence[str | Path],
    *,
    limits: ArchiveLimits = DEFAULT_LIMITS,
    sidecars: bool = True,
    duplicates: bool = True,
) -> Gathered:
    """The files behind files, folders, patterns, ``@lists``, manifests, DICOMDIRs and zips.

    Inputs keep their order; what is in a folder or a zip is sorted by path parts. A file reached twice
    stands where it was first reached, with the rows of all manifests. No file is read but for its first
    bytes, the indexes among them, and files that may be ``duplicates``. A file that cannot be used is
    listed with its problem; raises UsageError where an input means nothing at all.
    """
    gathering = _Gathering(limits, sidecars)
    for given in inputs:
        gathering.take(os.fspath(given))
    sources, notes = gathering.found(), gathering.notes()
    if sidecars:
        sources, used = _with_sidecars(sources)
        notes += [f"{count(len(used), 'sidecar file')} found beside images"] if used else []
        notes += [f"{printable(name)} is the sidecar of {n} pictures" for name, n in used.items() if n > 1]
    if not sources:
        raise UsageError("; ".join(["no files to read", *notes]))
    listed = tuple(sources.values())
    return Gathered(mark_duplicates(listed) if duplicates else listed, tuple(notes))


class _Gathering:
    """The sources found so far, by their paths without links."""

    def __init__(self, limits: ArchiveLimits, sidecars: bool):
        self._sources: dict[str, Source] = {}
        self._limits, self._sidecars = limits, sidecars
        self._asides = Asides()
        self._manifests: dict[str, tuple[str, ...]] = {}  # manifest -> cautions
        self._unasked: dict[str, str] = {}  # manifest met in a folder -> path as shown
        self._lists: set[str] = set()

    def found(self) -> dict[str, Source]:
        """What is to be read, by its path without links; what says what to read is no part of it."""
        guides = {*self._lists, *self._asides.indexes, *self._manifests}
        return {identity: source for identity, source in self._sources.items() if identity not in guides}

    def notes(self) -> list[str]:
        """What else was met, in words."""
        cautions = (caution for cautions in self._manifests.values() for caution in cautions)
        unasked = (path for identity, path in self._unasked.items() if identity not in self._manifests)
        hints = (f"{path} looks like a manifest; to have its rows read, name it itself" for path in unasked)
        return [*self._asides.notes(), *cautions, *hints]

    def take(self, given: str) -> None:
        """One input of the user; raises UsageError where it means nothing."""
        if given.startswith("@") and not listing.is_there(given):
            self._list(Path(given[1:]))
        else:
            self._path(given)

    def _list(self, file: Path) -> None:
        if not listing.is_there(file):
            raise listing.nothing_at(str(file))
        self._lists.add(os.path.realpath(file))
        for line, path in listing.read_list(file):
            try:
                self._path(path)
            except UsageError as error:  # one line that means nothing does not stop the others
                reason = str(error) if listing.is_there(path) else "no such file"
                problem = FailedError(f"{reason} ({printable(file.name)}, line {line})")
                self._add(os.path.realpath(path), Source(printable(path), Path(path), problem=problem))

    def _path(self, given: str) -> None:
        if listing.is_there(given):
            self._existing(Path(given), given)
            return
        found = listing.matches(given) if listing.MAGIC.search(given) else []
        for path in found:
            self._existing(path, str(path))
        if not found:
            raise listing.nothing_at(given)

    def _existing(self, path: Path, given: str) -> None:
        if os.path.isdir(path):
            self._folder(path)
        else:
            self._file(Found(path, os.path.realpath(path), not_a_file(path)), printable(given))

    def _folder(self, folder: Path) -> None:
        """All files of a folder; what its DICOMDIRs name and the walk does not meet comes after them."""
        indexes, empty = [], True
        for met in Walk(self._asides).files(folder):
            empty = False
            found, start = _opened(met)
            if looks_like_dicomdir(start):
                indexes.append(found)
                continue
            if found.problem is None and looks_like_manifest(found.file):
                self._unasked[found.identity] = printable(found.file)
            self._plain_or_zip(found, printable(found.file), start)
        for found in indexes:
            self._index(found, printable(found.file))
        if empty:
            raise UsageError("; ".join([f"no files in {printable(folder)}", *self._asides.notes()]))

    def _file(self, met: Found, shown: str) -> None:
        """A file that the user named; only such a one may be a manifest."""
        found, start = _opened(met)
        if looks_like_dicomdir(start):
            self._index(found, shown)
        elif found.problem is None and (looks_like_manifest(found.file) or _is_table(found.file, start)):
            self._manifest(found, shown)  # one without a path column says so
        else:
            self._plain_or_zip(found, shown, start)

    def _plain_or_zip(self, found: Found, shown: str, start: bytes) -> None:
        problem = found.problem
        if looks_like_zip(start):
            try:
                self._zip(found, shown)
                return
            except FileError as error:
                problem = error
        self._add(found.identity, Source(shown, found.file, problem=problem))

    def _zip(self, found: Found, shown: str) -> None:
        members = zip_sources(shown, found.file, self._limits, self._asides, sidecars=self._sidecars)
        for number, source in enumerate(members):
            self._add(f"{found.identity}\0{number}", source)

    def _index(self, found: Found, shown: str) -> None:
        """The files that a DICOMDIR names, in its order."""
        if found.identity in self._asides.indexes:
            return
        try:
            references = read_references(read_file(found.file, LARGEST))
        except FileError as error:
            self._add(found.identity, Source(shown, found.file, problem=error))
            return
        self._asides.indexes[found.identity] = len(references)
        folder = Folder(found.file.parent)
        for reference in references:
            if reference.problem is not None:
                name = f"{shown} (record {reference.record})"
                self._add(name, Source(name, found.file, problem=reference.problem))
                continue
            file = folder.find(reference.parts)
            path = file or found.file.parent.joinpath(*reference.parts)
            problem = None if file else FailedError(NAMED_IN_VAIN)
            self._add(os.path.realpath(path), Source(printable(path), path, problem=problem))

    def _manifest(self, found: Found, shown: str) -> None:
        """The files of a manifest, in the order in which its rows first name them."""
        if found.identity in self._manifests:
            return
        manifest = read_manifest(found.file)
        self._manifests[found.identity] = manifest.cautions
        for identity, rows in _by_file(manifest.rows):
            self._add(identity or f"{found.identity}\0{rows[0].line}", _asked_for(rows, found.file, shown))

    def _add(self, identity: str, source: Source) -> None:
        known = self._sources.setdefault(identity, source)
        if known is not source and source.rows:
            self._sources[identity] = replace(known, rows=(*known.rows, *source.rows))


def _opened(found: Found) -> tuple[Found, bytes]:
    """A file and its first bytes; with its problem and none where it cannot be opened."""
    if found.problem is not None:
        return found, b""
    try:
        return found, head(found.file)
    except FileError as error:
        return replace(found, problem=error), b""


def _is_table(file: Path, start: bytes) -> bool:
    """Whether a file is called a CSV and is text."""
    return file.suffix.lower() == ".csv" and sniff(start[:HEAD]) == "text"


def _by_file(rows: Sequence[ManifestRow]) -> Iterator[tuple[str, tuple[ManifestRow, ...]]]:
    """Rows by the file they name, in order of its first row: (path without links, rows).

    A row that names no file stands alone, with an empty path.
    """
    real: dict[Path, str] = {}
    groups: dict[str | int, list[ManifestRow]] = {}
    for row in rows:
        if row.path not in real:
            real[row.path] = os.path.realpath(row.path)
        groups.setdefault(real[row.path] if row.name else row.line, []).append(row)
    return ((key if isinstance(key, str) else "", tuple(group)) for key, group in groups.items())


def _asked_for(rows: tuple[ManifestRow, ...], manifest: Path, shown: str) -> Source:
    """The file of which these rows ask something; with a problem where it is none."""
    first = rows[0]
    place = f"{printable(manifest.name)}, line {first.line}, column path"
    if not first.name:
        problem: FileError | None = FailedError(f"no file is named ({place})")
        return Source(f"{shown} (line {first.line})", manifest, rows=rows, problem=problem)
    problem = not_a_file(first.path)
    if problem is not None:
        problem = type(problem)(f"{problem.reason} ({place})")
    return Source(printable(first.path), first.path, rows=rows, problem=problem)


def _with_sidecars(sources: dict[str, Source]) -> tuple[dict[str, Source], Counter[str]]:
    """The sources with the JSON beside each, and without those; and of how many each JSON is the sidecar."""
    beside: dict[str, Path] = {}
    holds_json = cache(_holds_json)
    for identity, source in sources.items():
        if source.entry is None and source.file.suffix.lower() != ".json" and holds_json(source.file.parent):
            sidecar = find_sidecar(source.file)
            if sidecar is not None:
                beside[identity] = sidecar
    used = Counter(os.path.realpath(sidecar) for sidecar in beside.values())
    kept = {
        identity: replace(source, sidecar=beside[identity]) if identity in beside else source
        for identity, source in sources.items()
        if identity not in used or source.rows
    }
    return kept, used


def _holds_json(folder: Path) -> bool:
    """Whether to look for sidecars in a folder at all: one listing is quicker than two looks per file."""
    try:
        return any(name.lower().endswith(".json") for name in os.listdir(folder))
    except OSError:
        return False
