"""A made-up results folder for the tests of the report, and a reader of the page that is made from it."""

import json
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pandas as pd
import soundfile as sf

import make_report
from canopy.features.sharding import shard_of
from canopy.inference.framewise import write_framewise
from canopy.inference.scores import score_table
from canopy.report.reading import read_run
from canopy.report.run import Run
from canopy.runtime import files
from canopy.runtime.arrays import write_frames

N_SHARDS, N_FOLDS, HOP_S, N_FRAMES, N_BANDS = 2, 3, 0.04, 120, 24
SPECIES = ["s1", "s2", "s10", "s<script>alert(1)</script>"]
RATE_HZ = 16000
MEL = {"sample_rate_hz": RATE_HZ, "n_fft": 1024, "hop_samples": 640, "n_bands": N_BANDS, "low_hz": 50, "high_hz": 7500}
MORE = ("comparisons-oof", "comparisons-test", "calibration", "thresholds", "reliability", "findings", "checks")
PICTURES = ("fold_balance", "training_curves", "species_scores", "examples", "ensemble_weights", "cost")


@dataclass
class Tree:
    """A results folder, and the arguments that turn it into a report."""

    folder: Path
    experiments: list[str]
    options: dict[str, Path] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)

    def report(self, **settings: Any) -> str:
        arguments = [text for name, path in self.options.items() for text in (f"--{name}", str(path))]
        arguments += ["--output", str(self.folder / "report" / "index.html"), "--pictures", str(self.folder / "report")]
        arguments += ["--summary", str(self.folder / "summary.txt"), "--settings", json.dumps(self.settings | settings)]
        make_report.main(arguments)
        return (self.folder / "report" / "index.html").read_text(encoding="utf-8")

    def run(self, **settings: Any) -> Run:
        """Read the results as the script does."""
        given = self.options
        return read_run(
            self.settings | settings,
            folds=given["folds"],
            annotations=given["annotations"],
            train_recordings=given["train-recordings"],
            recordings={"train": given["recordings-train"], "test": given["recordings-test"]},
            experiments=given["experiments-folder"],
            features=given["features-folder"],
            ensemble=given["ensemble-folder"],
            weights=given["weights"],
            benchmarks=given["benchmarks"],
            truth=given.get("truth"),
            more={name.replace("-", "_"): given[name] for name in MORE if name in given},
        )

    @property
    def summary(self) -> str:
        return (self.folder / "summary.txt").read_text(encoding="utf-8")

    def metrics(self, model: str, subset: str) -> pd.DataFrame:
        above = self.folder if model == "ensemble" else self.folder / "experiments"
        return pd.read_csv(above / model / subset / "metrics.csv", keep_default_na=False)


