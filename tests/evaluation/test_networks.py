"""A line that was fitted on single networks is carried over to their mean, and fits it."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import calibrate
from canopy.evaluation.calibration.calibrator import calibrator
from canopy.evaluation.calibration.fit import fit_calibration
from canopy.evaluation.calibration.networks import common_networks, held_out_networks
from canopy.evaluation.calibration.platt import fit_platt
from canopy.inference.framewise import write_framewise
from canopy.inference.scores import score_table

N_FOLDS = 3


def stretches(n: int, share: float, seed: int, scales: tuple[float, ...] = (1.0, 1.0, 1.0)) -> tuple[np.ndarray, ...]:
    """Return whether stretches hold a call, and the logits of three networks (3, n), which err apart."""
    rng = np.random.default_rng(seed)
    called = rng.random(n) < share
    heard = 1.8 * called - 2.0 + rng.normal(0, 0.9, n)
    return called, np.array(scales)[:, None] * (heard + rng.normal(0, 0.8, (N_FOLDS, n)))


def out_of_fold(called: np.ndarray, logits: np.ndarray) -> pd.DataFrame:
    fold = np.arange(len(called)) % N_FOLDS
    own = logits[fold, np.arange(len(called))]
    ids = [f"r{at // 10:04d}" for at in range(len(called))]
    table = {"recording_id": ids, "species": "s0", "logit": own, "positive": called, "source": "reviewed"}
    return pd.DataFrame(table).assign(fold=fold)


def wanted(line: pd.DataFrame, called: np.ndarray, mean: np.ndarray) -> tuple[float, float]:
    """Return by which slope and offset the log-odds of a line would have to be corrected: 1 and 0 of a right one."""
    odds = line["scale"][0] * mean + line["offset"][0]
    return fit_platt(odds, called)


@pytest.mark.parametrize("scales", [(1.0, 1.0, 1.0), (0.5, 1.0, 2.0)])
def test_the_mean_of_networks_gets_the_line_that_it_wants(scales: tuple[float, ...]) -> None:
    called, logits = stretches(20_000, 0.1, 1, scales)
    background = stretches(6000, 0.1, 2, scales)[1]
    networks = common_networks([background], [background.mean(axis=0)])
    found = out_of_fold(called, logits)
    raw = fit_calibration(found, ["s0"])
    found["logit"] = networks.common(found.logit.to_numpy(), found.fold.to_numpy(), np.zeros(len(found), dtype=int))
    new, its = stretches(20_000, 0.1, 3, scales)
    before = wanted(raw, new, its.mean(axis=0))
    after = wanted(networks.of_mean(fit_calibration(found, ["s0"]), ["s0"]), new, its.mean(axis=0))
    assert before[0] > 1.25  # single networks' lines are too timid for their mean
    assert abs(before[1]) > 0.3
    assert after[0] == pytest.approx(1.0, abs=0.12)
    assert after[1] == pytest.approx(0.0, abs=0.3)


def test_without_common_recordings_networks_come_to_one_scale_by_what_they_held_out() -> None:
    called, logits = stretches(3000, 0.1, 4, (0.4, 1.0, 2.5))
    found = out_of_fold(called, logits)
    networks = held_out_networks(found.assign(species=0), (N_FOLDS, 1))
    assert (networks.spread[:, 0] / networks.spread[1, 0]).tolist() == pytest.approx([0.4, 1.0, 2.5], rel=0.2)
    assert networks.gain.tolist() == [1.0]
    together = networks.common(found.logit.to_numpy(), found.fold.to_numpy(), np.zeros(len(found), dtype=int))
    pooled, common = (fit_calibration(found.assign(logit=of), ["s0"]) for of in (found.logit, together))
    medians = found.assign(logit=together)[called].groupby("fold").logit.median()
    assert np.ptp(medians) < 0.5
    # A line through folds of unlike scale is too timid: it tells fewer calls from other time.
    before, after = (
        calibrator(line, ["s0"])("s0", of)[called].mean()
        for line, of in ((pooled, found.logit.to_numpy(float)), (common, together))
    )
    assert after > before + 0.02
    for fold in range(N_FOLDS):
        own = calibrator(networks.of_fold(common, ["s0"], fold), ["s0"])("s0", logits[fold])
        at = networks.common(logits[fold], np.full(3000, fold), np.zeros(3000, dtype=int))
        np.testing.assert_allclose(own, calibrator(common, ["s0"])("s0", at))


def test_networks_that_differ_by_chance_alone_are_left_as_they_are() -> None:
    called, logits = stretches(600, 0.1, 5)
    found = out_of_fold(called, logits)
    networks = held_out_networks(found.assign(species=0), (N_FOLDS, 1))
    assert networks.spread[:, 0] == pytest.approx([networks.spread[:, 0].mean()] * 3, rel=0.1)


def test_the_script_takes_unannotated_recordings_that_all_networks_scored(tmp_path: Path) -> None:
    called, logits = stretches(600, 0.15, 6)
    ids = [f"r{at:02d}" for at in range(60)]
    folds = pd.DataFrame({"recording_id": ids, "fold": np.arange(60) % N_FOLDS})
    own = {one: logits[at % N_FOLDS, 10 * at : 10 * at + 10, None] for at, one in enumerate(ids)}
    write_framewise(own.items(), tmp_path / "framewise.npy", n_species=1, frame_s=1.0)
    boxes = [(ids[at // 10], "s0", at % 10.0, at % 10 + 0.5, 1) for at in np.flatnonzero(called)]
    columns = ["recording_id", "species", "onset_s", "offset_s", "polarity"]
    tables = {
        "folds": folds,
        "annotations": pd.DataFrame(boxes[::4], columns=columns),
        "train-recordings": pd.DataFrame({"recording_id": ids, "reviewed": "none", "species": ""}),
        "scores": score_table(ids, np.zeros((60, 1)), ["s0"]),
        "weights": pd.DataFrame({"experiment": ["mel"], "weight": 1.0, "scale": 1.0}),
    }
    for name, table in tables.items():
        table.to_csv(tmp_path / f"{name}.csv", index=False)
    _, unheard = stretches(400, 0.15, 7)
    for fold in range(N_FOLDS):
        each = {f"u{at:02d}": unheard[fold, 10 * at : 10 * at + 10, None] for at in range(40)}
        write_framewise(each.items(), tmp_path / f"background{fold}.npy", n_species=1, frame_s=1.0)
    outputs = ("calibration", "thresholds", "reliability")
    arguments = [text for name in (*tables, *outputs) for text in (f"--{name}", f"{tmp_path}/{name}.csv")]
    settings = {"experiments": ["mel"], "n_folds": N_FOLDS, "bootstrap": {"replicates": 20, "seed": 1}}
    background = [f"{tmp_path}/background{fold}.npy" for fold in range(N_FOLDS)]
    told = ["--framewise", f"{tmp_path}/framewise.npy", "--background", *background, "--settings", json.dumps(settings)]
    calibrate.main([*arguments, *told])
    found = pd.read_csv(tmp_path / "calibration.csv").iloc[0]
    assert found.basis == "unjudged"
    assert found.scale > 1.15 * found.single_scale  # the mean of three tells more than one
    assert 0.03 < found.share < 0.3
    assert pd.read_csv(tmp_path / "reliability.csv").empty
