"""A folder of real radiographs: which of them can stand behind a lesion, and why the others cannot."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from mlcalc.errors import FailedError, FileError, KnowledgeError, RejectedError, UsageError, unknown_id
from mlcalc.imaging.radiograph import Radiograph
from mlcalc.imaging.read import read_radiograph
from mlcalc.intake.walk import Walk, system_file
from mlcalc.simulate.backgrounds.film import Film, reduced
from mlcalc.simulate.backgrounds.listed import LISTING, Listed, listing
from mlcalc.simulate.backgrounds.marks import UNSEEN, Audit, audits
from mlcalc.vocabulary import vocabulary

ASIDE = (".csv", ".md", ".txt", ".json")
"""Files beside pictures that are no pictures."""
REFUSED = ("blank", "faint", "colourful")
"""Cautions of a reader with which a picture is no background."""
UNLISTED = -1
SHOWN = 5
"""So many reasons stand in the message when no film is left."""


@dataclass(frozen=True, eq=False)
class Backgrounds:
    """films: in the order of their paths. skipped: (path as shown, why) of files that are none."""

    films: tuple[Film, ...]
    skipped: tuple[tuple[str, str], ...] = ()

    def __len__(self) -> int:
        return len(self.films)

    def __iter__(self) -> Iterator[Film]:
        return iter(self.films)

    @property
    def clean(self) -> Backgrounds:
        """Only films that can stand for "no focal density"."""
        return replace(self, films=tuple(film for film in self.films if film.clean))

    @property
    def blocks(self) -> tuple[int, ...]:
        """Every block once, ascending."""
        return tuple(sorted({film.block for film in self.films}))

    def select(
        self,
        blocks: Collection[int] | None = None,
        regions: Collection[str] | None = None,
        without_blocks: Collection[int] = (),
    ) -> Backgrounds:
        """Films of these blocks that may show one of these regions; None: any.

        Raises UsageError for a block or region id that does not exist, and where no film is left.
        """
        for block in sorted({*(blocks or ())} - set(self.blocks)):
            raise UsageError(f"no block {block} among the backgrounds; there are {self._told_blocks()}")
        for region in regions or ():
            if region not in vocabulary().regions:
                raise UsageError(unknown_id(region, vocabulary().regions, "region"))
        films = tuple(
            film
            for film in self.films
            if (blocks is None or film.block in blocks)
            and film.block not in without_blocks
            and (regions is None or set(film.regions) & set(regions))
        )
        if not films:
            raise UsageError(f"no background is left of {len(self.films)}; choose more blocks or regions")
        return replace(self, films=films)

    def _told_blocks(self) -> str:
        known = self.blocks
        return f"{known[0]} to {known[-1]}" if len(known) > 8 else ", ".join(map(str, known))


def open_backgrounds(folder: str | Path) -> Backgrounds:
    """Every radiograph below a folder.

    ``backgrounds.csv`` (path, region, block, more columns), in the folder or beside it, lists regions and
    blocks; a file that it does not list has no region and a block of its own. Each file is read once, which
    takes some 10 ms. Files that are no radiographs are in ``skipped`` with the reason.

    Raises UsageError where there is no such folder or no film is left, and for a listing that is broken.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder; --backgrounds takes a folder of radiographs")
    try:
        listed, known = listing(folder), audits()
    except KnowledgeError as error:
        raise UsageError(f"backgrounds: {error}") from error
    films: list[Film] = []
    skipped: list[tuple[str, str]] = []
    for shown, path, problem in _files(folder):
        try:
            if problem is not None:
                raise problem
            films.append(_film(path, listed, known))
        except FileError as error:
            skipped.append((shown, str(error)))
    if not films:
        raise UsageError(_nothing(folder, skipped))
    return Backgrounds(tuple(_blocks(films)), tuple(skipped))


def _files(folder: Path) -> Iterator[tuple[str, Path, FileError | None]]:
    for found in Walk().files(folder):
        name = found.file.name
        if system_file(name) or name == LISTING or name.lower().endswith(ASIDE):
            continue
        yield str(found.file.relative_to(folder)), found.file, found.problem


def _film(path: Path, listed: Mapping[Path, Listed], known: Mapping[str, Audit]) -> Film:
    content = _content(path)
    radiograph = read_radiograph(content)
    _check(radiograph)
    kept = reduced(radiograph)
    sha = hashlib.sha256(content).hexdigest()
    audit = known.get(sha, UNSEEN)
    if "unusable" in audit.verdict:
        raise RejectedError("the audit found it unusable as a background")
    row = listed.get(path.resolve(), Listed((), None))
    header = (radiograph.facts.region,) if radiograph.facts.region else ()
    spacing = radiograph.spacing
    mm = None
    if spacing.known and spacing.row_mm is not None:
        mm = spacing.row_mm * max(radiograph.pixels.shape) / max(kept.shape)
    regions = audit.regions or row.regions or header
    return Film(path, sha, regions, UNLISTED if row.block is None else row.block, audit, mm)


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise FailedError(f"cannot be read: {error.strerror}") from error


def _check(radiograph: Radiograph) -> None:
    """Raises RejectedError for what is plainly no film: nothing to see, or a photograph."""
    for caution in radiograph.cautions:
        if caution.code in REFUSED:
            what = "a colour picture, no radiograph: " if caution.code == "colourful" else ""
            raise RejectedError(f"{what}{caution.text}")


def _blocks(films: list[Film]) -> Iterator[Film]:
    """A block of its own for every film that no listing puts into one."""
    following = max((film.block for film in films), default=-1) + 1
    for film in films:
        if film.block < 0:
            yield replace(film, block=following)
            following += 1
        else:
            yield film


def _nothing(folder: Path, skipped: list[tuple[str, str]]) -> str:
    if not skipped:
        return f"{folder}: no pictures in it; --backgrounds takes a folder of radiographs"
    told = "; ".join(f"{name}: {why}" for name, why in skipped[:SHOWN])
    more = f"; and {len(skipped) - SHOWN} more" if len(skipped) > SHOWN else ""
    return f"{folder}: none of {len(skipped)} files can be used as a background: {told}{more}"
