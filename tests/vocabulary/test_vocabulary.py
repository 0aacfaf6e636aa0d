"""The ids that never change, and what stands behind each of them."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest

from mlcalc.errors import KnowledgeError
from mlcalc.vocabulary import DENSITIES, FOCAL_DENSITIES, LAB_LEVELS, Vocabulary, vocabulary
from mlcalc.vocabulary.registry import FOLDER, load_vocabulary

BINDING: dict[str, list[str]] = json.loads(
    Path(__file__).with_name("binding_ids.json").read_text(encoding="utf-8")
)
PLACES = ("compartment", "structure", "region")
KINDS = tuple(kind for kind in BINDING if kind not in PLACES)


@pytest.fixture(scope="module")
def known() -> Vocabulary:
    return vocabulary()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A copy of the vocabulary files that a test may break."""
    for path in FOLDER.glob("*.csv"):
        shutil.copy(path, tmp_path)
    return tmp_path


def replace_once(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


# The binding list


@pytest.mark.parametrize(("kind", "term"), [(kind, term) for kind in BINDING for term in BINDING[kind]])
def test_every_id_of_the_binding_vocabulary_is_registered(known: Vocabulary, kind: str, term: str) -> None:
    assert term in known.ids(kind)


def test_the_binding_list_is_whole() -> None:
    counts = {kind: len(ids) for kind, ids in BINDING.items()}
    assert counts["density"] == 4
    assert counts["morphology"] == 24
    assert counts["region"] == 29
    assert min(counts["conditions"], counts["symptoms"], counts["findings"]) > 25


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "context"])
def test_no_id_stands_twice_among_the_ids_of_its_kind(known: Vocabulary, kind: str) -> None:
    assert len(set(known.ids(kind))) == len(known.ids(kind))


def test_the_four_densities_have_one_order_everywhere(known: Vocabulary) -> None:
    assert known.ids("density") == DENSITIES
    assert (*FOCAL_DENSITIES, "no_focal_density") == DENSITIES
    assert LAB_LEVELS == ("low", "normal", "high")


