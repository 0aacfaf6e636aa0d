"""A sidecar: which file it is, what it may say, and what is said of a wrong one."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlcalc.case import Fact, Location
from mlcalc.crops.row import CropRequest
from mlcalc.crops.sidecar import KEYS, SidecarCrop, find_sidecar, read_sidecar
from mlcalc.errors import CaseError
from mlcalc.imaging.box import Box

README = Path(__file__).parents[2] / "mlcalc" / "crops" / "README.md"

Read = Callable[[object], tuple[SidecarCrop, ...]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Reads a JSON value (or text, or bytes) as ``knee.json``."""

    def read(value: object) -> tuple[SidecarCrop, ...]:
        path = tmp_path / "knee.json"
        text = value if isinstance(value, str | bytes) else json.dumps(value)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_sidecar(path)

    return read


@pytest.fixture
def refused(read: Read) -> Callable[[object], list[str]]:
    """All problems that a value is refused with."""

    def refused(value: object) -> list[str]:
        with pytest.raises(CaseError) as caught:
            read(value)
        return [str(problem) for problem in caught.value.problems]

    return refused


Refused = Callable[[object], list[str]]


# Which file


@pytest.mark.parametrize(
    ("image", "sidecars", "expected"),
    [
        ("knee.dcm", ["knee.json"], "knee.json"),
        ("knee.dcm", ["knee.dcm.json"], "knee.dcm.json"),
        ("knee.dcm", ["knee.json", "knee.dcm.json"], "knee.dcm.json"),
        ("knee.dcm", ["hand.json", "knee.png.json"], None),
        ("IM0001", ["IM0001.json"], "IM0001.json"),
        ("1.2.840.17", ["1.2.840.json"], None),
        ("1.2.840.17", ["1.2.840.17.json"], "1.2.840.17.json"),
        ("knee.old.png", ["knee.old.json"], "knee.old.json"),
        ("knee.json", ["knee.json"], None),
        (".png", [".png.json"], ".png.json"),
    ],
)
def test_the_sidecar_of_a_picture(
    tmp_path: Path, image: str, sidecars: list[str], expected: str | None
) -> None:
    for name in sidecars:
        (tmp_path / name).touch()
    assert find_sidecar(tmp_path / image) == (expected and tmp_path / expected)


def test_a_folder_is_no_sidecar_and_has_none(tmp_path: Path) -> None:
    (tmp_path / "knee.json").mkdir()
    assert find_sidecar(tmp_path / "knee.png") is None
    assert find_sidecar(Path()) is None


# What it may say


def test_every_key_is_read(read: Read) -> None:
    (found,) = read(
        {
            "box": [10, 20.5, 30, 60],
            "box_unit": "mm",
            "frame": 3,
            "rotation": 270,
            "mirror": True,
            "mm_per_pixel": 0.1,
            "location": {"compartment": "tendon", "region": "shoulder"},
            "context": {"age": 48, "symptoms": ["pain"], "labs": {"calcium": "high"}, "absent": ["fever"]},
        }
    )
    crop = found.crop
    assert found.frame == 3
    assert (crop.box, crop.unit) == (Box(10, 20.5, 30, 60), "mm")
    assert (crop.rotation, crop.mirror, crop.mm_per_pixel) == (270, True, 0.1)
    assert crop.location == Location("tendon", None, "shoulder")
    assert (crop.context.age, crop.context.labs) == (48, {"calcium": "high"})
    assert crop.context.facts == (Fact("symptoms", "pain"), Fact("symptoms", "fever", present=False))


@pytest.mark.parametrize("key", KEYS)
def test_every_key_may_be_null_and_then_says_nothing(read: Read, key: str) -> None:
    assert read({key: None}) == (SidecarCrop(None, CropRequest()),)