def make_tree(
    folder: Path,
    *,
    experiments: tuple[str, ...] = ("mel_a", "mel_b"),
    species: list[str] = SPECIES,
    n_recordings: int = 18,
) -> Tree:
    rng = np.random.default_rng(5)
    ids = [f"r{number:02d}" for number in range(n_recordings)]
    tests = [f"t{number:02d}" for number in range(8)]
    tree = Tree(folder, list(experiments))
    boxes = annotations_of(ids, species)
    rows = {
        "recordings/train.csv": pd.DataFrame(
            {
                "recording_id": [*ids, "broken"],
                "path": [str(folder / f"audio/{name}.flac") for name in [*ids, "broken"]],
                "duration_s": [*[N_FRAMES * HOP_S] * len(ids), None],
                "sample_rate_hz": [*["16000"] * len(ids), ""],
                "channels": [*["1"] * len(ids), ""],
                "problem": [*[""] * len(ids), "train/broken.flac <b>is empty</b>; record it again"],
            }
        ),
        "recordings/test.csv": pd.DataFrame(
            {
                "recording_id": tests,
                "path": [f"test/{name}.flac" for name in tests],
                "duration_s": 60.0,
                "sample_rate_hz": 16000,
                "channels": 1,
                "problem": "",
            }
        ),
        "annotations/train.csv": boxes,
        "annotations/train_recordings.csv": pd.DataFrame({"recording_id": ids, "reviewed": "none", "species": ""}),
        "splits/folds.csv": pd.DataFrame(
            {"recording_id": ids, "fold": [number % N_FOLDS for number in range(len(ids))]}
        ),
        "provenance/versions.csv": pd.DataFrame({"package": ["numpy"], "version": ["1.2.3"]}),
        "ensemble/weights.csv": pd.DataFrame(
            {"experiment": experiments, "weight": np.arange(1, len(experiments) + 1) / sum(range(len(experiments) + 1))}
        ).assign(scale=1.0),
    }
    for name, table in rows.items():
        files.write_table(table, folder / name)
    files.write_text(json.dumps({"dataset": "made & up", "species": species}), folder / "provenance/config.json")
    for name in ids:
        write_sound(folder / f"audio/{name}.flac", boxes[boxes["recording_id"] == name], rng)
    held = [species[number % len(species)] for number in range(len(tests))]
    truth = pd.DataFrame({"recording_id": tests, "species_id": held})
    files.write_table(truth, folder / "truth.csv")
    write_features(folder / "features/mel/train", ids, boxes, species, rng)
    for name in ("ensemble", *(f"experiments/{experiment}" for experiment in experiments)):
        write_model(folder / name, ids, tests, boxes, species, rng)
    for experiment in experiments:
        for fold in range(N_FOLDS):
            write_history(folder / f"experiments/{experiment}/fold{fold}/history.csv", rng)
        write_weights(folder / f"experiments/{experiment}/fold0/model.weights.h5", 1000 + 10 * len(experiment))
    write_benchmarks(folder / "benchmarks", experiments)
    tree.options = {
        "folds": folder / "splits/folds.csv",
        "annotations": folder / "annotations/train.csv",
        "train-recordings": folder / "annotations/train_recordings.csv",
        "recordings-train": folder / "recordings/train.csv",
        "recordings-test": folder / "recordings/test.csv",
        "experiments-folder": folder / "experiments",
        "features-folder": folder / "features",
        "ensemble-folder": folder / "ensemble",
        "weights": folder / "ensemble/weights.csv",
        "benchmarks": folder / "benchmarks",
        "config": folder / "provenance/config.json",
        "versions": folder / "provenance/versions.csv",
        "submission": folder / "submission.csv",
        "truth": folder / "truth.csv",
    }
    tree.settings = {
        "dataset": "made & up",
        "experiments": {
            name: {"features": "mel", "differing": {"seed": seed, "model.filters": [4, 8 * seed]}}
            for seed, name in enumerate(experiments, 1)
        },
        "features": {"mel": MEL},
        "n_folds": N_FOLDS,
        "shards": N_SHARDS,
        "n_examples": 3,
        "n_detections": 2,
        "max_detections": 100,
    }
    return tree


