"""The worker processes as their parent sees them: started when needed, watched, replaced, ended."""

from __future__ import annotations

import json
import math
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future
from contextlib import suppress
from typing import Generic, TypeVar

from mlcalc.intake.worker_process import Parts, Reply, Setup, internal, pack, read_parts, unpack, write_parts

T = TypeVar("T")

START_SECONDS = 120.0
"""For a worker to import what the task needs; not counted in the time of an item."""

START_TRIES = 3

_TICK = 0.1
_THREADS = ("OMP", "OPENBLAS", "MKL", "VECLIB_MAXIMUM", "NUMEXPR")
_START = (
    "import json, sys; sys.path[:] = json.loads(sys.argv.pop());"
    "from mlcalc.intake.worker_process import main; main()"
)


class GoneError(Exception):
    """The worker ended before it took the item."""


class ClosedError(Exception):
    """The run is over; no new worker is started."""


class Worker:
    """One process. ``served`` messages were answered by it; the first is its setup."""

    def __init__(self) -> None:
        one_thread = {f"{library}_NUM_THREADS": "1" for library in _THREADS}
        paths = json.dumps([path for path in sys.path if isinstance(path, str)])
        self.served = 0
        self._lock = threading.Lock()
        self._deadline, self._late = math.inf, False
        self._process = subprocess.Popen(
            # -P: a folder of radiographs may hold a file named like a module
            [sys.executable, "-P", "-W", "ignore", "-c", _START, paths],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | one_thread,
            process_group=0 if os.name == "posix" else None,  # Ctrl-C and Ctrl-Z are for the parent
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )

    def ask(self, message: object, seconds: float) -> Reply:
        """Send a message and wait for the reply; raises GoneError where it could not even be sent."""
        try:
            parts = pack(message)
        except Exception as error:
            return internal(error)
        self._set_deadline(time.monotonic() + seconds)
        answer = self._exchange(parts)
        self._set_deadline(math.inf)
        if answer is None:
            return self._last_words()
        self.served += 1
        try:
            reply: Reply = unpack(answer)
        except Exception as error:
            return internal(error)
        return reply

    def _exchange(self, parts: Parts) -> Parts | None:
        """The answer; None where the worker ended instead."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        try:
            write_parts(stdin, parts)
        except OSError:
            raise GoneError from None
        try:
            return read_parts(stdout)
        except (EOFError, OSError, MemoryError, OverflowError):  # the last two: a length that is nonsense
            return None

    def _last_words(self) -> Reply:
        self._process.kill()
        code = self._process.wait()
        by_itself = hasattr(signal, "SIGALRM") and code == -signal.SIGALRM
        return ("late", None) if self._late or by_itself else ("died", code)

    def _set_deadline(self, when: float) -> None:
        with self._lock:
            self._deadline = when

    @property
    def usable(self) -> bool:
        """Whether it lives and is not about to be ended."""
        return not self._late and self._process.poll() is None

    def end_if_late(self, now: float) -> None:
        """Kill it where its item has had its time."""
        with self._lock:
            if now > self._deadline:
                self._late = True
                self._process.kill()

    def kill(self) -> None:
        """End it now; whoever waits for its answer is told."""
        self._process.kill()

    def close(self) -> None:
        """End it and leave nothing behind: no zombie, no open pipe."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what could not be written stands in its buffer still
                if pipe is not None:
                    pipe.close()


class Crew(Generic[T]):
    """Threads, each with a worker of its own that is started when there is something to do for it."""

    def __init__(self, setup: Setup, jobs: int) -> None:
        self._setup = setup
        self._waiting: queue.SimpleQueue[tuple[T, Future[Reply]] | None] = queue.SimpleQueue()
        self._workers: set[Worker] = set()
        self._lock = threading.Lock()
        self._closed = False
        self._threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(jobs)]
        for thread in self._threads:
            thread.start()

    def submit(self, item: T) -> Future[Reply]:
        """Have it done by the next worker that is free."""
        reply: Future[Reply] = Future()
        self._waiting.put((item, reply))
        return reply

    def wait_for(self, reply: Future[Reply]) -> Reply:
        """The reply, once it is there; meanwhile every worker's time is watched.

        Raises RuntimeError where workers cannot be started.
        """
        last = time.monotonic()
        while True:
            try:
                return reply.result(_TICK)
            except TimeoutError:
                now = time.monotonic()
            if now - last < 10 * _TICK:  # else this process stood still, and answers may lie in the pipes
                self._end_late(now)
            last = now

    def close(self) -> None:
        """End all workers and threads."""
        with self._lock:
            self._closed = True
            for worker in self._workers:
                worker.kill()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        for worker in self._workers:
            worker.close()

    def _end_late(self, now: float) -> None:
        with self._lock:
            for worker in self._workers:
                worker.end_if_late(now)

    def _serve(self) -> None:
        """Answer items until told to stop."""
        worker: Worker | None = None
        while (waiting := self._waiting.get()) is not None:
            item, reply = waiting
            try:
                worker, answer = self._answer(worker, item)
            except BaseException as error:
                worker = None
                reply.set_exception(error)
            else:
                reply.set_result(answer)

    def _answer(self, worker: Worker | None, item: T) -> tuple[Worker | None, Reply]:
        """The answer of this worker or its successor, and who is there to go on."""
        for _ in range(START_TRIES):
            worker = self._alive(worker)
            fresh = worker.served == 1
            try:
                answer = worker.ask(item, self._setup.seconds)
            except GoneError:
                answer = ("died", None)
                fresh = False  # it never had the item
            if answer[0] not in ("late", "died", "memory"):
                return worker, answer
            self._dismiss(worker)
            worker = None
            if answer[0] == "late" or fresh:
                return worker, answer
        raise RuntimeError("worker processes end before they take any work")

    def _alive(self, worker: Worker | None) -> Worker:
        """This worker, or one that has loaded the task where it is gone."""
        if worker is not None and worker.usable:
            return worker
        self._dismiss(worker)
        said: Reply = ("died", None)
        for _ in range(START_TRIES):
            worker = self._start()
            with suppress(GoneError):
                said = worker.ask(self._setup, START_SECONDS)
            if said[0] == "ready":
                return worker
            self._dismiss(worker)
            if said[0] == "broken":
                raise RuntimeError(f"a worker process could not load the task: {said[1]}")
        raise RuntimeError(f"worker processes end at their start ({said[0]}, exit code {said[1]})")

    def _start(self) -> Worker:
        with self._lock:
            if self._closed:
                raise ClosedError
            try:
                worker = Worker()
            except OSError as error:
                raise RuntimeError(f"a worker process cannot be started: {error.strerror}") from error
            self._workers.add(worker)
            return worker

    def _dismiss(self, worker: Worker | None) -> None:
        if worker is not None:
            with self._lock:
                self._workers.discard(worker)
            worker.close()
