"""What a picture's bytes depend on besides the seed."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("numpy", "scipy", "xraydb", "pillow", "pydicom")
DRAWING = ("simulate", "imaging", "knowledge", "reasoning", "vocabulary")
"""Parts of mlcalc that a crop and its labels come from."""
ROWS_AND_CODE = (".csv", ".py", ".json")


def versions() -> dict[str, str]:
    """Package to installed version: the same seed gives the same bytes where these are the same.

    ``simulator`` stands for mlcalc's own rows and code, which change between releases of one number too.
    """
    return {name: version(name) for name in PACKAGES} | {"simulator": simulator()}


@cache
def simulator() -> str:
    """First 12 hex digits of a sha256 over the rows and the code that crops come from."""
    home, digest = Path(__file__).parents[1], hashlib.sha256()
    for part in DRAWING:
        for path in sorted(path for path in (home / part).rglob("*") if path.suffix in ROWS_AND_CODE):
            digest.update(f"{path.relative_to(home).as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()[:12]
