"""The data card: what is in a simulated data set, counted from its manifest."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np

from mlcalc import __version__
from mlcalc.config import as_yaml
from mlcalc.simulate.config import Config
from mlcalc.simulate.versions import versions
from mlcalc.vocabulary import DENSITIES, vocabulary

COUNTED = ("entity", "density", "kind", "source", "region", "morphology", "visibility")
"""Columns of the manifest that are counted; the others of 100 000 crops fill a gigabyte."""
BANDS = (0, 3, 5, 10, 20, 50, 100, float("inf"))
"""Bounds of the bands of visibility that lesions are counted in."""


CIRCULAR = (
    "Patients were drawn from mlcalc's knowledge rows. Whatever judges them by the same rows is judged by "
    "itself: **scores on them are circular**. Never train on them: a network would learn the prior."
)


def card(manifest: str, config: Config, seed: int, licences: Sequence[str]) -> str:
    """The card (Markdown) of the data set with this manifest (CSV text)."""
    rows = [{name: row[name] for name in COUNTED} for row in csv.DictReader(io.StringIO(manifest))]
    parts = [
        f"# Simulated radiograph crops: {config.name} ({config.split})",
        f"{len(rows)} crops of {config.size} x {config.size} pixels, drawn by mlcalc {__version__} with seed "
        f"{seed}. **All lesions are simulated**; a number measured on them says how well simulated lesions "
        "are told apart, and nothing about patients. Research software, not a medical device.",
        *([CIRCULAR] if any(row["entity"] for row in rows) else []),
        "## Where the pictures come from",
        "\n".join(f"- {line}" for line in licences) or "- All anatomy is drawn.",
        "## Density\n" + _table(("density", "crops"), _counted(rows, "density", DENSITIES)),
        "## Kind and source\n" + _table(("kind", "source", "crops"), _pairs(rows, "kind", "source")),
        "## Morphology by region\n" + _by_region(rows),
        "## Visibility (CNR times square root of pixels)\n" + _visibility(rows),
        "## Labels\nDensity, morphology (all ids are drawn or not; `morphology_complete` is 0 where the "
        "lesion is too small to tell), a mask of where attenuation was added, the place, the size. "
        "Millimetres over real films are unknown: these have no spacing.",
        f"## Recipe\n```yaml\n{as_yaml(config)}```\nSame bytes for the same seed with "
        + ", ".join(f"{name} {number}" for name, number in versions().items())
        + "; on another kind of processor a few pixels may differ by one grey level.",
    ]
    return "\n\n".join(parts) + "\n"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(header)} |", "|" + "---|" * len(header)]
    return "\n".join([*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)])


def _counted(rows: Sequence[dict[str, str]], column: str, names: Sequence[str]) -> list[tuple[str, int]]:
    counts = Counter(row[column] for row in rows)
    return [(name, counts[name]) for name in names]


def _pairs(rows: Sequence[dict[str, str]], first: str, second: str) -> list[tuple[str, str, int]]:
    counts = Counter((row[first], row[second]) for row in rows)
    return [(a, b, n) for (a, b), n in sorted(counts.items())]


def _by_region(rows: Sequence[dict[str, str]]) -> str:
    regions = sorted({row["region"] for row in rows})
    counts = Counter((m, row["region"]) for row in rows for m in row["morphology"].split(";") if m)
    lines = [
        (m, sum(counts[m, r] for r in regions), *(counts[m, r] or "" for r in regions))
        for m in vocabulary().ids("morphology")
    ]
    return _table(("morphology", "all", *regions), lines)


def _visibility(rows: Sequence[dict[str, str]]) -> str:
    values = [float(row["visibility"]) for row in rows if row["density"] != "no_focal_density"]
    counts, _ = np.histogram(values, BANDS) if values else (np.zeros(len(BANDS) - 1, int), None)
    bands = [f"{low:g} to {high:g}" for low, high in pairwise(BANDS)]
    return _table(("band", "lesions"), list(zip(bands, map(int, counts), strict=True)))
