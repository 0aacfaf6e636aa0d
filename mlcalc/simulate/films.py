"""The films of one data set: clean ones only, by the regions they show."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path

from mlcalc.intake.walk import count
from mlcalc.simulate.backgrounds.film import Film
from mlcalc.simulate.backgrounds.folder import Backgrounds
from mlcalc.simulate.backgrounds.listed import LISTING
from mlcalc.simulate.backgrounds.marks import audits
from mlcalc.simulate.backgrounds.whereabouts import joints
from mlcalc.vocabulary.registry import read_csv

AUDITED = (
    "FracAtlas (Abedeen et al., Scientific Data 2023, doi 10.6084/m9.figshare.22363012), CC BY 4.0: "
    "{} of its films could be drawn over; pictures over them are changed"
)
"""All films that were audited by eye are of this collection."""
OTHERS = "{} of the folder given by --backgrounds, whose licence mlcalc does not know"


SPLITS = Path(__file__).with_name("backgrounds") / "splits.csv"
SHOWN = 3
"""So many files are named that are no films."""


@cache
def kept_films() -> Mapping[str, int]:
    """sha256 of the audited films that no training may see -> block: rows of ``backgrounds/splits.csv``.

    By the file itself: blocks are numbers that any folder may give to other films.
    """
    rows = read_csv(SPLITS, ("block", "split", "file", "sha256"))
    return {row["sha256"]: int(row["block"]) for _, row in rows}


def told_regions(film: Film) -> tuple[str, ...]:
    """Regions of a film that a landmark of it lies in; all it is listed under where it has no landmarks."""
    known = [joints()[mark.joint] for mark in film.marks if mark.joint in joints()]
    told = {region for joint in known for region in (joint.region, joint.proximal, joint.distal)}
    return tuple(region for region in film.regions if region in told) or film.regions[: 1 if told else None]


class Films:
    """Clean films of known region; the others stand behind nothing."""

    def __init__(self, backgrounds: Backgrounds):
        self.all = backgrounds
        self.films = tuple(film for film in backgrounds.clean.films if film.regions)

    def __len__(self) -> int:
        return len(self.films)

    def showing(self, region: str) -> tuple[Film, ...]:
        """Films that show a region, in the order of their paths."""
        return self._by_region.get(region, ())

    @cached_property
    def _by_region(self) -> Mapping[str, tuple[Film, ...]]:
        found: dict[str, list[Film]] = defaultdict(list)
        for film in self.films:
            for region in told_regions(film):
                found[region].append(film)
        return {region: tuple(films) for region, films in found.items()}

    @cached_property
    def digest(self) -> str:
        """sha256, hex: another film, another order of them, another region or block is another digest."""
        lines = (f"{film.sha} {film.block} {';'.join(film.regions)}\n" for film in self.films)
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    @property
    def left_out(self) -> tuple[str, ...]:
        """What of the folder is not used and why, a phrase each; empty where all is."""
        clean, skipped = len(self.all.clean), self.all.skipped
        found = []
        if unclean := len(self.all) - clean:
            found.append(f"{unclean} in which an audit saw mineral, metal or the like")
        if unknown := clean - len(self):
            found.append(f"{unknown} of unknown region ({LISTING} in the folder or beside it can name it)")
        if skipped:
            names = "; ".join(f"{name}: {why}" for name, why in skipped[:SHOWN])
            more = f"; and {len(skipped) - SHOWN} more" if len(skipped) > SHOWN else ""
            found.append(f"{len(skipped)} that cannot be used ({names}{more})")
        return tuple(found)

    @property
    def licences(self) -> tuple[str, ...]:
        """Where the films come from, a line each."""
        known = sum(film.sha in audits() for film in self.films)
        lines = [AUDITED.format(known)] if known else []
        others = [OTHERS.format(count(len(self) - known, "film"))] if len(self) > known else []
        return (*lines, *others)
