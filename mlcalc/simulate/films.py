"""The films of one data set: clean ones only, by the regions they show."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from mlcalc.intake.walk import count
from mlcalc.simulate.backgrounds.film import Film
from mlcalc.simulate.backgrounds.folder import Backgrounds
from mlcalc.simulate.backgrounds.listed import LISTING
from mlcalc.simulate.backgrounds.marks import audits

AUDITED = (
    "FracAtlas (Abedeen et al., Scientific Data 2023, doi 10.6084/m9.figshare.22363012), CC BY 4.0: "
    "{} of its films, changed by the lesions put into them"
)
"""All films that were audited by eye are of this collection."""
OTHERS = "{} of the folder given by --backgrounds, whose licence mlcalc does not know"


SHOWN = 3
"""So many files are named that are no films."""


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
            for region in film.regions:
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
