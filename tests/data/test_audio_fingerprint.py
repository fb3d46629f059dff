"""Fingerprints of recordings: what is another recording, what is not, and what a job does that finds another one."""

import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

import list_annotated
import list_recordings
from canopy.data.audio import fingerprint
from canopy.data.audio.fingerprint import AudioFingerprints, Unchanged, audio, samples
from canopy.data.recordings.table import read_recordings
from canopy.runtime.digest import digest
from canopy.runtime.errors import CanopyError

RATE = 8000


def write(path: Path, seed: int = 1, seconds: float = 2.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    sf.write(path, 0.2 * np.random.default_rng(seed).standard_normal(round(seconds * RATE)), RATE)
    os.utime(path, (1_000_000, 1_000_000))
    return path


def fingerprints(tmp_path: Path, *paths: Path) -> list[str]:
    return list(AudioFingerprints(tmp_path / "audio.json")([str(path) for path in paths]).values())


def forbid_whole_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hashlib, "file_digest", lambda *_: pytest.fail("a whole file was read"))


def test_cards_that_change_places_are_noticed_though_sizes_and_times_agree(tmp_path: Path) -> None:
    cards = [write(tmp_path / name / "20240501_060000.WAV", seed) for seed, name in enumerate("ab")]
    before = fingerprints(tmp_path, *cards)
    os.rename(cards[0].parent, tmp_path / "c")
    os.rename(cards[1].parent, cards[0].parent)
    os.rename(tmp_path / "c", cards[1].parent)
    assert fingerprints(tmp_path, *cards) == before[::-1]


def test_another_recording_under_the_same_number_and_times_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On FAT the numbers of files are made up, so that those of another card may agree."""
    path = write(tmp_path / "a.wav", 1)
    monkeypatch.setattr(fingerprint, "signature", lambda _: [path.stat().st_size, 1, 1, 1, 1])
    before = fingerprints(tmp_path, path)
    write(path, 2)
    assert fingerprints(tmp_path, path) != before


def test_what_is_known_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.wav", seconds=60.0)
    before = fingerprints(tmp_path, path)
    forbid_whole_reads(monkeypatch)
    read: list[int] = []
    pread = os.pread

    def counted(handle: int, n_bytes: int, at: int) -> bytes:
        read.append(n_bytes)
        return pread(handle, n_bytes, at)

    monkeypatch.setattr(os, "pread", counted)
    assert fingerprints(tmp_path, path) == before
    assert sum(read) <= 3 * 4096


def test_a_file_that_is_replaced_while_it_is_read_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.wav", 1)
    whole = hashlib.file_digest

    def replaced(*given: object) -> object:
        found = whole(*given)  # type: ignore[arg-type]
        monkeypatch.setattr(hashlib, "file_digest", whole)
        write(path, 2)
        return found

    monkeypatch.setattr(hashlib, "file_digest", replaced)
    old = fingerprints(tmp_path, path)
    assert fingerprints(tmp_path, path) == [audio(path)] != old


def test_a_file_that_is_still_being_copied_gets_no_lasting_fingerprint(tmp_path: Path) -> None:
    """FAT counts times by two seconds: what comes after the first look may leave size and time as they are."""
    path = write(tmp_path / "a.wav", 1)
    whole = path.read_bytes()
    now = int(path.stat().st_ctime)
    path.write_bytes(whole[:20000] + bytes(len(whole) - 20000))
    os.utime(path, (now, now))
    first = fingerprints(tmp_path, path)
    path.write_bytes(whole)
    os.utime(path, (now, now))
    assert fingerprints(tmp_path, path) == [audio(path)] != first


def with_tag(path: Path, text: bytes) -> None:
    """Put a comment and some padding between a FLAC file's header and its sound."""
    data = path.read_bytes()
    at, last = 4, False
    while not last:
        last = bool(data[at] & 0x80)
        at += 4 + int.from_bytes(data[at + 1 : at + 4], "big")
    vendor = b"\4\0\0\0test\1\0\0\0" + len(text).to_bytes(4, "little") + text
    blocks = (
        data[4:42] + b"\4" + len(vendor).to_bytes(3, "big") + vendor + b"\x81" + (64).to_bytes(3, "big") + bytes(64)
    )
    path.write_bytes(b"fLaC" + bytes([blocks[0] & 0x7F]) + blocks[1:] + data[at:])


