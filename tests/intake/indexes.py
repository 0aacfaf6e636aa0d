"""DICOMDIRs for tests, written record by record (PS3.3 F)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence
from pydicom.uid import UID, ExplicitVRLittleEndian, MediaStorageDirectoryStorage, generate_uid

PATIENT = "SECRET^NAME"


def record(kind: str, file_id: Any = None, **more: Any) -> Dataset:
    """A directory record; ``file_id`` are the parts of a path."""
    dataset = Dataset()
    dataset.OffsetOfTheNextDirectoryRecord = 0
    dataset.RecordInUseFlag = 0xFFFF
    dataset.OffsetOfReferencedLowerLevelDirectoryEntity = 0
    dataset.DirectoryRecordType = kind
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom: some names break the rules of their type
        if file_id is not None:
            dataset.ReferencedFileID = file_id
    for name, value in more.items():
        setattr(dataset, name, value)
    return dataset


def dicomdir(records: Sequence[Dataset], syntax: str = ExplicitVRLittleEndian) -> FileDataset:
    """A DICOMDIR of one patient with these records."""
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    meta.MediaStorageSOPInstanceUID = generate_uid(entropy_srcs=["index"])
    meta.TransferSyntaxUID = UID(syntax)
    dataset = FileDataset("", {}, preamble=bytes(128), file_meta=meta)
    dataset.FileSetID = "CD"
    patient = record("PATIENT", PatientName=PATIENT, PatientID="SECRET-ID")
    dataset.DirectoryRecordSequence = DicomSequence([patient, *records])
    return dataset


def write_index(folder: Path, *file_ids: Any, name: str = "DICOMDIR") -> Path:
    """A DICOMDIR in the folder that names these files."""
    file = folder / name
    dicomdir([record("IMAGE", file_id) for file_id in file_ids]).save_as(file, enforce_file_format=True)
    return file


def write_files(folder: Path, *names: str) -> None:
    """Files in the folder, each with its own name as content."""
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name, encoding="utf-8", errors="surrogateescape")
