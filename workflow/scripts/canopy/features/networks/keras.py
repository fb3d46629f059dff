"""Networks of Keras (`.keras`, in safe mode) and of TensorFlow (the folder of a SavedModel)."""

from typing import Any

import numpy as np

from canopy.config.pretrained import FRAMES, OUTPUT
from canopy.features.networks.network import BATCH, Network, check_samples, opened
from canopy.runtime.errors import CanopyError
from canopy.runtime.imports import muted

UNREADABLE = (ValueError, TypeError, KeyError, AttributeError, IndexError, OSError, ImportError)
"""What Keras and TensorFlow raise where a file is none of theirs."""
SIGNATURE = "serving_default"


def open_keras(path: str, layer: str | None, n_samples: int) -> Network:
    """Open a `.keras` file; code in it is refused. The arguments are those of `registry.open_network`."""
    with muted():
        import keras
    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except UNREADABLE as error:
        raise CanopyError(
            f"{path} is no Keras network that can be read without running code ({_said(error)}); give another file"
        ) from None
    check_samples(path, [tuple(one.shape) for one in model.inputs], n_samples)
    named = {one.name: one for one in model.layers}
    if layer == OUTPUT and len(model.outputs) == 1:
        wanted = model.outputs[0]
    elif layer is not None and layer != FRAMES:
        if layer not in named:
            raise CanopyError(f"{path} has no layer {layer!r}; name another `layer:`, one of {', '.join(named)}")
        wanted = named[layer].output
    else:
        dense = [one for one in model.layers if isinstance(one, keras.layers.Dense)]
        if not dense or layer == FRAMES:
            raise CanopyError(f"{path}: `layer:` must name one of its layers: {', '.join(named)}")
        wanted = dense[-1].input
    shape = tuple(length or n_samples for length in model.inputs[0].shape[1:])
    cut = keras.Model(model.inputs[0], wanted)
    return opened(
        path,
        lambda windows: keras.ops.convert_to_numpy(cut(windows.reshape(-1, *shape), training=False)),
        n_samples,
        batch=BATCH,
    )


def open_saved_model(path: str, layer: str | None, n_samples: int) -> Network:
    """Open the folder of a SavedModel, of which a layer is one of its signature's outputs; by default `embedding`."""
    with muted():
        import tensorflow as tf
    try:
        model = tf.saved_model.load(path)
        function = model.signatures[SIGNATURE]
    except UNREADABLE as error:
        raise CanopyError(f"{path} is no SavedModel with the signature {SIGNATURE} ({_said(error)})") from None
    given = function.structured_input_signature[1]
    check_samples(path, [one.shape.as_list() for one in given.values()], n_samples)
    key, spec = next(iter(given.items()))
    outputs = list(function.structured_outputs)
    name = outputs[0] if layer == OUTPUT and len(outputs) == 1 else layer or "embedding"
    if name not in function.structured_outputs:
        raise CanopyError(
            f"{path} has no output of the name {name!r}; name another `layer:`, one of "
            f"{', '.join(sorted(function.structured_outputs))}"
        )
    batch = 1 if len(spec.shape) < 2 else spec.shape[0] or BATCH

    def forward(windows: np.ndarray) -> Any:
        flat = windows if len(spec.shape) > 1 else windows[0]
        found = function(**{key: tf.constant(flat)})[name].numpy()
        return found if len(spec.shape) > 1 else found.reshape(1, -1, found.shape[-1])

    return opened(path, forward, n_samples, batch=batch)


def _said(error: BaseException) -> str:
    return f"{type(error).__name__}: {next(iter(str(error).splitlines()), '')}"
