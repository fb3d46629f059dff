"""What a recording's review says of species that no box marks."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def reviewed_species(reviewed: str, names: object, species: Sequence[str]) -> NDArray[np.bool_]:
    """Return for which species a recording was reviewed, so that no box means absence.

    Parameters
    ----------
    reviewed : {"none", "some", "all"}
    names : str
        The species of `some`, between semicolons.
    species : sequence of str
        The classes.

    Returns
    -------
    ndarray of bool, shape (n_species,)
    """
    if reviewed == "some":
        return np.isin(np.asarray(species, dtype=object).astype(str), str(names).split(";"))
    return np.full(len(species), reviewed == "all")
