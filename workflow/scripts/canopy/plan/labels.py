"""What the annotations say, read before any job runs. A dataset that the workflow makes holds nothing to read yet."""

from collections.abc import Mapping
from functools import cache, cached_property
from typing import Any

import pandas as pd

from canopy.config.schema import Config
from canopy.data.annotations.classes import classes_of
from canopy.data.annotations.folder import Labelled, read_folder
from canopy.data.annotations.known import known_species
from canopy.data.annotations.reviewed import train_recordings, training_rows
from canopy.data.annotations.rfcx import read_rfcx
from canopy.data.recordings.folder import scan
from canopy.data.splits.columns import fold_columns
from canopy.data.splits.folds import assign_folds, read_folds
from canopy.plan.dataset import Dataset
from canopy.plan.held_out import HeldOut
from canopy.plan.paths import Paths
from canopy.plan.settings import Settings


class Labels:
    """The annotations, and the folds that follow from them.

    Raises
    ------
    CanopyError
        When asked for what depends on them, where the dataset's folder or tables are missing or wrong.
    """

    def __init__(self, config: Config, dataset: Dataset, settings: Settings, paths: Paths) -> None:
        self._config = config
        self._dataset = dataset
        self._settings = settings
        self._paths = paths

    @cached_property
    def in_files(self) -> Labelled:
        """What the annotation files of a folder of recordings say."""
        found = scan(self._dataset.audio_folder("train"), below=True)
        return read_folder({**self._settings.annotations(), **self._paths.annotations()}, found["recording_id"])

    @cached_property
    def known_species(self) -> tuple[list[str] | None, str]:
        """The species that annotations may name, None for any, and what says so."""
        sample = self._dataset.sample_submission
        return known_species({"species": self._config.species, "sample_submission": sample})

    @cached_property
    def annotations(self) -> pd.DataFrame:
        """The boxes: `canopy.data.annotations.table.COLUMNS`."""
        if self._dataset.in_folders:
            return self.in_files.annotations
        known, known_from = self.known_species
        return read_rfcx(
            self._dataset.label_tables[0],
            self._dataset.file(self._config.tables.false_positives),
            classes=self._config.classes,
            known=known,
            known_from=known_from,
        )

    @cached_property
    def recordings(self) -> pd.DataFrame:
        """The annotated recordings, and what was reviewed of each: recording_id, reviewed, species."""
        reviewed = self.in_files.reviewed if self._dataset.in_folders else None
        return train_recordings(self.annotations, unlisted=self._config.unlisted, reviewed=reviewed)

    @cached_property
    def classes(self) -> list[str]:
        """The classes, in their order."""
        return classes_of(self.annotations, self.known_species[0], self._config.classes)

    @cached_property
    def fold_columns(self) -> Mapping[str, Any]:
        """The groups or the given folds of the annotated recordings."""
        splits = self._config.splits
        return fold_columns(splits.group, splits.given, self.recordings["recording_id"], self._paths.splits())

    @cached_property
    def folds(self) -> pd.DataFrame:
        """The fold of each annotated recording: recording_id, fold."""
        splits = self._config.splits
        keep = read_folds(splits.keep) if splits.keep else None
        return assign_folds(
            self.annotations,
            self.recordings,
            n_folds=splits.n_folds,
            seed=splits.seed,
            keep=keep,
            **self.fold_columns,
        )

    def of_folds(self, folds: HeldOut) -> list[str]:
        """Return the recordings of some folds."""
        return sorted(self.folds.loc[self.folds["fold"].isin(folds), "recording_id"])

    @cache  # noqa: B019 - a plan lives as long as the process
    def rows_without(self, held_out: HeldOut) -> pd.DataFrame:
        """Return the rows that the training without some folds learns from."""
        rows = training_rows(self.annotations, self.recordings, self.folds, held_out[0])
        others = self.of_folds(held_out[1:])
        return rows[~rows["recording_id"].isin(others)] if others else rows
