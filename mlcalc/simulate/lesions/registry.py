"""Drawers by name."""

from __future__ import annotations

from collections.abc import Callable

from mlcalc.simulate.lesions.mineral import Mineral, Scene

Drawer = Callable[[Scene], Mineral]
_DRAWERS: dict[str, Drawer] = {}


def drawer(draw: Drawer) -> Drawer:
    """Register a function under its own name, which recipes use."""
    _DRAWERS[draw.__name__] = draw
    return draw


def drawers() -> dict[str, Drawer]:
    """Every registered drawer by name."""
    import mlcalc.simulate.distractors.drawers  # noqa: F401, PLC0415
    from mlcalc.simulate.lesions import calcium, foreign, ossified, vessels  # noqa: F401, PLC0415

    return dict(_DRAWERS)
