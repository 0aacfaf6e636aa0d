"""What a picture's bytes depend on besides the seed."""

from __future__ import annotations

from importlib.metadata import version

PACKAGES = ("numpy", "scipy", "xraydb", "pillow", "pydicom")


def versions() -> dict[str, str]:
    """Package to installed version: the same seed gives the same bytes where these are the same."""
    return {name: version(name) for name in PACKAGES}
