"""A file that crashes, hangs or eats memory costs only itself; every item gets its answer, in order."""

from __future__ import annotations

import itertools
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from mlcalc.errors import FailedError, FileError, RejectedError
from mlcalc.intake.workers import LOOK_AHEAD, WorkLimits, run_isolated
from tests.intake import worker_tasks as tasks
from tests.intake.processes import comes_true, noted

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

MIB = 2**20


def results(
    task: Callable[[Any], Any], items: Iterable[Any], jobs: int = 1, limits: WorkLimits | None = None
) -> list[Any]:
    return [result for _, result in run_isolated(task, items, jobs=jobs, limits=limits)]


def reason(task: Callable[[Any], Any], limits: WorkLimits | None = None, item: object = None) -> str:
    """Why there is no result: it must be a FailedError."""
    (error,) = results(task, [item], limits=limits)
    assert isinstance(error, FailedError)
    return error.reason


# Every item, in order


@pytest.mark.parametrize("jobs", [0, 1, 3])
def test_every_item_comes_back_with_its_result(jobs: int) -> None:
    assert list(run_isolated(tasks.double, [3, 1, 2], jobs=jobs)) == [(3, 6), (1, 2), (2, 4)]


@pytest.mark.parametrize("jobs", [0, 2])
def test_no_items_no_results(jobs: int) -> None:
    assert results(tasks.double, [], jobs) == []


def test_results_come_in_the_order_of_the_items_whatever_takes_how_long() -> None:
    dice = random.Random(1)
    items = [dice.choice([0, 0, 0.01, 0.03]) for _ in range(60)]
    assert list(run_isolated(tasks.after, items, jobs=3)) == [(item, item) for item in items]


def test_as_many_processes_work_as_asked_for_and_none_is_this_one() -> None:
    found = set(results(tasks.process_a_while, range(12), jobs=3))
    assert len(found) == 3
    assert os.getpid() not in found


def test_options_go_with_the_task() -> None:
    assert results(partial(pow, exp=2), [1, 2, 3]) == [1, 4, 9]


@pytest.mark.parametrize("jobs", [1, 3])
def test_items_are_taken_only_a_little_ahead(jobs: int) -> None:
    taken: list[int] = []
    numbers = (taken.append(n) or n for n in itertools.count())  # type: ignore[func-returns-value]
    work = run_isolated(tasks.double, numbers, jobs=jobs)
    for given, (item, result) in enumerate(itertools.islice(work, 100), start=1):
        assert result == 2 * item
        assert len(taken) - given < LOOK_AHEAD * jobs
    work.close()


def test_a_result_is_given_before_the_next_item_is_waited_for() -> None:
    given: list[int] = []

    def slow() -> Iterator[int]:
        yield 1
        time.sleep(1)  # by far enough for the worker to answer
        yield 2
        assert given == [1]
        yield 3

    for item, _ in run_isolated(tasks.double, slow()):
        given.append(item)
    assert given == [1, 2, 3]


def test_large_arrays_pass_unchanged() -> None:
    (pixels,) = results(tasks.array, [13_000_000])  # 52 MB
    assert np.array_equal(pixels, np.arange(13_000_000, dtype=np.float32))
    pixels[0] = 1


def test_an_array_that_may_not_be_written_stays_so() -> None:
    (pixels,) = results(tasks.read_only, [1000])
    assert not pixels.flags.writeable


def test_large_items_pass_unchanged() -> None:
    assert results(len, [bytes(10 * MIB), b"1"]) == [10 * MIB, 1]


# What goes wrong costs its file only


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (tasks.segfault, "the decoder crashed (signal SIGSEGV)"),
        (tasks.aborted, "the decoder crashed (signal SIGABRT)"),
        (tasks.killed, "the decoder crashed (signal SIGKILL)"),
        (tasks.exited, "the decoder crashed (exit code 3)"),
    ],
)
def test_a_crash_is_told(task: Callable[[object], object], expected: str) -> None:
    assert reason(task) == expected


