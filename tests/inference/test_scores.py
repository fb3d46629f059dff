"""Score tables and framewise arrays on disk, and the scripts that merge and evaluate them."""

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import evaluate_test
import merge_oof
import merge_test
from canopy.inference.framewise import Framewise, combine_framewise, join_framewise, read_framewise, write_framewise
from canopy.inference.scores import (
    check_folds,
    check_same_recordings,
    folds_of,
    join_scores,
    mean_scores,
    read_scores,
    score_table,
    species_of,
    stack_scores,
)
from canopy.runtime import files
from canopy.runtime.errors import CanopyError


def table(logits: dict[str, list[float]]) -> pd.DataFrame:
    """Return a score table of the species s0, s1, ... from rows by recording."""
    values = np.array(list(logits.values()), dtype=float)
    return score_table(logits, values, [f"s{number}" for number in range(values.shape[1])])


def framewise_of(blocks: dict[str, np.ndarray], *, frame_s: float = 0.5) -> Framewise:
    """Return framewise logits (n_frames, n_species) by recording."""
    counts = [len(block) for block in blocks.values()]
    first = np.cumsum([0, *counts[:-1]])
    index = pd.DataFrame({"recording_id": list(blocks), "first_frame": first, "n_frames": counts, "frame_s": frame_s})
    return Framewise(np.concatenate(list(blocks.values())).astype(np.float16), index)


def save(framewise: Framewise, path: Path) -> None:
    rows = ((recording, framewise.of(recording)) for recording in framewise.index.recording_id)
    write_framewise(rows, path, n_species=framewise.values.shape[1], frame_s=framewise.index.frame_s.tolist())


def test_scores_come_back_to_the_last_bit_with_ids_that_look_like_other_things(tmp_path: Path) -> None:
    values = np.random.default_rng(1).normal(scale=20, size=(4, 3)) ** 3
    scores = score_table(["007", "NA", "1e5", "true"], values, ["s2", "s10", "s16_4"])
    files.write_table(scores, tmp_path / "scores.csv")
    found = read_scores(tmp_path / "scores.csv")
    pd.testing.assert_frame_equal(found, scores, check_exact=True)
    assert species_of(found) == ["s2", "s10", "s16_4"]
    files.write_table(found, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (tmp_path / "scores.csv").read_bytes()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,s0\na,1\n", "starts with the column recording_id.*found id, s0"),
        ("recording_id\na\n", "starts with the column recording_id.*found recording_id"),
        ("recording_id,s0\na,1\na,2\n", "recording a has more than one row"),
        ("recording_id,s0,s1\na,1,2\nb,1,\n", "recording b: the score of s1 is not a finite number"),
        ("recording_id,s0,s1\na,inf,2\n", "recording a: the score of s0 is not a finite number"),
        ("recording_id,s0,s1\na,1,two\n", "recording a: the score of s1 is not a finite number"),
    ],
)
def test_a_broken_score_table_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "scores.csv"
    path.write_text(text)
    with pytest.raises(CanopyError, match=f"(?s){path}.*{message}"):
        read_scores(path)


def test_joined_rows_are_sorted_by_recording() -> None:
    joined = join_scores({"fold 0": table({"c": [1, 2], "a": [3, 4]}), "fold 1": table({"b": [5, 6]})})
    pd.testing.assert_frame_equal(joined, table({"a": [3, 4], "b": [5, 6], "c": [1, 2]}))


def test_a_recording_in_two_folds_is_refused() -> None:
    with pytest.raises(CanopyError, match="recording a has scores in both fold 0 and fold 1"):
        join_scores({"fold 0": table({"a": [1, 2]}), "fold 1": table({"a": [1, 2]})})


def test_tables_with_other_species_or_recordings_do_not_mix() -> None:
    one = table({"a": [1, 2], "b": [1, 2]})
    with pytest.raises(CanopyError, match="two has the species s1, s0, one has s0, s1"):
        join_scores({"one": one, "two": one[["recording_id", "s1", "s0"]]})
    with pytest.raises(CanopyError, match="recording b is in one but not in two"):
        stack_scores({"one": one, "two": one[:1]})
    with pytest.raises(CanopyError, match="recording b is in two but not in one"):
        check_same_recordings({"one": ["a"], "two": ["a", "b"]})


