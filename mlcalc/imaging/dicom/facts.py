"""Header facts that matter to a differential, and never who the patient is.

Every value is a registered term, a number or a UID; the only free texts (maker, view) are cleaned, and
withheld where they hold a word of the patient's name or ids.
"""

from __future__ import annotations

import re

from pydicom.dataset import Dataset

from mlcalc.imaging.dicom.body_part import find_body_part
from mlcalc.imaging.dicom.identity import Identity, clean, identity_of
from mlcalc.imaging.dicom.modality import check_modality, modality_of
from mlcalc.imaging.dicom.tags import present, text, texts
from mlcalc.imaging.radiograph import Caution, HeaderFacts

__all__ = ["check_modality", "header_facts", "years"]

OLDEST = 120
"""Years; the vocabulary's range of an age."""

_AGE = re.compile(r"([0-9]{1,3})([DWMY])")
_PER_YEAR = {"D": 365.25, "W": 365.25 / 7, "M": 12.0, "Y": 1.0}
_SIDES = {"L": "L", "LEFT": "L", "R": "R", "RIGHT": "R", "B": "B", "BOTH": "B", "U": "U", "UNPAIRED": "U"}
_DIRECTIONS = re.compile(r"(?!.*(.).*\1)[APRLHF]{1,3}")  # PS3.3 C.7.6.1.1.1: up to three, none twice
_UID = re.compile(r"[0-9.]{1,64}")


def header_facts(ds: Dataset) -> tuple[HeaderFacts, list[Caution]]:
    """What the header tells about the picture. Nothing in it can make this raise or warn."""
    shown = _Shown(identity_of(ds))
    modality = modality_of(ds)
    part, cautions = find_body_part(ds)
    age, odd_age = _age(ds)
    facts = HeaderFacts(
        modality=modality.id if modality else None,
        body_part=part.term if part else None,
        region=part.region if part else None,
        view_position=shown.text(ds, "ViewPosition"),
        laterality=_side(ds, "ImageLaterality") or _side(ds, "Laterality"),
        patient_orientation=_orientation(ds),
        age=age,
        sex=_one_of(ds, "PatientSex", ("F", "M")),
        manufacturer=shown.text(ds, "Manufacturer"),
        burned_in_annotation={"YES": True, "NO": False}.get(_upper(ds, "BurnedInAnnotation")),
        presentation_intent=_one_of(ds, "PresentationIntentType", ("FOR PRESENTATION", "FOR PROCESSING")),
        study_uid=shown.uid(ds, "StudyInstanceUID"),
        series_uid=shown.uid(ds, "SeriesInstanceUID"),
        instance_uid=shown.uid(ds, "SOPInstanceUID"),
    )
    return facts, [*cautions, *odd_age, *shown.cautions()]


def years(age: str) -> float | None:
    """A DICOM age (``045Y``, ``018M``, ``006W``, ``010D``; PS3.5 6.2) in years; None if it is none.

    Zero counts only in days: 000Y is what systems write that know no age. Above 120 years is none.
    """
    match = _AGE.fullmatch(age.upper())
    if match is None:
        return None
    count, unit = int(match[1]), match[2]
    told = count / _PER_YEAR[unit]
    return round(told, 3) if told <= OLDEST and (count or unit == "D") else None


class _Shown:
    """Lets through what may be shown, and remembers what it withheld."""

    def __init__(self, identity: Identity):
        self.identity = identity
        self.withheld: list[str] = []

    def text(self, ds: Dataset, keyword: str) -> str | None:
        value = text(ds, keyword) or ""
        person = "^" in value  # parts of a person name (PS3.5 6.2.1); no maker and no view has it
        return self._unless(keyword, clean(value), person or self.identity.in_text(value))

    def uid(self, ds: Dataset, keyword: str) -> str | None:
        value = text(ds, keyword) or ""
        return self._unless(keyword, value, self.identity.in_uid(value)) if _UID.fullmatch(value) else None

    def cautions(self) -> list[Caution]:
        if not self.withheld:
            return []
        told = (
            f"not shown, since it holds or looks like a name or id of the patient: {', '.join(self.withheld)}"
        )
        return [Caution("withheld", told)]

    def _unless(self, keyword: str, value: str | None, names_patient: bool) -> str | None:
        if not names_patient:
            return value
        self.withheld.append(keyword)
        return None


def _age(ds: Dataset) -> tuple[float | None, list[Caution]]:
    if not present(ds, "PatientAge"):
        return None, []
    age = years(text(ds, "PatientAge") or "")
    if age is not None:
        return age, []
    told = (
        "Patient Age is none: neither 045Y, 018M, 006W nor 010D in form, or 0 or over 120 years; age unknown"
    )
    return None, [Caution("age_invalid", told)]


def _orientation(ds: Dataset) -> tuple[str, ...] | None:
    """Directions of rows and columns (PS3.3 C.7.6.1.1.1); None unless there are two of them."""
    found = tuple(value.upper() for value in texts(ds, "PatientOrientation"))
    return found if len(found) == 2 and all(_DIRECTIONS.fullmatch(value) for value in found) else None


def _side(ds: Dataset, keyword: str) -> str | None:
    return _SIDES.get(_upper(ds, keyword))


def _one_of(ds: Dataset, keyword: str, known: tuple[str, ...]) -> str | None:
    value = _upper(ds, keyword)
    return value if value in known else None


def _upper(ds: Dataset, keyword: str) -> str:
    return (text(ds, keyword) or "").upper()
