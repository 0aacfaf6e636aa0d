"""The grey-scale order of DICOM: from stored values to [0, 1] with dense = bright.

PS3.4 N.2: stored value -> Modality LUT or rescale (PS3.3 C.11.1) -> VOI LUT or window (C.11.2) ->
Presentation LUT and its shape (C.11.6), MONOCHROME1 (C.7.6.3.1.2). The header alone decides. For
integers of up to 16 bits all steps fold into one table, so their number costs nothing per pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from math import isqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from mlcalc.imaging.dicom.groups import functional_group
from mlcalc.imaging.dicom.lut import BrokenLutError, Lut, read_lut
from mlcalc.imaging.dicom.stored import Stored, foreign_bits, read_stored
from mlcalc.imaging.dicom.tags import number, numbers, sequence, text, texts
from mlcalc.imaging.radiograph import Caution, Greyscale, Pixels
from mlcalc.imaging.table import look_up
from mlcalc.imaging.voi import AIR_PERCENTILE, DENSE_PERCENTILE, Window, percentile_window

Values = NDArray[np.float64]
Step = Callable[[Values], Values]

SAMPLE = 2**18
"""Pixels looked at to find a percentile window; more would not move it."""

ANGIOGRAPHY = tuple(
    f"1.2.840.10008.5.1.4.1.1.12.{end}" for end in ("1", "1.1", "2", "2.1", "3")
)  # XA, enhanced XA, XRF, enhanced XRF, biplane XA (retired)


@dataclass
class _Order:
    """The steps that a header asks for, and what is to be said about them."""

    modality: Step | None = None
    modality_text: str = "identity"
    signed_modality: bool = False
    voi: Step | None = None
    voi_text: str = ""
    window: tuple[float, float] | None = None
    presentation: Lut | None = None
    inverted: bool = False
    cautions: list[Caution] = field(default_factory=list)

    def caution(self, code: str, message: str) -> None:
        self.cautions.append(Caution(code, message))


def apply_greyscale(
    array: NDArray[Any], ds: Dataset, *, frame: int = 0, packed: bool = True, invert: bool = False
) -> tuple[Pixels, Greyscale, list[Caution]]:
    """One decoded monochrome frame as it is meant to be seen.

    array: (rows, columns) integers or floats as decoded. packed: whether unused high bits may hold
    something else (native and RLE data). invert: the user's word that the header is wrong. Returns
    (rows, columns) float32 in [0, 1], what was done, and what to beware of. Pixels that stand for "no
    pixel" become 0 and have no say in a window.
    """
    array = array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
    stored = read_stored(ds, array.dtype, packed)
    order = _read_order(ds, frame, stored)
    order.cautions += foreign_bits(ds, stored, array)
    if invert:
        order.inverted = not order.inverted
    _check_physics(order, ds)
    if order.voi is None:
        _window_from_pixels(order, stored, array)
    if stored.tabled:
        table = _render(order, stored, stored.all_words())
        pixels = look_up(table, array)
    else:
        pixels = _render(order, stored, array)
    return pixels, _record(ds, order, stored, invert), order.cautions


def _render(order: _Order, stored: Stored, words: NDArray[Any]) -> Pixels:
    """All steps, one after the other."""
    values = stored.values(words)
    grey = values if order.modality is None else order.modality(values)
    grey = np.zeros_like(grey) if order.voi is None else order.voi(grey)
    if order.presentation is not None:
        grey = order.presentation(grey * (len(order.presentation.data) - 1) + order.presentation.first)
        grey = grey / order.presentation.full_scale
    if order.inverted:
        grey = 1 - grey
    grey = np.nan_to_num(np.clip(grey, 0, 1))
    if stored.padding is not None:
        grey[stored.is_padding(values)] = 0
    return grey.astype(np.float32)


def _read_order(ds: Dataset, frame: int, stored: Stored) -> _Order:
    order = _Order(signed_modality=stored.signed)
    _read_modality(order, ds, frame, stored)
    _read_voi(order, functional_group(ds, frame, "FrameVOILUTSequence"), ds)
    _read_presentation(order, ds)
    return order


def _read_modality(order: _Order, ds: Dataset, frame: int, stored: Stored) -> None:
    """C.11.1: a table if there is one, else slope and intercept."""
    if _is_for_arithmetic(ds):
        order.modality_text = "not for display (Pixel Intensity Relationship LOG or DISP of angiography)"
        return
    lut = _first_lut(order, ds, "ModalityLUTSequence", ds, stored.signed)
    if lut is not None:
        order.modality, order.modality_text = lut, f"look-up table of {len(lut.data)} entries"
        order.signed_modality = False
        return
    group = functional_group(ds, frame, "PixelValueTransformationSequence")
    slope, intercept = number(group, "RescaleSlope"), number(group, "RescaleIntercept")
    if slope is None and intercept is None:
        return
    slope, intercept = 1.0 if slope is None else slope, intercept or 0.0
    if slope == 0:
        order.caution("rescale_invalid", "Rescale Slope is 0 and was ignored")
        slope = 1.0
    if (slope, intercept) != (1.0, 0.0):
        order.modality = lambda values: values * slope + intercept
        order.modality_text = f"rescale {slope:g} * x {'-' if intercept < 0 else '+'} {abs(intercept):g}"
    ends = [end * slope + intercept for end in stored.range]
    order.signed_modality = min(ends) < 0


def _is_for_arithmetic(ds: Dataset) -> bool:
    """Angiography's Modality LUT leads back to linear intensities, for subtraction (C.8.7.1.1.2)."""
    relationship = text(ds, "PixelIntensityRelationship")
    return text(ds, "SOPClassUID") in ANGIOGRAPHY and relationship in ("LOG", "DISP")


