"""A simulation from what a command names: a config, a seed, a folder of films."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mlcalc.errors import UsageError
from mlcalc.simulate.backgrounds.folder import Backgrounds, open_backgrounds
from mlcalc.simulate.config import Backgrounds as BackgroundSettings
from mlcalc.simulate.config import Config
from mlcalc.simulate.films import Films, kept_films
from mlcalc.simulate.source import Simulation


def open_simulation(
    config: Config, seed: int, backgrounds: Path | None = None, knowledge: bool = False, count: int = 1
) -> Simulation:
    """The simulation of a config over a folder of films.

    Raises UsageError for a folder without a usable film, also after the config's blocks and regions.
    """
    if knowledge and config.split == "train":
        reason = "patients of the knowledge teach a network the prior that the reasoner adds again"
        raise UsageError(f"{reason}: use configs/simulate/patients.yaml, or --set split=test")
    if backgrounds is None:
        return Simulation(config, seed, None, count, patients=knowledge)
    films = Films(_selected(open_backgrounds(backgrounds), config.backgrounds))
    simulation = Simulation(config, seed, films, count, patients=knowledge)
    if not simulation.real_regions:
        raise UsageError(f"{backgrounds}: {_nothing(films, config)}")
    return simulation


def _selected(found: Backgrounds, wanted: BackgroundSettings) -> Backgrounds:
    """Films of the wanted blocks; where the config names none, all but those that mlcalc keeps for tests."""
    if wanted.blocks is None and wanted.without_blocks is None:
        return replace(found, films=tuple(film for film in found if film.sha not in kept_films()))
    return found.select(wanted.blocks, without_blocks=wanted.without_blocks or ())


def _nothing(films: Films, config: Config) -> str:
    """Why no film of a folder can be drawn over, and what to do."""
    shown = sorted({region for film in films.films for region in film.regions})
    if shown:
        told = f"no film shows a region of the config ({', '.join(config.drawn_regions())})"
        return f"{told}; they show {', '.join(shown)}"
    return f"no film can be drawn over; not used: {'; '.join(films.left_out)}"
