"""The compact network, its windows and its training step, as the benchmarks share them."""

import os
from pathlib import Path

import numpy as np
import pandas as pd

N_BINS, HOP_S, N_SPECIES, BATCH = 64, 0.02, 10, 16
N_FRAMES = 200
SPECIES = tuple(f"s{number}" for number in range(N_SPECIES))
COLUMNS = ("recording_id", "species", "onset_s", "offset_s", "polarity", "reviewed", "reviewed_species")


def start_tensorflow(threads: int = 2) -> None:
    """Start TensorFlow as a job does that has no GPU."""
    os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
    from canopy.config.compute import Compute
    from canopy.runtime.devices import prepare

    prepare(Compute(threads=threads), gpu=False)


def windows(folder: Path, *, n_recordings: int = 64, minutes: int = 1):  # type: ignore[no-untyped-def]
    """Return the training windows of made-up recordings with RFCX's share of boxes."""
    from canopy.config.training import Crops
    from canopy.features.shards import Store
    from canopy.runtime.arrays import write_frames
    from canopy.training.targets import Labels
    from canopy.training.windows import Windows

    rng = np.random.default_rng(1)
    n_frames = round(minutes * 60 / HOP_S)
    noise = rng.normal(-60, 8, (n_frames, N_BINS)).astype(np.float32)
    names = [f"r{number:05d}" for number in range(n_recordings)]
    write_frames(((name, noise) for name in names), folder / "0.npy", n_bins=N_BINS)
    boxes = []
    for number, name in enumerate(names):
        for polarity in (1, -1, -1):
            onset_s = rng.uniform(0, 55)
            boxes.append((name, SPECIES[(number + polarity) % N_SPECIES], onset_s, onset_s + 2, polarity, "none", ""))
    labels = Labels(pd.DataFrame(boxes, columns=list(COLUMNS)), SPECIES)
    crops = Crops(refuted_per_positive=0.5)
    return Windows(Store([folder / "0.npy"]), labels, crops, hop_s=HOP_S, batch_size=BATCH, seed=1)
