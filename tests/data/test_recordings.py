"""Scanning a folder, probing files, and listing a subset's recordings."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import soundfile as sf

import list_recordings as script
from canopy.data.audio.container import examine, kind_of
from canopy.data.audio.part import BLOCK_SAMPLES
from canopy.data.audio.probe import probe
from canopy.data.recordings import quality
from canopy.data.recordings.folder import scan
from canopy.data.recordings.quality import check_quality, list_recordings, summary
from canopy.data.recordings.table import LISTED, read_recordings, usable
from canopy.runtime.errors import CanopyError
from canopy.runtime.files import write_table

RATE = 8000


def noise(seconds: float = 0.5, channels: int = 1) -> np.ndarray:
    rng = np.random.default_rng(1)
    return rng.uniform(-0.3, 0.3, (int(seconds * RATE), channels)).astype(np.float32)


def test_scan_lists_audio_by_stem_in_order_and_ignores_the_rest(tmp_path: Path) -> None:
    for name in ("b.wav", "a.flac", "c.d.OGG", "notes.txt", ".hidden.wav", "e.m4a"):
        (tmp_path / name).touch()
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "z.wav").touch()
    found = scan(tmp_path)
    assert list(found["recording_id"]) == ["a", "b", "c.d", "e"]
    assert list(found["path"]) == [str(tmp_path / name) for name in ("a.flac", "b.wav", "c.d.OGG", "e.m4a")]


def test_scan_keeps_a_relative_folder_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "a.flac").touch()
    monkeypatch.chdir(tmp_path)
    assert list(scan("train")["path"]) == ["train/a.flac"]


def test_scan_refuses_a_name_that_no_table_can_hold(tmp_path: Path) -> None:
    (tmp_path / "fine.wav").touch()
    Path(str(tmp_path / "caf\udce9.wav")).touch()
    with pytest.raises(CanopyError, match=r"caf\\xe9\.wav' is not UTF-8: rename"):
        scan(tmp_path)


def test_a_snakefile_can_scan_without_decoders(repository: Path) -> None:
    code = (
        "import sys; import canopy.data.recordings.folder, canopy.data.recordings.table, "
        "canopy.data.annotations.folder, canopy.data.annotations.reviewed, "
        "canopy.data.splits.folds, canopy.data.sample_submission; "
        "print({'soundfile', 'pandera', 'librosa', 'tensorflow', 'scipy', 'sklearn', 'kaggle'} & set(sys.modules))"
    )
    shown = subprocess.run(
        [sys.executable, "-c", code], cwd=repository / "workflow/scripts", capture_output=True, text=True, check=True
    )
    assert shown.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("name", "subtype"),
    [
        ("a.flac", "PCM_16"),
        ("a.flac", "PCM_24"),
        ("a.wav", "PCM_16"),
        ("a.wav", "FLOAT"),
        ("a.aiff", "PCM_16"),
        ("a.ogg", "VORBIS"),
        ("a.mp3", "MPEG_LAYER_III"),
        ("a.caf", "PCM_16"),
        ("a.w64", "PCM_16"),
        ("a.au", "PCM_16"),
    ],
)
def test_probe_agrees_with_soundfile_info(tmp_path: Path, name: str, subtype: str) -> None:
    path = tmp_path / name
    sf.write(path, noise(1.0, 2), RATE, subtype=subtype)
    info, found = sf.info(path), probe(path)
    assert found.problem == ""
    assert (found.duration_s, found.sample_rate_hz, found.channels) == (info.duration, info.samplerate, info.channels)


def test_probe_reads_on_past_one_block(tmp_path: Path) -> None:
    sf.write(tmp_path / "long.flac", noise(40.0), RATE)
    assert probe(tmp_path / "long.flac").duration_s == 40.0
    assert 40.0 * RATE > BLOCK_SAMPLES


def test_probe_takes_digital_silence_as_usable(tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", np.zeros(RATE), RATE)
    assert probe(tmp_path / "a.wav").problem == ""


def test_probe_finds_a_single_infinite_sample_and_when_it_is(tmp_path: Path) -> None:
    audio = noise(20.0)[:, 0]
    audio[15 * RATE] = np.inf
    sf.write(tmp_path / "a.wav", audio, RATE, subtype="DOUBLE")
    assert "NaN or infinite samples (the first at 15.00 s)" in probe(tmp_path / "a.wav").problem


@pytest.mark.parametrize("name", ["a.wav", "a.aiff", "a.ogg"])
def test_missing_bytes_count_what_was_cut_off(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    sf.write(path, noise(), RATE)
    data = path.read_bytes()
    assert examine(path).missing_bytes == 0
    path.write_bytes(data[:-100])
    assert examine(path).missing_bytes == 100


def test_a_wav_written_into_a_pipe_is_no_truncated_one(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, noise(), RATE, subtype="PCM_16")
    data = bytearray(path.read_bytes())
    at = data.index(b"data") + 4
    data[at : at + 4] = b"\xff\xff\xff\xff"
    path.write_bytes(data)
    assert examine(path).missing_bytes == 0
    assert probe(path).problem == ""


def test_an_mp3_without_its_length_header_is_usable(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    sf.write(path, noise(2.0), RATE)
    data = path.read_bytes()
    path.write_bytes(data[data.index(data[:2], 4) :])
    assert probe(path).problem == ""


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"fLaC\x00", "FLAC"),
        (b"RIFF\x00\x00\x00\x00WAVE", "WAV"),
        (b"RIFF\x00", "WAV"),
        (b"RIFF\x00\x00\x00\x00AVI ", ""),
        (b"\xff\xfb\x94\xc4", "MP3"),
        (b"\xff\xfe\x41\x00", ""),
        (b"hello", ""),
        (b"", ""),
    ],
)
def test_kind_of_goes_by_the_first_bytes(head: bytes, kind: str) -> None:
    assert kind_of(head) == kind


def test_list_recordings_is_the_same_with_any_number_of_threads(tmp_path: Path) -> None:
    for number in range(12):
        sf.write(tmp_path / f"{number}.flac", noise(0.1 * (number + 1)), RATE)
    (tmp_path / "5.flac").write_bytes(b"")
    one, four = (list_recordings(scan(tmp_path), folder=tmp_path, threads=threads) for threads in (1, 4))
    pd.testing.assert_frame_equal(one, four)
    assert one.loc[one["recording_id"] == "11", "duration_s"].item() == pytest.approx(1.2)


def test_list_recordings_tells_how_far_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quality, "PROGRESS_EVERY_S", 0.0)
    for number in range(3):
        sf.write(tmp_path / f"{number}.wav", noise(), RATE)
    lines: list[str] = []
    list_recordings(scan(tmp_path), folder=tmp_path, report=lines.append)
    assert lines[0].startswith("1 of 3 recordings decoded, about ")
    assert lines[-1] == "3 of 3 recordings decoded, about 0 s left"


def test_recordings_survive_their_table(tmp_path: Path) -> None:
    for name in ("007.wav", "NA.wav", "1e5.wav"):
        sf.write(tmp_path / name, noise(0.3), RATE)
    (tmp_path / "bad.wav").touch()
    table = list_recordings(scan(tmp_path), {"gone": "train_tp.csv"}, folder=tmp_path)
    write_table(table, tmp_path / "train.csv")
    again = read_recordings(tmp_path / "train.csv")
    pd.testing.assert_frame_equal(table, again, check_dtype=False)
    assert list(again["recording_id"]) == ["007", "1e5", "NA", "bad", "gone"]
    assert list(usable(again)["recording_id"]) == ["007", "1e5", "NA"]
    assert "8000,1,,," in (tmp_path / "train.csv").read_text()


def bad_table(n_good: int, n_bad: int) -> pd.DataFrame:
    rows: list[tuple[object, ...]] = [(f"g{n}", "p", 1.0, 1, 1, "", "", "a") for n in range(n_good)]
    rows += [(f"b{n:02d}", "p", None, None, None, f"b{n:02d}.wav is empty", "", "a") for n in range(n_bad)]
    return pd.DataFrame(rows, columns=list(LISTED))


def test_summary_names_ten_bad_recordings_and_counts_the_rest() -> None:
    lines = summary(bad_table(5, 12))
    assert lines[0] == "17 recordings, 12 with problems:"
    assert lines[1] == "  b00: b00.wav is empty"
    assert lines[-1] == "  and 2 more, see the column `problem`"
    assert len(lines) == 12
    assert summary(bad_table(3, 0)) == ["3 recordings, all usable"]


def test_stop_ends_the_run_with_the_bad_recordings_and_the_mend() -> None:
    check_quality(bad_table(5, 12), on_bad_recording="skip")
    with pytest.raises(CanopyError, match=r"b09: b09.wav is empty\n  and 2 more.*\n.*on_bad_recording: skip"):
        check_quality(bad_table(5, 12), on_bad_recording="stop")


def test_no_usable_recording_at_all_ends_the_run_even_with_skip() -> None:
    with pytest.raises(CanopyError, match="no recording can be used: 2 recordings, 2 with problems"):
        check_quality(bad_table(0, 2), on_bad_recording="skip")


def test_script_writes_the_table_and_says_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    audio = tmp_path / "train"
    audio.mkdir()
    sf.write(audio / "a.flac", noise(1.0), RATE)
    (tmp_path / "tp.csv").write_text("recording_id,species_id\na,1\nb,2\n")
    settings = {"folder": str(audio), "expected_tables": [str(tmp_path / "tp.csv")], "on_bad_recording": "skip"}
    out = tmp_path / "results" / "train.csv"
    script.main(["--settings", json.dumps(settings), "--output", str(out)])
    table = read_recordings(out)
    assert list(table["duration_s"][:1]) == [1.0]
    assert table["problem"][1].startswith("tp.csv names this recording, but ")
    assert "2 recordings, 1 with problems:\n  b: tp.csv names" in capsys.readouterr().out


@pytest.mark.realdata
def test_real_recording_is_usable(shared_data: Path) -> None:
    found = probe(shared_data / "rfcx/train/0a4e7e350.flac")
    assert (found.duration_s, found.sample_rate_hz, found.channels, found.problem) == (60.0, 48000, 1, "")


@pytest.mark.realdata
def test_real_clips_are_all_usable(shared_data: Path) -> None:
    table = list_recordings(scan(shared_data / "esc10/audio").iloc[::8], folder="audio", threads=2)
    assert len(table) == 50
    assert set(table["problem"]) == {""}
