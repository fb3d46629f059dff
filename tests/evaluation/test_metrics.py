"""Ranking metrics, boxes and tables of metrics against scikit-learn, hand-worked numbers and slow re-computation."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, f1_score, label_ranking_average_precision_score, roc_auc_score

from canopy.evaluation.metrics.boxes import box_frames, box_scores
from canopy.evaluation.metrics.measures.lwlrap import frame_peaks
from canopy.evaluation.metrics.ranking import (
    RankedLabels,
    average_precision,
    curve_areas,
    label_precisions,
    lwlrap,
    roc_auc,
    species_lwlrap,
)
from canopy.evaluation.metrics.rows import headline
from canopy.evaluation.metrics.tables import oof_metrics, truth_metrics
from canopy.evaluation.metrics.truth import events_scored, label_matrix, read_truth, reviewed_matrix
from canopy.inference.framewise import Framewise
from canopy.runtime.errors import CanopyError

Rng = np.random.Generator


def sample(rng: Rng, n_rows: int = 60, n_species: int = 9, *, share: float = 0.2) -> tuple[np.ndarray, np.ndarray]:
    """Return random labels, some rows without any, and scores that know a little and have many ties."""
    truth = rng.random((n_rows, n_species)) < share
    return truth, np.round(rng.normal(size=truth.shape) + truth, 1)


@pytest.fixture
def rng() -> Rng:
    return np.random.default_rng(5)


def slow_lwlrap(truth: np.ndarray, scores: np.ndarray) -> float:
    """Follow the definition, label by label."""
    precisions = []
    for labels, row in zip(truth, scores, strict=True):
        for column in np.flatnonzero(labels):
            level_or_above = row >= row[column]
            precisions.append(labels[level_or_above].sum() / level_or_above.sum())
    return float(np.mean(precisions))


def test_hand_worked_lwlrap_is_exact() -> None:
    truth = [[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 0]]
    scores = [[0.9, 0.5, 0.1, 0.0], [0.3, 0.2, 0.1, 0.4], [9.0, 1.0, 2.0, 3.0]]
    # Row 1: ranks 1 and 3 with 1 and 2 labels among them; row 2: rank 3; row 3 has no label.
    assert lwlrap(truth, scores) == pytest.approx((1 + 2 / 3 + 1 / 3) / 3, abs=1e-15)
    values, weights = species_lwlrap(truth, scores)
    np.testing.assert_allclose(values, [1, 1 / 3, 2 / 3, np.nan])
    np.testing.assert_allclose(weights, [1 / 3, 1 / 3, 1 / 3, 0])


def test_a_tie_ranks_all_of_its_species_at_its_end() -> None:
    np.testing.assert_array_equal(label_precisions([[1, 0, 0, 0]], [[2.0, 2.0, 2.0, 1.0]]), [[1 / 3, 0, 0, 0]])
    np.testing.assert_array_equal(label_precisions([[1, 1, 0]], [[2.0, 2.0, 2.0]]), [[2 / 3, 2 / 3, 0]])


@pytest.mark.parametrize("share", [0.02, 0.2, 0.9])
def test_lwlrap_equals_scikit_learns_label_weighted_lrap_with_ties(rng: Rng, share: float) -> None:
    truth, scores = sample(rng, share=share)
    rows = truth.any(axis=1)
    oracle = label_ranking_average_precision_score(truth[rows], scores[rows], sample_weight=truth[rows].sum(axis=1))
    assert lwlrap(truth, scores) == pytest.approx(oracle, abs=1e-12)
    assert lwlrap(truth, scores) == pytest.approx(slow_lwlrap(truth, scores), abs=1e-12)


def test_weighted_species_lwlrap_adds_up_to_the_overall_figure(rng: Rng) -> None:
    truth, scores = sample(rng)
    values, weights = species_lwlrap(truth, scores)
    assert values @ weights == pytest.approx(lwlrap(truth, scores), abs=1e-12)
    assert weights.sum() == pytest.approx(1)


def test_a_whole_row_weight_is_the_same_as_repeating_the_row(rng: Rng) -> None:
    truth, scores = sample(rng)
    times = rng.integers(1, 4, len(truth))
    repeated = lwlrap(np.repeat(truth, times, axis=0), np.repeat(scores, times, axis=0))
    assert lwlrap(truth, scores, weights=times) == pytest.approx(repeated, abs=1e-12)


def test_lwlrap_is_not_the_mean_of_batches_or_rows() -> None:
    truth = np.array([[1, 1, 1, 0], [0, 0, 0, 1]])
    scores = np.array([[3.0, 2.0, 1.0, 0.0], [3.0, 2.0, 1.0, 0.0]])
    assert lwlrap(truth, scores) == pytest.approx((3 + 0.25) / 4)


def test_lwlrap_without_any_label_is_nan() -> None:
    assert np.isnan(lwlrap(np.zeros((2, 3)), np.ones((2, 3))))


def test_bootstrap_replicates_equal_lwlrap_computed_anew(rng: Rng) -> None:
    truth, scores = sample(rng)
    weights = rng.exponential(size=(len(truth), 3))
    ranked = RankedLabels.of(truth, scores)
    anew = [lwlrap(truth, scores, weights=weights[:, number]) for number in range(3)]
    np.testing.assert_allclose(ranked.overall(weights), anew)
    precisions = label_precisions(truth, scores)
    for column in range(truth.shape[1]):
        rows = truth[:, column]
        means = [np.average(precisions[rows, column], weights=weights[rows, number]) for number in range(3)]
        np.testing.assert_allclose(ranked.by_species(weights)[column], means)


def test_curve_areas_equal_scikit_learns_under_weights_and_ties(rng: Rng) -> None:
    truth = rng.random(200) < 0.3
    scores = np.round(rng.normal(size=200) + truth, 1)
    weights = np.hstack([np.ones((200, 1)), rng.exponential(size=(200, 4)), rng.integers(0, 2, (200, 2))])
    precisions, areas = curve_areas(truth, scores, weights)
    oracle_precisions = [average_precision_score(truth, scores, sample_weight=column) for column in weights.T]
    oracle_areas = [roc_auc_score(truth, scores, sample_weight=column) for column in weights.T]
    np.testing.assert_allclose(precisions, oracle_precisions, atol=1e-12)
    np.testing.assert_allclose(areas, oracle_areas, atol=1e-12)
    assert average_precision(truth, scores, weights=weights[:, 1]) == pytest.approx(oracle_precisions[1])
    assert roc_auc(truth, scores, weights=weights[:, 1]) == pytest.approx(oracle_areas[1])


def test_hand_worked_average_precision_and_auc_are_exact() -> None:
    truth, scores = [1, 0, 1, 0], [4.0, 3.0, 2.0, 1.0]
    assert average_precision(truth, scores) == (1 + 2 / 3) / 2
    assert roc_auc(truth, scores) == 0.75
    assert roc_auc([1, 0], [1.0, 1.0]) == 0.5
    assert average_precision([1, 0], [1.0, 1.0]) == 0.5


def test_curves_of_one_kind_alone_have_no_area() -> None:
    assert average_precision([1, 1], [2.0, 1.0]) == 1
    assert np.isnan(roc_auc([1, 1], [2.0, 1.0]))
    assert np.isnan(average_precision([0, 0], [2.0, 1.0]))
    assert np.isnan(roc_auc([0, 0], [2.0, 1.0]))


def test_shapes_and_numbers_that_cannot_be_ranked_are_refused() -> None:
    with pytest.raises(ValueError, match=r"truth \(1, 2\) and scores \(2, 2\) must have the same 2-d shape"):
        lwlrap([[1, 0]], [[1, 0], [0, 1]])
    with pytest.raises(ValueError, match="scores must be finite"):
        roc_auc([1, 0], [np.nan, 1.0])


@pytest.mark.parametrize(
    ("onset_s", "offset_s", "frames"),
    [
        (0.2, 0.4, (2, 5)),  # both ends on a centre, which floats miss by a hair
        (0.21, 0.39, (3, 4)),
        (0.22, 0.27, (2, 3)),  # no centre inside: the nearest to the middle
        (0.23, 0.29, (3, 4)),
        (-1.0, 0.1, (0, 2)),
        (0.85, 2.0, (9, 10)),
        (3.0, 4.0, (9, 10)),
        (-3.0, -2.0, (0, 1)),
    ],
)
def test_a_box_holds_the_frames_centred_in_it(onset_s: float, offset_s: float, frames: tuple[int, int]) -> None:
    found = box_frames(onset_s, offset_s, frame_s=0.1, n_frames=10)
    assert (found.start, found.stop) == frames


def small_framewise() -> Framewise:
    """Return two recordings, 4 frames of 0.5 s and 3 of 1 s, with two species."""
    values = np.array([[0, 9], [1, 8], [2, 7], [3, 6], [5, 0], [4, 1], [3, 2]], dtype=np.float16)
    index = pd.DataFrame({"recording_id": ["a", "b"], "first_frame": [0, 4], "n_frames": [4, 3], "frame_s": [0.5, 1.0]})
    return Framewise(values, index)


def test_a_box_scores_the_maximum_of_its_species_within_it() -> None:
    boxes = pd.DataFrame(
        [["a", "s0", 0.4, 1.1], ["a", "s1", 0.4, 1.1], ["b", "s0", 1.0, 2.0], ["b", "s1", 0.0, 1.0]],
        columns=["recording_id", "species", "onset_s", "offset_s"],
    )
    np.testing.assert_array_equal(box_scores(boxes, small_framewise(), ["s0", "s1"]), [2, 8, 4, 1])


def test_labels_and_reviews_become_matrices() -> None:
    events = pd.DataFrame({"recording_id": ["b", "b", "z"], "species": ["s1", "s1", "s0"]})
    np.testing.assert_array_equal(label_matrix(events, ["a", "b"], ["s0", "s1"]), [[0, 0], [0, 1]])
    reviews = pd.DataFrame(
        {
            "recording_id": ["c", "b", "a", "z"],
            "reviewed": ["some", "all", "none", "all"],
            "species": ["s1", "", "", ""],
        }
    )
    np.testing.assert_array_equal(reviewed_matrix(reviews, ["a", "b", "c"], ["s0", "s1"]), [[0, 0], [1, 1], [0, 1]])


def test_a_label_without_a_column_is_named() -> None:
    events = pd.DataFrame({"recording_id": ["a"], "species": ["s7"]})
    with pytest.raises(CanopyError, match=r"events name the species s7, which the scores have no column for.* s0, s1"):
        label_matrix(events, ["a"], ["s0", "s1"])


def test_truth_is_read_from_rfcx_columns(tmp_path: Path) -> None:
    path = tmp_path / "events.csv"
    path.write_text("recording_id,species_id,songtype_id,t_min\n007,3,1,0.5\nNA,owl,4,1.5\n")
    assert read_truth(path).to_numpy().tolist() == [["007", "s3"], ["NA", "owl"]]
    with pytest.raises(CanopyError, match=r"none\.csv.*give the table of all events"):
        read_truth(tmp_path / "none.csv")


def test_events_without_scores_are_reported_and_left_out() -> None:
    truth = pd.DataFrame({"recording_id": ["a", "a", "broken"], "species": ["s0", "s9", "s0"]})
    lines: list[str] = []
    assert events_scored(truth, ["a", "b"], ["s0"], report=lines.append).to_numpy().tolist() == [["a", "s0"]]
    assert lines == [
        "1 recordings of the truth have no scores and are left out: broken",
        "1 species of the truth have no scores and are left out: s9",
    ]
    with pytest.raises(CanopyError, match=r"no event of the truth has scores.* s0, s9; the scores have .* q and .* s1"):
        events_scored(truth, ["q"], ["s1"])


def few_scores(rng: Rng, n: int = 40) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return scores of three species and events; s2 never occurs."""
    ids = [f"r{number:02}" for number in range(n)]
    truth = rng.random((n, 3)) < [0.5, 0.3, 0.0]
    table = pd.DataFrame(rng.normal(size=(n, 3)) + truth, columns=["s0", "s1", "s2"])
    table.insert(0, "recording_id", ids)
    row, column = np.nonzero(truth)
    events = pd.DataFrame({"recording_id": np.array(ids)[row], "species": np.array(["s0", "s1", "s2"])[column]})
    return table, events


