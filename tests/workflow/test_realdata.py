"""The one real recording at hand goes the whole way from audio to scores."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

import extract_spectrograms
import list_recordings
from canopy.config.features import MelFeatures
from canopy.config.model import Model
from canopy.inference.scores import read_scores
from canopy.models.build import build_model, save_model
from canopy.runtime.files import write_table

pytestmark = [pytest.mark.realdata, pytest.mark.slow]
REAL = "0a4e7e350"


def test_real_recording_goes_through_features_and_prediction(
    shared_data: Path, repository: Path, tmp_path: Path
) -> None:
    overlay = yaml.safe_load((repository / "configs" / "rfcx.yaml").read_text(encoding="utf-8"))
    features = MelFeatures(**overlay["features"]["mel"])
    data = shared_data / "rfcx"
    tables = [str(data / "train_tp.csv"), str(data / "train_fp.csv")]
    listing, array = tmp_path / "train.csv", tmp_path / "0.npy"

    settings: dict[str, Any] = {"folder": str(data / "train"), "expected_tables": tables, "on_bad_recording": "skip"}
    list_recordings.main(["--settings", json.dumps(settings), "--output", str(listing)])
    listed = pd.read_csv(listing, dtype=str, keep_default_na=False).set_index("recording_id")
    assert len(listed) == 4727
    assert listed.index[listed["problem"] == ""].tolist() == [REAL]

    settings = {"features": features.model_dump(), "shard": 0, "shards": 1}
    paths = {"id_tables": tables}
    extract_spectrograms.main(
        [
            "--settings",
            json.dumps(settings),
            "--paths",
            json.dumps(paths),
            "--recordings",
            str(listing),
            "--output",
            str(array),
        ]
    )
    values = np.load(array)
    assert values.shape == (1 + 60 * features.sample_rate_hz // features.hop_samples, features.n_bands)
    assert -100 <= values.min() < values.max() < 60

    species = [f"s{number}" for number in range(24)]
    write_table(pd.DataFrame({"species": species}), tmp_path / "classes.csv")
    model = build_model(Model(), n_frames=250, n_bins=features.n_bands, n_species=24, seed=1)
    model.get_layer("standardize").set_statistics(values.mean(axis=0, dtype=float), values.std(axis=0, dtype=float))
    save_model(model, tmp_path / "model.json", tmp_path / "model.weights.h5")
    settings = {
        "name": "real",
        "prediction": {"overlap": 0.5},
        "hop_s": features.hop_s,
        "unit": features.unit,
        "folds": None,
        "compute": {"deterministic": False},
    }
    files = {
        "--model": "model.json",
        "--weights": "model.weights.h5",
        "--classes": "classes.csv",
        "--shards": "0.npy",
        "--scores": "scores.csv",
        "--framewise": "framewise.npy",
    }
    options = [text for option, name in files.items() for text in (option, str(tmp_path / name))]
    # A process of its own, since TensorFlow takes its number of threads once.
    script = repository / "workflow" / "scripts" / "predict_fold.py"
    subprocess.run([sys.executable, script, "--settings", json.dumps(settings), *options], check=True)
    scores = read_scores(tmp_path / "scores.csv")
    assert scores["recording_id"].tolist() == [REAL]
    assert list(scores.columns[1:]) == species
    assert np.isfinite(scores[species].to_numpy(float)).all()
    framewise = np.load(tmp_path / "framewise.npy")
    assert framewise.shape == (len(values), 24)
    assert np.isfinite(framewise).all()
