"""Crops drawn while a network trains: a torch loader takes the simulation as it is."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

from mlcalc.simulate.config import Config
from mlcalc.simulate.simulated import Simulated
from mlcalc.simulate.source import Simulation


def simulation(count: int = 3) -> Simulation:
    return Simulation(Config(size=64, regions=("ankle",)), seed=2, count=count)


def test_it_has_a_length_and_ends() -> None:
    crops = list(simulation())
    assert [crop.index for crop in crops] == [0, 1, 2]
    assert len(simulation()) == 3


def test_a_copy_sent_to_another_process_draws_the_same() -> None:
    sent: Simulation = pickle.loads(pickle.dumps(simulation()))
    np.testing.assert_array_equal(sent[1].pixels, simulation()[1].pixels)


def test_a_torch_loader_takes_it() -> None:
    torch = pytest.importorskip("torch")

    def collate(crops: list[Simulated]) -> object:
        return torch.stack([torch.from_numpy(crop.pixels) for crop in crops])

    (batch,) = torch.utils.data.DataLoader(simulation(), batch_size=3, collate_fn=collate)
    assert tuple(batch.shape) == (3, 64, 64)
    np.testing.assert_array_equal(batch[2].numpy(), simulation()[2].pixels)
