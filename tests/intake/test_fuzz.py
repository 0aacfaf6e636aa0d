"""Broken files by the hundred: one report each, with a status and a reason, and no harm to the run.

``scripts/fuzz-imaging`` does the same with thousands, real radiographs among them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from mlcalc.errors import FileError
from mlcalc.imaging.limits import ReadOptions
from mlcalc.imaging.read import open_pictures, read_frame
from mlcalc.intake.examine import Report, examine
from mlcalc.intake.gather import gather
from mlcalc.intake.sources import Source
from mlcalc.intake.workers import WorkLimits, run_isolated
from tests.imaging.fuzz_checks import STATUSES, complaints, ending, report_of, wrong_pixels
from tests.imaging.fuzz_lies import FINDERS, tell_lie
from tests.imaging.fuzz_seeds import TELLING
from tests.imaging.fuzzing import MUTATORS, Mutant, Seed, mutants, mutate, seeds

MUTANTS, FIXED = 160, 3
SECONDS = 10.0
EXAMINE = partial(examine, options=ReadOptions(max_pixels=4_000_000, max_bytes=100_000_000))
BY_NAME = {seed.name: seed for seed in seeds()}
RASTERS_AND_DICOM = [seed for seed in seeds() if seed.format not in ("zip", "DICOMDIR")]


@dataclass(frozen=True)
class Run:
    """The mutants by their files, what discovery made of them, and what came back from two workers."""

    mutants: dict[Path, Mutant]
    sources: tuple[Source, ...]
    results: list[tuple[Source, Report | FileError]]

    def name(self, source: Source) -> str:
        """Which mutant; a file that is not there is named by a broken DICOMDIR."""
        return self.mutants[source.file].name if source.file in self.mutants else source.path


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    folder = tmp_path_factory.mktemp("mutants")
    by_file = {folder / mutant.name: mutant for mutant in mutants(MUTANTS, FIXED)}
    for file, mutant in by_file.items():
        file.write_bytes(mutant.data)
    sources = gather([folder]).sources
    limits = WorkLimits(SECONDS, 2 * 2**30)
    return Run(by_file, sources, list(run_isolated(EXAMINE, sources, jobs=2, limits=limits)))


def test_every_file_has_one_report_in_order(run: Run) -> None:
    assert [source for source, _ in run.results] == list(run.sources)
    assert len({source.path for source in run.sources}) == len(run.sources)


def test_no_file_is_lost(run: Run) -> None:
    """But for an index, which is told by the files that it names."""
    unreported = run.mutants.keys() - {source.file for source in run.sources}
    assert {run.mutants[file].seed.format for file in unreported} <= {"DICOMDIR"}


def test_every_report_is_sound(run: Run) -> None:
    """A known status, a reason unless ok, strict JSON, in time, and no word of the patient."""
    wrong = {
        run.name(source): complaints(report_of(source, result), source, TELLING, SECONDS)
        for source, result in run.results
    }
    assert {name: found for name, found in wrong.items() if found} == {}


def test_no_worker_had_to_be_ended(run: Run) -> None:
    """A decoder that crashes or hangs is caught, but what is known to do so is refused before."""
    endings = {run.name(source): ending(report_of(source, result)) for source, result in run.results}
    assert {name: how for name, how in endings.items() if how not in STATUSES} == {}


def test_the_fuzz_reaches_all_outcomes(run: Run) -> None:
    """Else it would only break magic numbers."""
    assert {ending(report_of(source, result)) for source, result in run.results} == set(STATUSES)


# The fuzz itself


@pytest.mark.parametrize("name", [seed.name for seed in RASTERS_AND_DICOM])
def test_every_sound_file_is_read(name: str) -> None:
    with open_pictures(BY_NAME[name].data, ReadOptions()) as pictures:
        for frame in range(pictures.frames):
            radiograph = read_frame(pictures, frame)
            assert wrong_pixels(radiograph, 4_000_000) == []
            assert float(np.ptp(radiograph.pixels)) > 0.3


@pytest.mark.parametrize("name", [seed.name for seed in seeds() if seed.format == "zip"])
def test_every_file_in_a_sound_zip_is_read(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(BY_NAME[name].data)
    reports = [EXAMINE(source) for source in gather([tmp_path]).sources]
    expected = ["ok", "rejected"] if name == "zip-cd.zip" else ["ok"] * len(reports)
    assert [report.status for report in reports] == expected


def test_a_sound_dicomdir_leads_to_its_files(tmp_path: Path) -> None:
    (tmp_path / "DICOMDIR").write_bytes(BY_NAME["DICOMDIR"].data)
    named = [source.file for source in gather([tmp_path / "DICOMDIR"]).sources]
    assert named == [tmp_path / "IMAGES" / "IM1", tmp_path / "IMAGES" / "IM2"]


@pytest.mark.parametrize("mutator", MUTATORS)
def test_every_mutator_changes_every_file(mutator: str) -> None:
    for seed in seeds():
        assert mutate(mutator, seed, np.random.default_rng(5), seeds()) != seed.data, seed.name


@pytest.mark.parametrize("name", BY_NAME)
def test_every_format_has_numbers_to_lie_about(name: str) -> None:
    seed = BY_NAME[name]
    if seed.format == "DICOM deflated":  # only when unpacked
        return
    assert _lies(seed) > len(FINDERS)


def _lies(seed: Seed) -> int:
    rng = np.random.default_rng(6)
    return len({tell_lie(seed.data, seed.format, rng) for _ in range(40)} - {seed.data})


def test_the_same_seed_gives_the_same_files() -> None:
    def first(count: int) -> Iterator[tuple[str, bytes]]:
        return ((mutant.name, mutant.data) for mutant in mutants(count, 9))

    assert list(first(30)) == list(first(40))[:30]
