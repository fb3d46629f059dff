"""Pretrained networks in small: files with the signatures of BirdNET 2.4, Perch 2 and YAMNet, and random weights."""

from pathlib import Path
from typing import Any

import numpy as np

N_SAMPLES, N_BLOCKS, N_BINS, N_CLASSES = 640, 8, 5, 3
BLOCK = N_SAMPLES // N_BLOCKS
N_POSITIONS = N_BLOCKS - 2
LAYER = "averaged"


def birdnet_like(*, n_inputs: int = 1, n_classes: int = N_CLASSES) -> Any:
    """Return a Keras network that is built as BirdNET's end is: a map over time, its mean, a dense layer."""
    import keras
    from keras import layers

    keras.utils.set_random_seed(7)
    samples = [keras.Input((N_SAMPLES,), name=f"samples{number}") for number in range(n_inputs)]
    heard = layers.Add()(samples) if n_inputs > 1 else samples[0]
    blocks = layers.Reshape((N_BLOCKS, BLOCK))(heard)
    maps = layers.Conv1D(N_BINS, 3, activation="relu", name="maps")(blocks)
    pooled = layers.GlobalAveragePooling1D(name=LAYER)(maps)
    return keras.Model(samples, layers.Dense(n_classes, name="classes")(pooled))


def expected_frames(model: Any, audio: np.ndarray) -> np.ndarray:
    """Return what `birdnet_like`'s map is at each frame, by the three blocks of samples around the frame."""
    kernel, bias = (np.asarray(weight) for weight in model.get_layer("maps").get_weights())
    n_frames = 1 + len(audio) // BLOCK
    padded = np.pad(audio.astype(np.float64), (3 * BLOCK // 2, 3 * BLOCK))
    found = []
    for frame in range(n_frames):
        blocks = padded[frame * BLOCK : frame * BLOCK + 3 * BLOCK].reshape(3, BLOCK)
        found.append(np.maximum(np.einsum("kb,kbc->c", blocks, kernel) + bias, 0))
    return np.array(found)


def write_tflite(path: Path, model: Any) -> Path:
    import tensorflow as tf
    from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

    specs = [tf.TensorSpec((None, *one.shape[1:]), tf.float32) for one in model.inputs]
    function = tf.function(lambda *given: model(list(given) if len(given) > 1 else given[0]), input_signature=specs)
    return _converted(path, convert_variables_to_constants_v2(function.get_concrete_function()), model)


def write_yamnet_like(path: Path) -> Path:
    """Write a `.tflite` file that takes one window without an axis of windows, as YAMNet's does."""
    import tensorflow as tf

    kernel = tf.constant(np.random.default_rng(3).normal(0, 0.1, (BLOCK, N_BINS)), tf.float32)
    head = tf.constant(np.random.default_rng(4).normal(0, 0.1, (N_BINS, N_CLASSES)), tf.float32)

    @tf.function(input_signature=[tf.TensorSpec((N_SAMPLES,), tf.float32)])
    def forward(samples: Any) -> Any:
        mean = tf.reduce_mean(tf.nn.relu(tf.matmul(tf.reshape(samples, (N_BLOCKS, BLOCK)), kernel)), 0, keepdims=True)
        return tf.matmul(mean, head)

    return _converted(path, forward.get_concrete_function(), None)


def write_perch_like(folder: Path) -> Path:
    """Write a SavedModel with the outputs of Perch 2: an embedding, a map of time and frequency, and class scores."""
    import tensorflow as tf

    module = tf.Module()
    module.kernel = tf.Variable(np.random.default_rng(5).normal(0, 0.1, (BLOCK // 4, N_BINS)), dtype=tf.float32)

    def serve(inputs: Any) -> dict[str, Any]:
        maps = tf.nn.relu(tf.tensordot(tf.reshape(inputs, (-1, N_BLOCKS, 4, BLOCK // 4)), module.kernel, 1))
        mean = tf.reduce_mean(maps, (1, 2))
        return {"embedding": mean, "spatial_embedding": maps, "label": mean[:, :N_CLASSES]}

    spec = tf.TensorSpec((None, N_SAMPLES), tf.float32, name="inputs")
    tf.saved_model.save(module, str(folder), signatures=tf.function(serve, input_signature=[spec]))
    return folder


def _converted(path: Path, function: Any, kept: Any) -> Path:
    import tensorflow as tf

    path.write_bytes(tf.lite.TFLiteConverter.from_concrete_functions([function], kept).convert())
    return path


def image_network() -> Any:
    """Return a Keras network that takes pictures."""
    import keras
    from keras import layers

    picture = keras.Input((16, 16, 3))
    return keras.Model(picture, layers.Dense(2)(layers.GlobalAveragePooling2D()(picture)))


def told(**changes: object) -> dict[str, object]:
    """Return the keys of a feature set of `birdnet_like`'s map."""
    keys = {"kind": "embedding", "layer": "frames", "sample_rate_hz": 8000, "window_samples": N_SAMPLES}
    return {**keys, "hop_samples": BLOCK, "stride_frames": 3, **changes}