def value_of(metrics: pd.DataFrame, metric: str, species: str = "") -> float:
    return float(metrics[(metrics.metric == metric) & (metrics.species == species)].value.iloc[0])


def test_the_table_against_truth_holds_scikit_learns_figures(rng: Rng) -> None:
    scores, events = few_scores(rng)
    metrics = truth_metrics(scores, events, replicates=50, seed=3)
    truth = label_matrix(events, scores.recording_id.tolist(), ["s0", "s1", "s2"])
    logits = scores[["s0", "s1", "s2"]].to_numpy()
    assert list(metrics.columns) == ["metric", "species", "value", "low", "high", "n"]
    assert metrics[["metric", "species"]].to_numpy().tolist() == [
        [metric, species] for metric in ("lwlrap", "average_precision", "roc_auc") for species in ("", "s0", "s1")
    ] + [["f1_micro", ""], *(["f1", species] for species in ("", "s0", "s1"))]
    assert value_of(metrics, "lwlrap") == pytest.approx(slow_lwlrap(truth, logits))
    precisions = [average_precision_score(truth[:, column], logits[:, column]) for column in (0, 1)]
    assert value_of(metrics, "average_precision", "s1") == pytest.approx(precisions[1])
    assert value_of(metrics, "average_precision") == pytest.approx(np.mean(precisions))
    assert value_of(metrics, "roc_auc", "s0") == pytest.approx(roc_auc_score(truth[:, 0], logits[:, 0]))
    assert (metrics.low < metrics.value).all()
    assert (metrics.value < metrics.high).all()
    assert metrics.n.tolist()[:3] == [truth.any(axis=1).sum(), truth[:, 0].sum(), truth[:, 1].sum()]
    assert metrics.n.tolist()[3:] == [40] * 10
    own = f1_score(truth[:, :2], logits[:, :2] >= 0, average=None)
    assert value_of(metrics, "f1", "s1") == pytest.approx(own[1])
    assert value_of(metrics, "f1") == pytest.approx(own.mean())
    micro = f1_score(truth[:, :2], logits[:, :2] >= 0, average="micro")
    assert value_of(metrics, "f1_micro") == pytest.approx(micro)
    assert headline(metrics, "lwlrap").startswith(f"lwlrap {value_of(metrics, 'lwlrap'):.3f} [")
    assert headline(metrics, "psds") == "psds: no labels to compute it from"


