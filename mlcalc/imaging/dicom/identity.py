"""Keeps who the patient is out of what is shown.

Free text of a header (maker, view) may hold the patient's name or id, put there by a person or by an
export. It is compared with the identity elements of the same header, in memory only, and withheld
where they meet.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from pydicom.datadict import tag_for_keyword
from pydicom.dataset import Dataset

from mlcalc.imaging.dicom.tags import quiet, sequence, texts

LONGEST = 64
"""Characters of a shown text: the longest value of LO (PS3.5 6.2)."""

_IDENTITY = (
    "PatientName",
    "PatientID",
    "PatientBirthDate",
    "PatientBirthDateInAlternativeCalendar",
    "OtherPatientIDs",
    "OtherPatientNames",
    "PatientBirthName",
    "PatientMotherBirthName",
    "PatientAddress",
    "PatientTelephoneNumbers",
    "MedicalRecordLocator",
    "InsurancePlanIdentification",
    "ResponsiblePerson",
)
_NESTED = ("OtherPatientIDsSequence", "OriginalAttributesSequence", "ModifiedAttributesSequence")
_DATE = re.compile(r"(\d\d)(\d\d)(\d\d)(\d\d)")


@dataclass(frozen=True, repr=False)
class Identity:
    """Folded words of the patient's names, ids, addresses and dates; never shown, never kept."""

    words: frozenset[str]

    def in_text(self, text: str) -> bool:
        """Whether the text holds any of the words, in whatever case, accents or punctuation."""
        folded = fold(text)
        return any(word in folded for word in self.words)

    def in_uid(self, uid: str) -> bool:
        """Whether a number of the patient is a component of the UID, or a long one part of it."""
        numbers = [word for word in self.words if word.isdecimal() and len(word) >= 5]
        parts = uid.split(".")
        return any(number in parts or (len(number) >= 7 and number in uid) for number in numbers)


def identity_of(ds: Dataset) -> Identity:
    """What a header says about who the patient is."""
    return Identity(frozenset(word for value in _values(ds, 0) for word in _words(value)))


def clean(text: str) -> str | None:
    """Text without control characters, white space folded, at most `LONGEST` characters; None if empty."""
    kept = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    return " ".join(kept.split())[:LONGEST].strip() or None


def fold(text: str) -> str:
    """Letters and digits only, without case and accents."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(c for c in plain if c.isalnum())


def _values(ds: Dataset, depth: int) -> Iterator[str]:
    for keyword in _IDENTITY:
        yield from texts(ds, keyword) or _undecoded(ds, keyword)
    if depth < 3:
        for keyword in _NESTED:
            for item in sequence(ds, keyword):
                yield from _values(item, depth + 1)


def _undecoded(ds: Dataset, keyword: str) -> list[str]:
    """What an element holds that pydicom cannot read, as it is in the file."""
    tag = tag_for_keyword(keyword)
    try:
        with quiet():
            held = ds.get_item(tag) if tag is not None and tag in ds else None
        value = held.value if held is not None else None
        return value.decode("latin-1").split("\\") if isinstance(value, bytes) else []
    except Exception:  # pydicom raises whatever a broken element leads it to
        return []


def _words(value: str) -> set[str]:
    """Words of at least 3 characters (2 outside ASCII), and the whole without its punctuation."""
    parts = [fold(part) for part in re.split(r"[\W_]+", value)]
    whole = {"".join(parts), "".join(reversed(parts))}
    found = whole | set(parts) | _dates(value)
    return {word for word in found if len(word) >= (3 if word.isascii() else 2)}


def _dates(value: str) -> set[str]:
    """A date in the orders that people write, with and without the century."""
    match = _DATE.fullmatch(value)
    if match is None:
        return set()
    century, year, month, day = match.groups()
    return {
        order
        for years in (century + year, year)
        for order in (years + month + day, day + month + years, month + day + years)
    }
