"""Body part to region: Body Part Examined (0018,0015) and Anatomic Region Sequence (0008,2218).

``body_parts.csv`` holds the defined terms of PS3.16 Annex L with their codes, and other spellings in
use. Only its terms are ever shown, never the header's own text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pydicom.dataset import Dataset

from mlcalc.imaging.dicom.groups import functional_group
from mlcalc.imaging.dicom.identity import fold
from mlcalc.imaging.dicom.tags import present, sequence, text
from mlcalc.imaging.radiograph import Caution
from mlcalc.vocabulary.registry import read_csv, split_list, vocabulary

TABLE = Path(__file__).parent / "body_parts.csv"

_SIDE = re.compile(
    "l|r|lt|rt|left|right|bilateral|bilat|both"
    "|li|re|links|rechts|beidseits|bds"
    "|gauche|droite?|izq|der|izquierd[ao]|derech[ao]"
)
_SCHEMES = {
    "SCT": "sct",
    "2.16.840.1.113883.6.96": "sct",  # SNOMED CT by its HL7 OID
    "SRT": "srt",
    "SNM3": "srt",
    "99SDM": "srt",  # PS3.16 8.1: older designators of the SNOMED-RT codes
}


@dataclass(frozen=True, slots=True)
class BodyPart:
    """A registered body part; ``region`` is None where the vocabulary has none or several."""

    term: str
    region: str | None


@dataclass(frozen=True, slots=True)
class BodyParts:
    """The registered body parts by folded term and by (scheme, code)."""

    by_term: Mapping[str, BodyPart]
    by_code: Mapping[tuple[str, str], BodyPart]

    def by_text(self, value: str) -> BodyPart | None:
        """Whatever the case, spacing and punctuation, and the side named before or after it."""
        words = [fold(word) for word in re.split(r"[\W_]+", value)]
        while words:
            found = self.by_term.get("".join(words))
            if found:
                return found
            if _SIDE.fullmatch(words[0]):
                words = words[1:]
            elif _SIDE.fullmatch(words[-1]):
                words = words[:-1]
            else:
                return None
        return None


@cache
def body_parts() -> BodyParts:
    """The body parts that ship with mlcalc."""
    by_term: dict[str, BodyPart] = {}
    by_code: dict[tuple[str, str], BodyPart] = {}
    for _, row in read_csv(TABLE, ("term", "sct", "srt", "region", "source")):
        part = BodyPart(row["term"], row["region"] or None)
        by_term[fold(part.term)] = part
        for scheme in ("sct", "srt"):
            for code in split_list(row[scheme]):
                by_code.setdefault((scheme, code), part)
    return BodyParts(by_term, by_code)


def find_body_part(ds: Dataset) -> tuple[BodyPart | None, list[Caution]]:
    """The body part that text and code name; the code where they contradict, else the narrower."""
    written = body_parts().by_text(text(ds, "BodyPartExamined") or "")
    coded = _coded(ds)
    part, cautions = _agree(written, coded)
    if part and part.region:
        return part, cautions
    if part:
        told = f"the body part {part.term} does not tell one region of the vocabulary"
        return part, [*cautions, Caution("body_part_unmapped", told)]
    if present(ds, "BodyPartExamined") or present(ds, "AnatomicRegionSequence"):
        told = "the header names a body part that is not registered; it is not shown"
        return None, [*cautions, Caution("body_part_unmapped", told)]
    return None, cautions


def _agree(written: BodyPart | None, coded: BodyPart | None) -> tuple[BodyPart | None, list[Caution]]:
    if written is None or coded is None:
        return written or coded, []
    if written.region is None or coded.region is None:
        return (written if written.region else coded), []
    if written.region in _lineage(coded.region):
        return (written if written.region == coded.region else coded), []
    if coded.region in _lineage(written.region):
        return written, []
    told = (
        f"Body Part Examined says {written.term}, Anatomic Region Sequence {coded.term}; the code is followed"
    )
    return coded, [Caution("body_part_conflict", told)]


def _lineage(region: str) -> list[str]:
    """The region and those it lies in."""
    regions, found = vocabulary().regions, [region]
    while (parent := regions[found[-1]].parent) is not None:
        found.append(parent)
    return found


def _coded(ds: Dataset) -> BodyPart | None:
    """The first registered code, of the header or of its first frame (PS3.3 10.5, C.7.6.16.2.8)."""
    for holder in (ds, functional_group(ds, 0, "FrameAnatomySequence")):
        for item in sequence(holder, "AnatomicRegionSequence"):
            scheme = _SCHEMES.get((text(item, "CodingSchemeDesignator") or "").upper(), "")
            found = body_parts().by_code.get((scheme, (text(item, "CodeValue") or "").upper()))
            if found:
                return found
    return None
