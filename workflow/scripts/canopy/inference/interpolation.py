"""Logits of frames at the frame centres of another grid."""

import numpy as np
from numpy.typing import NDArray


def on_grid(
    logits: NDArray[np.float32], frames: range, hop_s: float, wanted: range, wanted_hop_s: float
) -> NDArray[np.float32]:
    """Interpolate logits linearly to the frame centres of another grid; the ends are held.

    Parameters
    ----------
    logits : ndarray, shape (len(frames), n_species)
    frames : range
        Which frames of their recording these are: frame `i` is centred at `i * hop_s` seconds.
    hop_s : float
    wanted : range
        The frames wanted, of the other grid.
    wanted_hop_s : float

    Returns
    -------
    ndarray, shape (len(wanted), n_species)
    """
    if hop_s == wanted_hop_s and frames == wanted:
        return logits
    position = np.arange(wanted.start, wanted.stop) * (wanted_hop_s / hop_s)
    position = np.clip(position - frames.start, 0, len(logits) - 1)
    left = position.astype(int)
    right = np.minimum(left + 1, len(logits) - 1)
    share = (position - left).astype(np.float32)[:, None]
    return logits[left] * (1 - share) + logits[right] * share