def test_a_tag_in_a_flac_file_leaves_its_fingerprint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.flac")
    before, sound = audio(path), sf.read(path)[0]
    forbid_whole_reads(monkeypatch)
    for text in (b"ARTIST=me", b"COMMENT=" + b"a long one " * 1000):
        with_tag(path, text)
        np.testing.assert_array_equal(sf.read(path)[0], sound)
        assert audio(path) == before


def test_copies_are_known_however_they_were_compressed(tmp_path: Path) -> None:
    sound = 0.2 * np.random.default_rng(1).standard_normal(RATE)
    for name, level in (("a", 0.0), ("b", 1.0)):
        sf.write(tmp_path / f"{name}.flac", sound, RATE, compression_level=level)
    found = [audio(tmp_path / f"{name}.flac") for name in "ab"]
    assert found[0] != found[1]
    assert samples(tmp_path / "a.flac") == samples(tmp_path / "b.flac", found[1])


# Jobs.


def test_a_job_stops_where_the_file_is_not_the_one_of_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = write(tmp_path / "a.wav", 1)
    planned = audio(path)
    same = Unchanged(path, planned)
    same.check()
    write(path, 2)
    with pytest.raises(CanopyError, match=r"a\.wav has changed since this run was planned"):
        same.check()
    with pytest.raises(CanopyError, match=r"a\.wav has changed .* give the same command again"):
        Unchanged(path, planned)


def test_the_listing_compares_what_it_read_with_the_plan_and_the_next_plan_knows_better(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "train" / "a.wav", 1)
    write(tmp_path / "train" / "b.wav", 2)
    planned = {name: AudioFingerprints()([f"train/{name}"])[f"train/{name}"] for name in ("a.wav", "b.wav")}
    # As if another file had come with the same size, times, number, beginning, middle and end.
    memory = Path(fingerprint.MEMORY)
    known = json.loads(memory.read_text())
    known["train/a.wav"][-1] = "0" * 24
    memory.write_text(json.dumps(known))
    wrong = {**planned, "a.wav": "0" * 24}
    arguments = lambda content: [  # noqa: E731
        *("--settings", json.dumps({"folder": "train"})),
        *("--content", content, "--output", "train.csv"),
    ]
    with pytest.raises(CanopyError, match=r"^train/a\.wav has changed since this run was planned"):
        list_recordings.main(arguments(digest(wrong)))
    assert AudioFingerprints()(["train/a.wav"])["train/a.wav"] == planned["a.wav"]
    list_recordings.main(arguments(digest(planned)))
    assert Path("train.csv").exists()


@pytest.mark.parametrize("script", [list_recordings, list_annotated])
def test_files_that_nothing_reads_are_counted_by_suffix(
    script: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "train" / "a.wav")
    for name in ("b.xyz", "c.XYZ", "CONFIG.TXT", "d", ".hidden.zip"):
        (tmp_path / "train" / name).write_bytes(b"1")
    (tmp_path / "marks").mkdir()
    (tmp_path / "marks" / "a.csv").write_text("recording_id,species,onset_s,offset_s\na,owl,0.5,1\n")
    settings = {"folder": "train", "on_bad_recording": "stop", "annotation_files": "marks"}
    script.main(["--settings", json.dumps(settings), "--output", "train.csv"])  # type: ignore[attr-defined]
    said = capsys.readouterr().out
    assert "1 recordings, all usable\n" in said
    assert "passed over, as Canopy reads no such files: 1 without suffix, 1 .txt, 2 .xyz" in said
    table = read_recordings("train.csv").set_index("recording_id")
    assert list(table.index) == ["a", "* (without suffix)", "*.xyz"]
    assert table["problem"]["*.xyz"].startswith("2 files (the first: b.xyz) of a suffix that Canopy does not read")
