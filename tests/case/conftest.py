"""Settings of the property tests."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("specification", deadline=None, derandomize=True)
settings.load_profile("specification")
