"""The annotations of a dataset, as its configuration describes them."""

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from canopy.annotations.classes import configured_species
from canopy.annotations.folder import Labelled, read_folder
from canopy.annotations.reviewed import RECORDING_COLUMNS
from canopy.annotations.rfcx import read_rfcx
from canopy.submission.sample import read_sample, sample_species
from canopy.tables import Report, silent


def known_species(settings: Mapping[str, Any]) -> tuple[list[str] | None, str]:
    """Return the species that the dataset fixes, None where its annotations decide, and where they come from.

    Parameters
    ----------
    settings : mapping
        species (list or null), sample_submission (path or null).
    """
    sample = settings.get("sample_submission")
    return configured_species(settings.get("species"), sample_species(read_sample(sample)) if sample else None)


def read_labels(
    settings: Mapping[str, Any],
    *,
    recording_ids: Iterable[str] = (),
    recordings: pd.DataFrame | None = None,
    report: Report = silent,
) -> Labelled:
    """Read the annotations of a dataset in RFCX's layout, or of a folder of recordings.

    Parameters
    ----------
    settings : mapping
        classes; species, sample_submission; for RFCX's layout true_positives and false_positives (paths), else
        annotations {format, species_column, secondary, rename, others} and their paths, annotation_files and
        reviewed_table (or null).
    recording_ids : iterable of str
        The recordings that have audio; RFCX's layout does not need them.
    recordings : pandas.DataFrame, optional
        The table of recordings, to check where boxes end.
    report : callable
        Takes a line where rows were dropped or cut.

    Returns
    -------
    Labelled

    Raises
    ------
    CanopyError
        As `read_rfcx` and `read_folder`.
    """
    known, known_from = known_species(settings)
    classes = settings.get("classes", "species")
    if not settings.get("annotation_files"):
        annotations = read_rfcx(
            settings["true_positives"],
            settings.get("false_positives"),
            classes=classes,
            known=known,
            known_from=known_from,
            recordings=recordings,
            report=report,
        )
        return Labelled(annotations, pd.DataFrame(columns=list(RECORDING_COLUMNS), dtype=object), {})
    return read_folder(
        settings["annotation_files"],
        recording_ids,
        options=settings["annotations"],
        classes=classes,
        known=known,
        known_from=known_from,
        recordings=recordings,
        reviewed=settings.get("reviewed_table"),
        report=report,
    )
