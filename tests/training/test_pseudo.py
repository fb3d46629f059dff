"""Pseudo-labels: what a teacher's scores become, and how batches of both kinds of labels are drawn."""

import json
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

import compare_teachers
import pseudo_label
import train_student
from canopy.config.pseudo import PseudoLabels
from canopy.config.training import Crops
from canopy.detections.pseudo_labels import label_recordings
from canopy.evaluation.metrics.ranking import RankedLabels
from canopy.evaluation.teachers import effect, side_by_side
from canopy.inference.framewise import Framewise, read_framewise, write_framewise
from canopy.inference.scores import score_table
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import write_table
from canopy.training.student_windows import StudentWindows
from canopy.training.targets import Labels, read_rows
from canopy.training.windows import Batch, Windows
from tiny import HOP_S, SPECIES, make_store, rows, training

FRAME_S = 0.1
PLAIN = PseudoLabels(threshold=0.8, extend=1.0, merge_gap_s=0.0, min_duration_s=0.0)


def scores(folder: Path, probabilities: dict[str, list[tuple[int, int, int, float]]], n_frames: int = 50) -> Framewise:
    """Write framewise scores: of each recording, spans of `(species, first, last, probability)` over 0.01."""
    folder.mkdir(parents=True, exist_ok=True)
    values = {}
    for name, spans in probabilities.items():
        values[name] = np.full((n_frames, len(SPECIES)), 0.01)
        for species, first, last, probability in spans:
            values[name][first:last, species] = probability
    rows = ((name, logit(probability)) for name, probability in values.items())
    write_framewise(rows, folder / "framewise.npy", n_species=len(SPECIES), frame_s=FRAME_S)
    return read_framewise(folder / "framewise.npy")


def found(table: pd.DataFrame) -> list[tuple]:
    return [tuple(row)[:4] for row in table.itertuples(index=False)]


# What becomes a label.


def test_an_event_is_where_the_score_reaches_the_threshold(tmp_path: Path) -> None:
    part = scores(tmp_path, {"a": [(0, 10, 20, 0.9), (2, 30, 35, 0.79)], "b": [(1, 0, 4, 0.85), (1, 45, 50, 0.99)]})
    real = rows(("a", "", np.nan, np.nan, 0), ("b", "s0", 0.0, 1.0, 1))
    table = label_recordings([part], real, SPECIES, PLAIN, annotated=True)
    assert found(table) == [("a", "s0", 0.95, 1.95), ("b", "s1", 0.0, 0.35), ("b", "s1", 4.45, 4.95)]
    np.testing.assert_allclose(table["probability"], [0.9, 0.85, 0.99], atol=1e-3)


def test_an_event_extends_merges_and_is_dropped_as_told(tmp_path: Path) -> None:
    spans = [(0, 8, 10, 0.5), (0, 10, 12, 0.9), (0, 14, 16, 0.9), (0, 30, 31, 0.9)]
    part = scores(tmp_path, {"a": spans})
    real = rows(("a", "", np.nan, np.nan, 0))
    for settings, expected in (
        (PLAIN, [(0.95, 1.15), (1.35, 1.55), (2.95, 3.05)]),
        (PLAIN.model_copy(update={"extend": 0.5}), [(0.75, 1.15), (1.35, 1.55), (2.95, 3.05)]),
        (PLAIN.model_copy(update={"merge_gap_s": 0.2}), [(0.95, 1.55), (2.95, 3.05)]),
        (PLAIN.model_copy(update={"min_duration_s": 0.2}), [(0.95, 1.15), (1.35, 1.55)]),
    ):
        table = label_recordings([part], real, SPECIES, settings, annotated=True)
        assert [row[2:] for row in found(table)] == expected


@pytest.mark.parametrize("polarity", [1, -1])
def test_a_real_box_of_the_species_counts_more(tmp_path: Path, polarity: int) -> None:
    part = scores(tmp_path, {"a": [(0, 10, 20, 0.9), (0, 40, 45, 0.9), (1, 10, 20, 0.9)]})
    real = rows(("a", "s0", 1.9, 3.0, polarity))
    table = label_recordings([part], real, SPECIES, PLAIN, annotated=True)
    assert found(table) == [("a", "s1", 0.95, 1.95), ("a", "s0", 3.95, 4.45)]
    beside = label_recordings([part], rows(("a", "s0", 1.96, 3.0, polarity)), SPECIES, PLAIN, annotated=True)
    assert len(beside) == 3


