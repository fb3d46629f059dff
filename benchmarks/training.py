"""The compact network's training step, beside PyTorch's on the same layers, batch and machine."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks import networks
from benchmarks.data import REPOSITORY
from benchmarks.measure import Row, Worker, ratios, report, row

REPEATS, STEPS = 9, 12
PEERS = REPOSITORY / ".venv-bench" / "bin" / "python"
OURS = {
    "Canopy, float32": ("float32", "fused"),
    "Canopy, bfloat16": ("bfloat16", "fused"),
    "Canopy, float32, Keras's batch normalisation": ("float32", "keras"),
}
THEIRS = {
    "PyTorch, float32": ("float32", "contiguous"),
    "PyTorch, float32, channels last": ("float32", "channels_last"),
    "PyTorch, bfloat16": ("bfloat16", "contiguous"),
    "PyTorch, bfloat16, channels last": ("bfloat16", "channels_last"),
}


def main() -> None:
    if sys.argv[1:2] == ["--serve"]:
        return serve_ours(*sys.argv[2:])
    workers = {
        name: Worker([sys.executable, "-m", "benchmarks.training", "--serve", *how]) for name, how in OURS.items()
    }
    notes = []
    if PEERS.exists():
        peer = str(Path(__file__).with_name("torch_step.py"))
        workers |= {name: Worker([str(PEERS), peer, *how, str(STEPS)]) for name, how in THEIRS.items()}
    else:
        notes.append("PyTorch was not measured: `make bench-peers` installs it into .venv-bench.")
    seconds: dict[str, list[float]] = {name: [] for name in workers}
    for worker in workers.values():
        worker()
    for _ in range(REPEATS):
        for name, worker in workers.items():
            seconds[name].append(worker())
    for worker in workers.values():
        worker.close()
    rows: list[Row] = []
    theirs = [name for name in THEIRS if name in seconds]
    if theirs:
        best = min(theirs, key=lambda name: min(seconds[name]))
        rows += [
            row(
                f"{best} (PyTorch's best) / Canopy, bfloat16",
                ratios(seconds[best], seconds["Canopy, bfloat16"]),
                budget=">= 1",
            ),
            row(f"{best} / Canopy, float32", ratios(seconds[best], seconds["Canopy, float32"])),
        ]
    plain = seconds["Canopy, float32, Keras's batch normalisation"]
    rows += [
        row("Keras's batch normalisation / the fused one, float32", ratios(plain, seconds["Canopy, float32"])),
        row("float32 / bfloat16", ratios(seconds["Canopy, float32"], seconds["Canopy, bfloat16"])),
    ]
    windows = networks.BATCH * STEPS
    rows += [
        row(f"{name}, windows per second", [windows / one for one in taken], unit="/s")
        for name, taken in seconds.items()
    ]
    notes.append(
        f"Batches of {networks.BATCH} windows of {networks.N_FRAMES} frames and {networks.N_BINS} bands, always the "
        "same batch. Loss, gradient clipping, AdamW and weight averaging are included; augmentation is not. 2 threads. "
        f"{REPEATS} repeats of {STEPS} steps in turns, each way in a process of its own."
    )
    report("Training step", rows, notes)


def serve_ours(precision: str, normalisation: str) -> None:
    """Take steps whenever asked."""
    networks.start_tensorflow()
    import keras
    import numpy as np
    import tensorflow as tf

    import canopy.models.compact
    from benchmarks.measure import serve
    from canopy.config.model import Model
    from canopy.config.training import Training
    from canopy.models.build import build_model
    from canopy.training.loop import _Trainer
    from canopy.training.precision import computing_in
    from canopy.training.reviewed_time import ReviewedTime
    from canopy.training.windows import Batch

    if normalisation == "keras":
        vars(canopy.models.compact)["BatchNormalization"] = keras.layers.BatchNormalization

    class Plain(_Trainer):
        """A training that leaves its batches as they are."""

        def _augmented(self, batch: Any, seed: Any) -> tuple[Any, Any, Any]:
            return tf.cast(batch.features, tf.float32), batch.clip, batch.frames

    rng = np.random.default_rng(1)
    drawn = Batch(
        rng.normal(-60, 10, (networks.BATCH, networks.N_FRAMES, networks.N_BINS)).astype(np.float16),
        rng.integers(-1, 2, (networks.BATCH, networks.N_SPECIES)).astype(np.int8),
        rng.integers(-1, 2, (networks.BATCH, networks.N_FRAMES, networks.N_SPECIES)).astype(np.int8),
        np.arange(networks.BATCH, dtype=np.int32),
    )
    rest = ReviewedTime([], n_window=networks.N_FRAMES, hop_s=networks.HOP_S)
    windows: Any = SimpleNamespace(n_steps=1000, hop_s=networks.HOP_S, rest=rest, epoch=lambda epoch: [drawn])
    shape = {"n_frames": networks.N_FRAMES, "n_bins": networks.N_BINS, "n_species": networks.N_SPECIES}
    trainer = Plain(build_model(Model(), **shape, seed=1), windows, Training(), fill=np.zeros(networks.N_BINS))
    batch = Batch(*map(tf.constant, drawn))

    def steps() -> None:
        for number in range(STEPS):
            loss = trainer.step(batch, number, 1e-3)
        float(loss)

    with computing_in(precision):  # type: ignore[arg-type]
        serve(steps)


if __name__ == "__main__":
    main()
