"""The person a layout belongs to, and the layout fitted to that person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mlcalc.simulate.anatomy.parts import (
    Band,
    Bone,
    Cavity,
    Cut,
    Envelope,
    Flesh,
    Layout,
    Plate,
    Ridge,
    Solid,
    Tube,
)
from mlcalc.simulate.site import Site, Value

GROWN = 17
"""Years: growth plates of the limbs are closed about then."""


@dataclass(frozen=True)
class Person:
    """Age in years, sex F or M; size, cortex, spongy, fat and muscle against a young man of middle build."""

    age: int
    sex: str
    size: float
    cortex: float
    spongy: float
    fat: float
    muscle: float

    @property
    def growing(self) -> bool:
        """Whether growth plates are open."""
        return self.age < GROWN

    def values(self) -> dict[str, Value]:
        """What stands in the manifest."""
        return {
            "age": self.age,
            "sex": self.sex,
            "size": round(self.size, 4),
            "build_fat": round(self.fat, 4),
        }


def draw_person(random: np.random.Generator, youngest: int = 5, children: float = 0.12) -> Person:
    """A person: mostly adults of 18-90, a share of children from ``youngest`` on."""
    sex = "F" if random.random() < 0.5 else "M"
    if random.random() < children:
        age = int(random.integers(youngest, GROWN))
        size = 0.6 + 0.4 * (age - 5) / 13
        cortex, spongy = random.uniform(0.75, 0.95), random.uniform(0.8, 1.1)
    else:
        age = int(random.integers(GROWN + 1, 91))
        size = 0.91 if sex == "F" else 1.0
        loss = max(age - 45, 0) / 45 * (0.45 if sex == "F" else 0.28)
        cortex = random.normal(1.0, 0.1) - loss
        spongy = random.normal(1.0, 0.15) - 1.1 * loss
    return Person(
        age=age,
        sex=sex,
        size=float(size * np.clip(random.normal(1, 0.05), 0.88, 1.12)),
        cortex=float(np.clip(cortex, 0.45, 1.25)),
        spongy=float(np.clip(spongy, 0.3, 1.35)),
        fat=float(np.exp(random.normal(0.0, 0.45))) * (1.25 if sex == "F" else 0.9),
        muscle=float(np.clip(random.normal(1.0 if sex == "M" else 0.92, 0.09), 0.72, 1.3)),
    )


def fitted(layout: Layout, person: Person) -> Layout:
    """The layout at the person's size, with that person's cortex, trabeculae and fat."""
    return replace(
        layout,
        bones=tuple((name, _bone(part, person)) for name, part in layout.bones),
        envelopes=tuple(_flesh(part, person) for part in layout.envelopes),
        sites=tuple(_site(site, person.size) for site in layout.sites),
        extent=layout.extent * person.size,
        cuts=tuple(replace(c, path=c.path * person.size, width=c.width * person.size) for c in layout.cuts),
        bands=tuple(_line(band, person.size) for band in layout.bands),
        cavities=tuple(_cavity(cavity, person.size) for cavity in layout.cavities),
        parameters={**person.values(), **layout.parameters},
    )


def _bone(part: Bone, person: Person) -> Bone:
    k = person.size
    if isinstance(part, Ridge):
        return Ridge(part.path * k, part.width * k, part.depth * k * person.cortex)
    if isinstance(part, Plate):
        flat = Solid(part.outline, part.depth, part.cortex, part.spongy, part.edge)
        return _bone(flat, person)
    cortex = part.cortex * (k * person.cortex)
    spongy = np.minimum(np.asarray(part.spongy) * person.spongy, 1)
    if isinstance(part, Tube):
        return Tube(part.path * k, part.radius * k, np.asarray(cortex), spongy, part.flatness)
    return Solid(part.outline * k, part.depth * k, cortex, spongy, part.rounding * k, part.grain)


def _flesh(part: Flesh, person: Person) -> Flesh:
    """Muscle of a limb stands in its radius; a thicker subcutis comes on top of it."""
    k, more = person.size, person.fat - 1
    if isinstance(part, Envelope):
        fat = part.fat * (k * person.fat)
        radius = part.radius * (k * (0.35 + 0.65 * person.muscle)) + part.fat * (k * more)
        return replace(part, path=part.path * k, radius=radius, fat=fat)
    depth = (np.asarray(part.depth) + 2 * np.asarray(part.fat) * more) * k
    fat = np.asarray(part.fat) * (k * person.fat)
    return replace(part, outline=part.outline * k, depth=depth, rounding=part.rounding * k, fat=fat)


def _site(site: Site, k: float) -> Site:
    ends = None if site.ends is None else site.ends * k
    width, depth = site.width * k, site.depth * k
    return Site(
        site.compartment, site.region, site.path * k, width, depth, site.structure, site.outward, ends
    )


def _line(band: Band, k: float) -> Band:
    return replace(band, path=band.path * k, width=band.width * k, depth=band.depth * k)


def _cavity(part: Cavity, k: float) -> Cavity:
    return replace(part, outline=part.outline * k, depth=part.depth * k, rounding=part.rounding * k)


def cuts_of(names: Sequence[str], cut: Cut) -> tuple[Cut, ...]:
    """The same cut for each of several bones."""
    return tuple(replace(cut, bone=name) for name in names)
