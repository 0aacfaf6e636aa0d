"""Where workers may be started from, and that none outlives the run: its end, Ctrl-C, a killed parent."""

from __future__ import annotations

import gc
import itertools
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mlcalc.intake.workers import WorkLimits, run_isolated
from tests.intake import worker_tasks as tasks
from tests.intake.processes import comes_true, noted, running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes through /proc")

WITHOUT_GUARD = """
from mlcalc.intake.workers import run_isolated
from tests.intake.worker_tasks import double
print([result for _, result in run_isolated(double, range(5), jobs=2)])
"""

OWN_TASK = """
from dataclasses import dataclass
from mlcalc.intake.workers import run_isolated

@dataclass
class Told:
    number: int

def task(number):
    return Told(number + 1)

def main():
    print([result.number for _, result in run_isolated(task, range(5), jobs=2) if isinstance(result, Told)])
"""

NOTES_AND_WAITS = """
import sys
from pathlib import Path
from mlcalc.intake.workers import WorkLimits, run_isolated
from tests.intake.worker_tasks import note_and_wait
names = ["quick", *sys.argv[2:]]
items = [Path(sys.argv[1]) / name for name in names]
for item, _ in run_isolated(note_and_wait, items, jobs=len(names), limits=WorkLimits(seconds=SECONDS)):
    print(item.name, flush=True)
"""


def run(*command: str, source: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], input=source, capture_output=True, text=True, timeout=60, check=False
    )


def written(folder: Path, source: str) -> str:
    (folder / "script.py").write_text(source)
    return str(folder / "script.py")


def test_a_script_needs_no_guard(tmp_path: Path) -> None:
    done = run(written(tmp_path, WITHOUT_GUARD))
    assert (done.stdout, done.stderr) == ("[0, 2, 4, 6, 8]\n", "")


def test_a_script_may_come_from_standard_input() -> None:
    done = run("-", source=WITHOUT_GUARD)
    assert (done.stdout, done.stderr) == ("[0, 2, 4, 6, 8]\n", "")


def test_a_task_may_stand_in_a_script_with_a_guard(tmp_path: Path) -> None:
    done = run(written(tmp_path, OWN_TASK + "if __name__ == '__main__':\n    main()\n"))
    assert (done.stdout, done.stderr) == ("[1, 2, 3, 4, 5]\n", "")


def test_a_task_may_stand_in_a_module_that_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    written(tmp_path, OWN_TASK + "if __name__ == '__main__':\n    main()\n")
    done = run("-m", "script")
    assert (done.stdout, done.stderr) == ("[1, 2, 3, 4, 5]\n", "")


def test_a_task_in_a_script_without_a_guard_is_an_error_that_says_so(tmp_path: Path) -> None:
    done = run(written(tmp_path, OWN_TASK + "main()\n"))
    assert done.returncode == 1
    assert 'under `if __name__ == "__main__":`' in done.stderr


def test_a_task_in_standard_input_is_an_error_that_says_so() -> None:
    done = run("-", source=OWN_TASK + "main()\n")
    assert done.returncode == 1
    assert "move it to a module" in done.stderr


@contextmanager
def script_with_workers(folder: Path, seconds: float, *names: str) -> Iterator[subprocess.Popen[str]]:
    """A script whose workers, one a name, have all begun; it has printed the one quick result."""
    script = written(folder, textwrap.dedent(NOTES_AND_WAITS).replace("SECONDS", str(seconds)))
    with subprocess.Popen(
        [sys.executable, script, str(folder), *names],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert comes_true(lambda: all(noted(folder / name) for name in names))
        assert process.stdout is not None
        assert process.stdout.readline() == "quick\n"
        yield process


def all_end(folder: Path, names: tuple[str, ...]) -> bool:
    workers = [noted(folder / name) or 0 for name in names]
    return comes_true(lambda: not any(running(worker) for worker in workers))


def test_ctrl_c_ends_the_script_and_its_workers(tmp_path: Path) -> None:
    names = ("hang", "spin")
    with script_with_workers(tmp_path, 600, *names) as process:
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to the whole group
        _, errors = process.communicate(timeout=20)
    assert process.returncode == -signal.SIGINT
    assert errors.count("Traceback") == 1
    assert all_end(tmp_path, names)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_when_their_parent_is_killed_in_mid_task(tmp_path: Path, ending: int) -> None:
    with script_with_workers(tmp_path, 600, "hang") as process:
        process.send_signal(ending)
    assert all_end(tmp_path, ("hang",))


def test_even_a_worker_in_an_endless_loop_of_c_code_outlives_its_parent_only_by_its_limit(
    tmp_path: Path,
) -> None:
    with script_with_workers(tmp_path, 1.5, "spin") as process:
        process.kill()
    assert all_end(tmp_path, ("spin",))


def test_a_script_that_is_stopped_for_longer_than_the_limit_loses_nothing(tmp_path: Path) -> None:
    with script_with_workers(tmp_path, 1.5, "second") as process:
        assert os.getpgid(noted(tmp_path / "second") or 0) != os.getpgid(process.pid)
        os.killpg(process.pid, signal.SIGSTOP)  # as Ctrl-Z
        time.sleep(2)
        os.killpg(process.pid, signal.SIGCONT)
        rest, errors = process.communicate(timeout=20)
    assert (process.returncode, errors) == (0, "")
    assert rest == "second\n"


# Nothing stays behind


def finish(work: Iterable[object]) -> None:
    for _ in work:
        pass


def left_overs() -> tuple[set[str], int, list[str]]:
    """Open files, threads and children, zombies among them, of this process."""
    gc.collect()
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return set(os.listdir("/proc/self/fd")), threading.active_count(), children


class StopError(Exception):
    pass


def test_after_the_last_result_nothing_is_left() -> None:
    before = left_overs()
    finish(
        run_isolated(
            tasks.by_name, ["process", "segfault", "hang", "process"], jobs=2, limits=WorkLimits(seconds=0.3)
        )
    )
    assert left_overs() == before


def test_workers_that_crashed_are_cleared_away_while_the_run_goes_on() -> None:
    held = []
    for _ in run_isolated(tasks.exited, range(12)):
        files, _, children = left_overs()
        held.append((len(files), len(children)))
    assert max(children for _, children in held) <= 1
    first, *_, last = (files for files, _ in held[1:-1])
    assert last <= first + 5  # what the next worker has, by the moment; a leak would leave pipes of each


def test_an_unfinished_run_that_is_closed_ends_its_workers() -> None:
    before = left_overs()
    work = run_isolated(tasks.process, itertools.count(), jobs=2)
    next(work)
    work.close()
    assert left_overs() == before


def test_an_exception_of_the_items_ends_the_workers_and_comes_through() -> None:
    def items() -> Iterator[float]:
        yield 1000.0
        raise StopError

    before = left_overs()
    with pytest.raises(StopError):
        finish(run_isolated(tasks.after, items(), jobs=2))
    assert left_overs() == before


def test_an_exception_of_the_caller_ends_the_workers() -> None:
    before = left_overs()

    def use() -> None:
        for _ in run_isolated(tasks.double, itertools.count(), jobs=2):
            raise StopError

    with pytest.raises(StopError):
        use()
    assert left_overs() == before


def test_a_run_that_never_began_needs_no_end() -> None:
    before = left_overs()
    run_isolated(tasks.process, [1], jobs=2)
    assert left_overs() == before
