"""Small worlds: a folder of knowledge tables written for one test, and the reasoner over it.

Only the vocabulary is the shipped one. Frequencies at large and the words for a frequency are
made up here, so that the tests stay true while the shipped rows are being refined.
"""

from __future__ import annotations

import csv
import itertools
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from hypothesis import settings

from mlcalc.case import Case
from mlcalc.case_json import case_from_json
from mlcalc.knowledge.features import FACT_KINDS, SCALED, Features
from mlcalc.knowledge.load import load_knowledge
from mlcalc.reasoning import Reasoner
from mlcalc.reasoning.rates import Hypothesis
from mlcalc.vocabulary import FOCAL_DENSITIES, vocabulary

BANDS = {
    "defining": 0.97,
    "typical": 0.85,
    "common": 0.6,
    "possible": 0.2,
    "occasional": 0.1,
    "rare": 0.03,
    "excluded": 0.001,
}
EDGES = {
    "age": "0;20;40;60;85;120",
    "weeks_since_onset": "0;2;6;52;6240",
    "labs.calcium_phosphate_product": "0;60;70;1000",
}
HEADERS = {
    "documents": "id,short,file_prefix,citation,kind,licence",
    "sections": "document,section,starts_with,reason_if_no_rows",
    "strengths": "band,probability,words,reason",
    "entities": "id,name,kind,parent,mechanism,synonyms,definition",
    "stages": "entity,stage,order,name,share,reason",
    "contradictions": "id,topic,positions,ruling",
    "scales": "feature,edges,reason",
    "findings": "id,entity,stage,feature,value,strength,conditional_on,given,weight,contradiction,"
    "document,locator,quote,note",
    "associations": "id,entity,relation,target,document,locator,quote,note",
    "imaging": "id,entity,modality,aspect,statement,document,locator,quote,note",
    "workup": "id,entity,when,action,text,resolves,kind,document,locator,quote,note",
    "red_flags": "id,entity,when,text,document,locator,quote,note",
    "terminology": "id,term,entity,ruling,text,document,locator,quote,note",
    "remarks": "id,entity,topic,statement,document,locator,quote,note",
    "tables": "id,document,table,row,column,entry,entity,most_frequent,locator,quote,note",
    "location_cuts": "document,cut,category,compartment,rows",
    "conflicts": "one,other,text",
    "priors": "name,parent,share,basis,document,locator,quote,reason",
    "background": "feature,value,probability,reason",
    "groups": "group,member,order,follows,coupling,reason",
}
CALCIFIED = {"one": "", "two": ""}
"""Two entities without a parent, for tests that need no more."""
PICTURE = {"picture": (0.7, {"density": "ossification;calcification;foreign_body"})}

Row = Mapping[str, str]
Groups = Mapping[str, tuple[float, Mapping[str, str]]]


