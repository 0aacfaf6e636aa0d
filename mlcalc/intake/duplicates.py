"""Finds files that hold the same bytes, reading as few of them as possible."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace

from mlcalc.errors import FileError
from mlcalc.intake.archive import DEFAULT_LIMITS
from mlcalc.intake.sources import Source

_HEAD = 1 << 16
"""The headers of two DICOM files differ well within this, so whole files are read for copies alone."""
_CHUNK = 1 << 20


def mark_duplicates(
    sources: Sequence[Source], max_bytes: int = DEFAULT_LIMITS.max_entry_bytes
) -> tuple[Source, ...]:
    """The same sources, each with the path of the first one that holds the same bytes.

    Only files of equal size are read, and of these only the first 64 KiB unless they agree. Empty files,
    files above ``max_bytes`` and those that cannot be read are nobody's duplicate.
    """
    sizes = [_size(source) for source in sources]
    usable = [i for i, size in enumerate(sizes) if 0 < size <= max_bytes]
    groups: Iterable[list[int]] = _alike(usable, lambda i: sizes[i])
    groups = _split(groups, lambda i: _digest(sources[i], _HEAD))
    groups = _split(groups, lambda i: _digest(sources[i], None))
    marked = list(sources)
    for first, *others in groups:
        for i in others:
            marked[i] = replace(sources[i], duplicate_of=sources[first].path)
    return tuple(marked)


def _alike(indices: Iterable[int], key: Callable[[int], Hashable | None]) -> Iterator[list[int]]:
    """Those of equal key, where there are several; a key of None is equal to no other."""
    groups: dict[Hashable, list[int]] = {}
    for i in indices:
        if (value := key(i)) is not None:
            groups.setdefault(value, []).append(i)
    return (group for group in groups.values() if len(group) > 1)


def _split(groups: Iterable[list[int]], key: Callable[[int], Hashable | None]) -> Iterator[list[int]]:
    for group in groups:
        yield from _alike(group, key)


def _size(source: Source) -> int:
    """Bytes, 0 where they are not known."""
    if source.problem is not None:
        return 0
    if source.entry is not None:
        return source.entry.size
    try:
        return os.stat(source.file).st_size
    except (OSError, ValueError):
        return 0


def _digest(source: Source, length: int | None) -> bytes | None:
    """SHA-256 of the first ``length`` bytes, or of all; None where they cannot be read."""
    digest, left = hashlib.sha256(), length
    try:
        for chunk in source.chunks(_HEAD if length else _CHUNK):
            digest.update(chunk if left is None else chunk[:left])
            if left is not None and (left := left - len(chunk)) <= 0:
                break
    except FileError:
        return None
    return digest.digest()
