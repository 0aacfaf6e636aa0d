"""A plug-in of pydicom for 12-bit JPEG extended, through imagecodecs (extra ``jpeg12``).

The other decoders of mlcalc read 8-bit samples of that transfer syntax only.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from typing import Any

from pydicom.pixels.decoders.base import get_decoder
from pydicom.uid import JPEGExtended12Bit

LABEL = "mlcalc_jpeg12"
DECODER_DEPENDENCIES = {JPEGExtended12Bit: ("imagecodecs",)}
"""pydicom shows this where a plug-in is missing."""


def is_available(uid: str) -> bool:
    """Whether imagecodecs is installed; asked by pydicom."""
    return uid == JPEGExtended12Bit and find_spec("imagecodecs") is not None


def decode_frame(source: bytes, runner: Any) -> bytes:
    """The samples of one frame, 16 bits each, little endian; called by pydicom."""
    import imagecodecs  # noqa: PLC0415  the extra may not be installed

    samples: bytes = imagecodecs.jpeg_decode(source, bitspersample=12).astype("<u2").tobytes()
    runner.set_option("bits_allocated", 16)
    return samples


@cache
def install() -> bool:
    """Make pydicom use this plug-in; whether it can."""
    if not is_available(JPEGExtended12Bit):
        return False
    decoder = get_decoder(JPEGExtended12Bit)
    if LABEL not in decoder.available_plugins:
        decoder.add_plugin(LABEL, (__name__, "decode_frame"))
    return True
