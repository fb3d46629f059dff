"""Dealing recordings into folds."""

import itertools
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import make_splits as script
from canopy.config.dataset import Splits
from canopy.data.annotations.reviewed import train_recordings
from canopy.data.annotations.rfcx import read_rfcx
from canopy.data.annotations.table import canonical
from canopy.data.splits.folds import MAX_FOLDS, MIN_FOLDS, assign_folds, fold_balance, read_folds
from canopy.data.splits.stratify import imbalance, stratify
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import write_table
from canopy.training.targets import read_rows


def boxes(pairs: Sequence[tuple[str, str, int]]) -> pd.DataFrame:
    """Return canonical annotations of (recording, species, polarity)."""
    rows = pd.DataFrame(pairs, columns=["recording_id", "species", "polarity"])
    return canonical(rows.assign(songtype=1, onset_s=0.0, offset_s=1.0, low_hz=0.0, high_hz=100.0))


def dataset(n_recordings: int = 60, n_species: int = 5, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    pairs = [(f"r{number:03d}", f"s{rng.integers(n_species)}", 1) for number in range(n_recordings)]
    pairs += [
        (f"r{rng.integers(n_recordings):03d}", f"s{rng.integers(n_species)}", -1) for _ in range(3 * n_recordings)
    ]
    return boxes(pairs)


def cost_by_hand(counts: np.ndarray, folds: np.ndarray, n_folds: int, weights: np.ndarray) -> float:
    total = 0.0
    for label in range(counts.shape[1]):
        mean = counts[:, label].sum() / n_folds
        for fold in range(n_folds):
            if mean > 0:
                total += weights[label] * (counts[folds == fold, label].sum() - mean) ** 2 / mean
    return total


def test_imbalance_is_the_weighted_chi_square() -> None:
    rng = np.random.default_rng(5)
    counts, weights = rng.integers(0, 4, (30, 6)), np.array([1, 2, 3, 50, 5, 6])
    counts[:, 4] = 0
    folds = rng.integers(0, 4, 30)
    assert imbalance(counts, folds, 4, weights) == pytest.approx(cost_by_hand(counts, folds, 4, weights), rel=1e-4)


@pytest.mark.parametrize("seed", range(8))
def test_stratify_comes_close_to_the_best_of_all_dealings(seed: int) -> None:
    rng = np.random.default_rng(seed)
    counts, weights = rng.integers(0, 3, (9, 3)), np.array([10, 10, 1])
    every = [cost_by_hand(counts, np.array(folds), 2, weights) for folds in itertools.product(range(2), repeat=9)]
    found = cost_by_hand(counts, stratify(counts, 2, weights=weights), 2, weights)
    assert found <= np.quantile(every, 0.02)


def test_stratify_leaves_no_single_move_or_swap_that_would_pay() -> None:
    rng = np.random.default_rng(7)
    counts, weights = rng.integers(0, 3, (40, 4)), np.array([10, 10, 10, 1])
    folds = stratify(counts, 3, weights=weights)
    least = cost_by_hand(counts, folds, 3, weights) * (1 - 2e-3)
    for one, two in itertools.combinations(range(40), 2):
        swapped = folds.copy()
        swapped[[one, two]] = swapped[[two, one]]
        assert cost_by_hand(counts, swapped, 3, weights) >= least
    for unit, fold in itertools.product(range(40), range(3)):
        moved = folds.copy()
        moved[unit] = fold
        assert cost_by_hand(counts, moved, 3, weights) >= least


def test_stratify_does_not_touch_fixed_units() -> None:
    counts = np.ones((12, 1), dtype=np.int64)
    fixed = np.array([0, 0, 0, 0, 1, -1, -1, -1, -1, -1, -1, -1])
    folds = stratify(counts, 3, weights=np.ones(1, dtype=np.int64), fixed=fixed)
    assert list(folds[:5]) == [0, 0, 0, 0, 1]
    assert list(np.bincount(folds)) == [4, 4, 4]


def test_every_recording_gets_one_fold_and_species_are_spread_evenly() -> None:
    annotations = dataset()
    recordings = train_recordings(annotations)
    folds = assign_folds(annotations, recordings, n_folds=4, seed=1)
    assert list(folds["recording_id"]) == sorted(recordings["recording_id"])
    balance = fold_balance(annotations, folds)
    assert (balance.max(axis=1) - balance.min(axis=1)).max() <= 1
    assert balance.to_numpy().sum() == (annotations["polarity"] == 1).sum()


def test_folds_do_not_depend_on_the_order_of_rows() -> None:
    annotations = dataset()
    recordings = train_recordings(annotations)
    folds = assign_folds(annotations, recordings, n_folds=4, seed=1)
    shuffled = assign_folds(
        annotations.sample(frac=1, random_state=1), recordings.sample(frac=1, random_state=2), n_folds=4, seed=1
    )
    pd.testing.assert_frame_equal(folds, shuffled)


def test_another_seed_deals_otherwise() -> None:
    annotations = dataset()
    one, two = (assign_folds(annotations, annotations, n_folds=4, seed=seed)["fold"] for seed in (1, 2))
    assert (one != two).mean() > 0.3


def test_recordings_without_boxes_are_dealt_too() -> None:
    ids = [f"r{number:03d}" for number in range(50)]
    annotations = boxes([(recording_id, "s1", 1) for recording_id in ids[:20]])
    folds = assign_folds(annotations, pd.DataFrame({"recording_id": ids}), n_folds=5, seed=1)
    assert list(folds["recording_id"]) == ids
    assert list(folds["fold"].value_counts()) == [10] * 5
    assert list(fold_balance(annotations, folds).loc["s1"]) == [4] * 5


def test_a_group_is_never_split() -> None:
    annotations = dataset()
    ids = sorted(set(annotations["recording_id"]))
    sites = pd.Series([f"site{number % 13}" for number in range(len(ids))], index=ids)
    folds = assign_folds(annotations, annotations, n_folds=4, seed=1, group=sites).set_index("recording_id")["fold"]
    assert folds.groupby(sites).nunique().max() == 1
    assert folds.nunique() == 4


def test_given_folds_are_taken_over_in_natural_order() -> None:
    annotations = boxes([("a", "s1", 1), ("b", "s1", 1), ("c", "s1", 1), ("d", "s1", 1)])
    given = pd.Series({"a": 10, "b": 2, "c": 10, "d": 1})
    folds = assign_folds(annotations, annotations, n_folds=3, seed=1, given=given)
    assert list(folds["fold"]) == [2, 1, 2, 0]
    with pytest.raises(CanopyError, match=r"given folds are 3 \(1, 2, 10\), but `n_folds` is 5: set it to 3"):
        assign_folds(annotations, annotations, n_folds=5, seed=1, given=given)
    with pytest.raises(CanopyError, match="no given fold: d"):
        assign_folds(annotations, annotations, n_folds=3, seed=1, given=given.drop("d"))


def test_kept_recordings_stay_and_new_ones_go_where_balance_is_best() -> None:
    annotations = dataset(60)
    before = assign_folds(annotations, annotations, n_folds=4, seed=1)
    more = pd.concat([annotations, boxes([(f"new{number}", "s1", 1) for number in range(8)])])
    after = assign_folds(more, more, n_folds=4, seed=9, keep=before)
    merged = before.merge(after, on="recording_id", suffixes=("_before", "_after"))
    assert len(merged) == 60
    assert (merged["fold_before"] == merged["fold_after"]).all()
    balance = fold_balance(more, after).loc["s1"]
    assert balance.max() - balance.min() <= 1


def test_a_new_recording_of_a_kept_group_joins_it() -> None:
    annotations = boxes([(name, "s1", 1) for name in "abcd"])
    sites = pd.Series({"a": "x", "b": "y", "c": "x", "d": "z"})
    keep = pd.DataFrame({"recording_id": ["a", "b"], "fold": [1, 0]})
    folds = assign_folds(annotations, annotations, n_folds=2, seed=1, group=sites, keep=keep)
    assert list(folds["fold"][:3]) == [1, 0, 1]
    torn = pd.DataFrame({"recording_id": ["a", "c"], "fold": [1, 0]})
    with pytest.raises(CanopyError, match="split the group of recording c between folds 1 and 0"):
        assign_folds(annotations, annotations, n_folds=2, seed=1, group=sites, keep=torn)


def test_kept_folds_must_fit_the_number_of_folds() -> None:
    annotations = boxes([(name, "s1", 1) for name in "abcd"])
    keep = pd.DataFrame({"recording_id": ["a"], "fold": [4]})
    with pytest.raises(CanopyError, match="go up to 4, but `n_folds` is 3: set it to 5, or set `keep: null`"):
        assign_folds(annotations, annotations, n_folds=3, seed=1, keep=keep)


def test_fewer_recordings_or_groups_than_folds_is_an_error() -> None:
    annotations = boxes([(name, "s1", 1) for name in "abcd"])
    with pytest.raises(CanopyError, match="4 recordings cannot be split into 5 folds: set `n_folds` to at most 4"):
        assign_folds(annotations, annotations, n_folds=5, seed=1)
    sites = pd.Series(["x", "y", "x", "y"], index=list("abcd"))
    with pytest.raises(CanopyError, match=r"\A1 recordings cannot be split into 2 folds: annotate more\Z"):
        assign_folds(annotations[:1], annotations[:1], n_folds=2, seed=1)
    with pytest.raises(CanopyError, match="2 groups of recordings cannot be split into 3 folds"):
        assign_folds(annotations, annotations, n_folds=3, seed=1, group=sites)
    with pytest.raises(CanopyError, match="recordings have no group: d"):
        assign_folds(annotations, annotations, n_folds=2, seed=1, group=sites.drop("d"))


def test_a_message_asks_for_no_number_of_folds_that_the_configuration_refuses() -> None:
    limits = {type(one).__name__: one for one in Splits.model_fields["n_folds"].metadata}
    assert (limits["Ge"].ge, limits["Le"].le) == (MIN_FOLDS, MAX_FOLDS)
    annotations = boxes([(name, "s1", 1) for name in "abcd"])
    one = pd.Series("x", index=list("abcd"))
    with pytest.raises(CanopyError, match=r"all recordings have the same given fold \(x\), .*: name another column"):
        assign_folds(annotations, annotations, n_folds=2, seed=1, given=one)
    keep = pd.DataFrame({"recording_id": ["a"], "fold": [5000]})
    with pytest.raises(CanopyError, match=r"go up to 5000, but `n_folds` is 2: set `keep: null`"):
        assign_folds(annotations, annotations, n_folds=2, seed=1, keep=keep)
    many = boxes([(f"r{number}", "s1", 1) for number in range(1001)])
    with pytest.raises(CanopyError, match=r"but `n_folds` is 2: it may be 1000 at most, name fewer"):
        assign_folds(
            many, many, n_folds=2, seed=1, given=pd.Series(many.recording_id.to_numpy(), index=many.recording_id)
        )


def test_a_rare_species_is_told_and_no_error() -> None:
    pairs = [(name, "s1", 1) for name in "abcdef"] + [("a", "s2", 1), ("a", "s2", 1), ("b", "s10", -1)]
    lines: list[str] = []
    annotations = boxes(pairs)
    assign_folds(annotations, annotations, n_folds=3, seed=1, report=lines.append)
    assert lines == ["warning: species confirmed in fewer recordings than there are folds (3): s2 (1), s10 (0)"]


def test_annotations_of_unlisted_recordings_are_an_error() -> None:
    annotations = boxes([(name, "s1", 1) for name in "abcd"])
    with pytest.raises(CanopyError, match="missing from the list of recordings: d"):
        assign_folds(annotations, pd.DataFrame({"recording_id": list("abc")}), n_folds=2, seed=1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("recording_id,fold\na,0\nb,x\n", "line 3: fold is 'x', not a whole number"),
        ("recording_id,fold\na,0\nb,-1\n", "line 3: fold is -1, it must be 0 or more"),
        ("recording_id,fold\na,0\na,1\n", "line 3: recording a has a fold already"),
        ("recording_id,site\na,0\n", "has no column fold"),
    ],
)
def test_a_bad_table_of_folds_names_its_line(tmp_path: Path, text: str, found: str) -> None:
    (tmp_path / "keep.csv").write_text(text)
    with pytest.raises(CanopyError, match=found):
        read_folds(tmp_path / "keep.csv")


