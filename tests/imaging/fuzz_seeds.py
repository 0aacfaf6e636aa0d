"""Sound files to be broken by a fuzz: every format, syntax and way of grey values that mlcalc reads.

Small, the same in every run, and with a patient planted in each place of a header that fits: whatever
becomes of the file, no report may hold a part of that name.
"""

from __future__ import annotations

import re
import warnings
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin
from pydicom import dcmread, uid
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence as DicomSequence

from .compressed import CODECS, Codec, Values, distinct, slope, whole
from .dicom_files import XA, dataset, encapsulated, lut_item, probe, set_pixels, words, write
from .reference import Chain, Layout, Lut, Rescale, Window
from .streams import extended_flat, rle

PATIENT = "Zyxwvut^Fuzz"
PATIENT_ID = "Zyxwvut-77"
TELLING = ("zyxw", "yxwv", "xwvu", "wvut")
"""Any of these in a report tells the patient, even where a mutation has changed the rest of the name."""

ROWS, COLUMNS = 40, 48
TWELVE, EIGHT, SIXTEEN = Layout(16, 12), Layout(8, 8), Layout(16, 16)


@dataclass(frozen=True)
class Seed:
    """A sound file. name: with a suffix, unique. format: what it counts as in a table.

    secrets: lower-case words of its patient, none of which a report may hold.
    """

    name: str
    format: str
    data: bytes
    secrets: tuple[str, ...] = TELLING


def real_seeds(folder: Path, largest: int = 1_000_000, backgrounds: int = 5) -> Iterator[Seed]:
    """Real files of ``../shared/radiographs``, those small enough to be read many times."""
    for file in sorted((folder / "dicom").rglob("*.dcm")):
        if file.stat().st_size <= largest:
            yield Seed(f"real-{file.name}", "DICOM real", file.read_bytes(), (*TELLING, *_named_in(file)))
    for file in sorted((folder / "backgrounds").glob("*.jpg"))[:backgrounds]:
        yield Seed(f"real-{file.name}", "JPEG real", file.read_bytes())


def _named_in(file: Path) -> Iterator[str]:
    """The words of a patient's name and id that no report would hold by chance."""
    header = dcmread(file, stop_before_pixels=True, force=True, specific_tags=["PatientName", "PatientID"])
    for word in re.split(r"[\\^ ]", f"{header.get('PatientName', '')}^{header.get('PatientID', '')}"):
        if len(word) > 5 and word != "Patient":
            yield word.lower()


@cache
def seeds() -> tuple[Seed, ...]:
    """All of them, in a fixed order."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydicom and Pillow on what is meant
        return (*_native(), *_compressed(), *_colours(), *_rasters(), *_containers())


# Pictures


def limb(layout: Layout, rows: int = ROWS, columns: int = COLUMNS) -> Values:
    """A bright limb between two dark margins, with noise: every code path of a lossless codec."""
    rng = np.random.default_rng(11)
    x = np.linspace(-1, 1, columns)
    bright = 0.1 + 0.6 * np.clip(1 - x**2 * 2, 0, None) + rng.normal(0, 0.02, (rows, columns))
    values = layout.lowest + np.clip(bright, 0, 1) * (layout.highest - layout.lowest)
    return np.asarray(values, np.int64)


def limb_in_colour() -> NDArray[np.uint8]:
    grey = limb(EIGHT)[..., None]
    return np.asarray(np.clip(grey + np.array([0, 8, -8]), 0, 255), np.uint8)


def limb_image(mode: str) -> Image.Image:
    """The limb as Pillow's mode has it."""
    if mode == "I;16":
        return Image.fromarray(limb(SIXTEEN).astype(np.uint16))
    if mode == "F":
        return Image.fromarray(limb(SIXTEEN).astype(np.float32))
    image = Image.fromarray(limb_in_colour())
    if mode in ("LA", "RGBA"):
        image.putalpha(Image.fromarray((limb(EIGHT) > 60).astype(np.uint8) * 255))
    return image.quantize(32) if mode == "P" else image.convert(mode)


# DICOM


