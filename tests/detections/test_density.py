"""Call density: windows of all that was scored, drawn by bands of scores, and what verdicts on them say."""

import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from canopy.detections.review.choose import choose
from canopy.detections.review.density import TOO_FEW, call_density, n_windows
from canopy.detections.review.offer import new_clips
from canopy.detections.review.recalibrate import recalibrated
from canopy.detections.review.strategies.windows import rank_bands, root_shares
from canopy.detections.review.table import ReviewTable
from canopy.detections.review.windows import Windows, scored_windows
from canopy.evaluation.calibration.calibrator import calibrator
from canopy.evaluation.calibration.drawn import share_of, share_of_bands
from canopy.inference.apply.kept import Chunk, Kept
from canopy.runtime.files import write_table
from simulated_reviews import simulate_density

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow" / "scripts"))
import recalibrate

RECORDINGS = [f"{site}_202405{day:02d}_060000" for site in ("wood", "lake") for day in (1, 2)]


def windows(n_each: int, species: str = "owl") -> tuple[pd.DataFrame, np.ndarray]:
    """Return windows of four recordings, and in which the species calls: at the lake alone, in a quarter."""
    rng = np.random.default_rng(1)
    ids = np.repeat(RECORDINGS, n_each)
    truth = np.char.startswith(ids.astype(str), "lake") & (rng.random(len(ids)) < 0.25)
    score = rng.normal(3.0 * truth, 1.0)
    onset_s = 5.0 * np.tile(np.arange(n_each), len(RECORDINGS))
    table = pd.DataFrame({"recording_id": ids, "path": ids + ".wav", "species": species, "onset_s": onset_s})
    return table.assign(
        offset_s=onset_s + 5, score=score, probability=1 / (1 + np.exp(-score)), threshold=np.nan
    ), truth


def rows(drawn: pd.DataFrame, table: pd.DataFrame, truth: np.ndarray) -> list[dict[str, str]]:
    said = pd.Series(np.where(truth, "yes", "no"), index=[table["recording_id"], table["onset_s"]])
    verdicts = [said[key] for key in zip(drawn["recording_id"], drawn["onset_s"], strict=True)]
    told = drawn.assign(verdict=verdicts, asked="owl", round=1, clip_start_s=drawn["onset_s"], clip_onset_s=0.0)
    return [{str(name): str(value) for name, value in row.items()} for row in told.to_dict("records")]


def listing(n_each: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "recording_id": RECORDINGS,
            "duration_s": 5.0 * n_each,
            "site": ["wood", "wood", "lake", "lake"],
            "day": ["2024-05-01", "2024-05-02"] * 2,
        }
    )


def test_bands_halve_towards_the_top_and_larger_ones_get_more_clips() -> None:
    assert np.bincount(rank_bands(640, 6)).tolist() == [320, 160, 80, 40, 20, 20]
    assert root_shares(30, np.array([400, 100, 4])) == [19, 9, 2]
    assert root_shares(7, np.array([400, 2, 1])) == [5, 1, 1]
    assert sum(root_shares(503, np.array([400, 100, 4]))) == 503


def test_density_is_that_of_all_windows_and_of_each_site_and_day() -> None:
    table, truth = windows(500)
    drawn = choose([(table, {"windows": 200})], seed=1)
    found = call_density(rows(drawn, table, truth), listing(500), window_s=5.0)
    assert dict(zip(zip(found["by"], found["value"], strict=True), found["windows"], strict=True)) == {
        ("all", ""): 2000,
        **dict.fromkeys([("site", "lake"), ("site", "wood"), ("day", "2024-05-01"), ("day", "2024-05-02")], 1000),
    }
    lake = np.char.startswith(table["recording_id"].to_numpy().astype(str), "lake")
    places = [(("all", ""), np.ones(2000, dtype=bool)), (("site", "lake"), lake), (("site", "wood"), ~lake)]
    numbers = found[["density", "low", "high"]].to_numpy(float)
    figures = dict(zip(zip(found["by"], found["value"], strict=True), numbers.tolist(), strict=True))
    for place, there in places:
        assert figures[place][1] <= truth[there].mean() <= figures[place][2], place
    assert figures[places[0][0]][0] == pytest.approx(truth.mean(), abs=0.05)
    assert figures[places[1][0]][1] > figures[places[2][0]][0] == 0


