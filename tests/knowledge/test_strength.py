"""How a cell of the ``strength`` column becomes a probability."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlcalc.knowledge import Knowledge
from mlcalc.knowledge.strength import Strength, parse_strength

BANDS = {"typical": 0.85, "excluded": 0.001}


def middle(text: str) -> float:
    return parse_strength(text, BANDS).probability


def interval(text: str) -> tuple[float, float]:
    strength = parse_strength(text, BANDS)
    return strength.low, strength.high


def test_a_band_stands_for_its_probability_and_keeps_its_name() -> None:
    assert parse_strength("typical", BANDS) == Strength(0.85, 0.85, 0.85, "typical", "typical")
    assert not parse_strength("typical", BANDS).numeric


def test_a_percentage_is_used_as_given() -> None:
    assert parse_strength("80%", BANDS) == Strength(0.8, 0.8, 0.8, "80%")
    assert parse_strength("80%", BANDS).numeric


def test_a_range_stands_for_its_middle_and_keeps_its_ends() -> None:
    assert middle("50-88%") == pytest.approx(0.69)
    assert interval("50-88%") == (0.5, 0.88)


def test_up_to_stands_for_its_upper_end() -> None:
    assert middle("<=45%") == middle("<45%") == 0.45
    assert interval("<=45%") == (0, 0.45)


def test_more_than_stands_for_the_middle_between_it_and_all() -> None:
    assert middle(">90%") == middle(">=90%") == pytest.approx(0.95)
    assert interval(">90%") == (0.9, 1)


def test_a_count_is_the_share_it_counts() -> None:
    assert middle("7/33") == pytest.approx(7 / 33)
    assert middle("1/3") == pytest.approx(1 / 3)
    assert middle("0/5") == 0
    assert middle("5/5") == 1


@pytest.mark.parametrize("text", [" 80% ", "80 %", "50 - 88 %", "<= 45 %", "> 90%", "7 / 33", " typical "])
def test_spaces_do_not_matter(text: str) -> None:
    plain = parse_strength(text.replace(" ", ""), BANDS)
    assert parse_strength(text, BANDS).probability == plain.probability


def test_decimals_are_allowed() -> None:
    assert middle("2.5%") == 0.025
    assert interval("2.5-10.5%") == (0.025, 0.105)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "%",
        "80",
        "0.8",
        "80 percent",
        "-5%",
        "50-88",
        "50%-88%",
        "50--88%",
        "-88%",
        "50-%",
        "<>45%",
        "=<45%",
        "==45%",
        "~45%",
        "45%<",
        "7/33%",
        "7/",
        "/33",
        "-7/33",
        "7/-33",
        "7.5/33",
        "7/33/2",
        "nan%",
        "inf%",
        "1e1%",
        ".5%",
        "5.%",
        "8,5%",
        "Typical",
        "typical 80%",
        "typcal",
        "80%\n90%",
    ],
)
def test_anything_else_is_refused_with_the_text_and_the_bands(text: str) -> None:
    with pytest.raises(ValueError, match=r"neither a band .*typical, excluded.* nor a number") as caught:
        parse_strength(text, BANDS)
    assert repr(text.strip()) in str(caught.value)


@pytest.mark.parametrize("text", ["101%", "100.1%", "180%", "50-101%", "<=120%", ">101%", "34/33", "88-50%"])
def test_a_share_above_all_or_a_falling_range_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a share between 0 and 100 %"):
        parse_strength(text, BANDS)


def test_a_count_out_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="divides by zero"):
        parse_strength("0/0", BANDS)


@given(st.text(max_size=12) | st.from_regex(r"\A[<>=]{0,2} ?\d{0,3}[-./]?\d{0,3} ?%?\Z"))
def test_any_text_gives_a_share_inside_its_interval_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        strength = parse_strength(text, BANDS)
        assert 0 <= strength.low <= strength.probability <= strength.high <= 1
        assert strength.text == text.strip()


@given(st.integers(0, 100))
def test_every_whole_percentage_is_read_exactly(percent: int) -> None:
    assert middle(f"{percent}%") == percent / 100


@given(st.integers(0, 100), st.integers(0, 100))
def test_a_range_is_read_from_low_to_high_only(one: int, other: int) -> None:
    low, high = sorted((one, other))
    assert interval(f"{low}-{high}%") == (low / 100, high / 100)
    if low < high:
        with pytest.raises(ValueError, match="not a share"):
            parse_strength(f"{high}-{low}%", BANDS)


@given(st.integers(0, 50), st.integers(1, 50))
def test_a_count_is_possible_exactly_when_it_counts_no_more_than_all(part: int, whole: int) -> None:
    text = f"{part}/{whole}"
    if part <= whole:
        assert middle(text) == part / whole
    else:
        with pytest.raises(ValueError, match="not a share"):
            parse_strength(text, BANDS)


def test_the_shipped_bands_rise_from_excluded_to_defining(shipped: Knowledge) -> None:
    order = ("excluded", "very_rare", "rare", "occasional", "possible", "common", "typical", "defining")
    shares = [shipped.bands[name].probability for name in order]
    assert shares == sorted(set(shares))
    assert shares[0] > 0
    assert shares[-1] < 1
    assert set(order) == set(shipped.bands)


def test_every_shipped_band_says_which_words_it_stands_for_and_why(shipped: Knowledge) -> None:
    assert [band.band for band in shipped.bands.values() if not (band.words and band.reason)] == []
