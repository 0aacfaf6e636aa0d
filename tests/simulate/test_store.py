"""Pictures and masks on disk: the same bytes every time, and the same pixels back."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mlcalc.imaging.read import read_radiograph
from mlcalc.simulate.console.store import Header, body_part, jpeg, write_dicom, write_mask, write_png
from mlcalc.simulate.grid import Map
from mlcalc.vocabulary.registry import vocabulary

HEADER = Header(region="thigh", mm=0.3, seed=7, view="ap", kvp=66, magnification=1.08, age=45, sex="F")


def picture(bits: int = 12, seed: int = 1) -> Map:
    most = 2**bits - 1
    levels = np.random.default_rng(seed).integers(0, most + 1, (61, 47))
    return np.asarray(levels / most, np.float32)


class TestPng:
    def test_of_eight_bits_is_read_back_to_the_same_pixels(self, tmp_path: Path) -> None:
        write_png(tmp_path / "crop.png", picture(8))
        assert np.array_equal(read_radiograph(tmp_path / "crop.png").pixels, picture(8))

    def test_of_twelve_bits_keeps_every_level_in_sixteen(self, tmp_path: Path) -> None:
        every: Map = (np.arange(4096, dtype=np.float32) / np.float32(4095)).reshape(64, 64)
        write_png(tmp_path / "crop.png", every, bits=12)
        stored = np.asarray(Image.open(tmp_path / "crop.png"))
        assert stored.dtype == np.uint16
        assert (stored.min(), stored.max()) == (0, 65535)
        assert np.array_equal(np.round(stored / 65535 * 4095), np.arange(4096).reshape(64, 64))

    def test_of_a_mask_is_black_and_white(self, tmp_path: Path) -> None:
        mask = picture() > 0.5
        write_mask(tmp_path / "mask.png", mask)
        stored = np.asarray(Image.open(tmp_path / "mask.png"))
        assert set(np.unique(stored)) == {0, 255}
        assert np.array_equal(stored == 255, mask)

    def test_of_other_depths_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match="not in 10"):
            write_png(tmp_path / "crop.png", picture(), bits=10)


class TestDicom:
    @given(st.integers(0, 2**32), st.booleans(), st.sampled_from((8, 12)))
    @settings(max_examples=12, deadline=None)
    def test_is_read_back_to_the_same_pixels_whichever_way_it_holds_them(
        self, tmp_path_factory: pytest.TempPathFactory, seed: int, inverted: bool, bits: int
    ) -> None:
        path = tmp_path_factory.mktemp("dicom") / "crop.dcm"
        write_dicom(path, picture(bits, seed), dataclasses.replace(HEADER, inverted=inverted), bits)
        found = read_radiograph(path)
        assert np.array_equal(found.pixels, picture(bits, seed))
        assert found.greyscale.photometric == ("MONOCHROME1" if inverted else "MONOCHROME2")
        assert found.cautions == ()

    def test_tells_the_size_of_a_pixel_in_the_object_and_at_the_detector(self, tmp_path: Path) -> None:
        write_dicom(tmp_path / "crop.dcm", picture(), HEADER)
        ds = pydicom.dcmread(tmp_path / "crop.dcm")
        assert [float(mm) for mm in ds.ImagerPixelSpacing] == pytest.approx([0.324, 0.324])
        spacing = read_radiograph(tmp_path / "crop.dcm").spacing
        assert (spacing.row_mm, spacing.column_mm) == (0.3, 0.3)
        assert spacing.note == "calibrated by geometry"

    def test_without_magnification_tells_one_spacing(self, tmp_path: Path) -> None:
        write_dicom(tmp_path / "crop.dcm", picture(), dataclasses.replace(HEADER, magnification=1.0))
        assert "PixelSpacing" not in pydicom.dcmread(tmp_path / "crop.dcm")
        assert read_radiograph(tmp_path / "crop.dcm").spacing.row_mm == 0.3

    def test_tells_what_was_taken_and_how(self, tmp_path: Path) -> None:
        write_dicom(tmp_path / "crop.dcm", picture(), HEADER)
        facts = read_radiograph(tmp_path / "crop.dcm").facts
        assert (facts.modality, facts.region, facts.view_position) == ("CR", "thigh", "AP")
        assert (facts.age, facts.sex, facts.manufacturer) == (45, "F", "mlcalc (simulated)")
        assert pydicom.dcmread(tmp_path / "crop.dcm").KVP == 66

    @pytest.mark.parametrize(("age", "told"), [(0.5, "182D"), (1.0, "001Y"), (83.9, "083Y")])
    def test_tells_the_age_of_infants_in_days(self, tmp_path: Path, age: float, told: str) -> None:
        write_dicom(tmp_path / "crop.dcm", picture(), dataclasses.replace(HEADER, age=age))
        assert pydicom.dcmread(tmp_path / "crop.dcm").PatientAge == told

    @pytest.mark.parametrize("region", sorted(vocabulary().regions))
    def test_names_a_body_part_of_the_standard_for_every_region(self, region: str, tmp_path: Path) -> None:
        write_dicom(tmp_path / "crop.dcm", picture(), dataclasses.replace(HEADER, region=region))
        assert read_radiograph(tmp_path / "crop.dcm").facts.region == region

    def test_names_no_body_part_for_what_is_no_region(self) -> None:
        with pytest.raises(ValueError, match="did you mean 'thigh'"):
            body_part("tigh")

    def test_has_every_attribute_that_its_modules_require(self, tmp_path: Path) -> None:
        """PS3.3 A.2.3: patient, study, series, CR series, equipment, image, pixel, CR image, SOP common."""
        write_dicom(tmp_path / "crop.dcm", picture(), HEADER)
        ds = pydicom.dcmread(tmp_path / "crop.dcm")
        filled = (
            "SOPClassUID SOPInstanceUID StudyInstanceUID SeriesInstanceUID Modality SamplesPerPixel "
            "PhotometricInterpretation Rows Columns BitsAllocated BitsStored HighBit PixelRepresentation "
            "PixelData ImageType BodyPartExamined ViewPosition"
        )
        present = (
            "PatientName PatientID PatientBirthDate PatientSex StudyDate StudyTime ReferringPhysicianName "
            "StudyID AccessionNumber SeriesNumber InstanceNumber Manufacturer PatientOrientation"
        )
        assert all(ds.get(keyword) not in (None, "") for keyword in filled.split())
        assert all(keyword in ds for keyword in present.split())
        assert ds.file_meta.MediaStorageSOPInstanceUID == ds.SOPInstanceUID
        assert ds.file_meta.MediaStorageSOPClassUID.name == "Computed Radiography Image Storage"

    def test_has_uids_of_its_seed(self, tmp_path: Path) -> None:
        found = []
        for seed in (7, 7, 8):
            write_dicom(tmp_path / "crop.dcm", picture(), dataclasses.replace(HEADER, seed=seed))
            ds = pydicom.dcmread(tmp_path / "crop.dcm")
            assert ds.SOPInstanceUID.is_valid
            found.append((ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID))
        assert found[0] == found[1]
        assert not set(found[0]) & set(found[2])
        assert len(set(found[0])) == 3


class TestWriting:
    def test_gives_the_same_bytes_for_the_same_input(self, tmp_path: Path) -> None:
        for name in ("one", "two"):
            write_png(tmp_path / f"{name}.png", picture(), 12)
            write_dicom(tmp_path / f"{name}.dcm", picture(), HEADER)
        for kind in ("png", "dcm"):
            assert (tmp_path / f"one.{kind}").read_bytes() == (tmp_path / f"two.{kind}").read_bytes()

    def test_that_fails_leaves_what_was_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        write_png(tmp_path / "crop.png", picture(8))
        before = (tmp_path / "crop.png").read_bytes()

        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "replace", full)
        with pytest.raises(OSError, match="No space"):
            write_png(tmp_path / "crop.png", picture(8, seed=2))
        assert (tmp_path / "crop.png").read_bytes() == before
        assert [file.name for file in tmp_path.iterdir()] == ["crop.png"]


class TestJpeg:
    def test_round_trip_loses_more_at_lower_quality(self) -> None:
        smooth = np.add.outer(np.linspace(0, 0.5, 64), np.linspace(0, 0.5, 64)).astype(np.float32)
        grain = np.random.default_rng(0).standard_normal((64, 64), np.float32)
        noisy: Map = np.clip(smooth + np.float32(0.02) * grain, 0, 1)
        errors = [np.abs(jpeg(noisy, quality) - noisy).mean() for quality in (20, 60, 95)]
        assert errors[0] > errors[1] > errors[2] > 0
        assert errors[2] < 0.01
