"""TensorFlow Probability without TensorFlow."""

from typing import Any

from canopy.lean import without


def numpy_probability() -> Any:
    """Return TensorFlow Probability on NumPy, which looks for TensorFlow only to copy docstrings from it."""
    with without("tensorflow"):
        import tensorflow_probability.substrates.numpy as tfp
    return tfp