def add_calibration(tree: Tree) -> None:
    """Add the tables of calibration, thresholds, reliability, comparisons and findings."""
    lines = pd.DataFrame(
        {
            "species": SPECIES,
            "scale": 0.5,
            "offset": -0.25,
            "n_positive": 6,
            "n_negative": 4,
            "note": ["too few", "", "", ""],
        }
    )
    thresholds = pd.DataFrame({"species": SPECIES, "wanted_precision": 0.9, "threshold": [0.31, 0.62, 0.7, 0.8]})
    thresholds = thresholds.assign(precision=[0.875, 0.9, 0.9, np.nan], low=0.6, high=0.95, recall=0.5, n=8, note="")
    thresholds = thresholds.assign(empty_hours=[2.0, 2.0, 2.0, 0.0], alarms_an_hour=[1.5, 0, 1.5, np.nan])
    thresholds = thresholds.assign(alarms_low=[0.5, 0, 0.5, np.nan], alarms_high=[3.5, 1.3, 3.5, np.nan])
    bins = [
        ("before", "", 1, 0.2, 0.1),
        ("before", "", 2, 0.8, 0.6),
        ("after", "", 1, 0.1, 0.1),
        ("after", "", 2, 0.6, 0.7),
    ]
    rows = pd.DataFrame(bins, columns=["stage", "species", "bin", "probability", "frequency"])
    errors = [(stage, name, error) for stage, error in (("before", 0.125), ("after", 0.031)) for name in ["", *SPECIES]]
    rows = pd.concat([rows, pd.DataFrame(errors, columns=["stage", "species", "error"])], ignore_index=True)
    rows = rows.astype({"bin": "Int64"}).assign(low=0.02, high=0.2, n=20)
    differences = pd.DataFrame(
        [
            ("lwlrap", "mel_a", "mel_b", 0.042, 0.011, 0.07, "mel_a", 18),
            ("lwlrap", "ensemble", "mel_a", 0.01, -0.02, 0.03, "", 18),
        ],
        columns=["metric", "first", "second", "difference", "low", "high", "better", "n"],
    )
    found = {"severity": ["alarm"], "check": ["copies"], "recording_id": ["r01"], "other_id": ["r02"], "species": [""]}
    findings = pd.DataFrame(found).assign(value=2.0, message="r01 (fold 1) is in r02 (fold 2), 2.0 s later")
    checks = pd.DataFrame({"check": ["copies"], "looked_at": [18], "alarms": [1], "warnings": [0], "notes": [0]})
    tables = {"calibration": lines, "thresholds": thresholds, "reliability": rows, "comparisons-oof": differences}
    for name, table in (tables | {"findings": findings, "checks": checks}).items():
        files.write_table(table, tree.folder / f"{name}.csv")
        tree.options[name] = tree.folder / f"{name}.csv"


def annotations_of(ids: list[str], species: list[str]) -> pd.DataFrame:
    rows = []
    for number, recording in enumerate(ids):
        for step, polarity in enumerate([1, -1] if number % 3 else [1, 1, -1]):
            which = (number + step) % len(species)
            onset_s = 0.5 + step
            low_hz = 500.0 * (which + 1)
            rows.append((recording, species[which], 1, onset_s, onset_s + 0.8, low_hz, low_hz + 900, polarity))
    names = ["recording_id", "species", "songtype", "onset_s", "offset_s", "low_hz", "high_hz", "polarity"]
    return pd.DataFrame(rows, columns=names)


def write_sound(path: Path, boxes: pd.DataFrame, rng: np.random.Generator) -> None:
    """Write faint noise, with a pure tone in the middle of each confirmed box."""
    samples = rng.normal(0, 0.003, round(N_FRAMES * HOP_S * RATE_HZ))
    time_s = np.arange(len(samples)) / RATE_HZ
    for box in boxes[boxes["polarity"] > 0].to_dict("records"):
        inside = (time_s >= box["onset_s"]) & (time_s < box["offset_s"])
        samples += 0.3 * inside * np.sin(np.pi * (box["low_hz"] + box["high_hz"]) * time_s)
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, samples, RATE_HZ)


def write_features(
    folder: Path, ids: list[str], boxes: pd.DataFrame, species: list[str], rng: np.random.Generator
) -> None:
    for shard in range(N_SHARDS):
        members = [name for name in ids if shard_of(name, N_SHARDS) == shard]
        values = []
        for name in members:
            level_db = rng.normal(-60, 4, (N_FRAMES, N_BANDS))
            for box in boxes[boxes["recording_id"] == name].to_dict("records"):
                band = 3 + 4 * species.index(box["species"])
                level_db[int(box["onset_s"] / HOP_S) : int(box["offset_s"] / HOP_S), band : band + 3] += 30
            values.append((name, level_db))
        write_frames(values, folder / f"{shard}.npy", n_bins=N_BANDS)


