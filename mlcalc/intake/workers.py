"""Work on many files in processes of their own: one that crashes, hangs or grows costs only its file.

::

    run_isolated ── submit ──> waiting ──> thread 1 ── pipes ──> worker 1
         │                            └──> thread 2 ── pipes ──> worker 2
         └── oldest answer first; ends a worker that is over its time

Workers are plain Python processes that take over this one's ``sys.path``, so they work from scripts
without a ``__main__`` guard, notebooks and standard input, as long as the task stands in a module. A
task that stands in the script itself works as well; the script then needs the guard.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from mlcalc.errors import FailedError, FileError
from mlcalc.intake.crew import Crew
from mlcalc.intake.worker_process import Reply, Setup, inside_worker, perform

T = TypeVar("T")
R = TypeVar("R")

LOOK_AHEAD = 4
"""Items taken from the caller beyond the oldest unanswered one, for each process."""


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """What one item may cost.

    seconds: wall time. memory_bytes: address space of a worker above what it has when it has loaded the
    task; None for no limit. Only Linux enforces it; elsewhere only ``seconds`` holds.
    """

    seconds: float = 60.0
    memory_bytes: int | None = 6 * 2**30

    def __post_init__(self) -> None:
        if not self.seconds > 0:
            raise ValueError(f"seconds is {self.seconds}; it must be above 0")
        if self.memory_bytes is not None and self.memory_bytes <= 0:
            raise ValueError(f"memory_bytes is {self.memory_bytes}; it must be above 0, or None for no limit")


def run_isolated(
    task: Callable[[T], R], items: Iterable[T], *, jobs: int = 1, limits: WorkLimits | None = None
) -> Generator[tuple[T, R | FileError], None, None]:
    """Each item with the task's result or why there is none, in the order of ``items``, as they come.

    task: a function of a module (or of the script, or a `functools.partial` of one) that takes an item;
    items and results are pickled. items: taken as needed, at most 4 x ``jobs`` ahead. jobs: processes;
    0 works in this process, without limits, for debugging.

    A FileError raised by the task is its result. All else is a FailedError: any other exception (by type
    and place, never by text, which may name the patient), too much time or memory, a crash. A crash or
    lack of memory counts only in a worker that did nothing before, else the item is tried once more in
    a new one: what a file gets does not hang on the files before it.

    Closing the generator, and any exception in it, ends all workers. Raises ValueError for a task that
    cannot be sent, RuntimeError where workers cannot start.
    """
    if jobs < 0:
        raise ValueError(f"jobs is {jobs}; it must be 0 (this process) or a number of processes")
    limits = limits or WorkLimits()
    if jobs == 0:
        return _run_here(task, items, limits)
    if inside_worker():
        raise RuntimeError(
            "run_isolated was called in a worker. If the task stands in the script, the script must "
            'start its work under `if __name__ == "__main__":`'
        )
    return _run_apart(_setup(task, limits), items, jobs, limits)


def _run_here(
    task: Callable[[T], R], items: Iterable[T], limits: WorkLimits
) -> Generator[tuple[T, R | FileError], None, None]:
    for item in items:
        yield item, _outcome(perform(task, item), limits)


def _run_apart(
    setup: Setup, items: Iterable[T], jobs: int, limits: WorkLimits
) -> Generator[tuple[T, Any], None, None]:
    crew: Crew[T] = Crew(setup, jobs)
    pending: deque[tuple[T, Future[Reply]]] = deque()

    def next_answer() -> tuple[T, Any]:
        item, reply = pending.popleft()
        return item, _outcome(crew.wait_for(reply), limits)

    try:
        for item in items:
            pending.append((item, crew.submit(item)))
            while pending and (pending[0][1].done() or len(pending) >= LOOK_AHEAD * jobs):
                yield next_answer()
        while pending:
            yield next_answer()
    finally:
        crew.close()


def _setup(task: Callable[[Any], Any], limits: WorkLimits) -> Setup:
    try:
        pickled = pickle.dumps(task)
    except Exception as error:
        raise ValueError("the task cannot be sent to a worker; it must be a function of a module") from error
    main = _main_module() if b"__main__" in pickled else None
    return Setup(pickled, main, limits.seconds, limits.memory_bytes)


def _main_module() -> tuple[Literal["module", "path"], str]:
    """Where workers find what stands in the script."""
    main = sys.modules["__main__"]
    sys.modules.setdefault("__mp_main__", main)  # so do results name their classes
    if spec := getattr(main, "__spec__", None):
        return "module", spec.name
    path = getattr(main, "__file__", None)
    if path is None or not os.path.isfile(path):
        raise ValueError("the task stands in no file (a notebook or standard input); move it to a module")
    return "path", os.path.abspath(path)


def _outcome(reply: Reply, limits: WorkLimits) -> Any:
    """The result, or in words why there is none."""
    match reply:
        case ("result" | "refused", value):
            return value
        case ("internal", (name, place)):
            return FailedError(f"internal error ({name})", f"in {place}" if place else "")
        case ("late", _):
            return FailedError(
                f"decoding took longer than {limits.seconds:g} s and was ended", "see --seconds"
            )
        case ("died", code):
            return _crash(code)
    if limits.memory_bytes is None:
        return FailedError("needs more memory than there is")
    return FailedError(f"needs more memory than the limit of {limits.memory_bytes / 2**30:.3g} GiB")


def _crash(code: int) -> FailedError:
    if code >= 0:
        return FailedError(f"the decoder crashed (exit code {code})")
    known = {s.value: s.name for s in signal.Signals}
    name = known.get(-code, str(-code))
    hint = "the system may have run out of memory" if name == "SIGKILL" else ""
    return FailedError(f"the decoder crashed (signal {name})", hint)
