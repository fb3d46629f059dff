"""What the bootstrap draws: recordings, or groups of them that a column names."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from canopy.data.recordings.columns import read_column
from canopy.evaluation.metrics.bootstrap import bayesian_weights


def read_groups(
    recording_ids: Iterable[str], settings: Mapping[str, Any]
) -> tuple[dict[str, str] | None, dict[str, Any]]:
    """Return the group of each recording, and the bootstrap's other settings.

    Parameters
    ----------
    recording_ids : iterable of str
    settings : mapping
        bootstrap {replicates, seed, group}; recordings_table, the path of the table that has the column `group`, and
        file_names, the pattern of names that tell it otherwise.

    Returns
    -------
    groups : dict of str to str, or None
        By recording id; None where each recording stands for itself.
    bootstrap : dict
        What is left of `bootstrap`: keyword arguments of the tables of metrics.

    Raises
    ------
    CanopyError
        Where a recording has no group.
    """
    bootstrap = dict(settings.get("bootstrap", {}))
    column = bootstrap.pop("group", None)
    if column is None:
        return None, bootstrap
    found = read_column(settings["recordings_table"], column, recording_ids, file_names=settings.get("file_names"))
    return dict(zip(found.index, found, strict=True)), bootstrap


def group_weights(
    recording_ids: Sequence[str], groups: Mapping[str, str] | None, *, replicates: int = 1000, seed: int = 1
) -> NDArray[np.float64]:
    """Return weights of the Bayesian bootstrap, (n_recordings, n_replicates): of groups, or of the recordings."""
    drawn = list(recording_ids) if groups is None else [groups[recording] for recording in recording_ids]
    return bayesian_weights(drawn, n_replicates=replicates, seed=seed)
