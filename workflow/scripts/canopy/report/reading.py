"""Reading what a run left among its results."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from canopy.config.kinds import feature_set
from canopy.config.pretrained import KNOWN
from canopy.data.annotations.reviewed import read_train_recordings
from canopy.data.annotations.table import read_annotations
from canopy.data.recordings.table import read_recordings
from canopy.evaluation.metrics.truth import events_scored, read_truth
from canopy.inference.scores import read_scores, species_of
from canopy.inference.submission.make import merge_classes
from canopy.report.cost import read_cost, read_training_cost
from canopy.report.parameters import n_parameters
from canopy.report.run import ENSEMBLE, Model, Run
from canopy.runtime.tables import read_table

Classes = Literal["species", "species_songtype"]
TEXT = (
    *("recording_id", "other_id", "species", "metric", "first", "second", "better", "stage", "basis", "note"),
    *("severity", "check", "message", "student", "teacher", "subset"),
)
"""Columns of further tables that hold text."""


def read_run(
    settings: Mapping[str, Any],
    *,
    folds: Path,
    annotations: Path,
    train_recordings: Path,
    recordings: Mapping[str, Path],
    experiments: Path,
    features: Path,
    ensemble: Path | None = None,
    weights: Path | None = None,
    benchmarks: Path | None = None,
    config: Path | None = None,
    versions: Path | None = None,
    truth: Path | None = None,
    more: Mapping[str, Path] | None = None,
) -> Run:
    """Read the results of a run.

    Parameters
    ----------
    settings : mapping
        dataset; experiments {name: {features, differing {path: value}}} (in the order of the weights, where there are
        any; nothing is said of what is not in `differing`); features {name: a feature set}; n_folds; shards; test_truth
        (whether the truth of the test recordings is known; default true: then metrics of them are shown where they
        exist); classes (default species), by which test scores are merged.
    folds, annotations, train_recordings : path
        The tables of these names.
    recordings : mapping of str to path
        The table of each subset.
    experiments, features : path
        The folders of these names.
    ensemble, weights, benchmarks, config, versions : path, optional
        The ensemble's folder and table of weights, the folder of benchmarks, and the files of `provenance/`; what is
        not given is not shown.
    truth : path, optional
        All events of the test recordings, in RFCX columns.
    more : mapping of str to path, optional
        Further tables, by the name that the report knows them by.

    Returns
    -------
    Run
    """
    truth_known = settings.get("test_truth", True)
    n_folds = settings["n_folds"]
    shares = _read_or_empty(weights, ["experiment"], ["experiment", "weight"])
    weight_of = dict(zip(shares["experiment"], shares["weight"], strict=True))
    place = {name: number for number, name in enumerate(weight_of)}
    names = sorted(settings["experiments"], key=lambda name: place.get(name, len(place)))
    models = [
        _read_experiment(
            _read_model(name, experiments / name, truth_known, weight_of.get(name)),
            settings["experiments"][name].get("differing", {}),
            benchmarks,
        )
        for name in names
    ]
    if ensemble:
        models.insert(0, _read_model(ENSEMBLE, ensemble, truth_known, None))
    first = settings["experiments"][names[0]]["features"]
    test_scores, events = (
        _read_test(models[0], truth, settings.get("classes", "species")) if truth_known and truth else (None, None)
    )
    return Run(
        dataset=settings["dataset"],
        models=tuple(models),
        weights=shares,
        folds=read_table(folds),
        annotations=read_annotations(annotations),
        train_recordings=read_train_recordings(train_recordings),
        recordings={subset: read_recordings(path) for subset, path in recordings.items()},
        n_folds=n_folds,
        histories={name: _read_histories(experiments / name, n_folds) for name in names},
        features=feature_set(settings["features"][first], f"features.{first}"),
        features_folder=features / first / "train",
        n_shards=settings["shards"],
        cost=read_cost(benchmarks),
        config=_pretty(config),
        versions=_read_or_empty(versions, ["package", "version"], ["package", "version"]),
        truth=events,
        test_scores=test_scores,
        more={name: read_table(path, TEXT) for name, path in (more or {}).items()},
        channel=settings.get("channel"),
        pretrained=_pretrained(settings["features"]),
    )


def _pretrained(features: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the networks that others trained and whose values are features, with their licences."""
    kept = [keys for keys in features.values() if keys.get("kind") == "embedding"]
    named = {
        (KNOWN[keys["model"]].title if keys["model"] in KNOWN else keys["model"], keys["licence"]) for keys in kept
    }
    return tuple(f"{name} (licence {licence})" for name, licence in sorted(named))


def _read_test(model: Model, truth: Path, classes: Classes) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a model's test scores by species, and the events among them, as `evaluate_test` takes them."""
    scores = merge_classes(read_scores(model.folder / "test" / "scores.csv"), None, classes)
    return scores, events_scored(read_truth(truth), scores["recording_id"].tolist(), species_of(scores))


def _read_histories(folder: Path, n_folds: int) -> dict[int, pd.DataFrame]:
    return {fold: read_table(folder / f"fold{fold}" / "history.csv") for fold in range(n_folds)}


def _read_or_empty(path: Path | None, text: list[str], columns: list[str]) -> pd.DataFrame:
    return read_table(path, text) if path else pd.DataFrame(columns=columns)


def _read_model(name: str, folder: Path, truth_known: bool, weight: float | None) -> Model:
    text = ["metric", "species"]
    test = folder / "test" / "metrics.csv"
    return Model(
        name=name,
        folder=folder,
        oof=read_table(folder / "oof" / "metrics.csv", text),
        test=read_table(test, text) if truth_known and test.exists() else None,
        weight=weight,
    )


def _read_experiment(model: Model, differing: dict[str, Any], benchmarks: Path | None) -> Model:
    """Add what an experiment has and the ensemble has not."""
    training_s, training_cpu_s = read_training_cost(benchmarks, model.name) or (None, None)
    return replace(
        model,
        differing=differing,
        n_parameters=n_parameters(model.folder / "fold0" / "model.weights.h5"),
        training_s=training_s,
        training_cpu_s=training_cpu_s,
    )


def _pretty(path: Path | None) -> str:
    return json.dumps(json.loads(path.read_text(encoding="utf-8")), indent=2, ensure_ascii=False) if path else ""
