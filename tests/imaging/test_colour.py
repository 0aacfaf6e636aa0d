"""Colour pictures become the luminance of their 8-bit values: 0.299 R + 0.587 G + 0.114 B (Rec. 601)."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from pydicom import uid
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.pixels.encoders.base import get_encoder

from mlcalc.imaging.limits import ReadOptions
from mlcalc.imaging.read import read_radiograph

from .dicom_files import LutData, dataset, encapsulated, lut_item, set_pixels, set_window, words, write
from .reference import Chain, Layout, Lut, Window, luminance
from .streams import lossless, rle

Colours = NDArray[np.uint8]  # (rows, columns, 3)

NATIVE = {
    "implicit": uid.ImplicitVRLittleEndian,
    "explicit": uid.ExplicitVRLittleEndian,
    "deflated": uid.DeflatedExplicitVRLittleEndian,
    "big-endian": uid.ExplicitVRBigEndian,
}


def colours(rows: int = 5, columns: int = 7) -> Colours:
    """Every corner of the cube and much between."""
    corners = [[255 * (n >> bit & 1) for bit in range(3)] for n in range(8)]
    drawn = np.random.default_rng(6).integers(0, 256, (rows * columns - 8, 3))
    return np.concatenate([corners, drawn]).astype(np.uint8).reshape(rows, columns, 3)


def greys(rows: int = 5, columns: int = 7) -> Colours:
    ramp = np.linspace(0, 255, rows * columns).round().astype(np.uint8).reshape(rows, columns)
    return np.stack([ramp] * 3, axis=-1)


def smooth(rows: int = 32, columns: int = 48) -> Colours:
    """Slow changes of colour, which subsampling and quantisation hardly harm."""
    y, x = np.mgrid[:rows, :columns] / max(rows, columns)
    return np.stack([60 + 120 * x, 200 - 100 * y, 90 + 60 * (x + y)], axis=-1).astype(np.uint8)


def expected(picture: Colours) -> NDArray[np.float64]:
    return np.array([[luminance(*map(float, pixel)) for pixel in row] for row in picture])


def colour_dataset(picture: Colours, photometric: str = "RGB", planar: int = 0) -> Dataset:
    """An 8-bit colour picture, its channels pixel by pixel (0) or plane by plane (1)."""
    ds = dataset(None, Chain(Layout(8, 8), photometric=photometric))
    ds.SamplesPerPixel, ds.PlanarConfiguration = 3, planar
    ds.Rows, ds.Columns = picture.shape[:2]
    set_pixels(ds, (picture.transpose(2, 0, 1) if planar else picture).tobytes(), "OB")
    return ds


def shown(data: bytes, flip: bool = False) -> NDArray[np.float32]:
    radiograph = read_radiograph(data, options=ReadOptions(invert=flip))
    assert radiograph.pixels.dtype == np.float32
    assert radiograph.greyscale.inverted is flip
    assert radiograph.greyscale.window is None
    return radiograph.pixels


def assert_shows(data: bytes, picture: Colours, within: float = 1e-6) -> None:
    np.testing.assert_allclose(shown(data), expected(picture), rtol=0, atol=within)


# RGB


@pytest.mark.parametrize("picture", [colours(), colours(3, 3), greys()], ids=["colours", "odd", "greys"])
@pytest.mark.parametrize("planar", [0, 1], ids=["by-pixel", "by-plane"])
@pytest.mark.parametrize("syntax", NATIVE)
def test_rgb(syntax: str, planar: int, picture: Colours) -> None:
    assert_shows(write(colour_dataset(picture, planar=planar), NATIVE[syntax]), picture)


def test_a_grey_picture_in_colours_keeps_its_values_exactly() -> None:
    np.testing.assert_array_equal(
        shown(write(colour_dataset(greys()))), greys()[..., 0].astype(np.float32) / 255
    )


def test_colours_are_inverted_only_for_the_user() -> None:
    pixels = shown(write(colour_dataset(colours())), flip=True)
    np.testing.assert_allclose(pixels, 1 - expected(colours()), rtol=0, atol=1e-6)


def test_a_window_is_not_for_colours() -> None:
    """PS3.3 C.11.2.1.2: only for MONOCHROME1 and MONOCHROME2."""
    ds = colour_dataset(colours())
    set_window(ds, Window(100, 10))
    assert_shows(write(ds), colours())


# Compressed RGB


def by_pydicom(syntax: str, photometric: str) -> Callable[[Colours], bytes]:
    def encode(picture: Colours) -> bytes:
        ds = colour_dataset(picture, photometric)
        ds.file_meta = FileMetaDataset()
        ds.file_meta.TransferSyntaxUID = uid.ExplicitVRLittleEndian
        return get_encoder(syntax).encode(ds)

    return encode


LOSSLESS: dict[str, tuple[str, str, int, Callable[[Colours], bytes]]] = {
    "rle": (uid.RLELossless, "RGB", 1, rle),
    "jpeg-lossless": (uid.JPEGLossless, "RGB", 0, lambda picture: lossless(picture, 8, 4)),
    "jpeg-lossless-sv1": (uid.JPEGLosslessSV1, "RGB", 0, lambda picture: lossless(picture, 8)),
    "jpeg-ls": (uid.JPEGLSLossless, "RGB", 0, by_pydicom(uid.JPEGLSLossless, "RGB")),
    "jpeg-2000-rgb": (uid.JPEG2000Lossless, "RGB", 0, by_pydicom(uid.JPEG2000Lossless, "RGB")),
    "jpeg-2000-rct": (uid.JPEG2000Lossless, "YBR_RCT", 0, by_pydicom(uid.JPEG2000Lossless, "YBR_RCT")),
}


@pytest.mark.parametrize("picture", [colours(33, 35), greys(34, 33)], ids=["colours", "greys"])
@pytest.mark.parametrize("codec", LOSSLESS)
def test_losslessly_compressed_colours(codec: str, picture: Colours) -> None:
    syntax, photometric, planar, encode = LOSSLESS[codec]
    ds = colour_dataset(picture, photometric, planar)
    assert_shows(write(encapsulated(ds, [encode(picture)]), syntax), picture)


def jpeg(picture: Colours, **options: bool | int) -> bytes:
    file = BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=95, **options)
    return file.getvalue()


@pytest.mark.parametrize("picture", [smooth(), smooth(17, 23), np.tile(greys(8, 4), (4, 8, 1))], ids=range(3))
@pytest.mark.parametrize(
    ("photometric", "options"),
    [
        ("YBR_FULL_422", {"subsampling": 1}),
        ("YBR_FULL_422", {"subsampling": 2}),
        ("YBR_FULL", {"subsampling": 0}),
        ("RGB", {"keep_rgb": True, "subsampling": 0}),
    ],
    ids=["422", "420", "444", "rgb"],
)
def test_jpeg_colours(photometric: str, options: dict[str, int], picture: Colours) -> None:
    ds = colour_dataset(picture, photometric)
    data = write(encapsulated(ds, [jpeg(picture, **options)]), uid.JPEGBaseline8Bit)
    assert_shows(data, picture, within=6 / 255)


# YBR: luminance is Y itself (PS3.3 C.7.6.3.1.2), but for the rounding of R, G and B to 8 bits


def to_ybr(picture: Colours) -> Colours:
    red, green, blue = (picture[..., c].astype(float) for c in range(3))
    y = 0.299 * red + 0.587 * green + 0.114 * blue
    cb = -0.1687 * red - 0.3313 * green + 0.5 * blue + 128
    cr = 0.5 * red - 0.4187 * green - 0.0813 * blue + 128
    return np.clip(np.stack([y, cb, cr], axis=-1).round(), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("planar", [0, 1], ids=["by-pixel", "by-plane"])
@pytest.mark.parametrize("syntax", NATIVE)
def test_ybr_full(syntax: str, planar: int) -> None:
    ds = colour_dataset(to_ybr(smooth(5, 7)), "YBR_FULL", planar)
    assert_shows(write(ds, NATIVE[syntax]), smooth(5, 7), within=1.6 / 255)


def test_ybr_full_without_colour_is_exact() -> None:
    ds = colour_dataset(to_ybr(greys()), "YBR_FULL")
    assert_shows(write(ds), greys())


def test_ybr_full_in_rle() -> None:
    ds = colour_dataset(to_ybr(smooth(5, 7)), "YBR_FULL", 1)
    data = write(encapsulated(ds, [rle(to_ybr(smooth(5, 7)))]), uid.RLELossless)
    assert_shows(data, smooth(5, 7), within=1.6 / 255)


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize("picture", [greys(5, 8), smooth(6, 8)], ids=["greys", "colours"])
def test_ybr_full_422(picture: Colours, syntax: str) -> None:
    """Two pixels as Y1 Y2 Cb Cr, the colour being that of the first of the two (C.7.6.3.1.2)."""
    ybr = to_ybr(picture)
    pairs = np.stack([ybr[:, ::2, 0], ybr[:, 1::2, 0], ybr[:, ::2, 1], ybr[:, ::2, 2]], axis=-1)
    ds = colour_dataset(picture, "YBR_FULL_422")
    set_pixels(ds, pairs.tobytes(), "OB")
    exact = np.array_equal(picture[..., 0], picture[..., 2])
    assert_shows(write(ds, NATIVE[syntax]), picture, within=1e-6 if exact else 1.6 / 255)


# Palettes


def palette_dataset(indices: NDArray[np.int64], layout: Layout) -> Dataset:
    return dataset(words(indices, layout), Chain(layout, photometric="PALETTE COLOR"))


def set_palette(ds: Dataset, tables: NDArray[np.int64], first: int, bits: int, data: LutData) -> None:
    for name, table in zip(("Red", "Green", "Blue"), tables, strict=True):
        item = lut_item(Lut(first, tuple(table.tolist()), bits), signed=first < 0, data=data)
        ds.add_new(f"{name}PaletteColorLookupTableDescriptor", item["LUTDescriptor"].VR, item.LUTDescriptor)
        ds.add_new(f"{name}PaletteColorLookupTableData", "OW", item.LUTData)


@pytest.mark.parametrize("syntax", NATIVE)
@pytest.mark.parametrize("layout", [Layout(8, 8), Layout(16, 16), Layout(16, 10)], ids=["8", "16", "10in16"])
@pytest.mark.parametrize(("bits", "data"), [(8, "OW packed"), (8, "OW"), (16, "OW")])
@pytest.mark.parametrize(("first", "count"), [(0, 256), (20, 30), (0, 33)])
def test_palette(first: int, count: int, bits: int, data: LutData, layout: Layout, syntax: str) -> None:
    """PS3.3 C.7.6.3.1.5: indices beside the table take its first or last entry."""
    indices = np.random.default_rng(7).integers(0, 100, (5, 7))
    tables = np.random.default_rng(8).integers(0, 256, (3, count))
    ds = palette_dataset(indices, layout)
    set_palette(ds, tables * 257 if bits == 16 else tables, first, bits, data)
    picture = tables[:, np.clip(indices - first, 0, count - 1)].transpose(1, 2, 0).astype(np.uint8)
    assert_shows(write(ds, NATIVE[syntax]), picture)


def test_a_palette_in_rle() -> None:
    indices = np.random.default_rng(7).integers(0, 256, (5, 7))
    tables = np.random.default_rng(8).integers(0, 256, (3, 256))
    ds = palette_dataset(indices, Layout(8, 8))
    set_palette(ds, tables * 257, 0, 16, "OW")
    data = write(encapsulated(ds, [rle(words(indices, Layout(8, 8)))]), uid.RLELossless)
    assert_shows(data, tables[:, indices].transpose(1, 2, 0).astype(np.uint8))


def test_a_segmented_palette() -> None:
    """PS3.3 C.7.9.2: a discrete segment of 2 entries, then a linear one of 4 up to its end value."""
    indices = np.arange(6).reshape(2, 3)
    ds = palette_dataset(indices, Layout(8, 8))
    segments = {"Red": [10, 20, 60], "Green": [0, 200, 100], "Blue": [7, 7, 47]}
    for name, (one, two, end) in segments.items():
        ds.add_new(f"{name}PaletteColorLookupTableDescriptor", "US", [6, 0, 16])
        code = np.array([0, 2, one * 257, two * 257, 1, 4, end * 257], "<u2").tobytes()
        ds.add_new(f"Segmented{name}PaletteColorLookupTableData", "OW", code)
    tables = [
        [one, two, *(two + (end - two) * n // 4 for n in (1, 2, 3, 4))] for one, two, end in segments.values()
    ]
    assert_shows(write(ds), np.array(tables, np.uint8).T.reshape(2, 3, 3), within=1 / 255)
