"""What several test folders need."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from mlcalc.knowledge.quotes import shared_required

ROOT = Path(__file__).resolve().parents[1]


settings.register_profile("mlcalc", deadline=None)  # how long an example takes is the machine's affair
settings.load_profile("mlcalc")


@pytest.fixture(scope="session")
def radiographs() -> Path:
    """The folder of real radiographs; skipped where it is missing, a failure under CI."""
    folder = Path(os.environ.get("MLCALC_RADIOGRAPHS") or ROOT.parent / "shared" / "radiographs")
    if folder.is_dir():
        return folder
    if shared_required():
        pytest.fail(f"{folder} is missing, and MLCALC_REQUIRE_SHARED=1 says it must be there")
    pytest.skip(f"no real radiographs at {folder} (set MLCALC_RADIOGRAPHS)")