def oof_case() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    scores = pd.DataFrame({"recording_id": ["a", "b"], "s0": [3.0, 5.0], "s1": [9.0, 2.0]})
    annotations = pd.DataFrame(
        [
            ["a", "s0", 0.9, 1.6, 1],  # 3
            ["a", "s0", 0.0, 0.6, -1],  # 1
            ["b", "s0", 0.0, 0.9, -1],  # 5
            ["b", "s0", 1.0, 2.0, 1],  # 4
            ["b", "s1", 0.0, 2.0, 1],  # 2, no refuted box
            ["broken", "s0", 0.0, 2.0, 1],  # no scores
        ],
        columns=["recording_id", "species", "onset_s", "offset_s", "polarity"],
    )
    recordings = pd.DataFrame({"recording_id": ["a", "b", "broken"], "reviewed": "none", "species": ""})
    return scores, annotations, recordings


def test_hand_worked_out_of_fold_table_is_exact() -> None:
    scores, annotations, recordings = oof_case()
    metrics = oof_metrics(
        scores, small_framewise(), annotations=annotations, train_recordings=recordings, replicates=20, seed=1
    )
    found = {(row.metric, row.species): (row.value, row.n) for row in metrics.itertuples(index=False)}
    # Boxes of s0 from the top: 5 (refuted), 4 and 3 (confirmed), 1 (refuted).
    assert found == {
        ("lwlrap", ""): (pytest.approx(2.5 / 3), 2),
        ("lwlrap", "s0"): (pytest.approx(0.75), 2),
        ("lwlrap", "s1"): (1, 1),
        ("box_average_precision", ""): (pytest.approx((1 / 2 + 2 / 3) / 2), 2),
        ("box_average_precision", "s0"): (pytest.approx((1 / 2 + 2 / 3) / 2), 2),
        ("box_roc_auc", ""): (0.5, 2),
        ("box_roc_auc", "s0"): (0.5, 2),
        # The highest framewise logits rank as the scores do. All four boxes of s0 lie above 0.
        ("lwlrap_frame", ""): (pytest.approx(2.5 / 3), 2),
        ("box_f1_micro", ""): (pytest.approx(2 / 3), 2),
        ("box_f1", ""): (pytest.approx(2 / 3), 2),
        ("box_f1", "s0"): (pytest.approx(2 / 3), 2),
    }