def test_ids_are_lower_snake_case_but_for_the_two_sexes(known: Vocabulary) -> None:
    everything = [i for kind in (*known.terms, *PLACES) for i in known.ids(kind) if kind != "sex"]
    assert [i for i in everything if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", i)] == []


# What each id carries


def test_every_term_has_a_display_name_a_definition_and_a_source(known: Vocabulary) -> None:
    terms = [term for kind in known.terms.values() for term in kind.values()]
    poor = [f"{t.kind}={t.id}" for t in terms if not (t.name and t.definition and t.source)]
    assert poor == []


def test_every_compartment_and_region_has_a_display_name_a_definition_and_a_source(known: Vocabulary) -> None:
    poor = [c.id for c in known.compartments.values() if not (c.name and c.definition and c.source)]
    poor += [r.id for r in known.regions.values() if not (r.name and r.definition and r.source)]
    assert poor == []


def test_every_structure_has_a_display_name_and_a_source(known: Vocabulary) -> None:
    assert [s.id for s in known.structures.values() if not (s.name and s.source)] == []


def test_definitions_are_one_line(known: Vocabulary) -> None:
    terms = [term for kind in known.terms.values() for term in kind.values()]
    assert [t.id for t in terms if "\n" in t.definition] == []


def test_codes_look_like_codes_of_their_system(known: Vocabulary) -> None:
    shapes = {"radlex": r"RID\d+", "snomed_ct": r"\d{6,18}", "icd_10": r"[A-Z]\d\d(\.\w+)?"}
    codes = [
        (term.id, system, code)
        for kind in known.terms.values()
        for term in kind.values()
        for system, cell in term.codes.items()
        for code in re.split("[;-]", cell)
    ]
    assert [c for c in codes if not re.fullmatch(shapes[c[1]], c[2])] == []


def test_a_name_is_found_by_kind_and_id(known: Vocabulary) -> None:
    assert known.name("compartment", "tendon") == "Tendon"
    assert known.name("region", "knee") == "Knee"
    assert known.name("structure", "achilles") == "Achilles tendon"
    assert known.name("density", "calcification") == "Calcification"


# What follows from what


@pytest.mark.parametrize("kind", KINDS)
def test_what_an_id_implies_is_registered_and_runs_in_no_circle(known: Vocabulary, kind: str) -> None:
    for term in known.ids(kind):
        implied = known.implied(kind, term)
        assert implied <= set(known.ids(kind))
        assert term not in implied


@pytest.mark.parametrize("form", ["primary_hyperparathyroidism", "secondary_hyperparathyroidism"])
def test_each_form_of_hyperparathyroidism_is_hyperparathyroidism(known: Vocabulary, form: str) -> None:
    assert "hyperparathyroidism" in known.implied("conditions", form)


def test_acute_pain_is_pain_and_a_general_id_implies_no_form_of_it(known: Vocabulary) -> None:
    assert known.implied("symptoms", "acute_pain") == {"pain"}
    assert known.implied("conditions", "hyperparathyroidism") == frozenset()


# Places


def test_the_sets_of_every_structure_are_registered_and_not_empty(known: Vocabulary) -> None:
    for structure in known.structures.values():
        assert structure.compartments
        assert structure.compartments <= set(known.compartments)
        assert structure.regions
        assert structure.regions <= set(known.regions)


@pytest.mark.parametrize(
    ("structure", "compartments", "regions"),
    [
        ("infraspinatus", {"tendon", "muscle"}, {"shoulder"}),
        ("psoas", {"muscle"}, {"abdomen", "pelvis", "lumbar_spine", "hip"}),
        ("annulus_fibrosus", {"intervertebral_disc"}, {"cervical_spine", "thoracic_spine", "lumbar_spine"}),
        ("transverse_ligament_of_atlas", {"ligament"}, {"cervical_spine"}),
        ("popliteal_artery", {"artery"}, {"knee"}),
        ("meniscus", {"fibrocartilage"}, {"knee"}),
        ("pelvic_veins", {"vein"}, {"pelvis"}),
        ("auricle", {"extra_articular_cartilage"}, {"ear"}),
    ],
)
def test_a_structure_lies_where_anatomy_puts_it(
    known: Vocabulary, structure: str, compartments: set[str], regions: set[str]
) -> None:
    assert compartments <= known.structures[structure].compartments
    assert regions <= known.structures[structure].regions


@pytest.mark.parametrize(
    ("group", "members"),
    [
        ("spine", {"cervical_spine", "thoracic_spine", "lumbar_spine", "sacrum"}),
        ("trunk", {"chest_wall", "abdomen", "pelvis", "gluteal"}),
        (
            "upper_extremity",
            {"shoulder", "upper_arm", "elbow", "forearm", "wrist", "hand", "finger"},
        ),
        ("lower_extremity", {"hip", "thigh", "knee", "lower_leg", "ankle", "foot", "toe"}),
        ("hand", {"finger"}),
        ("foot", {"toe"}),
    ],
)
def test_a_region_covers_exactly_the_regions_below_it_in_full(
    known: Vocabulary, group: str, members: set[str]
) -> None:
    covers = known.regions[group].covers
    assert {region for region, weight in covers.items() if weight == 1} == members | {group}


def test_the_parents_of_regions_are_registered_and_run_in_no_circle(known: Vocabulary) -> None:
    for region in known.regions.values():
        seen = [region.id]
        while (parent := known.regions[seen[-1]].parent) is not None:
            assert parent not in seen
            seen.append(parent)


def test_a_region_may_mean_its_neighbour_but_less_than_itself(known: Vocabulary) -> None:
    assert 0 < known.regions["wrist"].covers["hand"] < known.regions["wrist"].covers["wrist"] == 1


def test_umbrella_compartments_cover_others_but_not_themselves(known: Vocabulary) -> None:
    for umbrella, member in (("vessel", "artery"), ("articular", "synovium"), ("soft_tissue", "muscle")):
        covers = known.compartments[umbrella].covers
        assert member in covers
        assert umbrella not in covers


# Broken files are refused


def test_an_id_that_implies_an_unknown_id_is_refused_with_file_row_and_reason(files: Path) -> None:
    lines = (files / "terms.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(n for n, line in enumerate(lines) if line.startswith("symptoms,acute_pain,"))
    lines[at] = lines[at].replace(",pain,", ",pane,", 1)
    (files / "terms.csv").write_text("".join(lines), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=r"terms.csv.*acute_pain.*'pane'"):
        load_vocabulary(files)


def test_a_second_term_of_one_kind_and_id_is_refused_with_its_line(files: Path) -> None:
    path = files / "terms.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines, lines[1], ""]), encoding="utf-8")
    with pytest.raises(KnowledgeError, match=rf"terms.csv, line {len(lines) + 1} \(row calcification\)"):
        load_vocabulary(files)


def test_a_weight_outside_zero_to_one_is_refused(files: Path) -> None:
    replace_once(files / "compartments.csv", "tendon:1;", "tendon:1.5;")
    with pytest.raises(KnowledgeError, match=r"compartments.csv, line 2 \(row tendon\).*1.5"):
        load_vocabulary(files)


def test_a_structure_in_an_unknown_compartment_is_refused(files: Path) -> None:
    replace_once(files / "structures.csv", "tendon;muscle;enthesis,", "tendn;muscle;enthesis,")
    with pytest.raises(KnowledgeError, match=r"structures.csv.*supraspinatus.*'tendn'"):
        load_vocabulary(files)


def test_a_region_under_an_unknown_region_is_refused(files: Path) -> None:
    replace_once(files / "regions.csv", ",hand,hand:", ",hnad,hand:")
    with pytest.raises(KnowledgeError, match=r"regions.csv.*finger.*'hnad'"):
        load_vocabulary(files)


def test_a_missing_vocabulary_file_is_named(files: Path) -> None:
    (files / "regions.csv").unlink()
    with pytest.raises(KnowledgeError, match=r"regions.csv.*cannot be read"):
        load_vocabulary(files)
