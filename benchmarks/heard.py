"""Recordings of which `make_projects.py` tells the whole truth, as windows of embeddings of BirdNET."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.layout_scores import present
from canopy.config.embedding import EmbeddingFeatures
from canopy.config.kinds import feature_set
from canopy.data.audio.decoding import Recording
from canopy.detections.search.windows import Windows
from canopy.features.networks.locate import located
from canopy.inference.apply.hearing import Pretrained
from canopy.inference.apply.vectors import windows as vectors_of
from canopy.runtime.arrays import write_frames

TRUE, FALSE, UNSURE = 1, 0, -1
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Heard:
    """Recordings as windows of embeddings, with the truth.

    Attributes
    ----------
    windows : Windows
    values : ndarray, shape (n_windows, n_values)
    truth : ndarray of int, shape (n_windows, n_species)
        `TRUE`, `FALSE`, or `UNSURE` where little or a quiet call lies in a window.
    events : DataFrame
        All calls: filename, species, onset_s, offset_s, snr_db.
    species : list of str
    """

    windows: Windows
    values: Floats
    truth: NDArray[np.int64]
    events: pd.DataFrame
    species: list[str]


def hear(folders: Sequence[Path], array: Path) -> Heard:
    """Hear the recordings of which `make_projects.py` tells the whole truth, those in `test/`."""
    paths = sorted(
        (path for folder in folders for path in (folder / "test").rglob("*.flac")), key=lambda path: path.name
    )
    tables = [pd.read_csv(folder / "truth" / "test_events.csv", dtype={"filename": str}) for folder in folders]
    events = pd.concat(tables, ignore_index=True)
    species = sorted(events["species"].unique())
    if not array.exists():
        _embed(paths, array)
    windows = Windows([array])
    spans = np.stack([windows.onset_s, windows.offset_s], axis=1)
    truth = np.zeros((len(windows), len(species)), np.int64)
    for row, name in enumerate(windows.recordings["path"]):
        mine = np.flatnonzero(windows.recording == row)
        for column, one in enumerate(species):
            calls = events[(events["filename"] == name) & (events["species"] == one)]
            truth[mine, column] = present(spans[mine], calls)
    return Heard(windows, np.load(array).astype(np.float64), truth, events, species)


def _embed(paths: Sequence[Path], array: Path) -> None:
    settings = located(feature_set({"kind": "embedding", "model": "birdnet"}, "features"), "this benchmark")
    assert isinstance(settings, EmbeddingFeatures)
    hearing = Pretrained(settings, window_s=3.0)
    values, durations_s = [], []
    for path in paths:
        with Recording(path) as opened:
            durations_s.append(opened.duration_s)
            values.append((path.stem, np.concatenate(list(vectors_of(hearing, opened))).astype(np.float16)))
    names = [path.name for path in paths]
    extra = {"path": names, "audio": names, "duration_s": durations_s, "copy_of": "", "problem": ""}
    grid = hearing.grid
    extra |= {"first_s": grid.first_s, "hop_s": grid.hop_s, "window_s": grid.window_s}
    write_frames(iter(values), array, n_bins=hearing.n_values, extra=extra)