def test_clipwise_scores_are_what_the_framewise_ones_leave_of_a_mean() -> None:
    scores, annotations, recordings = oof_case()
    peaks = frame_peaks(small_framewise(), ["a", "b"])
    clips = np.array([[1.0, 2.0], [3.0, 0.5]])
    mixed = scores.assign(s0=0.25 * peaks[:, 0] + 0.75 * clips[:, 0], s1=0.25 * peaks[:, 1] + 0.75 * clips[:, 1])
    metrics = oof_metrics(
        mixed,
        small_framewise(),
        annotations=annotations,
        train_recordings=recordings,
        frame_share=0.25,
        replicates=20,
    )
    truth = np.array([[True, False], [True, True]])
    assert value_of(metrics, "lwlrap_clip") == pytest.approx(slow_lwlrap(truth, clips))
    assert value_of(metrics, "lwlrap_frame") == pytest.approx(slow_lwlrap(truth, peaks))


def test_event_metrics_are_reported_where_recordings_were_reviewed_throughout() -> None:
    scores, annotations, recordings = oof_case()
    recordings.loc[recordings.recording_id == "b", "reviewed"] = "all"
    metrics = oof_metrics(
        scores, small_framewise(), annotations=annotations, train_recordings=recordings, replicates=20
    )
    events = metrics[metrics.metric.isin(["collar_f1", "segment_f1", "intersection_f1", "psds1", "psds2"])]
    assert set(events.metric) == {"collar_f1", "segment_f1", "intersection_f1", "psds1", "psds2"}
    assert set(events.n) == {1}


