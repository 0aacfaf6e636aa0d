"""The recipe tables: cells are checked, quotes stand in their documents, every morphology has places."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from mlcalc.errors import KnowledgeError
from mlcalc.knowledge import knowledge
from mlcalc.knowledge.quotes import read_document, readings, seeds_folder, shared_required, stands_in
from mlcalc.simulate.lesions.load import load_recipes, recipes
from mlcalc.simulate.lesions.recipe import COLUMNS
from mlcalc.simulate.lesions.registry import drawers
from mlcalc.vocabulary import vocabulary

GOOD = {
    "recipe": "one",
    "drawer": "a_drawer",
    "morphology": "spur;trabecular_cortical",
    "density": "ossification",
    "compartments": "enthesis",
    "structures": "quadriceps",
    "regions": "knee",
    "entities": "enthesophyte_degenerative",
    "stage": "ossified",
    "weight": "2",
    "length_low": "3",
    "length_high": "25",
    "hu_low": "400",
    "hu_high": "1500",
    "materials": "hydroxyapatite",
    "view": "any",
    "settings": "count=2;gap=1,12",
    "source": "insights: Fig. 8",
    "quote": "an ossified enthesophyte",
}


def table(folder: Path, *rows: dict[str, str]) -> Path:
    """A folder with one table of these rows."""
    with (folder / "some.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(COLUMNS))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_a_good_row_becomes_a_recipe(tmp_path: Path) -> None:
    (made,) = load_recipes(table(tmp_path, GOOD), {"a_drawer"})
    assert made.morphology == {"spur", "trabecular_cortical"}
    assert (made.length, made.hu) == ((3, 25), (400, 1500))
    assert made.settings == {"count": "2", "gap": "1,12"}
    assert made.number("count", 0) == 2


@pytest.mark.parametrize(
    ("column", "text", "said"),
    [
        ("recipe", "", "must be given"),
        ("drawer", "a_drawr", "did you mean 'a_drawer'"),
        ("morphology", "spurr", "did you mean 'spur'"),
        ("morphology", "", "needs one"),
        ("morphology", "spur;spur", "twice"),
        ("density", "ossified", "did you mean 'ossification'"),
        ("compartments", "", "at least one"),
        ("compartments", "entheses", "did you mean 'enthesis'"),
        ("structures", "meniscus", "lies in none of enthesis"),
        ("regions", "wrist", "quadriceps lies in none of wrist"),
        ("entities", "spurs", "unknown entitie"),
        ("stage", "old", "unknown stage"),
        ("weight", "0", "above 0"),
        ("weight", "often", "not a number"),
        ("length_low", "0", "above 0"),
        ("length_high", "2", "must not be below length_low"),
        ("hu_high", "inf", "must not be below"),
        ("materials", "bone", "unknown material"),
        ("view", "lateral", "unknown view"),
        ("settings", "count", "must read name=value"),
        ("settings", "a=1;a=2", "each name once"),
        ("source", "somebody", "unknown document"),
        ("source", "assumed: usual", "needs a document"),
    ],
)
def test_a_broken_cell_is_refused_with_its_place(tmp_path: Path, column: str, text: str, said: str) -> None:
    with pytest.raises(KnowledgeError) as caught:
        load_recipes(table(tmp_path, GOOD | {column: text}), {"a_drawer"})
    words = str(caught.value)
    blamed = {"regions": "structures", "source": "source" if text == "somebody" else "quote"}
    assert words.startswith("some.csv, line 2")
    assert f"column {blamed.get(column, column)}:" in words
    assert said in words


def test_a_recipe_stands_once(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match=r"line 3 .*stand only once"):
        load_recipes(table(tmp_path, GOOD, GOOD), {"a_drawer"})


def test_a_folder_without_recipes_is_told(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="holds no recipes"):
        load_recipes(tmp_path, {"a_drawer"})


class TestShipped:
    def test_every_morphology_has_a_recipe(self) -> None:
        assert {m for r in recipes() for m in r.morphology} == set(vocabulary().ids("morphology"))

    def test_every_drawer_is_used(self) -> None:
        assert {r.drawer for r in recipes()} == set(drawers())

    def test_every_recipe_says_why(self) -> None:
        assert not [r.id for r in recipes() if not r.quote and len(r.source) < len("vocabulary")]

    def test_every_quote_stands_in_its_document(self) -> None:
        folder = seeds_folder()
        if folder is None:
            assert not shared_required(), "the documents' texts are not here: give MLCALC_SEEDS"
            pytest.skip("the documents' texts are not here")
        texts = {d.id: readings(read_document(folder, d)) for d in knowledge().documents.values()}
        missing = [
            (recipe.id, segment)
            for recipe in recipes()
            if recipe.quote
            for segment in recipe.quote.split("...")
            if not stands_in(segment.strip(), texts[recipe.source.partition(":")[0]])
        ]
        assert not missing

    @pytest.mark.parametrize(
        "morphology",
        ["trabecular_cortical", "zonal_peripheral", "bridging_bone", "spur", "geometric_sharp"],
    )
    def test_place_does_not_give_the_morphology_away(self, morphology: str) -> None:
        places = {c for r in recipes() if morphology in r.morphology for c in r.compartments}
        assert len(places) >= 7

    def test_hounsfield_units_do_not_give_the_class_away(self) -> None:
        calcified = [r.hu for r in recipes() if r.density == "calcification"]
        ossified = [r.hu for r in recipes() if r.density == "ossification"]
        assert max(high for _, high in calcified) > 2 * min(low for low, _ in ossified)