def write_model(
    folder: Path, ids: list[str], tests: list[str], boxes: pd.DataFrame, species: list[str], rng: np.random.Generator
) -> None:
    logits = rng.normal(-2, 1.5, (len(ids), len(species)))
    for box in boxes[boxes["polarity"] > 0].to_dict("records"):
        logits[ids.index(box["recording_id"]), species.index(box["species"])] += 2
    scores = score_table(ids, logits, species)
    files.write_table(scores, folder / "oof/scores.csv")
    swing = np.sin(np.linspace(0, 9, N_FRAMES))[:, None]
    rows = ((name, swing + logits[ids.index(name)]) for name in ids)
    write_framewise(rows, folder / "oof/framewise.npy", n_species=len(species), frame_s=HOP_S)
    oof = [metrics_of("lwlrap", species, len(ids), rng), metrics_of("box_average_precision", species[:2], 12, rng)]
    files.write_table(pd.concat(oof), folder / "oof/metrics.csv")
    test = [metrics_of(metric, species, len(tests), rng) for metric in ("lwlrap", "average_precision")]
    files.write_table(pd.concat(test), folder / "test/metrics.csv")
    drawn = score_table(tests, rng.normal(-2, 1.5, (len(tests), len(species))), species)
    files.write_table(drawn, folder / "test/scores.csv")


def metrics_of(metric: str, species: list[str], n: int, rng: np.random.Generator) -> pd.DataFrame:
    value = rng.uniform(0.5, 0.9, len(species) + 1)
    table = pd.DataFrame({"metric": metric, "species": ["", *species], "value": value})
    return table.assign(low=value - rng.uniform(0, 0.2, len(value)), high=value + 0.05, n=[n, *[5] * len(species)])


def write_history(path: Path, rng: np.random.Generator) -> None:
    epochs = np.arange(1, 13)
    table = pd.DataFrame({"epoch": epochs, "loss": 0.7 / epochs + rng.uniform(0, 0.02, 12), "learning_rate": 0.001})
    files.write_table(table, path)


def write_weights(path: Path, n_parameters: int) -> None:
    """Write a file such as Keras's: two arrays of weights, and a state of a seed, which is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as held:
        held["layers/conv2d/vars/0"] = np.zeros((2, 5), np.float32)
        held["layers/dense/vars/0"] = np.zeros(n_parameters - 10, np.float32)
        held["layers/dropout/seed_generator/vars/0"] = np.zeros(2, np.uint32)


def write_benchmarks(folder: Path, experiments: tuple[str, ...]) -> None:
    head = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time\n"
    for experiment in experiments:
        for fold in range(N_FOLDS):
            line = f"{100 + fold}.5\t0:01:40\t{1000 + fold}.0\t2000.0\t900.0\t950.0\t0.0\t1.0\t95.0\t{90 + fold}.0\n"
            files.write_text(head + line, folder / f"train_fold/{experiment}/{fold}.tsv")
    files.write_text(head + "0.2\t0:00:00\tNA\tNA\tNA\tNA\tNA\tNA\tNA\tNA\n", folder / "make_splits.tsv")


class Page(HTMLParser):
    """The tables, pictures, addresses and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tables: dict[str, list[list[dict[str, Any]]]] = {}
        self.images: list[dict[str, str | None]] = []
        self.addresses: list[str] = []
        self.tags: list[str] = []
        self.text = ""
        self._table = ""
        self._small = False
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        self.tags.append(tag)
        self.addresses += [str(found[name]) for name in ("src", "href", "action", "data", "poster") if name in found]
        if tag == "img":
            self.images.append(found)
        elif tag == "table":
            self._table = str(found["id"])
            self.tables[self._table] = []
        elif tag == "tr":
            self.tables[self._table].append([])
        elif tag in ("td", "th") and self._table:
            self.tables[self._table][-1].append({"text": "", "small": "", "value": found.get("data-value")})
        elif tag == "small":
            self._small = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "small":
            self._small = False
        elif tag == "table":
            self._table = ""

    def handle_data(self, data: str) -> None:
        self.text += data
        if self._table and self.tables[self._table] and self.tables[self._table][-1]:
            self.tables[self._table][-1][-1]["small" if self._small else "text"] += data.strip()