def write_world(
    folder: Path,
    findings: str,
    entities: Mapping[str, str] | None = None,
    stages: Mapping[str, Mapping[str, float]] | None = None,
    priors: Mapping[str, float] | None = None,
    groups: Groups | None = None,
    workup: Sequence[Row] = (),
) -> Path:
    """Write all tables.

    findings: one row a line, ``entity[stage] feature=value strength key=value …`` with the keys
        ``on`` (conditional_on), ``given``, ``weight`` and ``document``.
    entities: entity -> the group above it or ""; a name that is somebody's parent is a group.
    stages: entity -> stage -> share. priors: entity -> share, ``other`` included.
    groups: group -> (coupling, member -> order of its states, with " after " and the members that
        it follows where it does not follow any); density is added where it lacks.
    """
    entities = CALCIFIED if entities is None else entities
    parents = set(entities.values())
    leaves = [name for name in entities if name not in parents]
    priors = priors or {name: float(1 + i) for i, name in enumerate([*leaves, "other"])}
    groups = {**PICTURE, **(groups or {})}
    tables: dict[str, Iterable[Row]] = {
        "documents": [{"id": name, "short": name} for name in ("first", "second")],
        "sections": [{"document": name, "section": "Text"} for name in ("first", "second")],
        "strengths": [{"band": name, "probability": f"{p}"} for name, p in BANDS.items()],
        "entities": [
            {
                "id": name,
                "name": name.replace("_", " "),
                "kind": "group" if name in parents else "diagnosis",
                "parent": parent,
                "mechanism": "dystrophic",
            }
            for name, parent in entities.items()
        ],
        "stages": [
            {"entity": name, "stage": stage, "order": str(order), "name": stage, "share": f"{share}"}
            for name, shares in (stages or {}).items()
            for order, (stage, share) in enumerate(shares.items())
        ],
        "scales": [{"feature": name, "edges": edges} for name, edges in EDGES.items()],
        "findings": [_finding(i, line) for i, line in enumerate(_lines(findings))],
        "priors": [
            {"name": name, "parent": "mineral", "share": f"{share}", "basis": "assumption"}
            for name, share in priors.items()
        ],
        "background": list(_background()),
        "groups": [
            {
                "group": name,
                "member": member,
                "order": order.partition(" after ")[0],
                "follows": order.partition(" after ")[2],
                "coupling": f"{coupling}",
            }
            for name, (coupling, members) in groups.items()
            for member, order in members.items()
        ],
        "workup": [
            {"id": f"W{i}", "document": "first", "locator": "Text", "quote": "to be done", **row}
            for i, row in enumerate(workup)
        ],
    }
    for name, header in HEADERS.items():
        with (folder / f"{name}.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, header.split(","), restval="")
            writer.writeheader()
            writer.writerows(tables.get(name, ()))
    return folder


def examples(number: int) -> settings:
    """A property test over this many cases, the same ones in every run."""
    return settings(max_examples=number, deadline=None, derandomize=True)


def reasoner_of(folder: Path) -> Reasoner:
    """The reasoner over a folder of tables."""
    return Reasoner(load_knowledge(folder))


def read_case(**parts: object) -> Case:
    """A checked case from its JSON parts."""
    return case_from_json(parts)


def probabilities(reasoner: Reasoner, case: Case) -> dict[str, float]:
    """Entity (and ``other``) -> posterior."""
    entities = reasoner.infer([case]).entities[0]
    return dict(zip(reasoner.model.entities, map(float, entities), strict=True))


def log_odds(reasoner: Reasoner, case: Case) -> dict[str, float]:
    """Entity -> ln(posterior odds against ``other``) - ln(prior odds against ``other``)."""
    after = probabilities(reasoner, case)
    before = probabilities(reasoner, Case())
    return {
        name: math.log(after[name] / after["other"]) - math.log(before[name] / before["other"])
        for name in after
        if name != "other"
    }


def rate(reasoner: Reasoner, hypothesis: str, variable: str, state: str = "present") -> float:
    """P(state | hypothesis) in the compiled model; ``entity[stage]`` names a stage."""
    name, _, stage = hypothesis.removesuffix("]").partition("[")
    row = reasoner.model.hypotheses.index(Hypothesis(name, stage))
    column = reasoner.model.variables[variable].states.index(state)
    return float(reasoner.model.rates[variable][row, column])


def background(reasoner: Reasoner, variable: str, state: str = "present") -> float:
    """P(state) among all soft tissue mineral."""
    found = reasoner.model.variables[variable]
    return float(found.background[found.states.index(state)])


def _lines(text: str) -> list[str]:
    return [line for line in map(str.strip, text.splitlines()) if line]


def _finding(index: int, line: str) -> Row:
    who, what, strength, *more = line.split()
    entity, _, stage = who.removesuffix("]").partition("[")
    feature, _, value = what.partition("=")
    options = dict(option.split("=", maxsplit=1) for option in more)
    return {
        "id": f"F{index}",
        "entity": entity,
        "stage": stage,
        "feature": feature,
        "value": value,
        "strength": strength,
        "conditional_on": options.get("on", "calcified_films"),
        "given": options.get("given", ""),
        "weight": options.get("weight", "1"),
        "document": options.get("document", "first"),
        "locator": "Text",
        "quote": line,
    }


def _background() -> Iterable[Row]:
    """Uneven frequencies: categories as 1:2:3:1:…, facts from 3 to 12 %, implied ones more."""
    known = vocabulary()
    values: dict[str, Sequence[str]] = dict(Features(known).values)
    values["density"] = FOCAL_DENSITIES
    for feature in SCALED:
        edges = EDGES[feature].split(";")
        values[feature] = [f"{a}-{b}" for a, b in itertools.pairwise(edges)]
    for feature, everything in values.items():
        if feature == "structure":
            continue
        names = [name for name in everything if not _umbrella(feature, name)]
        if feature in FACT_KINDS or feature == "morphology":
            shares = [0.03 * (1 + i % 4) for i in range(len(names))]
            general = {p for n in names for p in known.implied(feature, n)}
            shares = [s + 0.2 if n in general else s for s, n in zip(shares, names, strict=True)]
        else:
            sizes = [1 + i % 3 for i in range(len(names))]
            shares = [size / sum(sizes) for size in sizes]
        for name, share in zip(names, shares, strict=True):
            yield {"feature": feature, "value": name, "probability": repr(share)}


def _umbrella(feature: str, name: str) -> bool:
    known = vocabulary()
    if feature == "compartment":
        return name not in known.compartments[name].covers
    return feature == "region" and name in {"spine", "trunk", "upper_extremity", "lower_extremity"}
