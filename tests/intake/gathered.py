"""What was gathered, in short."""

from __future__ import annotations

from mlcalc.intake.gather import Gathered


def paths(gathered: Gathered) -> list[str]:
    return [source.path for source in gathered.sources]


def problems(gathered: Gathered) -> dict[str, str]:
    return {source.path: str(source.problem) for source in gathered.sources if source.problem}
