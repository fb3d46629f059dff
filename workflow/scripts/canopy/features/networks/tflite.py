"""Networks of TensorFlow Lite, also called LiteRT (`.tflite`)."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np

from canopy.features.networks.flatbuffer import FLOAT32, Graph
from canopy.features.networks.network import BATCH, Network, check_samples, opened
from canopy.runtime.errors import CanopyError
from canopy.runtime.imports import muted

UNREADABLE = (ValueError, RuntimeError)
"""What the interpreter raises of a network that it cannot run."""


def open_tflite(path: str, layer: str | None, n_samples: int) -> Network:
    """Open a `.tflite` file; the arguments are those of `canopy.features.networks.registry.open_network`."""
    graph = Graph(path, Path(path).read_bytes())
    shapes = [graph.tensors[number].shape for number in graph.inputs]
    check_samples(path, shapes, n_samples)
    tensor = graph.tensors[graph.inputs[0]]
    if tensor.type != FLOAT32:
        raise CanopyError(
            f"{path} takes samples of whole numbers, not of float32; give the network that was not quantised"
        )
    number = graph.layer(layer)
    free = len(tensor.shape) > 1 and tensor.shape[0] == -1
    batch = BATCH if free else 1
    shape = [batch if axis == 0 and len(tensor.shape) > 1 else length for axis, length in enumerate(tensor.shape)]
    shape = [n_samples if length == -1 else length for length in shape]
    try:
        with muted():  # it says which delegates it made
            interpreter = _interpreter()(model_content=graph.with_output(number), num_threads=1)
            interpreter.resize_tensor_input(graph.inputs[0], shape)
            interpreter.allocate_tensors()
    except UNREADABLE as error:
        raise CanopyError(f"{path} cannot be run ({' '.join(str(error).split())})") from None

    def forward(windows: np.ndarray) -> np.ndarray:
        interpreter.set_tensor(graph.inputs[0], windows.reshape(shape))
        interpreter.invoke()
        found: np.ndarray = interpreter.get_tensor(number)
        return found if len(shape) > 1 else found.reshape(1, -1, found.shape[-1])

    return opened(path, forward, n_samples, batch=batch)


def _interpreter() -> Any:
    """Return LiteRT's interpreter where it is installed, for it starts sooner, or TensorFlow's."""
    try:
        from ai_edge_litert.interpreter import Interpreter
    except ImportError:
        with muted():
            import tensorflow as tf

        warnings.filterwarnings("ignore", "    Warning: tf.lite.Interpreter is deprecated", UserWarning)
        Interpreter = tf.lite.Interpreter
    return Interpreter