def test_little_is_not_told_and_unsure_counts_neither_way() -> None:
    table, truth = windows(50)
    said = rows(choose([(table, {"windows": 30})], seed=1), table, truth)
    for row in said[:25]:
        row["verdict"] = "unsure"
    found = call_density(said, listing(50), window_s=5.0).iloc[0]
    assert (found["judged"], found["unsure"], found["note"]) == (5, 25, TOO_FEW)
    assert np.isnan(found["density"])
    others = [{**row, "verdict": "yes", "species": "wren"} for row in said]
    assert call_density(others, listing(50), window_s=5.0)["yes"].eq(0).all()
    assert call_density([{**row, "why": "random"} for row in said], listing(50), window_s=5.0).empty


def test_all_windows_heard_leave_no_doubt() -> None:
    table, truth = windows(20)
    drawn = choose([(table, {"windows": 999})], seed=1)
    row = call_density(rows(drawn, table, truth), listing(20), window_s=5.0).iloc[0]
    assert row["density"] == row["low"] == row["high"] == truth.mean()


def test_in_one_band_both_intervals_are_much_the_same() -> None:
    verdicts = np.arange(40) < 13
    one, other = (of(verdicts, np.full(40, 7.0), 280) for of in (share_of, share_of_bands))
    assert one.precision == pytest.approx(other.precision)
    assert (one.low, one.high) == pytest.approx((other.low, other.high), abs=0.01)


def test_yes_and_no_are_treated_alike() -> None:
    verdicts, weight = np.arange(60) % 7 == 0, np.repeat([50.0, 9.0, 3.0], 20)
    yes, no = (share_of_bands(one, weight, 1240) for one in (verdicts, ~verdicts))
    assert (yes.precision, yes.low, yes.high) == pytest.approx((1 - no.precision, 1 - no.high, 1 - no.low))


def test_a_second_band_without_a_yes_adds_nothing_to_the_doubt_of_a_wider_one() -> None:
    yes = np.repeat([True, False, False], [4, 40, 40])
    one, two = np.repeat([1.0, 100.0], [4, 40]), np.repeat([1.0, 100.0, 50.0], [4, 40, 40])
    ends = [share_of_bands(yes[: len(one)], one, 4004).high * 4004, share_of_bands(yes, two, 6004).high * 6004]
    assert ends[0] == pytest.approx(ends[1], rel=0.02)


def test_a_window_says_nothing_of_a_detection_nor_the_other_way_round(tmp_path: Path) -> None:
    table, _ = windows(20)
    found = table.iloc[:6].assign(onset_s=table["onset_s"] + 1, offset_s=table["onset_s"] + 2, threshold=0.5)
    review = ReviewTable(tmp_path / "review.csv")
    copies = pd.DataFrame({"recording_id": RECORDINGS, "audio": RECORDINGS})
    counts = {"random": 6, "windows": 80}

    def offer() -> pd.DataFrame:
        new = new_clips(found, review, counts, recordings=copies, seed=1, windows=[("owl", table)])
        review.append(
            [{**row, "clip": f"owl/{at}_x.flac", "asked": "owl"} for at, row in enumerate(new.to_dict("records"))]
        )
        return new

    assert offer()["why"].value_counts().to_dict() == {"windows": 80, "random": 6}
    for row in review.rows:
        row["verdict"] = "no"
    assert offer().empty
    heard = [{**row, "clip_start_s": "0", "clip_onset_s": "1", "verdict": "yes"} for row in review.rows]
    assert recalibrated(found, heard, wanted=[], few=1)[["yes", "detections"]].to_numpy().tolist() == [[6, 6]]


