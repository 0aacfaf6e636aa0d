"""``mlcalc inspect``: one line a file, in order, whatever the files are."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ComputedRadiographyImageStorage, ExplicitVRLittleEndian

from .conftest import Mlcalc, Outcome

STATUSES = ("ok", "rejected", "failed")


def header(rows: int = 40, columns: int = 60, **elements: Any) -> Dataset:
    """A computed radiograph of a bright limb in a dark field."""
    across = np.linspace(-1, 1, columns)
    limb = 3000 * np.sqrt(np.clip(0.3 - across**2, 0, None))
    pixels = np.broadcast_to(limb, (rows, columns)).astype("<u2")
    ds = Dataset()
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = ComputedRadiographyImageStorage, "1.2.3", "CR"
    ds.Rows, ds.Columns, ds.SamplesPerPixel = rows, columns, 1
    ds.PhotometricInterpretation = "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 12, 11, 0
    ds.WindowCenter, ds.WindowWidth = 1000, 2000
    ds.ImagerPixelSpacing = [0.2, 0.2]
    ds.BodyPartExamined = "KNEE"
    ds.add_new("PixelData", "OW", pixels.tobytes())
    for name, value in elements.items():
        setattr(ds, name, value)
    return ds


def to_bytes(ds: Dataset) -> bytes:
    ds.file_meta = FileMetaDataset()
    ds.file_meta.MediaStorageSOPClassUID = ds.SOPClassUID
    ds.file_meta.MediaStorageSOPInstanceUID = ds.SOPInstanceUID
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    file = BytesIO()
    ds.save_as(file, enforce_file_format=True)
    return file.getvalue()


def write_png(path: Path, rows: int = 30, columns: int = 20) -> Path:
    Image.fromarray(np.arange(rows * columns, dtype=np.uint8).reshape(rows, columns)).save(path)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What a researcher's folder holds: good files, odd ones, and a lying name."""
    here = tmp_path / "export"
    (here / "deep" / "er").mkdir(parents=True)
    whole = to_bytes(header())
    (here / "a.dcm").write_bytes(whole)
    (here / "b_copy").write_bytes(whole)
    (here / "c_cut.dcm").write_bytes(whole[: len(whole) // 2])
    (here / "d_ct.dcm").write_bytes(to_bytes(header(Modality="CT")))
    write_png(here / "deep" / "e.png")
    (here / "deep" / "er" / "f.dcm").write_text("not a picture at all\n", encoding="utf-8")
    (here / "g_empty.png").write_bytes(b"")
    with zipfile.ZipFile(here / "h.zip", "w") as archive:
        archive.writestr("in/one.dcm", whole)
        archive.writestr("../out.dcm", whole)
    return here


def lines(outcome: Outcome) -> dict[str, dict[str, Any]]:
    return {Path(line["path"]).name: line for line in outcome.json_lines}


def test_every_file_of_a_folder_has_one_line_with_a_status(mlcalc: Mlcalc, folder: Path) -> None:
    told = mlcalc("inspect", folder, "--format", "jsonl")
    found = lines(told)
    assert {name: line["status"] for name, line in found.items()} == {
        "a.dcm": "ok",
        "b_copy": "ok",
        "c_cut.dcm": "failed",
        "d_ct.dcm": "rejected",
        "e.png": "ok",
        "f.dcm": "rejected",
        "g_empty.png": "failed",
        "one.dcm": "ok",
        "out.dcm": "rejected",
    }
    assert len(told.json_lines) == 9
    assert all(line["reason"] for line in found.values() if line["status"] != "ok")
    assert all(line["reason"] is None for line in found.values() if line["status"] == "ok")
    assert told.code == 1


def test_the_reasons_say_what_is_wrong(mlcalc: Mlcalc, folder: Path) -> None:
    found = lines(mlcalc("inspect", folder, "--format", "jsonl"))
    assert found["c_cut.dcm"]["reason"].startswith("truncated")
    assert found["d_ct.dcm"]["reason"] == "not a radiograph: modality CT (computed tomography)"
    assert "text" in found["f.dcm"]["reason"]
    assert "empty" in found["g_empty.png"]["reason"]
    assert "unsafe" in found["out.dcm"]["reason"]


def test_the_order_is_that_of_the_paths_with_any_number_of_processes(mlcalc: Mlcalc, folder: Path) -> None:
    one, two = (mlcalc("inspect", folder, "--format", "jsonl", "--jobs", n) for n in ("1", "2"))
    paths = [line["path"] for line in one.json_lines]
    assert paths == [line["path"] for line in two.json_lines]
    plain = [path for path in paths if "!" not in path]
    assert plain == sorted(plain, key=lambda path: Path(path).parts)


def test_a_copy_is_reported(mlcalc: Mlcalc, folder: Path) -> None:
    found = lines(mlcalc("inspect", folder, "--format", "jsonl"))
    assert found["b_copy"]["duplicate_of"] == found["a.dcm"]["path"]
    assert "duplicate" in found["b_copy"]["warnings"]
    assert found["a.dcm"]["duplicate_of"] is None


def test_good_files_alone_give_exit_code_0_and_the_facts(mlcalc: Mlcalc, folder: Path) -> None:
    told = mlcalc("inspect", folder / "a.dcm", "--format", "jsonl")
    line = told.json
    assert told.code == 0
    assert (line["encoding"]["rows"], line["encoding"]["columns"]) == (40, 60)
    assert line["spacing"]["source"] == "imager_pixel_spacing"
    assert line["spacing"]["row"] == 0.2
    assert line["region"] == "knee"
    assert line["greyscale"]["window"] == [1000, 2000]
    assert line["greyscale"]["inverted"] is False
    assert [crop["box"] for crop in line["crops"]] == [None]


def test_invert_is_the_users_word(mlcalc: Mlcalc, folder: Path) -> None:
    line = mlcalc("inspect", folder / "a.dcm", "--invert", "--format", "jsonl").json
    assert line["greyscale"]["inverted"] is True
    assert line["greyscale"]["presentation"] == "inverted by --invert"


@pytest.mark.parametrize(
    "arguments", [(), ("nothing-here.dcm",), ("{folder}", "--format", "xml"), ("*.none",)]
)
def test_a_wrong_command_is_exit_code_2(mlcalc: Mlcalc, folder: Path, arguments: tuple[str, ...]) -> None:
    told = mlcalc("inspect", *(argument.format(folder=folder) for argument in arguments))
    assert told.code == 2
    assert not told.out


def test_the_table_fits_a_terminal_and_names_every_file(mlcalc: Mlcalc, folder: Path) -> None:
    told = mlcalc("inspect", folder)
    heading, *rest = told.out.splitlines()
    assert heading == f"in {folder}/"  # in one piece, to be copied
    assert all(len(line) <= 80 for line in rest)
    for status in STATUSES:
        assert status in told.out
    for name in ("a.dcm", "c_cut.dcm", "e.png", "f.dcm"):
        assert name in told.out
    assert "9 files: 4 ok, 3 rejected, 2 failed" in told.err
    assert told.code == 1


def test_brackets_in_a_name_are_no_markup(mlcalc: Mlcalc, tmp_path: Path) -> None:
    path = write_png(tmp_path / "x[red]y[nonsense].png")
    assert "x[red]y[nonsense].png" in mlcalc("inspect", path).out


def test_a_length_is_never_shown_without_its_source(
    mlcalc: Mlcalc, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    out = " ".join(mlcalc("inspect", folder / "a.dcm").out.split())
    assert "0.2 mm a pixel by imager_pixel_spacing" in out
    assert "spacing unknown" in " ".join(mlcalc("inspect", folder / "deep").out.split())


def test_too_large_is_rejected_before_decoding(mlcalc: Mlcalc, folder: Path) -> None:
    told = mlcalc("inspect", folder / "a.dcm", "--max-pixels", "2399", "--format", "jsonl").json
    assert (told["status"], told["reason"]) == ("rejected", "too large: 60 x 40 pixels, 2,399 are allowed")


def test_every_frame_of_a_run_is_a_crop(mlcalc: Mlcalc, tmp_path: Path) -> None:
    ds = header()
    ds.NumberOfFrames = 3
    ds.PixelData *= 3
    (tmp_path / "run.dcm").write_bytes(to_bytes(ds))
    line = mlcalc("inspect", tmp_path / "run.dcm", "--format", "jsonl").json
    assert line["encoding"]["frames"] == 3
    assert [crop["frame"] for crop in line["crops"]] == [0, 1, 2]


def test_what_the_header_does_not_say_is_told(mlcalc: Mlcalc, tmp_path: Path) -> None:
    ds = header()
    del ds.PhotometricInterpretation
    (tmp_path / "x.dcm").write_bytes(to_bytes(ds))
    assert "polarity_unknown" in mlcalc("inspect", tmp_path / "x.dcm", "--format", "jsonl").json["warnings"]


def test_a_window_that_shows_nothing_is_told(mlcalc: Mlcalc, tmp_path: Path) -> None:
    (tmp_path / "x.dcm").write_bytes(to_bytes(header(WindowCenter=60000, WindowWidth=10)))
    assert "blank" in mlcalc("inspect", tmp_path / "x.dcm", "--format", "jsonl").json["warnings"]


def test_a_name_that_cannot_be_shown_can_still_be_opened(mlcalc: Mlcalc, tmp_path: Path) -> None:
    path = write_png(tmp_path / "new\nline.png")
    line = mlcalc("inspect", path, "--format", "jsonl").json
    assert Path(line["file"]) == path
    assert "\n" not in line["path"]


def test_inverting_twice_is_shown_as_such(mlcalc: Mlcalc, tmp_path: Path) -> None:
    (tmp_path / "x.dcm").write_bytes(to_bytes(header(PhotometricInterpretation="MONOCHROME1")))
    out = " ".join(mlcalc("inspect", tmp_path / "x.dcm", "--invert").out.split())
    assert "inverted, inverted by --invert" in out


class TestManifest:
    """Crops by a CSV file."""

    def test_a_table_without_paths_is_a_wrong_command(self, mlcalc: Mlcalc, tmp_path: Path) -> None:
        (tmp_path / "crops.csv").write_text("file,region\na.dcm,knee\n", encoding="utf-8")
        told = mlcalc("inspect", tmp_path / "crops.csv")
        assert told.code == 2
        assert "path" in told.err

    def test_the_table_lists_every_bad_row(
        self, mlcalc: Mlcalc, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        text = "path,region\na.dcm,kneee\na.dcm,knee\na.dcm,hipp\n"
        (folder / "crops.csv").write_text(text, encoding="utf-8")
        monkeypatch.setenv("COLUMNS", "200")
        out = mlcalc("inspect", folder / "crops.csv").out
        assert "line 2, column region" in out
        assert "line 4, column region" in out
        assert "1 of 3 crops can be used" in out

    def run(self, mlcalc: Mlcalc, folder: Path, *rows: dict[str, object]) -> Outcome:
        path = folder / "crops.csv"
        columns = list(dict.fromkeys(key for row in rows for key in row))
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
        return mlcalc("inspect", path, "--format", "jsonl")

    def test_rows_of_one_file_are_its_crops(self, mlcalc: Mlcalc, folder: Path) -> None:
        box = {"x0": 10, "y0": 5, "x1": 30, "y1": 25}
        told = self.run(
            mlcalc, folder, {"path": "a.dcm", **box, "region": "knee"}, {"path": "a.dcm", "region": "thigh"}
        )
        assert told.code == 0
        assert [crop["box"] for crop in told.json["crops"]] == [[10, 5, 30, 25], None]
        assert [crop["location"] for crop in told.json["crops"]] == [{"region": "knee"}, {"region": "thigh"}]
        assert [crop["line"] for crop in told.json["crops"]] == [2, 3]

    def test_a_box_in_millimetres_uses_the_spacing(self, mlcalc: Mlcalc, folder: Path) -> None:
        box = {"x0": 2, "y0": 1, "x1": 6, "y1": 5, "box_unit": "mm"}
        assert self.run(mlcalc, folder, {"path": "a.dcm", **box}).json["crops"][0]["box"] == [10, 5, 30, 25]

    def test_a_box_half_outside_is_clipped_and_told(self, mlcalc: Mlcalc, folder: Path) -> None:
        told = self.run(mlcalc, folder, {"path": "a.dcm", "x0": 50, "y0": -5, "x1": 70, "y1": 20})
        assert told.code == 0
        assert told.json["crops"][0]["box"] == [50, 0, 60, 20]
        assert "box_clipped" in told.json["warnings"]
        assert "crops.csv, line 2, columns x0 to y1" in json.dumps(told.json["warning_texts"])

    @pytest.mark.parametrize(
        ("row", "place"),
        [
            ({"path": "a.dcm", "x0": 60, "y0": 0, "x1": 70, "y1": 20}, "line 3, columns x0 to y1"),
            ({"path": "a.dcm", "region": "sholder"}, "line 3, column region"),
            ({"path": "a.dcm", "frame": 1}, "line 3, column frame"),
            ({"path": "gone.dcm"}, "line 3, column path"),
            ({"path": "a.dcm", "x0": 9, "y0": 0, "x1": "nine", "y1": 20}, "line 3, column x1"),
        ],
    )
    def test_a_bad_row_says_its_line_and_column_and_stops_no_other(
        self, mlcalc: Mlcalc, folder: Path, row: dict[str, object], place: str
    ) -> None:
        told = self.run(mlcalc, folder, {"path": "deep/e.png"}, row)
        good, bad = told.json_lines
        assert (good["status"], bad["status"] != "ok", told.code) == ("ok", True, 1)
        assert place in bad["reason"]

    def test_the_nearest_id_is_offered(self, mlcalc: Mlcalc, folder: Path) -> None:
        told = self.run(mlcalc, folder, {"path": "a.dcm", "region": "sholder"})
        assert "did you mean 'shoulder'" in told.json["reason"]


class TestSidecar:
    """Crops by a JSON file beside the picture."""

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ('{"box": [0, 0, 0.2, 0.2]}', "smaller than a pixel"),
            ('{"box": [0, 0, 5, 5], "box": [1, 1, 9, 9]}', "more than once"),
        ],
    )
    def test_what_can_only_be_a_mistake_is_one(
        self, mlcalc: Mlcalc, tmp_path: Path, text: str, told: str
    ) -> None:
        write_png(tmp_path / "knee.png")
        (tmp_path / "knee.json").write_text(text, encoding="utf-8")
        line = mlcalc("inspect", tmp_path, "--format", "jsonl").json
        assert line["status"] == "rejected"
        assert told in line["reason"]

    def test_one_beside_two_pictures_is_told(self, mlcalc: Mlcalc, tmp_path: Path) -> None:
        write_png(tmp_path / "knee.png")
        write_png(tmp_path / "knee.bmp")
        (tmp_path / "knee.json").write_text('{"location": {"region": "knee"}}', encoding="utf-8")
        assert "is the sidecar of 2 pictures" in " ".join(mlcalc("inspect", tmp_path).err.split())

    def test_it_is_read_and_is_no_file_of_its_own(self, mlcalc: Mlcalc, tmp_path: Path) -> None:
        write_png(tmp_path / "knee.png")
        crop = {"box": [1, 2, 11, 12], "location": {"region": "knee"}, "context": {"age": 60}}
        (tmp_path / "knee.json").write_text(json.dumps(crop), encoding="utf-8")
        line = mlcalc("inspect", tmp_path, "--format", "jsonl").json
        assert line["sidecar"] == "knee.json"
        assert line["crops"][0]["box"] == [1, 2, 11, 12]
        assert line["crops"][0]["location"] == {"region": "knee"}

    def test_a_mistake_in_it_is_told_with_its_place(self, mlcalc: Mlcalc, tmp_path: Path) -> None:
        write_png(tmp_path / "knee.png")
        (tmp_path / "knee.json").write_text('{"location": {"region": "kneee"}}', encoding="utf-8")
        line = mlcalc("inspect", tmp_path, "--format", "jsonl").json
        assert line["status"] == "rejected"
        assert "knee.json" in line["reason"]
        assert "'knee'" in line["reason"]


SECRETS = ("Quillfeather", "Zebulon", "PID-778899", "19470203", "1947-02-03")


def planted(ds: Dataset) -> Dataset:
    """The patient's name, id and birth date wherever a header can hold text."""
    everything = "^".join(SECRETS)
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = "Quillfeather^Zebulon", "PID-778899", "19470203"
    ds.OtherPatientIDs, ds.OtherPatientNames = "PID-778899", "Quillfeather^Zebulon"
    for name in (
        *("AccessionNumber", "StudyID", "SeriesDescription", "StudyDescription", "ProtocolName"),
        *("InstitutionName", "StationName", "Manufacturer", "ManufacturerModelName", "BodyPartExamined"),
        *("ViewPosition", "ImageComments", "PatientComments", "AdditionalPatientHistory", "Laterality"),
        *(
            "ReferringPhysicianName",
            "OperatorsName",
            "DeviceSerialNumber",
            "AcquisitionDeviceProcessingDescription",
        ),
        *(
            "WindowCenterWidthExplanation",
            "DerivationDescription",
            "PatientOrientation",
            "PatientAge",
            "PatientSex",
        ),
        *("RescaleType", "PresentationLUTShape", "ConversionType", "RequestedProcedureDescription"),
    ):
        ds.add_new(name, "LO", everything[:64])
    item = Dataset()
    item.PatientName, item.PatientID = "Quillfeather^Zebulon", "PID-778899"
    item.add_new("CodeMeaning", "LO", "Quillfeather Zebulon")
    item.add_new("CodeValue", "SH", "PID-778899")
    item.add_new("LUTExplanation", "LO", "Quillfeather Zebulon 19470203")
    for name in (
        "AnatomicRegionSequence",
        "RequestAttributesSequence",
        "OriginalAttributesSequence",
        "VOILUTSequence",
    ):
        setattr(ds, name, Sequence([item]))
    ds.add_new((0x0009, 0x0010), "LO", "Quillfeather Zebulon")
    ds.add_new((0x0009, 0x1001), "LT", everything)
    return ds


@pytest.mark.filterwarnings("ignore::UserWarning")
class TestPrivacy:
    """Who the patient is never leaves the header."""

    def assert_silent(self, outcome: Outcome) -> None:
        written = (outcome.out + outcome.err).casefold()
        for secret in SECRETS:
            assert secret.casefold() not in written

    @pytest.mark.parametrize("format", ["jsonl", "table"])
    @pytest.mark.parametrize("damage", ["none", "cut", "no window", "not a radiograph", "bad sizes"])
    def test_planted_everywhere_it_is_told_nowhere(
        self, mlcalc: Mlcalc, tmp_path: Path, format: str, damage: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        ds = planted(header())
        if damage == "no window":
            ds.add_new("WindowCenter", "LO", "Quillfeather")
        if damage == "not a radiograph":
            ds.add_new("Modality", "LO", "Quillfeather")
            ds.SOPClassUID = "1.2.840.10008.5.1.4.1.1.88.11"
        if damage == "bad sizes":
            ds.add_new("Rows", "LO", "Quillfeather")
        data = to_bytes(ds)
        (tmp_path / "x.dcm").write_bytes(data[: len(data) - 500] if damage == "cut" else data)
        told = mlcalc("inspect", tmp_path / "x.dcm", "--format", format)
        self.assert_silent(told)
        assert not [secret for secret in SECRETS if secret in caplog.text]
        assert told.out

    def test_in_the_comments_of_raster_files_too(self, mlcalc: Mlcalc, tmp_path: Path) -> None:
        picture = Image.fromarray(np.zeros((20, 20), np.uint8))
        exif = Image.Exif()
        exif[0x010E] = exif[0x013B] = exif[0x9286] = "Quillfeather Zebulon PID-778899 19470203"
        picture.save(tmp_path / "x.jpg", exif=exif, comment=b"Quillfeather Zebulon")
        picture.save(tmp_path / "x.tif", description="Quillfeather Zebulon PID-778899")
        self.assert_silent(mlcalc("inspect", tmp_path, "--format", "jsonl"))


@pytest.mark.skipif(os.name == "nt", reason="signals of a terminal")
def test_ctrl_c_keeps_what_was_told(tmp_path: Path) -> None:
    for index in range(300):
        (tmp_path / f"{index:03}.dcm").write_bytes(to_bytes(header(400, 400)))
    command = [sys.executable, "-m", "mlcalc", "inspect", str(tmp_path), "--format", "jsonl", "--jobs", "1"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = [process.stdout.readline() for _ in range(3)]
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    told = [json.loads(line) for line in (*first, *rest.splitlines())]
    assert [Path(line["path"]).name for line in told] == [f"{n:03}.dcm" for n in range(len(told))]
    assert 3 <= len(told) < 300
    assert "were not read" in errors
    assert process.returncode not in (0, 2)
