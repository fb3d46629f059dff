"""Intersection F1 of a run's detections by other settings; not part of `make bench`, since it needs trained networks.

`python -m benchmarks.detections --results results --truth resources/demo/truth`
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.config.detection import Detection
from canopy.config.settings import section
from canopy.detections.table import detect
from canopy.evaluation.calibration.calibrator import Calibrator, calibrator
from canopy.evaluation.metrics.events.counts import intersection_counts
from canopy.evaluation.metrics.events.detections import duration_s
from canopy.evaluation.metrics.events.truth import EMPTY, Floats, events_of, read_events
from canopy.evaluation.metrics.f1 import f1
from canopy.inference.framewise import Framewise, read_framewise
from canopy.runtime.tables import read_table

TRIED: tuple[dict[str, float], ...] = (
    {"threshold": 0.3},
    {"relative_to_peak": 0.0, "merge_gap_s": 0.1},
    {},
    {"smooth_s": 0.5},
    {"threshold": 0.7},
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, required=True, help="folder of a finished run")
    parser.add_argument("--truth", type=Path, required=True, help="folder with train_events.csv and test_events.csv")
    given = parser.parse_args()
    ensemble = given.results / "ensemble"
    calibration = read_table(ensemble / "calibration.csv", ["species", "note"])
    species = calibration["species"].tolist()
    calibrate = calibrator(calibration, species)
    framewise = {name: read_framewise(ensemble / name / "framewise.npy") for name in ("oof", "test")}
    truth = {name: events_in(given.truth / f"{file}_events.csv") for name, file in (("oof", "train"), ("test", "test"))}
    print(
        "| `threshold` | `relative_to_peak` | `merge_gap_s` | `smooth_s` | out of fold | test: F1 (precision, recall) |"
    )
    for changes in TRIED:
        settings = section(Detection, changes, "detection")
        values = settings.threshold, settings.relative_to_peak, settings.merge_gap_s, settings.smooth_s
        shown = " | ".join(f"{value:g}" for value in values)
        oof, test = (count(framewise[name], truth[name], species, calibrate, settings) for name in ("oof", "test"))
        hits, alarms, misses = test
        precision, recall = hits / max(hits + alarms, 1), hits / max(hits + misses, 1)
        print(f"| {shown} | {f1(oof):.3f} | {f1(test):.3f} ({precision:.3f}, {recall:.3f}) |")


def events_in(path: Path) -> Mapping[tuple[str, str], Floats]:
    """Return the true events of a table by recording and species."""
    events = read_events(path)
    if events is None:
        raise SystemExit(f"{path}: no times")
    return events_of(events)


def count(
    framewise: Framewise,
    truth: Mapping[tuple[str, str], Floats],
    species: Sequence[str],
    calibrate: Calibrator,
    settings: Detection,
) -> NDArray[np.int64]:
    """Return hits, false alarms and misses of events over all species and recordings, by intersection."""
    nowhere = pd.DataFrame({"low_hz": np.nan, "high_hz": np.nan}, index=list(species))
    counts = np.zeros(3, np.int64)
    for recording in framewise.index["recording_id"].tolist():
        logits, frame_s = framewise.of(recording).astype(np.float32), framewise.frame_s(recording)
        found = detect(
            enumerate(logits.T),
            settings,
            species=species,
            ranges=nowhere,
            calibrate=calibrate,
            thresholds=np.full(len(species), settings.threshold),
            frame_s=frame_s,
            duration_s=duration_s(len(logits), frame_s),
        )
        for name in species:
            mine = found.loc[found["species"] == name, ["onset_s", "offset_s"]].to_numpy(float)
            counts += intersection_counts(mine, truth.get((recording, name), EMPTY))
    return counts


if __name__ == "__main__":
    main()
