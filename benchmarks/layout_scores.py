"""What detections of a layout are worth by the complete truth of its test recordings.

Calls of less than `LEAST_DB` over the background are neither to be found nor false alarms: whatever only they explain
does not count.
"""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import soundfile
from sklearn.metrics import average_precision_score

from canopy.evaluation.metrics.bootstrap import bayesian_weights
from canopy.evaluation.metrics.events.counts import collar_counts, overlaps
from canopy.evaluation.metrics.proportions import proportion

LEAST_DB = 3.0
WINDOW_S, LEAST_S = 5.0, 0.5
PROMISES = (0.9, 0.7, 0.5)
Floats = np.ndarray[Any, np.dtype[np.float64]]
TIMES = ["onset_s", "offset_s"]


def scores(data: Path, applied: Path) -> dict[str, Any]:
    """Return all figures of a layout.

    Parameters
    ----------
    data : Path
        What `make_projects.py` made, of which `truth/` and `test/` are read.
    applied : Path
        What `snakemake apply` made of `test/`.
    """
    truth = pd.read_csv(data / "truth" / "test_events.csv", dtype={"filename": str, "species": str})
    species = pd.read_csv(data / "truth" / "species.csv", dtype={"species": str})
    targets = species.loc[species["target"] == 1, "species"].tolist()
    truth = truth[truth["species"].isin(targets)]
    table = pd.read_csv(applied / "detections" / "detections.csv", dtype={"recording_id": str, "species": str})
    listed = pd.read_csv(applied / "recordings.csv", dtype={"recording_id": str, "path": str})
    table["path"] = table["recording_id"].map(
        listed.set_index("recording_id")["path"]
    )  # below the folder, as in the truth
    hours = sum(soundfile.info(path).duration for path in (data / "test").rglob("*") if path.is_file()) / 3600
    windows = pd.read_csv(applied / "detections" / "scores.birdclef.csv", dtype={"row_id": str})
    return {
        **event_figures(table, truth, targets, hours=hours),
        **promises(judged(table, truth)),
        **window_figures(windows, truth, targets),
    }


def event_figures(
    table: pd.DataFrame, truth: pd.DataFrame, targets: Sequence[str], *, hours: float
) -> dict[str, float]:
    """Return F1 of events by intersection, by species and in all, and by collars of 0.2 s, and false alarms an hour."""
    by_share, by_collar = {}, {}
    for name in targets:
        parts = [counts(*pair) for pair in pairs(table[table["species"] == name], truth[truth["species"] == name])]
        totals = np.sum(parts, axis=0) if parts else np.zeros((2, 3))
        by_share[name], by_collar[name] = totals
    share, collar = (np.sum(list(of.values()), axis=0) for of in (by_share, by_collar))
    found, wrong, missed = share
    return {
        "event_f1": f1(share),
        "precision": float(found / max(found + wrong, 1)),
        "recall": float(found / max(found + missed, 1)),
        "event_f1_mean_of_species": float(np.mean([f1(one) for one in by_share.values()])),
        "collar_f1": f1(collar),
        "false_per_hour": float(wrong / hours),
        "n_detections": len(table),
        "n_events": int(found + missed),
    }


def counts(detected: Floats, loud: Floats, quiet: Floats) -> Floats:
    """Return (found, wrong, missed) events of one species in one recording, by intersection and by collars."""
    explained = right(detected, loud) | ~right(detected, np.concatenate([loud, quiet]))
    detected = detected[explained]  # without those that only a quiet call explains
    true = right(detected, loud)
    covered = overlaps(detected[true], loud).sum(axis=0)
    found = int((covered >= 0.5 * np.diff(loud)[:, 0] - 1e-9).sum())
    return np.array([(found, int((~true).sum()), len(loud) - found), collar_counts(detected, loud)], float)


