"""``mlcalc diagnose``: where cases come from, how answers are written, what is refused."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len

from mlcalc.outputs.terminal import DISCLAIMER

from .conftest import EXAMPLE, Mlcalc

SHOULDER = ("--density", "calcification", "--compartment", "tendon", "--region", "shoulder")
BAD_CASES = Path(__file__).parents[1] / "cases" / "errors.jsonl"
LINES = [
    {
        "id": "a",
        "density": "calcification",
        "morphology": ["rice_grain"],
        "location": {"compartment": "muscle"},
    },
    {"id": "b", "density": "ossification", "location": {"region": "hip"}},
    {"id": "c", "density": "foreign_body"},
]


def jsonl(*values: object) -> str:
    return "".join(json.dumps(value) + "\n" for value in values)


def numbers(value: Any) -> Iterator[float]:
    """Every number inside a JSON value."""
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item)


# Where a case comes from


def test_a_case_is_read_from_a_file(mlcalc: Mlcalc, case_file: Path) -> None:
    outcome = mlcalc("diagnose", case_file, "--format", "json")
    assert outcome.code == 0
    assert outcome.err == ""
    assert outcome.json["id"] == "c1"
    assert outcome.json["differential"][0]["entity"] == "hadd_calcific_tendinopathy"


def test_a_case_is_read_from_standard_input(mlcalc: Mlcalc, case_file: Path) -> None:
    from_file = mlcalc("diagnose", case_file, "--format", "json")
    from_stdin = mlcalc("diagnose", "-", "--format", "json", stdin=json.dumps(EXAMPLE))
    assert from_stdin == from_file


def test_a_case_is_read_from_options(mlcalc: Mlcalc, case_file: Path) -> None:
    options = (
        *("--density", "calcification=0.9", "--density", "ossification=0.1"),
        *("--morphology", "amorphous_cloudlike"),
        *("--compartment", "tendon", "--structure", "supraspinatus", "--region", "shoulder"),
        *("--age", "48", "--sex", "F", "--symptom", "acute_pain", "--absent", "fever"),
    )
    from_options = mlcalc("diagnose", *options, "--format", "json").json
    from_file = mlcalc("diagnose", case_file, "--format", "json").json
    assert from_options["id"] is None
    assert {**from_options, "id": "c1"} == from_file


@pytest.mark.parametrize(
    ("options", "case"),
    [
        ("--morphology spur=0.7 --morphology rice_grain=0", {"morphology": {"spur": 0.7, "rice_grain": 0}}),
        ("--morphology spur --morphology rice_grain", {"morphology": ["spur", "rice_grain"]}),
        ("--condition gout --condition dish", {"context": {"conditions": ["gout", "dish"]}}),
        ("--history trauma", {"context": {"history": ["trauma"]}}),
        ("--finding tophus", {"context": {"findings": ["tophus"]}}),
        ("--test dect_urate", {"context": {"tests": ["dect_urate"]}}),
        ("--distribution bilateral", {"context": {"distribution": ["bilateral"]}}),
        ("--evolution shrinking", {"context": {"evolution": ["shrinking"]}}),
        ("--ancestry african", {"context": {"ancestry": "african"}}),
        ("--weeks 4", {"context": {"weeks_since_onset": 4}}),
        ("--age 0", {"context": {"age": 0}}),
        ("--lab phosphate=high", {"context": {"labs": {"phosphate": "high"}}}),
        ("--lab calcium_phosphate_product=72", {"context": {"labs": {"calcium_phosphate_product": 72}}}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_option_says_what_its_field_of_the_json_says(
    mlcalc: Mlcalc, options: str, case: dict[str, Any]
) -> None:
    from_options = mlcalc("diagnose", *options.split(), "--format", "json", "--top", "3")
    from_stdin = mlcalc("diagnose", "-", "--format", "json", "--top", "3", stdin=json.dumps(case))
    assert from_options.code == from_stdin.code == 0
    assert from_options.json == from_stdin.json


def test_a_byte_order_mark_is_no_part_of_the_case(mlcalc: Mlcalc) -> None:
    data = b"\xef\xbb\xbf" + json.dumps(EXAMPLE).encode()
    assert mlcalc("diagnose", "-", "--format", "json", stdin=data).json["id"] == "c1"


def test_an_id_in_any_script_comes_back_as_it_was(mlcalc: Mlcalc) -> None:
    case = json.dumps({"id": "Fall 7 — größer 骨", "density": "calcification"}, ensure_ascii=False)
    assert mlcalc("diagnose", "-", "--format", "json", stdin=case).json["id"] == "Fall 7 — größer 骨"


# The answer as JSON


def test_the_json_answer_has_the_keys_of_the_contract(mlcalc: Mlcalc, case_file: Path) -> None:
    answer = mlcalc("diagnose", case_file, "--format", "json").json
    keys = "id differential other_probability tables mechanism next_steps red_flags conflicts"
    assert set(keys.split()) <= set(answer)
    for candidate in answer["differential"]:
        keys = "entity name synonyms stage mechanism probability prior factors"
        assert set(keys.split()) <= set(candidate)
        for factor in candidate["factors"]:
            assert {"evidence", "log_likelihood_ratio", "rows"} <= set(factor)
            for row in factor["rows"]:
                assert {"row", "citation", "quote"} <= set(row)
                assert row["row"]
                assert row["quote"]
    for table in answer["tables"]:
        assert {"document", "table", "row", "column", "entries"} <= set(table)
        for entry in table["entries"]:
            assert {"entity", "most_frequent"} <= set(entry)
            assert entry["most_frequent"] in (True, False, None)
    for step in answer["next_steps"]:
        assert {"action", "expected_information_bits", "separates", "citation"} <= set(step)
    for flag in answer["red_flags"]:
        assert {"text", "citation"} <= set(flag)
    assert all(isinstance(conflict, str) for conflict in answer["conflicts"])
    names = {"dystrophic", "iatrogenic", "metastatic", "idiopathic", "not_applicable"}
    assert set(answer["mechanism"]) == names


def test_the_example_has_tables_steps_and_reasons(mlcalc: Mlcalc, case_file: Path) -> None:
    answer = mlcalc("diagnose", case_file, "--format", "json").json
    assert answer["tables"]
    assert answer["next_steps"]
    assert any(factor["rows"] for factor in answer["differential"][0]["factors"])
    assert answer["differential"][0]["stage"] in {"formative_resting", "resorptive"}
    assert answer["differential"][0]["mechanism"] == "dystrophic"


def test_every_number_of_the_answer_is_finite_and_the_probabilities_sum_to_one(
    mlcalc: Mlcalc, case_file: Path
) -> None:
    answer = mlcalc("diagnose", case_file, "--format", "json").json
    found = list(numbers(answer))
    assert len(found) > 100
    assert all(math.isfinite(number) for number in found)
    listed = [candidate["probability"] for candidate in answer["differential"]]
    assert listed == sorted(listed, reverse=True)
    assert sum(listed) + answer["other_probability"] == pytest.approx(1, abs=1e-9)
    assert sum(answer["mechanism"].values()) == pytest.approx(1, abs=1e-9)


def test_next_steps_come_best_first(mlcalc: Mlcalc, case_file: Path) -> None:
    steps = mlcalc("diagnose", case_file, "--format", "json").json["next_steps"]
    bits = [step["expected_information_bits"] for step in steps]
    assert min(bits) >= 0
    telling = [bit for bit in bits if bit > 0]
    assert telling == sorted(telling, reverse=True)


def test_top_cuts_the_list_and_changes_nothing_else(mlcalc: Mlcalc, case_file: Path) -> None:
    whole = mlcalc("diagnose", case_file, "--format", "json").json
    cut = mlcalc("diagnose", case_file, "--format", "json", "--top", "2").json
    assert cut["differential"] == whole["differential"][:2]
    assert {**cut, "differential": []} == {**whole, "differential": []}
    assert len(whole["differential"]) > 80


def test_top_above_the_number_of_entities_gives_all(mlcalc: Mlcalc, case_file: Path) -> None:
    whole = mlcalc("diagnose", case_file, "--format", "json")
    assert mlcalc("diagnose", case_file, "--format", "json", "--top", "9999") == whole


def test_one_answer_is_one_line(mlcalc: Mlcalc, case_file: Path) -> None:
    assert mlcalc("diagnose", case_file, "--format", "json").out.count("\n") == 1


def test_the_same_case_gets_the_same_bytes(mlcalc: Mlcalc, case_file: Path) -> None:
    first = mlcalc("diagnose", case_file, "--format", "json")
    assert mlcalc("diagnose", case_file, "--format", "json") == first


def test_a_case_that_knows_nothing_is_answered_with_the_priors(mlcalc: Mlcalc) -> None:
    answer = mlcalc("diagnose", "-", "--format", "json", stdin="{}").json
    for candidate in answer["differential"]:
        assert candidate["probability"] == pytest.approx(candidate["prior"], abs=1e-9)


def test_where_there_is_no_density_nothing_is_listed(mlcalc: Mlcalc) -> None:
    outcome = mlcalc("diagnose", "--density", "no_focal_density", "--format", "json")
    assert outcome.code == 0
    assert outcome.json["differential"] == []
    assert "No differential" in mlcalc("diagnose", "--density", "no_focal_density").out


def test_contradictory_evidence_is_answered_and_reported(mlcalc: Mlcalc) -> None:
    options = ("--symptom", "fever", "--absent", "fever", "--distribution", "solitary")
    outcome = mlcalc("diagnose", *options, "--distribution", "multifocal", "--format", "json")
    assert outcome.code == 0
    assert [text for text in outcome.json["conflicts"] if "fever" in text]
    assert [text for text in outcome.json["conflicts"] if "solitary" in text and "multifocal" in text]


# The answer as a page


def test_the_page_holds_names_bars_a_quote_a_next_step_and_the_disclaimer(
    mlcalc: Mlcalc, case_file: Path
) -> None:
    page = mlcalc("diagnose", case_file).out
    flat = " ".join(page.split())
    answer = mlcalc("diagnose", case_file, "--format", "json").json
    assert "Case c1" in page
    assert all(candidate["name"] in flat for candidate in answer["differential"][:3])
    assert "█" in page
    assert "%" in page
    quotes = [row["quote"] for f in answer["differential"][0]["factors"] for row in f["rows"]]
    assert any(f"“{' '.join(quote.split())}”" in flat for quote in quotes)
    assert " ".join(answer["next_steps"][0]["text"].split()) in flat
    assert " ".join(DISCLAIMER.split()) in flat


@pytest.mark.parametrize(
    "options",
    [
        SHOULDER,
        (*SHOULDER, "--top", "12"),
        ("--density", "ossification", "--compartment", "articular", "--region", "spine"),
        ("--morphology", "multilobulated_cystic", "--condition", "haemodialysis", "--region", "hip"),
        ("--density", "foreign_body", "--morphology", "spur"),
        ("--age", "30"),
    ],
    ids=" ".join,
)
def test_the_page_fits_80_columns(mlcalc: Mlcalc, options: tuple[str, ...]) -> None:
    outcome = mlcalc("diagnose", *options)
    assert outcome.code == 0
    assert [line for line in outcome.out.splitlines() if cell_len(line) > 80] == []


def test_the_page_lists_five_entities_unless_told_otherwise(mlcalc: Mlcalc) -> None:
    def ranks(*options: str) -> list[str]:
        page = mlcalc("diagnose", *SHOULDER, *options).out
        return re.findall(r"^ *(\d+)\. .*[█░]", page, re.MULTILINE)

    assert ranks() == ["1", "2", "3", "4", "5"]
    assert ranks("--top", "2") == ["1", "2"]


def test_the_page_goes_without_colour_codes_into_a_pipe(mlcalc: Mlcalc, case_file: Path) -> None:
    assert "\x1b" not in mlcalc("diagnose", case_file).out


def test_conflicts_and_red_flags_stand_on_the_page(mlcalc: Mlcalc) -> None:
    page = mlcalc("diagnose", "--density", "calcification", "--morphology", "trabecular_cortical").out
    assert "Does not fit together" in page
    flags = mlcalc("diagnose", *SHOULDER, "--symptom", "acute_pain").out
    assert "Red flags" in flags


# Many cases


def test_every_line_gets_one_answer_in_order(mlcalc: Mlcalc, tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(jsonl(*LINES), encoding="utf-8")
    outcome = mlcalc("diagnose", path, "--format", "json")
    assert outcome.code == 0
    assert [answer["id"] for answer in outcome.json_lines] == ["a", "b", "c"]


def test_a_batch_answers_each_case_as_it_would_alone(mlcalc: Mlcalc) -> None:
    batch = mlcalc("diagnose", "-", "--format", "json", "--top", "5", stdin=jsonl(*LINES)).json_lines
    alone = [
        mlcalc("diagnose", "-", "--format", "json", "--top", "5", stdin=json.dumps(case)).json
        for case in LINES
    ]
    assert batch == alone


@pytest.mark.parametrize(
    ("bad", "name", "words"),
    [
        ('{"id": "bad", "density": "calcificaton"}', "bad", "'calcification'"),
        ('{"id": "bad", "context": {"age": 400}}', "bad", "context.age"),
        ('{"id": 7, "density": {"calcification": NaN}}', "7", "density.calcification"),
        ('{"id": "bad", "density": {"calcification": 0.9, "ossification": 0.2}}', "bad", "sum to 1.1"),
        ('{"id": "bad", "location": {"structure": "meniscus", "region": "hand"}}', "bad", "'meniscus'"),
        ('{"id": "bad", "densty": 1}', "bad", "'density'"),
        ('{"id": "bad", ', None, "not valid JSON"),
        ("rice_grain", None, "not valid JSON"),
        ("[1, 2]", None, "JSON object"),
        ("null", None, "JSON object"),
        ('{"id": ["bad"]}', None, "id"),
        ("[" * 5000, None, "not valid JSON"),
        ('{"context": {"age": 1' + "0" * 400 + "}}", None, "context.age"),
        ('{"context": {"age": 1' + "0" * 5000 + "}}", None, ""),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_bad_line_is_answered_in_its_place_and_the_others_as_ever(
    mlcalc: Mlcalc, bad: str, name: object, words: str
) -> None:
    text = jsonl(LINES[0]) + "\n" + bad + "\n" + jsonl(LINES[1])
    outcome = mlcalc("diagnose", "-", "--format", "json", "--top", "1", stdin=text)
    first, error, last = outcome.json_lines
    assert outcome.code == 1
    assert (first["id"], last["id"]) == ("a", "b")
    assert set(error) == {"id", "line", "error"}
    assert error["id"] == name
    assert error["line"] == 3
    assert words in error["error"]


def test_every_bad_case_of_the_shared_file_is_answered_in_its_place(mlcalc: Mlcalc) -> None:
    lines = BAD_CASES.read_text(encoding="utf-8").splitlines()
    bad = [json.loads(line)["case"] for line in lines if line.strip()]
    outcome = mlcalc("diagnose", "-", "--format", "json", "--top", "1", stdin=jsonl(LINES[0], *bad, LINES[1]))
    first, *errors, last = outcome.json_lines
    assert outcome.code == 1
    assert (first["id"], last["id"]) == ("a", "b")
    assert [error["line"] for error in errors] == list(range(2, len(bad) + 2))
    assert all(error["error"] for error in errors)


def test_blank_lines_are_passed_over_but_counted(mlcalc: Mlcalc) -> None:
    text = "\n\n" + jsonl(LINES[0]) + "   \n" + '{"id": "bad", "densty": 1}\n\n' + jsonl(LINES[1]) + "\n"
    outcome = mlcalc("diagnose", "-", "--format", "json", "--top", "1", stdin=text)
    assert [line["id"] for line in outcome.json_lines] == ["a", "bad", "b"]
    assert outcome.json_lines[1]["line"] == 5


def test_windows_line_ends_and_a_missing_last_line_end_do_not_matter(mlcalc: Mlcalc) -> None:
    unix = mlcalc("diagnose", "-", "--format", "json", "--top", "1", stdin=jsonl(*LINES))
    windows = jsonl(*LINES).replace("\n", "\r\n").removesuffix("\r\n")
    assert mlcalc("diagnose", "-", "--format", "json", "--top", "1", stdin=windows) == unix


def test_a_line_separator_inside_a_string_does_not_end_the_line(mlcalc: Mlcalc) -> None:
    lines = "".join(
        json.dumps({"id": f"{n}\u2028\x85", "density": "calcification"}, ensure_ascii=False) + "\n"
        for n in range(2)
    )
    answers = mlcalc("diagnose", "-", "--format", "json", "--top", "1", stdin=lines)
    assert [json.loads(line)["id"] for line in answers.out.split("\n") if line] == [
        "0\u2028\x85",
        "1\u2028\x85",
    ]


def test_a_list_of_cases_is_answered_one_a_line(mlcalc: Mlcalc) -> None:
    outcome = mlcalc("diagnose", "-", "--format", "json", stdin=json.dumps(LINES, indent=1))
    assert outcome.code == 0
    assert [answer["id"] for answer in outcome.json_lines] == ["a", "b", "c"]


def test_a_bad_case_of_a_list_is_answered_in_its_place(mlcalc: Mlcalc) -> None:
    cases = [LINES[0], {"id": "bad", "densty": 1}, LINES[1]]
    outcome = mlcalc("diagnose", "-", "--format", "json", stdin=json.dumps(cases))
    assert outcome.code == 1
    assert [answer["id"] for answer in outcome.json_lines] == ["a", "bad", "b"]


def test_an_id_that_no_encoding_can_write_stops_no_batch(mlcalc: Mlcalc) -> None:
    text = '{"id": "\\ud800", "density": "calcification"}\n' + jsonl(LINES[0])
    outcome = mlcalc("diagnose", "-", "--format", "json", "--top", "1", stdin=text)
    assert outcome.json_lines[-1]["id"] == "a"
    assert len(outcome.json_lines) == 2


def test_a_batch_can_be_read_as_pages_too(mlcalc: Mlcalc) -> None:
    outcome = mlcalc("diagnose", "-", stdin=jsonl(*LINES))
    assert outcome.code == 0
    assert [outcome.out.index(f"Case {name}") for name in "abc"] == sorted(
        outcome.out.index(f"Case {name}") for name in "abc"
    )


# What is refused


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ({"density": "calcificaton"}, ("density", "did you mean 'calcification'")),
        ({"density": {"calcification": 1.2}}, ("density.calcification",)),
        ({"context": {"age": 400}}, ("context.age", "between 0 and 120")),
        ({"location": {"structure": "meniscus", "compartment": "artery"}}, ("'meniscus'", "'artery'")),
        (7, ("JSON object",)),
    ],
)
def test_one_bad_case_is_refused_with_exit_code_2_and_nothing_on_standard_output(
    mlcalc: Mlcalc, tmp_path: Path, case: object, words: tuple[str, ...]
) -> None:
    path = tmp_path / "bad.json"
    path.write_text(json.dumps(case), encoding="utf-8")
    outcome = mlcalc("diagnose", path, "--format", "json")
    assert outcome.code == 2
    assert outcome.out == ""
    assert outcome.err.startswith("mlcalc: ")
    assert str(path) in outcome.err
    assert [word for word in words if word not in outcome.err] == []


def test_all_problems_of_one_case_are_told_one_a_line(mlcalc: Mlcalc) -> None:
    outcome = mlcalc("diagnose", "--density", "calcificaton", "--age", "400", "--region", "kne")
    assert outcome.code == 2
    fields = ("density: ", "context.age: ", "location.region: ")
    assert [sum(field in line for line in outcome.err.splitlines()) for field in fields] == [1, 1, 1]


@pytest.mark.parametrize("text", ['{"id": ', "{'id': 1}", "calcification", '{\n "id": 1,\n}\n', "{} {}"])
def test_malformed_json_is_refused_with_file_line_and_column(
    mlcalc: Mlcalc, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "broken.json"
    path.write_text(text, encoding="utf-8")
    outcome = mlcalc("diagnose", path)
    assert outcome.code == 2
    assert str(path) in outcome.err
    assert "not valid JSON" in outcome.err
    assert "line " in outcome.err
    assert "column " in outcome.err


@pytest.mark.parametrize("text", [b"", b"\n \n", b"\xef\xbb\xbf"])
def test_an_empty_file_is_refused(mlcalc: Mlcalc, text: bytes) -> None:
    outcome = mlcalc("diagnose", "-", stdin=text)
    assert outcome.code == 2
    assert "empty" in outcome.err


@pytest.mark.parametrize("data", [b"\xff\xfe{\x00}\x00", b"\x80\x81\x82", bytes(range(256)), b"DICM\x00\xe9"])
def test_binary_garbage_is_refused(mlcalc: Mlcalc, tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "image.dcm"
    path.write_bytes(data)
    outcome = mlcalc("diagnose", path)
    assert outcome.code == 2
    assert f"{path}: not UTF-8 text" in outcome.err


def test_zeros_are_refused_as_no_json(mlcalc: Mlcalc) -> None:
    outcome = mlcalc("diagnose", "-", stdin=b"\x00" * 100)
    assert outcome.code == 2
    assert "not valid JSON" in outcome.err


@pytest.mark.parametrize("data", ["[" * 100_000, '{"context": {"age": 1' + "0" * 5000 + "}}"])
def test_json_made_to_break_the_reader_is_refused(mlcalc: Mlcalc, data: str) -> None:
    outcome = mlcalc("diagnose", "-", stdin=data)
    assert outcome.code == 2
    assert outcome.err.startswith("mlcalc: ")


def test_a_missing_file_is_named(mlcalc: Mlcalc, tmp_path: Path) -> None:
    outcome = mlcalc("diagnose", tmp_path / "nowhere.json")
    assert outcome.code == 2
    assert "nowhere.json" in outcome.err
    assert "No such file" in outcome.err


def test_a_folder_is_refused(mlcalc: Mlcalc, tmp_path: Path) -> None:
    outcome = mlcalc("diagnose", tmp_path)
    assert outcome.code == 2
    assert str(tmp_path) in outcome.err


def test_nothing_given_is_refused_with_what_to_give(mlcalc: Mlcalc) -> None:
    outcome = mlcalc("diagnose")
    assert outcome.code == 2
    assert "nothing to diagnose" in outcome.err
    assert "--density" in outcome.err


def test_a_file_and_options_together_are_refused(mlcalc: Mlcalc, case_file: Path) -> None:
    outcome = mlcalc("diagnose", case_file, "--age", "40")
    assert outcome.code == 2
    assert "not both" in outcome.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--density", "calcification", "--density", "ossification"), "--density given 2 times"),
        (("--density", "calcification=much"), "'much' is not a number"),
        (("--lab", "phosphate"), "write name=level"),
        (("--lab", "phosphat=high"), "'phosphate'"),
        (("--lab", "calcium_phosphate_product=high"), "'high' is not a number"),
        (("--morphology", "rice-grain"), "'rice_grain'"),
        (("--age", "forty"), "--age"),
        (("--age", "nan"), "context.age"),
        (("--density", "calcification=nan"), "density.calcification"),
        (("--format", "xml", "--age", "4"), "xml"),
        (("--top", "0", "--age", "4"), "top"),
        (("--agee", "4"), "--agee"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_bad_option_is_refused_with_exit_code_2(
    mlcalc: Mlcalc, options: tuple[str, ...], words: str
) -> None:
    outcome = mlcalc("diagnose", *options)
    assert outcome.code == 2
    assert words in outcome.err
    assert outcome.out == ""


def test_a_jsonl_file_is_a_batch_even_with_one_line(mlcalc: Mlcalc, tmp_path: Path) -> None:
    path = tmp_path / "one.jsonl"
    path.write_text('{"id": "bad", "density": "calcificaton"}\n', encoding="utf-8")
    outcome = mlcalc("diagnose", str(path), "--format", "json")
    assert outcome.code == 1
    assert outcome.json["line"] == 1
