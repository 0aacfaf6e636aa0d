"""Tube, detector and console are drawn by the region and the config, never by the label."""

from __future__ import annotations

from collections import Counter

import pytest

from mlcalc.simulate.anatomy.regions import REGIONS
from mlcalc.simulate.config import Picture
from mlcalc.simulate.exposure import draw_chain, draw_tube, filters, one_domain
from mlcalc.simulate.streams import stream
from mlcalc.simulate.techniques import techniques


def tubes(region: str, picture: Picture, count: int = 200) -> list[tuple[float, str]]:
    drawn = [draw_tube(stream(0, index, "beam"), region, picture) for index in range(count)]
    return [(tube.kvp, tube.filter) for tube in drawn]


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_has_a_technique_with_a_usual_voltage(region: str) -> None:
    technique = techniques()[region]
    voltages = [kvp for kvp, _ in tubes(region, Picture())]
    assert technique.kvp[0] <= min(voltages) <= max(voltages) <= technique.kvp[1]
    assert technique.side[0] < technique.side[1]


def test_the_config_cuts_the_voltage() -> None:
    assert {kvp for kvp, _ in tubes("knee", Picture(kvp=(60, 60)))} == {60.0}
    assert {kvp for kvp, _ in tubes("knee", Picture(kvp=(55, 55)))} == {55.0}


def test_held_out_filters_are_never_among_those_of_training() -> None:
    training = {name for _, name in tubes("knee", Picture())}
    held_out = {name for _, name in tubes("knee", Picture(filtration="held_out"))}
    every = {name for _, name in tubes("knee", Picture(filtration="all"), 400)}
    assert training
    assert held_out
    assert not training & held_out
    assert every == set(filters())


def test_all_domains_are_both() -> None:
    counts = Counter(one_domain("all", stream(0, index, "detector")) for index in range(400))
    assert set(counts) == {"training", "held_out"}
    assert min(counts.values()) > 140
    assert one_domain("held_out", stream(0, 0, "detector")) == "held_out"


def test_held_out_detectors_and_consoles_are_others() -> None:
    def kinds(picture: Picture) -> set[str]:
        chains = [draw_chain(0, index, "knee", 10.0, picture) for index in range(60)]
        return {chain.detector.kind for chain in chains} | {str(chain.console.style) for chain in chains}

    assert not kinds(Picture()) & kinds(Picture(detectors="held_out", consoles="held_out"))


def test_a_chain_is_the_same_for_its_number_whatever_is_in_front_of_it() -> None:
    first, again = (draw_chain(3, 7, "hip", 20.0, Picture()) for _ in range(2))
    assert first.parameters == again.parameters
    assert first.parameters != draw_chain(3, 8, "hip", 20.0, Picture()).parameters
