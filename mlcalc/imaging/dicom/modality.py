"""Is it a radiograph? What the header calls itself, by Modality (0008,0060) and SOP Class UID (0008,0016).

``modalities.csv`` holds the defined terms of PS3.3 C.7.3.1.1.1, ``sop_classes.csv`` the storage classes
of PS3.4 B.5 that decide. Where both speak, Modality is asked first: secondary captures of CT are CT.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydicom.dataset import Dataset
from pydicom.uid import UID

from mlcalc.errors import RejectedError
from mlcalc.imaging.dicom.tags import quiet, text
from mlcalc.imaging.radiograph import Caution
from mlcalc.vocabulary.registry import read_csv

FOLDER = Path(__file__).parent
HINT = "a radiograph has modality CR, DX, RF, MG, XA, IO or PX"


@dataclass(frozen=True, slots=True)
class Kind:
    """A modality or storage class. kind: "radiograph", "secondary", "other" or "index"."""

    id: str
    name: str
    kind: str
    for_processing: bool = False


@cache
def modalities() -> Mapping[str, Kind]:
    """The registered modalities by their defined term."""
    rows = read_csv(FOLDER / "modalities.csv", ("id", "name", "kind", "source"))
    return {row["id"]: Kind(row["id"], row["name"], row["kind"]) for _, row in rows}


@cache
def sop_classes() -> Mapping[str, Kind]:
    """The storage classes that decide, by UID."""
    rows = read_csv(FOLDER / "sop_classes.csv", ("uid", "name", "kind", "for_processing", "source"))
    return {
        row["uid"]: Kind(row["uid"], row["name"], row["kind"], row["for_processing"] == "1")
        for _, row in rows
    }


def modality_of(ds: Dataset) -> Kind | None:
    """The registered modality of the header; None where it names none or one that is not registered."""
    return modalities().get((text(ds, "Modality") or "").upper())


def check_modality(ds: Dataset) -> list[Caution]:
    """Pass a radiograph, with what the user should know about it.

    Raises `RejectedError` for anything else, by its registered name; other header text is not shown.
    """
    stored = _sop_class(ds)
    if stored and stored.kind == "index":
        raise RejectedError("an index of files (DICOMDIR), not a picture", "give the folder it lies in")
    cautions = _judge(ds, modality_of(ds), stored)
    if _for_processing(ds):
        cautions.append(
            Caution(
                "for_processing",
                "raw detector values (FOR PROCESSING): without the maker's display processing the contrast "
                "is not that of a diagnostic picture",
            )
        )
    if (text(ds, "BurnedInAnnotation") or "").upper() == "YES":
        told = "the header says that text is burned into the picture; it may name the patient"
        cautions.append(Caution("burned_in_annotation", told))
    return cautions


def _for_processing(ds: Dataset) -> bool:
    """Whether the pixels are raw detector values, by Presentation Intent Type (0008,0068) or the class."""
    stored = _sop_class(ds)
    intent = (text(ds, "PresentationIntentType") or "").upper()
    return intent == "FOR PROCESSING" or (not intent and stored is not None and stored.for_processing)


def _judge(ds: Dataset, modality: Kind | None, stored: Kind | None) -> list[Caution]:
    if modality is None:
        return _judge_class(stored, named=text(ds, "Modality") is not None)
    if modality.kind == "other":
        raise RejectedError(f"not a radiograph: modality {modality.id} ({modality.name})")
    if stored and stored.kind == "other" and not _mislabelled(modality, stored):
        raise RejectedError(f"not a radiograph: stored as {stored.name}")
    if modality.kind == "secondary":
        return [_no_modality(f"its modality is {modality.id} ({modality.name})")]
    if stored and stored.kind == "other":
        told = f"the header says modality {modality.id} ({modality.name}) but stores it as {stored.name}"
        return [Caution("sop_class_mismatch", told)]
    return []


def _judge_class(stored: Kind | None, named: bool) -> list[Caution]:
    """Without a registered modality the storage class decides."""
    if stored and stored.kind == "radiograph":
        told = f"the header names an unregistered modality; taken as a radiograph, stored as {stored.name}"
        return [Caution("modality_unregistered", told)] if named else []
    if named:
        raise RejectedError("not a radiograph: unregistered modality", HINT)
    if stored and stored.kind == "secondary":
        return [_no_modality("it names none")]
    if stored:
        raise RejectedError(f"not a radiograph: stored as {stored.name}")
    raise RejectedError("not a radiograph: the header names neither modality nor storage class", HINT)


def _mislabelled(modality: Kind, stored: Kind) -> bool:
    """Converters copy the class of CT or MR into the header of a radiograph; documents are what they say."""
    return modality.kind == "radiograph" and stored.id not in sop_classes() and "Image Storage" in stored.name


def _no_modality(why: str) -> Caution:
    return Caution("no_radiograph_modality", f"the header does not call it a radiograph: {why}")


def _sop_class(ds: Dataset) -> Kind | None:
    """The storage class by its registered name; None where absent, private or garbage."""
    uid = text(ds, "SOPClassUID") or text(
        getattr(ds, "file_meta", None) or Dataset(), "MediaStorageSOPClassUID"
    )
    if uid is None or not re.fullmatch(r"[0-9.]{1,64}", uid):
        return None
    with quiet():
        name = UID(uid).name
    return sop_classes().get(uid) or (Kind(uid, name, "other") if name != uid else None)
