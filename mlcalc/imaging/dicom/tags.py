"""Values of header elements, whatever a file holds there.

A header may give a known element the wrong kind, several values or garbage; pydicom then warns or
raises, with the value in its message. Nothing here raises for what a file holds, nothing warns or
logs: a value that cannot be used is a value that is not there.
"""

from __future__ import annotations

import math
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, time
from functools import cache
from typing import Any

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag, Tag
from pydicom.valuerep import PersonName

from mlcalc.imaging.silence import silent

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_PADDING = " \t\r\n\f\v\0"
_inside = threading.local()


def text(ds: Dataset, keyword: str) -> str | None:
    """The first value as text without its padding; None where absent, empty or not text-like."""
    values = texts(ds, keyword)
    return values[0] or None if values else None


def texts(ds: Dataset, keyword: str) -> tuple[str, ...]:
    """Every value as text without padding, an empty one as ""; () where absent or any is not text-like."""
    found = tuple(_text(value) for value in _values(ds, keyword))
    return () if None in found or not any(found) else tuple(value or "" for value in found)


def number(ds: Dataset, keyword: str) -> float | None:
    """The first value as a finite number; None where absent or not one."""
    values = _values(ds, keyword)
    return _number(values[0]) if values else None


def numbers(ds: Dataset, keyword: str) -> tuple[float, ...]:
    """Every value as a finite number; () where absent or any is not one."""
    found = tuple(_number(value) for value in _values(ds, keyword))
    return tuple(value for value in found if value is not None) if None not in found else ()


def integer(ds: Dataset, keyword: str) -> int | None:
    """The first value as a whole number; None where absent or not one."""
    found = number(ds, keyword)
    return int(found) if found is not None and found.is_integer() else None


def sequence(ds: Dataset, keyword: str) -> list[Dataset]:
    """The items of a sequence element; [] where absent or no sequence."""
    return [item for item in _values(ds, keyword) if isinstance(item, Dataset)]


def present(ds: Dataset, keyword: str) -> bool:
    """Whether the element is there and not empty or blank, readable or not."""
    try:
        with quiet():
            held = ds.get_item(_tag(keyword)) if _tag(keyword) in ds else None
        value = held.value if held is not None else None
        if isinstance(value, str | bytes):
            return bool(value.strip() if isinstance(value, str) else value.strip(_PADDING.encode()))
        return value is not None and not (isinstance(value, Sequence) and len(value) == 0)
    except Exception:
        return True  # there, and so broken that pydicom trips over it


@contextmanager
def quiet() -> Iterator[None]:
    """Silences pydicom, whose warnings and log lines quote header values, within the block.

    One thread at a time may be inside; it may enter again, which costs nothing.
    """
    if getattr(_inside, "already", False):
        yield
        return
    with silent("pydicom"):
        _inside.already = True
        try:
            yield
        finally:
            _inside.already = False


@cache
def _tag(keyword: str) -> BaseTag:
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(f"{keyword} is no keyword of the DICOM dictionary")
    return Tag(tag)


def _values(ds: Dataset, keyword: str) -> tuple[Any, ...]:
    tag = _tag(keyword)
    try:
        if tag not in ds:
            return ()
        with quiet():
            value = ds[tag].value
            if value is None:
                return ()
            several = isinstance(value, Sequence) and not isinstance(value, str | bytes | PersonName)
            return tuple(value) if several else (value,)
    except Exception:  # whatever pydicom trips over: the value cannot be used
        return ()


def _text(value: object) -> str | None:
    if isinstance(value, bytes):
        value = value.decode("ascii") if value.isascii() else None
    if isinstance(value, str | PersonName | int | float | date | time):
        return str(value).strip(_PADDING)
    return None


def _number(value: object) -> float | None:
    try:
        if isinstance(value, str | bytes):
            written = _text(value) or ""
            value = float(written) if _NUMBER.fullmatch(written) else math.nan
        found = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError, ArithmeticError):
        return None
    return found if math.isfinite(found) else None
