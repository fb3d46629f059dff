"""Small stores, labels and settings that the tests of batches, training and inference share."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from canopy.config.augment import Augment
from canopy.config.loss import Loss
from canopy.config.model import Model
from canopy.config.optimizer import Optimizer
from canopy.config.training import Crops, Training
from canopy.features.shards import Store
from canopy.runtime.arrays import write_frames
from canopy.training.targets import Labels

HOP_S = 0.1
SPECIES = ("s0", "s1", "s2")
COLUMNS = ("recording_id", "species", "onset_s", "offset_s", "polarity", "reviewed", "reviewed_species")
MODEL = Model(filters=(4, 8), head_units=8)


def rows(*boxes: Sequence[object], reviewed: str = "none", reviewed_species: str = "") -> pd.DataFrame:
    """Return training rows of `(recording_id, species, onset_s, offset_s, polarity)`; polarity 0: no box."""
    return pd.DataFrame([(*box, reviewed, reviewed_species) for box in boxes], columns=list(COLUMNS))


def labels(*boxes: Sequence[object], reviewed: str = "none", reviewed_species: str = "") -> Labels:
    return Labels(rows(*boxes, reviewed=reviewed, reviewed_species=reviewed_species), SPECIES)


def make_store(folder: Path, recordings: Mapping[str, np.ndarray]) -> Store:
    n_bins = next(iter(recordings.values())).shape[1]
    write_frames(recordings.items(), folder / "0.npy", n_bins=n_bins)
    return Store([folder / "0.npy"])


def calls(n_recordings: int = 8, *, n_frames: int = 100, n_bins: int = 16) -> tuple[dict[str, np.ndarray], Labels]:
    """Return noise with one louder band per species in each recording, and boxes for it."""
    rng = np.random.default_rng(1)
    recordings, boxes = {}, []
    for number in range(n_recordings):
        values = rng.normal(-60, 3, (n_frames, n_bins))
        species, onset = number % len(SPECIES), int(rng.integers(5, n_frames - 30))
        values[onset : onset + 20, 3 + 4 * species : 6 + 4 * species] += 30
        name = f"r{number}"
        recordings[name] = values.astype(np.float32)
        boxes.append((name, SPECIES[species], onset * HOP_S, (onset + 20) * HOP_S, 1))
        boxes.append((name, SPECIES[(species + 1) % 3], onset * HOP_S, (onset + 20) * HOP_S, -1))
    return recordings, labels(*boxes)


def training(*, epochs: int = 4, dropout: float = 0.25, **optimizer: object) -> Training:
    """Return settings of a training that takes seconds."""
    return Training(
        seed=3,
        model=Model(filters=(4, 8), head_units=8, dropout=dropout),
        loss=Loss(),
        crops=Crops(window_s=6.4),
        augment=Augment(time_mask_s=0.5),
        optimizer=Optimizer.model_validate(
            {"epochs": epochs, "least_steps": 0, "batch_size": 4, "precision": "float32", **optimizer}
        ),
    )
