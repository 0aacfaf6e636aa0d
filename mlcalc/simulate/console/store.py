"""Pictures and masks to files: PNG and DICOM, written whole or not at all, the same bytes every time."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mlcalc.errors import unknown_id
from mlcalc.imaging.dicom.body_part import body_parts
from mlcalc.simulate.grid import Map, Mask

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

COMPRESSION = 6
"""Of PNG; 9 takes three times as long for 2 % less."""

MANUFACTURER = "mlcalc (simulated)"
IMPLEMENTATION = "2.25.112196431417366405471934437523946251"
"""UID of this writer in the file meta header (PS3.10 7.1)."""
VIEWS = {"ap": "AP", "pa": "PA", "lateral": "LL", "oblique": "RLO"}
"""Defined terms of View Position (PS3.3 C.8.1.1); other views have none there."""


@dataclass(frozen=True, slots=True)
class Header:
    """What the header of a simulated DICOM file tells.

    region: vocabulary id. mm: size of a pixel in the object; None: unknown. seed: of the crop; the same seed
    has the same UIDs. view: as the anatomy calls it. kvp: of the tube. magnification: of the object at the
    detector. inverted: whether the file holds dense as dark (MONOCHROME1). age in years; sex "F", "M" or "".
    """

    region: str
    mm: float | None
    seed: int
    view: str = ""
    kvp: float | None = None
    magnification: float = 1.0
    inverted: bool = False
    age: float | None = None
    sex: str = ""


def write_png(path: Path, pixels: Map, bits: int = 8) -> None:
    """A grey PNG. pixels: (rows, columns) in [0, 1], dense = bright.

    bits: 8, or 12, which PNG keeps in 16 (spread over the whole range: white is 65535).
    """
    stored = stored_values(pixels, bits)
    if bits > 8:
        spread = np.round(stored * (65535 / (2**bits - 1))).astype(np.uint16)
        image = Image.fromarray(spread)
    else:
        image = Image.fromarray(stored.astype(np.uint8))
    _write(path, _png(image))


def write_mask(path: Path, mask: Mask) -> None:
    """A mask as a grey PNG of 8 bits, 0 outside and 255 inside."""
    _write(path, _png(Image.fromarray(np.where(mask, 255, 0).astype(np.uint8))))


def write_dicom(path: Path, pixels: Map, header: Header, bits: int = 12) -> None:
    """A Computed Radiography Image (PS3.3 A.2). pixels: (rows, columns) in [0, 1], dense = bright.

    Its window covers the whole range, so a reader that follows the standard gets the pixels back. Raises
    ValueError for bits other than 8 and 12, and for a region that no registered body part names.
    """
    ds = _identified(header)
    _describe(ds, header)
    stored = stored_values(pixels, bits)
    if header.inverted:
        stored = (2**bits - 1) - stored
    ds.PhotometricInterpretation = "MONOCHROME1" if header.inverted else "MONOCHROME2"
    ds.Rows, ds.Columns = stored.shape
    ds.SamplesPerPixel, ds.PixelRepresentation = 1, 0
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = (16 if bits > 8 else 8), bits, bits - 1
    ds.WindowCenter, ds.WindowWidth = 2 ** (bits - 1), 2**bits  # LINEAR: 0 to 2^bits - 1 (C.11.2.1.2.1)
    content = stored.astype("<u2" if bits > 8 else "u1").tobytes()
    ds.add_new("PixelData", "OW" if bits > 8 else "OB", content + b"\0" * (len(content) % 2))
    file = BytesIO()
    ds.save_as(file, enforce_file_format=True)
    _write(path, file.getvalue())


def _identified(header: Header) -> Dataset:
    """UIDs, and the empty attributes that the modules ask for (type 2): nobody was in front of the tube."""
    from pydicom.dataset import Dataset, FileMetaDataset  # noqa: PLC0415  only where DICOM is written
    from pydicom.uid import UID, ComputedRadiographyImageStorage, ExplicitVRLittleEndian  # noqa: PLC0415

    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    ds.file_meta.ImplementationClassUID = UID(IMPLEMENTATION)
    ds.file_meta.ImplementationVersionName = "MLCALC"
    ds.SOPClassUID = ComputedRadiographyImageStorage
    ds.StudyInstanceUID, ds.SeriesInstanceUID, ds.SOPInstanceUID = (
        UID(_uid(header.seed, level)) for level in ("study", "series", "image")
    )
    for keyword in (
        *("PatientName", "PatientID", "PatientBirthDate", "StudyDate", "StudyTime", "StudyID"),
        *("AccessionNumber", "ReferringPhysicianName", "PatientOrientation", "Laterality"),
    ):
        setattr(ds, keyword, None)
    ds.SeriesNumber = ds.InstanceNumber = 1
    return ds


def _describe(ds: Dataset, header: Header) -> None:
    """How the picture was taken, of what, and how large its pixels are."""
    ds.Modality, ds.Manufacturer = "CR", MANUFACTURER
    ds.ImageType, ds.BurnedInAnnotation = ["DERIVED", "PRIMARY"], "NO"
    ds.BodyPartExamined, ds.ViewPosition = body_part(header.region), VIEWS.get(header.view.lower(), "")
    ds.PatientSex = header.sex
    if header.age is not None:
        ds.PatientAge = f"{int(header.age):03d}Y" if header.age >= 1 else f"{int(header.age * 365.25):03d}D"
    if header.kvp is not None:
        ds.KVP = f"{header.kvp:g}"
    if header.mm is None:
        return
    at_detector = f"{header.mm * header.magnification:.6g}"
    ds.ImagerPixelSpacing = [at_detector, at_detector]
    if header.magnification != 1:  # equal values would say that nothing was corrected (10.7.1.1)
        ds.EstimatedRadiographicMagnificationFactor = f"{header.magnification:.6g}"
        ds.PixelSpacing = [f"{header.mm:.6g}"] * 2
        ds.PixelSpacingCalibrationType = "GEOMETRY"
        ds.PixelSpacingCalibrationDescription = "simulated distances"


def body_part(region: str) -> str:
    """The term of Body Part Examined that `mlcalc.imaging` reads back as this region; else ValueError."""
    terms = {part.term: part.region for part in body_parts().by_term.values()}
    own = region.upper().replace("_", "")
    if terms.get(own) == region:
        return own
    for term, its in terms.items():
        if its == region:
            return term
    known = {its for its in terms.values() if its}
    raise ValueError(unknown_id(region, known, "region with a body part"))


def _uid(seed: int, level: str) -> str:
    """A UID derived from a number of 128 bits (PS3.5 B.2), the same for the same seed."""
    digest = hashlib.sha256(f"mlcalc simulate {seed} {level}".encode()).digest()
    return f"2.25.{int.from_bytes(digest[:16], 'big')}"


def stored_values(pixels: Map, bits: int) -> NDArray[np.uint16]:
    """[0, 1] as integers of ``bits`` bits. Raises ValueError unless 8 or 12."""
    if bits not in (8, 12):
        raise ValueError(f"pictures are stored in 8 or 12 bits, not in {bits}")
    return np.asarray(np.round(np.clip(pixels, 0, 1) * (2**bits - 1)), np.uint16)


def jpeg(pixels: Map, quality: int) -> Map:
    """The picture after one round trip through 8-bit JPEG of that quality (1 to 100)."""
    file = BytesIO()
    Image.fromarray(stored_values(pixels, 8).astype(np.uint8)).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file), np.float32) / np.float32(255)


def enlarged(pixels: Map, size: int) -> Map:
    """The picture brought to (size, size) pixels by cubic interpolation, float32; it may leave [0, 1]."""
    return np.asarray(Image.fromarray(pixels).resize((size, size), Image.Resampling.BICUBIC), np.float32)


def _png(image: Image.Image) -> bytes:
    file = BytesIO()
    image.save(file, "PNG", compress_level=COMPRESSION)
    return file.getvalue()


def _write(path: Path, content: bytes) -> None:
    """Under another name first: nobody ever finds half a file."""
    path = Path(path)
    waiting = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        waiting.write_bytes(content)
        os.replace(waiting, path)
    finally:
        waiting.unlink(missing_ok=True)
