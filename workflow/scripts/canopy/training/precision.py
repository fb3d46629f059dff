"""What a network computes in while it trains. Its weights, batch statistics, logits and loss are always float32."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import keras
import tensorflow as tf

from canopy.config.model import SOLVED
from canopy.config.optimizer import Settled
from canopy.config.training import Training
from canopy.runtime.portable import processor_flags

ONEDNN = "auto_mixed_precision_onednn_bfloat16"
"""TensorFlow's option that rewrites graphs, when they first run, so that oneDNN's convolutions compute in bfloat16."""

CONVOLVES_IN_BFLOAT16 = {"avx512_bf16", "amx_bf16"}
"""What a processor calls it; by either, oneDNN's convolutions are faster than in float32."""
IN_FLOAT32 = {"waveform", "none"}
"""Backbones that `auto` leaves in float32: one learns its own filterbank, the other convolves nothing."""


def settled(settings: Training, *, gpu: bool | None = None) -> Settled:
    """Return what a network computes in while it trains: not `auto`.

    Parameters
    ----------
    settings : Training
    gpu : bool, optional
        Whether it is a GPU; by default whether TensorFlow sees one.
    """
    precision, model = settings.optimizer.precision, settings.model
    if model.head in SOLVED:
        return "float32"
    if precision != "auto":
        return precision
    able = bool(CONVOLVES_IN_BFLOAT16 & processor_flags()) and model.backbone not in IN_FLOAT32
    return "bfloat16" if able and not _on_gpu(gpu) else "float32"


def _on_gpu(gpu: bool | None) -> bool:
    return bool(tf.config.list_physical_devices("GPU")) if gpu is None else gpu


@contextmanager
def computing_in(precision: Settled, *, gpu: bool | None = None) -> Iterator[None]:
    """Let networks that are built and trained inside compute in a precision.

    On a GPU by Keras's policy of types, all layers but the head's last ones (Micikevicius et al. 2018, "Mixed precision
    training"). On a processor oneDNN's convolutions alone, in bfloat16; there `float16` means float32.

    Parameters
    ----------
    precision : {"float32", "bfloat16", "float16"}
    gpu : bool, optional
        Whether it is a GPU; by default whether TensorFlow sees one.
    """
    gpu = _on_gpu(gpu)
    policy = keras.config.dtype_policy()
    rewritten = tf.config.optimizer.get_experimental_options().get(ONEDNN, False)
    keras.config.set_dtype_policy(f"mixed_{precision}" if gpu and precision != "float32" else "float32")
    tf.config.optimizer.set_experimental_options({ONEDNN: precision == "bfloat16" and not gpu})
    try:
        yield
    finally:
        tf.config.optimizer.set_experimental_options({ONEDNN: rewritten})
        keras.config.set_dtype_policy(policy)


def with_scaled_loss(optimizer: keras.optimizers.Optimizer) -> keras.optimizers.Optimizer:
    """Return the optimizer, under the policy of float16 such that small gradients do not vanish.

    The loss is multiplied by as much as the gradients bear, and they are divided by it; a step whose gradients are not
    finite is left out.
    """
    scaled = keras.config.dtype_policy().compute_dtype == "float16"
    return keras.optimizers.LossScaleOptimizer(optimizer) if scaled else optimizer


def in_float32(model: keras.Model, build: Callable[[], keras.Model]) -> keras.Model:
    """Return the network that computes in float32 everywhere, with the same weights.

    Parameters
    ----------
    model : keras.Model
    build : callable
        Makes such a network with fresh weights.
    """
    if all(layer.compute_dtype == "float32" for layer in model.layers):
        return model
    plain = build()
    plain.set_weights(model.get_weights())
    return plain
