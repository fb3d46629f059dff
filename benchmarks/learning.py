"""A learning curve: what each head on BirdNET's frames is worth by the number of marked calls of a species.

    python -m benchmarks.learning [--calls 1,2,5,10,20,50] [--draws 1,2,3] [--out results-learning]

For each number of calls and draw: the layout `few` of `make_projects.py` (docs/layouts.md), one run with all heads,
and the figures on the test recordings, against their complete truth. What is there is not made again. The aim is the
table in docs/results.md: the median over draws, with the least and the most.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.layouts import TOOL, configured, make_data, project, snakemake

NONE = {"backbone": "none"}
FAST = {"optimizer": {"learning_rate": 1.0e-3}}
FEATURES = {"birdnet": {"kind": "embedding", "model": "birdnet", "layer": "frames"}}
HEADS: dict[str, dict[str, Any]] = {
    "sed": {"seed": 11, "model": {**NONE, "head_units": 256}, **FAST},
    "linear": {"seed": 12, "model": {**NONE, "head_units": 0}, **FAST},
    "logistic": {"seed": 13, "model": {**NONE, "head": "logistic"}},
    "prototypes": {"seed": 14, "model": {**NONE, "head": "prototypes"}},
}
ENSEMBLE = "ensemble"


def configuration(data: Path, results: Path, calls: int) -> dict[str, Any]:
    """Return the configuration of one run: the layout's, with the heads in place of a network from scratch."""
    config = project("few", data, results)
    config["tables"] |= {"test_audio": "test", "test_truth": "truth.csv"}
    config |= {"features": FEATURES, "experiments": HEADS, "run": list(HEADS)}
    config["training"] = {**config["training"], "features": "birdnet"}
    return config | {"splits": {"n_folds": max(2, min(3, calls))}, "shards": 1}


def write_truth(data: Path) -> None:
    """Write the truth of the test recordings in the columns that a run reads."""
    events = pd.read_csv(data / "truth" / "test_events.csv", dtype={"filename": str})
    columns = {"species": "species_id", "onset_s": "t_min", "offset_s": "t_max"}
    events["recording_id"] = [Path(name).stem for name in events["filename"]]
    events.rename(columns=columns)[["recording_id", *columns.values()]].to_csv(data / "truth.csv", index=False)


def figures(results: Path) -> pd.DataFrame:
    """Return the figures over all species of each head and of their ensemble on the test recordings."""
    places = {name: results / "experiments" / name / "test" / "metrics.csv" for name in HEADS}
    places[ENSEMBLE] = results / "ensemble" / "test" / "metrics.csv"
    tables = [pd.read_csv(path).assign(head=name) for name, path in places.items()]
    return pd.concat(tables, ignore_index=True)


def run(calls: int, draw: int, folder: Path, *, cores: int) -> pd.DataFrame:
    """Return the figures of one draw of so many calls a species."""
    kept = folder / "metrics.csv"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        make_data("few", folder / "data", TOOL, ("--seed", str(draw), "--k", str(calls)))
        write_truth(folder / "data")
        given = configured(folder, configuration(folder / "data", folder / "results", calls), cores=cores)
        snakemake(*given, "--resources", f"gpu={cores}", log=folder / "log.txt")
        figures(folder / "results").assign(calls=calls, draw=draw).to_csv(kept, index=False)
    return pd.read_csv(kept)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", default="1,2,5,10,20,50", help="marked calls of each species")
    parser.add_argument("--draws", default="1,2,3", help="seeds of the data")
    parser.add_argument("--out", type=Path, default=Path("results-learning"), help="folder of all that is made")
    parser.add_argument("--cores", type=int, default=2)
    given = parser.parse_args(argv)
    found = []
    for draw in map(int, given.draws.split(",")):
        for calls in map(int, given.calls.split(",")):
            found.append(run(calls, draw, given.out.resolve() / f"{calls}-{draw}", cores=given.cores))
            print(f"{calls} calls, draw {draw}: done", flush=True)
    pd.concat(found, ignore_index=True).to_csv(given.out / "learning.csv", index=False)
    print(f"written to {given.out / 'learning.csv'}")


if __name__ == "__main__":
    main()
