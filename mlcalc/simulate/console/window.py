"""The window: which signals become black and white."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlcalc.simulate.console.settings import ConsoleSettings

AIR = 0.12
"""Natural logarithm: 5 mm of soft tissue. What attenuates less is taken as air, not as the patient."""
SAMPLE = 2**12
"""Signals looked at; more would not move a percentile."""
LEAST = 16
"""Signals of a body; fewer tell nothing, and the fixed window of `EMPTY` is taken."""
EMPTY = (0.0, 0.75, 1.5)
REACH = 0.9
"""Natural logarithm. Limbs are shown with the air around them; behind a trunk air lies too far off."""


def window(reference: NDArray[Any], settings: ConsoleSettings) -> tuple[float, float]:
    """The signals that become black and white, black < white.

    reference: signals of any shape, natural logarithms; those of air are left out. Percentiles of the
    body's histogram, as consoles take them, so a deposit of a per cent of the area moves them as little
    as it does there; widened to ``settings.latitude`` where the body is nearly even, cut to
    ``settings.widest`` below the densest part where it is very uneven.
    """
    low, middle, high = _body(reference, settings)
    black = low - settings.air * min(low, REACH)  # the open beam is 0
    # thin parts beside thick ones go dark, the middle of the body does not
    black = max(black, min(high - settings.widest, 2 * middle - high))
    white = high + settings.above * (high - black)
    missing = max(settings.latitude - (white - black), 0.0)
    # an even body ends up in the middle of the scale or below, as on films, air as far as it reaches below
    black, white = black - missing * BELOW_EVEN, white + missing * (1 - BELOW_EVEN)
    step = settings.shift * (white - black)
    return black + step, white + step


BELOW_EVEN = 0.4
"""How much of the missing width is added at the dark side."""


def _body(reference: NDArray[Any], settings: ConsoleSettings) -> tuple[float, float, float]:
    """The lower, middle and upper percentile of the signals that are no air."""
    flat = np.asarray(reference, np.float32).ravel()
    flat = flat[:: flat.size // SAMPLE | 1]  # odd: the sample wanders over the columns from row to row
    body = flat[flat > AIR]
    if body.size < LEAST:
        return EMPTY
    low, middle, high = np.percentile(body, (settings.low, 50, settings.high))
    return float(low), float(middle), float(high)
