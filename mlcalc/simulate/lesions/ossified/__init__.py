"""Bone where none belongs: spurs, bridges, ossicles, ossified masses and strands."""

from mlcalc.simulate.lesions.ossified import bridges, masses, ossicles, spurs, strands, zonal

__all__ = ["bridges", "masses", "ossicles", "spurs", "strands", "zonal"]
