"""``mlcalc knowledge``: look at the rows, check them, see what they cover."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mlcalc.errors import KnowledgeError, UsageError, unknown_id

app = typer.Typer(no_args_is_help=True, help="The five documents as cited rows.")

SEEDS = Annotated[
    Path | None, typer.Option("--seeds", help="Folder with the documents' texts (or MLCALC_SEEDS).")
]


@app.command("list")
def list_entities(
    kind: Annotated[str, typer.Option(help="diagnosis, group, mimic or all.")] = "all",
) -> None:
    """List the entities with the number of rows that speak of each."""
    from rich.console import Console
    from rich.table import Table

    from mlcalc.knowledge import knowledge
    from mlcalc.knowledge.words import ENTITY_KINDS

    if kind not in (*ENTITY_KINDS, "all"):
        raise UsageError(unknown_id(kind, (*ENTITY_KINDS, "all"), "kind"))
    known = knowledge()
    table = Table("id", "name", "kind", "mechanism", "findings", box=None)
    for entity in known.entities.values():
        if kind in (entity.kind, "all"):
            rows = len(known.findings_of.get(entity.id, ()))
            table.add_row(entity.id, entity.name, entity.kind, ", ".join(entity.mechanism), str(rows))
    Console(highlight=False).print(table)


@app.command()
def show(entity: Annotated[str, typer.Argument(help="Entity id, see `mlcalc knowledge list`.")]) -> None:
    """Show everything the documents say of one entity, with quotes."""
    from rich.console import Console

    from mlcalc.knowledge import knowledge
    from mlcalc.outputs.knowledge_page import entity_page

    known = knowledge()
    if entity not in known.entities:
        raise UsageError(unknown_id(entity, known.entities, "entity"))
    Console(highlight=False).print(entity_page(known, entity))


@app.command()
def check(
    tables: Annotated[
        Path | None, typer.Option(help="Folder with knowledge tables (default: those shipped).")
    ] = None,
    seeds: SEEDS = None,
) -> None:
    """Check the rows: ids, numbers, duplicates, conflicts, reachability, and every quote."""
    from mlcalc.knowledge.check import problems
    from mlcalc.knowledge.load import FOLDER, load_knowledge
    from mlcalc.reasoning.prototypes import unreachable
    from mlcalc.reasoning.reasoner import Reasoner

    try:
        known = load_knowledge(tables or FOLDER)
        found = [*problems(known), *unreachable(Reasoner(known))]
    except KnowledgeError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    for problem in found:
        typer.echo(problem, err=True)
    rows = sum(1 for _ in known.cited())
    typer.echo(f"{rows} cited rows, {len(known.diagnoses)} diagnoses: {len(found)} problems")
    quotes_fine = _check_quotes(known, seeds)
    if found or not quotes_fine:
        raise typer.Exit(1)


def _check_quotes(known, seeds: Path | None) -> bool:  # type: ignore[no-untyped-def]
    """Print how many quotes were looked up; False if one is missing or none could be checked."""
    from mlcalc.knowledge.quotes import check_quotes, missing_sections, seeds_folder, shared_required

    folder = seeds_folder(seeds)
    if folder is None:
        typer.echo("quotes not checked: the documents' texts are not here (give --seeds or MLCALC_SEEDS)")
        return not shared_required()
    try:
        report = check_quotes(known, folder)
        sections = missing_sections(known, folder)
    except FileNotFoundError as error:
        typer.echo(f"quotes not checked: {error}", err=True)
        return False
    for row, segment in report.missing:
        typer.echo(f"{row}: not in its document: {segment!r}", err=True)
    for section in sections:
        typer.echo(f"section not found in its document: {section}", err=True)
    typer.echo(f"{report.checked} quotes checked, {len(report.missing)} segments not found")
    return report.checked > 0 and not report.missing and not sections


@app.command()
def coverage(seeds: SEEDS = None) -> None:
    """Show rows by document and kind, and that every section of every document has some."""
    from rich.console import Console

    from mlcalc.knowledge import knowledge
    from mlcalc.knowledge.coverage import coverage as count
    from mlcalc.outputs.knowledge_page import coverage_page

    known = knowledge()
    counted = count(known)
    Console(highlight=False).print(coverage_page(known, counted))
    quotes_fine = _check_quotes(known, seeds)
    if counted.uncovered or not quotes_fine:
        raise typer.Exit(1)
