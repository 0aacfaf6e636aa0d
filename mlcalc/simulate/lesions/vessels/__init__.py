"""Calcification of vessels: walls of arteries, stones of veins."""

from mlcalc.simulate.lesions.vessels import artery, phlebolith

__all__ = ["artery", "phlebolith"]
