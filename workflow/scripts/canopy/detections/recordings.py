"""Recording-level scores: of whole recordings, and of stretches of them."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from canopy.data.recordings.ids import FOLDER_MARK
from canopy.inference.submission.make import merge_classes

Classes = Literal["species", "species_songtype"]


def recording_rows(
    ids: Sequence[str], logits: NDArray[np.float64], species: Sequence[str], classes: Classes
) -> pd.DataFrame:
    """Return `recording_id` and each species' probability, the sigmoid of its logit, as in a submission.

    Parameters
    ----------
    ids : sequence of str
    logits : ndarray, shape (n_recordings, n_classes)
    species : sequence of str
        The classes.
    classes : {"species", "species_songtype"}
        Songtypes are merged into their species by maximum.
    """
    table = pd.DataFrame(expit(logits), columns=list(species))
    table.insert(0, "recording_id", list(ids))
    return merge_classes(table, None, classes)


def merged_rows(rows: pd.DataFrame, classes: Classes) -> pd.DataFrame:
    """Return rows of stretches (`row_id` and one column per class) with songtypes merged into their species."""
    return merge_classes(rows.rename(columns={"row_id": "recording_id"}), None, classes).rename(
        columns={"recording_id": "row_id"}
    )


def stems(ids: Sequence[str]) -> list[str]:
    """Return what names each recording's stretches: its file name, or its whole id where files share that."""
    names = [recording_id.split(FOLDER_MARK)[-1] for recording_id in ids]
    count = Counter(names)
    return [name if count[name] == 1 else recording_id for name, recording_id in zip(names, ids, strict=True)]
