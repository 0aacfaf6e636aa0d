"""The side of `mlcalc.intake.workers` that runs in a process of its own.

Requests and answers are pickles with their length before them, over the process's standard input and
output; whatever a decoder prints goes nowhere.
"""

from __future__ import annotations

import contextlib
import ctypes
import logging
import os
import pickle
import signal
import struct
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

from mlcalc.errors import FailedError, FileError

LENGTH = struct.Struct("<Q")
PR_SET_PDEATHSIG = 1
"""Linux: the signal that a process gets when its parent dies (prctl(2))."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker is told first. memory_bytes: that it may take beyond what it has at its start."""

    task: Callable[[Any], Any]
    memory_bytes: int | None


def send(stream: BinaryIO, value: object) -> None:
    """Write one value; raises what pickling raises, before a byte is written."""
    data = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    stream.write(LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: BinaryIO) -> Any:
    """Read one value; EOFError where the other side is gone."""
    head = stream.read(LENGTH.size)
    if len(head) < LENGTH.size:
        raise EOFError
    (length,) = LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return pickle.loads(data)


def attempt(task: Callable[[Any], Any], item: object) -> object:
    """The task's result, or the `FileError` that tells why there is none.

    The text of any other exception may quote a header, so only its kind is told.
    """
    try:
        return task(item)
    except FileError as error:
        return error
    except MemoryError:
        return FailedError("needs more memory than allowed", "see --max-memory")
    except Exception as error:
        return FailedError(f"internal error while reading ({type(error).__name__})")


def main() -> None:
    """Answer requests until the parent closes its end or dies."""
    requests, answers = _take_streams()
    _die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what Ctrl-C ends
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    try:
        setup: Setup = receive(requests)
        _limit_memory(setup.memory_bytes)
        send(answers, "ready")
        while True:
            _answer(answers, attempt(setup.task, receive(requests)))
    except (EOFError, BrokenPipeError):
        os._exit(0)


def _answer(answers: BinaryIO, result: object) -> None:
    try:
        send(answers, result)
    except BrokenPipeError:
        raise
    except Exception as error:
        send(answers, FailedError(f"internal error: the result cannot be sent ({type(error).__name__})"))


def _take_streams() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output for ourselves; C libraries that print get the null device."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.close(nothing)
    return requests, answers


def _die_with_parent() -> None:
    """A worker in the middle of a hanging decoder would not notice that nobody waits any more."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _limit_memory(extra: int | None) -> None:
    """Address space beyond what the process has now; where the system has no such limit, none."""
    try:
        import resource  # noqa: PLC0415  not on Windows
    except ImportError:
        return
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if extra is not None:
            limit = _address_space() + extra
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _address_space() -> int:
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