def _with_patient(ds: Dataset) -> Dataset:
    ds.PatientName, ds.PatientID, ds.PatientBirthDate = PATIENT, PATIENT_ID, "19370228"
    ds.PatientAge, ds.PatientSex, ds.BodyPartExamined = "045Y", "F", "KNEE"
    ds.InstitutionName, ds.ReferringPhysicianName = f"{PATIENT_ID} clinic", PATIENT
    ds.Manufacturer, ds.ViewPosition, ds.ImageLaterality = "Acme", "AP", "L"
    ds.ImagerPixelSpacing, ds.EstimatedRadiographicMagnificationFactor = ["0.2", "0.2"], "1.1"
    ds.ImageComments = f"of {PATIENT}"
    return ds


def _file(name: str, format: str, ds: Dataset, syntax: str = uid.ExplicitVRLittleEndian) -> Seed:
    return Seed(f"{name}.dcm", format, write(_with_patient(ds), syntax))


def _native() -> Iterator[Seed]:
    def plain(layout: Layout = TWELVE, **more: object) -> Dataset:
        chain = Chain(layout, **{"voi": whole(layout), **more})  # type: ignore[arg-type]
        return dataset(words(limb(layout), layout), chain)

    ramp = tuple(range(0, 4096, 16))
    yield _file("native-8", "DICOM native", plain(EIGHT, photometric="MONOCHROME1"))
    yield _file("native-12", "DICOM native", plain(voi=Window(2000, 3000, "SIGMOID")))
    yield _file("native-signed", "DICOM native", plain(Layout(16, 12, True), modality=Rescale(2, -100)))
    yield _file("native-32", "DICOM native", plain(Layout(32, 32)))
    yield _file("native-padding", "DICOM native", plain(voi=None, padding=(0, 60)))
    yield _file("native-modality-lut", "DICOM native", plain(modality=Lut(0, ramp, 12), voi=None))
    yield _file("native-voi-lut", "DICOM native", plain(voi=Lut(100, ramp, 12), shape="INVERSE"))
    yield _file("native-implicit", "DICOM native", plain(), uid.ImplicitVRLittleEndian)
    yield _file("native-big-endian", "DICOM native", plain(), uid.ExplicitVRBigEndian)
    yield _file("deflated", "DICOM deflated", plain(), uid.DeflatedExplicitVRLittleEndian)
    yield _file("native-frames", "DICOM native", _frames())
    yield _file("native-shutter", "DICOM native", _with_shutter(plain()))


def _frames() -> Dataset:
    frames = np.stack([words(values, TWELVE) for values in distinct(limb(TWELVE), 3)])
    return dataset(frames, Chain(TWELVE, voi=whole(TWELVE)), frames=3, sop_class=XA, modality="XA")


def _with_shutter(ds: Dataset) -> Dataset:
    ds.CollimatorShape = "RECTANGULAR"
    ds.CollimatorLeftVerticalEdge, ds.CollimatorRightVerticalEdge = "3", "44"
    ds.CollimatorUpperHorizontalEdge, ds.CollimatorLowerHorizontalEdge = "3", "37"
    ds.ShutterShape, ds.CenterOfCircularShutter, ds.RadiusOfCircularShutter = "CIRCULAR", ["20", "24"], "19"
    ds.AnatomicRegionSequence = DicomSequence([Dataset()])
    item = ds.AnatomicRegionSequence[0]
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = "72696002", "SCT", "Knee"
    return ds


KINDS = {
    "rle": "DICOM RLE",
    "jpeg-lossless": "DICOM JPEG lossless",
    "jpeg-ls": "DICOM JPEG-LS",
    "jpeg-2000": "DICOM JPEG 2000",
    "htj2k": "DICOM HTJ2K",
    "jpeg": "DICOM JPEG",
}
CHOSEN = {
    "rle": TWELVE,
    "jpeg-lossless-4": TWELVE,
    "jpeg-lossless-sv1": SIXTEEN,
    "jpeg-ls": TWELVE,
    "jpeg-ls-near": EIGHT,
    "jpeg-2000-lossless": SIXTEEN,
    "jpeg-2000-12": TWELVE,
    "jpeg-2000-8": EIGHT,
    "htj2k": SIXTEEN,
    "htj2k-lossless": EIGHT,
    "jpeg-baseline": EIGHT,
    "jpeg-extended-8": EIGHT,
}


