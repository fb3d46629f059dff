"""The data: which files it has, how recordings are dealt into folds."""

from typing import Annotated

from pydantic import Field, model_validator

from canopy.config.base import PathText, Section, Seed


class Tables(Section):
    """The files and folders of a dataset, relative to `data`."""

    train_audio: PathText = "train"
    """Folder of the training recordings."""
    test_audio: PathText = "test"
    """Folder of the test recordings."""
    true_positives: PathText = "train_tp.csv"
    """Boxes in which the species was confirmed."""
    false_positives: PathText = "train_fp.csv"
    """Boxes in which the species was suspected and refuted."""
    sample_submission: PathText | None = "sample_submission.csv"
    """Rows and columns of the submission; null: every test recording, the species of the annotations."""
    recordings: PathText | None = "recordings.csv"
    """What is known of recordings, by recording_id (a site, a given fold); read where a key names one of its columns."""
    test_truth: PathText | None = "truth/test_events.csv"
    """Complete events of the test recordings, in RFCX columns, for scoring only; used where the file exists."""


class Splits(Section):
    """How recordings are dealt into folds."""

    n_folds: Annotated[int, Field(ge=2, le=1000)] = 3
    """Number of folds."""
    seed: Seed = 1
    """Seed of the dealing."""
    keep: PathText | None = None
    """A folds table whose recordings keep their folds; new recordings are placed where balance is best."""
    group: str | None = None
    """A column of `tables.recordings`, such as site: recordings that share its value share a fold."""
    given: str | None = None
    """A column of `tables.recordings` that holds each recording's fold, in any names; then nothing is dealt."""

    @model_validator(mode="after")
    def _one_way_of_dealing(self) -> "Splits":
        if self.given is not None and (self.group is not None or self.keep is not None):
            raise ValueError("given holds the folds already: set group and keep to null, or given")
        return self
