"""An hour of audio, from files to scores, in one process on two cores; its start does not count."""

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import data, networks
from benchmarks.measure import ratios, report, row

REPEATS, MINUTES = 3, 60


def main() -> None:
    networks.start_tensorflow()
    from canopy.config.features import MelFeatures
    from canopy.config.model import Model
    from canopy.data.audio.decoding import read_mono
    from canopy.features.mel import log_mel
    from canopy.inference.scorer import score_recordings
    from canopy.models.build import build_model

    features = MelFeatures(sample_rate_hz=data.RATE_HZ, n_fft=2048, hop_samples=960, n_bands=64, high_hz=15000)
    model = build_model(Model(), n_frames=250, n_bins=features.n_bins, n_species=data.RFCX_SPECIES, seed=1)
    how = {"overlap": 0.5, "batch_size": 64, "frame_share": 0.5}
    with tempfile.TemporaryDirectory() as name:
        path, what = data.minute(Path(name))

        def recordings(count: int):  # type: ignore[no-untyped-def]
            for number in range(count):
                audio = read_mono(path, features.sample_rate_hz)
                yield f"r{number}", log_mel(audio, features).astype(np.float16)

        def passing(method: str) -> float:
            """Score an hour once the graph is compiled; return the seconds."""
            scores = score_recordings(model, recordings(1 + MINUTES), method=method, **how)  # type: ignore[arg-type]
            next(scores)
            began = time.perf_counter()
            for _ in scores:
                pass
            return time.perf_counter() - began

        seconds: dict[str, list[float]] = {"chunks": [], "windows": []}
        for _ in range(REPEATS):
            for method, taken in seconds.items():
                taken.append(passing(method))
    speed = {method: [60 * MINUTES / value for value in taken] for method, taken in seconds.items()}
    rows = [
        row("audio file to scores, chunks (the default)", speed["chunks"], unit="x", budget=">= 800"),
        row("audio file to scores, window by window", speed["windows"], unit="x"),
        row("window by window / chunks, in time", ratios(seconds["windows"], seconds["chunks"])),
    ]
    note = (
        f"Multiples of real time over {MINUTES} minutes: {what}, {MINUTES} times. Hop 20 ms, windows of 5 s that "
        f"overlap by half, {data.RFCX_SPECIES} species, the compact network, one process with 2 threads. "
        f"{REPEATS} repeats in turns."
    )
    report("Prediction of whole recordings", rows, [note])


if __name__ == "__main__":
    main()
