"""Random valid cases: every registered id may occur, hard, soft or not at all."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from mlcalc.case_json import LIST_KINDS
from mlcalc.vocabulary import DENSITIES, FOCAL_DENSITIES, Structure, vocabulary

Parts = dict[str, Any]
KNOWN = vocabulary()
LEVELS = st.sampled_from(["low", "normal", "high"])
LABS = [lab for lab in KNOWN.ids("labs") if lab not in ("renal_function", "calcium_phosphate_product")]


def _normalised(weights: list[float]) -> dict[str, float]:
    total = sum(weights) * (1 + 1e-9)
    return {name: weight / total for name, weight in zip(DENSITIES, weights, strict=True)}


def _inside(structure: Structure) -> st.SearchStrategy[Parts]:
    """A structure, alone or with compartments and regions that it lies in."""
    return st.fixed_dictionaries(
        {"structure": st.just(structure.id)},
        optional={
            "compartment": st.sampled_from(sorted(structure.compartments)),
            "region": st.sampled_from(sorted(structure.regions)),
        },
    )


densities = st.one_of(
    st.sampled_from(FOCAL_DENSITIES),
    st.lists(st.floats(0.01, 1), min_size=4, max_size=4)
    .map(_normalised)
    .filter(lambda shares: shares["no_focal_density"] < 0.5),
)
morphologies = st.one_of(
    st.lists(st.sampled_from(KNOWN.ids("morphology")), max_size=3, unique=True),
    st.dictionaries(st.sampled_from(KNOWN.ids("morphology")), st.floats(0, 1), max_size=6),
)
locations = st.one_of(
    st.fixed_dictionaries(
        {},
        optional={
            "compartment": st.sampled_from(KNOWN.ids("compartment")),
            "region": st.sampled_from(KNOWN.ids("region")),
        },
    ),
    st.sampled_from(sorted(KNOWN.structures)).flatmap(lambda name: _inside(KNOWN.structures[name])),
)
labs = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(LABS, LEVELS),
        "renal_function": st.sampled_from(["normal", "impaired"]),
        "calcium_phosphate_product": st.floats(20, 120),
    },
)
contexts = st.fixed_dictionaries(
    {},
    optional={
        "age": st.floats(0, 120),
        "sex": st.sampled_from(["F", "M"]),
        "ancestry": st.just("african"),
        "weeks_since_onset": st.floats(0, 1000),
        "labs": labs,
        **{kind: st.lists(st.sampled_from(KNOWN.ids(kind)), max_size=2, unique=True) for kind in LIST_KINDS},
        "absent": st.lists(st.sampled_from(KNOWN.ids("symptoms") + KNOWN.ids("conditions")), max_size=3),
    },
)
cases = st.fixed_dictionaries(
    {},
    optional={
        "density": densities,
        "morphology": morphologies,
        "location": locations,
        "additional_locations": st.lists(locations, max_size=2),
        "context": contexts,
    },
)
"""Parts for `read_case`."""