def test_groups_widen_the_intervals_of_every_metric(rng: Rng) -> None:
    scores, events = few_scores(rng)
    # Ten groups of four alike recordings: four times the rows say no more.
    copied = pd.concat(
        [scores[:10].assign(recording_id=scores.recording_id[at : at + 10].to_numpy()) for at in (0, 10, 20, 30)]
    )
    own = {name: number % 10 for number, name in enumerate(scores.recording_id)}
    first = events[events.recording_id.isin(scores.recording_id[:10])]
    parts: list[pd.DataFrame] = []
    for at in (0, 10, 20, 30):
        names = [scores.recording_id[own[name] + at] for name in first.recording_id]
        parts.append(first.assign(recording_id=names))
    labels = pd.concat(parts)
    groups = {name: str(number) for name, number in own.items()}
    alone, together = (
        truth_metrics(copied, labels, groups=given, replicates=200, seed=3).set_index(["metric", "species"])
        for given in (None, groups)
    )
    key = ("lwlrap", "")
    width = [float(table.high[key] - table.low[key]) for table in (alone, together)]
    assert width[1] > 1.5 * width[0]
    assert alone.value[key] == together.value[key]


def test_recording_curves_use_only_recordings_reviewed_for_the_species(rng: Rng) -> None:
    scores, events = few_scores(rng)
    boxes = events.assign(onset_s=0.0, offset_s=1.0, polarity=1)
    ids = scores.recording_id
    index = pd.DataFrame({"recording_id": ids, "first_frame": range(len(ids)), "n_frames": 1, "frame_s": 1.0})
    framewise = Framewise(scores[["s0", "s1", "s2"]].to_numpy(np.float16), index)
    reviews = pd.DataFrame({"recording_id": ids, "reviewed": ["none"] * 10 + ["some"] * 15 + ["all"] * 15})
    reviews["species"] = np.where(reviews.reviewed == "some", "s1;s2", "")
    metrics = oof_metrics(scores, framewise, annotations=boxes, train_recordings=reviews, replicates=20, seed=1)
    truth = label_matrix(events, ids.tolist(), ["s0", "s1", "s2"])
    expected = [
        average_precision_score(truth[25:, 0], scores.s0[25:]),
        average_precision_score(truth[10:, 1], scores.s1[10:]),
    ]
    assert value_of(metrics, "average_precision", "s0") == pytest.approx(expected[0])
    assert value_of(metrics, "average_precision", "s1") == pytest.approx(expected[1])
    assert value_of(metrics, "average_precision") == pytest.approx(np.mean(expected))
    counts = metrics[metrics.metric == "average_precision"].set_index("species").n
    assert counts.to_dict() == {"": 30, "s0": 15, "s1": 30}
    assert not metrics.metric.str.startswith("box").any()


