"""Libraries that warn and log are not heard: their messages may quote what stands in a file."""

from __future__ import annotations

import logging
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

_one_at_a_time = threading.RLock()  # warning filters and limits belong to the process, not to the thread
_SILENT = logging.CRITICAL + 1


@contextmanager
def silent(library: str) -> Iterator[None]:
    """No warnings, and no log of ``library`` (the name of its logger), within the block.

    One thread at a time may be inside; it may enter again.
    """
    log = logging.getLogger(library)
    with _one_at_a_time, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before = log.level
        log.setLevel(_SILENT)  # loggers below inherit it; a filter or `disabled` would not reach them
        try:
            yield
        finally:
            log.setLevel(before)
