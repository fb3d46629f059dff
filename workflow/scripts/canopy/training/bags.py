"""Windows that belong together: those of a recording whose species are known and their times are not.

Such a recording is shown as a bag of windows that cover it, in one batch, and its label holds for the bag: for at least
one of its windows. (Dietterich, Lathrop and Lozano-Perez 1997, "Solving the multiple instance problem with
axis-parallel rectangles".)
"""

from collections.abc import Sequence

import numpy as np

from canopy.training.sampling import Box

MOST = 8
"""Windows in a bag. Of a longer recording each is drawn from another part, and some of it is not seen."""


def n_in_bag(n_recording: int, n_window: int, *, most: int = MOST) -> int:
    """Return how many windows cover a recording, or `most`."""
    return max(1, min(most, -(-n_recording // n_window)))


def bag(recording_id: str, n_recording: int, n_window: int, *, n: int, hop_s: float, shift: float) -> list[Box]:
    """Return the windows of a bag, as boxes of their length.

    Parameters
    ----------
    recording_id : str
        The recording.
    n_recording, n_window : int
        Lengths, in frames.
    n : int
        How many windows.
    hop_s : float
        Seconds between frames.
    shift : float
        From 0 to 1: where in its part of the recording each window lies. Where they cover all of it, they do so
        wherever they lie.
    """
    if n == 1 and n_recording <= n_window:
        return [(recording_id, 0.0, n_recording * hop_s)]
    part = n_recording / n
    least, most = min(0.0, part - n_window), max(0.0, part - n_window)  # the room on either side of a part
    places = [number * part + least + shift * (most - least) for number in range(n)]
    firsts = [min(max(round(place), 0), n_recording - n_window) for place in places]
    return [(recording_id, first * hop_s, (first + n_window) * hop_s) for first in firsts]


def pack(sizes: Sequence[int], n_batches: int, batch_size: int) -> list[list[int]]:
    """Deal bags into batches, none divided, in their order as far as they fit, and again from the first if they end.

    Parameters
    ----------
    sizes : sequence of int
        Windows of each bag, at most `batch_size`.
    n_batches, batch_size : int
        How many batches of how many windows.

    Returns
    -------
    list of list of int
        The numbers of each batch's bags. A batch is full, or has less room than any bag needs.

    Examples
    --------
    >>> pack([1, 3, 2, 1], n_batches=2, batch_size=3)
    [[0, 2], [1]]
    """
    queue: list[int] = []
    batches = []
    for _ in range(n_batches):
        chosen, room = [], batch_size
        while room >= min(sizes):
            found = next((number for number in queue if sizes[number] <= room), None)
            if found is None:
                queue += range(len(sizes))
                continue
            queue.remove(found)
            chosen.append(found)
            room -= sizes[found]
        batches.append(chosen)
    return batches


def members(sizes: Sequence[int], batch_size: int) -> np.ndarray:
    """Return the number of each window's bag, `(batch_size,)`, int32; -1 where a window only fills the batch up."""
    numbers = np.repeat(np.arange(len(sizes)), sizes)
    return np.pad(numbers, (0, batch_size - len(numbers)), constant_values=-1).astype(np.int32)