def right(detected: Floats, events: Floats) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Say of each detection whether at least half of it lies in events."""
    return np.asarray(overlaps(detected, events).sum(axis=1) >= 0.5 * np.diff(detected)[:, 0] - 1e-9)


def pairs(table: pd.DataFrame, truth: pd.DataFrame) -> Iterable[tuple[Floats, Floats, Floats]]:
    """Yield the detections, loud calls and quiet calls of each recording, as `(n, 2)` times in seconds."""
    for name in sorted({*table["path"], *truth["filename"]}):
        events = truth[truth["filename"] == name]
        loud = (events["snr_db"] >= LEAST_DB).to_numpy()
        times = events[TIMES].to_numpy(float)
        yield table.loc[table["path"] == name, TIMES].to_numpy(float), times[loud], times[~loud]


def f1(totals: Floats) -> float:
    """Return 2 found / (2 found + wrong + missed)."""
    found, wrong, missed = totals
    return float(2 * found / max(2 * found + wrong + missed, 1))


def judged(table: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """Return the detections that count, with a column that says whether they are right."""
    parts = []
    for (name, species), mine in table.groupby(["path", "species"]):
        events = truth[(truth["filename"] == name) & (truth["species"] == species)]
        times = mine[TIMES].to_numpy(float)
        true = right(times, events.loc[events["snr_db"] >= LEAST_DB, TIMES].to_numpy(float))
        known = true | ~right(times, events[TIMES].to_numpy(float))
        parts.append(mine.assign(right=true)[known])
    return pd.concat(parts, ignore_index=True) if parts else table.assign(right=np.zeros(len(table), bool))


def promises(table: pd.DataFrame) -> dict[str, Any]:
    """Return, of the detections at or above each probability, the promised mean and the share that is right."""
    found: dict[str, Any] = {}
    weights = bayesian_weights(table["path"].tolist(), n_replicates=1000) if len(table) else np.empty((0, 0))
    for least in PROMISES:
        among = (table["probability"] >= least).to_numpy(bool)
        key = f"at_{least:g}"
        if among.any():
            kept = proportion(table["right"].to_numpy(bool), among, weights)
            promised = float(table.loc[among, "probability"].mean())
            numbers = [float(kept.value), float(kept.low), float(kept.high)]
        else:
            promised, numbers = None, None
        found[key] = {"promised": promised, "kept": numbers, "n": int(among.sum())}
    return found


def window_figures(windows: pd.DataFrame, truth: pd.DataFrame, targets: Sequence[str]) -> dict[str, Any]:
    """Return average precision over windows of 5 s, the mean over species, and what chance would give.

    A window has a species where at least 0.5 s of its calls, or half of one, lies in it; one that holds less, or only
    quiet calls, does not count.
    """
    names, ends = zip(*(row.rsplit("_", 1) for row in windows["row_id"]), strict=True)
    stems = np.array(names)
    end_s = np.array(ends, float)
    spans = np.stack([end_s - WINDOW_S, end_s], axis=1)
    events = truth.assign(stem=[Path(name).stem for name in truth["filename"]])
    own, chance = {}, []
    for species in targets:
        value = np.zeros(len(windows), int)
        for name, mine in events[events["species"] == species].groupby("stem"):
            rows = np.flatnonzero(stems == name)
            value[rows] = present(spans[rows], mine)
        counted = value >= 0
        column = windows[species].to_numpy(float) if species in windows else np.zeros(len(windows))
        if (value == 1).any():
            own[species] = float(average_precision_score(value[counted], column[counted]))
            chance.append(float(value[counted].mean()))
    return {
        "average_precision": float(np.mean(list(own.values()))),
        "chance": float(np.mean(chance)),
        "by_species": own,
    }


def present(spans: Floats, events: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return 1, 0, or -1 where it does not count, of each window of one recording."""
    times = events[TIMES].to_numpy(float)
    loud = (events["snr_db"] >= LEAST_DB).to_numpy()
    shared = overlaps(spans, times)
    enough = shared >= np.minimum(LEAST_S, 0.5 * np.diff(times)[:, 0]) - 1e-9
    return np.where((enough & loud).any(axis=1), 1, np.where((shared > 0).any(axis=1), -1, 0))


def told(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the figures of layouts as a table in Markdown."""
    heads = ["layout", "event F1", "precision", "recall", "collar F1", "false alarms/h", "AP (chance)"]
    heads += [f"kept at {least:g} (promised; n)" for least in PROMISES] + ["training"]
    lines = [heads, ["---"] * len(heads)]
    for row in rows:
        cells = [row["layout"]]
        cells += [f"{row[name]:.3f}" for name in ("event_f1", "precision", "recall", "collar_f1")]
        cells += [f"{row['false_per_hour']:.0f}", f"{row['average_precision']:.3f} ({row['chance']:.2f})"]
        for least in PROMISES:
            at = row[f"at_{least:g}"]
            kept = "none" if at["kept"] is None else "{:.2f} [{:.2f}, {:.2f}]".format(*at["kept"])
            kept = kept.replace(" [nan, nan]", "")  # from too few recordings
            cells.append(kept + (f" ({at['promised']:.2f}; {at['n']})" if at["n"] else ""))
        lines.append([*cells, f"{row['training_s'] / 60:.1f} min"])
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines) + "\n"
