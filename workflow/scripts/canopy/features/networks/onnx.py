"""Networks of ONNX (`.onnx`), by onnxruntime, which is installed only where somebody needs it."""

from typing import Any

import numpy as np

from canopy.config.pretrained import OUTPUT
from canopy.features.networks.network import BATCH, Network, check_samples, opened
from canopy.runtime.errors import CanopyError

FLOAT = "tensor(float)"


def open_onnx(path: str, layer: str | None, n_samples: int) -> Network:
    """Open an `.onnx` file, of which a layer is one of its outputs; by default the first one.

    The arguments are those of `canopy.features.networks.registry.open_network`.
    """
    try:
        import onnxruntime
    except ImportError:
        raise CanopyError(
            f"{path} needs the package onnxruntime, which is not installed; install it (`pip install onnxruntime`) or "
            "give the network as .tflite"
        ) from None
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime has no base class of its own for what it raises
        raise CanopyError(f"{path} is no ONNX network that can be run ({' '.join(str(error).split())})") from None
    given = session.get_inputs()
    shapes = [[length if isinstance(length, int) else None for length in one.shape] for one in given]
    check_samples(path, shapes, n_samples)
    if given[0].type != FLOAT:
        raise CanopyError(f"{path} takes samples of the type {given[0].type}, not of float32; give another file")
    names = [one.name for one in session.get_outputs()]
    name = names[0] if layer is None or (layer == OUTPUT and len(names) == 1) else layer
    if name not in names:
        raise CanopyError(
            f"{path} has no output of the name {name!r}; name another `layer:`, one of {', '.join(names)}"
        )
    free = len(shapes[0]) > 1 and shapes[0][0] is None
    batch = BATCH if free else 1
    shape = [n_samples if length in (None, n_samples) else length for length in shapes[0]]
    if len(shape) > 1:
        shape[0] = batch

    def forward(windows: np.ndarray) -> Any:
        found = np.asarray(session.run([name], {given[0].name: windows.reshape(shape)})[0])
        return found if len(shape) > 1 else found.reshape(1, -1, found.shape[-1])

    return opened(path, forward, n_samples, batch=batch)
