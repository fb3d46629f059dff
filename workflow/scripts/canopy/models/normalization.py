"""Batch normalisation by TensorFlow's fused kernel."""

from typing import Any

import keras


@keras.saving.register_keras_serializable(package="canopy")
class BatchNormalization(keras.layers.BatchNormalization):
    """Keras's batch normalisation over the last axis of maps, `(batch, time, frequency, channels)`.

    Keras composes it of some ten elementwise operations, each a pass over the maps in memory; TensorFlow's fused kernel
    makes one pass and takes the ReLU behind it along. The same values to rounding, the same weights under the same
    names, and the same moving statistics (of the population's variance, where TensorFlow's would be the sample's).
    """

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Normalise."""
        if keras.backend.backend() != "tensorflow" or mask is not None or len(inputs.shape) != 4:
            return super().call(inputs, training=training, mask=mask)
        import tensorflow as tf

        gamma, beta = keras.ops.cast(self.gamma, "float32"), keras.ops.cast(self.beta, "float32")
        if not (training and self.trainable):
            outputs, _, _ = tf.compat.v1.nn.fused_batch_norm(
                inputs,
                gamma,
                beta,
                keras.ops.convert_to_tensor(self.moving_mean),
                keras.ops.convert_to_tensor(self.moving_variance),
                epsilon=self.epsilon,
                is_training=False,
            )
            return outputs
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(inputs, gamma, beta, epsilon=self.epsilon)
        n_values = tf.cast(tf.size(inputs) // inputs.shape[-1], variance.dtype)
        variance *= (n_values - 1) / n_values
        for moving, value in ((self.moving_mean, mean), (self.moving_variance, variance)):
            moving.assign(moving * self.momentum + value * (1 - self.momentum))
        return outputs