def _read_voi(order: _Order, group: Dataset, ds: Dataset) -> None:
    """C.11.2: a table before a window, the first of several."""
    lut = _first_lut(order, group, "VOILUTSequence", ds, order.signed_modality)
    if lut is not None:
        order.voi = lambda values: lut(values) / lut.full_scale
        count = len(sequence(group, "VOILUTSequence"))
        order.voi_text = f"look-up table of {len(lut.data)} entries, 1 of {count} in the header"
        if lut.data.max() < lut.full_scale / 4:
            order.caution(
                "lut_dark", f"VOI LUT of {lut.bits} bits holds no value above a quarter of its range"
            )
        return
    centers, widths = numbers(group, "WindowCenter"), numbers(group, "WindowWidth")
    function = text(group, "VOILUTFunction") or "LINEAR"
    windows = [Window(c, w, function) for c, w in zip(centers, widths, strict=False)]
    for index, window in enumerate(windows):
        if window.problem is None:
            order.voi, order.window = window, (window.center, window.width)
            place = f"{index + 1} of {len(windows)} in the header"
            order.voi_text = f"window {window.center:g} / {window.width:g} {function}, {place}"
            return
    if windows:
        order.caution("window_invalid", f"window of the header ignored: {windows[0].problem}")
    elif texts(group, "WindowCenter") or texts(group, "WindowWidth"):
        order.caution("window_invalid", "window of the header ignored: Center and Width are no number pairs")


def _first_lut(order: _Order, group: Dataset, keyword: str, ds: Dataset, signed: bool) -> Lut | None:
    items = sequence(group, keyword)
    if not items:
        return None
    try:
        return read_lut(items[0], signed, little_endian=ds.original_encoding[1] is not False)
    except BrokenLutError as error:
        order.caution("lut_broken", f"{keyword} ignored: {error}")
        return None


