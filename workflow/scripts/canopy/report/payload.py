"""What the page's scripts work on: species with their curves, detections, recordings."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from canopy.evaluation.calibration.calibrator import calibrator
from canopy.evaluation.metrics.measures import boxes as in_boxes
from canopy.evaluation.metrics.measures import reviewed
from canopy.evaluation.metrics.truth import label_matrix, reviewed_matrix
from canopy.report.detections.candidates import unmarked
from canopy.report.detections.choose import choose
from canopy.report.detections.clips import Probability, clip, plain_probability
from canopy.report.detections.curves import precision_recall
from canopy.report.examples import rank_recordings
from canopy.report.run import Run
from canopy.report.scores import Score

LIKELIEST = 3


def species_data(run: Run) -> dict[str, Any]:
    """Return species with their figures and curves, and how far probabilities keep their word.

    Parameters
    ----------
    run : Run

    Returns
    -------
    dict
        species: a list of dicts; reliability: the rows of all species together; folds: their number; calibrated:
        whether probabilities are; headline: the title of the metric that ranks models.
    """
    probability = calibrator(run.more.get("calibration"), run.classes, single=True)
    return {
        "folds": run.n_folds,
        "calibrated": "calibration" in run.more,
        "headline": run.headline.title,
        "reliability": _rows(run.more.get("reliability"), ""),
        "species": list(_species(run, run.marked, probability)),
    }


def clips_data(run: Run, n_detections: int, max_detections: int) -> dict[str, Any]:
    """Return the detections to listen to: `clips`, a list of dicts; so many of each kind and species, and in all."""
    probability = calibrator(run.more.get("calibration"), run.classes, single=True)
    return {"clips": _clips(run, run.marked, probability, n_detections, max_detections)}


def recordings_data(run: Run) -> dict[str, Any]:
    """Return the held-out recordings: `recordings`, a list of dicts."""
    return {"recordings": list(_recordings(run))}


def _clips(
    run: Run, boxes: pd.DataFrame, probability: Probability, per_kind: int, at_most: int
) -> list[dict[str, Any]]:
    if not per_kind or not at_most:
        return []
    peaks = unmarked(run.predictions)
    candidates = pd.concat([part for part in (boxes, peaks) if len(part)] or [boxes], ignore_index=True)
    listing = run.recordings["train"].set_index("recording_id")
    path, duration_s = listing["path"], listing["duration_s"].astype(float)
    fold = run.folds.set_index("recording_id")["fold"]
    return [
        clip(
            {str(name): value for name, value in row.items()},
            run.predictions,
            path=str(path[row["recording_id"]]),
            duration_s=float(duration_s[row["recording_id"]]),
            fold=int(fold[row["recording_id"]]),
            sample_rate_hz=run.features.sample_rate_hz,
            high_hz=run.features.sample_rate_hz / 2,
            probability=probability,
            channel=run.channel,
        )
        for row in choose(candidates, per_kind=per_kind, at_most=at_most).to_dict("records")
    ]


def _species(run: Run, boxes: pd.DataFrame, probability: Probability) -> Iterable[dict[str, Any]]:
    counts = run.annotations.groupby(["species", "polarity"]).size()
    for name in run.species:
        yield {
            "name": name,
            "confirmed": int(counts.get((name, 1), 0)),
            "refuted": int(counts.get((name, -1), 0)),
            "oof": _figures(run.best.score(run.headline, "oof", name)),
            "test": _figures(run.best.score(run.headline, "test", name)),
            "curves": [one for one in _curves(run, name, boxes, probability) if one],
            **{
                table: _rows(run.more.get(table), name)
                for table in ("calibration", "thresholds", "reliability")
                if table in run.more
            },
        }


def _curves(run: Run, name: str, boxes: pd.DataFrame, probability: Probability) -> Iterable[dict[str, Any] | None]:
    """Yield a species' precision-recall curves, one for each kind of average precision in the tables."""
    mine = boxes[boxes["species"] == name]
    yield _curve(
        "Boxes, out of fold",
        mine["truth"] == "confirmed",
        mine["logit"],
        _figures(run.best.score(in_boxes.AVERAGE_PRECISION, "oof", name)),
        lambda logits: probability(name, logits),
    )
    if name in run.classes:
        ids = run.scores["recording_id"].tolist()
        known = reviewed_matrix(run.train_recordings, ids, [name])[:, 0]
        confirmed = run.annotations[(run.annotations["species"] == name) & (run.annotations["polarity"] > 0)]
        yield _curve(
            "Recordings, out of fold",
            label_matrix(confirmed, ids, [name])[known, 0],
            run.scores[name].to_numpy()[known],
            _figures(run.best.score(reviewed.AVERAGE_PRECISION, "oof", name)),
        )
    if run.truth is not None and run.test_scores is not None and name in run.test_scores:
        ids = run.test_scores["recording_id"].tolist()
        yield _curve(
            "Recordings, test",
            label_matrix(run.truth[run.truth["species"] == name], ids, [name])[:, 0],
            run.test_scores[name],
            _figures(run.best.score(reviewed.AVERAGE_PRECISION, "test", name)),
        )


def _curve(
    title: str, truth: Any, logits: Any, average_precision: dict[str, Any] | None, probability: Any = expit
) -> dict[str, Any] | None:
    curve = precision_recall(truth, logits)
    if curve is None:
        return None
    return {
        "title": title,
        "average_precision": average_precision,
        "n_positive": curve.n_positive,
        "n_negative": curve.n_negative,
        "threshold": _numbers(probability(curve.threshold), 5),
        "precision": _numbers(curve.precision, 4),
        "recall": _numbers(curve.recall, 4),
    }


def _recordings(run: Run) -> Iterable[dict[str, Any]]:
    """Yield the held-out recordings: what is marked in them, how well that leads, and what scores highest."""
    lrap = rank_recordings(run.scores, run.annotations).set_index("recording_id")["lrap"]
    marks = run.annotations.groupby(["recording_id", "polarity"])["species"].agg(lambda names: sorted(set(names)))
    fold = run.folds.set_index("recording_id")["fold"]
    duration_s = run.recordings["train"].set_index("recording_id")["duration_s"]
    logits = run.scores[run.classes].to_numpy()
    highest = np.argsort(-logits, axis=1, kind="stable")[:, :LIKELIEST]
    for row, name in enumerate(run.scores["recording_id"]):
        yield {
            "recording": name,
            "fold": int(fold[name]),
            "duration": float(duration_s[name]),
            "lrap": float(lrap[name]) if name in lrap.index else None,
            "confirmed": marks.get((name, 1), []),
            "refuted": marks.get((name, -1), []),
            "highest": [
                [run.classes[column], round(float(plain_probability("", logits[row, column])), 4)]
                for column in highest[row]
            ],
        }


def _figures(score: Score | None) -> dict[str, Any] | None:
    if score is None:
        return None
    ends = {"low": score.low, "high": score.high}
    return {"value": score.value, "n": score.n, **{name: None if pd.isna(end) else end for name, end in ends.items()}}


def _rows(table: pd.DataFrame | None, species: str) -> list[dict[str, Any]]:
    """Return a species' rows of a table, missing numbers as None."""
    if table is None:
        return []
    mine = table[table["species"] == species].drop(columns="species").to_dict("records")
    return [{str(key): None if pd.isna(value) else value for key, value in row.items()} for row in mine]


def _numbers(values: NDArray[np.float64], digits: int) -> list[float]:
    return [round(float(value), digits) for value in values]