def test_a_missing_table_of_folds_says_how_to_go_on(tmp_path: Path) -> None:
    with pytest.raises(CanopyError, match=r"no table .*keep\.csv: give the folds.csv of an earlier run, or set `keep"):
        read_folds(tmp_path / "keep.csv")


def test_script_writes_folds_and_each_folds_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    annotations = dataset(30)
    write_table(annotations, tmp_path / "train.csv")
    write_table(train_recordings(annotations), tmp_path / "train_recordings.csv")
    rows = [str(tmp_path / f"fold{fold}.csv") for fold in range(3)]
    inputs = [
        "--annotations",
        str(tmp_path / "train.csv"),
        "--train-recordings",
        str(tmp_path / "train_recordings.csv"),
    ]
    outputs = ["--folds", str(tmp_path / "folds.csv"), "--fold-rows", *rows]
    script.main(["--settings", json.dumps({"n_folds": 3, "seed": 1, "keep": None}), *inputs, *outputs])
    folds = read_folds(tmp_path / "folds.csv").set_index("recording_id")["fold"]
    for fold, path in enumerate(rows):
        trained = set(read_rows([path])["recording_id"])
        assert trained == set(folds.index[folds != fold])
    assert "s4" in capsys.readouterr().out
    keep = {"n_folds": 3, "seed": 77, "keep": str(tmp_path / "folds.csv")}
    script.main(["--settings", json.dumps(keep), *inputs, *outputs])
    pd.testing.assert_series_equal(read_folds(tmp_path / "folds.csv").set_index("recording_id")["fold"], folds)


def largest_deviation(balance: pd.DataFrame) -> float:
    """Return how far a fold's count lies from its species' mean count, as a share of that mean."""
    counts = balance.to_numpy(float)
    mean = counts.mean(axis=1, keepdims=True)
    return float((np.abs(counts - mean) / mean).max())


@pytest.mark.realdata
@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_real_tables_are_dealt_evenly_for_every_species(shared_data: Path, seed: int) -> None:
    folder = shared_data / "rfcx"
    annotations = read_rfcx(folder / "train_tp.csv", folder / "train_fp.csv")
    folds = assign_folds(annotations, train_recordings(annotations), n_folds=5, seed=seed)
    assert len(folds) == folds["recording_id"].nunique() == 4727
    present = fold_balance(annotations, folds)
    assert present.shape == (24, 5)
    assert largest_deviation(present) <= 0.15
    assert (present.max(axis=1) - present.min(axis=1)).max() <= 1, "as even as whole rows can be"
    refuted = fold_balance(annotations, folds, polarity=-1)
    assert largest_deviation(refuted) <= 0.05
    sizes = folds["fold"].value_counts()
    assert sizes.max() - sizes.min() <= 0.02 * sizes.mean()
