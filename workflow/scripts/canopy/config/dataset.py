"""The data: which files it has, how recordings are split into folds."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from canopy.config.base import PathText, Section, Seed


class Tables(Section):
    """The files and folders of a dataset, relative to `data`."""

    train_audio: PathText = "train"
    """Folder of the training recordings."""
    test_audio: PathText | None = "test"
    """Folder of the test recordings; null: there are none, which the dataset `folder` allows."""
    true_positives: PathText = "train_tp.csv"
    """Boxes in which the species was confirmed."""
    false_positives: PathText = "train_fp.csv"
    """Boxes in which the species was suspected and refuted."""
    sample_submission: PathText | None = "sample_submission.csv"
    """Rows and columns of the submission; null: every test recording, the species of the annotations."""
    recordings: PathText | None = "recordings.csv"
    """What is known of recordings, by recording_id or filename (a site, a fold); read where a key names a column."""
    test_truth: PathText | None = "truth/test_events.csv"
    """Complete events of the test recordings, in RFCX columns, for scoring only; used where the file exists."""


class Annotations(Section):
    """The annotations of the dataset `folder`."""

    path: PathText = "annotations"
    """A file, or a folder of files (folders below it too), relative to `data`."""
    format: str = "auto"
    """The format of all files, a name of [formats.md](formats.md); auto: each file's own, told by what it holds."""
    species_column: str | None = None
    """The column of Raven, CSV and Kaleidoscope tables that names the species, or AOEF's key; null: Species, ..."""
    columns: dict[str, str | None] = Field(default_factory=dict)
    """What columns tell whose names Canopy does not know (`{Anfang: onset_s}`); null leaves a column aside."""
    secondary: Literal["present", "unknown"] = "present"
    """What BirdCLEF's secondary labels tell: the species is present, or neither that nor that it is absent."""
    rename: dict[str, str | None] = Field(default_factory=dict)
    """Other names for labels (`{EATO: towhee}`), several of which may have one; null leaves a label's marks out."""
    others: Literal["stop", "skip"] = "stop"
    """Marks of species that `species` does not list: end the run, or leave them out."""
    reviews: bool = True
    """Verdicts on clips of training recordings, in the tables in `reviews/`, count as annotations."""
    empty: tuple[PathText, ...] = ()
    """Folders, or patterns of paths, of training recordings in which no species calls: rain, engines, other animals."""
    reviewed: PathText | None = None
    """A table recording_id, reviewed (none, all, some), species: in which recordings what is not marked is absent."""


class Splits(Section):
    """How recordings are split into folds."""

    n_folds: Annotated[int, Field(ge=2, le=1000)] = 3
    """Number of folds."""
    seed: Seed = 1
    """Seed of the split."""
    keep: PathText | None = None
    """A folds table whose recordings keep their folds; new recordings are placed where balance is best."""
    group: str | None = None
    """A column of `tables.recordings`, such as site: recordings that share its value share a fold."""
    given: str | None = None
    """A column of `tables.recordings` that holds each recording's fold, in any names; then nothing is split."""

    @model_validator(mode="after")
    def _one_way_of_dealing(self) -> "Splits":
        if self.given is not None and (self.group is not None or self.keep is not None):
            raise ValueError("given holds the folds already: set group and keep to null, or given")
        return self
