"""How a console turns a signal into a picture, drawn from styles that are data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from math import hypot
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import Generator

from mlcalc.errors import KnowledgeError, unknown_id
from mlcalc.simulate.detector.ranges import DOMAINS, check_domain, number, ranges
from mlcalc.simulate.site import Value
from mlcalc.vocabulary.registry import read_csv

FOLDER = Path(__file__).parent
ANTIALIASED = 0.4
"""Sigma of shrinking and enlarging by themselves, in pixels of the small copy."""
COLUMNS = ("style", "kind", "domain", "weight", "name", "source")


@dataclass(frozen=True, slots=True)
class Style:
    """A way of processing, one row of ``styles.csv``. kind: "develop" (signals) or "retouch" (films)."""

    id: str
    kind: str
    domain: str
    weight: float


@dataclass(frozen=True, slots=True)
class Finish:
    """The last steps, which drawn and real pictures share.

    grain: standard deviation of the noise of a film or a scanner, in shares of the grey scale. bits: 8 or
    12 of a grey value. jpeg: quality of one round trip through JPEG, 0 without.
    """

    grain: float = 0.0
    bits: int = 8
    jpeg: int = 0


@dataclass(frozen=True, slots=True)
class ConsoleSettings(Finish):
    """How one signal becomes a picture; the numbers of a step are 0 where it is left out.

    low, high: percentiles of the body's signal that the window is built on. air: how far it reaches from
    the thinnest part of the body towards air: 0 not at all, 1 as far as air or `console.window.REACH`.
    above: how far it reaches beyond the densest part, in shares of the distance. latitude: its least
    width in units of the natural logarithm: thin parts are not stretched beyond it. shift: of the window,
    in shares of it.
    gamma: exponent of the grey value. sigmoid: steepness of the S-shaped curve, 0 linear. centre: where
    in the window it is steepest. floor, ceiling: grey of the window's ends. denoise: share of the noise
    taken out in even areas. fine, middle, coarse: extra gain of detail of about 0.4, 1.5 and 5 mm. squeeze:
    share by which the gain of everything larger than ``squeeze_mm`` (sigma of a Gaussian) is lowered; detail
    gains as much. unsharp: strength of the mask, whose Gaussian has ``unsharp_mm``. clahe: share of the
    locally equalised picture, in ``tiles`` x ``tiles`` tiles with a limit of ``clip`` times the even height.
    copied: pixels of the crop for one of the file it was kept in, with a blur of ``copied_blur`` of its
    pixels and a JPEG of quality ``copied_jpeg``; see `console.copied`.
    """

    style: str = "plain"
    low: float = 2.0
    high: float = 99.5
    air: float = 1.0
    above: float = 0.2
    latitude: float = 1.2
    widest: float = 6.0
    shift: float = 0.0
    toe: float = 0.0
    gamma: float = 1.0
    sigmoid: float = 0.0
    centre: float = 0.55
    floor: float = 0.0
    ceiling: float = 1.0
    denoise: float = 0.0
    fine: float = 0.0
    middle: float = 0.0
    coarse: float = 0.0
    squeeze: float = 0.0
    squeeze_mm: float = 20.0
    unsharp: float = 0.0
    unsharp_mm: float = 3.0
    clahe: float = 0.0
    tiles: int = 4
    clip: float = 2.0
    copied: float = 0.0
    copied_blur: float = 0.0
    copied_jpeg: int = 0

    @property
    def blur(self) -> float:
        """Sigma in pixels of the crop of the blur that the copy brings; 0 where none was made."""
        return max(self.copied, 1.0) * hypot(self.copied_blur, ANTIALIASED) if self.copied > 1 else 0.0

    @property
    def parameters(self) -> Mapping[str, Value]:
        """Every setting for the manifest, keys ``console_…``."""
        return {f"console_{name}": value for name, value in asdict(self).items()}


@dataclass(frozen=True, slots=True)
class RetouchSettings(Finish):
    """The mild steps over a picture that a console has processed already; names as in `ConsoleSettings`.

    black, white: grey values of the picture that become 0 and 1; beyond them it is cut off.
    """

    style: str = "as_is"
    black: float = 0.0
    white: float = 1.0
    gamma: float = 1.0
    unsharp: float = 0.0
    unsharp_mm: float = 3.0
    clahe: float = 0.0
    tiles: int = 4
    clip: float = 2.0

    @property
    def parameters(self) -> Mapping[str, Value]:
        """Every setting for the manifest, keys ``console_…``."""
        return {f"console_{name}": value for name, value in asdict(self).items()}


@cache
def styles() -> Mapping[str, Style]:
    """The styles by id. Raises `KnowledgeError` at a broken row."""
    file = FOLDER / "styles.csv"
    found = {}
    for line, row in read_csv(file, COLUMNS):
        for column, known in (("domain", DOMAINS), ("kind", ("develop", "retouch"))):
            if row[column] not in known:
                reason = unknown_id(row[column], known, column)
                raise KnowledgeError(file.name, line, row["style"], reason)
        weight = number(row["weight"], file.name, line, row["style"], "weight")
        found[row["style"]] = Style(row["style"], row["kind"], row["domain"], weight)
    return found


def draw_console(random: Generator, domain: str) -> ConsoleSettings:
    """Settings for a signal. domain: "training" or "held_out", which share no style; else ValueError."""
    return ConsoleSettings(**_draw(random, domain, "develop", ConsoleSettings))


def draw_retouch(random: Generator, domain: str) -> RetouchSettings:
    """Settings for a real film. domain: "training" or "held_out"; else ValueError."""
    return RetouchSettings(**_draw(random, domain, "retouch", RetouchSettings))


def _draw(random: Generator, domain: str, kind: str, settings: type[Finish]) -> dict[str, Any]:
    check_domain(domain)
    known = [style for style in styles().values() if (style.domain, style.kind) == (domain, kind)]
    weights = np.array([style.weight for style in known])
    style = known[int(random.choice(len(known), p=weights / weights.sum()))].id
    whole = {field.name for field in fields(settings) if field.type == "int"}
    found = ranges(FOLDER / "ranges.csv")
    rows = {**found[kind], **found.get(style, {})}  # a style's own range goes before that of all
    drawn: dict[str, Any] = {name: rows[name].draw(random) for name in rows}
    return {"style": style} | {name: round(drawn[name]) if name in whole else drawn[name] for name in drawn}