def _compressed() -> Iterator[Seed]:
    for name, layout in CHOSEN.items():
        codec = CODECS[name]
        kind = next(kind for start, kind in KINDS.items() if name.startswith(start))
        yield _file(name, kind, _packed(codec, layout, [_picture(name, codec, layout)]), codec.syntax)
    for name, table in (
        ("jpeg-ls", True),
        ("jpeg-2000-lossless", False),
        ("rle", False),
        ("jpeg-baseline", True),
    ):
        codec, layout = CODECS[name], CHOSEN[name]
        ds = _packed(codec, layout, distinct(_picture(name, codec, layout), 3), table)
        kind = next(kind for start, kind in KINDS.items() if name.startswith(start))
        yield _file(f"{name}-frames", kind, ds, codec.syntax)
    if find_spec("imagecodecs") is not None:
        levels = np.linspace(100, 4000, 30).round().astype(np.int64).reshape(5, 6)
        ds = dataset(words(np.kron(levels, np.ones((8, 8), np.int64)), TWELVE), Chain(TWELVE))
        yield _file("jpeg-12", "DICOM JPEG", encapsulated(ds, [extended_flat(levels)]), uid.JPEGExtended12Bit)


def _picture(name: str, codec: Codec, layout: Layout) -> Values:
    if name.startswith("htj2k"):  # a ready stream
        return probe(layout)
    return slope(layout, ROWS, COLUMNS) if codec.error else limb(layout)


def _packed(codec: Codec, layout: Layout, pictures: list[Values], offset_table: bool = True) -> Dataset:
    frames = np.stack([words(values, layout) for values in pictures])
    ds = dataset(frames, Chain(layout, voi=whole(layout)), frames=len(pictures))
    streams = [codec.encode(values, layout) for values in pictures]
    return encapsulated(ds, streams, offset_table=offset_table)


def _colours() -> Iterator[Seed]:
    colours = limb_in_colour()
    yield _file("rgb", "DICOM native", _colour_dataset("RGB", colours.tobytes()))
    planes = _colour_dataset("YBR_FULL", colours.transpose(2, 0, 1).tobytes())
    planes.PlanarConfiguration = 1
    yield _file("ybr-planes", "DICOM native", planes)
    ds = encapsulated(_colour_dataset("RGB", b""), [rle(colours)])
    yield _file("rgb-rle", "DICOM RLE", ds, uid.RLELossless)
    ds = encapsulated(_colour_dataset("YBR_FULL_422", b""), [_bytes(Image.fromarray(colours), "JPEG")])
    yield _file("ybr-jpeg", "DICOM JPEG", ds, uid.JPEGBaseline8Bit)
    stream = _bytes(Image.fromarray(colours), "JPEG2000", no_jp2=True)
    ds = encapsulated(_colour_dataset("YBR_RCT", b""), [stream])
    yield _file("rgb-jpeg-2000", "DICOM JPEG 2000", ds, uid.JPEG2000Lossless)
    yield _file("palette", "DICOM native", _palette())


def _colour_dataset(photometric: str, data: bytes) -> Dataset:
    ds = dataset(None, Chain(EIGHT, photometric=photometric))
    ds.SamplesPerPixel, ds.PlanarConfiguration, ds.Rows, ds.Columns = 3, 0, ROWS, COLUMNS
    if data:
        set_pixels(ds, data, "OB")
    return ds


def _palette() -> Dataset:
    ds = dataset(words(limb(EIGHT), EIGHT), Chain(EIGHT, photometric="PALETTE COLOR"))
    entries = lut_item(Lut(0, tuple(range(0, 65536, 256)), 16))
    for colour in ("Red", "Green", "Blue"):
        setattr(ds, f"{colour}PaletteColorLookupTableDescriptor", entries.LUTDescriptor)
        setattr(ds, f"{colour}PaletteColorLookupTableData", entries.LUTData)
    return ds


# Rasters


