"""LWLRAP of trained networks by each method of prediction; not part of `make bench`, since it needs trained networks.

`python -m benchmarks.methods --results results --truth resources/demo/truth/test_events.csv`
"""

import argparse
import json
from pathlib import Path

import numpy as np

from benchmarks import networks

REPLICATES = 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, required=True, help="folder of a finished run")
    parser.add_argument("--truth", type=Path, required=True, help="complete events of the test recordings")
    parser.add_argument("--overlap", type=float, help="another overlap than the run's")
    given = parser.parse_args()
    networks.start_tensorflow()

    from canopy.evaluation.metrics.bootstrap import bayesian_weights, difference, interval
    from canopy.evaluation.metrics.ranking import RankedLabels
    from canopy.evaluation.metrics.truth import events_scored, label_matrix, read_truth
    from canopy.features.shards import Store
    from canopy.inference.scorer import score_recordings
    from canopy.inference.scores import read_scores, species_of
    from canopy.models.build import load_model

    config = json.loads((given.results / "provenance" / "config.json").read_text(encoding="utf-8"))
    for experiment in sorted((given.results / "experiments").iterdir()):
        scores = read_scores(experiment / "test" / "scores.csv")
        species, ids = species_of(scores), scores.recording_id.tolist()
        labels = label_matrix(events_scored(read_truth(given.truth), ids, species), ids, species)
        changes = config["experiments"].get(experiment.name, {})
        features = changes.get("features", config["training"]["features"])
        how = {**config["training"]["prediction"], **changes.get("prediction", {})}
        store = Store(sorted((given.results / "features" / features / "test").glob("*.npy")))
        statistics = {}
        for method in ("chunks", "windows"):
            logits = []
            for fold in sorted(experiment.glob("fold*")):
                scored = score_recordings(
                    load_model(fold / "model.json", fold / "model.weights.h5"),
                    ((name, store[name]) for name in ids),
                    overlap=how["overlap"] if given.overlap is None else given.overlap,
                    batch_size=how["batch_size"],
                    frame_share=how["frame_share"],
                    method=method,
                )
                logits.append([score for _, score, _ in scored])
            statistics[method] = RankedLabels.of(labels, np.mean(logits, axis=0)).overall
        weights = bayesian_weights(ids, n_replicates=REPLICATES, seed=1)
        found = {method: interval(statistic, weights) for method, statistic in statistics.items()}
        found["chunks - windows"] = difference(statistics["chunks"], statistics["windows"], weights)
        for name, one in found.items():
            print(f"{experiment.name}, {name}: {float(one.value):.4f} [{float(one.low):.4f}, {float(one.high):.4f}]")


if __name__ == "__main__":
    main()
