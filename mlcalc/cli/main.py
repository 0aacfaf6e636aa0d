"""The ``mlcalc`` command. Each verb imports what it needs when it is called."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from mlcalc import __version__
from mlcalc.cli import diagnose, inspect, knowledge, simulate
from mlcalc.errors import MlcalcError

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="From the mineral seen on a radiograph to a short, cited differential. "
    "Research software, not a medical device.",
)
app.command("inspect")(inspect.inspect)
app.command("diagnose")(diagnose.diagnose)
app.command("simulate")(simulate.simulate)
app.add_typer(knowledge.app, name="knowledge")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mlcalc {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options before the verb."""


def main() -> None:
    """Entry point; errors raised on purpose become one clear line and exit code 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that knows no bars still gets the page
    try:
        app()
    except MlcalcError as error:
        typer.echo(f"mlcalc: {error}", err=True)
        sys.exit(2)
    except KeyboardInterrupt:
        typer.echo("mlcalc: stopped", err=True)
        sys.exit(1)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(1)
