"""From scores to a submission that the competition accepts."""

import numpy as np
import pandas as pd

from canopy.data.annotations.classes import ClassMode, bare_species, species_of_class
from canopy.inference.scores import species_of
from canopy.runtime.errors import CanopyError
from canopy.runtime.tables import Reporter, listed, silent

ONE_BITS = int(np.float64(1.0).view(np.int64))


def ranked_probabilities(logits: np.ndarray) -> np.ndarray:
    """Return the sigmoid of logits, in which different logits stay different and in order.

    Far from zero the sigmoid of float64 numbers saturates (above 37 it is 1). There the result moves by
    the fewest units in the last place that keep the order: positive floats, read as integers, are
    ordered and one apart.

    Parameters
    ----------
    logits : numpy.ndarray
        Finite numbers of any shape.

    Returns
    -------
    numpy.ndarray
        Same shape, float64 in [0, 1].
    """
    distinct, place = np.unique(np.asarray(logits, dtype=np.float64), return_inverse=True)
    steps = np.arange(len(distinct))
    # scipy's expit differs in the last bit of every fourth number, and so would every submission.
    small = np.exp(-np.abs(distinct))
    sigmoid = np.where(distinct >= 0, 1.0, small) / (1.0 + small)
    bits = np.maximum.accumulate(sigmoid.view(np.int64) - steps) + steps
    bits = np.minimum(bits, ONE_BITS - steps[::-1])
    return bits.view(np.float64)[place].reshape(np.shape(logits))


def merge_classes(scores: pd.DataFrame, species: list[str] | None, classes: ClassMode) -> pd.DataFrame:
    """Merge the song types of a species by their maximum.

    Parameters
    ----------
    scores : pandas.DataFrame
        Column `recording_id`, then one of logits per class.
    species : list of str, optional
        The species wanted; without it a class with a song type tells its own (`s17` of `s17_4`).
    classes : {"species", "species_songtype"}
        What the classes are.

    Returns
    -------
    pandas.DataFrame
        Column `recording_id`, then one per species; in the order of `species`.

    Raises
    ------
    CanopyError
        A class belongs to no species wanted, or a species has no class.
    """
    names = species_of(scores)
    if species is None:
        species = list(dict.fromkeys(bare_species(name, classes) for name in names))
    members: dict[str, list[str]] = {name: [] for name in species}
    strange: list[str] = []
    for name in names:
        owner = species_of_class(name, species, classes)
        (members[owner] if owner else strange).append(name)
    lacking = [name for name, own in members.items() if not own]
    if strange or lacking:
        parts = [f"the scores have {listed(strange)}, which it does not"] if strange else []
        parts += [f"it has {listed(lacking)}, which the scores do not"] if lacking else []
        raise CanopyError(
            f"the sample submission's species are not those of the models: {' and '.join(parts)}; set `species: null` "
            "to train on the sample submission's species, or use the sample submission that belongs to the species"
        )
    merged = {name: scores[own].max(axis=1) for name, own in members.items()}
    return pd.DataFrame({"recording_id": scores["recording_id"], **merged})


def make_submission(
    scores: pd.DataFrame,
    recordings: pd.DataFrame,
    sample: pd.DataFrame | None = None,
    *,
    classes: ClassMode = "species",
    report: Reporter = silent,
) -> pd.DataFrame:
    """Turn scores into a submission.

    Parameters
    ----------
    scores : pandas.DataFrame
        Column `recording_id`, then one of logits per class, as `canopy.inference.scores.read_scores` returns it.
    recordings : pandas.DataFrame
        The test recordings (`canopy.data.recordings.table.COLUMNS`); one with a problem gets each species' mean
        probability over the others.
    sample : pandas.DataFrame, optional
        As `read_sample` returns it. Without it the rows and columns are those of the scores.
    classes : {"species", "species_songtype"}
        What the classes are.
    report : callable
        Takes a line that names the recordings that got the mean.

    Returns
    -------
    pandas.DataFrame
        The sample's columns and rows in its order; probabilities that rank as the logits do.

    Raises
    ------
    CanopyError
        There are no scores, or their recordings or classes are not the sample's.
    """
    if scores.empty:
        raise CanopyError("no test recording has scores: see why in the column `problem` of the test recordings")
    merged = merge_classes(scores, None if sample is None else species_of(sample), classes)
    species = species_of(merged)
    table = pd.DataFrame(ranked_probabilities(merged[species].to_numpy(float)), columns=species)
    table.insert(0, "recording_id", merged["recording_id"].to_numpy())
    if sample is None:
        return table
    wanted = sample["recording_id"]
    _check_recordings(set(wanted), set(table["recording_id"]), recordings)
    ordered = table.set_index("recording_id").reindex(wanted)
    if blank := list(wanted[~wanted.isin(table["recording_id"])]):
        report(
            f"{len(blank)} recordings could not be used and get each species' mean probability over the others: "
            f"{listed(blank)}"
        )
        ordered = ordered.fillna(table[species].mean())
    submission = ordered.reset_index()[["recording_id", *species]]
    return submission[list(sample.columns)]


def check_submission(submission: pd.DataFrame, sample: pd.DataFrame) -> None:
    """Check that a submission has the sample's rows and columns in its order, and probabilities.

    Raises
    ------
    CanopyError
        Naming the first difference.
    """
    if list(submission.columns) != list(sample.columns):
        raise CanopyError(
            f"the submission's columns ({listed(submission.columns)}) are not the sample's ({listed(sample.columns)})"
        )
    ids, wanted = list(submission["recording_id"]), list(sample["recording_id"])
    if ids != wanted:
        at = next(
            (n for n, (one, two) in enumerate(zip(ids, wanted, strict=False)) if one != two), min(len(ids), len(wanted))
        )
        raise CanopyError(
            f"the submission's rows ({len(ids)}) are not the sample's ({len(wanted)}): they differ from row {at + 1} on"
        )
    values = submission[species_of(sample)].to_numpy(float)
    wrong = ~((values >= 0) & (values <= 1)).all(axis=1)
    if wrong.any():
        raise CanopyError(
            f"the submission's row of {ids[int(np.argmax(wrong))]} holds numbers that are no probabilities"
        )


def _check_recordings(wanted: set[str], scored: set[str], recordings: pd.DataFrame) -> None:
    fix = "use the sample submission that belongs to the test recordings"
    if extra := sorted(scored - wanted):
        raise CanopyError(
            f"there are predictions for recordings that the sample submission does not list ({listed(extra)}): "
            f"remove them from the test folder, or {fix}"
        )
    missing = wanted - scored
    if unknown := sorted(missing - set(recordings["recording_id"])):
        raise CanopyError(
            f"the sample submission lists recordings that are not among the test recordings ({listed(unknown)}): "
            f"add their audio to the test folder, or {fix}"
        )
    good = recordings.loc[recordings["problem"] == "", "recording_id"]
    if forgotten := sorted(missing & set(good)):
        raise CanopyError(
            f"there are no predictions for {listed(forgotten)}, whose audio can be used: make the predictions again"
        )
