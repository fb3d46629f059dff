"""How large a network is."""

from pathlib import Path

import h5py
import numpy as np


def n_parameters(path: Path) -> int | None:
    """Count the numbers in a file of weights that Keras wrote, batch and bin statistics included.

    Parameters
    ----------
    path : pathlib.Path
        A `.weights.h5` file.

    Returns
    -------
    int or None
        None where there is no such file.
    """
    if not path.exists():
        return None
    sizes: list[int] = []

    def look(name: str, item: h5py.Dataset | h5py.Group) -> None:
        if isinstance(item, h5py.Dataset) and np.issubdtype(item.dtype, np.floating):  # others are states of seeds
            sizes.append(item.size)

    with h5py.File(path) as held:
        held.visititems(look)
    return sum(sizes)
