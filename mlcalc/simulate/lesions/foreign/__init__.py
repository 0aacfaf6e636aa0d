"""What came in from outside: glass, stones, metal, wood, plastic, silicone; and what surgeons leave."""

from mlcalc.simulate.lesions.foreign import (
    fixation,
    fragments,
    implants,
    plastics,
    projectiles,
    silicone,
    threads,
    wires,
    wood,
)

__all__ = [
    "fixation",
    "fragments",
    "implants",
    "plastics",
    "projectiles",
    "silicone",
    "threads",
    "wires",
    "wood",
]