@pytest.mark.parametrize("key", KEYS)
def test_every_key_may_be_missing(read: Read, key: str) -> None:
    values = {
        "box": [0, 0, 1, 1],
        "box_unit": "mm",
        "frame": 1,
        "rotation": 90,
        "mirror": True,
        "mm_per_pixel": 1,
        "location": {"region": "knee"},
        "context": {"age": 1},
    }
    (whole,), (found,) = read(values), read({k: v for k, v in values.items() if k != key})
    nothing = SidecarCrop(None, CropRequest())
    field = "unit" if key == "box_unit" else key
    source = (found, nothing) if key == "frame" else (found.crop, nothing.crop)
    assert getattr(source[0], field) == getattr(source[1], field)
    assert found != whole


@pytest.mark.parametrize("wrap", [lambda crops: crops, lambda crops: {"crops": crops}])
def test_several_crops_are_a_list_in_their_order(read: Read, wrap: Callable[[object], object]) -> None:
    first, second = read(wrap([{"frame": 1, "box": [0, 0, 5, 5]}, {"rotation": 180}]))
    assert (first.frame, first.crop.box) == (1, Box(0, 0, 5, 5))
    assert (second.frame, second.crop.box, second.crop.rotation) == (None, None, 180)


def test_a_whole_number_may_be_written_with_a_point(read: Read) -> None:
    (found,) = read({"frame": 2.0, "rotation": 90.0, "mm_per_pixel": 1})
    assert (found.frame, found.crop.rotation, found.crop.mm_per_pixel) == (2, 90, 1.0)


def test_a_byte_order_mark_is_fine(read: Read) -> None:
    assert read(b'\xef\xbb\xbf{"frame": 1}')[0].frame == 1


def test_the_example_of_the_readme_is_read(read: Read) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert set(json.loads(example)) == set(KEYS)
    assert read(example)[0].crop.context.labs == {"calcium": "normal"}


