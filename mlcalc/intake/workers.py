"""Work on files in processes that may crash, hang or run out of memory without harm.

Decoders are C libraries, and files from anywhere are put before them. Each worker is a plain child
process (`worker_process`), not one of multiprocessing: it needs nothing of the calling script's main
module, so it works from scripts without a guard, from notebooks and from embedded interpreters.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, TypeVar, cast

from mlcalc.errors import FailedError, FileError
from mlcalc.intake.worker_process import Setup, attempt, receive, send

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 4
"""Items taken per worker before the first result is asked for: enough to keep all busy."""
START_TRIES = 3
START_SECONDS = 60.0
GONE = object()
"""Stands for the answer of a worker that died."""
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
GIB = 2**30


@dataclass(frozen=True, slots=True)
class WorkLimits:
    """seconds: for one item. memory_bytes: address space of a worker beyond what it starts with; None
    is no limit, and there is none on systems without rlimits.
    """

    seconds: float = 60.0
    memory_bytes: int | None = 6 * GIB


def run_isolated(
    task: Callable[[T], R], items: Iterable[T], *, jobs: int = 1, limits: WorkLimits | None = None
) -> Iterator[tuple[T, R | FileError]]:
    """``(item, task(item))`` for every item, in order, from ``jobs`` processes.

    task: a function of an importable module (or a partial of one). A `FileError` that it raises is the
    result; so is one for an item that crashes its worker, takes too long or too much memory, which
    harms no other item. Items are taken lazily. jobs=0 runs in this process, without limits. All
    workers are gone when the iterator is closed, exhausted or interrupted. Raises RuntimeError if
    workers cannot be started.
    """
    limits = limits or WorkLimits()
    if jobs < 1:
        for item in items:
            yield item, attempt(task, item)  # type: ignore[misc]
        return
    pool = _Pool(task, jobs, limits)
    try:
        yield from pool.run(items)
    finally:
        pool.close()


class _Pool:
    """One thread a worker: it waits for its process, which costs nothing."""

    def __init__(self, task: Callable[[Any], Any], jobs: int, limits: WorkLimits):
        self.setup, self.jobs, self.limits = Setup(task, limits.memory_bytes), jobs, limits
        self.threads = ThreadPoolExecutor(jobs, thread_name_prefix="mlcalc-worker")
        self.own = threading.local()
        self.workers: list[_Worker] = []
        self.lock = threading.Lock()
        self.closed = False

    def run(self, items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        waiting: deque[tuple[Any, Future[Any]]] = deque()
        source = iter(items)
        while True:
            for item in islice(source, self.jobs * AHEAD - len(waiting)):
                waiting.append((item, self.threads.submit(self._work, item)))
            if not waiting:
                return
            item, result = waiting.popleft()
            yield item, result.result()

    def close(self) -> None:
        """Kill what runs, then wait for the threads that watch it."""
        with self.lock:
            self.closed = True
            for worker in self.workers:
                worker.end()
        self.threads.shutdown(wait=True, cancel_futures=True)
        for worker in self.workers:
            worker.close()

    def _work(self, item: Any) -> Any:
        worker = getattr(self.own, "worker", None)
        if worker is None or not worker.alive:
            worker = self.own.worker = self._new_worker()
        return worker.ask(item)

    def _new_worker(self) -> _Worker:
        for _ in range(START_TRIES):
            worker = _Worker(self.limits)
            with self.lock:
                self.workers = [*(w for w in self.workers if w.alive), worker]
                if self.closed:
                    worker.end()
            if worker.prepare(self.setup):
                return worker
            if self.closed:
                break
        raise RuntimeError("workers cannot be started: is the task a function of an importable module?")


class _Worker:
    """A child process and the pipes to it."""

    def __init__(self, limits: WorkLimits):
        self.limits = limits
        code = (
            f"import sys; sys.path[:] = {sys.path!r}; from mlcalc.intake.worker_process import main; main()"
        )
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", code],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, **ONE_THREAD},
        )
        self.to, self.back = cast(BinaryIO, self.process.stdin), cast(BinaryIO, self.process.stdout)
        self.late = False

    @property
    def alive(self) -> bool:
        """Whether it can be asked."""
        return self.process.poll() is None

    def prepare(self, setup: Setup) -> bool:
        """Tell it its task; whether it came up."""
        return bool(self._exchange(setup, max(self.limits.seconds, START_SECONDS)) == "ready")

    def ask(self, item: Any) -> Any:
        """The result for one item; where the worker dies over it, why."""
        answer = self._exchange(item, self.limits.seconds)
        return self._obituary() if answer is GONE else answer

    def end(self) -> None:
        """Kill it and wait for it; may be called twice and from another thread."""
        self.process.kill()
        self.process.wait()

    def close(self) -> None:
        """End it and let go of its pipes; not while another thread talks to it."""
        self.end()
        for stream in (self.to, self.back):
            with contextlib.suppress(OSError):  # what was not sent any more
                stream.close()

    def _exchange(self, value: object, seconds: float) -> Any:
        alarm = threading.Timer(seconds, self._too_late)
        alarm.daemon = True
        alarm.start()
        try:
            send(self.to, value)
            return receive(self.back)
        except (EOFError, OSError):
            self.close()
            return GONE
        finally:
            alarm.cancel()

    def _too_late(self) -> None:
        self.late = True
        self.process.kill()

    def _obituary(self) -> FailedError:
        if self.late:
            return FailedError(f"took longer than {self.limits.seconds:g} s and was ended", "see --seconds")
        code = self.process.returncode
        if code < 0:
            return FailedError(f"the decoder crashed (signal {signal.Signals(-code).name})")
        return FailedError(f"the decoder ended its process (exit code {code})")