def test_the_mean_aligns_rows_by_recording() -> None:
    mean = mean_scores({"0": table({"b": [1, 2], "a": [3, 5]}), "1": table({"a": [6, 8], "b": [0, -1]})})
    pd.testing.assert_frame_equal(mean, table({"a": [4.5, 6.5], "b": [0.5, 0.5]}))


def test_scores_of_a_fold_that_trained_on_the_recording_are_refused() -> None:
    folds = pd.DataFrame({"recording_id": ["a", "b", "c", "d"], "fold": [0, 1, 1, 2]})
    assert check_folds({0: table({"a": [1]}), 1: table({"b": [1]})}, folds) == ["c"]
    with pytest.raises(CanopyError, match=r"recording b has scores of fold 0 but is in fold 1 .*trained on it"):
        check_folds({0: table({"a": [1], "b": [1]})}, folds)
    with pytest.raises(CanopyError, match=r"recording z has scores of fold 0 but is without a fold"):
        check_folds({0: table({"z": [1]})}, folds)


def test_a_recording_without_a_fold_is_named() -> None:
    folds = pd.DataFrame({"recording_id": ["a", "b"], "fold": [3, 1]})
    assert folds_of(["b", "a"], folds).tolist() == [1, 3]
    with pytest.raises(CanopyError, match="recording z has scores but no fold"):
        folds_of(["a", "z"], folds)


