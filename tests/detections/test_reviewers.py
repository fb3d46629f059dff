"""The benchmark of simulated reviewers, on embeddings that tell the species apart."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from canopy.detections.search.windows import Windows
from canopy.runtime.arrays import write_frames
from canopy.training.targets import ABSENT, PRESENT, UNKNOWN

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY))

from benchmarks import reviewers  # noqa: E402
from benchmarks.heard import FALSE, TRUE, UNSURE, Heard  # noqa: E402

SPECIES = ["owl", "wren"]
N_RECORDINGS, N_WINDOWS, N_VALUES = 24, 4, 16


def heard(folder: Path, seed: int) -> Heard:
    """Return recordings of 20 s, of windows 5 s long, of which every third has an owl and every fourth a wren."""
    rng = np.random.default_rng(seed)
    n = N_RECORDINGS * N_WINDOWS
    calls = np.stack([np.arange(n) % 3 == 0, np.arange(n) % 4 == 1], axis=1)
    values = rng.normal(0, 0.3, (n, N_VALUES)) + calls @ np.eye(2, N_VALUES)
    names = [f"r{number:02}" for number in range(N_RECORDINGS)]
    blocks = values.reshape(N_RECORDINGS, N_WINDOWS, -1).astype(np.float16)
    paths = [f"{name}.flac" for name in names]
    extra = {"path": paths, "audio": paths, "copy_of": "", "problem": ""}
    times = {"duration_s": 20.0, "first_s": 0.0, "hop_s": 5.0, "window_s": 5.0}
    folder.mkdir()
    write_frames(zip(names, blocks, strict=True), folder / "v.npy", n_bins=N_VALUES, extra={**extra, **times})
    rows = [
        (paths[at // N_WINDOWS], one, 5.0 * (at % N_WINDOWS) + 1, 5.0 * (at % N_WINDOWS) + 3, 12.0)
        for at, column in zip(*np.nonzero(calls), strict=True)
        for one in [SPECIES[column]]
    ]
    events = pd.DataFrame(rows, columns=["filename", "species", "onset_s", "offset_s", "snr_db"])
    truth = np.where(calls, TRUE, FALSE)
    truth[-1] = UNSURE
    return Heard(Windows([folder / "v.npy"]), np.load(folder / "v.npy").astype(float), truth, events, SPECIES)


@pytest.fixture
def pair(tmp_path: Path) -> tuple[Heard, Heard]:
    return heard(tmp_path / "pool", 1), heard(tmp_path / "test", 2)


@pytest.mark.parametrize("strategy", reviewers.STRATEGIES)
def test_every_strategy_learns_from_what_was_asked_alone(pair: tuple[Heard, Heard], strategy: str) -> None:
    loop = reviewers.Loop(*pair, wrong=0.0, seed=3)
    found = reviewers.curve(loop, strategy, clips=6, rounds=4)
    assert [row["verdicts"] for row in found] == [2 * 6 * number for number in (1, 2, 3, 4)]
    said = {(TRUE, True): PRESENT, (FALSE, True): ABSENT}
    expected = [
        [said.get((truth, asked), UNKNOWN) for truth, asked in zip(*both, strict=True)]
        for both in zip(pair[0].truth.tolist(), loop.closed.tolist(), strict=True)
    ]
    np.testing.assert_array_equal(loop.labels, expected)
    chance = 0.5 * (1 / 3 + 1 / 4)
    assert float(found[-1]["ap"]) > 2 * chance


def test_the_whole_truth_ranks_all_windows_and_wrong_verdicts_are_as_many_as_told(pair: tuple[Heard, Heard]) -> None:
    whole = reviewers.Loop(*pair, wrong=0.0, seed=3)
    whole.learn_truth()
    assert whole.score() > 0.9
    loop = reviewers.Loop(*pair, wrong=0.25, seed=3)
    everything = np.arange(len(pair[0].truth) - 1)
    for species in range(2):
        loop.ask(species, everything)
    truth = np.where(pair[0].truth == TRUE, PRESENT, ABSENT)[:-1]
    assert 0.15 < (loop.labels[:-1] != truth).mean() < 0.35


def test_the_table_has_the_spread_over_the_draws() -> None:
    rows = [(1, "top", 16, 0.01, 0.5, 0.625), (2, "top", 16, 0.01, 0.7, 0.875)]
    table = pd.DataFrame(rows, columns=["draw", "strategy", "verdicts", "share", "ap", "of_whole"])
    assert reviewers.told(table).splitlines()[-1] == "| top | 16 | 1.00% | 0.600 (0.500 to 0.700) | 75.0% |"