@pytest.mark.parametrize("task", [tasks.hang, tasks.spin])
def test_a_worker_that_hangs_is_ended(task: Callable[[object], object]) -> None:
    start = time.monotonic()
    assert reason(task, WorkLimits(seconds=0.5)) == "decoding took longer than 0.5 s and was ended"
    assert time.monotonic() - start < 15


def test_the_limit_is_for_each_item_and_not_for_all() -> None:
    assert results(tasks.after, [0.25] * 4, limits=WorkLimits(seconds=0.9)) == [0.25] * 4


@pytest.mark.parametrize("jobs", [1, 2])
def test_the_items_around_a_bad_one_are_read(jobs: int) -> None:
    names = ["process", "segfault", "process", "hang", "process", "exited", "rejected", "process"]
    found = results(tasks.by_name, names, jobs, WorkLimits(seconds=1))
    kinds = [type(result).__name__ for result in found]
    assert kinds == ["int", "FailedError", "int", "FailedError", "int", "FailedError", "RejectedError", "int"]


def test_the_time_of_loading_the_task_is_not_the_item_s(module: Callable[[str], Any]) -> None:
    slow = module("import time\ntime.sleep(0.6)\ndef task(item): return item")
    assert results(slow.task, [1], limits=WorkLimits(seconds=0.4)) == [1]


def test_one_block_larger_than_the_limit_is_refused() -> None:
    assert reason(tasks.large_block) == "needs more memory than the limit of 6 GiB"


def test_growing_ends_at_the_limit() -> None:
    limits = WorkLimits(memory_bytes=256 * MIB)
    assert reason(tasks.grow, limits) == "needs more memory than the limit of 0.25 GiB"
    (held,) = results(tasks.grow_and_tell, [None], limits=limits)
    assert 128 * MIB < held <= 256 * MIB


def test_a_result_that_cannot_be_sent_is_a_failure() -> None:
    assert reason(tasks.unpicklable).startswith("internal error (")


def test_an_item_that_cannot_be_sent_is_a_failure_of_its_own() -> None:
    bad, good = results(repr, [lambda: None, 5])
    assert isinstance(bad, FailedError)
    assert good == "5"


def test_an_item_that_cannot_be_rebuilt_is_a_failure_of_its_own() -> None:
    bad, good = results(repr, [tasks.Unreadable(), 5])
    assert isinstance(bad, FailedError)
    assert good == "5"


def test_a_result_that_cannot_be_rebuilt_here_is_a_failure_of_its_own() -> None:
    bad, good = results(tasks.unreadable_if_zero, [0, 5])
    assert isinstance(bad, FailedError)
    assert good == 5


# What a file gets does not hang on the files before it


def test_memory_that_earlier_items_kept_is_not_held_against_a_later_one() -> None:
    assert results(tasks.keep, [100] * 5, limits=WorkLimits(memory_bytes=256 * MIB)) == [100] * 5


def test_a_crash_that_an_earlier_item_prepared_is_not_held_against_a_later_one() -> None:
    assert results(tasks.crash_in_old, [True, False, False]) == ["read"] * 3


def test_a_worker_that_dies_idle_is_replaced(tmp_path: Path) -> None:
    def items() -> Iterator[Path]:
        yield tmp_path / "1"
        assert comes_true(lambda: noted(tmp_path / "1") is not None)
        time.sleep(0.3)  # it has answered
        os.kill(noted(tmp_path / "1") or 0, signal.SIGKILL)
        yield tmp_path / "2"

    first, second = results(tasks.note, items())
    assert isinstance(first, int)
    assert isinstance(second, int)
    assert first != second


# Exceptions


@pytest.mark.parametrize("jobs", [0, 1])
def test_a_file_error_is_the_result_with_its_reason_and_hint(jobs: int) -> None:
    (error,) = results(tasks.rejected, [None], jobs)
    assert isinstance(error, RejectedError)
    assert (error.reason, error.hint) == (
        "not a radiograph: modality MR",
        "only projection radiographs are read",
    )


