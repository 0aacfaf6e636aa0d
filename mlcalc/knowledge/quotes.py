"""Checks that every quote stands in the document it names, word for word.

Case, white space, quote marks and line-end hyphens do not matter; everything else does.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from mlcalc.knowledge.knowledge import Knowledge
from mlcalc.knowledge.rows import Document

SHORTEST_SEGMENT = 4
"""Shorter segments could be found anywhere and would prove nothing."""

_QUOTE_MARKS = str.maketrans(dict.fromkeys('"‘’“”´`', "'"))
_LINE_END_HYPHEN = re.compile(r"-[ \t]*\n\s*")
_SPACE = re.compile(r"\s+")
EITHER = "\N{SOFT HYPHEN}"
"""Stands for a hyphen at a line's end, which may belong to the word or to the line."""


@dataclass(frozen=True)
class QuoteReport:
    """checked: quotes looked up. missing: (row id, segment) not found in the document."""

    checked: int
    missing: tuple[tuple[str, str], ...]


def seeds_folder(given: Path | None = None) -> Path | None:
    """The folder with the documents' texts: as given, ``MLCALC_SEEDS``, or beside the checkout."""
    named = given or os.environ.get("MLCALC_SEEDS")
    folder = Path(named) if named else Path(__file__).parents[3] / "shared" / "seeds"
    return folder if folder.is_dir() else None


def shared_required() -> bool:
    """Whether a missing document folder is a failure (CI) instead of a skip."""
    return os.environ.get("MLCALC_REQUIRE_SHARED") == "1"


def read_document(folder: Path, document: Document) -> str:
    """The text of a document; raises FileNotFoundError if no file carries its prefix."""
    found = sorted(folder.glob(f"{document.file_prefix}*"))
    if not found:
        raise FileNotFoundError(f"no file {document.file_prefix}* in {folder}")
    return found[0].read_text(encoding="utf-8")


def fold(text: str) -> str:
    """What is compared: lower case, straight quote marks, no white space."""
    return _SPACE.sub("", text.translate(_QUOTE_MARKS).lower())


@dataclass(frozen=True)
class Readings:
    """A document's folded text: line-end hyphens joined, kept, and marked as either."""

    joined: str
    kept: str
    marked: str


def readings(text: str) -> Readings:
    """How the text may be read where a line ends with a hyphen ("calci-fication", "acro-osteolysis")."""
    marked = _LINE_END_HYPHEN.sub(EITHER, text)
    return Readings(fold(_LINE_END_HYPHEN.sub("", text)), fold(text), fold(marked))


def stands_in(segment: str, text: Readings) -> bool:
    """Whether the folded segment occurs in the text, whichever line-end hyphens are kept."""
    folded = fold(segment)
    if len(folded) < SHORTEST_SEGMENT:
        return False
    if folded in text.joined or folded in text.kept:
        return True
    letters = (f"[-{EITHER}]" if c == "-" else re.escape(c) for c in folded)
    return re.search(f"{EITHER}?".join(letters), text.marked) is not None


def check_quotes(knowledge: Knowledge, folder: Path) -> QuoteReport:
    """Look every quote of every table up in its document."""
    texts = {d.id: readings(read_document(folder, d)) for d in knowledge.documents.values()}
    checked, missing = 0, []
    for row_id, document, segments in _quotes(knowledge):
        checked += 1
        if not segments:
            missing.append((row_id, "(empty)"))
        missing += [(row_id, s) for s in segments if not stands_in(s, texts[document])]
    return QuoteReport(checked, tuple(missing))


def missing_sections(knowledge: Knowledge, folder: Path) -> tuple[str, ...]:
    """Sections whose first words do not stand in the document."""
    texts = {d.id: readings(read_document(folder, d)) for d in knowledge.documents.values()}
    return tuple(
        f"{s.document}: {s.section}"
        for s in knowledge.sections
        if not stands_in(s.starts_with, texts[s.document])
    )


def _quotes(knowledge: Knowledge) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for _, row in knowledge.cited():
        yield row.id, row.document, row.segments
    for prior in knowledge.priors:
        if prior.basis == "document":
            parts = tuple(p.strip() for p in prior.quote.split("[...]") if p.strip())
            yield f"prior of {prior.name}", prior.document, parts
