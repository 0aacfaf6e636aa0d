"""JSON Schemas (2020-12) of a manifest's row and of a sidecar, and the column dictionary.

``scripts/schemas`` writes them beside this module, from ``columns.csv``. A schema says less than the
readers check: no limits of numbers that are written as text, and nothing that ties two values together
(x1 above x0, a structure inside its region, a morphology that is seen and absent), except that a box has
all four edges or none.
"""

from __future__ import annotations

import json
from typing import Any

from mlcalc.crops.cells import LAB
from mlcalc.crops.columns import Column, columns, columns_of
from mlcalc.crops.row import EDGES
from mlcalc.vocabulary import vocabulary

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def manifest_schema() -> Schema:
    """One row of a manifest: column -> the text of its cell without blanks around it; empty is unknown."""
    filled = {edge: {"minLength": 1} for edge in EDGES}
    empty = {edge: {"maxLength": 0} for edge in EDGES}
    return {
        "$schema": DIALECT,
        "$id": "urn:mlcalc:schema:manifest",
        "title": "One row of an mlcalc manifest",
        "description": "The cells of one CSV row as text, without blanks around them; empty is unknown.",
        "type": "object",
        "required": ["path"],
        "properties": {column.name: _cell(column) for column in columns().values()},
        "additionalProperties": {"type": "string"},
        "anyOf": [{"required": list(EDGES), "properties": filled}, {"properties": empty}],
    }


def sidecar_schema() -> Schema:
    """A sidecar: one crop, a list of crops, or an object with such a list; null is unknown."""
    crop = {"$ref": "#/$defs/crop"}
    crops = {"type": "array", "minItems": 1, "items": crop}
    listed = _object({"crops": crops}, "Several crops of one picture") | {"required": ["crops"]}
    return {
        "$schema": DIALECT,
        "$id": "urn:mlcalc:schema:sidecar",
        "title": "An mlcalc sidecar",
        "description": "Which crops to cut from the picture of the same stem; null is unknown.",
        "anyOf": [crop, crops, listed],
        "$defs": {"crop": _crop()},
    }


def render(schema: Schema) -> str:
    """The text of a schema's file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def dictionary() -> str:
    """The column dictionary as a Markdown table."""
    rows = ["| column | holds | meaning | example |", "|---|---|---|---|"]
    for column in columns().values():
        name = f"`{column.name}`" + (" (required)" if column.name == "path" else "")
        meaning = column.meaning.replace("|", "\\|")
        rows.append(f"| {name} | {_holds(column)} | {meaning} | `{column.example}` |")
    return "\n".join(rows) + "\n"


def _cell(column: Column) -> Schema:
    """The schema of a cell's text."""
    about: Schema = {"description": column.meaning, "type": "string", "examples": [column.example]}
    if column.name == "path":
        return about | {"minLength": 1}
    if column.type in ("id", "choice"):
        return about | {"enum": ["", *column.choices]}
    if column.type == "ids":
        item = rf"\s*(?:(?:{'|'.join(column.choices)})\s*)?"
        return about | {"pattern": f"^{item}(?:;{item})*$"}
    return about if column.syntax is None else about | {"pattern": f"^(?:{column.syntax.pattern})?$"}


def _crop() -> Schema:
    edge = {key: value for key, value in _value(columns()["x0"]).items() if key != "description"}
    box = {
        "description": "x0, y0, x1, y1. " + columns()["x0"].meaning,
        "type": ["array", "null"],
        "minItems": 4,
        "maxItems": 4,
        "items": edge | {"type": "number"},
    }
    single = {column.name: _value(column) for column in columns_of("crop") if column.name not in EDGES}
    location = _object({column.name: _value(column) for column in columns_of("location")}, "Where it lies")
    keys = {"box": box, **single, "location": _or_null(location), "context": _or_null(_context())}
    return _object(keys, "One crop") | {"minProperties": 1}


def _context() -> Schema:
    known = columns_of("context")
    labs = {c.name.removeprefix(LAB): _value(c) for c in known if c.name.startswith(LAB)}
    rest = {c.name: _value(c) for c in known if not c.name.startswith(LAB)}
    about = "Clinical context; what is not in it is unknown"
    return _object({**rest, "labs": _or_null(_object(labs, "Laboratory values"))}, about)


def _object(properties: Schema, about: str) -> Schema:
    shape = {"type": "object", "properties": properties, "additionalProperties": False}
    return {"description": about, **shape}


def _or_null(schema: Schema) -> Schema:
    return schema | {"type": [schema["type"], "null"]}


def _value(column: Column) -> Schema:
    """The schema of a JSON value; null is unknown."""
    about: Schema = {"description": column.meaning}
    if column.type == "flag":
        return about | {"type": ["boolean", "null"]}
    if column.type in ("id", "choice"):
        return about | {"enum": [*column.choices, None]}
    if column.type == "ids":
        labels = vocabulary().ids("morphology")  # a sidecar has no labels
        words = [word for word in column.choices if word not in labels]
        return about | {"type": ["array", "null"], "items": {"enum": words}}
    if column.limits is None:
        return about | {"enum": [*map(int, column.choices), None]}
    low, high, above = column.limits
    lowest = {"exclusiveMinimum" if above else "minimum": _plain(low)}
    return about | {"type": [column.type, "null"], **lowest, "maximum": _plain(high)}


def _plain(number: float) -> float:
    return int(number) if number.is_integer() else number


def _holds(column: Column) -> str:
    """What the column holds, in words."""
    kinds = " ".join(f"`{kind}`" for kind in column.values.split(";"))
    words = {
        "path": "path",
        "text": "any text",
        "word": "`a`–`z`, `0`–`9`, `_`",
        "choice": kinds,
        "flag": kinds,
        "id": f"one {kinds} id",
        "ids": f"`;`-separated ids of {kinds}",
    }
    if column.type in words:
        return words[column.type]
    kind = "whole number" if column.type == "integer" else "number"
    return kinds if column.choices else f"{kind}, {column.wanted.partition(' number ')[2]}"
