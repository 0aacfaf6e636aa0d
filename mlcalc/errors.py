"""Every error that mlcalc raises on purpose.

::

    MlcalcError
    ├── CaseError        a case says something impossible; carries every problem found in it
    ├── KnowledgeError   a knowledge table is broken; carries file, row and reason
    ├── FileError        one file cannot be used, the others can; carries status, reason and hint
    │   ├── RejectedError  it is sound, but nothing for mlcalc: no image, no radiograph, too large
    │   └── FailedError    it should have been readable: truncated, corrupt, gone
    ├── ConfigError      a config file says something impossible; carries every problem found in it
    └── UsageError       the command was called wrongly
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


class MlcalcError(Exception):
    """Base of all errors raised on purpose; its text is meant for the user."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong, where, and what to do about it."""

    field: str
    message: str

    def __str__(self) -> str:
        return f"{self.field}: {self.message}" if self.field else self.message


class CaseError(MlcalcError):
    """A case that cannot be answered. ``problems`` lists all that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


class KnowledgeError(MlcalcError):
    """A knowledge table that cannot be used."""

    def __init__(self, file: str, line: int | None, row: str | None, reason: str):
        self.file, self.line, self.row, self.reason = file, line, row, reason
        place = file if line is None else f"{file}, line {line}"
        super().__init__(f"{place}{f' (row {row})' if row else ''}: {reason}")


class FileError(MlcalcError):
    """One file (or one crop of it) cannot be used; a run goes on without it.

    ``reason`` never holds text from a file's header, which may name the patient.
    """

    status: ClassVar[str]

    def __init__(self, reason: str, hint: str = ""):
        self.reason, self.hint = reason, hint
        super().__init__(f"{reason} ({hint})" if hint else reason)

    def __reduce__(self) -> tuple[type[FileError], tuple[str, str]]:
        """Sent between processes by its parts: an exception else is rebuilt from its text."""
        return type(self), (self.reason, self.hint)


class RejectedError(FileError):
    """The file is sound but nothing for mlcalc: no image, no radiograph, unsupported, too large."""

    status = "rejected"


class FailedError(FileError):
    """The file should have been readable and is not: truncated, corrupt, gone, too slow."""

    status = "failed"


class ConfigError(MlcalcError):
    """A config that cannot be used. ``problems`` lists all that is wrong with it, with file and line."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(MlcalcError):
    """The command line does not make sense."""


def nearest(word: str, known: Iterable[str], limit: int = 3) -> list[str]:
    """The ids that a mistyped ``word`` most likely meant, best first; may be empty."""
    known = list(known)
    folded = word.strip().lower().replace("-", "_").replace(" ", "_")
    close = difflib.get_close_matches(folded, known, n=limit, cutoff=0.6)
    parts = [name for name in known if len(folded) >= 4 and (folded in name or name in folded)]
    return list(dict.fromkeys([*close, *parts]))[:limit]


def unknown_id(word: object, known: Iterable[str], what: str) -> str:
    """The sentence for an id that is not registered: what it was and which ids come near."""
    known = sorted(known)
    close = nearest(word, known) if isinstance(word, str) else []
    if close:
        return f"unknown {what} {word!r}; did you mean {' or '.join(repr(c) for c in close)}?"
    shown = ", ".join(known[:12]) + (", …" if len(known) > 12 else "")
    return f"unknown {what} {word!r}; known are {shown}"
