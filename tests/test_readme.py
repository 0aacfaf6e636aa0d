"""The README's commands and figures are true: every command in it is run."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")


def commands() -> list[str]:
    """Lines of the README's console blocks that call mlcalc."""
    blocks = re.findall(r"```console\n(.*?)```", README, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines() if "mlcalc " in line]


def test_the_readme_shows_the_verbs() -> None:
    shown = {line.split()[1] for line in commands() if line.startswith("mlcalc")}
    assert shown >= {"diagnose", "inspect", "knowledge", "simulate"}


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_readme_runs(line: str, tmp_path: Path) -> None:
    python = shlex.quote(sys.executable)
    script = re.sub(r"\bmlcalc (?=diagnose|inspect|knowledge|simulate)", f"{python} -m mlcalc ", line)
    script = re.sub(r"(--out|--sheet) (\S+)", lambda m: f"{m[1]} {shlex.quote(str(tmp_path / m[2]))}", script)
    script = re.sub(r"> (\S+)", lambda m: f"> {shlex.quote(str(tmp_path / m[1]))}", script)
    result = subprocess.run(script, shell=True, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout or any(tmp_path.iterdir())


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL))
def test_a_python_example_of_the_readme_runs(
    example: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(example, "README.md", "exec"), {})
    assert re.search(r"0\.\d\d", capsys.readouterr().out)


def test_paths_that_the_readme_names_exist() -> None:
    for path in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / path).exists(), path
