"""The detections that the report shows: which, how they scored, what is seen and heard of them."""

import base64
import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from PIL import Image
from scipy.special import expit
from sklearn.metrics import average_precision_score, precision_recall_curve

from canopy.evaluation.metrics.tables import oof_metrics
from canopy.report.detections.candidates import GUARD_S, extent, marked, unmarked
from canopy.report.detections.choose import KINDS, choose
from canopy.report.detections.clips import clip, plain_probability, window
from canopy.report.detections.curves import precision_recall
from canopy.report.detections.sound import mp3, playable_hz, read_clip
from canopy.report.detections.spectrogram import HEIGHT, jpeg, spectrogram
from canopy.report.run import Run
from canopy.report.sections.registry import payload
from canopy.runtime import files
from canopy.runtime.errors import CanopyError
from report_tree import HOP_S, N_FRAMES, SPECIES, Tree, make_tree

RATE_HZ = 16000


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return make_tree(tmp_path_factory.mktemp("detections") / "results")


@pytest.fixture(scope="module")
def run(tree: Tree) -> Run:
    return tree.run()


def tone(frequency_hz: float, seconds: float, rate_hz: int = RATE_HZ) -> Any:
    return np.sin(2 * np.pi * frequency_hz * np.arange(round(seconds * rate_hz)) / rate_hz).astype(np.float32)


