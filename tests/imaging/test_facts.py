"""Header facts: what matters to a differential comes out, who the patient is never does."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom._dicom_dict import DicomDictionary
from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import Tag

from mlcalc.errors import RejectedError
from mlcalc.imaging.dicom.exposure import header_field
from mlcalc.imaging.dicom.facts import check_modality, header_facts, years
from mlcalc.imaging.dicom.identity import LONGEST, clean, identity_of
from mlcalc.imaging.dicom.spacing import spacing
from mlcalc.imaging.dicom.tags import quiet
from mlcalc.imaging.radiograph import HeaderFacts


def header(**elements: object) -> Dataset:
    ds = Dataset()
    with quiet():  # real headers hold what pydicom warns of
        for keyword, value in elements.items():
            setattr(ds, keyword, value)
    return ds


def facts(**elements: object) -> HeaderFacts:
    return header_facts(header(**elements))[0]


def codes(**elements: object) -> list[str]:
    return [caution.code for caution in header_facts(header(**elements))[1]]


# Facts


def test_an_empty_header_tells_nothing_and_nothing_is_odd() -> None:
    assert header_facts(Dataset()) == (HeaderFacts(), [])


def test_a_usual_header() -> None:
    told, cautions = header_facts(
        header(
            Modality="DX", BodyPartExamined="KNEE", ViewPosition="AP", Laterality="R",
            PatientOrientation=["L", "F"], PatientAge="045Y", PatientSex="F", Manufacturer="Maker Ltd.",
            BurnedInAnnotation="NO", PresentationIntentType="FOR PRESENTATION",
            StudyInstanceUID="1.2.3", SeriesInstanceUID="1.2.4", SOPInstanceUID="1.2.5",
        )
    )  # fmt: skip
    assert cautions == []
    assert told == HeaderFacts(
        "DX", "KNEE", "knee", "AP", "R", ("L", "F"), 45, "F", "Maker Ltd.", False, "FOR PRESENTATION",
        "1.2.3", "1.2.4", "1.2.5",
    )  # fmt: skip


def test_image_laterality_is_nearer_than_that_of_the_series() -> None:
    assert facts(ImageLaterality="L", Laterality="R").laterality == "L"
    assert facts(ImageLaterality="", Laterality="Right").laterality == "R"


@pytest.mark.parametrize(
    "orientation", [["L"], ["L", "F", "H"], ["L", "LL"], ["LL", "F"], ["DOE", "F"], ["", "F"]]
)
def test_orientation_is_two_directions_or_unknown(orientation: list[str]) -> None:
    assert facts(PatientOrientation=orientation).patient_orientation is None
    assert facts(PatientOrientation=["PLH", "FL"]).patient_orientation == ("PLH", "FL")


@pytest.mark.parametrize("sex", ["O", "", "FEMALE", "X"])
def test_other_words_for_sex_are_unknown(sex: str) -> None:
    assert facts(PatientSex=sex).sex is None


def test_unregistered_words_of_closed_lists_are_unknown() -> None:
    told = facts(Modality="DOE", Laterality="DOE", PresentationIntentType="DOE", BurnedInAnnotation="DOE")
    assert told == HeaderFacts()


@pytest.mark.parametrize("uid", ["1.2.DOE", "1" * 65, "1.2 3", ""])
def test_a_uid_is_digits_and_dots(uid: str) -> None:
    assert facts(StudyInstanceUID=uid).study_uid is None


# Age (PS3.5 6.2, VR AS)


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        ("045Y", 45.0), ("45Y", 45.0), ("018M", 1.5), ("026W", 0.498), ("010D", 0.027), ("000D", 0.0),
        ("120Y", 120.0), ("121Y", None), ("999Y", None), ("000Y", None), ("000M", None), ("62", None),
        ("045", None), ("Y045", None), ("-45Y", None), ("0045Y", None), ("045YY", None), ("", None),
        ("٠٤٥Y", None),
    ],
)  # fmt: skip
def test_age_in_years(age: str, expected: float | None) -> None:
    assert years(age) == expected


@pytest.mark.parametrize("age", ["62", "000Y", "ABC", "130Y"])
def test_an_unusable_age_is_told(age: str) -> None:
    assert facts(PatientAge=age).age is None
    assert codes(PatientAge=age) == ["age_invalid"]


@pytest.mark.parametrize("age", ["", "    "])
def test_no_age_is_nothing_odd(age: str) -> None:
    assert codes(PatientAge=age) == []


@given(st.text(max_size=6) | st.from_regex(r"[0-9]{3}[DWMY]", fullmatch=True))
def test_an_age_is_a_number_of_years_or_unknown(age: str) -> None:
    told = years(age)
    assert told is None or 0 <= told <= 120


@given(st.integers(1, 120))
def test_years_weeks_months_and_days_agree(count: int) -> None:
    assert years(f"{count:03}Y") == count
    assert years(f"{count:03}M") == pytest.approx(count / 12, abs=0.001)
    assert years(f"{count:03}D") == pytest.approx((years(f"{count:03}W") or 0) / 7, abs=0.001)


# Free text


def test_control_characters_and_length() -> None:
    assert clean("A\x00\x1b[2J\u202eB\r\n C") == "A [2J B C"
    assert clean("\x00\x07") is None
    assert len(clean("x" * 100) or "") == LONGEST


@pytest.mark.parametrize(
    "maker",
    [
        "DOE", "Maker of doe", "XDOEX", "D.O.E.", "D\u00f6e", "Jane", "JANE DOE", "P-4711", "p4711",
        "ACC4242",
        "1956-03-12", "19560312", "12.03.1956", "03/12/1956", "560312", "OLD99", "A^B",
    ],
)  # fmt: skip
def test_free_text_with_a_word_of_the_patient_is_withheld(maker: str) -> None:
    known = header(
        PatientName="Doe^Jane", PatientID="P4711", PatientBirthDate="19560312",
        OtherPatientIDs=["ACC4242"], Manufacturer=maker, ViewPosition="AP",
    )  # fmt: skip
    other = header(PatientID="OLD99")
    known.OtherPatientIDsSequence = [other]
    told, [caution] = header_facts(known)
    assert told.manufacturer is None
    assert told.view_position == "AP"
    assert caution.code == "withheld"
    assert caution.text.endswith("Manufacturer")


def test_an_id_that_was_replaced_is_remembered_by_its_sequence() -> None:
    """Original Attributes Sequence (0400,0561): coercion keeps the old value there."""
    original = header(ModifiedAttributesSequence=[header(PatientName="Roe^Richard")])
    assert facts(OriginalAttributesSequence=[original], Manufacturer="Roe").manufacturer is None


def test_short_words_of_a_name_do_not_withhold_everything() -> None:
    assert facts(PatientName="Li^Wu", Manufacturer="Philips", ViewPosition="AP").manufacturer == "Philips"
    assert facts(PatientName="Li^Wu", Manufacturer="Wu Li").manufacturer is None


def test_a_name_in_another_script() -> None:
    ds = header(SpecificCharacterSet="ISO_IR 192", PatientName="Yamada^Tarou=山田^太郎", Manufacturer="山田")
    assert header_facts(ds)[0].manufacturer is None


def test_a_name_that_pydicom_cannot_read_still_protects() -> None:
    ds = header(Manufacturer="Doe")
    ds[Tag(0x00100010)] = RawDataElement(Tag(0x00100010), "US", 7, b"Doe^Jan", 0, False, True)
    assert header_facts(ds)[0].manufacturer is None


@pytest.mark.parametrize("uid", ["1.2.4711000.3", "1.2.19560312093000.1", "1.2.12031956"])
def test_a_uid_made_of_the_patient_is_withheld(uid: str) -> None:
    told, cautions = header_facts(
        header(
            PatientID="4711000", PatientBirthDate="19560312", StudyInstanceUID=uid, SeriesInstanceUID="1.2.3"
        )
    )
    assert (told.study_uid, told.series_uid) == (None, "1.2.3")
    assert [caution.code for caution in cautions] == ["withheld"]


def test_the_words_of_the_patient_are_not_shown_by_repr() -> None:
    assert "doe" not in repr(identity_of(header(PatientName="Doe^Jane"))).lower()


# Planted everywhere

NAME, ID, BIRTH = "Qvistgaard^Zebulon", "PQX778899", "19471128"
SECRETS = ("qvistgaard", "zebulon", "pqx778899", "19471128", "28111947")
GROUPS = (0x0008, 0x0010, 0x0018, 0x0020, 0x0028, 0x0040)
TEXT_VRS = ("AE", "AS", "CS", "DA", "DS", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT")


def planted(secret: str, depth: int = 0) -> Dataset:
    """A header with the secret in every text element of the groups, in private and in nested ones."""
    ds = Dataset()
    value, inner = secret.encode(), None if depth else planted(secret, 1)
    for number, (vr, *_) in DicomDictionary.items():
        tag = Tag(number)
        if tag.group in GROUPS and vr in TEXT_VRS:
            ds[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
        elif tag.group in GROUPS and vr == "SQ" and inner is not None:
            ds.add_new(tag, "SQ", [inner])
    for tag in (Tag(0x0009, 0x0010), Tag(0x0009, 0x1001), Tag(0x0019, 0x0010)):
        ds[tag] = RawDataElement(tag, "LO", len(value), value, 0, False, True)
    return ds


def identified(ds: Dataset) -> Dataset:
    with quiet():
        ds.PatientName, ds.PatientID, ds.PatientBirthDate = NAME, ID, BIRTH
    return ds


def everything_told(ds: Dataset) -> Iterator[str]:
    try:
        for caution in check_modality(ds):
            yield caution.text
    except RejectedError as error:
        yield str(error)
    told, cautions = header_facts(ds)
    yield json.dumps(told.to_json())
    where, more = spacing(ds)
    yield json.dumps(where.to_json())
    yield repr((told, where, header_field(ds, 100, 100)))
    yield from (caution.text for caution in [*cautions, *more])


@pytest.mark.parametrize("secret", [NAME, ID, BIRTH, NAME.replace("^", " "), f"{ID} {NAME}"])
def test_the_patient_never_comes_out(secret: str, caplog: pytest.LogCaptureFixture) -> None:
    with quiet():
        ds = identified(planted(secret))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = " ".join(everything_told(ds)).lower()
    for word in SECRETS:
        assert word not in told
        assert word not in caplog.text.lower()


@pytest.mark.parametrize("secret", [NAME, ID, BIRTH])
def test_the_patient_never_comes_out_of_a_radiograph_with_a_good_header(secret: str) -> None:
    ds = identified(
        header(Modality="DX", BodyPartExamined="KNEE", PatientAge="045Y", PixelSpacing=[0.1, 0.1])
    )
    with quiet():
        ds.Manufacturer, ds.ViewPosition, ds.StudyInstanceUID = secret, f"AP {secret}", f"1.2.{BIRTH}.3"
    told = " ".join(everything_told(ds)).lower()
    assert not any(word in told for word in SECRETS)
    assert '"region": "knee"' in told


# Whatever a file holds

KEYWORDS = (
    "Modality", "SOPClassUID", "BodyPartExamined", "AnatomicRegionSequence", "ViewPosition", "Laterality",
    "ImageLaterality", "PatientOrientation", "PatientAge", "PatientSex", "Manufacturer", "PatientName",
    "BurnedInAnnotation", "PresentationIntentType", "StudyInstanceUID", "PatientID", "PatientBirthDate",
    "SpecificCharacterSet", "OtherPatientIDsSequence", "SharedFunctionalGroupsSequence",
)  # fmt: skip
VRS = st.sampled_from(("AS", "CS", "DA", "DS", "IS", "LO", "PN", "SQ", "UI", "UN", "US", "FD", "AT", "OB"))


@settings(max_examples=150)
@given(st.dictionaries(st.sampled_from(KEYWORDS), st.tuples(VRS, st.binary(max_size=20)), max_size=8))
def test_garbage_never_raises_and_never_warns(held: dict[str, tuple[str, bytes]]) -> None:
    ds = Dataset()
    for keyword, (vr, value) in held.items():
        tag = Tag(tag_for_keyword(keyword) or 0)
        ds[tag] = RawDataElement(tag, vr, len(value), value, 0, False, True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        told = " ".join(everything_told(ds))
    assert told


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("mg_lut/GH133.dcm", ("MG", "BREAST", "chest_wall", "MLO", "R", None, None)),
        ("real_cr/RG3_J2KI.dcm", ("CR", "EXTREMITY", None, "AP", "R", None, "F")),
        ("syntax_cases/SC_rgb_jpeg_dcmtk.dcm", ("OT", None, None, None, None, 24, "F")),
        ("syntax_cases/Fake_MONOHR1.dcm", ("CR", "CHEST", "chest_wall", "PA", None, None, "M")),
    ],
)
def test_real_files(radiographs: Path, path: str, expected: tuple[object, ...]) -> None:
    with quiet():
        told, _ = header_facts(dcmread(radiographs / "dicom" / path, stop_before_pixels=True))
    assert expected == (
        told.modality, told.body_part, told.region, told.view_position, told.laterality, told.age, told.sex,
    )  # fmt: skip
