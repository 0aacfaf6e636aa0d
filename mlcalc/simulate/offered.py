"""Which places the drawn anatomy of a region offers: not every compartment lies in every region."""

from __future__ import annotations

from collections import Counter
from functools import cache

import numpy as np

from mlcalc.simulate.anatomy.regions import layouts
from mlcalc.simulate.site import Site

LOOKS = 6
"""Layouts of a region that are looked at: views differ in what they show."""
OFTEN = 0.25
"""A place that fewer layouts have is not offered: a crop would be tried too often."""
NOWHERE = np.zeros((2, 2))


@cache
def offered(region: str) -> tuple[Site, ...]:
    """One site for every compartment, structure and bridgeable ends that layouts have; paths mean nothing.

    None for a region that cannot be drawn.
    """
    if region not in layouts():
        return ()
    found: Counter[tuple[str, str, bool]] = Counter()
    for look in range(LOOKS):
        layout = layouts()[region](np.random.default_rng(look))
        found.update({(s.compartment, s.structure or "", s.ends is not None) for s in layout.sites})
    return tuple(
        Site(place, region, NOWHERE, 1.0, 1.0, structure or None, ends=NOWHERE if ends else None)
        for (place, structure, ends), count in sorted(found.items())
        if count >= OFTEN * LOOKS
    )