@pytest.mark.parametrize("jobs", [0, 1])
@pytest.mark.parametrize("error", [ValueError, OSError, AssertionError, RecursionError, SystemExit])
def test_any_other_exception_is_told_by_type_and_place_and_never_by_its_text(
    error: type[BaseException], jobs: int
) -> None:
    (result,) = results(tasks.tell, [error], jobs)
    assert isinstance(result, FailedError)
    assert result.reason == f"internal error ({error.__name__})"
    assert result.hint.startswith("in tests.intake.worker_tasks, line ")
    assert everything_in(result) == []


@pytest.mark.parametrize("jobs", [0, 1])
def test_a_file_error_drops_the_exception_it_came_from(jobs: int) -> None:
    (result,) = results(tasks.hide, [None], jobs)
    assert isinstance(result, FailedError)
    assert everything_in(result) == []


def everything_in(error: FileError) -> list[object]:
    """What an error still holds of where it came from; fails where it names the patient."""
    assert tasks.SECRET not in f"{error!r} {error} {vars(error)}"
    return [kept for kept in (error.__cause__, error.__context__, error.__traceback__) if kept is not None]


def test_ctrl_c_in_a_task_of_this_process_is_ctrl_c() -> None:
    with pytest.raises(KeyboardInterrupt):
        results(tasks.tell, [KeyboardInterrupt], jobs=0)


# The workers' surroundings


def test_nothing_that_workers_print_is_seen(capfd: pytest.CaptureFixture[str]) -> None:
    assert results(tasks.chatter, [None]) == ["done"]
    assert capfd.readouterr() == ("", "")


def test_numerical_libraries_use_one_thread() -> None:
    assert results(tasks.environment, ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"]) == ["1", "1"]


def test_a_crash_leaves_no_dump_with_pixels_in_it() -> None:
    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))  # as many as are allowed
    try:
        (bytes_allowed,) = results(tasks.core_limit, [None])
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)
    assert bytes_allowed in (0, 1)


def test_a_file_named_like_a_module_in_the_working_folder_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("pickle", "json", "struct", "numpy"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    assert results(tasks.double, [1]) == [2]


# What the caller did wrong


def test_a_task_that_is_no_function_of_a_module_is_said_at_the_call() -> None:
    with pytest.raises(ValueError, match="must be a function of a module"):
        run_isolated(lambda item: item, [1])


@pytest.mark.parametrize("limits", [{"seconds": 0}, {"seconds": float("nan")}, {"memory_bytes": 0}])
def test_impossible_limits_are_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="must be above 0"):
        WorkLimits(**limits)


def test_less_than_no_process_is_refused() -> None:
    with pytest.raises(ValueError, match="jobs is -1"):
        run_isolated(tasks.double, [1], jobs=-1)


def test_workers_that_cannot_load_the_task_are_not_tried_for_ever(module: Callable[[str], Any]) -> None:
    broken = module(f"{ONLY_IN_WORKERS}: import no_such_module\ndef task(item): return item")
    with pytest.raises(RuntimeError, match=r"could not load the task: .*no_such_module"):
        results(broken.task, [1, 2, 3], jobs=2)


def test_workers_that_die_at_their_start_are_not_tried_for_ever(module: Callable[[str], Any]) -> None:
    deadly = module(f"{ONLY_IN_WORKERS}: os._exit(7)\ndef task(item): return item")
    with pytest.raises(RuntimeError, match=r"end at their start .*exit code 7"):
        results(deadly.task, [1, 2, 3], jobs=2)


def test_a_python_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")
    with pytest.raises(RuntimeError, match="cannot be started"):
        results(tasks.double, [1])


ONLY_IN_WORKERS = "import os\nfrom mlcalc.intake.worker_process import inside_worker\nif inside_worker()"


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], Any]]:
    """Import a source as a module of a folder that only ``sys.path`` names."""

    def write(source: str) -> Any:
        (tmp_path / "written_for_a_test.py").write_text(source)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "written_for_a_test", raising=False)
        return __import__("written_for_a_test")

    yield write
    sys.modules.pop("written_for_a_test", None)
