"""A sidecar: a JSON file beside a picture that says which crops to cut and what is known about them.

``knee.json`` (or ``knee.dcm.json``) beside ``knee.dcm``::

    {"box": [1020, 640, 1276, 896], "box_unit": "px", "frame": 0, "rotation": 90, "mirror": false,
     "mm_per_pixel": 0.143, "location": {"region": "knee"}, "context": {"age": 61}}

Several crops are a list of such objects, or ``{"crops": [...]}``. Every key may be missing or null.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mlcalc.case import Context, Location
from mlcalc.case_json import read_place, value_from_text
from mlcalc.crops.columns import Column, columns_of, shorten
from mlcalc.crops.row import EDGES, CropRequest, edge_problems
from mlcalc.errors import CaseError, Problem, unknown_id
from mlcalc.imaging.box import Box

LARGEST = 16 * 2**20
"""Bytes; a larger JSON file is something else."""
SINGLE = {column.name: column for column in columns_of("crop") if column.name not in EDGES}
KEYS = ("box", *SINGLE, "location", "context")
WHAT = (
    f'a sidecar is an object with some of the keys {", ".join(KEYS)}, a list of them, or {{"crops": [...]}}'
)


@dataclass(frozen=True, slots=True)
class SidecarCrop:
    """One crop of a sidecar; ``frame`` None leaves it to the file."""

    frame: int | None
    crop: CropRequest


def find_sidecar(image: Path) -> Path | None:
    """The sidecar of a picture, or None: ``knee.dcm.json`` before ``knee.json``.

    An ending without a letter is part of the name (``1.2.840.17``), so pictures named by a UID do not
    share a sidecar.
    """
    if not image.name:
        return None
    names = [f"{image.name}.json"]
    if any(letter.isalpha() for letter in image.suffix):
        names.append(f"{image.stem}.json")
    found = (image.parent / name for name in names if name != image.name)
    return next((path for path in found if os.path.isfile(path)), None)


def read_sidecar(path: Path) -> tuple[SidecarCrop, ...]:
    """The crops of a sidecar in their order, at least one.

    Raises `CaseError` with every problem found, each with the file's name and the key
    (``knee.json: crops[1].context.age``).
    """
    try:
        value = value_from_text(_text(path))
    except CaseError as error:
        raise CaseError(Problem(path.name, problem.message) for problem in error.problems) from error
    reader = _Reader(path.name)
    try:
        crops = reader.sidecar(value)
    except RecursionError as error:  # a value that is nested deeply, on its way into a message
        raise CaseError([Problem(path.name, "is nested too deeply")]) from error
    if reader.problems:
        raise CaseError(reader.problems)
    return crops


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        reason = f"cannot be read: {error.strerror or type(error).__name__}"
        raise CaseError([Problem("", reason)]) from error
    if len(data) > LARGEST:
        raise CaseError([Problem("", f"is larger than {LARGEST >> 20} MiB; {WHAT}")])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"is not UTF-8 text: byte 0x{data[error.start]:02x} at offset {error.start}"
        raise CaseError([Problem("", reason)]) from error


class _Reader:
    """Reads one sidecar and collects what is wrong with it."""

    def __init__(self, file: str):
        self.file = file
        self.problems: list[Problem] = []

    def problem(self, key: str, message: str) -> None:
        self.problems.append(Problem(f"{self.file}: {key}" if key else self.file, message))

    def sidecar(self, value: object) -> tuple[SidecarCrop, ...]:
        if isinstance(value, Mapping) and "crops" in value:
            for key in sorted(value.keys() - {"crops"}):
                self.problem(shorten(key), "cannot stand beside 'crops'; it belongs into each crop")
            return self.crops("crops", value["crops"])
        if isinstance(value, list) and any(_looks_right(item) for item in value):
            return self.crops("", value)
        if isinstance(value, Mapping) and _looks_right(value):
            return (self.crop("", value),)
        self.problem("", f"does not look like a sidecar; {WHAT}")
        return ()

    def crops(self, key: str, value: object) -> tuple[SidecarCrop, ...]:
        if not isinstance(value, list) or not value:
            self.problem(key, "must be a list of at least one crop")
            return ()
        return tuple(self.crop(f"{key}[{index}]", item) for index, item in enumerate(value))

    def crop(self, place: str, value: object) -> SidecarCrop:
        if not isinstance(value, Mapping) or not value:
            self.problem(place, f"must be an object with some of the keys {', '.join(KEYS)}")
            return SidecarCrop(None, CropRequest())
        before = f"{place}." if place else ""
        for key in value:
            if key not in KEYS:
                self.problem(place, unknown_id(shorten(key), KEYS, "key"))
        single = {
            name: self.single(before + name, column, value[name])
            for name, column in SINGLE.items()
            if value.get(name) is not None
        }
        frame = single.pop("frame", None)
        location, context = self.place(before, value)
        single = {"unit" if name == "box_unit" else name: v for name, v in single.items() if v is not None}
        box = self.box(f"{before}box", value.get("box"))
        return SidecarCrop(frame, CropRequest(box=box, location=location, context=context, **single))

    def single(self, key: str, column: Column, value: Any) -> Any:
        """The value of one key; None and a problem where it is of the wrong type or not allowed."""
        if not _right_type(column, value):
            text = "must be true or false" if column.type == "flag" else column.wanted
            self.problem(key, f"{text}, not {shorten(repr(value))}")
            return None
        sentences = list(column.check(value))
        for sentence in sentences:
            self.problem(key, sentence)
        if sentences:
            return None
        return {"integer": int, "number": float}.get(column.type, lambda same: same)(value)

    def box(self, key: str, value: object) -> Box | None:
        if value is None:
            return None
        if not isinstance(value, list) or len(value) != len(EDGES):
            self.problem(
                key, f"must be a list of four numbers, x0, y0, x1 and y1, not {shorten(repr(value))}"
            )
            return None
        named = {column.name: column for column in columns_of("crop")}
        edges = [
            self.single(f"{key}[{at}] ({edge})", named[edge], value[at]) for at, edge in enumerate(EDGES)
        ]
        if None in edges:
            return None
        crossed = list(edge_problems(edges))
        for edge, sentence in crossed:
            self.problem(f"{key}[{EDGES.index(edge)}] ({edge})", sentence)
        return None if crossed else Box(*edges)

    def place(self, before: str, value: Mapping[str, Any]) -> tuple[Location, Context]:
        location, context, problems = read_place(value.get("location"), value.get("context"))
        for problem in problems:
            self.problem(before + problem.field, problem.message)
        for fact in context.facts:
            if fact.kind == "morphology":
                reason = f"{fact.id!r} is a morphology, which mlcalc looks for in the picture; leave it out"
                self.problem(f"{before}context.absent", reason)
        return location, context


def _right_type(column: Column, value: object) -> bool:
    if column.type == "flag" or isinstance(value, bool):
        return column.type == "flag" and isinstance(value, bool)
    if column.type == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, int | float if column.type == "number" else str)


def _looks_right(value: object) -> bool:
    return isinstance(value, Mapping) and any(key in value for key in KEYS)
