"""A differential as a page that a radiologist reads in a terminal."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from mlcalc.answer import Answer, Candidate, Factor

DISCLAIMER = "Research software, not a medical device: not for clinical decisions."
BAR_WIDTH = 20
REASONS_FOR = 3
"""The reasons of this many leading entities are printed."""
FACTORS_SHOWN = 6
SMALL = 0.1
"""Factors below this size (natural log) are summed in one line."""


def print_answer(console: Console, answer: Answer, top: int) -> None:
    """Print one answer, diagnosed with all its entities; ``top`` of them are listed."""
    console.print(page(answer, top))


def page(answer: Answer, top: int) -> RenderableType:
    """The whole page: ranked list with bars, why, what next."""
    parts: list[RenderableType] = []
    if answer.id is not None:
        parts.append(Text(f"Case {answer.id}", style="bold"))
    if answer.reason is not None:
        parts.append(Text(f"No differential: {answer.reason}."))
    else:
        shown = answer.differential[:top]
        parts += [_heading("Differential"), _ranking(answer, shown)]
        if answer.no_focal_density_probability:
            parts.append(
                _note(f"given a focal density; none at all: {answer.no_focal_density_probability:.0%}")
            )
        parts += [_heading("Why")] + [_reasons(c) for c in shown[:REASONS_FOR]]
        parts += _next_steps(answer, {c.entity: c.name.partition(" (")[0] for c in answer.differential})
        parts += _cautions(answer)
        parts += _tables(answer, {c.entity for c in shown})
    parts.append(Text(f"\n{DISCLAIMER}", style="dim"))
    return Group(*parts)


def _heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold underline")


def _note(text: str) -> Padding:
    return Padding(Text(text, style="dim"), (0, 0, 0, 2))


def _ranking(answer: Answer, shown: Sequence[Candidate]) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    table.add_column(justify="right", no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column()
    for rank, candidate in enumerate(shown, start=1):
        name = Text(candidate.name, style="bold" if rank == 1 else "")
        if candidate.stage:
            name.append(f"  [{candidate.stage.replace('_', ' ')}]", style="cyan")
        name.append(f"  {candidate.mechanism.replace('_', ' ')}", style="dim")
        table.add_row(f"{rank}.", _percent(candidate.probability), _bar(candidate.probability), name)
    rest = 1 - answer.other_probability - sum(c.probability for c in shown)
    if rest > 0.0005:
        table.add_row(
            "", _percent(rest), _bar(rest), Text("the other entities of the documents", style="dim")
        )
    other = answer.other_probability
    table.add_row("", _percent(other), _bar(other), Text("something the documents do not name", style="dim"))
    return table


def _percent(probability: float) -> str:
    return "<0.1 %" if probability < 0.0005 else f"{probability:.1%}".replace("%", " %")


def _bar(probability: float) -> Text:
    filled = round(probability * BAR_WIDTH)
    return Text("█" * filled, style="green") + Text("░" * (BAR_WIDTH - filled), style="dim")


def _reasons(candidate: Candidate) -> RenderableType:
    lines: list[RenderableType] = [
        Text(candidate.name, style="bold"),
        _note(f"beforehand {_percent(candidate.prior)}: {candidate.prior_reason}"),
    ]
    strong = [f for f in candidate.factors if abs(f.log_likelihood_ratio) >= SMALL]
    lines += [_factor(factor) for factor in strong[:FACTORS_SHOWN]]
    others = [f for f in candidate.factors if f not in strong[:FACTORS_SHOWN]]
    if others:
        total = sum(f.log_likelihood_ratio for f in others)
        names = ", ".join(f.evidence for f in others[:4]) + (", …" if len(others) > 4 else "")
        lines.append(_note(f"{_sign(total)} {names}"))
    return Padding(Group(*lines), (0, 0, 1, 0))


def _factor(factor: Factor) -> RenderableType:
    ratio = factor.log_likelihood_ratio
    head = Text("  ")
    head.append(f"{_sign(ratio)} ", style="green" if ratio > 0 else "red")
    head.append(factor.evidence)
    lines: list[RenderableType] = [head]
    for row in factor.rows[:2]:
        quote = f"“{row.quote}” — {row.citation} ({row.row})"
        if not factor.supports and ratio < 0:
            quote = f"documents say {row.says.split(':')[0]}: {quote}"
        lines.append(Padding(Text(quote, style="dim"), (0, 0, 0, 8)))
    return Group(*lines)


def _sign(ratio: float) -> str:
    """A log ratio as a factor: ×12 makes it twelve times likelier, ÷3 a third as likely."""
    size = math.exp(min(abs(ratio), 13.8))
    text = f"{size:.1f}" if size < 10 else f"{size:,.0f}"
    return f"{'×' if ratio >= 0 else '÷'}{text}".rjust(7)


def _next_steps(answer: Answer, names: Mapping[str, str]) -> list[RenderableType]:
    if not answer.next_steps:
        return []
    lines: list[RenderableType] = [_heading("What next")]
    for step in answer.next_steps[:5]:
        head = Text("  ")
        if step.expected_information_bits:
            head.append(f"{step.expected_information_bits:.2f} bit  ", style="cyan")
        head.append(step.text)
        lines.append(head)
        detail = step.citation
        if step.separates:
            pair = " from ".join(names.get(entity, entity) for entity in step.separates)
            detail = f"separates {pair} — {detail}"
        lines.append(Padding(Text(detail, style="dim"), (0, 0, 0, 12)))
    return lines


def _cautions(answer: Answer) -> list[RenderableType]:
    lines: list[RenderableType] = []
    if answer.red_flags:
        lines.append(_heading("Red flags"))
        for flag in answer.red_flags:
            lines.append(Text("  ! ", style="red") + Text(flag.text))
            lines.append(Padding(Text(flag.citation, style="dim"), (0, 0, 0, 4)))
    if answer.conflicts:
        lines.append(_heading("Does not fit together"))
        lines += [Text(f"  - {conflict}") for conflict in answer.conflicts]
    return lines


def _tables(answer: Answer, shown: set[str]) -> list[RenderableType]:
    """The documents' own table cells for this place; the entities shown above are bold."""
    if not answer.tables:
        return []
    lines: list[RenderableType] = [_heading("The documents' tables for this place")]
    for cell in answer.tables:
        place = f"{cell.document}, {cell.table}: {cell.row}"
        place += f" / {cell.column}" if cell.column else ""
        entries: dict[str, Any] = {}
        for entry in cell.entries:
            known = entries.get(entry.entry, (False, False))
            entries[entry.entry] = (known[0] or entry.entity in shown, known[1] or bool(entry.most_frequent))
        text = Text("  ")
        text.append(place + ": ", style="cyan")
        for number, (name, (bold, frequent)) in enumerate(entries.items()):
            text.append("; " if number else "")
            text.append(name + (" (most frequent)" if frequent else ""), style="bold" if bold else "")
        lines.append(text)
    return lines
