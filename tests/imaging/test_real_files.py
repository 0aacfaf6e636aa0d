"""Real files: each gets the status that `dicom.csv` expects, for the reason meant, and bone is bright in it.

The boxes were drawn on the decoded pictures by eye. They are fractions of width and height: x0, y0, x1, y1.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from mlcalc.errors import FileError
from mlcalc.imaging.limits import ReadOptions
from mlcalc.imaging.radiograph import Radiograph, SpacingSource
from mlcalc.imaging.read import count_frames, read_radiograph

Fractions = tuple[float, float, float, float]
Found = Radiograph | FileError
COUNT = 33


@cache
def found(path: Path) -> Found:
    try:
        return read_radiograph(path)
    except FileError as error:
        return error


def radiograph(path: Path) -> Radiograph:
    result = found(path)
    assert isinstance(result, Radiograph)
    return result


def codes(result: Found) -> set[str]:
    return {caution.code for caution in result.cautions} if isinstance(result, Radiograph) else set()


def rows(radiographs: Path) -> list[dict[str, str]]:
    with (radiographs / "dicom.csv").open(encoding="utf-8", newline="") as file:
        listed = list(csv.DictReader(file))
    assert len(listed) == COUNT
    return listed


# Statuses and reasons


def rejected_for(*words: str) -> Callable[[Found], bool]:
    return lambda result: isinstance(result, FileError) and any(word in result.reason for word in words)


def read_as_luminance_of_unknown_size(result: Found) -> bool:
    return (
        isinstance(result, Radiograph)
        and "luminance" in result.greyscale.photometric
        and result.spacing.source is SpacingSource.unknown
        and not result.spacing.known
    )


def inverted_as_the_header_says_and_suspect(result: Found) -> bool:
    inverted = isinstance(result, Radiograph) and result.greyscale.inverted
    return inverted and "polarity_suspect" in codes(result)


MEANINGS: dict[str, Callable[[Found], bool]] = {
    "": lambda result: isinstance(result, Radiograph),
    "not a radiograph: modality MR or CT": rejected_for(
        "not a radiograph: modality MR", "not a radiograph: modality CT"
    ),
    "not a radiograph: modality NM": rejected_for("not a radiograph: modality NM"),
    "not a radiograph: segmentation": rejected_for("not a radiograph: modality SEG (segmentation)"),
    "no DICOM file meta header": rejected_for("no DICOM file meta header"),
    "secondary capture (modality OT), warning: no radiograph modality": lambda result: (
        "no_radiograph_modality" in codes(result)
    ),
    "RGB to luminance; spacing 1.0 in a secondary capture is suspect, treated as unknown": (
        read_as_luminance_of_unknown_size
    ),
    "header says MONOCHROME1 but the picture is not: follow the header, warn polarity_suspect, never flip "
    "silently": inverted_as_the_header_says_and_suspect,
}


def test_every_file_gets_the_status_that_is_expected(radiographs: Path) -> None:
    wrong = []
    for row in rows(radiographs):
        result = found(radiographs / row["path"])
        status = "ok" if isinstance(result, Radiograph) else result.status
        if status != row["expected_status"]:
            wrong.append((row["path"], status, str(result)))
    assert wrong == []


def test_every_file_gets_it_for_the_reason_that_is_meant(radiographs: Path) -> None:
    wrong = [
        (row["path"], row["expected_reason"], str(found(radiographs / row["path"])))
        for row in rows(radiographs)
        if not MEANINGS[row["expected_reason"]](found(radiographs / row["path"]))
    ]
    assert wrong == []


def told(result: Found) -> str:
    """All that a result says in words."""
    if isinstance(result, FileError):
        return str(result)
    parts = [result.encoding.to_json(), result.greyscale.to_json(), result.spacing.to_json()]
    parts += [result.facts.to_json(), *(caution.to_json() for caution in result.cautions)]
    return json.dumps(parts)


def test_no_patient_is_named(radiographs: Path) -> None:
    checked = 0
    for row in rows(radiographs):
        named = re.search(r"patient=([^;]+)", row["notes"])
        for part in re.split(r"[\^ ]", named.group(1)) if named else []:
            if len(part) > 3 and part != "Patient":
                assert part.lower() not in told(found(radiographs / row["path"])).lower()
                checked += 1
    assert checked > 25


def test_every_picture_is_one_and_of_its_headers_size(radiographs: Path) -> None:
    for row in rows(radiographs):
        size = re.search(r"Modality=\w+ (\d+)x(\d+)", row["notes"])
        if row["expected_status"] == "ok" and size:
            result = radiograph(radiographs / row["path"])
            assert sorted(result.pixels.shape) == sorted(int(side) for side in size.groups())
            assert result.pixels.min() < result.pixels.max()
            assert count_frames(radiographs / row["path"]) == 1


# Bone and tissue are bright


def mean(result: Radiograph, box: Fractions) -> float:
    rows, columns = result.pixels.shape
    x0, x1 = (int(part * columns) for part in box[::2])
    y0, y1 = (int(part * rows) for part in box[1::2])
    return float(result.pixels[y0:y1, x0:x1].mean())


@pytest.mark.parametrize("name", ["RG3_J2KI", "RG3_J2KR"])
def test_the_tibia_is_brighter_than_the_calf_and_that_than_air(radiographs: Path, name: str) -> None:
    leg = radiograph(radiographs / f"dicom/real_cr/{name}.dcm")
    tibia, calf, air = (
        mean(leg, (x0, 0.15, x1, 0.35)) for x0, x1 in ((0.47, 0.51), (0.40, 0.43), (0.29, 0.34))
    )
    assert tibia > calf + 0.2 > air + 0.4
    assert air < 0.15


def test_a_lossy_and_a_lossless_copy_are_one_picture(radiographs: Path) -> None:
    lossy, lossless = (radiograph(radiographs / f"dicom/real_cr/RG3_{name}.dcm") for name in ("J2KI", "J2KR"))
    assert np.abs(lossy.pixels - lossless.pixels).mean() < 0.005


def test_the_spine_is_brighter_than_the_lungs(radiographs: Path) -> None:
    chest = radiograph(radiographs / "dicom/real_cr/RG1_J2KI.dcm")
    spine = mean(chest, (0.47, 0.35, 0.52, 0.55))
    lungs = [mean(chest, (0.27, 0.37, 0.31, 0.42)), mean(chest, (0.64, 0.32, 0.70, 0.36))]
    assert spine > max(lungs) + 0.15


def test_teeth_are_brighter_than_the_air_beside_the_jaw(radiographs: Path) -> None:
    jaw = radiograph(radiographs / "dicom/real_cr/CR-ModalitySequenceLUT.dcm")
    teeth, filling = mean(jaw, (0.44, 0.64, 0.56, 0.69)), jaw.pixels[1030:1100, 540:680].max()
    assert filling > 0.95 > teeth > mean(jaw, (0.06, 0.85, 0.12, 0.88)) + 0.1
    assert mean(jaw, (0.1, 0.05, 0.9, 0.35)) < 0.05
    assert "look-up table" in jaw.greyscale.modality


def test_gland_is_brighter_than_fat_and_that_than_air(radiographs: Path) -> None:
    breast = radiograph(radiographs / "dicom/mg_lut/GH133.dcm")
    gland, fat = mean(breast, (0.68, 0.35, 0.82, 0.60)), mean(breast, (0.55, 0.30, 0.60, 0.35))
    air = mean(breast, (0.1, 0.2, 0.4, 0.8))
    assert gland > fat + 0.1 > air + 0.2
    assert air < 0.02
    assert "look-up table" in breast.greyscale.voi


def test_tissue_is_brighter_than_air(radiographs: Path) -> None:
    breast = radiograph(radiographs / "dicom/mg_lut/OutOfBoundsOverlay.dcm")
    assert mean(breast, (0.25, 0.50, 0.60, 0.90)) > mean(breast, (0.20, 0.05, 0.60, 0.20)) + 0.2


FEMUR_AND_THIGH: dict[str, tuple[Fractions, Fractions]] = {
    "1": ((0.14, 0.74, 0.19, 0.80), (0.34, 0.74, 0.42, 0.80)),
    "10": ((0.10, 0.72, 0.15, 0.80), (0.26, 0.72, 0.34, 0.80)),
    "107": ((0.13, 0.66, 0.18, 0.74), (0.33, 0.66, 0.38, 0.74)),
    "115": ((0.12, 0.72, 0.18, 0.80), (0.26, 0.74, 0.32, 0.82)),
    "116": ((0.12, 0.74, 0.17, 0.84), (0.26, 0.70, 0.34, 0.78)),
    "12": ((0.14, 0.74, 0.19, 0.80), (0.34, 0.74, 0.42, 0.80)),
    "121": ((0.14, 0.74, 0.20, 0.84), (0.30, 0.74, 0.36, 0.84)),
    "123": ((0.11, 0.74, 0.16, 0.84), (0.27, 0.74, 0.33, 0.84)),
    "138": ((0.08, 0.74, 0.13, 0.82), (0.22, 0.70, 0.28, 0.78)),
    "139": ((0.11, 0.74, 0.16, 0.84), (0.26, 0.70, 0.32, 0.80)),
}


@pytest.mark.parametrize("number", FEMUR_AND_THIGH)
def test_an_infants_femur_is_brighter_than_the_thigh(radiographs: Path, number: str) -> None:
    pelvis = radiograph(radiographs / f"dicom/ddh_pelvis_dx/331_DDH_{number}.dcm")
    femur, thigh = (mean(pelvis, box) for box in FEMUR_AND_THIGH[number])
    assert femur > thigh * 1.2
    assert not pelvis.spacing.known
    assert "colourful" not in codes(pelvis)


def test_the_fake_monochrome1_is_dark_where_bone_is_until_the_user_inverts_it(radiographs: Path) -> None:
    path = radiographs / "dicom/syntax_cases/Fake_MONOHR1.dcm"
    spine, lung = (0.47, 0.35, 0.52, 0.60), (0.25, 0.35, 0.33, 0.60)
    as_told, by_user = radiograph(path), read_radiograph(path, options=ReadOptions(invert=True))
    assert mean(as_told, spine) < mean(as_told, lung) - 0.2
    assert mean(by_user, spine) > mean(by_user, lung) + 0.2
    assert "polarity_suspect" in codes(as_told)
    assert "polarity_suspect" not in codes(by_user)


@pytest.mark.parametrize("name", ["real_cr", "mg_lut", "ddh_pelvis_dx"])
def test_no_picture_of_the_right_polarity_is_suspect(radiographs: Path, name: str) -> None:
    paths = sorted((radiographs / "dicom" / name).glob("*.dcm"))
    assert paths
    assert [path.name for path in paths if "polarity_suspect" in codes(found(path))] == []


# Pictures from a viewer


def test_all_backgrounds_are_read_as_they_are(radiographs: Path) -> None:
    paths = sorted((radiographs / "backgrounds").glob("*.jpg"))
    assert len(paths) == 300
    for path in paths:
        result = read_radiograph(path, options=ReadOptions(file_density=True))
        assert result.pixels.shape == (256, 256)
        assert not result.spacing.known
        assert codes(result) <= {"spacing_placeholder", "spacing_implausible", "polarity_suspect"}