def test_windows_hold_the_highest_score_of_their_frames_and_copies_count_once(tmp_path: Path) -> None:
    kept = Kept(tmp_path, "s")
    frames = np.full((121, 2), -3.0, np.float16)
    frames[[10, 52, 120], 1] = 1, 2, 3
    blank = np.zeros((1, 2), np.float32)
    kept.write(Chunk(frames, blank, blank), "sound", 60, 0)
    recordings = pd.DataFrame(
        {"recording_id": ["b", "a"], "path": ["x/b", "x/a"], "audio": "sound", "chunk_s": 60, "duration_s": 12.0}
    )
    found = scored_windows(recordings, kept, window_s=5.0, frame_s=0.1)
    assert found.places.to_numpy().tolist() == [
        ["a", "x/a", 0.0, 5.0],
        ["a", "x/a", 5.0, 10.0],
        ["a", "x/a", 10.0, 12.0],
    ]
    assert found.logits[:, 1].tolist() == [1, 2, 3]
    assert n_windows(12.0, 5.0) == len(found.places)
    calibration = pd.DataFrame(
        {"species": ["owl", "wren"], "scale": 2.0, "offset": 0.0, "basis": "reviewed", "note": ""}
    )
    ranges = pd.DataFrame({"low_hz": [np.nan, 500.0], "high_hz": [np.nan, 900.0]})
    (_, (name, wren)) = Windows(found.places, found.logits).by_species(
        ["owl", "wren"], ranges, calibrator(calibration, ["owl", "wren"])
    )
    assert (name, wren["low_hz"].tolist()) == ("wren", [500.0] * 3)
    np.testing.assert_allclose(wren["probability"], 1 / (1 + np.exp(-2 * wren["score"])))


def test_the_script_writes_density_beside_precision(tmp_path: Path) -> None:
    table, truth = windows(40)
    drawn = choose([(table, {"windows": 60})], seed=1)
    review = tmp_path / "reviews" / "new-1" / "review-new-1.csv"
    review.parent.mkdir(parents=True)
    told = pd.DataFrame(rows(drawn, table, truth))
    told = told.assign(clip=[f"owl/{at}_x.flac" for at in range(len(told))])
    ReviewTable(review).append(told.to_dict("records"))
    given = listing(40).drop(columns=["site", "day"]).assign(path="x.wav", problem="", note="")
    write_table(given, tmp_path / "recordings.csv")
    write_table(given[["recording_id", "path"]].assign(audio=given["recording_id"]), tmp_path / "found.csv")
    write_table(table.iloc[:0], tmp_path / "detections.csv")
    settings = {"wanted": [0.9], "few": 10, "window_s": 5.0, "file_names": "(?P<plot>never).*"}
    paths = {"reviews": str(review.parent), "verdicts": None}
    recalibrate.main(
        [
            *("--settings", json.dumps(settings), "--paths", json.dumps(paths)),
            *("--detections", str(tmp_path / "detections.csv"), "--recordings", str(tmp_path / "recordings.csv")),
            *("--found", str(tmp_path / "found.csv"), "--output", str(tmp_path / "recalibrated.csv")),
            *("--density", str(tmp_path / "density.csv")),
        ]
    )
    found = pd.read_csv(tmp_path / "density.csv")
    assert found["windows"].tolist() == [160, 80, 80, 80, 80]
    assert found["value"].tolist()[1:] == ["lake", "wood", "2024-05-01", "2024-05-02"]
    assert found["judged"][0] == 60
    assert pd.read_csv(tmp_path / "recalibrated.csv").empty


def test_simulated_densities_are_near_the_truth_and_intervals_hold_it() -> None:
    error, held = simulate_density(60, 100, n_windows=1000, density=0.2, apart=2.0, seed=7)
    assert abs(error) < 0.02
    assert held >= 0.85