def candidates(rows: list[tuple[str, str, float]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["species", "truth", "logit"])
    return table.assign(recording_id=[f"r{number:02d}" for number in range(len(rows))], onset_s=0.0)


def test_marked_boxes_score_as_in_the_metrics(run: Run) -> None:
    boxes = marked(run.predictions)
    table = oof_metrics(
        run.scores,
        run.framewise,
        annotations=run.annotations,
        train_recordings=run.train_recordings,
        replicates=10,
    )
    values = table[table["metric"] == "box_average_precision"].set_index("species")["value"]
    for name in SPECIES:
        mine = boxes[boxes["species"] == name]
        assert average_precision_score(mine["truth"] == "confirmed", mine["logit"]) == pytest.approx(values[name])


def test_unmarked_peaks_are_the_highest_frames_outside_the_species_boxes(run: Run) -> None:
    peaks = unmarked(run.predictions)
    assert len(peaks) == len(run.scores) * len(SPECIES)
    assert set(peaks["truth"]) == {"unmarked"}
    time_s = np.arange(N_FRAMES) * HOP_S
    for peak in peaks.to_dict("records"):
        logits = np.asarray(run.framewise.of(peak["recording_id"]), dtype=float)[:, SPECIES.index(peak["species"])]
        mine = run.annotations[
            (run.annotations["recording_id"] == peak["recording_id"]) & (run.annotations["species"] == peak["species"])
        ]
        free = np.ones(N_FRAMES, dtype=bool)
        for onset_s, offset_s in mine[["onset_s", "offset_s"]].to_numpy():
            free &= (time_s < onset_s - GUARD_S - 1e-6) | (time_s > offset_s + GUARD_S + 1e-6)
        assert peak["logit"] == logits[free].max()
        assert peak["onset_s"] <= time_s[free][np.argmax(logits[free])] <= peak["offset_s"]
        inside = (time_s >= peak["onset_s"] - 1e-6) & (time_s <= peak["offset_s"] + 1e-6)
        assert free[inside].all()


def test_peaks_of_reviewed_recordings_are_false_alarms(tree: Tree) -> None:
    run = tree.run()
    run.train_recordings.loc[0, "reviewed"] = "all"
    peaks = unmarked(run.predictions)
    first = peaks["recording_id"] == run.train_recordings["recording_id"][0]
    assert set(peaks.loc[first, "truth"]) == {"absent"}
    assert set(peaks.loc[~first, "truth"]) == {"unmarked"}


def test_a_peak_reaches_down_to_half_its_probability() -> None:
    probability = np.array([0.1, 0.34, 0.5, 0.8, 0.41, 0.39, 0.7])
    logits = np.log(probability / (1 - probability))
    assert extent(logits, 3, longest_side=9) == (2, 4)
    assert extent(logits, 3, longest_side=1) == (2, 4)
    assert extent(logits, 6, longest_side=9) == (2, 6)
    assert extent(np.zeros(5), 2, longest_side=9) == (0, 4)


def test_the_best_the_worst_the_false_alarms_and_the_unmarked_are_chosen() -> None:
    rows = [("a", "confirmed", float(score)) for score in (5, 1, 3, 4, 2, 0)]
    rows += [("a", "refuted", float(score)) for score in (-1, 6, -3)]
    rows += [("a", "absent", 2.0), ("a", "unmarked", 9.0), ("a", "unmarked", -9.0)]
    found = choose(candidates(rows), per_kind=2, at_most=100)
    assert {kind: part["logit"].tolist() for kind, part in found.groupby("kind")} == {
        "best": [5, 4],
        "worst": [0, 1],
        "false": [6, 2],
        "unmarked": [9, -9],
    }
    assert found["rank"].tolist() == [1, 2] * 4
    assert list(dict.fromkeys(found["kind"])) == list(KINDS)


def test_no_box_is_shown_twice() -> None:
    found = choose(candidates([("a", "confirmed", float(score)) for score in range(3)]), per_kind=3, at_most=100)
    assert found["logit"].tolist() == [2, 1, 0]
    assert found["kind"].tolist() == ["best", "best", "worst"]


def test_what_is_shown_in_all_is_shared_among_species_and_kinds() -> None:
    rows = [(name, "confirmed", float(score)) for name in ("s2", "s10") for score in range(8)]
    rows += [("s2", "refuted", float(score)) for score in range(8)]
    every = choose(candidates(rows), per_kind=3, at_most=100)
    assert every["species"].drop_duplicates().tolist() == ["s2", "s10"]
    few = choose(candidates(rows), per_kind=3, at_most=5)
    assert sorted(zip(few["species"], few["kind"], strict=True)) == [
        ("s10", "best"),
        ("s10", "worst"),
        ("s2", "best"),
        ("s2", "false"),
        ("s2", "worst"),
    ]
    assert choose(candidates(rows), per_kind=3, at_most=0).empty
    assert choose(candidates([]), per_kind=3, at_most=9).empty


def test_precision_and_recall_are_scikit_learns() -> None:
    rng = np.random.default_rng(1)
    scores = np.round(rng.normal(size=200), 1)
    truth = rng.random(200) < expit(scores)
    precision, recall, threshold = precision_recall_curve(truth, scores)
    curve = precision_recall(truth, scores)
    assert curve is not None
    np.testing.assert_allclose(curve.threshold, threshold[::-1])
    np.testing.assert_allclose(curve.precision, precision[:-1][::-1])
    np.testing.assert_allclose(curve.recall, recall[:-1][::-1])
    area = np.sum(np.diff(curve.recall, prepend=0) * curve.precision)
    assert area == pytest.approx(average_precision_score(truth, scores))
    assert (curve.n_positive, curve.n_negative) == (truth.sum(), (~truth).sum())


def test_a_long_curve_is_thinned_and_keeps_its_ends() -> None:
    scores = np.linspace(1, 0, 5000)
    whole = precision_recall(np.arange(5000) % 3 == 0, scores, max_points=5000)
    thin = precision_recall(np.arange(5000) % 3 == 0, scores, max_points=50)
    assert whole is not None
    assert thin is not None
    assert len(thin.recall) == 50
    assert (thin.threshold[0], thin.threshold[-1], thin.recall[-1]) == (1.0, 0.0, 1.0)
    assert set(thin.precision) <= set(whole.precision)


@pytest.mark.parametrize("truth", [[True, True], [False, False], []])
def test_there_is_no_curve_of_one_kind_alone(truth: list[bool]) -> None:
    assert precision_recall(truth, np.zeros(len(truth))) is None


@pytest.mark.parametrize(
    ("onset_s", "offset_s", "expected"),
    [
        (10.0, 12.0, (9.0, 13.0)),
        (10.0, 10.2, (8.6, 11.6)),
        (0.2, 0.4, (0.0, 3.0)),
        (29.5, 30.0, (27.0, 30.0)),
        (10.0, 25.0, (9.0, 17.0)),
    ],
)
def test_a_clip_has_a_second_to_either_side_within_the_recording(
    onset_s: float, offset_s: float, expected: tuple[float, float]
) -> None:
    assert window(onset_s, offset_s, 30.0) == pytest.approx(expected)


def test_a_recording_shorter_than_a_clip_is_shown_whole() -> None:
    assert window(0.5, 1.0, 1.5) == (0.0, 1.5)


def test_a_clip_is_cut_where_it_was_asked_for(tmp_path: Path) -> None:
    stereo = np.stack([np.zeros(3 * RATE_HZ), np.zeros(3 * RATE_HZ)], axis=1)
    stereo[RATE_HZ : 2 * RATE_HZ] = 0.5 * tone(1000, 1.0)[:, None] * [1.0, 0.5]
    sf.write(tmp_path / "a.wav", stereo, RATE_HZ, subtype="FLOAT")
    samples, rate_hz = read_clip(tmp_path / "a.wav", 1.0, 2.0, wanted_hz=RATE_HZ)
    assert rate_hz == RATE_HZ
    np.testing.assert_allclose(samples, 0.375 * tone(1000, 1.0), atol=1e-6)


def test_sound_is_resampled_to_what_the_networks_hear(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", 0.5 * tone(3000, 2.0, 96000), 96000)
    samples, rate_hz = read_clip(tmp_path / "a.wav", 0.5, 1.5, wanted_hz=20000)
    assert (rate_hz, len(samples)) == (22050, 22050)
    assert np.argmax(np.abs(np.fft.rfft(samples))) == 3000


@pytest.mark.parametrize(
    ("rate_hz", "expected"), [(4000, 8000), (16000, 16000), (16001, 22050), (44100, 44100), (250000, 48000)]
)
def test_rates_are_those_of_mp3(rate_hz: int, expected: int) -> None:
    assert playable_hz(rate_hz) == expected


def test_a_recording_that_is_gone_is_named(tmp_path: Path) -> None:
    files.write_text("not audio", tmp_path / "a.flac")
    with pytest.raises(CanopyError, match=r"a\.flac: cannot be decoded .* report\.detections to 0"):
        read_clip(tmp_path / "a.flac", 0, 1, wanted_hz=RATE_HZ)


def test_sound_survives_packing_in_place_and_at_full_level() -> None:
    samples = np.concatenate([np.zeros(RATE_HZ), 0.01 * tone(2000, 1.0), np.zeros(RATE_HZ)]).astype(np.float32)
    heard, rate_hz = sf.read(io.BytesIO(mp3(samples, RATE_HZ)))
    assert (rate_hz, len(heard)) == (RATE_HZ, len(samples))
    assert np.abs(heard).max() == pytest.approx(0.9, abs=0.1)
    similarity = np.corrcoef(heard, samples)[0, 1]
    assert similarity > 0.98


def test_silence_and_the_shortest_sound_can_be_packed() -> None:
    for samples in (np.zeros(RATE_HZ, np.float32), np.ones(3, np.float32)):
        assert len(mp3(samples, RATE_HZ)) > 0


def test_packing_gives_the_same_bytes_and_spares_the_samples() -> None:
    samples = tone(500, 0.5)
    before = samples.copy()
    assert mp3(samples, RATE_HZ) == mp3(samples, RATE_HZ)
    np.testing.assert_array_equal(samples, before)


def test_a_call_is_dark_where_it_is_in_time_and_frequency() -> None:
    samples = np.random.default_rng(2).normal(0, 1e-3, 4 * RATE_HZ).astype(np.float32)
    samples[RATE_HZ : 2 * RATE_HZ] += tone(2000, 1.0)
    grey = spectrogram(samples, RATE_HZ, high_hz=8000)
    assert grey.shape == (HEIGHT, 400)
    row = round(HEIGHT * (1 - 2000 / 8000))
    assert grey[row - 2 : row + 2, 105:195].min(axis=0).max() < 40
    assert np.median(grey[: HEIGHT // 2, 220:]) > 150
    assert np.median(grey[row - 2 : row + 2, 220:]) > 150
    narrow = spectrogram(samples, RATE_HZ, high_hz=4000)
    row = round(HEIGHT * (1 - 2000 / 4000))
    assert narrow[row - 2 : row + 2, 105:195].min(axis=0).max() < 40


def test_a_picture_of_silence_is_white_and_of_nothing_is_one_column() -> None:
    assert (spectrogram(np.zeros(RATE_HZ), RATE_HZ, high_hz=8000) == 255).all()
    assert spectrogram(np.zeros(10), RATE_HZ, high_hz=8000).shape == (HEIGHT, 1)


def test_a_clip_holds_its_recordings_frames_boxes_picture_and_sound(run: Run) -> None:
    chosen = choose(marked(run.predictions), per_kind=1, at_most=100).to_dict("records")[0]
    listing = run.recordings["train"].set_index("recording_id")
    found = clip(
        {str(name): value for name, value in chosen.items()},
        run.predictions,
        path=str(listing.at[chosen["recording_id"], "path"]),
        duration_s=N_FRAMES * HOP_S,
        fold=2,
        sample_rate_hz=RATE_HZ,
        high_hz=7500.0,
        probability=plain_probability,
    )
    assert found["score"] == pytest.approx(expit(chosen["logit"]))
    assert (found["kind"], found["rank"], found["fold"], found["top"]) == ("best", 1, 2, 7500.0)
    logits = np.asarray(run.framewise.of(found["recording"]), dtype=float)
    for which, name in (("curve", found["species"]), ("rival_curve", found["rival"])):
        values = np.frombuffer(base64.b64decode(found[which]["values"]), dtype=np.uint8) / 255
        first = round(found[which]["first"] / HOP_S)
        expected = expit(logits[first : first + len(values), SPECIES.index(name)])
        np.testing.assert_allclose(values, expected, atol=0.002)
        assert found[which]["first"] >= found["start"] - 1e-6
        assert found[which]["first"] + (len(values) - 1) * HOP_S <= found["end"] + 1e-6
    others = [name for name in SPECIES if name != found["species"]]
    inside = logits[int(found["onset"] / HOP_S) : int(found["offset"] / HOP_S) + 1]
    assert found["rival"] == max(others, key=lambda name: inside[:, SPECIES.index(name)].max())
    assert [found["species"], found["onset"], found["offset"], found["low"], found["high"], 1] in found["boxes"]
    sound, rate_hz = sf.read(io.BytesIO(base64.b64decode(found["sound"])))
    assert len(sound) / rate_hz == pytest.approx(found["end"] - found["start"], abs=0.001)
    picture = Image.open(io.BytesIO(base64.b64decode(found["picture"])))
    assert picture.size == (round(100 * (found["end"] - found["start"])), HEIGHT)


def test_jpeg_keeps_the_picture() -> None:
    grey = np.tile(np.linspace(0, 255, 200).astype(np.uint8), (HEIGHT, 1))
    again = np.asarray(Image.open(io.BytesIO(jpeg(grey))))
    assert np.abs(again.astype(int) - grey).max() < 12


def test_payload_lists_species_recordings_and_as_many_detections_as_asked_for(run: Run) -> None:
    found = payload(run, n_detections=1, max_detections=100)
    assert [one["name"] for one in found["species"]] == run.species
    assert len(found["clips"]) == 4 * len(SPECIES)
    assert [one["recording"] for one in found["recordings"]] == run.scores["recording_id"].tolist()
    for one in found["recordings"]:
        logits = run.scores.set_index("recording_id").loc[one["recording"]].astype(float)
        assert one["highest"][0] == [logits.idxmax(), pytest.approx(expit(logits.max()), abs=1e-4)]
    assert payload(run, n_detections=1, max_detections=7)["clips"][6]
    assert payload(run, n_detections=0, max_detections=7)["clips"] == []


def test_curves_are_those_of_boxes_and_of_test_recordings(run: Run) -> None:
    found = payload(run, n_detections=0, max_detections=0)["species"][0]
    assert [curve["title"] for curve in found["curves"]] == ["Boxes, out of fold", "Recordings, test"]
    boxes = marked(run.predictions)
    mine = boxes[boxes["species"] == "s1"]
    assert found["curves"][0]["n_positive"] == (mine["truth"] == "confirmed").sum()
    assert run.truth is not None
    assert run.test_scores is not None
    held = run.test_scores["recording_id"].isin(run.truth.loc[run.truth["species"] == "s1", "recording_id"])
    precision, recall, _ = precision_recall_curve(held, run.test_scores["s1"])
    np.testing.assert_allclose(found["curves"][1]["precision"], precision[:-1][::-1], atol=1e-4)
    np.testing.assert_allclose(found["curves"][1]["recall"], recall[:-1][::-1], atol=1e-4)


def test_reviewed_recordings_have_a_curve_of_their_own(tree: Tree) -> None:
    run = tree.run()
    run.train_recordings["reviewed"] = "all"
    titles = [curve["title"] for curve in payload(run, n_detections=0, max_detections=0)["species"][0]["curves"]]
    assert titles == ["Boxes, out of fold", "Recordings, out of fold", "Recordings, test"]
