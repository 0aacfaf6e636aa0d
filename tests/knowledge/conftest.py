"""Fixtures of the tests of the knowledge tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

from mlcalc.knowledge import Knowledge, knowledge
from mlcalc.knowledge.quotes import seeds_folder, shared_required

from .table_folder import TableFolder

settings.register_profile("specification", deadline=None, derandomize=True)
settings.load_profile("specification")


@pytest.fixture(scope="session")
def shipped() -> Knowledge:
    """The knowledge that ships with mlcalc."""
    return knowledge()


@pytest.fixture
def tables(tmp_path: Path) -> TableFolder:
    """A copy of the shipped tables."""
    return TableFolder.copy_to(tmp_path)


@pytest.fixture(scope="session")
def seeds() -> Path:
    """The folder with the documents' texts; a test without it is skipped, in CI it fails."""
    folder = seeds_folder()
    if folder is not None:
        return folder
    message = "the documents' texts are not here: give their folder as MLCALC_SEEDS"
    if shared_required():
        pytest.fail(message)
    pytest.skip(message)
