"""From scores to a submission."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from scipy.stats import rankdata

import write_submission as script
from canopy.data.sample_submission import check_recordings, read_sample, sample_species
from canopy.inference.submission.make import (
    check_submission,
    make_submission,
    merge_classes,
    ranked_probabilities,
)
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import read_table


def recordings_table(problems: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "recording_id": list(problems),
            "path": "",
            "duration_s": 1.0,
            "sample_rate_hz": 8000,
            "channels": 1,
            "problem": list(problems.values()),
        }
    )


def scores_table(ids: Sequence[str], columns: Sequence[str] = ("s1", "s2", "s10"), seed: int = 1) -> pd.DataFrame:
    table = pd.DataFrame(np.random.default_rng(seed).normal(0, 3, (len(ids), len(columns))), columns=list(columns))
    table.insert(0, "recording_id", list(ids))
    return table


def sample_table(ids: Sequence[str], columns: Sequence[str] = ("s10", "s1", "s2")) -> pd.DataFrame:
    return pd.DataFrame({"recording_id": list(ids), **dict.fromkeys(columns, "0.5")})


def test_probabilities_rank_as_logits_do_even_where_the_sigmoid_saturates() -> None:
    rng = np.random.default_rng(2)
    logits = np.concatenate([rng.normal(0, 5, 300), rng.normal(45, 3, 200), rng.normal(-800, 30, 200), [0.5, 0.5]])
    logits = rng.permutation(logits).reshape(-1, 2)
    found = ranked_probabilities(logits)
    np.testing.assert_array_equal(rankdata(found), rankdata(logits))
    np.testing.assert_allclose(found, expit(logits), rtol=1e-12, atol=1e-300)
    assert len(np.unique(expit(logits))) < len(np.unique(logits)), "scipy's alone would tie"
    assert found.min() >= 0
    assert found.max() <= 1


def test_submission_has_the_samples_rows_and_columns_in_its_order() -> None:
    scores, sample = scores_table(["a", "b", "c"]), sample_table(["c", "a", "b"])
    found = make_submission(scores, recordings_table(dict.fromkeys("abc", "")), sample)
    assert list(found.columns) == ["recording_id", "s10", "s1", "s2"]
    assert list(found["recording_id"]) == ["c", "a", "b"]
    expected = expit(scores.set_index("recording_id").loc[["c", "a", "b"], ["s10", "s1", "s2"]])
    np.testing.assert_allclose(found[["s10", "s1", "s2"]], expected)
    check_submission(found, sample)


def test_without_a_sample_rows_and_columns_are_those_of_the_scores() -> None:
    scores = scores_table(["b", "a"])
    found = make_submission(scores, recordings_table({"a": "", "b": ""}))
    assert list(found.columns) == list(scores.columns)
    assert list(found["recording_id"]) == ["b", "a"]


def test_song_types_are_merged_by_their_maximum() -> None:
    scores = scores_table(["a", "b"], ["s1_1", "s2", "s10_1", "s10_4"])
    sample = sample_table(["a", "b"])
    found = make_submission(scores, recordings_table({"a": "", "b": ""}), sample, classes="species_songtype")
    np.testing.assert_allclose(found["s10"], expit(scores[["s10_1", "s10_4"]].max(axis=1)))
    np.testing.assert_allclose(found["s1"], expit(scores["s1_1"]))
    merged = merge_classes(scores, None, "species_songtype")
    assert list(merged.columns) == ["recording_id", "s1", "s2", "s10"]
    pd.testing.assert_frame_equal(merge_classes(scores, None, "species"), scores)
    with pytest.raises(CanopyError, match=r"the scores have s1_1, s10_1, s10_4, which it does not"):
        make_submission(scores, recordings_table({"a": "", "b": ""}), sample)


def test_unusable_recordings_get_the_mean_of_the_others_and_are_named() -> None:
    scores = scores_table(["a", "c"])
    lines: list[str] = []
    recordings = recordings_table({"a": "", "b": "b.flac is empty", "c": ""})
    sample = sample_table(["a", "b", "c"])
    found = make_submission(scores, recordings, sample, report=lines.append)
    np.testing.assert_allclose(found[["s1", "s2"]].to_numpy()[1], expit(scores[["s1", "s2"]]).mean())
    np.testing.assert_allclose(found.loc[[0, 2], "s1"], expit(scores["s1"]))
    assert lines == ["1 recordings could not be used and get each species' mean probability over the others: b"]
    check_submission(found, sample)


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda table: table.iloc[::-1], "differ from row 1 on"),
        (lambda table: table.iloc[:2], r"rows \(2\) are not the sample's \(3\): they differ from row 3 on"),
        (lambda table: table[["recording_id", "s1", "s2", "s10"]], "columns .* are not the sample's"),
        (lambda table: table.assign(s1=[0.1, np.nan, 0.2]), "row of b holds numbers that are no probabilities"),
        (lambda table: table.assign(s1=[0.1, 0.2, 1.2]), "row of c holds numbers that are no probabilities"),
    ],
)
def test_check_submission_names_the_first_difference(change, found: str) -> None:  # type: ignore[no-untyped-def]
    sample = sample_table(["a", "b", "c"])
    good = sample.astype(dict.fromkeys(["s10", "s1", "s2"], float))
    check_submission(good, sample)
    with pytest.raises(CanopyError, match=found):
        check_submission(change(good), sample)


def test_no_scores_at_all_is_told() -> None:
    with pytest.raises(CanopyError, match="no test recording has scores: see why in the column `problem`"):
        make_submission(scores_table(["a"]).head(0), recordings_table({"a": ""}))


def test_a_sample_of_the_folders_recordings_passes_with_some_missing() -> None:
    check_recordings(sample_table(["a", "b"]), ["b"], sample_path="sample.csv", folder="test")


def test_script_writes_probabilities_that_read_back_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scores = scores_table(["007", "b", "c"])
    scores.to_csv(tmp_path / "scores.csv", index=False)
    recordings_table({"007": "", "b": "", "c": "", "d": "truncated"}).to_csv(tmp_path / "test.csv", index=False)
    (tmp_path / "sample.csv").write_bytes(b"recording_id,s10,s1,s2\r\nd,0,0,0\r\nc,0,0,0\r\n007,0,0,0\r\nb,0,0,0\r\n")
    out = tmp_path / "results/submission.csv"
    script.main(
        [
            *("--settings", json.dumps({"sample_submission": str(tmp_path / "sample.csv")}), "--output", str(out)),
            *("--scores", str(tmp_path / "scores.csv"), "--recordings", str(tmp_path / "test.csv")),
        ]
    )
    found = read_table(out)
    assert list(found["recording_id"]) == ["d", "c", "007", "b"]
    assert found.loc[2, "s10"] == ranked_probabilities(scores[["s1", "s2", "s10"]].to_numpy())[0, 2]
    assert "mean probability over the others: d" in capsys.readouterr().out


@pytest.mark.realdata
def test_real_sample_submission(shared_data: Path) -> None:
    sample = read_sample(shared_data / "rfcx/sample_submission.csv")
    assert len(sample) == 1992
    assert sample_species(sample) == [f"s{number}" for number in range(24)]
