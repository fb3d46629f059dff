"""What pseudo-labels were worth: student beside teacher, out of fold beside test.

A student whose labels came from models that had seen its held-out fold would gain out of fold what it does not gain on
the test. So the two stand side by side.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from canopy.evaluation.metrics.bootstrap import Statistic
from canopy.evaluation.metrics.comparisons import compare, recording_statistics
from canopy.evaluation.metrics.measures.registry import FEW_SPECIES, HEADLINE
from canopy.evaluation.metrics.measures.reviewed import AVERAGE_PRECISION
from canopy.evaluation.metrics.ranking import RankedLabels

COLUMNS = [
    *("student", "teacher", "subset", "metric", "student_score", "teacher_score"),
    *("difference", "low", "high", "better", "n"),
]


def effect(
    logits: Mapping[str, NDArray[np.float64]],
    teachers: Mapping[str, str],
    truth: NDArray[np.bool_],
    weights: NDArray[np.float64],
    *,
    subset: str,
    known: NDArray[np.bool_] | None = None,
) -> pd.DataFrame:
    """Compare each student with its teacher on one subset: by LWLRAP or, where species are few, by average precision.

    Parameters
    ----------
    logits : mapping of str to ndarray, each (n_recordings, n_species)
        The scores of each experiment.
    teachers : mapping of str to str
        Of each student.
    truth : ndarray of bool, shape (n_recordings, n_species)
    weights : ndarray, shape (n_recordings, n_replicates)
        Of the bootstrap, the same for both of a pair.
    subset : str
        `oof` or `test`.
    known : ndarray of bool, shape (n_recordings, n_species), optional
        Where no label means absence, as average precision needs; everywhere without it.

    Returns
    -------
    DataFrame
        `COLUMNS`: difference is the student's score minus the teacher's, with its interval; better is the name of the
        better one, empty where the interval holds zero; n is the number of recordings. Pairs of which the labels tell
        nothing have no row.
    """
    found = []
    once = np.ones((len(weights), 1))
    for student, teacher in teachers.items():
        both = {name: _judged(truth, known, logits[name]) for name in (student, teacher)}
        if not both[student]:
            continue
        scores = {name: float(one(once)[0]) for name, statistics in both.items() for one in statistics.values()}
        found.append(
            compare(both, weights, n=len(weights)).assign(
                student=student,
                teacher=teacher,
                subset=subset,
                student_score=scores[student],
                teacher_score=scores[teacher],
            )[COLUMNS]
        )
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)


def _judged(
    truth: NDArray[np.bool_], known: NDArray[np.bool_] | None, logits: NDArray[np.float64]
) -> dict[str, Statistic]:
    """Return what one experiment is judged by, by its name; nothing where the labels tell nothing."""
    if truth.shape[1] > FEW_SPECIES:
        return {HEADLINE.name: RankedLabels.of(truth, logits).overall}
    found = recording_statistics(truth, np.ones_like(truth) if known is None else known, logits)
    return {name: one for name, one in found.items() if name == AVERAGE_PRECISION.name}


def side_by_side(tables: Sequence[pd.DataFrame], teachers: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows of all subsets, those of one student together, in the order of the subsets."""
    rows = pd.concat(tables, ignore_index=True)
    place = rows["student"].map({name: number for number, name in enumerate(teachers)})
    return rows.loc[place.sort_values(kind="stable").index].reset_index(drop=True)