@pytest.mark.parametrize(("reviewed", "species", "left"), [("all", "", []), ("some", "s0;s2", ["s1"])])
def test_a_review_counts_more(tmp_path: Path, reviewed: str, species: str, left: list[str]) -> None:
    part = scores(tmp_path, {"a": [(0, 10, 20, 0.9), (1, 10, 20, 0.9)]})
    real = rows(("a", "s2", 0.0, 0.5, 1), reviewed=reviewed, reviewed_species=species)
    assert label_recordings([part], real, SPECIES, PLAIN, annotated=True)["species"].tolist() == left


def test_recordings_that_the_network_holds_out_get_no_labels(tmp_path: Path) -> None:
    """A teacher without two folds scores the recordings of both; those that a student trains on are labelled."""
    spans = [(0, 10, 20, 0.9)]
    part = scores(tmp_path, {"own": spans, "held out": spans})
    table = label_recordings([part], rows(("own", "", np.nan, np.nan, 0)), SPECIES, PLAIN, annotated=True)
    assert table["recording_id"].tolist() == ["own"]


def test_what_cannot_be_is_refused(tmp_path: Path) -> None:
    part = scores(tmp_path, {"a": [(0, 10, 20, 0.9)]})
    real = rows(("a", "", np.nan, np.nan, 0))
    with pytest.raises(CanopyError, match="recording a has scores of two teachers"):
        label_recordings([part, part], real, SPECIES, PLAIN, annotated=True)
    with pytest.raises(CanopyError, match="recording a has annotations and was to have none"):
        label_recordings([part], real, SPECIES, PLAIN, annotated=False)


def test_the_script_labels_recordings_of_both_kinds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = [("a", "s0", 0.0, 0.5, 1), ("b", "s1", 0.0, 0.5, 1), ("c", "s1", 0.0, 0.5, 1)]
    for fold, held_out in enumerate("ab"):
        write_table(rows(*(box for box in own if box[0] != held_out)), tmp_path / f"{fold}.csv")
    write_table(pd.DataFrame({"species": SPECIES}), tmp_path / "classes.csv")
    span = [(2, 10, 20, 0.9)]
    scores(tmp_path / "known", dict.fromkeys("abc", span))
    scores(tmp_path / "bare", {"x": span, "y": []})
    pseudo_label.main(
        [
            *("--settings", json.dumps({"name": "student fold 0-1", "pseudo_labels": PLAIN.model_dump()})),
            *("--rows", str(tmp_path / "0.csv"), str(tmp_path / "1.csv"), "--classes", str(tmp_path / "classes.csv")),
            *("--labelled", str(tmp_path / "known" / "framewise.npy")),
            *("--unlabelled", str(tmp_path / "bare" / "framewise.npy"), "--output", str(tmp_path / "pseudo.csv")),
        ]
    )
    assert pd.read_csv(tmp_path / "pseudo.csv")["recording_id"].tolist() == ["c", "x"]
    assert "1 pseudo-labels in 1 recordings without" in capsys.readouterr().out


def test_several_folds_share_the_rows_of_recordings_that_none_holds_out(tmp_path: Path) -> None:
    boxes = [(name, "s0", onset, onset + 1.0, 1) for name in "abcd" for onset in (0.0, 2.0)]
    for held_out in "abc":
        write_table(rows(*(box for box in boxes if box[0] != held_out)), tmp_path / f"{held_out}.csv")
    one = read_rows([tmp_path / "a.csv"])
    assert one["recording_id"].tolist() == list("bbccdd")
    pd.testing.assert_frame_equal(one, read_rows([tmp_path / "a.csv"] * 2))
    assert read_rows([tmp_path / f"{name}.csv" for name in "abc"])["recording_id"].tolist() == ["d", "d"]


# Batches.

BOXES = [("a", "s0", 1.0, 2.0, 1), ("a", "s1", 6.0, 7.0, 1), ("b", "s2", 3.0, 4.0, 1), ("c", "s1", 4.0, 5.0, -1)]
PSEUDO = pd.DataFrame(
    [("b", "s0", 6.0, 7.0), ("c", "s0", 7.5, 8.5), ("x", "s2", 2.0, 3.0), ("nowhere", "s2", 2.0, 3.0)],
    columns=["recording_id", "species", "onset_s", "offset_s"],
)


def make(
    folder: Path,
    *,
    batch_size: int = 8,
    real_share: float = 0.5,
    balance: float = 0.0,
    place: Literal["event", "anywhere"] = "event",
) -> StudentWindows:
    numbered = np.tile(np.arange(100, dtype=np.float32)[:, None], (1, 3))
    store = make_store(folder, {name: numbered + 1000 * place for place, name in enumerate("abcxd")})
    crops = Crops(window_s=2.0, balance=balance, place=place, refuted_per_positive=0.5)
    known = pd.concat([rows(*BOXES), rows(("d", "", np.nan, np.nan, 0), reviewed="all")])
    real = Windows(store, Labels(known, SPECIES), crops, hop_s=HOP_S, batch_size=batch_size, seed=1)
    return StudentWindows(real, known, PSEUDO, real_share=real_share)


