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
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from mlcalc.errors import FailedError, RejectedError

SECRET = "Mustermann^Erika"


def double(number: int) -> int:
    return 2 * number


def after(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def process(_: object) -> int:
    return os.getpid()


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
    held: list[NDArray[np.uint8]] = []
    while True:
        held.append(np.ones(2**23, np.uint8))


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