def test_a_table_without_any_label_is_empty() -> None:
    scores, annotations, recordings = oof_case()
    metrics = oof_metrics(
        scores, small_framewise(), annotations=annotations[:0], train_recordings=recordings, replicates=20, seed=1
    )
    assert metrics.empty
    assert list(metrics.columns) == ["metric", "species", "value", "low", "high", "n"]


@pytest.mark.realdata
def test_real_boxes_of_every_species_give_both_kinds(shared_data: Path) -> None:
    tables = [pd.read_csv(shared_data / "rfcx" / f"train_{kind}.csv") for kind in ("tp", "fp")]
    boxes = pd.concat([table.assign(polarity=sign) for table, sign in zip(tables, (1, -1), strict=True)])
    boxes = boxes.rename(columns={"t_min": "onset_s", "t_max": "offset_s"})
    boxes["species"] = "s" + boxes.species_id.astype(str)
    species = [f"s{number}" for number in range(24)]
    ids = sorted(set(boxes.recording_id))
    scores = pd.DataFrame(np.zeros((len(ids), 24)), columns=species)
    scores.insert(0, "recording_id", ids)
    index = pd.DataFrame({"recording_id": ids, "first_frame": range(len(ids)), "n_frames": 1, "frame_s": 0.02})
    framewise = Framewise(np.zeros((len(ids), 24), np.float16), index)
    recordings = pd.DataFrame({"recording_id": ids, "reviewed": "none", "species": ""})
    metrics = oof_metrics(scores, framewise, annotations=boxes, train_recordings=recordings, replicates=20, seed=1)
    by_box = metrics[metrics.metric == "box_roc_auc"].set_index("species")
    assert (by_box.value == 0.5).all()
    assert len(by_box) == 25
    # All scores tie: a label ranks last, and its precision is the share of labels among the 24 species.
    per_row = boxes[boxes.polarity > 0].drop_duplicates(["recording_id", "species"]).groupby("recording_id").size()
    assert value_of(metrics, "lwlrap") == pytest.approx((per_row**2).sum() / per_row.sum() / 24)
    assert by_box.n[""] == 4727
