"""What real batches cost: the training step on them, against the same step on one batch that is always there."""

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks import networks
from benchmarks.measure import ratios, report, row

REPEATS, STEPS, BUFFERED = 9, 24, 5


def main() -> None:
    networks.start_tensorflow()
    from canopy.config.model import Model
    from canopy.config.training import Training
    from canopy.models.build import build_model
    from canopy.training.loop import _Trainer
    from canopy.training.precision import computing_in

    with tempfile.TemporaryDirectory() as name:
        windows = networks.windows(Path(name))
        settings = Training()
        shape = {"n_frames": windows.n_frames, "n_bins": networks.N_BINS, "n_species": networks.N_SPECIES}
        trainer = _Trainer(
            build_model(Model(), **shape, seed=1), windows, settings, fill=np.full(networks.N_BINS, -60.0)
        )
        batches = iter(windows.dataset(0, 10_000))
        constant = next(batches)
        number = 0

        def steps(real: bool) -> float:
            """Take some steps and return the seconds of each; those whose batches lay ready do not count."""
            nonlocal number
            for counted in (False, True):
                began = time.perf_counter()
                for _ in range(STEPS if counted else BUFFERED):
                    loss = trainer.step(next(batches) if real else constant, number, 1e-3)
                    number += 1
                float(loss)
            return (time.perf_counter() - began) / STEPS

        with computing_in("bfloat16"):
            steps(True)
            steps(False)
            seconds: dict[bool, list[float]] = {True: [], False: []}
            for repeat in range(REPEATS):
                for real in (True, False) if repeat % 2 else (False, True):
                    seconds[real].append(steps(real))
    rows = [
        row("step with real batches / with a constant batch", ratios(seconds[True], seconds[False]), budget="<= 1.05"),
        row("step with real batches", [1000 * value for value in seconds[True]], unit="ms"),
        row("step with a constant batch", [1000 * value for value in seconds[False]], unit="ms"),
    ]
    note = (
        f"The compact network, with batches of {networks.BATCH} windows of 4 s and augmentation on both sides. "
        f"bfloat16 has the faster step, so its ratio is the stricter one. {REPEATS} repeats of {STEPS} steps in turns."
    )
    report("Input pipeline", rows, [note])


if __name__ == "__main__":
    main()
