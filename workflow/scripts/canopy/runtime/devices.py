"""The processor a job computes on: claimed before TensorFlow starts, and told to TensorFlow."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Protocol

from canopy.runtime.environment import pin, pin_keras
from canopy.runtime.imports import muted, without
from canopy.runtime.portable import lock


class Compute(Protocol):
    """What `prepare` reads of the configuration's section `compute`."""

    @property
    def threads(self) -> int:
        """Threads of one operation."""

    @property
    def deterministic(self) -> bool:
        """Whether the same input gives the same bytes."""


MOST_ON_A_GPU = 64
_held: list[int] = []
"""Open lock files: a lock lasts as long as its process."""


def prepare(settings: Compute, *, gpu: bool) -> str:
    """Claim a GPU if the job may use one, and start TensorFlow with the configured threads and nothing else of outside.

    Call it before anything imports TensorFlow. A `CUDA_VISIBLE_DEVICES` that is already set is obeyed.

    Parameters
    ----------
    settings : Compute
        Threads and determinism.
    gpu : bool
        Whether the job asked Snakemake for a GPU; without, it sees none.

    Returns
    -------
    str
        What the job runs on, for its log.
    """
    ignored = pin()
    os.environ.setdefault("TF_FORCE_GPU_ALLOW_GROWTH", "true")
    if not gpu:
        os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
    elif "CUDA_VISIBLE_DEVICES" not in os.environ:
        os.environ["CUDA_VISIBLE_DEVICES"] = claim(installed_gpus(), Path(tempfile.gettempdir()))
    with muted(), without("sklearn", "matplotlib"):  # Keras looks for them, for its wrappers and pictures
        import tensorflow as tf

        pin_keras()
        found = tf.config.list_physical_devices("GPU")
    tf.get_logger().setLevel("ERROR")
    tf.config.threading.set_intra_op_parallelism_threads(settings.threads)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    if settings.deterministic:
        tf.config.experimental.enable_op_determinism()
    unheard = f"; not heard: {', '.join(ignored)}" if ignored else ""
    if found:
        return f"GPU {os.environ['CUDA_VISIBLE_DEVICES']}{unheard}"
    return f"CPU, {settings.threads} threads (no GPU is used){unheard}"


def installed_gpus() -> list[str]:
    """Return the indices of the machine's NVIDIA GPUs; none where there is no driver."""
    if shutil.which("nvidia-smi") is None:
        return []
    command = ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.split() if found.returncode == 0 else []


def claim(gpus: list[str], folder: Path) -> str:
    """Lock a place on a GPU for the life of this process: on the first of those that fewest processes compute on.

    Snakemake's resource `gpu` says how many jobs there may be. Where that is more than there are GPUs, as many share
    each, as a small network cannot fill a large one; TensorFlow takes memory as it needs it.

    Parameters
    ----------
    gpus : list of str
        Indices.
    folder : pathlib.Path
        Where the lock files lie; shared by all jobs of the machine.

    Returns
    -------
    str
        The GPU's index; `-1` where there is none.
    """
    for place in range(MOST_ON_A_GPU if gpus else 0):
        for gpu in gpus:
            name = f"canopy-gpu-{gpu}-{place}.lock" if place else f"canopy-gpu-{gpu}.lock"
            handle = lock(folder / name, wait=False)
            if handle is not None:
                _held.append(handle)
                return gpu
    return gpus[0] if gpus else "-1"
