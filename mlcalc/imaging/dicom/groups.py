"""Functional groups of enhanced multi-frame objects (PS3.3 C.7.6.16)."""

from __future__ import annotations

from pydicom.dataset import Dataset

from mlcalc.imaging.dicom.tags import sequence


def functional_group(ds: Dataset, frame: int, macro: str) -> Dataset:
    """The item of ``macro`` that holds for a frame: its own, else the shared one, else the header itself."""
    own = sequence(ds, "PerFrameFunctionalGroupsSequence")[frame : frame + 1]
    for groups in (own, sequence(ds, "SharedFunctionalGroupsSequence")[:1]):
        for group in groups:
            for item in sequence(group, macro)[:1]:
                return item
    return ds
