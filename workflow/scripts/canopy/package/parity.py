"""How far an exported network's logits are from the original's."""

from collections.abc import Mapping
from dataclasses import dataclass

import keras
import numpy as np
from numpy.typing import NDArray

OUTPUTS = ("clip", "frames")
"""The names of an exported network's outputs."""


@dataclass(frozen=True)
class Parity:
    """The largest differences between an exported network and the original, in logits."""

    clip: float
    frames: float
    n_windows: int

    @property
    def worst(self) -> float:
        """The larger of both."""
        return max(self.clip, self.frames)


def differences(
    model: keras.Model, exported: Mapping[str, NDArray[np.float32]], windows: NDArray[np.float32]
) -> Parity:
    """Compare what an exported network gives with what the original does.

    Parameters
    ----------
    model : keras.Model
        The original.
    exported : mapping of str to ndarray
        The exported network's logits of the windows, by output.
    windows : ndarray, shape (n_windows, n_frames, n_bins)
    """
    original = model(windows, training=False)
    furthest = {
        name: float(np.abs(exported[name] - keras.ops.convert_to_numpy(original[name])).max()) for name in OUTPUTS
    }
    return Parity(**furthest, n_windows=len(windows))