def _read_presentation(order: _Order, ds: Dataset) -> None:
    """C.11.6 and C.7.6.3.1.2: two ways to say once that the lowest value is white."""
    order.presentation = _first_lut(order, ds, "PresentationLUTSequence", ds, signed=False)
    photometric, shape = text(ds, "PhotometricInterpretation"), text(ds, "PresentationLUTShape")
    order.inverted = photometric == "MONOCHROME1" or shape == "INVERSE"
    if photometric not in ("MONOCHROME1", "MONOCHROME2"):
        message = "Photometric Interpretation is missing or unknown, so nothing says which way round light"
        taken = "INVERSE as its Presentation LUT Shape has it" if order.inverted else "MONOCHROME2"
        order.caution("polarity_unknown", f"{message} and dark are; taken as {taken}")
        return
    if shape == ("IDENTITY" if photometric == "MONOCHROME1" else "INVERSE"):
        message = f"{photometric} and Presentation LUT Shape {shape} contradict each other; taken as inverted"
        order.caution("polarity_conflict", message)


def _check_physics(order: _Order, ds: Dataset) -> None:
    """Whether the header itself says that dense is dark (C.8.7.1.1.2, C.8.11.3.1.2).

    Only where pixels stand for intensities, in angiography, fluoroscopy and raw detector data: pictures
    made for presentation carry the same attributes, and they are wrong there.
    """
    relationship, sign = text(ds, "PixelIntensityRelationship"), number(ds, "PixelIntensityRelationshipSign")
    intensities = text(ds, "SOPClassUID") in ANGIOGRAPHY and relationship in ("LIN", "LOG") and sign != -1
    raw = text(ds, "PresentationIntentType") == "FOR PROCESSING" and sign == 1
    if (intensities or raw) and not order.inverted:
        message = "Pixel Intensity Relationship says that higher values are more X-rays, so dense is dark"
        order.caution("polarity_suspect", f"{message}; kept as the header shows it, --invert turns it over")


def _window_from_pixels(order: _Order, stored: Stored, array: NDArray[Any]) -> None:
    """Where a header has no window: one from the pixels, without padding."""
    stride = max(1, isqrt(array.size // SAMPLE))
    window = _sampled_window(order, stored, array[::stride, ::stride])
    if window is None and stride > 1:  # what is there may lie between the samples
        window = _sampled_window(order, stored, array)
    if window is None:
        order.voi_text = "none: all pixels are alike"
        return
    order.voi, order.window = window, (window.center, window.width)
    cut = f"{AIR_PERCENTILE:g} % cut off at the side of air, {DENSE_PERCENTILE:g} % at the dense side"
    order.voi_text = (
        f"window {window.center:g} / {window.width:g} from the pixels ({cut}); the header has none to apply"
    )


def _sampled_window(order: _Order, stored: Stored, sample: NDArray[Any]) -> Window | None:
    """The window of these pixels; None where they are all alike."""
    if stored.tabled:
        counts = np.bincount(sample.ravel().view(f"u{sample.itemsize}"))
        present = np.flatnonzero(counts)
        words, counts = stored.all_words()[present], counts[present]
    else:
        words, counts = np.unique(sample, return_counts=True)
    values = stored.values(words)
    seen = np.isfinite(values) & ~stored.is_padding(values)
    values, counts = values[seen], counts[seen]
    grey = values if order.modality is None else order.modality(values)
    return percentile_window(grey, counts, dense_is_high=not order.inverted)


def _record(ds: Dataset, order: _Order, stored: Stored, by_user: bool) -> Greyscale:
    steps = []
    if order.presentation is not None:
        steps.append(f"look-up table of {len(order.presentation.data)} entries")
    if order.inverted != by_user:
        steps.append("inverted")
    if by_user:
        steps.append("inverted by --invert")
    photometric = text(ds, "PhotometricInterpretation")
    known = photometric in ("MONOCHROME1", "MONOCHROME2")
    return Greyscale(
        photometric=photometric if known and photometric else "unregistered",
        bits=stored.bits,
        signed=stored.signed,
        modality=order.modality_text,
        voi=order.voi_text,
        presentation=", ".join(steps) or "identity",
        window=order.window,
        inverted=order.inverted,
        padding=stored.padding,
    )
