"""The ``mlcalc`` command, run in this process as the installed one would be."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest

from mlcalc.cli.main import main


@dataclass(frozen=True)
class Outcome:
    """What a call left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON object on standard output; NaN and infinity are refused."""
        (value,) = self.json_lines
        return value

    @property
    def json_lines(self) -> list[Any]:
        """The JSON objects on standard output, one a line."""
        return [json.loads(line, parse_constant=_refuse) for line in self.out.splitlines()]


def _refuse(constant: str) -> float:
    raise AssertionError(f"{constant} in the answer")


class Mlcalc(Protocol):
    """Runs ``mlcalc`` with arguments and standard input."""

    def __call__(self, *arguments: str | Path, stdin: str | bytes = b"") -> Outcome: ...


@pytest.fixture
def mlcalc(monkeypatch: pytest.MonkeyPatch) -> Mlcalc:
    """The command's entry point on a terminal of 80 columns, without colours."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("FORCE_COLOR", raising=False)

    def run(*arguments: str | Path, stdin: str | bytes = b"") -> Outcome:
        data = stdin.encode() if isinstance(stdin, str) else stdin
        out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True) for _ in range(2))
        code = 0
        with (
            monkeypatch.context() as patch,
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            patch.setattr(sys, "argv", ["mlcalc", *map(str, arguments)])
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data), encoding="utf-8"))
            try:
                main()
            except SystemExit as stop:
                code = stop.code if isinstance(stop.code, int) else int(stop.code is not None)
        return Outcome(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))

    return run


@pytest.fixture
def case_file(tmp_path: Path) -> Path:
    """The example case of the contract."""
    path = tmp_path / "case.json"
    path.write_text(json.dumps(EXAMPLE, indent=2), encoding="utf-8")
    return path


EXAMPLE = {
    "id": "c1",
    "density": {"calcification": 0.9, "ossification": 0.1},
    "morphology": ["amorphous_cloudlike"],
    "location": {"compartment": "tendon", "structure": "supraspinatus", "region": "shoulder"},
    "context": {"age": 48, "sex": "F", "symptoms": ["acute_pain"], "absent": ["fever"]},
}
