"""From a YAML file and overrides to a typed model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from mlcalc.config.tree import Place, Tree, put, read_tree
from mlcalc.errors import ConfigError, Problem, unknown_id


class Settings(BaseModel):
    """Base of every config model: unknown keys are refused, nothing changes after it was read.

    Defaults are the values of ``configs/``; a key that is left out has its default.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=False, allow_inf_nan=False)


Model = TypeVar("Model", bound=Settings)


def read_config(model: type[Model], path: Path | None, overrides: Sequence[str] = ()) -> Model:
    """The config of a file with overrides (``a.b=value``) on top; no file: defaults with overrides.

    Raises ConfigError with all problems at once, each with file, line and key.
    """
    tree = read_tree(path) if path else Tree({}, {}, "config")
    for assignment in overrides:
        put(tree, assignment)
    try:
        return model.model_validate(tree.values)
    except ValidationError as error:
        raise ConfigError(_problems(error.errors(include_url=False), tree, model)) from error


def as_yaml(settings: Settings) -> str:
    """The resolved config as YAML, keys in the order of the model; reading it back gives the same."""
    return str(yaml.safe_dump(settings.model_dump(mode="json"), sort_keys=False, allow_unicode=True))


def _problems(errors: Sequence[ErrorDetails], tree: Tree, model: type[Settings]) -> Iterator[Problem]:
    for error in errors:
        place: Place = error["loc"]
        if error["type"] == "extra_forbidden":
            known = list(_fields(model, place[:-1]))
            yield Problem(tree.where(place), unknown_id(place[-1], known, "key"))
            continue
        given = error["input"]
        text = error["msg"].removeprefix("Value error, ").removeprefix("Input ")
        shown = "" if isinstance(given, dict | list) or error["type"] == "missing" else f", not {given!r}"
        yield Problem(tree.where(place), f"{text}{shown}")


def _fields(model: type[Settings], place: Place) -> Iterator[str]:
    """The keys that are known at a place of the model."""
    current: Any = model
    for key in place:
        if not (isinstance(current, type) and issubclass(current, Settings)):
            break
        field = current.model_fields.get(str(key))
        current = _settings_in(field.annotation) if field else None
    if isinstance(current, type) and issubclass(current, Settings):
        yield from current.model_fields


def _settings_in(annotation: Any) -> Any:
    """The settings class that an annotation such as ``list[Stage] | None`` holds."""
    if isinstance(annotation, type) and issubclass(annotation, Settings):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _settings_in(inner))), None)