def _bytes(image: Image.Image, form: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def _exif(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112], exif[0x010E], exif[0x013B] = orientation, f"of {PATIENT}", PATIENT
    return exif


def _rasters() -> Iterator[Seed]:
    words_in_png = PngImagePlugin.PngInfo()
    words_in_png.add_text("Title", PATIENT)
    words_in_png.add_itxt("Comment", PATIENT, zip=True)
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16"):
        more = {"pnginfo": words_in_png, "dpi": (254, 254), "exif": _exif(6)}
        yield Seed(f"png-{_slug(mode)}.png", "PNG", _bytes(limb_image(mode), "PNG", **more))
    yield from _tiffs()
    for name, mode, options in (
        ("grey", "L", {}),
        ("rgb", "RGB", {"exif": _exif(5), "dpi": (254, 254)}),
        ("progressive", "RGB", {"progressive": True}),
        ("cmyk", "CMYK", {}),
        ("restarts", "RGB", {"restart_marker_rows": 1, "subsampling": 2}),
    ):
        data = _bytes(limb_image(mode), "JPEG", comment=PATIENT, **options)
        yield Seed(f"jpeg-{name}.jpg", "JPEG", data)
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        yield Seed(f"bmp-{mode.lower()}.bmp", "BMP", _bytes(limb_image(mode), "BMP"))
    webps: dict[str, dict[str, Any]] = {
        "lossy": {},
        "lossless": {"lossless": True},
        "exif": {"exif": _exif(3), "lossless": True},
    }
    for name, options in webps.items():
        yield Seed(f"webp-{name}.webp", "WebP", _bytes(limb_image("RGB"), "WEBP", **options))
    several = {
        "save_all": True,
        "append_images": [limb_image("RGB").rotate(90), limb_image("RGB").rotate(180)],
    }
    yield Seed("png-frames.png", "PNG", _bytes(limb_image("RGB"), "PNG", **several))
    yield Seed("webp-frames.webp", "WebP", _bytes(limb_image("RGB"), "WEBP", lossless=True, **several))
    yield Seed("webp-alpha.webp", "WebP", _bytes(limb_image("RGBA"), "WEBP"))


def _tiffs() -> Iterator[Seed]:
    packings = ("raw", "packbits", "tiff_lzw", "tiff_adobe_deflate")
    kinds = [(mode, packing) for packing in packings for mode in ("L", "I;16")]
    kinds += [("1", "group4"), ("1", "group3"), ("P", "tiff_lzw"), ("RGB", "jpeg"), ("F", "raw")]
    for mode, packing in kinds:
        told = {"description": PATIENT, "artist": PATIENT}
        data = _bytes(limb_image(mode), "TIFF", compression=packing, **told)
        yield Seed(f"tiff-{_slug(mode)}-{packing}.tif", "TIFF", data)
    pages = [limb_image("L"), limb_image("I;16"), limb_image("RGB")]
    whole = _bytes(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    yield Seed("tiff-pages.tif", "TIFF", whole)


def _slug(mode: str) -> str:
    return mode.lower().replace(";", "")


# Files of files


def _containers() -> Iterator[Seed]:
    files = {seed.name: seed.data for seed in (*_some_of(_native(), 2), *_some_of(_compressed(), 6))}
    files |= {seed.name: seed.data for seed in _some_of(_rasters(), 12)}
    for name, method in (("stored", 0), ("deflated", 8), ("bzip2", 12)):
        yield Seed(f"zip-{name}.zip", "zip", _zip(files, method))
    index = {"DICOMDIR": _dicomdir(), "IMAGES/IM1": next(_native()).data, "IMAGES/IM2": b"no picture"}
    yield Seed("zip-cd.zip", "zip", _zip(index, 8))
    yield Seed("DICOMDIR", "DICOMDIR", _dicomdir())


def _some_of(found: Iterator[Seed], step: int) -> list[Seed]:
    return list(found)[::step]


def _zip(files: dict[str, bytes], method: int) -> bytes:
    file = BytesIO()
    with zipfile.ZipFile(file, "w", method) as opened:
        for name, data in files.items():
            opened.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), data, method)
    return file.getvalue()


def _dicomdir() -> bytes:
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = uid.MediaStorageDirectoryStorage
    meta.TransferSyntaxUID = uid.UID(uid.ExplicitVRLittleEndian)
    meta.MediaStorageSOPInstanceUID = uid.UID("1.2.3.9")
    ds = FileDataset("", {}, preamble=bytes(128), file_meta=meta)
    ds.FileSetID = "CD"
    ds.DirectoryRecordSequence = DicomSequence([_record("PATIENT"), _record("IMAGE", 1), _record("IMAGE", 2)])
    file = BytesIO()
    ds.save_as(file, enforce_file_format=True)
    return file.getvalue()


def _record(kind: str, number: int | None = None) -> Dataset:
    ds = Dataset()
    ds.OffsetOfTheNextDirectoryRecord, ds.OffsetOfReferencedLowerLevelDirectoryEntity = 0, 0
    ds.RecordInUseFlag, ds.DirectoryRecordType = 0xFFFF, kind
    if number is None:
        ds.PatientName, ds.PatientID = PATIENT, PATIENT_ID
    else:
        ds.ReferencedFileID = ["IMAGES", f"IM{number}"]
    return ds
