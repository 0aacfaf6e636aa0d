"""Chance, divided: each step of a crop has a stream of its own, so that one step can change alone."""

from __future__ import annotations

import numpy as np

SPLITS = ("train", "val", "calibration", "test")
STEPS = ("plan", "ground", "lesion", "second", "film", "beam", "detector", "console")


def split_seed(seed: int, split: str) -> int:
    """The seed of one split: the same number draws other people for training than for tests."""
    return len(SPLITS) * seed + SPLITS.index(split)


def stream(seed: int, index: int, step: str, attempt: int = 0) -> np.random.Generator:
    """The generator of one step of crop ``index``: the same whatever else was drawn, by whichever worker.

    A crop and its twin without the lesion differ in the lesion alone because all other streams are equal.
    """
    key = (index, STEPS.index(step), attempt)
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


def log_uniform(random: np.random.Generator, low: float, high: float) -> float:
    """A number in [low, high] with an even logarithm."""
    return float(np.exp(random.uniform(np.log(low), np.log(high))))


def pick(random: np.random.Generator, weights: dict[str, float]) -> str:
    """One of the keys by weight; keys in the order they stand."""
    names = list(weights)
    total = np.cumsum([weights[name] for name in names])
    position = int(np.searchsorted(total, random.uniform(0, total[-1]), side="right"))
    return names[min(position, len(names) - 1)]
