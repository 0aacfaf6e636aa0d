"""Looking at other processes, and waiting for them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


def running(pid: int) -> bool:
    """Whether the process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def noted(path: Path) -> int | None:
    """The process that a task wrote down, once it has."""
    return int(path.read_text()) if path.exists() else None


def comes_true(condition: Callable[[], bool], seconds: float = 20) -> bool:
    """Wait for it, far longer than it should take."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()