# What is said of a wrong one


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"bx": 1, "frame": 0}, "knee.json: unknown key 'bx'; did you mean 'box'?"),
        ({"box": [1, 2, 3]}, "knee.json: box: must be a list of four numbers"),
        ({"box": {"x0": 1}}, "knee.json: box: must be a list of four numbers"),
        ({"box": [1, 2, "3", 4]}, "knee.json: box[2] (x1): must be a number from"),
        ({"box": [1, 2, True, 4]}, "knee.json: box[2] (x1): must be a number from"),
        ({"box": [1, None, 3, 4]}, "knee.json: box[1] (y0): must be a number"),
        ({"box": [1, 2, 10**400, 4]}, "knee.json: box[2] (x1): must be a number from"),
        ('{"box": [1, 2, NaN, 4]}', "knee.json: box[2] (x1): must be a number from"),
        ('{"box": [1, 2, 1e999, 4]}', "knee.json: box[2] (x1): must be a number from"),
        ({"box": [5, 2, 5, 4]}, "knee.json: box[2] (x1): must be greater than x0 (5), not 5"),
        ({"box": [1, 9, 5, 4]}, "knee.json: box[3] (y1): must be greater than y0 (9), not 4"),
        ({"box_unit": "cm"}, "knee.json: box_unit: unknown box_unit 'cm'; known are mm, px"),
        ({"box_unit": 1}, "knee.json: box_unit: must be px or mm, not 1"),
        ({"frame": -1}, "knee.json: frame: must be a whole number from 0 to 999999, not -1"),
        ({"frame": 0.5}, "knee.json: frame: must be a whole number"),
        ({"frame": "0"}, "knee.json: frame: must be a whole number from 0 to 999999, not '0'"),
        ({"rotation": 45}, "knee.json: rotation: must be 0, 90, 180 or 270, not 45"),
        ({"rotation": False}, "knee.json: rotation: must be 0, 90, 180 or 270, not False"),
        ({"mirror": 1}, "knee.json: mirror: must be true or false, not 1"),
        ({"mm_per_pixel": 0}, "knee.json: mm_per_pixel: must be a number greater than 0"),
        (
            {"location": {"region": "sholder"}},
            "knee.json: location.region: unknown region 'sholder'; did you",
        ),
        ({"location": "knee"}, "knee.json: location: must be an object, not 'knee'"),
        ({"location": {"side": "left"}}, "knee.json: location: unknown key 'side'"),
        ({"context": {"age": 400}}, "knee.json: context.age: must lie between 0 and 120, not 400"),
        ({"context": {"labs": {"calcium": "hi"}}}, "knee.json: context.labs.calcium: unknown level 'hi'"),
        ({"context": {"absent": ["spur"]}}, "knee.json: context.absent: 'spur' is a morphology"),
        ([{"frame": 0}, {"frame": -1}], "knee.json: [1].frame: must be"),
        ([{"frame": 0}, "knee"], "knee.json: [1]: must be an object with some of the keys box, "),
        ({"crops": [{"frame": 0}, {}]}, "knee.json: crops[1]: must be an object with some of the keys"),
        ({"crops": [{"context": {"sex": "f"}}]}, "knee.json: crops[0].context.sex: unknown sex 'f'"),
        ({"crops": []}, "knee.json: crops: must be a list of at least one crop"),
        ({"crops": {"frame": 0}}, "knee.json: crops: must be a list of at least one crop"),
        ({"crops": [{"frame": 0}], "frame": 0}, "knee.json: frame: cannot stand beside 'crops'"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(refused: Refused, value: object, expected: str) -> None:
    (problem,) = refused(value)
    assert problem.startswith(expected)


@pytest.mark.parametrize(
    "value",
    [{}, [], [{}], [1, 2], 3, "null", "true", '"knee"', {"PatientName": "Doe^Jane", "Modality": "DX"}, [[]]],
)
def test_json_that_is_something_else_is_refused_with_what_a_sidecar_is(
    refused: Refused, value: object
) -> None:
    (problem,) = refused(value)
    assert "knee.json: does not look like a sidecar; a sidecar is an object with some of the keys" in problem
    assert all(key in problem for key in KEYS)
    assert "Doe" not in problem


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"frame": 0', "knee.json: not valid JSON: "),
        (b"", "knee.json: not valid JSON: "),
        (b'{"frame": "\xff"}', "knee.json: is not UTF-8 text: byte 0xff at offset 11"),
        (b"[" * 100_000, "knee.json: not valid JSON: nested too deeply"),
        (b" " * (16 * 2**20 + 1), "knee.json: is larger than 16 MiB"),
    ],
)
def test_what_is_no_json_is_told(refused: Refused, content: bytes, expected: str) -> None:
    (problem,) = refused(content)
    assert problem.startswith(expected)


def test_a_sidecar_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match=re.escape("none.json: cannot be read: ")):
        read_sidecar(tmp_path / "none.json")


def test_all_problems_are_told_at_once(refused: Refused) -> None:
    value = [
        {"box": [1, 2, 0, "y"], "frame": -1, "zoom": 2},
        {"mirror": "no", "location": {"region": "kne", "compartment": "bon"}, "context": {"age": -1}},
    ]
    places = [problem.split(": ")[1] for problem in refused(value)]
    assert places == [
        "[0]",
        "[0].frame",
        "[0].box[3] (y1)",
        "[1].mirror",
        "[1].location.compartment",
        "[1].location.region",
        "[1].context.age",
    ]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=10,
)


@settings(deadline=None, derandomize=True)
@given(json_values | st.dictionaries(st.sampled_from([*KEYS, "crops", "x"]), json_values))
def test_any_json_is_crops_or_a_case_error_with_the_name_of_the_file(value: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "knee.json"
        path.write_text(json.dumps(value), encoding="utf-8")
        try:
            assert read_sidecar(path)
        except CaseError as error:
            problems = error.problems
        else:
            problems = ()
    assert all(str(problem).startswith("knee.json: ") for problem in problems)


def test_values_nested_to_the_limit_of_json_are_no_crash(refused: Refused) -> None:
    for depth in range(100, 1200, 25):
        (problem,) = refused('{"box_unit": ' + "[" * depth + "]" * depth + "}")
        assert problem.startswith("knee.json: ")
