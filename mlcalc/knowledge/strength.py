"""How often: bands and numbers of the documents as one typed value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

_RANGE = re.compile(r"^(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*%$")
_SHARE = re.compile(r"^(<=|>=|<|>)?\s*(\d+(?:\.\d+)?)\s*%$")
_COUNT = re.compile(r"^(\d+)\s*/\s*(\d+)$")


@dataclass(frozen=True)
class Strength:
    """A probability with the interval the source gives; ``band`` is set for named bands."""

    probability: float
    low: float
    high: float
    text: str
    band: str | None = None

    @property
    def numeric(self) -> bool:
        """Whether the document gives a number rather than a word."""
        return self.band is None


def parse_strength(text: str, bands: Mapping[str, float]) -> Strength:
    """Read ``typical``, ``80%``, ``50-88%``, ``<=45%``, ``>90%`` or ``7/33``.

    A range stands for its middle, "up to" for its upper end, "more than" for the middle
    between it and 100 %. Raises ValueError with the reason.
    """
    text = text.strip()
    if text in bands:
        return Strength(bands[text], bands[text], bands[text], text, text)
    if match := _RANGE.match(text):
        low, high = float(match[1]) / 100, float(match[2]) / 100
        middle = (low + high) / 2
    elif match := _SHARE.match(text):
        share = float(match[2]) / 100
        low = 0.0 if match[1] in ("<=", "<") else share
        high = 1.0 if match[1] in (">=", ">") else share
        middle = (low + high) / 2 if match[1] in (">=", ">") else share
    elif match := _COUNT.match(text):
        if int(match[2]) == 0:
            raise ValueError(f"{text!r} divides by zero")
        low = high = middle = int(match[1]) / int(match[2])
    else:
        raise ValueError(f"strength {text!r} is neither a band ({', '.join(bands)}) nor a number")
    if not 0 <= low <= high <= 1:
        raise ValueError(f"strength {text!r} is not a share between 0 and 100 %")
    return Strength(middle, low, high, text)
