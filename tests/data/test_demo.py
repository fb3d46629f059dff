"""The demo dataset: reproducible, complete in its truth, incomplete in its labels."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile
from scipy.signal import spectrogram, welch

import generate_demo
from canopy.config.demo import Demo
from canopy.config.settings import section
from canopy.data.demo.background import background
from canopy.data.demo.calls import glide, tone
from canopy.data.demo.dataset import COLUMNS, write_demo
from canopy.data.demo.labels import listed_events
from canopy.data.demo.settings import SUBSETS, audio_settings, recording_ids
from canopy.data.demo.soundscape import Event, band_power, leading_species, measure_box, soundscape
from canopy.data.demo.species import SPECIES, Species
from canopy.runtime.errors import CanopyError

SETTINGS = Demo(seed=3, n_train=12, n_test=4, duration_s=6.0, n_species=12, species_per_recording=(2, 5))
RATE_HZ = SETTINGS.sample_rate_hz


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    write_demo(SETTINGS, folder, say=lambda line: None)
    return folder


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def tables(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    train, test = (pd.read_csv(folder / "truth" / f"{subset}_events.csv") for subset in SUBSETS)
    return pd.read_csv(folder / "train_tp.csv"), pd.read_csv(folder / "train_fp.csv"), train, test


def replace(settings: Demo, **changes: Any) -> Demo:
    return settings.model_copy(update=changes)


def test_same_settings_give_the_same_bytes_and_another_seed_does_not(tmp_path: Path) -> None:
    small = replace(SETTINGS, n_train=2, n_test=1)
    for name in ("first", "second"):
        write_demo(small, tmp_path / name, say=lambda line: None)
    assert content(tmp_path / "first") == content(tmp_path / "second")
    other, _ = soundscape(replace(SETTINGS, seed=4), "train", 0)
    assert not np.array_equal(other, soundscape(SETTINGS, "train", 0)[0])


def test_counts_change_no_recording_and_no_training_row(demo: Path, tmp_path: Path) -> None:
    write_demo(replace(SETTINGS, n_train=3, n_test=2), tmp_path, say=lambda line: None)
    many, few = content(demo), content(tmp_path)
    shared = [name for name in few if name.endswith(".flac")]
    assert len(shared) == 5
    assert all(few[name] == many[name] for name in shared)
    for table in ("train_tp.csv", "train_fp.csv", "truth/train_events.csv"):
        wide, narrow = pd.read_csv(demo / table), pd.read_csv(tmp_path / table)
        kept = wide[wide.recording_id.isin(recording_ids(SETTINGS, "train")[:3])].reset_index(drop=True)
        pd.testing.assert_frame_equal(kept, narrow)


def test_labelling_settings_change_no_audio() -> None:
    other = replace(SETTINGS, listed_per_recording=(3, 3), suspects_per_recording=(0, 0), n_train=99)
    assert audio_settings(other) == audio_settings(SETTINGS)
    assert np.array_equal(soundscape(other, "train", 1)[0], soundscape(SETTINGS, "train", 1)[0])


def test_ids_from_settings_alone_are_the_files(demo: Path) -> None:
    for subset in SUBSETS:
        ids = recording_ids(SETTINGS, subset)
        assert sorted(ids) == sorted(path.stem for path in (demo / subset).iterdir())
        assert all(len(rid) == 9 and set(rid) <= set("0123456789abcdef") for rid in ids)


def test_ids_are_unique_over_subsets_and_more_recordings_append() -> None:
    many = Demo(n_train=5000, n_test=5000)
    train, test = recording_ids(many, "train"), recording_ids(many, "test")
    assert len({*train, *test}) == 10000
    assert recording_ids(replace(many, n_train=70), "train") == train[:70]


def test_settings_module_loads_nothing_heavy() -> None:
    code = (
        "import sys; import canopy.data.demo.settings as s; s.recording_ids(s.Demo(), 'train'); "
        "print(sorted({'scipy', 'pandas', 'soundfile', 'tensorflow'} & set(sys.modules)))"
    )
    scripts = Path(generate_demo.__file__).parent
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=scripts)
    assert found.stdout.strip() == "[]"


def test_audio_is_mono_16_bit_of_the_asked_length_and_does_not_clip(demo: Path) -> None:
    for path in demo.rglob("*.flac"):
        info = soundfile.info(path)
        assert (info.channels, info.subtype, info.samplerate) == (1, "PCM_16", RATE_HZ)
        samples, _ = soundfile.read(path)
        assert len(samples) == 6 * RATE_HZ
        assert np.isfinite(samples).all()
        assert 0.001 < np.abs(samples).max() < 0.95


def test_boxes_lie_inside_recording_and_below_nyquist(demo: Path) -> None:
    for table in tables(demo):
        assert (table.t_min >= 0).all()
        assert (table.t_max <= SETTINGS.duration_s).all()
        assert (table.t_max - table.t_min > 0.3).all()
        assert (table.f_min > 0).all()
        assert (table.f_max - table.f_min > 20).all()
        assert (table.f_max <= RATE_HZ / 2).all()


def test_listed_boxes_are_some_of_the_true_events(demo: Path) -> None:
    listed, _, truth, _ = tables(demo)
    assert list(listed.columns) == COLUMNS
    merged = listed.merge(truth, on=COLUMNS, how="left")
    assert len(merged) == len(listed) < len(truth)
    assert merged.snr_db.notna().all()
    low, high = SETTINGS.listed_per_recording
    assert listed.groupby("recording_id").size().between(low, high).all()
    assert set(listed.recording_id) == set(recording_ids(SETTINGS, "train"))


def test_every_species_is_listed_once_in_each_round(demo: Path) -> None:
    assert set(tables(demo)[0].species_id) == set(range(12))
    assert sorted(leading_species(SETTINGS, "train", i) for i in range(12, 24)) == list(range(12))


def test_most_true_presences_are_not_listed() -> None:
    settings = Demo(duration_s=5.0)
    listed, present = 0, 0
    for index in range(20):
        _, events = soundscape(settings, "train", index)
        leader = leading_species(settings, "train", index)
        chosen = listed_events(events, leader, settings.listed_per_recording, np.random.default_rng(index))
        listed += len({e.species_id for e in chosen})
        present += len({e.species_id for e in events})
    assert 0.55 < 1 - listed / present < 0.75


def test_false_positive_boxes_touch_no_true_event_of_their_species(demo: Path) -> None:
    _, suspected, truth, _ = tables(demo)
    assert len(suspected) > 20
    both = suspected.merge(truth, on=["recording_id", "species_id"], suffixes=("", "_true"))
    assert len(both) > 0, "no species is suspected where it also calls"
    assert ((both.t_max < both.t_min_true) | (both.t_min > both.t_max_true)).all()


def test_most_false_positive_boxes_lie_on_another_species(demo: Path) -> None:
    _, suspected, truth, _ = tables(demo)
    on_call = suspected.merge(truth, on=["recording_id", "t_min", "t_max"], suffixes=("", "_true"))
    assert len(on_call) > 0.5 * len(suspected)
    assert (on_call.species_id != on_call.species_id_true).all()


def test_truth_holds_every_event_that_was_mixed(demo: Path) -> None:
    *_, train, test = tables(demo)
    for subset, table in (("train", train), ("test", test)):
        for index, rid in enumerate(recording_ids(SETTINGS, subset)):
            events = soundscape(SETTINGS, subset, index)[1]
            rows = table[table.recording_id == rid]
            assert [e.species_id for e in events] == rows.species_id.tolist()
            assert np.allclose([e.t_min for e in events], rows.t_min, atol=1e-4)
        assert table.snr_db.between(*SETTINGS.snr_db).all()


def test_sample_submission_lists_test_recordings_and_all_species(demo: Path) -> None:
    sample = pd.read_csv(demo / "sample_submission.csv")
    assert list(sample.columns) == ["recording_id", *(f"s{i}" for i in range(12))]
    assert sample.recording_id.tolist() == sorted(recording_ids(SETTINGS, "test"))
    assert (sample.drop(columns="recording_id") == 0.5).all(axis=None)
    assert pd.read_csv(demo / "truth" / "species.csv").name.tolist() == [species.name for species in SPECIES]


def test_loud_event_rises_above_its_band_before_and_after() -> None:
    settings = replace(SETTINGS, snr_db=(15.0, 20.0), species_per_recording=(1, 1), calls_per_species=(1, 1))
    for index in range(12):
        samples, (event,) = soundscape(settings, "test", index)
        hz, time_s, power = spectrogram(samples / 32768, RATE_HZ, nperseg=512, noverlap=256)
        level = power[(hz >= event.f_min - 16) & (hz <= event.f_max + 16)].sum(axis=0)
        within = (time_s >= event.t_min) & (time_s <= event.t_max)
        beyond = (time_s < event.t_min - 0.02) | (time_s > event.t_max + 0.5)
        assert 10 * np.log10(level[within].mean() / level[beyond].mean()) > 6, SPECIES[event.species_id].name


@pytest.mark.parametrize("species", SPECIES, ids=lambda species: species.name)
def test_calls_stay_in_their_stated_band_and_last_long_enough(species: Species) -> None:
    for seed in range(8):
        for songtype in species.songtypes:
            call = species.call(np.random.default_rng(seed), np.random.default_rng(seed + 100), RATE_HZ, songtype)
            hz, density = welch(call, RATE_HZ, nperseg=2048)
            inside = (hz >= species.low_hz) & (hz <= species.high_hz)
            assert density[inside].sum() > 0.95 * density.sum()
            onset_s, offset_s, low_hz, high_hz = measure_box(call, RATE_HZ)
            assert species.low_hz <= low_hz < high_hz <= species.high_hz
            assert 0.5 < offset_s - onset_s < 4.0


def test_calls_of_one_individual_resemble_each_other_but_are_not_copies() -> None:
    species = next(s for s in SPECIES if s.name == "fast_trill")
    first, second = (species.call(np.random.default_rng(7), np.random.default_rng(i), RATE_HZ, 1) for i in (1, 2))
    other = species.call(np.random.default_rng(8), np.random.default_rng(1), RATE_HZ, 1)
    boxes = [measure_box(call, RATE_HZ) for call in (first, second, other)]
    assert len(first) != len(second)
    assert abs(boxes[0][2] - boxes[1][2]) < 0.5 * abs(boxes[0][2] - boxes[2][2])


def test_songtypes_sound_different() -> None:
    for species in SPECIES:
        if len(species.songtypes) > 1:
            one, four = (species.call(np.random.default_rng(1), np.random.default_rng(2), RATE_HZ, s) for s in (1, 4))
            assert len(one) != len(four)
    assert sum(len(species.songtypes) > 1 for species in SPECIES) == 2


def test_box_of_a_known_sweep_is_where_it_was_put() -> None:
    silence = np.zeros(RATE_HZ // 2)
    sweep = tone(glide(2000, 3000, 1.0, RATE_HZ), RATE_HZ)
    onset_s, offset_s, low_hz, high_hz = measure_box(np.concatenate([silence, sweep, silence]), RATE_HZ)
    assert (onset_s, offset_s) == pytest.approx((0.5, 1.5), abs=0.011)
    assert (low_hz, high_hz) == pytest.approx((2010, 2990), abs=15)


def test_band_power_of_a_sine_is_half_its_squared_amplitude() -> None:
    wave = 0.6 * np.sin(2 * np.pi * 1000 * np.arange(RATE_HZ) / RATE_HZ)
    assert band_power(wave, 900, 1100, RATE_HZ) == pytest.approx(0.18, rel=1e-6)
    assert band_power(wave, 2000, 3000, RATE_HZ) == pytest.approx(0.0, abs=1e-9)


def test_overtones_above_nyquist_are_left_out() -> None:
    hz, density = welch(tone(glide(5000, 5000, 1.0, RATE_HZ), RATE_HZ, overtones=(1.0,)), RATE_HZ)
    assert density[(hz < 4500) | (hz > 5500)].sum() < 1e-6 * density.sum()


def test_mixed_snr_is_the_stated_one() -> None:
    settings = replace(SETTINGS, snr_db=(12.0, 12.0), species_per_recording=(1, 1), calls_per_species=(1, 1))
    quiet = replace(settings, snr_db=(-60.0, -60.0))
    for index in range(6):
        loud, (event,) = soundscape(settings, "train", index)
        bed = soundscape(quiet, "train", index)[0].astype(float)
        hz, time_s, _ = spectrogram(bed, RATE_HZ, nperseg=1024, noverlap=768)
        inside = np.ix_((hz > event.f_min) & (hz < event.f_max), (time_s > event.t_min) & (time_s < event.t_max))
        call = loud - bed
        signal, noise = (spectrogram(x, RATE_HZ, nperseg=1024, noverlap=768)[2][inside].sum() for x in (call, bed))
        assert 10 * np.log10(signal / noise) == pytest.approx(12.0, abs=1.5)


def test_backgrounds_vary_in_level_and_slope() -> None:
    levels, slopes = [], []
    for seed in range(12):
        bed = background(4 * RATE_HZ, RATE_HZ, np.random.default_rng(seed))
        assert np.isfinite(bed).all()
        hz, density = welch(bed, RATE_HZ, nperseg=1024)
        levels.append(10 * np.log10((bed**2).mean()))
        low, high = density[(hz > 500) & (hz < 1000)].mean(), density[(hz > 2000) & (hz < 3500)].mean()
        slopes.append(10 * np.log10(low / high))
    assert np.std(levels) > 2
    assert np.std(slopes) > 1


def test_loudest_call_of_the_leading_species_is_always_listed() -> None:
    events = [
        Event(i % 3, 1, float(i), 100.0, i + 0.5, 200.0, float(snr)) for i, snr in enumerate((3, 19, 4, 8, 18, 1))
    ]
    for seed in range(10):
        listed = listed_events(events, 0, (1, 2), np.random.default_rng(seed))
        assert events[3] in listed
        assert 1 <= len(listed) <= 2
    assert listed_events(events, 0, (9, 9), np.random.default_rng(0)) == events


def test_earlier_recordings_that_are_no_longer_asked_for_are_removed(tmp_path: Path) -> None:
    write_demo(replace(SETTINGS, n_train=2, n_test=2), tmp_path, say=lambda line: None)
    write_demo(replace(SETTINGS, n_train=1, n_test=1), tmp_path, say=lambda line: None)
    assert [path.stem for path in (tmp_path / "test").iterdir()] == recording_ids(replace(SETTINGS, n_test=1), "test")


def test_folder_with_other_data_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    own = tmp_path / "train" / "00204008d.flac"
    own.write_bytes(b"precious")
    with pytest.raises(CanopyError, match=r"holds a file that Canopy did not make, train/00204008d.flac; nothing"):
        write_demo(SETTINGS, tmp_path, say=lambda line: None)
    assert content(tmp_path) == {"train/00204008d.flac": b"precious"}


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"n_trian": 5}, r"unknown key 'n_trian'; did you mean 'n_train'"),
        ({"n_train": 0}, r"n_train: Input should be greater than or equal to 1 \(found 0\)"),
        ({"n_train": 2.5}, r"n_train: Input should be a valid integer.* \(found 2.5\)"),
        ({"n_test": "many"}, r"n_test: Input should be a valid integer.* \(found 'many'\)"),
        ({"duration_s": 1}, r"duration_s: Input should be greater than or equal to 5 \(found 1\)"),
        ({"sample_rate_hz": 8000}, r"sample_rate_hz: Input should be greater than or equal to 16000"),
        ({"n_species": 13}, r"n_species: Input should be less than or equal to 12 \(found 13\)"),
        ({"snr_db": [20, -2]}, r"snr_db is \[20.0, -2.0\]; give the lower value first"),
        ({"snr_db": 5}, r"snr_db: must be a list \(found 5\)"),
        ({"n_species": 4}, r"species_per_recording reaches 6, more than n_species"),
        ({"listed_per_recording": [0, 1]}, r"listed_per_recording.0: Input should be greater than or equal to 1"),
    ],
)
def test_wrong_setting_is_named_with_what_is_allowed(values: dict[str, object], message: str) -> None:
    with pytest.raises(CanopyError, match=message):
        section(Demo, values, "demo")


def test_script_writes_the_dataset_and_says_what_it_holds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = {"n_train": 2, "n_test": 1, "duration_s": 5, "species_per_recording": [3, 3]}
    generate_demo.main(["--settings", json.dumps(settings), "--output", str(tmp_path / "a b")])
    said = capsys.readouterr().out
    assert "3 of 3 recordings made, 0 s left" in said
    assert "2 training and 1 test recordings of 10 species" in said
    assert "of the species present in a recording are not listed in it" in said
    assert len(list((tmp_path / "a b").rglob("*.flac"))) == 3
