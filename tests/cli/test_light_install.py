"""The light install stays light: what a fresh process imports, and that it needs no network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "scipy", "pandas", "yaml", "sklearn")
CASE = [
    "diagnose",
    "--density",
    "calcification",
    "--morphology",
    "rice_grain",
    "--format",
    "json",
    "--top",
    "2",
]

SAMPLES = str(Path(__file__).resolve().parents[2] / "mlcalc" / "samples" / "radiographs")

RUN_MAIN = """
import sys
from mlcalc.cli.main import main
sys.argv = ["mlcalc", *sys.argv[1:]]
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
"""
TELL_HEAVY = f"""
found = sorted(name for name in {HEAVY!r} if name in sys.modules)
print("heavy:", *found, file=sys.stderr)
"""
NO_NETWORK = """
import socket

def refuse(*_, **__):
    raise OSError("no network in this test")

socket.socket = socket.create_connection = socket.getaddrinfo = refuse
"""


def python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONUTF8": "1", "COLUMNS": "80"}
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", check=True, env=environment, timeout=60
    )


@pytest.mark.parametrize(
    "arguments", [["--help"], CASE, ["knowledge", "list"], ["inspect", SAMPLES]], ids=lambda a: a[0]
)
def test_the_command_imports_nothing_heavy(arguments: list[str]) -> None:
    done = python(RUN_MAIN + TELL_HEAVY, *arguments)
    assert done.stdout
    assert done.stderr.splitlines()[-1].split() == ["heavy:"]


def test_a_case_needs_no_reader_of_pictures() -> None:
    code = "print(*(name for name in ('pydicom', 'PIL', 'gdcm') if name in sys.modules), file=sys.stderr)"
    assert python(RUN_MAIN + code, *CASE).stderr.split() == []


def test_importing_the_package_imports_nothing_heavy_and_not_even_numpy() -> None:
    done = python("import sys\nimport mlcalc\n" + TELL_HEAVY + "print('numpy' in sys.modules)")
    assert done.stderr.split() == ["heavy:"]
    assert done.stdout.strip() == "False"


def test_help_does_not_wait_for_numpy() -> None:
    done = python(RUN_MAIN + "print('numpy' in sys.modules, file=sys.stderr)", "--help")
    assert done.stderr.strip() == "False"


def test_a_case_is_diagnosed_without_network() -> None:
    done = python(NO_NETWORK + RUN_MAIN, *CASE)
    assert json.loads(done.stdout)["differential"][0]["entity"]


def test_the_installed_command_reads_a_case_from_a_pipe() -> None:
    command = Path(sys.executable).with_name("mlcalc")
    if not command.exists():
        pytest.skip("mlcalc is not installed as a command in this environment")
    done = subprocess.run(
        [str(command), "diagnose", "-", "--format", "json", "--top", "1"],
        input='{"id": "piped", "density": "calcification"}',
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
        timeout=60,
    )
    assert json.loads(done.stdout)["id"] == "piped"


def test_the_module_is_the_command_and_a_wrong_case_exits_with_2() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "mlcalc", "diagnose", "--density", "calcificaton"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert done.returncode == 2
    assert "'calcification'" in done.stderr
    assert "Traceback" not in done.stderr
