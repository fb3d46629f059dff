"""Search by one example: how many of the most similar stretches of soundscapes hold the example's sound.

PYTHONPATH=workflow/scripts:tests python tests/search_by_example.py ESC10 SOUNDSCAPES frames

It tells the share of windows that hold it: of all, of the ten most similar, of ten spread over recordings; and the
average precision over all windows; with standard errors over examples. SOUNDSCAPES come from `make_soundscapes.py
SOUNDSCAPES --train 1 --test 40 --seconds 20 --rate 48000 --seed 3 --test-folds 1,2,3`; examples are clips of ESC-10's
other folds, of each the loudest second. BirdNET hears (`make install-birdnet`), its layer `frames` or, without that
word, its window.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "workflow" / "scripts"))
import embed_applied
from canopy.config.kinds import feature_set
from canopy.data.audio.decoding import read_mono
from canopy.detections.search.draw import POOL, nearest, spread
from canopy.detections.search.example import Example
from canopy.detections.search.hear import hear
from canopy.detections.search.offer import sites
from canopy.detections.search.windows import Windows
from canopy.features.networks.locate import located
from canopy.inference.apply.folder import find_recordings
from canopy.inference.apply.hearing import open_hearing
from canopy.runtime.files import write_table

PER_CLASS, TOP, SECONDS, RATE_HZ = 4, 10, 1.0, 16000
ALIASES = {"person_sneeze": "sneeze"}


def settings_of(layer: str | None) -> dict[str, object]:
    named = {"kind": "embedding", "model": "birdnet", **({"layer": layer} if layer else {})}
    features = located(feature_set(named, "features"), "this script")
    keys = features.model_dump()
    told = {"features": {**keys, "model": "birdnet"}, "located": {"model": keys["model"]}}
    compute = {"threads": 2, "deterministic": True}
    return {**told, "window_s": 2.0, "channel": None, "compute": compute, "shard": 0, "shards": 1}


def examples(esc10: Path, names: set[str]) -> Iterator[tuple[str, Example]]:
    table = pd.read_csv(esc10 / "esc10.csv")
    table = table[table["fold"] > 3].assign(name=table["category"].replace(ALIASES))
    for name, rows in table.groupby("name"):
        for file in rows["filename"].head(PER_CLASS) if name in names else ():
            samples = read_mono(esc10 / "audio" / file, RATE_HZ)
            power, n = np.concatenate([[0.0], np.cumsum(samples.astype(float) ** 2)]), int(SECONDS * RATE_HZ)
            onset_s = float(np.argmax(power[n:] - power[:-n])) / RATE_HZ
            yield str(name), Example(str(esc10 / "audio" / file), onset_s, onset_s + SECONDS)


def holds(windows: Windows, events: pd.DataFrame) -> NDArray[np.bool_]:
    """Return which windows hold half a second of an event, or all of it."""
    found = np.zeros(len(windows), bool)
    ids = windows.recordings["recording_id"].to_numpy()[windows.recording]
    for name, onset_s, offset_s in zip(events["recording_id"], events["t_min"], events["t_max"], strict=True):
        shared_s = np.minimum(windows.offset_s, offset_s) - np.maximum(windows.onset_s, onset_s)
        found |= (ids == name) & (shared_s >= min(0.5, 0.99 * (offset_s - onset_s)))
    return found


def average_precision(similarity: NDArray[np.float32], truth: NDArray[np.bool_]) -> float:
    ranked = truth[np.argsort(-similarity)]
    return float((np.cumsum(ranked) / np.arange(1, len(ranked) + 1))[ranked].mean())


def main(esc10: Path, soundscapes: Path, layer: str | None) -> None:
    events = pd.read_csv(soundscapes / "truth" / "test_events.csv")
    names = pd.read_csv(soundscapes / "truth" / "classes.csv").set_index("species_id")["name"]
    told = {**settings_of(layer), "folder": str(soundscapes / "test")}
    with tempfile.TemporaryDirectory() as folder:
        write_table(find_recordings(soundscapes / "test", Path(folder, "memory")), Path(folder, "found.csv"))
        given = ["--settings", json.dumps(told), "--found", f"{folder}/found.csv", "--output", f"{folder}/0.npy"]
        embed_applied.main(given)
        windows = Windows([Path(folder, "0.npy")])
        values = np.load(Path(folder, "0.npy")).astype(np.float32)[order(windows)]
    hearing, rows = open_hearing(told), []
    for name, example in examples(esc10, set(names)):
        truth = holds(windows, events[events["species_id"].map(names) == name])
        heard = hear(example, hearing)
        for how, similarity in {
            "from the mean": windows.similarity(heard),
            "from 0": (values @ heard.T).max(axis=1),
        }.items():
            pool = nearest(windows, similarity, np.zeros(len(windows), bool), POOL * TOP)
            top = truth[pool[:TOP]].mean()
            even = truth[spread(windows, similarity, pool, sites(windows.recordings, None), TOP)].mean()
            rows.append((how, name, truth.mean(), top, even, average_precision(similarity, truth)))
    table = pd.DataFrame(rows, columns=["how", "name", "share", "nearest", "spread", "AP"])
    by_how = table.groupby("how")[["share", "nearest", "spread", "AP"]]
    print(by_how.mean().join(by_how.sem(), rsuffix=" error").round(3).to_string())
    print(table.groupby(["how", "name"])[["share", "nearest", "AP"]].mean().round(2).to_string())


def order(windows: Windows) -> NDArray[np.int64]:
    """Return the place of each window in the array of the only shard."""
    return np.repeat(windows.recordings["first_frame"].to_numpy(), windows.recordings["n_frames"]) + windows.number


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] if len(sys.argv) > 3 else None)
