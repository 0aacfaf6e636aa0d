"""numpy and torch run the same array code: same numbers, and gradients that are right."""

from __future__ import annotations

import os
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from mlcalc.reasoning import Reasoner
from mlcalc.reasoning.encode import EncodedCases
from mlcalc.reasoning.posterior import Tables, convert, posterior
from mlcalc.vocabulary import vocabulary

from .worlds import read_case


def required(name: str) -> Any:
    """An optional package; where MLCALC_REQUIRE_SHARED=1 a missing one fails instead of skipping."""
    if os.environ.get("MLCALC_REQUIRE_SHARED") == "1":
        __import__(name)
    return pytest.importorskip(name)


@pytest.fixture(scope="module")
def torch() -> Any:
    return required("torch")


def random_parts(rng: np.random.Generator) -> dict[str, Any]:
    """A case with soft density and morphology, up to two places and some context."""
    known = vocabulary()

    def some(kind: str, count: int) -> list[str]:
        return [str(name) for name in rng.choice(known.ids(kind), size=count, replace=False)]

    shares = rng.dirichlet(np.ones(4)) * (1 - 1e-9)
    names = ("calcification", "ossification", "foreign_body", "no_focal_density")
    places = [
        {"compartment": c, "region": r}
        for c, r in zip(some("compartment", 2), some("region", 2), strict=True)
    ]
    return {
        "density": dict(zip(names, map(float, shares), strict=True)),
        "morphology": {name: float(rng.uniform()) for name in some("morphology", int(rng.integers(0, 24)))},
        "location": places[0],
        "additional_locations": places[1 : int(rng.integers(1, 3))],
        "context": {
            "age": int(rng.integers(0, 121)),
            "sex": str(rng.choice(["F", "M"])),
            "labs": {"phosphate": str(rng.choice(["low", "normal", "high"]))},
            "symptoms": some("symptoms", 2),
            "conditions": some("conditions", int(rng.integers(0, 3))),
        },
    }


@pytest.fixture(scope="module")
def batch(shipped: Reasoner) -> EncodedCases:
    rng = np.random.default_rng(0)
    return shipped.encode([read_case(**random_parts(rng)) for _ in range(700)])


def test_numpy_and_torch_agree_on_a_batch(shipped: Reasoner, batch: EncodedCases, torch: Any) -> None:
    ours = posterior(shipped.tables, batch)
    theirs = posterior(convert(shipped.tables, torch.asarray), convert(batch, torch.asarray))
    for field in fields(ours):
        one, other = getattr(ours, field.name), getattr(theirs, field.name)
        assert other.dtype == torch.float64
        np.testing.assert_allclose(other.numpy(), one, rtol=1e-10, atol=1e-12, err_msg=field.name)


def test_a_batch_answers_like_its_cases_one_by_one(shipped: Reasoner, batch: EncodedCases) -> None:
    together = posterior(shipped.tables, batch).entities
    rng = np.random.default_rng(0)
    cases = [read_case(**random_parts(rng)) for _ in range(20)]
    apart = np.stack([shipped.infer([case]).entities[0] for case in cases])
    np.testing.assert_allclose(together[:20], apart, rtol=1e-10, atol=1e-14)


def test_conversion_changes_arrays_and_nothing_else(shipped: Reasoner, torch: Any) -> None:
    converted: Tables = convert(shipped.tables, torch.asarray)
    assert converted.picture_axes == shipped.tables.picture_axes
    assert converted.lone_columns == shipped.tables.lone_columns
    assert isinstance(converted.log_prior, torch.Tensor)


def test_gradients_by_density_and_morphology_are_right(
    shipped: Reasoner, batch: EncodedCases, torch: Any
) -> None:
    tables = convert(shipped.tables, torch.asarray)
    few = convert(
        batch,
        lambda array: torch.asarray(array) if array.shape[0] != len(batch) else torch.asarray(array[:2]),
    )
    density = few.density.clone().requires_grad_(True)
    morphology = (few.morphology * 0.8 + 0.1).requires_grad_(True)

    def differential(density: Any, morphology: Any) -> Any:
        evidence = replace(few, density=density, morphology=morphology)
        return torch.log(posterior(tables, evidence).entities[:, :12])

    assert torch.autograd.gradcheck(differential, (density, morphology), eps=1e-7, atol=1e-5)


def test_more_weight_on_a_sign_raises_the_entity_whose_sign_it_is(shipped: Reasoner, torch: Any) -> None:
    tables = convert(shipped.tables, torch.asarray)
    evidence = convert(shipped.encode([read_case(morphology={"tram_track": 0.5})]), torch.asarray)
    morphology = evidence.morphology.clone().requires_grad_(True)
    entities = posterior(tables, replace(evidence, morphology=morphology)).entities
    entities[0, shipped.model.entities.index("monckeberg_sclerosis")].backward()
    column = vocabulary().ids("morphology").index("tram_track")
    assert morphology.grad[0, column, 0] > 0
    assert morphology.grad[0, column, 1] < 0