def test_framewise_logits_come_back_from_disk(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    blocks = {"a": rng.normal(size=(5, 3)), "b": rng.normal(size=(2, 3))}
    save(framewise_of(blocks, frame_s=0.01), tmp_path / "f" / "framewise.npy")
    found = read_framewise(tmp_path / "f" / "framewise.npy")
    assert isinstance(found.values, np.memmap)
    assert found.values.dtype == np.float16
    np.testing.assert_array_equal(np.load(tmp_path / "f" / "framewise.npy"), found.values)
    for recording, block in blocks.items():
        np.testing.assert_array_equal(found.of(recording), block.astype(np.float16))
    assert found.frame_s("b") == 0.01
    assert (tmp_path / "f" / "framewise.csv").read_text() == (
        "recording_id,first_frame,n_frames,frame_s\na,0,5,0.01\nb,5,2,0.01\n"
    )
    assert {path.name for path in (tmp_path / "f").iterdir()} == {"framewise.npy", "framewise.csv"}


def test_an_index_that_does_not_fit_its_array_is_refused(tmp_path: Path) -> None:
    save(framewise_of({"a": np.zeros((5, 1))}), tmp_path / "framewise.npy")
    (tmp_path / "framewise.csv").write_text("recording_id,first_frame,n_frames,frame_s\na,0,4,0.5\n")
    with pytest.raises(CanopyError, match=r"framewise\.npy holds 5 frames, which .*framewise\.csv does not account"):
        read_framewise(tmp_path / "framewise.npy")


def test_a_block_of_another_number_of_species_is_never_written(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"a: values of shape \(2, 1\) in an array of 3 values per frame"):
        write_framewise([("a", np.zeros((2, 1)))], tmp_path / "framewise.npy", n_species=3, frame_s=0.5)
    assert list(tmp_path.iterdir()) == []


def test_joined_frames_stand_in_the_order_of_recordings(tmp_path: Path) -> None:
    parts = {
        "0": framewise_of({"c": np.full((2, 1), 3.0), "a": np.full((1, 1), 1.0)}),
        "1": framewise_of({"b": np.full((3, 1), 2.0)}),
    }
    join_framewise(parts, tmp_path / "framewise.npy")
    found = read_framewise(tmp_path / "framewise.npy")
    np.testing.assert_array_equal(found.values[:, 0], [1, 2, 2, 2, 3, 3])
    assert found.index.recording_id.tolist() == ["a", "b", "c"]
    assert found.index.first_frame.tolist() == [0, 1, 4]


def test_combined_frames_are_the_weighted_sum(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    blocks = [{"b": rng.normal(size=(3, 2)), "a": rng.normal(size=(4, 2))} for _ in range(2)]
    parts = {str(number): framewise_of(block) for number, block in enumerate(blocks)}
    combine_framewise(parts, [0.25, 0.75], tmp_path / "framewise.npy")
    found = read_framewise(tmp_path / "framewise.npy")
    for recording in "ab":
        expected = 0.25 * blocks[0][recording] + 0.75 * blocks[1][recording]
        np.testing.assert_allclose(found.of(recording), expected, atol=4e-3)


def test_parts_of_other_frames_are_interpolated_to_the_finest(tmp_path: Path) -> None:
    fine = framewise_of({"a": np.zeros((9, 2))}, frame_s=0.25)
    ramp = np.array([[0.0, 1.0], [1.0, 3.0], [4.0, 2.0]])
    coarse = framewise_of({"a": ramp}, frame_s=0.6)
    combine_framewise({"coarse": coarse, "fine": fine}, [0.5, 0.5], tmp_path / "framewise.npy")
    found = read_framewise(tmp_path / "framewise.npy")
    times_s = np.arange(9) * 0.25
    for column in range(2):
        expected = np.interp(times_s, [0, 0.6, 1.2], ramp[:, column]) / 2
        np.testing.assert_allclose(found.of("a")[:, column], expected, atol=2e-3)
    assert found.index.frame_s.tolist() == [0.25]


def test_framewise_parts_with_other_recordings_or_species_do_not_mix(tmp_path: Path) -> None:
    one = framewise_of({"a": np.ones((2, 1))})
    more = framewise_of({"a": np.ones((2, 1)), "b": np.ones((2, 1))})
    with pytest.raises(CanopyError, match="recording b is in two but not in one"):
        combine_framewise({"one": one, "two": more}, [0.5, 0.5], tmp_path / "framewise.npy")
    with pytest.raises(CanopyError, match="wide has 3 species, one has 1; it must be the same number"):
        combine_framewise(
            {"one": one, "wide": framewise_of({"a": np.ones((2, 3))})}, [0.5, 0.5], tmp_path / "framewise.npy"
        )


def test_a_recording_of_one_frame_can_be_interpolated(tmp_path: Path) -> None:
    short = framewise_of({"a": np.full((1, 1), 2.0)}, frame_s=4.0)
    parts = {"long": framewise_of({"a": np.zeros((3, 1))}), "short": short}
    combine_framewise(parts, [0.5, 0.5], tmp_path / "framewise.npy")
    np.testing.assert_array_equal(read_framewise(tmp_path / "framewise.npy").of("a"), np.ones((3, 1)))


def fold_files(folder: Path, fold: int, scores: pd.DataFrame) -> None:
    """Write a fold's scores, and two frames of them per recording."""
    files.write_table(scores, folder / str(fold) / "scores.csv")
    logits = scores[species_of(scores)].to_numpy()
    blocks = {one: np.tile(row, (2, 1)) for one, row in zip(scores.recording_id, logits, strict=True)}
    save(framewise_of(blocks), folder / str(fold) / "framewise.npy")


def merge(folder: Path, settings: Mapping[str, object]) -> None:
    merge_oof.main(
        [
            *("--folds", f"{folder}/folds.csv", "--annotations", f"{folder}/train.csv"),
            *("--train-recordings", f"{folder}/train_recordings.csv"),
            *("--scores", f"{folder}/0/scores.csv", f"{folder}/1/scores.csv"),
            *("--framewise", f"{folder}/0/framewise.npy", f"{folder}/1/framewise.npy"),
            *("--output-scores", f"{folder}/oof/scores.csv", "--output-framewise", f"{folder}/oof/framewise.npy"),
            *("--metrics", f"{folder}/oof/metrics.csv", "--settings", json.dumps(settings)),
        ]
    )


@pytest.fixture
def folds_folder(tmp_path: Path) -> Path:
    fold_files(tmp_path, 0, table({"d": [4.0, -1.0], "a": [1.0, 2.0]}))
    fold_files(tmp_path, 1, table({"b": [0.5, 3.0]}))
    (tmp_path / "folds.csv").write_text("recording_id,fold\na,0\nb,1\nc,1\nd,0\n")
    (tmp_path / "train_recordings.csv").write_text("recording_id,reviewed,species\na,all,\nb,all,\nc,all,\nd,all,\n")
    (tmp_path / "train.csv").write_text(
        "recording_id,species,songtype,onset_s,offset_s,low_hz,high_hz,polarity\n"
        "a,s0,1,0.0,0.5,10,20,1\nb,s1,1,0.0,0.5,10,20,1\nd,s0,1,0.0,0.5,10,20,1\n"
    )
    return tmp_path


def test_merge_oof_joins_folds_scores_them_and_names_what_is_missing(
    folds_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"bootstrap": {"replicates": 20, "seed": 1}}
    merge(folds_folder, settings)
    out = capsys.readouterr().out
    assert "no predictions for 1 recordings, left out: c\n" in out
    assert "out of fold: window_average_precision 1.000 [" in out  # of two species, ranks tell nothing
    assert (folds_folder / "oof" / "scores.csv").read_text() == "recording_id,s0,s1\na,1.0,2.0\nb,0.5,3.0\nd,4.0,-1.0\n"
    assert read_framewise(folds_folder / "oof" / "framewise.npy").of("d").tolist() == [[4, -1], [4, -1]]
    metrics = pd.read_csv(folds_folder / "oof" / "metrics.csv", keep_default_na=False)
    assert metrics.iloc[0][["metric", "species", "value", "n"]].tolist() == ["lwlrap", "", 2.5 / 3, 3]
    assert {"lwlrap", "lwlrap_frame", "average_precision", "roc_auc", "f1", "psds1"} <= set(metrics.metric)
    written = [(folds_folder / "oof" / name).read_bytes() for name in ("scores.csv", "framewise.npy", "metrics.csv")]
    merge(folds_folder, settings)
    assert written == [
        (folds_folder / "oof" / name).read_bytes() for name in ("scores.csv", "framewise.npy", "metrics.csv")
    ]


def test_merge_oof_refuses_files_of_other_folds_than_said(folds_folder: Path) -> None:
    with pytest.raises(CanopyError, match="recording d has scores of fold 1 but is in fold 0"):
        merge(folds_folder, {"folds": [1, 0]})


def test_merge_test_averages_the_folds(tmp_path: Path) -> None:
    fold_files(tmp_path, 0, table({"d": [4.0, -1.0], "a": [1.0, 2.0]}))
    fold_files(tmp_path, 1, table({"a": [2.0, 4.0], "d": [0.0, 0.0]}))
    merge_test.main(
        [
            *("--scores", f"{tmp_path}/0/scores.csv", f"{tmp_path}/1/scores.csv"),
            *("--framewise", f"{tmp_path}/0/framewise.npy", f"{tmp_path}/1/framewise.npy"),
            *("--output-scores", f"{tmp_path}/scores.csv", "--output-framewise", f"{tmp_path}/framewise.npy"),
        ]
    )
    assert (tmp_path / "scores.csv").read_text() == "recording_id,s0,s1\na,1.5,3.0\nd,2.0,-0.5\n"
    assert read_framewise(tmp_path / "framewise.npy").of("a").tolist() == [[1.5, 3], [1.5, 3]]


def test_evaluate_test_merges_songtypes_before_it_compares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scores = score_table(["a", "b"], np.array([[1.0, 2.0, 5.0], [4.0, 3.0, 1.0]]), ["s3", "s17_1", "s17_4"])
    files.write_table(scores, tmp_path / "scores.csv")
    (tmp_path / "events.csv").write_text("recording_id,species_id,songtype_id\na,17,1\nb,17,4\nbroken,3,1\n")
    settings = {"classes": "species_songtype", "bootstrap": {"replicates": 20, "seed": 1}}
    arguments = ["--scores", f"{tmp_path}/scores.csv", "--truth", f"{tmp_path}/events.csv"]
    evaluate_test.main([*arguments, "--metrics", f"{tmp_path}/metrics.csv", "--settings", json.dumps(settings)])
    out = capsys.readouterr().out
    assert "1 recordings of the truth have no scores and are left out: broken\n" in out
    assert "test: lwlrap 0.750 [" in out
    assert "test: roc_auc: no labels to compute it from\n" in out
    assert (tmp_path / "metrics.csv").read_text().splitlines()[1].startswith("lwlrap,,0.75,")