def recordings(batch: Batch) -> list[str]:
    return ["abcxd"[int(values[0, 0]) // 1000] for values in batch.features]


@pytest.mark.parametrize(("real_share", "n_real"), [(0.5, 4), (0.51, 5), (0.01, 1), (0.8, 7)])
def test_a_share_of_every_batch_is_kept_for_real_labels(tmp_path: Path, real_share: float, n_real: int) -> None:
    windows = make(tmp_path, real_share=real_share)
    alone = Windows(
        windows.store, windows.real.labels, windows.settings, hop_s=HOP_S, batch_size=n_real, seed=windows.seed
    )
    for epoch in range(3):
        batches, expected = list(windows.epoch(epoch)), list(alone.epoch(epoch))
        assert len(batches) == len(expected) == windows.n_steps
        for batch, real in zip(batches, expected, strict=True):
            assert len(batch.features) == 8
            for mine, theirs in zip(batch, real, strict=True):  # real windows know nothing of pseudo-labels
                np.testing.assert_array_equal(mine[:n_real], theirs)
            assert not {"a"} & set(recordings(batch)[n_real:])


def test_pseudo_labels_take_turns_and_say_what_they_are(tmp_path: Path) -> None:
    windows = make(tmp_path, batch_size=7, real_share=0.5)
    visited = []
    for epoch in range(4):
        for batch in windows.epoch(epoch):
            assert len(batch.features) == 7
            visited += recordings(batch)[4:]
            for name, clip in list(zip(recordings(batch), batch.clip, strict=True))[4:]:
                assert clip[SPECIES.index({"b": "s0", "c": "s0", "x": "s2"}[name])] == 1
    assert {name: visited.count(name) for name in "bcx"} == dict.fromkeys("bcx", len(visited) / 3)


def test_around_a_pseudo_label_real_ones_count_too(tmp_path: Path) -> None:
    windows = make(tmp_path)
    clip, frames = windows.labels.window("c", 3.5, n_frames=60, hop_s=HOP_S, min_overlap=0.5)
    assert clip.tolist() == [1, 0, 0]  # what is refuted is one second of six
    assert (frames[:, 0] == 1).sum() == 11


def test_windows_of_pseudo_labels_may_lie_anywhere_too(tmp_path: Path) -> None:
    windows = make(tmp_path, place="anywhere")
    assert sorted(windows.pseudo) == [("b", 0.0, 10.0), ("c", 0.0, 10.0), ("x", 0.0, 10.0)]


def test_species_are_balanced_among_pseudo_labels(tmp_path: Path) -> None:
    windows = make(tmp_path, balance=1.0)
    assert windows.expected_pseudo[:2].sum() == pytest.approx(windows.expected_pseudo[2])
    assert windows.expected_pseudo.sum() == pytest.approx(windows.n_steps * windows.n_pseudo)


def test_epochs_are_the_same_again_and_differ_from_each_other(tmp_path: Path) -> None:
    one, other = make(tmp_path / "1"), make(tmp_path / "2")
    first = [batch.features for batch in one.epoch(2)]
    np.testing.assert_array_equal(first, [batch.features for batch in other.epoch(2)])
    assert any((a != b.features).any() for a, b in zip(first, other.epoch(3), strict=True))
    assert len(list(one.dataset(0, 2))) == 2 * one.n_steps


def test_a_batch_without_room_is_told(tmp_path: Path) -> None:
    with pytest.raises(CanopyError, match=r"a batch of 2 windows, 0\.9 of it kept for real labels, has no room"):
        make(tmp_path, batch_size=2, real_share=0.9)


def test_a_student_is_trained_and_its_checkpoint_knows_the_labels(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("canopy.training.job.prepare", lambda compute, gpu: "CPU")  # TensorFlow runs already
    noise = np.random.default_rng(1).normal(-60, 3, (3, 100, 16)).astype(np.float32)
    make_store(tmp_path, dict(zip("abx", noise, strict=True)))
    write_table(rows(*BOXES[:3]), tmp_path / "rows.csv")
    write_table(pd.DataFrame({"species": SPECIES}), tmp_path / "classes.csv")
    settings = {
        **{"name": "student fold 0", "real_share": 0.5, "features": {"hop_s": HOP_S, "unit": "db"}},
        "training": training(epochs=1).model_dump(mode="json"),
        "compute": {"threads": 1},
    }
    notes = []
    for pseudo in (PSEUDO, PSEUDO.iloc[:1], PSEUDO.iloc[3:]):
        write_table(pseudo, tmp_path / "pseudo.csv")
        train_student.main(
            [
                *(
                    "--settings",
                    json.dumps(settings),
                    "--rows",
                    str(tmp_path / "rows.csv"),
                    "--fingerprint",
                    "the rest",
                ),
                *("--classes", str(tmp_path / "classes.csv"), "--shards", str(tmp_path / "0.npy")),
                *("--pseudo", str(tmp_path / "pseudo.csv"), "--checkpoint", str(tmp_path / "kept.npz")),
                *("--model", str(tmp_path / "model.json"), "--weights", str(tmp_path / "model.weights.h5")),
                *("--history", str(tmp_path / "history.csv")),
            ]
        )
        with np.load(tmp_path / "kept.npz") as kept:
            notes.append(json.loads(kept["note"].tobytes())["fingerprint"])
        said = capsys.readouterr().out
        assert ("no pseudo-labels, the real labels alone" in said) == (pseudo["recording_id"].tolist() == ["nowhere"])
        assert ("around 2 pseudo-labels" in said) == (len(pseudo) == 4)  # c has no features here
    assert len(set(notes)) == 3
    assert len(pd.read_csv(tmp_path / "history.csv")) == 1


# What they were worth.


def test_the_effect_is_the_paired_difference() -> None:
    rng = np.random.default_rng(2)
    truth = rng.random((40, 5)) < 0.4
    worse, better = rng.normal(size=(40, 5)), truth + rng.normal(size=(40, 5))
    weights = rng.dirichlet(np.ones(40), 200).T * 40
    table = effect({"t": worse, "s": better, "same": worse}, {"s": "t", "same": "t"}, truth, weights, subset="oof")
    ones = np.ones((40, 1))
    expected = [float(RankedLabels.of(truth, one).overall(ones)[0]) for one in (better, worse)]
    assert [table["student_score"][0], table["teacher_score"][0]] == pytest.approx(expected)
    assert table["difference"].tolist() == pytest.approx([expected[0] - expected[1], 0.0])
    assert table["low"].gt(0).tolist() == [True, False]
    assert [table["low"][1], table["high"][1]] == [0.0, 0.0]
    assert table["better"].tolist() == ["s", ""]
    assert table["n"].tolist() == [40, 40]
    test = effect({"t": worse, "s": better, "same": worse}, {"s": "t", "same": "t"}, truth, weights, subset="test")
    both = side_by_side([table, test], {"s": "t", "same": "t"})
    assert list(zip(both["student"], both["subset"], strict=True)) == [
        *(("s", "oof"), ("s", "test"), ("same", "oof"), ("same", "test"))
    ]


@pytest.mark.parametrize("tested", [True, False])
def test_the_script_compares_out_of_fold_and_on_the_test(tmp_path: Path, tested: bool) -> None:
    rng = np.random.default_rng(3)
    species, files = ["s0", "s1"], {}
    for subset in ("oof", "test"):
        ids = [f"{subset}{number}" for number in range(12)]
        events = pd.DataFrame({"recording_id": ids, "species_id": np.arange(12) % 2})
        truth = events["species_id"].to_numpy()[:, None] == np.arange(2)
        for name, signal in (("student", 3.0), ("teacher", 0.0)):
            files[subset, name] = tmp_path / f"{subset}-{name}.csv"
            write_table(score_table(ids, signal * truth + rng.normal(size=(12, 2)), species), files[subset, name])
        if subset == "test":
            write_table(events, tmp_path / "truth.csv")
        else:
            marked = events.assign(species="s" + events["species_id"].astype(str), polarity=1)
            write_table(marked, tmp_path / "train.csv")
    settings = {"teachers": {"student": "teacher"}, "bootstrap": {"replicates": 50, "seed": 1, "group": None}}
    arguments = ["--settings", json.dumps(settings), "--experiments", "student", "teacher"]
    arguments += ["--annotations", str(tmp_path / "train.csv"), "--output", str(tmp_path / "out.csv")]
    arguments += ["--oof", *(str(files["oof", name]) for name in ("student", "teacher"))]
    if tested:
        arguments += ["--test", *(str(files["test", name]) for name in ("student", "teacher"))]
        arguments += ["--truth", str(tmp_path / "truth.csv")]
    compare_teachers.main(arguments)
    table = pd.read_csv(tmp_path / "out.csv")
    assert table["subset"].tolist() == (["oof", "test"] if tested else ["oof"])
    assert (table["student_score"] > table["teacher_score"]).all()
    assert ((table["low"] <= table["difference"]) & (table["difference"] <= table["high"])).all()
