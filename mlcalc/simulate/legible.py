"""How large a lesion must be on a picture for its shape to be a label: rows of ``legible.csv``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from mlcalc.vocabulary.registry import read_csv

FILE = Path(__file__).with_name("legible.csv")
HEADER = ("morphology", "pixels", "source")
ANY = "any"


def legible(morphology: str = ANY) -> float:
    """Pixels that the mask must span at least; below it the morphology is unknown, not absent."""
    return _rows().get(morphology, _rows()[ANY])


@cache
def _rows() -> Mapping[str, float]:
    return {row["morphology"]: float(row["pixels"]) for _, row in read_csv(FILE, HEADER)}
