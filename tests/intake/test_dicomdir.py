"""The index of a CD: which files it names, and nothing of whom it is about."""

from __future__ import annotations

import io
import logging
import warnings
from pathlib import Path
from typing import Any

import pydicom
import pytest
from pydicom.dataset import Dataset
from pydicom.uid import DeflatedExplicitVRLittleEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from mlcalc.errors import FailedError, RejectedError
from mlcalc.intake.dicomdir import Folder, fold_parts, looks_like_dicomdir, read_references

from .indexes import dicomdir, record, write_files


def content(*records: Dataset, syntax: str = ExplicitVRLittleEndian) -> bytes:
    buffer = io.BytesIO()
    dicomdir(records, syntax).save_as(buffer, enforce_file_format=True)
    return buffer.getvalue()


def parts(*file_ids: Any) -> list[tuple[str, ...]]:
    return [r.parts for r in read_references(content(*(record("IMAGE", file_id) for file_id in file_ids)))]


# What it is


def test_a_dicomdir_is_known_by_its_storage_class_whatever_its_name() -> None:
    assert looks_like_dicomdir(content()[:1024])


@pytest.mark.parametrize("head", [b"", b"DICOMDIR", bytes(128) + b"DICM", bytes(1024)])
def test_anything_else_is_none(head: bytes) -> None:
    assert not looks_like_dicomdir(head)


def test_another_storage_class_that_begins_alike_is_none() -> None:
    head = content()[:1024]
    assert not looks_like_dicomdir(head.replace(b"10008.1.3.10", b"10008.1.3.1\0"))
    assert not looks_like_dicomdir(head.replace(b"1.2.840.10008.1.3.10", b"1.2.840.10008.1.3.10.1"))


# What it names


def test_the_files_come_in_the_order_of_the_records() -> None:
    assert parts(["IMAGES", "IM2"], ["IMAGES", "IM1"], "IM3") == [
        ("IMAGES", "IM2"),
        ("IMAGES", "IM1"),
        ("IM3",),
    ]


def test_records_without_a_file_name_none_and_numbers_count_all_records() -> None:
    found = read_references(content(record("STUDY"), record("SERIES"), record("IMAGE", ["A", "B"])))
    assert [(r.record, r.parts) for r in found] == [(4, ("A", "B"))]  # 1 is the patient


def test_a_record_out_of_use_is_left_out() -> None:
    found = read_references(content(record("IMAGE", "IM1", RecordInUseFlag=0), record("IMAGE", "IM2")))
    assert [r.parts for r in found] == [("IM2",)]


def test_a_whole_path_in_one_part_is_understood() -> None:
    assert parts("IMAGES/im1.dcm", "./IM2") == [("IMAGES", "im1.dcm"), ("IM2",)]


@pytest.mark.parametrize(
    "name",
    ["DICOMDIR", "DICOMDIR-implicit", "DICOMDIR-bigEnd", "DICOMDIR-nooffset", "TINY_ALPHA/DICOMDIR"],
)
def test_the_files_of_the_cds_that_pydicom_ships_are_found(name: str) -> None:
    file = Path(pydicom.__file__).parent / "data" / "test_files" / "dicomdirtests" / name
    references = read_references(file.read_bytes())
    found = [Folder(file.parent).find(reference.parts) for reference in references]
    assert len(found) == len(set(found)) == (50 if "TINY" in name else 31)  # by their documentation
    assert all(path is not None and pydicom.dcmread(path).SOPInstanceUID for path in found)


def test_implicit_value_representations_are_understood() -> None:
    found = read_references(content(record("IMAGE", ["A", "B"]), syntax=ImplicitVRLittleEndian))
    assert [r.parts for r in found] == [("A", "B")]


# What it must not name


@pytest.mark.parametrize(
    "file_id",
    [
        ["..", "SECRET"],
        ["A", "..", "..", "B"],
        "/etc/passwd",
        "A/../../B",
        ["C:", "WINDOWS"],
        ["", "A"],
    ],
)
def test_a_name_that_leads_out_of_the_folder_is_refused(file_id: Any) -> None:
    [found] = read_references(content(record("IMAGE", file_id)))
    assert found.parts == ()
    assert isinstance(found.problem, RejectedError)
    assert "SECRET" not in str(found.problem)


# Damage


def test_a_compressed_index_is_not_unpacked() -> None:
    with pytest.raises(RejectedError, match="compressed DICOMDIR"):
        read_references(content(record("IMAGE", "IM1"), syntax=DeflatedExplicitVRLittleEndian))


@pytest.mark.parametrize("raw", [b"", b"no index", bytes(2000), content()[:200]])
def test_a_damaged_index_is_a_failed_file(raw: bytes) -> None:
    with pytest.raises(FailedError, match="damaged DICOMDIR"):
        read_references(raw)


def test_an_index_cut_short_anywhere_is_damaged_and_never_a_shorter_one() -> None:
    raw = content(record("IMAGE", ["A", "B"]), record("IMAGE", "C"))
    for end in range(132, len(raw), 5):
        with pytest.raises(FailedError, match="damaged DICOMDIR"):
            read_references(raw[:end])


def test_nothing_of_a_patient_is_said_when_an_index_is_damaged(caplog: pytest.LogCaptureFixture) -> None:
    raw = content(record("IMAGE", "IM1"))
    said = []
    with caplog.at_level(logging.DEBUG), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        for at in range(300, len(raw), 7):
            try:
                read_references(raw[:at] + bytes([raw[at] ^ 0x20]) + raw[at + 1 :])
            except FailedError as error:
                said.append(f"{error!r} {error.__cause__!r}")
    assert said
    assert not warned
    assert "SECRET" not in caplog.text + "".join(said)


# Where the files are


@pytest.mark.parametrize(
    "there",
    ["IMAGES/IM1", "images/im1", "Images/IM1", "IMAGES/IM1.;1", "images/im1;1", "IMAGES/IM1."],
)
def test_a_file_is_found_in_whatever_case_the_cd_was_copied(tmp_path: Path, there: str) -> None:
    write_files(tmp_path, there, "IMAGES2/IM1")
    assert Folder(tmp_path).find(("IMAGES", "IM1")) == tmp_path / there


def test_the_exact_name_comes_before_a_similar_one(tmp_path: Path) -> None:
    write_files(tmp_path, "IM1", "im1", "Im1")
    assert Folder(tmp_path).find(("Im1",)) == tmp_path / "Im1"


def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    write_files(tmp_path, "IMAGES/IM1")
    for missing in (("IMAGES", "IM2"), ("OTHER", "IM1"), ("IMAGES",), ("IMAGES", "IM1", "X"), ()):
        assert Folder(tmp_path).find(missing) is None


def test_folding_looks_at_each_part() -> None:
    assert fold_parts(["IMAGES.", "Im1.;1"]) == ("images", "im1")
