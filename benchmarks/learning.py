"""A learning curve: what each head on BirdNET's embeddings is worth by the number of marked calls of a species.

    python -m benchmarks.learning [--calls 1,2,5,10,20,50] [--draws 1,2,3] [--experiments frames,pooled] [--out FOLDER]

Each draw is one project of the layout `few` of `make_projects.py` (docs/layouts.md), made with the largest number of
calls. With fewer, its table is cut to the first ones of each species, and recordings whose marks are all cut are taken
out. So the recordings that no table names and those of the test stay, and what BirdNET heard in them. One run of Canopy
has all experiments; its figures on the test recordings are by their complete truth. What is there is not made again.
"""

import argparse
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.layouts import TOOL, configured, make_data, project, snakemake

NONE = {"backbone": "none"}
FAST = {"optimizer": {"learning_rate": 1.0e-3}}
FRAMES, POOLED = "birdnet", "birdnet_pooled"
BIRDNET = {"kind": "embedding", "model": "birdnet"}
FEATURES = {FRAMES: {**BIRDNET, "layer": "frames"}, POOLED: BIRDNET}
EXPERIMENTS: dict[str, dict[str, Any]] = {
    "frames": {"features": FRAMES, "seed": 11, "model": {**NONE, "head_units": 256}, **FAST},
    "pooled": {"features": POOLED, "seed": 12, "model": {**NONE, "head_units": 0}, **FAST},
    "logistic": {"features": FRAMES, "seed": 13, "model": {**NONE, "head": "logistic", "context_frames": 6}},
    "prototypes": {"features": FRAMES, "seed": 14, "model": {**NONE, "head": "prototypes", "context_frames": 6}},
    "scratch": {"features": "mel"},
}
ENSEMBLE = "ensemble"


def configuration(data: Path, results: Path, calls: int, experiments: Sequence[str]) -> dict[str, Any]:
    """Return the configuration of one run: the layout's, with these experiments."""
    config = project("few", data, results)
    config["tables"] |= {"test_audio": "test", "test_truth": "truth.csv"}
    config["features"] = {**config["features"], **FEATURES}
    config |= {"experiments": {name: EXPERIMENTS[name] for name in experiments}, "run": list(experiments)}
    return config | {"splits": {"n_folds": max(2, min(3, calls))}, "shards": 1}


def cut(whole: Path, data: Path, calls: int) -> None:
    """Write a project of so many calls a species: the first ones in the whole project's table."""
    table = pd.read_csv(whole / "annotations" / "calls.csv", dtype=str)
    few = table.groupby("species").head(calls)
    out = set(table["filename"]) - set(few["filename"])
    shutil.rmtree(data, ignore_errors=True)
    for folder in ("train", "test"):
        (data / folder).mkdir(parents=True)
        for path in (whole / folder).iterdir():
            if path.name not in out:
                os.link(path, data / folder / path.name)
    (data / "annotations").mkdir()
    few.to_csv(data / "annotations" / "calls.csv", index=False)
    events = pd.read_csv(whole / "truth" / "test_events.csv", dtype={"filename": str})
    columns = {"species": "species_id", "onset_s": "t_min", "offset_s": "t_max"}
    events["recording_id"] = [Path(name).stem for name in events["filename"]]
    events.rename(columns=columns)[["recording_id", *columns.values()]].to_csv(data / "truth.csv", index=False)


def figures(results: Path, experiments: Sequence[str]) -> pd.DataFrame:
    """Return the figures over all species of each experiment and of their ensemble on the test recordings."""
    places = {name: results / "experiments" / name / "test" / "metrics.csv" for name in experiments}
    places[ENSEMBLE] = results / "ensemble" / "test" / "metrics.csv"
    tables = [pd.read_csv(path).assign(experiment=name) for name, path in places.items()]
    return pd.concat(tables, ignore_index=True)


def run(calls: int, draw: Path, experiments: Sequence[str], *, cores: int) -> pd.DataFrame:
    """Return the figures of one draw with so many calls a species."""
    kept = draw / f"{'-'.join(experiments)}-{calls}.csv"
    if not kept.exists():
        data, results = draw / "data", draw / "results"
        cut(draw / "whole", data, calls)
        given = configured(draw, configuration(data, results, calls, experiments), cores=cores)
        snakemake(*given, "--resources", f"gpu={cores}", log=draw / "log.txt")
        figures(results, experiments).assign(calls=calls, draw=draw.name).to_csv(kept, index=False)
    return pd.read_csv(kept)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", default="1,2,5,10,20,50", help="marked calls of each species")
    parser.add_argument("--draws", default="1,2,3", help="seeds of the data")
    parser.add_argument("--experiments", default=",".join(EXPERIMENTS), help="which of %(default)s")
    parser.add_argument("--train-folds", default="1,2,3", help="ESC-10 folds that sound in the training recordings")
    parser.add_argument("--test-folds", default="4", help="ESC-10 folds that sound in the test recordings")
    parser.add_argument("--out", type=Path, default=Path("results-learning"), help="folder of all that is made")
    parser.add_argument("--cores", type=int, default=2)
    given = parser.parse_args(argv)
    calls, experiments = [int(n) for n in given.calls.split(",")], given.experiments.split(",")
    folds = ("--train-folds", given.train_folds, "--test-folds", given.test_folds)
    found = []
    for seed in given.draws.split(","):
        draw = given.out.resolve() / seed
        draw.mkdir(parents=True, exist_ok=True)
        make_data("few", draw / "whole", TOOL, ("--seed", seed, "--k", str(max(calls)), *folds))
        for n in calls:
            found.append(run(n, draw, experiments, cores=given.cores))
            print(f"{n} calls, draw {seed}: done", flush=True)
    pd.concat(found, ignore_index=True).to_csv(given.out / "learning.csv", index=False)
    print(f"written to {given.out / 'learning.csv'}")


if __name__ == "__main__":
    main()
