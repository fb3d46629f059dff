"""What a person's shell and home folder tell TensorFlow and Keras: nothing that changes a result."""

import os
from collections.abc import MutableMapping

KEPT = frozenset(
    {"TF_CPP_MIN_LOG_LEVEL", "TF_CPP_VMODULE", "TF_FORCE_GPU_ALLOW_GROWTH", "TF_GPU_ALLOCATOR", "TF_GPU_THREAD_MODE"}
)
"""What only says how much is logged and how a GPU's memory and threads are shared out."""
READ = ("TF_", "XLA_", "KERAS_", "NVIDIA_TF32", "CUBLAS_", "CUDNN_")
"""How the variables begin that TensorFlow, Keras and NVIDIA's libraries read."""
TERRAFORM = ("TF_CLI", "TF_VAR_", "TF_LOG", "TF_INPUT", "TF_DATA_DIR", "TF_WORKSPACE", "TF_IN_AUTOMATION")
"""And how those of Terraform begin, which share the prefix and mean nothing here."""


def pin(environment: MutableMapping[str, str] = os.environ) -> list[str]:
    """Take away the variables that change what TensorFlow and Keras compute; call it before they are imported.

    Such are `KERAS_BACKEND`, `KERAS_MAX_EPOCHS`, `TF_ENABLE_ONEDNN_OPTS`, `XLA_FLAGS` and their like. `KERAS_HOME`
    stays: downloaded weights lie there, and of its `keras.json` nothing counts after `pin_keras`.

    Parameters
    ----------
    environment : mutable mapping, default os.environ
        Changed in place.

    Returns
    -------
    list of str
        The variables that were taken away, for the log.
    """
    read = (name for name in environment if name.startswith(READ) and not name.startswith(TERRAFORM))
    found = sorted(set(read) - KEPT - {"KERAS_HOME"})
    for name in found:
        del environment[name]
    environment["KERAS_BACKEND"] = "tensorflow"
    return [name for name in found if name != "KERAS_BACKEND"]


def pin_keras() -> None:
    """Give Keras its own defaults, whatever the file `keras.json` in a person's home folder says."""
    import keras

    keras.config.set_floatx("float32")
    keras.config.set_epsilon(1e-7)
    keras.config.set_image_data_format("channels_last")
