"""``mlcalc diagnose``: cases from a file, standard input or options; answers as text or JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from mlcalc.errors import CaseError, UsageError

MANY = list[str] | None
TOP = 5
LONG_BATCH = 100
"""From this many cases on a progress bar is shown on a terminal."""


class Format(StrEnum):
    """How answers are written."""

    text = "text"
    json = "json"


def diagnose(
    file: Annotated[
        str | None, typer.Argument(help="JSON or JSONL file with cases; - for standard input.")
    ] = None,
    density: Annotated[
        MANY,
        typer.Option(
            help="calcification, ossification, foreign_body or no_focal_density; or id=probability."
        ),
    ] = None,
    morphology: Annotated[
        MANY, typer.Option(help="What is seen, e.g. rice_grain; repeatable; or id=probability.")
    ] = None,
    compartment: Annotated[str | None, typer.Option(help="e.g. tendon, muscle, articular.")] = None,
    structure: Annotated[str | None, typer.Option(help="e.g. supraspinatus, meniscus.")] = None,
    region: Annotated[str | None, typer.Option(help="e.g. shoulder, thigh, finger.")] = None,
    age: Annotated[float | None, typer.Option(help="Years.")] = None,
    sex: Annotated[str | None, typer.Option(help="F or M.")] = None,
    ancestry: Annotated[str | None, typer.Option(help="Where known and relevant, e.g. african.")] = None,
    weeks: Annotated[float | None, typer.Option(help="Weeks since onset.")] = None,
    condition: Annotated[MANY, typer.Option(help="Known disease; repeatable.")] = None,
    history: Annotated[MANY, typer.Option(help="e.g. trauma, surgery; repeatable.")] = None,
    symptom: Annotated[MANY, typer.Option(help="e.g. acute_pain; repeatable.")] = None,
    finding: Annotated[MANY, typer.Option(help="Other finding, e.g. bone_erosion; repeatable.")] = None,
    test: Annotated[MANY, typer.Option(help="Outcome of a test; repeatable.")] = None,
    distribution: Annotated[MANY, typer.Option(help="e.g. bilateral; repeatable.")] = None,
    evolution: Annotated[MANY, typer.Option(help="e.g. shrinking; repeatable.")] = None,
    lab: Annotated[MANY, typer.Option(help="e.g. phosphate=high; repeatable.")] = None,
    absent: Annotated[MANY, typer.Option(help="Id known to be absent; repeatable.")] = None,
    top: Annotated[int | None, typer.Option(min=1, help="Entities shown (text: 5, json: all).")] = None,
    format: Annotated[Format, typer.Option(help="A page to read, or JSON.")] = Format.text,
) -> None:
    """Rank the diagnoses for a soft tissue mineral, each with the sentences it rests on.

    The case comes from a JSON file, from JSONL (one case a line, one answer a line), or from
    the options. Exit code 0; 1 if some lines of a batch could not be answered; 2 if the case
    or the command is wrong.
    """
    location = {"compartment": compartment, "structure": structure, "region": region}
    facts = {
        "conditions": condition,
        "history": history,
        "symptoms": symptom,
        "findings": finding,
        "tests": test,
        "distribution": distribution,
        "evolution": evolution,
        "absent": absent,
    }
    numbers = {"age": age, "sex": sex, "ancestry": ancestry, "weeks_since_onset": weeks}
    context = _given({**numbers, **facts, "labs": _labs(lab)})
    case = _given(
        {
            "density": _shares("density", density, single=True),
            "morphology": _shares("morphology", morphology, single=False),
            "location": _given(location),
            "context": context,
        }
    )
    if file is None and not case:
        raise UsageError(
            "nothing to diagnose: give a file, - for standard input, or options such as --density"
        )
    if file is not None and case:
        raise UsageError("give the case either as a file or as options, not both")
    if file is None:
        _answer_one(case, format, top)
    else:
        _answer_text(_read(file), file, format, top)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if value not in (None, [], {})}


def _shares(name: str, values: MANY, single: bool) -> object:
    """``id`` or ``id=probability`` options as the JSON of a case."""
    if not values:
        return None
    parts = [value.partition("=") for value in values]
    if any(separator for _, separator, _ in parts):
        if not all(separator for _, separator, _ in parts):
            raise UsageError(f"--{name}: give a probability to every id or to none: {', '.join(values)}")
        keys = [key for key, _, _ in parts]
        if len(set(keys)) < len(keys):
            raise UsageError(f"--{name}: an id is given twice: {', '.join(keys)}")
        return {key: _number(f"--{name} {key}", text) for key, _, text in parts}
    if single and len(values) > 1:
        raise UsageError(f"--{name} given {len(values)} times: give one id, or id=probability for each")
    return values[0] if single else values


def _number(field: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{field}: {text!r} is not a number") from None


def _labs(values: MANY) -> dict[str, object]:
    labs: dict[str, object] = {}
    for value in values or ():
        name, separator, level = value.partition("=")
        if not separator:
            raise UsageError(f"--lab {value!r}: write name=level, e.g. phosphate=high")
        if name in labs:
            raise UsageError(f"--lab {name} is given twice")
        labs[name] = _number("--lab", level) if name == "calcium_phosphate_product" else level
    return labs


def _read(file: str) -> str:
    try:
        data = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return data.decode("utf-8-sig")
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: not UTF-8 text (byte {error.start})") from error


def _answer_text(text: str, name: str, format: Format, top: int | None) -> None:
    """One JSON value is one case (or, as a list, several); otherwise, and in .jsonl, every line is."""
    if not text.strip():
        raise UsageError(f"{name}: empty; expected a case as JSON, or one a line")
    if name.lower().endswith(".jsonl"):
        _answer_batch(_lines(text), format, top)
        return
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        if len([line for line in text.splitlines() if line.strip()]) < 2 or not _looks_like_lines(text):
            raise UsageError(f"{name}: not valid JSON: {error}") from error
        _answer_batch(_lines(text), format, top)
    else:
        if value == []:
            raise UsageError(f"{name}: an empty list; expected at least one case")
        if isinstance(value, list):
            _answer_batch(((n, json.dumps(item)) for n, item in enumerate(value, start=1)), format, top)
        else:
            _answer_one(value, format, top, name)


def _looks_like_lines(text: str) -> bool:
    """Whether some line is a whole JSON value: then it is JSONL with bad lines, not broken JSON."""
    for _, line in _lines(text):
        try:
            return isinstance(json.loads(line), dict)
        except (ValueError, RecursionError):
            continue
    return False


def _lines(text: str) -> Iterator[tuple[int, str]]:
    return ((n, line) for n, line in enumerate(text.split("\n"), start=1) if line.strip())


def _answer_one(value: object, format: Format, top: int | None, name: str = "") -> None:
    from mlcalc.case_json import case_from_json
    from mlcalc.reasoning import reasoner

    try:
        case = case_from_json(value)
    except CaseError as error:
        place = f"{name}: " if name else ""
        raise UsageError(
            "\n  ".join([f"{place}the case cannot be answered", *map(str, error.problems)])
        ) from error
    _write(reasoner().diagnose(case, _count(format, top)), format, top)


def _answer_batch(lines: Iterable[tuple[int, str]], format: Format, top: int | None) -> None:
    """One answer a line, in order; a bad line is answered with its error. Exit code 1 then."""
    from rich.console import Console
    from rich.progress import track

    from mlcalc.case_json import case_from_text
    from mlcalc.reasoning import reasoner

    failed = False
    waiting = list(lines)
    quiet = len(waiting) < LONG_BATCH or not sys.stderr.isatty()
    console = Console(stderr=True)
    for number, line in track(waiting, "diagnosing", console=console, transient=True, disable=quiet):
        try:
            answer = reasoner().diagnose(case_from_text(line), _count(format, top))
        except CaseError as error:
            failed = True
            problem = {"id": _id_of(line), "line": number, "error": str(error)}
            typer.echo(_json(problem))
        else:
            _write(answer, format, top)
    if failed:
        raise typer.Exit(1)


def _json(value: object) -> str:
    """One line of JSON; escaped where the text has characters that UTF-8 cannot carry."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


def _id_of(line: str) -> object:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    name = value.get("id") if isinstance(value, dict) else None
    if isinstance(name, bool) or not isinstance(name, str | int):
        return None
    return str(name)  # as in an answer


def _count(format: Format, top: int | None) -> int | None:
    """How many entities to explain; the page needs all of them for names and sums."""
    return top if format is Format.json else None


def _write(answer: Any, format: Format, top: int | None) -> None:
    if format is Format.json:
        typer.echo(_json(answer.to_json()))
        return
    from rich.console import Console

    from mlcalc.outputs.terminal import print_answer

    print_answer(Console(highlight=False), answer, top or TOP)
