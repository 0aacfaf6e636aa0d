"""Contact sheets show every shape of a class, and say that no patient is on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mlcalc.errors import UsageError
from mlcalc.simulate.config import Config
from mlcalc.simulate.sheet import GAP, HEAD, LABEL, SIDE, write_overview, write_sheet
from mlcalc.simulate.source import Simulation

ONLY = Config(size=64, regions=("ankle",), densities={"no_focal_density": 1.0, "calcification": 0.0})


def test_a_line_for_each_kind_of_negative(tmp_path: Path) -> None:
    write_sheet(tmp_path / "sheet.png", Simulation(ONLY, 0), each=2)
    with Image.open(tmp_path / "sheet.png") as sheet:
        assert sheet.size == (LABEL + 2 * (SIDE + GAP) + GAP, 2 * HEAD + 3 * (SIDE + GAP))
        pixels = np.asarray(sheet.convert("L"))
    for line in range(3):
        top = 2 * HEAD + line * (SIDE + GAP)
        picture = pixels[top : top + SIDE, LABEL + GAP : LABEL + GAP + SIDE]
        assert picture.std() > 3


def test_an_overview_has_one_picture_a_shape(tmp_path: Path) -> None:
    write_overview(tmp_path / "small.jpg", Simulation(ONLY, 0), columns=3)
    with Image.open(tmp_path / "small.jpg") as sheet:
        assert sheet.size[0] == 3 * (SIDE + GAP) + GAP
        assert sheet.mode == "L"


def test_a_sheet_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot write .*nowhere.*No such file"):
        write_overview(tmp_path / "nowhere" / "sheet.jpg", Simulation(ONLY, 0))
