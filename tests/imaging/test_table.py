"""One look-up per pixel, the same as indexing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from mlcalc.imaging.table import CHUNK, look_up


def table(bits: int) -> NDArray[np.float32]:
    """A different number for every word."""
    return np.random.default_rng(1).permutation(2**bits).astype(np.float32)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_every_word_finds_its_entry(dtype: type[np.unsignedinteger[Any]]) -> None:
    bits = 8 * np.dtype(dtype).itemsize
    words = np.arange(2**bits, dtype=dtype).reshape(-1, 16)
    found = look_up(table(bits), words)
    assert found.dtype == np.float32
    assert np.array_equal(found, table(bits)[words])


@pytest.mark.parametrize(("dtype", "bits"), [(np.int8, 8), (np.int16, 16)])
def test_signed_words_are_read_as_unsigned(dtype: type[np.signedinteger[Any]], bits: int) -> None:
    words = np.array([[0, 1, -1, np.iinfo(dtype).min, np.iinfo(dtype).max]], dtype)
    expected = table(bits)[[0, 1, 2**bits - 1, 2 ** (bits - 1), 2 ** (bits - 1) - 1]]
    assert np.array_equal(look_up(table(bits), words)[0], expected)


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_the_pieces_join_without_a_seam(size: int) -> None:
    words = np.random.default_rng(2).integers(0, 2**16, (1, size), np.uint16)
    assert np.array_equal(look_up(table(16), words), table(16)[words])


@settings(deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.booleans(), st.booleans())
def test_strides_do_not_matter(rows: int, columns: int, turned: bool, every_second: bool) -> None:
    words = np.random.default_rng(3).integers(0, 2**16, (rows, columns), np.uint16)
    words = words.T if turned else words
    words = words[::2, ::-1] if every_second else words
    assert np.array_equal(look_up(table(16), words), table(16)[words])
