"""What the tests let workers do; a worker imports this module by its name."""

from __future__ import annotations

import ctypes
import logging
import os
import re
import signal
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from mlcalc.errors import FailedError, RejectedError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SECRET = "Mustermann^Erika"


def double(number: int) -> int:
    return 2 * number


def after(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def process(_: object) -> int:
    return os.getpid()


def process_a_while(_: object) -> int:
    time.sleep(0.2)  # so that no other worker can take all
    return os.getpid()


def note(path: Path) -> int:
    """Tell the test who works, while it works."""
    part = path.with_suffix(".part")
    part.write_text(str(os.getpid()))
    part.rename(path)
    return os.getpid()


def note_and_wait(path: Path) -> None:
    """What to do is the file's name."""
    note(path)
    match path.name:
        case "hang":
            hang(None)
        case "spin":
            spin(None)
        case "second":
            time.sleep(1)


def segfault(_: object) -> int:
    return int(ctypes.string_at(0)[0])


def killed(_: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def aborted(_: object) -> NoReturn:
    os.abort()


def exited(_: object) -> NoReturn:
    os._exit(3)


def hang(_: object) -> None:
    time.sleep(1000)


def spin(_: object) -> None:
    """Holds the interpreter in C, where no Python thread or signal handler gets a turn."""
    re.match(r"(a*)*b", "a" * 64)


def large_block(_: object) -> int:
    return len(bytearray(10**11))


def grow(_: object) -> int:
    import numpy as np  # here, so that workers that do not need it start sooner

    held: list[NDArray[np.uint8]] = []
    while True:
        held.append(np.ones(2**23, np.uint8))


def grow_and_tell(_: object) -> int:
    held = []
    try:
        while True:
            held.append(bytes(2**20))
    except MemoryError:
        return len(held) * 2**20


class Unreadable:
    """Can be sent and not be read."""

    def __reduce__(self) -> tuple[Callable[[int], int], tuple[int]]:
        return fail_if_zero, (0,)


def fail_if_zero(number: int) -> int:
    if number == 0:
        raise ValueError(SECRET)
    return number


def unreadable_if_zero(number: int) -> int | Unreadable:
    return number or Unreadable()


def rejected(_: object) -> NoReturn:
    raise RejectedError("not a radiograph: modality MR", "only projection radiographs are read")


def tell(error: type[BaseException]) -> NoReturn:
    """Raise an error that names the patient, in its text and in its cause."""
    raise error(SECRET) from ValueError(SECRET)


def hide(_: object) -> NoReturn:
    try:
        raise ValueError(SECRET)
    except ValueError:
        raise FailedError("tag Rows: expected a number") from None


def unpicklable(_: object) -> Callable[[], str]:
    return lambda: SECRET


def array(count: int) -> NDArray[np.float32]:
    import numpy as np

    return np.arange(count, dtype=np.float32)


def read_only(count: int) -> NDArray[np.float32]:
    pixels = array(count)
    pixels.flags.writeable = False
    return pixels


def chatter(_: object) -> str:
    print(SECRET)
    print(SECRET, file=sys.stderr)
    os.write(1, SECRET.encode())
    os.write(2, SECRET.encode())
    logging.getLogger("pydicom").error(SECRET)
    warnings.warn(SECRET, stacklevel=1)
    return "done"


def environment(name: str) -> str | None:
    return os.environ.get(name)


def core_limit(_: object) -> int:
    import resource

    return resource.getrlimit(resource.RLIMIT_CORE)[0]


class Leaky:
    """Spoils its worker slowly: whatever comes after it finds no memory, or a broken heap."""

    held: list[bytearray] = []  # noqa: RUF012


def keep(megabytes: int) -> int:
    """Memory that a decoder never gives back."""
    Leaky.held.append(bytearray(megabytes * 2**20))
    return megabytes


def crash_in_old(spoil: bool) -> str:
    """What a heap that an earlier file broke does to the next."""
    if Leaky.held:
        os.abort()
    if spoil:
        Leaky.held.append(bytearray())
    return "read"


def by_name(name: str) -> object:
    """One task that can be all of the others."""
    return TASKS[name](None)


TASKS: dict[str, Callable[[object], object]] = {
    task.__name__: task for task in (segfault, aborted, exited, killed, hang, rejected, process)
}
