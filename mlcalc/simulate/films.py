"""The films of one data set: clean ones only, by the regions they show."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from functools import cached_property

from mlcalc.simulate.backgrounds.film import Film
from mlcalc.simulate.backgrounds.folder import Backgrounds
from mlcalc.simulate.backgrounds.marks import audits

AUDITED = (
    "FracAtlas (Abedeen et al., Scientific Data 2023, doi 10.6084/m9.figshare.22363012), CC BY 4.0: "
    "{} of its films, changed by the lesions put into them"
)
"""All films that were audited by eye are of this collection."""
OTHERS = "{} films of the folder given by --backgrounds, whose licence mlcalc does not know"


class Films:
    """Clean films. A film of unknown region stands for none."""

    def __init__(self, backgrounds: Backgrounds):
        self.films = backgrounds.clean.films

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
        """sha256 over the files' own, hex: another film, or another order, is another digest."""
        return hashlib.sha256("".join(film.sha for film in self.films).encode()).hexdigest()

    @property
    def licences(self) -> tuple[str, ...]:
        """Where the films come from, a line each."""
        known = sum(film.sha in audits() for film in self.films)
        lines = [AUDITED.format(known)] if known else []
        return (*lines, OTHERS.format(len(self) - known)) if len(self) > known else tuple(lines)
