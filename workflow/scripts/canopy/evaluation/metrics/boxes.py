"""Scores inside annotated boxes: what partly labelled data can tell without guessing at the unlabelled rest."""

import math

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.inference.framewise import Framewise


def box_frames(onset_s: float, offset_s: float, *, frame_s: float, n_frames: int) -> slice:
    """Return the frames whose centres lie in a box.

    Frame `i` is centred at `i * frame_s`. A box that holds no centre, or lies past an end of the recording, gets the
    frame nearest to its middle.

    Parameters
    ----------
    onset_s, offset_s : float
    frame_s : float
        Seconds from frame to frame.
    n_frames : int
        Frames of the recording, at least 1.

    Returns
    -------
    slice
        Never empty.
    """
    rounding = 1e-6
    start = max(0, math.ceil(onset_s / frame_s - rounding))
    stop = min(n_frames, math.floor(offset_s / frame_s + rounding) + 1)
    if start >= stop:
        start = min(max(0, round((onset_s + offset_s) / 2 / frame_s)), n_frames - 1)
        stop = start + 1
    return slice(start, stop)


def box_scores(boxes: pd.DataFrame, framewise: Framewise, species: list[str]) -> NDArray[np.float64]:
    """Return the highest framewise logit of each box's species within the box.

    Parameters
    ----------
    boxes : DataFrame
        recording_id, species, onset_s, offset_s; every recording has frames and every species a column.
    framewise : Framewise
    species : list of str
        The columns of the framewise logits.

    Returns
    -------
    ndarray, shape (n_boxes,)
    """
    column = {name: number for number, name in enumerate(species)}
    found = np.empty(len(boxes))
    columns = (boxes[name].tolist() for name in ("recording_id", "species", "onset_s", "offset_s"))
    for number, (recording, name, onset_s, offset_s) in enumerate(zip(*columns, strict=True)):
        logits = framewise.of(recording)
        frames = box_frames(onset_s, offset_s, frame_s=framewise.frame_s(recording), n_frames=len(logits))
        found[number] = logits[frames, column[name]].max()
    return found
