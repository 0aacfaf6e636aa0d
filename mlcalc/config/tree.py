"""A YAML file as plain values that remember their lines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mlcalc.errors import ConfigError, Problem

Place = tuple[str | int, ...]
"""Where a value stands: keys and, in lists, positions."""


@dataclass
class Tree:
    """The values of a config and the line (from 1) of each; ``origin`` is said in place of a file."""

    values: dict[str, Any]
    lines: dict[Place, int] = field(default_factory=dict)
    origin: str = "config"

    def where(self, place: Place) -> str:
        """``train.yaml, line 7, optimiser.rate`` for a place; the nearest line above where it has none."""
        name = ".".join(map(str, place))
        for length in range(len(place), -1, -1):
            line = self.lines.get(place[:length])
            if line is not None and length:
                return f"{self.origin}, line {line}, {name}" if line else f"--set {name}"
        return f"{self.origin}, {name}" if name else self.origin


def read_tree(path: Path) -> Tree:
    """Raises ConfigError for a file that cannot be read, is no YAML mapping, or has a key twice."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError([Problem(str(path), f"cannot be read: {error}")]) from error
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        values = yaml.safe_load(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigError([Problem(f"{path}{line}", f"is not YAML: {error.problem}")]) from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError([Problem(str(path), f"is not YAML: {error}")]) from error
    if node is None:
        return Tree({}, {}, str(path))
    if not isinstance(node, yaml.MappingNode):
        raise ConfigError([Problem(str(path), "must hold keys and values, not a list or a single value")])
    lines: dict[Place, int] = {}
    problems = list(_walk(node, (), lines, str(path)))
    if problems:
        raise ConfigError(problems)
    return Tree(values, lines, str(path))


def _walk(node: yaml.Node, place: Place, lines: dict[Place, int], file: str) -> Iterator[Problem]:
    """Notes the line of every value; yields keys that stand twice, of which YAML would keep the last."""
    lines[place] = node.start_mark.line + 1
    if isinstance(node, yaml.SequenceNode):
        for position, item in enumerate(node.value):
            yield from _walk(item, (*place, position), lines, file)
    if not isinstance(node, yaml.MappingNode):
        return
    for key, value in node.value:
        inner = (*place, str(key.value))
        if inner in lines:
            name = ".".join(map(str, inner))
            line = key.start_mark.line + 1
            yield Problem(f"{file}, line {line}, {name}", f"stands twice (first in line {lines[inner]})")
        yield from _walk(value, inner, lines, file)
        lines[inner] = key.start_mark.line + 1


def put(tree: Tree, assignment: str) -> None:
    """One ``--set a.b=value``; the value is read as YAML. Raises ConfigError where it has another shape."""
    name, sign, text = assignment.partition("=")
    keys = [key.strip() for key in name.split(".")]
    if not sign or not all(keys):
        raise ConfigError([Problem(f"--set {assignment}", "expected a.b=value")])
    target = tree.values
    for depth, key in enumerate(keys[:-1], 1):
        inner = target.setdefault(key, {})
        if not isinstance(inner, dict):
            reason = f"{'.'.join(keys[:depth])} is a single value and has no parts"
            raise ConfigError([Problem(f"--set {assignment}", reason)])
        target = inner
    try:
        target[keys[-1]] = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise ConfigError([Problem(f"--set {assignment}", f"{text!r} is not YAML")]) from error
    tree.lines[tuple(keys)] = 0  # no line: it came from the command line
