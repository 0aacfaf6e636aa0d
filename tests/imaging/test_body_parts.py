"""Body part to region: every spelling in use, the codes, and what happens where they contradict."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.sr._snomed_dict import mapping

from mlcalc.imaging.dicom.body_part import TABLE, body_parts, find_body_part
from mlcalc.imaging.dicom.tags import quiet
from mlcalc.vocabulary.registry import read_csv, split_list, vocabulary

ROWS = [row for _, row in read_csv(TABLE, ("term", "sct", "srt", "region", "source"))]


def header(text: str | None = None, *codes: tuple[str, str]) -> Dataset:
    ds = Dataset()
    with quiet():  # real headers hold what pydicom warns of
        if text is not None:
            ds.BodyPartExamined = text
        if codes:
            ds.AnatomicRegionSequence = [item(*code) for code in codes]
    return ds


def item(scheme: str, code: str) -> Dataset:
    ds = Dataset()
    ds.CodingSchemeDesignator, ds.CodeValue, ds.CodeMeaning = scheme, code, "DOE^JANE"
    return ds


def region(text: str | None = None, *codes: tuple[str, str]) -> str | None:
    part, _ = find_body_part(header(text, *codes))
    return part.region if part else None


def cautions(text: str | None = None, *codes: tuple[str, str]) -> list[str]:
    return [caution.code for caution in find_body_part(header(text, *codes))[1]]


# Defined terms (PS3.16 Table L-1)


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("SKULL", "head"), ("JAW", "head"), ("FACE", "head"), ("EAR", "ear"), ("NECK", "neck"),
        ("CSPINE", "cervical_spine"), ("TSPINE", "thoracic_spine"), ("LSPINE", "lumbar_spine"),
        ("LSSPINE", "lumbar_spine"), ("TLSPINE", "spine"), ("SPINE", "spine"), ("SSPINE", "sacrum"),
        ("COCCYX", "sacrum"), ("CHEST", "chest_wall"), ("THORAX", "chest_wall"), ("RIB", "chest_wall"),
        ("STERNUM", "chest_wall"), ("BREAST", "chest_wall"), ("ABDOMEN", "abdomen"), ("PELVIS", "pelvis"),
        ("BUTTOCK", "gluteal"), ("SHOULDER", "shoulder"), ("CLAVICLE", "shoulder"), ("SCAPULA", "shoulder"),
        ("HUMERUS", "upper_arm"), ("ELBOW", "elbow"), ("FOREARM", "forearm"), ("RADIUSULNA", "forearm"),
        ("WRIST", "wrist"), ("HAND", "hand"), ("FINGER", "finger"), ("THUMB", "finger"), ("HIP", "hip"),
        ("FEMUR", "thigh"), ("THIGH", "thigh"), ("KNEE", "knee"), ("PATELLA", "knee"),
        ("TIBIAFIBULA", "lower_leg"), ("CALF", "lower_leg"), ("ANKLE", "ankle"), ("FOOT", "foot"),
        ("CALCANEUS", "foot"), ("TOE", "toe"),
    ],
)  # fmt: skip
def test_defined_terms(term: str, expected: str) -> None:
    assert region(term) == expected
    assert cautions(term) == []


def test_arm_and_leg_are_also_written_for_whole_limbs() -> None:
    assert (region("ARM"), region("LEG")) == ("upper_extremity", "lower_extremity")
    assert (region("UPPERARM"), region("LOWER LEG")) == ("upper_arm", "lower_leg")


# Spellings in use


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("knee", "knee"), (" Knee ", "knee"), ("KNEE_JOINT", "knee"), ("C-SPINE", "cervical_spine"),
        ("L SPINE", "lumbar_spine"), ("CERVICAL SPINE", "cervical_spine"),
        ("UPPER EXTREMITY", "upper_extremity"),
        ("LOW_EXM", "lower_extremity"), ("UP_EXM", "upper_extremity"), ("Tib/Fib", "lower_leg"),
        ("TIBIA_FIBULA", "lower_leg"), ("RIBS", "chest_wall"), ("HANDS", "hand"), ("HEEL", "foot"),
        ("KNIE", "knee"), ("SCHULTER", "shoulder"), ("FUSS", "foot"), ("Fuß", "foot"), ("BECKEN", "pelvis"),
        ("HWS", "cervical_spine"), ("Hüfte", "hip"), ("HUEFTE", "hip"), ("Schädel", "head"),
        ("GENOU", "knee"), ("EPAULE", "shoulder"), ("Épaule", "shoulder"),
        ("RACHIS LOMBAIRE", "lumbar_spine"),
        ("RODILLA", "knee"), ("MUÑECA", "wrist"), ("COLUMNA CERVICAL", "cervical_spine"),
        ("GINOCCHIO", "knee"),
        ("JOELHO", "knee"),
    ],
)  # fmt: skip
def test_spellings_in_use(text: str, expected: str) -> None:
    assert region(text) == expected


@pytest.mark.parametrize("side", ["L", "R", "LEFT", "RIGHT", "LT", "RT", "BILATERAL", "LINKS", "DROITE"])
def test_the_side_before_or_after_does_not_matter(side: str) -> None:
    assert region(f"{side} KNEE") == region(f"KNEE_{side}") == region(f"{side}-KNEE-{side}") == "knee"


def test_a_side_is_stripped_only_where_the_whole_is_no_term() -> None:
    """L SPINE is the lumbar spine, not the left one."""
    assert (region("L SPINE"), region("R SPINE")) == ("lumbar_spine", "spine")


@pytest.mark.parametrize("text", ["LEFT", "R L", "-", "???"])
def test_a_side_alone_is_no_body_part(text: str) -> None:
    assert region(text) is None


# Without a region


@pytest.mark.parametrize("term", ["EXTREMITY", "WHOLEBODY", "HEADNECK", "JOINT"])
def test_terms_that_tell_no_one_region_are_named(term: str) -> None:
    part, [caution] = find_body_part(header(term))
    assert part is not None
    assert (part.term, part.region, caution.code) == (term, None, "body_part_unmapped")
    assert term in caution.text


def test_unregistered_text_is_not_repeated() -> None:
    part, [caution] = find_body_part(header("DOE^JANE"))
    assert part is None
    assert caution.code == "body_part_unmapped"
    assert "DOE" not in caution.text


def test_nothing_said_is_nothing_odd() -> None:
    assert find_body_part(header()) == (None, [])
    assert find_body_part(header("")) == (None, [])


# Codes (PS3.16 CID 4009 and Table L-1)


@pytest.mark.parametrize(
    ("scheme", "code", "expected"),
    [
        ("SCT", "72696002", "knee"), ("SRT", "T-D9200", "knee"), ("SNM3", "T-04000", "chest_wall"),
        ("99SDM", "T-D8700", "hand"), ("SRT", "T-15460", "wrist"), ("SCT", "30021000", "lower_leg"),
        ("SCT", "816092008", "pelvis"), ("SRT", "T-D6000", "pelvis"), ("SRT", "T-D3000", "chest_wall"),
        ("sct", "56459004", "foot"), ("2.16.840.1.113883.6.96", "56459004", "foot"),
    ],
)  # fmt: skip
def test_codes(scheme: str, code: str, expected: str) -> None:
    assert region(None, (scheme, code)) == expected


def test_a_code_of_another_scheme_says_nothing() -> None:
    assert cautions(None, ("99LOCAL", "T-D9200")) == ["body_part_unmapped"]


def test_the_term_of_a_code_is_the_registered_one_never_its_meaning() -> None:
    part, _ = find_body_part(header(None, ("SRT", "T-D9200")))
    assert part is not None
    assert part.term == "KNEE"


def test_a_frame_may_hold_the_code() -> None:
    frame, anatomy, ds = Dataset(), Dataset(), Dataset()
    anatomy.AnatomicRegionSequence = [item("SCT", "72696002")]
    frame.FrameAnatomySequence = [anatomy]
    ds.SharedFunctionalGroupsSequence = [frame]
    part, _ = find_body_part(ds)
    assert part is not None
    assert part.region == "knee"


# Text and code together

HAND, FOOT, LOWER_LEG, EXTREMITY = (
    ("SRT", "T-D8700"),
    ("SRT", "T-D9700"),
    ("SCT", "30021000"),
    ("SCT", "66019005"),
)


def test_where_they_contradict_the_code_is_followed_with_a_caution() -> None:
    part, [caution] = find_body_part(header("HAND", FOOT))
    assert part is not None
    assert (part.term, part.region, caution.code) == ("FOOT", "foot", "body_part_conflict")
    assert "HAND" in caution.text


@pytest.mark.parametrize(
    ("text", "code", "expected"),
    [("FINGER", HAND, "finger"), ("LEG", LOWER_LEG, "lower_leg"), ("HAND", HAND, "hand")],
)
def test_where_one_lies_in_the_other_the_narrower_is_taken(
    text: str, code: tuple[str, str], expected: str
) -> None:
    assert region(text, code) == expected
    assert cautions(text, code) == []


def test_one_that_tells_no_region_gives_way() -> None:
    assert region("EXTREMITY", HAND) == "hand"
    assert region("HAND", EXTREMITY) == "hand"
    assert region("???", HAND) == "hand"


# The table


def test_every_region_is_one_of_the_vocabulary() -> None:
    assert {row["region"] for row in ROWS} - {""} <= set(vocabulary().regions)


def test_every_region_of_the_vocabulary_can_be_reached() -> None:
    assert {row["region"] for row in ROWS} >= set(vocabulary().regions)


def test_no_spelling_stands_twice() -> None:
    assert len(body_parts().by_term) == len(ROWS)


def test_a_code_has_one_region_only() -> None:
    seen: dict[tuple[str, str], set[str]] = {}
    for row in ROWS:
        for scheme in ("sct", "srt"):
            for code in split_list(row[scheme]):
                seen.setdefault((scheme, code), set()).add(row["region"])
    assert [code for code, regions in seen.items() if len(regions) > 1] == []


def test_both_codes_of_a_row_mean_the_same_by_the_map_of_pydicom() -> None:
    """An independent reference: PS3.16's SNOMED-RT to SNOMED CT map as pydicom ships it."""
    for row in ROWS:
        for code in split_list(row["srt"]):
            if code in mapping["SRT"]:
                assert mapping["SRT"][code] in split_list(row["sct"]), row["term"]
        for code in split_list(row["sct"]):
            if code in mapping["SCT"]:
                assert mapping["SCT"][code] in split_list(row["srt"]), row["term"]


@given(st.text(max_size=30))
def test_whatever_is_written_only_registered_terms_come_out(text: str) -> None:
    part = body_parts().by_text(text)
    assert part is None or part.term in {row["term"] for row in ROWS}
