"""What runs inside a worker, and how it talks to the process that started it.

A worker is a plain Python process (no fork, no multiprocessing): requests come in by its standard
input, one reply for each goes out by what was its standard output. It ends when that input ends, so
none outlives the run.
"""

from __future__ import annotations

import logging
import os
import pickle
import queue
import runpy
import signal
import struct
import sys
import threading
import types
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import IO, Any, Literal

from mlcalc.errors import FileError

Kind = Literal["ready", "broken", "result", "refused", "internal", "memory", "died", "late"]
Reply = tuple[Kind, Any]
"""What became of a request:

ready, broken (text): the worker can take items, or could not load the task.
result (value), refused (FileError), internal (exception type, place), memory: of an item.
died (exit code), late: said for a worker that can say nothing any more.
"""

Parts = Sequence[bytes | bytearray | memoryview]

ORPHAN_GRACE = 2.0
"""Seconds over the limit after which a worker ends by itself, where nobody is left to end it."""

_status = {"inside": False}


@dataclass(frozen=True, slots=True)
class Setup:
    """First message to a worker. task: pickled. main: script or module the task is in, where it is one."""

    task: bytes
    main: tuple[Literal["module", "path"], str] | None
    seconds: float
    memory_bytes: int | None


def inside_worker() -> bool:
    """Whether this process is a worker."""
    return _status["inside"]


# Messages


def pack(message: object) -> Parts:
    """A message as bytes to write one after the other; arrays are not copied. Raises as pickle does."""
    buffers: list[pickle.PickleBuffer] = []
    body = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
    parts: list[bytes | memoryview] = [body, *(buffer.raw() for buffer in buffers)]
    return [struct.pack(f"<I{len(parts)}Q", len(parts), *map(len, parts)), *parts]


def unpack(parts: Parts) -> Any:
    """The message; arrays use the memory of ``parts``. Raises as pickle does."""
    return pickle.loads(parts[0], buffers=parts[1:])


def write_parts(stream: IO[bytes], parts: Parts) -> None:
    """Write a packed message; raises OSError where nobody reads."""
    for part in parts:
        stream.write(part)
    stream.flush()


def read_parts(stream: IO[bytes]) -> Parts:
    """The next message, to be unpacked; raises EOFError where the other end is gone."""
    (count,) = struct.unpack("<I", _read(stream, 4))
    return [_read(stream, length) for length in struct.unpack(f"<{count}Q", _read(stream, 8 * count))]


def _read(stream: IO[bytes], length: int) -> bytearray:
    data = bytearray(length)
    rest = memoryview(data)
    while rest:
        got = stream.readinto(rest)  # type: ignore[attr-defined]
        if not got:
            raise EOFError
        rest = rest[got:]
    return data


# The work


def perform(task: Callable[[Any], Any], item: object) -> Reply:
    """Do the task; whatever it raises becomes a reply without the exception's text (privacy)."""
    try:
        return "result", task(item)
    except FileError as error:
        bare = error.with_traceback(None)  # it would keep the pixels of every frame alive
        bare.__cause__ = bare.__context__ = None
        return "refused", bare
    except MemoryError:
        return "memory", None
    except (KeyboardInterrupt, GeneratorExit):
        raise
    except BaseException as error:  # SystemExit too
        return internal(error)


def internal(error: BaseException) -> Reply:
    """What may be told of an unforeseen exception: its type, and where in the code."""
    place, trace = "", error.__traceback__
    while trace is not None:
        module = trace.tb_frame.f_globals.get("__name__", "?")
        place, trace = f"{module}, line {trace.tb_lineno}", trace.tb_next
    return "internal", (type(error).__name__, place)


def _answer(task: Callable[[Any], Any], request: Parts, seconds: float) -> Parts:
    """The packed reply. The kernel ends a task that holds the interpreter when no parent is there to."""
    _alarm(seconds + ORPHAN_GRACE)
    try:
        return pack(perform(lambda parts: task(unpack(parts)), request))
    except MemoryError:
        return pack(("memory", None))
    except BaseException as error:  # the result cannot be pickled
        return pack(internal(error))
    finally:
        _alarm(0)


def _alarm(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, min(seconds, 1e6))


# The process


def main() -> None:
    """Load the task, then answer one item after the other until the parent is gone."""
    _status["inside"] = True
    requests, replies = _take_streams()
    _be_quiet()
    setup: Setup = unpack(read_parts(requests))
    try:
        task = _load(setup)
    except BaseException as error:  # nothing of a file was seen yet, so its text may be told
        write_parts(replies, pack(("broken", f"{type(error).__name__}: {error}")))
        return
    inbox = _listen(requests)
    _limit(setup.memory_bytes)
    write_parts(replies, pack(("ready", None)))
    while True:
        write_parts(replies, _answer(task, inbox.get(), setup.seconds))


def _take_streams() -> tuple[IO[bytes], IO[bytes]]:
    """The two pipes, out of reach of C libraries that print."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1, 2):
        os.dup2(null, standard)
    os.close(null)
    return requests, replies


def _be_quiet() -> None:
    """The parent decides on Ctrl-C; what libraries log may name the patient."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGALRM])
    logging.disable(logging.CRITICAL)


def _load(setup: Setup) -> Callable[[Any], Any]:
    if setup.main is not None:
        kind, name = setup.main
        run = runpy.run_module if kind == "module" else runpy.run_path
        module = types.ModuleType("__mp_main__")  # the name under which multiprocessing does the same
        module.__dict__.update(run(name, run_name="__mp_main__"))
        sys.modules["__main__"] = sys.modules["__mp_main__"] = module
    task: Callable[[Any], Any] = pickle.loads(setup.task)
    return task


def _listen(requests: IO[bytes]) -> queue.SimpleQueue[Parts]:
    """Requests as they come; a thread reads them, so that the worker ends with its parent in mid-task."""
    inbox: queue.SimpleQueue[Parts] = queue.SimpleQueue()

    def read() -> None:
        try:
            while True:
                inbox.put(read_parts(requests))
        finally:
            os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return inbox


def _limit(memory_bytes: int | None) -> None:
    """No core dumps (they hold pixels and headers), and no more memory than allowed from now on."""
    try:
        import resource  # noqa: PLC0415  not on Windows
    except ImportError:
        return
    # One byte: too little for any dump, and unlike 0 also heeded where dumps go to a program.
    _lower(resource.RLIMIT_CORE, 1)
    held = _address_space()
    if memory_bytes is not None and held is not None:
        _lower(resource.RLIMIT_AS, held + memory_bytes)


def _lower(which: int, value: int) -> None:
    import resource  # noqa: PLC0415

    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def _address_space() -> int | None:
    """Bytes of address space in use; None where the system does not tell (and does not limit it)."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None
