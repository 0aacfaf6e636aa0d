"""Fixtures of the reasoner's tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlcalc.reasoning import Reasoner, reasoner

from .worlds import reasoner_of, write_world


@pytest.fixture(scope="session")
def shipped() -> Reasoner:
    """The reasoner over the shipped knowledge."""
    return reasoner()


@pytest.fixture
def world(tmp_path: Path) -> Callable[..., Reasoner]:
    """Builds the reasoner over a small world; arguments as of `write_world`."""

    def build(findings: str, **parts: object) -> Reasoner:
        folder = tmp_path / f"tables-{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        return reasoner_of(write_world(folder, findings, **parts))  # type: ignore[arg-type]

    return build
