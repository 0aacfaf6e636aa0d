"""Settings of recipes that are ranges or counts."""

from __future__ import annotations

from mlcalc.simulate.lesions.recipe import Recipe


def span(recipe: Recipe, name: str, default: tuple[float, float]) -> tuple[float, float]:
    """A setting that reads ``low,high``, as two numbers."""
    told = recipe.settings.get(name)
    if told is None:
        return default
    low, high = (float(part) for part in told.split(","))
    return low, high


def most(recipe: Recipe, name: str, default: int) -> int:
    """A setting that is the largest count to be drawn."""
    return round(recipe.number(name, default))
