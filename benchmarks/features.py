"""Log-mel features, from the FLAC file to the stored shard, on one core, beside others' ways to the same figures."""

import os

os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", NUMBA_NUM_THREADS="1")
os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="-1")
if hasattr(os, "sched_setaffinity"):
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})

import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import librosa
import numpy as np
import scipy.fft
import scipy.signal
import soundfile

from benchmarks import data
from benchmarks.measure import Row, cost, in_turns, ratios, report, row
from canopy.config.features import MelFeatures
from canopy.data.audio.decoding import listed, read_mono
from canopy.features.mel import BLOCK_FRAMES, log_mel
from canopy.features.pieces import pieces
from canopy.runtime.arrays import write_frames

REPEATS = 11
RECORDINGS = 4
"""In a shard; a real one holds some hundreds."""
BUDGETS = {960: ">= 1.4", 512: ">= 1.7"}
FLOOR_BUDGET = "<= 1.25"
SETTINGS = {
    hop: MelFeatures(sample_rate_hz=data.RATE_HZ, n_fft=2048, hop_samples=hop, n_bands=96, low_hz=50, high_hz=15000)
    for hop in BUDGETS
}


def canopy(path: Path, settings: MelFeatures, folder: Path) -> None:
    """Do what a feature job does with each recording of its shard."""

    def values() -> Iterator[tuple[str, np.ndarray]]:
        for number in range(RECORDINGS):
            with listed(path) as recording:
                for piece in pieces(recording, settings, log_mel):
                    yield f"recording {number}", piece

    write_frames(values(), folder / "shard.npy", n_bins=settings.n_bins)


def each(way: Callable[[], object]) -> Callable[[], None]:
    """Return a way to do it for as many recordings as the shard holds."""

    def all_of_them() -> None:
        for _ in range(RECORDINGS):
            way()

    return all_of_them


def by_librosa(path: Path, settings: MelFeatures) -> np.ndarray:
    """Do it with soundfile and librosa."""
    audio, rate = soundfile.read(path, dtype="float32")
    power = librosa.feature.melspectrogram(
        y=audio,
        sr=rate,
        n_fft=settings.n_fft,
        hop_length=settings.hop_samples,
        n_mels=settings.n_bands,
        fmin=settings.low_hz,
        fmax=settings.high_hz,
    )
    return librosa.power_to_db(power, top_db=None)


def floor(path: Path, settings: MelFeatures) -> None:
    """Decode, and transform bare frames: what any log-mel spectrogram must do."""
    audio, _ = soundfile.read(path, dtype="float32")
    frames = np.lib.stride_tricks.sliding_window_view(audio, settings.n_fft)[:: settings.hop_samples]
    for start in range(0, len(frames), BLOCK_FRAMES):
        scipy.fft.rfft(frames[start : start + BLOCK_FRAMES], axis=1)


def by_scipy(path: Path, settings: MelFeatures, weights: np.ndarray, window: np.ndarray) -> None:
    """Do it with scipy.signal's short-time Fourier transform and a dense mel matrix."""
    audio, rate = soundfile.read(path, dtype="float32")
    transform = scipy.signal.ShortTimeFFT(window, settings.hop_samples, rate, mfft=settings.n_fft)
    10 * np.log10(np.maximum(weights @ transform.spectrogram(audio), 1e-10))


def by_keras(settings: MelFeatures) -> Callable[[Path], object]:
    """Return a way to do it with Keras's layer."""
    import keras
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    layer = keras.layers.MelSpectrogram(
        fft_length=settings.n_fft,
        sequence_stride=settings.hop_samples,
        sampling_rate=settings.sample_rate_hz,
        num_mel_bins=settings.n_bands,
        min_freq=settings.low_hz,
        max_freq=settings.high_hz,
    )
    graph = tf.function(layer)
    return lambda path: np.asarray(graph(soundfile.read(path, dtype="float32")[0][None]))


def furthest_db(path: Path, settings: MelFeatures) -> float:
    """Return how far our values are from librosa's at most, before they are rounded for storage."""
    return float(
        np.abs(log_mel(read_mono(path, settings.sample_rate_hz), settings).T - by_librosa(path, settings)).max()
    )


def start_up(path: Path, folder: Path) -> list[float]:
    """Return the seconds of processor that a job takes to start: all of a job that has one second of audio."""
    listing = folder / "train.csv"
    second = folder / "second.flac"
    soundfile.write(second, soundfile.read(path, frames=data.RATE_HZ)[0], data.RATE_HZ)
    listing.write_text(
        f"recording_id,path,duration_s,sample_rate_hz,channels,problem\nsecond,{second},1.0,48000,1,\n",
        encoding="utf-8",
    )
    settings = {"features": SETTINGS[960].model_dump(), "shard": 0, "shards": 1}
    command = [sys.executable, str(data.REPOSITORY / "workflow" / "scripts" / "extract_spectrograms.py")]
    command += ["--settings", json.dumps(settings), "--paths", '{"id_tables": []}']
    command += ["--recordings", str(listing), "--output", str(folder / "start" / "0.npy")]
    (folder / "start").mkdir()
    return [cost(command).cpu_s for _ in range(3)]


def main() -> None:
    rows: list[Row] = []
    notes = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path, what = data.minute(folder)
        for hop, settings in SETTINGS.items():
            weights = librosa.filters.mel(sr=data.RATE_HZ, n_fft=2048, n_mels=96, fmin=50, fmax=15000)
            window = scipy.signal.get_window("hann", settings.n_fft).astype(np.float32)
            keras_way = by_keras(settings)
            seconds = in_turns(
                {
                    "canopy": partial(canopy, path, settings, folder),
                    "librosa": each(partial(by_librosa, path, settings)),
                    "floor": each(partial(floor, path, settings)),
                    "scipy.signal": each(partial(by_scipy, path, settings, weights, window)),
                    "Keras": each(partial(keras_way, path)),
                    "decoding alone": each(partial(read_mono, path, data.RATE_HZ)),
                    "libsndfile": each(partial(soundfile.read, path, dtype="float32")),
                },
                repeats=REPEATS,
                clock=time.process_time,
            )
            at = f"hop {1000 * settings.hop_s:.1f} ms: "
            ours = seconds["canopy"]
            rows += [
                row(f"{at}soundfile + librosa / Canopy", ratios(seconds["librosa"], ours), budget=BUDGETS[hop]),
                row(f"{at}Canopy / decoding + bare FFTs", ratios(ours, seconds["floor"]), budget=FLOOR_BUDGET),
                row(f"{at}soundfile + scipy.signal / Canopy", ratios(seconds["scipy.signal"], ours)),
                row(f"{at}soundfile + keras.layers.MelSpectrogram / Canopy", ratios(seconds["Keras"], ours)),
                row(f"{at}decoding alone / Canopy", ratios(seconds["decoding alone"], ours)),
                row(f"{at}libsndfile / decoding alone", ratios(seconds["libsndfile"], seconds["decoding alone"])),
                row(f"{at}furthest value from librosa's", [furthest_db(path, settings)], unit="dB", budget="<= 0.01"),
                row(f"{at}Canopy, per recording", [1000 * value / RECORDINGS for value in ours], unit="ms"),
            ]
        rows.append(row("start of a feature job, in seconds of processor", start_up(path, folder), unit="s"))
        notes.append(
            f"On {what}. {RECORDINGS} are in a shard. {REPEATS} repeats in turns on one core, in seconds of that core."
        )
    report("Features: FLAC to stored shard", rows, notes)


if __name__ == "__main__":
    main()
