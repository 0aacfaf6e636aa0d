"""Only radiographs pass; everything else is turned away by its registered name, and never by header text."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import UID

from mlcalc.errors import RejectedError
from mlcalc.imaging.dicom.modality import check_modality, modalities, sop_classes
from mlcalc.imaging.dicom.tags import quiet

CR, DX = "1.2.840.10008.5.1.4.1.1.1", "1.2.840.10008.5.1.4.1.1.1.1"
DX_RAW = "1.2.840.10008.5.1.4.1.1.1.1.1"
SC = "1.2.840.10008.5.1.4.1.1.7"
CT, TOMOSYNTHESIS, X3D = (
    "1.2.840.10008.5.1.4.1.1.2",
    "1.2.840.10008.5.1.4.1.1.13.1.3",
    "1.2.840.10008.5.1.4.1.1.13.1.1",
)
SEGMENTATION, PDF = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.104.1"
DICOMDIR = "1.2.840.10008.1.3.10"
PRIVATE = "1.2.276.0.99.1"


def header(modality: str | None = None, sop_class: str | None = None, **elements: object) -> Dataset:
    ds = Dataset()
    with quiet():  # real headers hold what pydicom warns of
        for keyword, value in {"Modality": modality, "SOPClassUID": sop_class, **elements}.items():
            if value is not None:
                setattr(ds, keyword, value)
    return ds


def codes(ds: Dataset) -> list[str]:
    return [caution.code for caution in check_modality(ds)]


def reason(ds: Dataset) -> str:
    with pytest.raises(RejectedError) as caught:
        check_modality(ds)
    return caught.value.reason


# By modality


@pytest.mark.parametrize("modality", ["CR", "DX", "RF", "MG", "XA", "IO", "PX", "RG", "DF", "CF", "VF", "DS"])
def test_radiographs_pass(modality: str) -> None:
    assert codes(header(modality)) == []
    assert codes(header(modality, SC)) == []
    assert codes(header(modality, PRIVATE)) == []


def test_case_and_padding_do_not_matter() -> None:
    assert codes(header("dx ")) == []


@pytest.mark.parametrize("modality", ["OT", "SC", "HC", "FD"])
def test_captures_and_digitised_films_pass_with_a_caution(modality: str) -> None:
    assert codes(header(modality, SC)) == ["no_radiograph_modality"]
    assert codes(header(modality)) == ["no_radiograph_modality"]


@pytest.mark.parametrize(
    ("modality", "told"),
    [
        ("MR", "not a radiograph: modality MR (magnetic resonance)"),
        ("CT", "not a radiograph: modality CT (computed tomography)"),
        ("NM", "not a radiograph: modality NM (nuclear medicine)"),
        ("SEG", "not a radiograph: modality SEG (segmentation)"),
        ("SR", "not a radiograph: modality SR (structured report)"),
        ("KO", "not a radiograph: modality KO (key object selection)"),
        ("PR", "not a radiograph: modality PR (presentation state)"),
        ("RTSTRUCT", "not a radiograph: modality RTSTRUCT (radiotherapy structure set)"),
        ("DG", "not a radiograph: modality DG (diaphanography)"),  # seen through with light, not X-rays
        ("BMD", "not a radiograph: modality BMD (bone densitometry by X-ray)"),
    ],
)
def test_others_are_named(modality: str, told: str) -> None:
    assert reason(header(modality)) == told
    assert reason(header(modality, SC)) == told


def test_an_unregistered_modality_is_not_repeated() -> None:
    told = reason(header("DOE^JANE", SC))
    assert told == "not a radiograph: unregistered modality"


def test_an_unregistered_modality_in_a_radiograph_class_passes_with_a_caution() -> None:
    [caution] = check_modality(header("DOE^JANE", CR))
    assert caution.code == "modality_unregistered"
    assert "DOE" not in caution.text


# By storage class


def test_without_modality_the_class_decides() -> None:
    assert codes(header(None, DX)) == []
    assert codes(header(None, SC)) == ["no_radiograph_modality"]
    assert reason(header(None, CT)) == "not a radiograph: stored as CT Image Storage"


@pytest.mark.parametrize("sop_class", [None, PRIVATE, "DOE^JANE"])
def test_without_modality_and_known_class_it_is_none(sop_class: str | None) -> None:
    assert (
        reason(header(None, sop_class))
        == "not a radiograph: the header names neither modality nor storage class"
    )


@pytest.mark.parametrize(
    ("modality", "sop_class"),
    [("MG", TOMOSYNTHESIS), ("XA", X3D), ("DX", SEGMENTATION), ("CR", PDF), ("OT", CT), ("OT", PDF)],
)
def test_slices_volumes_and_documents_are_no_radiographs(modality: str, sop_class: str) -> None:
    assert reason(header(modality, sop_class)) == f"not a radiograph: stored as {UID(sop_class).name}"


def test_a_converter_that_copied_the_class_of_ct_is_forgiven_with_a_caution() -> None:
    assert codes(header("DX", CT)) == ["sop_class_mismatch"]


def test_the_class_may_stand_in_the_file_meta_header_only() -> None:
    ds = header()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = UID(DX)
    assert codes(ds) == []
    ds.file_meta.MediaStorageSOPClassUID = UID(DICOMDIR)
    assert "index" in reason(ds)


# What the user should know


def test_raw_detector_values_are_told() -> None:
    assert codes(header("DX", DX, PresentationIntentType="FOR PROCESSING")) == ["for_processing"]
    assert codes(header("DX", DX_RAW)) == ["for_processing"]
    assert codes(header("DX", DX_RAW, PresentationIntentType="FOR PRESENTATION")) == []


def test_burned_in_text_is_told() -> None:
    assert codes(header("CR", BurnedInAnnotation="YES")) == ["burned_in_annotation"]
    assert codes(header("CR", BurnedInAnnotation="NO")) == []


# The registries


def test_every_modality_has_a_kind_and_an_uppercase_id() -> None:
    assert {kind.kind for kind in modalities().values()} == {"radiograph", "secondary", "other"}
    assert all(key == key.upper() and kind.name for key, kind in modalities().items())


def test_storage_classes_are_those_of_the_dicom_dictionary() -> None:
    assert {uid: UID(uid).name for uid in sop_classes()} == {k.id: k.name for k in sop_classes().values()}
    raw = {k.id for k in sop_classes().values() if k.for_processing}
    assert raw == {k.id for k in sop_classes().values() if k.name.endswith("For Processing")}


@pytest.mark.parametrize("file", ["modalities.csv", "sop_classes.csv", "body_parts.csv"])
def test_every_row_names_its_source(file: str) -> None:
    path = Path(__file__).parents[2] / "mlcalc" / "imaging" / "dicom" / file
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert rows
    assert all(row["source"] for row in rows)


@given(st.text(max_size=20), st.text(max_size=20))
def test_nothing_but_registered_words_is_told(modality: str, sop_class: str) -> None:
    marked = f"Xq7{modality}"
    ds = header(marked, sop_class, PresentationIntentType=marked, BurnedInAnnotation=marked)
    try:
        told = " ".join(caution.text for caution in check_modality(ds))
    except RejectedError as error:
        told = str(error)
    assert "Xq7" not in told


def test_real_files_get_the_status_of_the_list(radiographs: Path) -> None:
    with (radiographs / "dicom.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 33
    seen = {row["path"]: _status(radiographs / row["path"]) for row in rows}
    assert seen == {row["path"]: row["expected_status"] for row in rows}


def _status(path: Path) -> str:
    try:
        check_modality(dcmread(path, stop_before_pixels=True))
    except (RejectedError, InvalidDicomError):
        return "rejected"
    return "ok"
