"""A manifest: a CSV file with one row a crop (``design: A manifest``; columns in ``columns.csv``)."""

from __future__ import annotations

import codecs
import csv
import difflib
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from mlcalc.crops.cells import LAB, RowReader
from mlcalc.crops.columns import columns, shorten
from mlcalc.crops.row import ManifestRow
from mlcalc.errors import UsageError, unknown_id

__all__ = ["Manifest", "ManifestRow", "looks_like_manifest", "read_manifest"]

HEAD_BYTES = 65536
SIMILAR = 0.8
"""From this likeness on (difflib's ratio) an unknown column may be a known one, mistyped."""
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
SAVE_AS = "save it as 'CSV UTF-8 (comma delimited)'"
QUOTE_HINT = (
    'a double quote inside a value is written twice, and the value stands in double quotes: "a ""b"" c"'
)


@dataclass(frozen=True)
class Manifest:
    """A manifest that was read: its rows in their order, usable or not, and what the user should know."""

    path: Path
    rows: tuple[ManifestRow, ...]
    cautions: tuple[str, ...] = ()


def read_manifest(path: Path) -> Manifest:
    """Read and check a whole manifest.

    A row that something is wrong with carries its problems and stops no other row. Whether the
    pictures exist is not looked at. Raises `UsageError` where the file as a whole is no use: it cannot
    be read, is not UTF-8 text, is not separated by commas, has no ``path`` column or a column twice.
    """
    records = _records(path, _text(path))
    line, header = next(records, (1, []))
    if header is None:
        raise UsageError(f"{path.name}, line {line}: the double quotes of the header do not match")
    names = tuple(cell.strip() for cell in header)
    _check_header(f"{path.name}, line {line}", names)
    reader = RowReader(path, names)
    rows = tuple(
        reader.unreadable(at, f"text follows a closing double quote; {QUOTE_HINT}")
        if cells is None
        else reader.read(at, cells)
        for at, cells in records
    )
    cautions = [*_strange_columns(f"{path.name}, line {line}", names)]
    if not rows:
        cautions.append(f"{path.name}: has no rows below its header")
    return Manifest(path, rows, tuple(cautions))


def looks_like_manifest(path: Path) -> bool:
    """Whether a file is called ``.csv`` and its first line names a column ``path``.

    True too where semicolons or tabs stand between the columns: `read_manifest` then says what to do.
    """
    if path.suffix.lower() != ".csv" or not path.is_file():
        return False
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except OSError:
        return False
    encoding = "utf-16" if head.startswith(UTF_16) else "utf-8-sig"
    lines = head.decode(encoding, errors="replace").lstrip().splitlines()
    return bool(lines) and any("path" in _split(lines[0], delimiter) for delimiter in ",;\t")


def _split(line: str, delimiter: str) -> list[str]:
    return [cell.strip().strip('"').strip() for cell in line.split(delimiter)]


def _text(path: Path) -> str:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise UsageError(f"{path}: there is no such file") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or type(error).__name__}") from error
    if data.startswith(UTF_16):
        raise UsageError(f"{path.name}: is UTF-16 text, not UTF-8; {SAVE_AS}")
    at = data.find(0)
    if at >= 0:
        raise UsageError(f"{path.name}: is no text file: a zero byte at offset {at} ({_line(data, at)})")
    body = data.removeprefix(codecs.BOM_UTF8)
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        at = error.start + len(data) - len(body)
        where = f"byte 0x{data[at]:02x} at offset {at} ({_line(data, at)})"
        raise UsageError(f"{path.name}: {where} is not UTF-8 text; {SAVE_AS}") from error


def _line(data: bytes, at: int) -> str:
    return f"line {data.count(10, 0, at) + 1}"


def _records(path: Path, text: str) -> Iterator[tuple[int, list[str] | None]]:
    """(line where it begins, cells) of every record that holds anything; None where its quotes are wrong."""
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if "expected after" not in str(error):  # then a quote swallowed what comes after this line
                reason = f"a double quote is opened here and not closed; {QUOTE_HINT}"
                raise UsageError(f"{path.name}, line {line}: {reason}") from error
            yield line, None
            continue
        if any(cell.strip() for cell in cells):
            yield line, cells


def _check_header(place: str, names: Sequence[str]) -> None:
    """Refuse what leaves no column ``path``, or leaves open which column is meant."""
    if not any(names):
        raise UsageError(
            f"{place}: the file is empty; its first line must name the columns, one of them 'path'"
        )
    twice = [name for name, times in Counter(names).items() if name and times > 1]
    if twice:
        shown = ", ".join(repr(shorten(name)) for name in twice)
        raise UsageError(f"{place}: more than one column is called {shown}")
    if "path" in names:
        return
    for delimiter, word in ((";", "semicolons"), ("\t", "tabs")):
        if "path" in _split(",".join(names), delimiter):
            reason = f"the columns are separated by {word}; a manifest needs commas: {SAVE_AS}"
            raise UsageError(f"{place}: {reason} (; separates the ids of a list)")
    folded = {name.lower(): name for name in names if name}
    close = difflib.get_close_matches("path", folded, n=1)
    rename = f"rename {folded[close[0]]!r}" if close else "the first line must name the columns"
    raise UsageError(f"{place}: there is no column 'path', which names the picture of each row; {rename}")


def _strange_columns(place: str, names: Sequence[str]) -> Iterator[str]:
    """A caution for every unknown column that was probably meant to be a known one."""
    known = [name for name in columns() if name not in names]
    for name in names:
        if not name or name in columns():
            continue
        folded = name.lower().replace("-", "_").replace(" ", "_")
        if name.startswith(LAB):
            labs = [column for column in columns() if column.startswith(LAB)]
            yield f"{place}: {unknown_id(shorten(name), labs, 'column')}; it is not used"
        elif close := difflib.get_close_matches(shorten(folded), known, n=1, cutoff=SIMILAR):
            yield f"{place}: unknown column {name!r} is not used; did you mean {close[0]!r}?"
