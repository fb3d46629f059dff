"""Single networks as LiteRT (TensorFlow Lite) files with float16 weights, for field devices."""

import tempfile
import warnings

import keras
import numpy as np
from numpy.typing import NDArray

from canopy.package.parity import OUTPUTS, Parity, differences
from canopy.runtime.errors import CanopyError
from canopy.runtime.imports import muted

TOLERANCE_LOGITS = 0.05
"""How far an exported network's logits may lie from the original's; rounding weights to float16 moves them."""


def to_lite(model: keras.Model) -> bytes:
    """Convert a network: one window of features `(1, n_frames, n_bins)`, float32, to the logits `clip` and `frames`.

    Weights are stored as float16, computation is in float32; the operators are those of LiteRT alone.
    """
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    window = [tf.TensorSpec((1, *model.input_shape[1:]), tf.float32, name="features")]

    def forward(features: "tf.Tensor") -> list["tf.Tensor"]:
        logits = model(features, training=False)
        return [logits[name] for name in OUTPUTS]

    module = tf.Module()
    with tempfile.TemporaryDirectory() as folder, muted():
        traced = tf.function(forward, input_signature=window)
        frozen = convert_variables_to_constants_v2(traced.get_concrete_function())
        module.serve = tf.function(
            lambda features: dict(zip(OUTPUTS, frozen(features), strict=True)), input_signature=window
        )
        tf.saved_model.save(module, folder, signatures={"serving_default": module.serve})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.target_spec.supported_types = [tf.float16]
        converted = converter.convert()
    return bytes(converted)


def run_lite(network: bytes, windows: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    """Run an exported network on windows `(n_windows, n_frames, n_bins)`, one at a time."""
    import tensorflow as tf

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that this interpreter will move to a package of its own
        interpreter = tf.lite.Interpreter(model_content=network, num_threads=1)
    runner = interpreter.get_signature_runner("serving_default")
    found = [runner(features=window[None]) for window in windows]
    return {name: np.concatenate([logits[name] for logits in found]) for name in OUTPUTS}


def parity(model: keras.Model, network: bytes, windows: NDArray[np.float32]) -> Parity:
    """Compare an exported network with the original.

    Raises
    ------
    CanopyError
        A logit differs by more than `TOLERANCE_LOGITS`.
    """
    found = differences(model, run_lite(network, windows), windows)
    if not found.worst <= TOLERANCE_LOGITS:
        raise CanopyError(
            f"the exported network's logits differ by up to {found.worst:.3g} from the original's, where "
            f"{TOLERANCE_LOGITS:g} is allowed: float16 is too coarse for this network; use the package instead"
        )
    return found
